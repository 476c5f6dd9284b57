// Bytes of a mainframe's own code, which no encoding of a mapping reads. Looked for at the start of
// a file, so that its refusal can say what it is. Invariant: no text of ASCII's family is taken for
// it: half of such a text is no accents and `@`, and it has blanks, digits or line ends.

/** Bytes of the start that are looked at; a file is told by fewer where it is shorter. */
export const EBCDIC_START_BYTES = 512

/** Fewer bytes tell nothing. */
const MINIMUM_BYTES = 16

/** So many letters, digits and blanks of EBCDIC stand against one sign of ASCII's own. */
const LIKELY_FOR_EACH_SIGN = 8

/**
 * Whether a start of a file is EBCDIC: half of it letters, digits and blanks of that code, and
 * hardly a byte that in ASCII is a blank, a digit, a separator or a line end. Packed numbers have
 * some of these.
 */
export function isEbcdic(start: Uint8Array): boolean {
  if (start.length < MINIMUM_BYTES) return false
  let likely = 0
  let signs = 0
  for (const byte of start) {
    if (byte === 0x40 || isLetterOrDigit(byte)) likely++
    if (byte === 0x0a || (byte >= 0x20 && byte <= 0x3f)) signs++
  }
  return likely * 2 >= start.length && likely >= signs * LIKELY_FOR_EACH_SIGN
}

/** `a`–`z`, `A`–`Z` and `0`–`9` stand in blocks of nine or ten, from the second half on. */
function isLetterOrDigit(byte: number): boolean {
  const low = byte & 0x0f
  if (byte >= 0xf0) return low <= 9
  if (byte < 0x81 || low > 9) return false
  const zone = byte & 0xf0
  const isBlock = zone === 0x80 || zone === 0x90 || zone === 0xc0 || zone === 0xd0
  return isBlock ? low >= 1 : (zone === 0xa0 || zone === 0xe0) && low >= 2
}
