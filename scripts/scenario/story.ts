// A story that is told while it is played: what happens, what people type and are answered, and
// what must be so. Invariant: the first thing that is not as it must be ends it, and is named.
import type { Ran } from '../../test/cli/run-command.ts'

export interface Story {
  chapter(title: string): void
  say(text: string): void
  /** A command line as a person typed it, with the lines of its answer that tell the most. */
  typed(person: string, line: string, ran: Ran, telling?: RegExp): void
  /** Throws `Broken` unless it is so. */
  must(rule: string, isSo: boolean, detail?: unknown): void
  /** What the last line counts. */
  count(name: string, n: number): void
  counts: Readonly<Record<string, number>>
  /** Rules that were looked at. */
  kept: number
}

/** A promise that was not kept; the message says which. */
export class Broken extends Error {}

/** Of an answer; the whole of it is what the command is for. */
const LINES_TOLD = 12

/** `write` gets each line as it is told. */
export function createStory(write: (line: string) => void): Story {
  const counts: Record<string, number> = {}
  const story = {
    counts,
    kept: 0,
    chapter: (title: string) => write(`\n${title}`),
    say: (text: string) => write(`  ${text}`),
    typed(person: string, line: string, { code, out, err }: Ran, telling?: RegExp) {
      write(`\n  ${person}$ staffetta ${line}`)
      // Of a refusal, why; what was shown before it stands in the answers that were good.
      const lines = (code === 0 || err === '' ? `${out}${err}` : err).trimEnd().split('\n')
      const isTold = (text: string) => text.trim() !== '' && (telling?.test(text) ?? true)
      const told = lines.filter(isTold).slice(0, LINES_TOLD)
      for (const text of told) write(`  │ ${text}`)
      if (code !== 0) write(`  └ exit ${code}`)
    },
    must(rule: string, isSo: boolean, detail?: unknown) {
      if (!isSo) {
        const told = detail === undefined ? '' : `: ${textOf(detail)}`
        throw new Broken(`${rule}${told}`)
      }
      story.kept += 1
    },
    count(name: string, n: number) {
      counts[name] = n
    },
  }
  return story
}

function textOf(detail: unknown): string {
  return typeof detail === 'string' ? detail.trim() : JSON.stringify(detail)
}
