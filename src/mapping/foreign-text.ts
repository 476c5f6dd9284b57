// What cannot be Windows-1252 in a text that was only guessed to be: bytes that it does not assign
// (the DOS pages write ì with one of them), the currency sign (in ISO-8859-15 it is the euro), and
// the pairs that accents, quotes and euros are in UTF-8. Invariant: a guess is never mangled text.

/** Two units that read as UTF-8's `à` to `ü`, `°`, `€`, `’`, and the single ones. */
const foreign = /[\u0081\u008d\u008f\u0090\u009d¤]|[ÂÃ](?![À-ÿ])[^\0-\x7f]|â[€‚]/

/** Where the first foreign character stands in the text; null when there is none. */
export function findForeign(text: string): number | null {
  const at = text.search(foreign)
  return at < 0 ? null : at
}
