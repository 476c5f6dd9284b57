// How easily the Italian texts of a configuration are read, for `check`: one line a text, the
// hardest first.
import { readabilityOf, readabilityWords } from '../domain/gulpease.ts'
import type { Config } from './command.ts'

export interface ReadText {
  /** `comune-di-esempio/tari`, or `comune-di-esempio/campaigns/mensa`. */
  of: string
  /** `text`, or `reminder 2`. */
  text: string
  /** Gulpease, 0 to 100. */
  index: number
  words: number
  meaning: string
}

/** Lines that are shown where not all are asked for. */
const SHOWN = 20

/** Every Italian text, the hardest first. */
export function readTexts({ institutions }: Config): ReadText[] {
  const texts = institutions.flatMap(({ id, mappings, campaigns }) => [
    ...mappings.flatMap(({ name, spec }) => {
      if (spec.shape !== 'notice') return []
      const first = textOf(`${id}/${name}`, 'text', spec.notice.markdown.it)
      const reminders = spec.reminders.map(({ markdown }, index) =>
        textOf(`${id}/${name}`, `reminder ${index + 1}`, markdown.it),
      )
      return [first, ...reminders]
    }),
    ...campaigns.map(({ id: campaign, message }) =>
      textOf(`${id}/campaigns/${campaign}`, 'text', message.markdown.it),
    ),
  ])
  return texts.filter((text) => text !== null).sort((a, b) => a.index - b.index)
}

function textOf(of: string, text: string, template: string): ReadText | null {
  const read = readabilityOf(template)
  if (read === null) return null
  const { index, words } = read
  return { of, text, index, words, meaning: readabilityWords(index) }
}

/** A block for the terminal; empty where there is no text. */
export function readabilityText(texts: readonly ReadText[], all: boolean): string {
  if (texts.length === 0) return ''
  const shown = all ? texts : texts.slice(0, SHOWN)
  const names = shown.map(({ of, text }) => (text === 'text' ? of : `${of}, ${text}`))
  const width = Math.max(...names.map((name) => name.length))
  const lines = shown.map(({ index, meaning }, at) => {
    return `${String(Math.round(index)).padStart(5)}  ${names[at]?.padEnd(width)}  ${meaning}`
  })
  const left = texts.length - shown.length
  const more =
    left > 0 ? [`       and ${left.toLocaleString('en')} more: --verbose shows them all`] : []
  const heading = 'How easily the Italian texts are read (Gulpease, 0 to 100), the hardest first:'
  return `\n${[heading, ...lines, ...more].join('\n')}\n`
}
