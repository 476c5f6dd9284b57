// Numbers as people type them: of a flow, a drop, a message, a length. Stands between the arguments
// and the commands. Invariant: what is no such number is wrong usage, before anything is opened.
import { type Given, textOption, UsageError } from './command.ts'

/** A number from 1 on. `what` ends the sentence: `"x" is not a flow’s number`. */
export function numberOf(typed: string, what: string): number {
  const number = Number(typed)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new UsageError(`"${typed}" is not ${what}`)
}

const MOST_LISTED = 10_000

/** `--limit` of a list: 50 where none is given. */
export function listLimit(given: Given): number {
  const typed = textOption(given, 'limit')
  const limit = typed === null ? 50 : Number(typed)
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= MOST_LISTED) return limit
  throw new UsageError(`--limit is a number from 1 to ${MOST_LISTED}`)
}
