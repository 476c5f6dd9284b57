// That nothing leaves, for whoever looks at flows or asks what is paused: who has stopped all of it
// on this machine, or why the whole installation is paused.
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatInstant, printable } from './table.ts'

type Stop = NonNullable<ReturnType<App['stopAll']['standing']>>

export function stopText({ at, actor, because }: Stop, language: StaffLanguage = 'en'): string {
  const who = { at: formatInstant(at), actor: printable(actor) }
  const head = fill(words.stopped, language, who)
  return `${head}\n    ${printable(because)}\n    ${words.lift[language]}\n`
}

/** Empty where everything may go. */
export async function stoppedNotice(
  { stopAll, store }: App,
  language: StaffLanguage = 'en',
): Promise<string> {
  const stop = stopAll.standing()
  if (stop !== null) return `${stopText(stop, language)}\n`
  const { pausedBecause, pausedSince } = await store.installation.status()
  if (pausedBecause === null) return ''
  const head = fill(words.paused, language, { at: formatInstant(pausedSince) })
  return `${head}\n    ${printable(pausedBecause)}\n    ${words.lift[language]}\n\n`
}

const words = {
  stopped: {
    it: 'È TUTTO FERMO su questa macchina dal {at}, per decisione di {actor}',
    en: 'EVERYTHING IS STOPPED on this machine since {at} by {actor}',
  },
  paused: { it: 'NON PARTE NULLA dal {at}', en: 'NOTHING LEAVES since {at}' },
  lift: {
    it: '`staffetta resume installation` fa ripartire',
    en: '`staffetta resume installation` lets it go on',
  },
} satisfies Record<string, Words>
