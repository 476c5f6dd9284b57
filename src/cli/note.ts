// `--note` and `--because`: why, in the words of who acts. It is kept in clear with the act, so no
// person may be named in it.
import { type Given, textOption, UsageError } from './command.ts'

const NOTE_LENGTH = 200

/** Null when none was given. Throws `UsageError` for one that is long or names a fiscal code. */
export function noteOption(given: Given): string | null {
  const note = textOption(given, 'note')
  if (note !== null && note.length > NOTE_LENGTH) {
    throw new UsageError(`--note is at most ${NOTE_LENGTH} characters`)
  }
  if (note !== null && /[A-Z]{6}\w{2}[A-Z]\w{2}[A-Z]\w{3}[A-Z]/i.test(note)) {
    throw new UsageError('--note names a fiscal code: it is kept in clear, so leave persons out')
  }
  return note
}

/** `--because` of what is not done without a reason. Throws `UsageError`. */
export function becauseOption(given: Given): string {
  const note = textOption(given, 'because')?.trim() ?? ''
  if (note !== '' && note.length <= NOTE_LENGTH) return note
  throw new UsageError(`say why in 1 to ${NOTE_LENGTH} characters: --because TEXT`)
}
