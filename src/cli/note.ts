// `--note` and `--because`: why, in the words of who acts. It is kept in clear with the act, and
// told in mails and on terminals: no person may be named in it, and it is one line of text.
import { namesFiscalCode } from '../domain/fiscal-code.ts'
import { type Given, textOption, UsageError } from './command.ts'
import { printable } from './table.ts'

const NOTE_LENGTH = 200

/** Null when none was given. Throws `UsageError` for one that is long or names a fiscal code. */
export function noteOption(given: Given): string | null {
  const note = textOption(given, 'note')
  if (note !== null && note.length > NOTE_LENGTH) {
    throw new UsageError(`--note is at most ${NOTE_LENGTH} characters`)
  }
  if (note !== null) refuseUnfit('--note', note)
  return note
}

/** `--because` of what is not done without a reason. Throws `UsageError`. */
export function becauseOption(given: Given): string {
  const note = textOption(given, 'because')?.trim() ?? ''
  if (note === '' || note.length > NOTE_LENGTH) {
    throw new UsageError(`say why in 1 to ${NOTE_LENGTH} characters: --because TEXT`)
  }
  refuseUnfit('--because', note)
  return note
}

/** `--because` of what may be done without one; null when none was given. Throws `UsageError`. */
export function reasonOption(given: Given): string | null {
  return textOption(given, 'because') === null ? null : becauseOption(given)
}

function refuseUnfit(option: string, note: string): void {
  if (printable(note) !== note) throw new UsageError(`${option} is one line of plain text`)
  if (!namesFiscalCode(note)) return
  throw new UsageError(`${option} names a fiscal code: it is kept in clear, so leave persons out`)
}
