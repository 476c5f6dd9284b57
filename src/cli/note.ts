// `--note` and `--because`: why, in the words of who acts. It is kept in clear with the act, so no
// person may be named in it.
import { namesFiscalCode } from '../domain/fiscal-code.ts'
import { type Given, textOption, UsageError } from './command.ts'

const NOTE_LENGTH = 200

/** Null when none was given. Throws `UsageError` for one that is long or names a fiscal code. */
export function noteOption(given: Given): string | null {
  const note = textOption(given, 'note')
  if (note !== null && note.length > NOTE_LENGTH) {
    throw new UsageError(`--note is at most ${NOTE_LENGTH} characters`)
  }
  if (note !== null) refuseFiscalCode('--note', note)
  return note
}

/** `--because` of what is not done without a reason. Throws `UsageError`. */
export function becauseOption(given: Given): string {
  const note = textOption(given, 'because')?.trim() ?? ''
  if (note === '' || note.length > NOTE_LENGTH) {
    throw new UsageError(`say why in 1 to ${NOTE_LENGTH} characters: --because TEXT`)
  }
  refuseFiscalCode('--because', note)
  return note
}

function refuseFiscalCode(option: string, note: string): void {
  if (!namesFiscalCode(note)) return
  throw new UsageError(`${option} names a fiscal code: it is kept in clear, so leave persons out`)
}
