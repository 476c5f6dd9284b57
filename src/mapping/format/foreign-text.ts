// What cannot be text of a single-byte encoding. In one that was only guessed: the pairs that
// accents, quotes and euros are in UTF-8, and the currency sign, which is the euro of ISO-8859-15.
// In any: bytes without a character, such as the DOS pages write. Invariant: a guess is never
// mangled text.
import type { RecordSpec } from './record-spec.ts'

type Encoding = RecordSpec['encoding']

/**
 * Two units that read as UTF-8's `à` to `ü`, `°`, `€`, `’`, and the single ones; marks inside words
 * that are `è`, `é` and `ò` of the DOS pages.
 */
const foreign = {
  'windows-1252': /[\u0081\u008d\u008f\u0090\u009d¤]|[a-z][Š‚•]|[ÂÃ](?![À-ÿ])[^\0-\x7f]|â[€‚]/,
  'iso-8859-15': /[\u0080-\u009f]|[ÂÃ](?![À-ÿ])[^\0-\x7f]/,
}

/** Where the first foreign character stands in a guessed text; null when there is none. */
export function findForeign(text: string, encoding: keyof typeof foreign): number | null {
  return placeOf(text, foreign[encoding])
}

/** Whether a text read as Windows-1252 has a character that ISO-8859-15 writes otherwise. */
export function differsInLatin9(text: string): boolean {
  return /[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ¤¦¨´¸¼½¾]/.test(text)
}

/**
 * Where the first control character stands that a single-byte encoding has beyond ASCII; null when
 * there is none. WHATWG gives these to bytes that mean nothing: no program writes them as text.
 */
export function findControl(text: string, encoding: Encoding): number | null {
  const isSingle = encoding !== 'utf-8' && !encoding.startsWith('utf-16')
  return isSingle ? placeOf(text, /[\u0080-\u009f]/) : null
}

function placeOf(text: string, searched: RegExp): number | null {
  const at = text.search(searched)
  return at < 0 ? null : at
}
