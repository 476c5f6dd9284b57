// Money: euro amounts as integer cents. Text becomes cents digit by digit, never through a float.
// Invariant: an amount without decimals where the mapping promises them is refused, not guessed:
// a lost comma multiplies every bill by a hundred, and nobody notices until it is sent.

/** `comma`: 1.450,00 · `dot`: 1,450.00 · `cents`: 145000. */
export type EuroStyle = 'comma' | 'dot' | 'cents'

export type EuroReading =
  | { kind: 'good'; cents: number }
  /** `no-decimals`: digits that may be euro or cents. `range`: beyond what IO can carry. */
  | { kind: 'bad'; why: 'form' | 'no-decimals' | 'range' }

/** The largest amount that IO accepts, and the largest that a field may hold, either sign. */
export const MAXIMUM_CENTS = 9_999_999_999

const written: Record<EuroStyle, RegExp> = {
  comma: /^([-+]?)(\d{1,3}(?:\.\d{3})+|\d+),(\d{1,2})$/,
  dot: /^([-+]?)(\d{1,3}(?:,\d{3})+|\d+)\.(\d{1,2})$/,
  cents: /^([-+]?)(\d+)()$/,
}

/** A zero means the same in every style; the groups are there for their number. */
const zero = /^[-+]?0+$/
/** Whole euro or cents? Nobody can tell. */
const withoutDecimals = /^[-+]?(?:\d+|\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+))$/

/**
 * Reads an amount as the style says. Outer blanks and one euro sign are tolerated; digits other
 * than
 * 0 to 9, exponents and blanks inside are not. One decimal digit means tens of cents: `14,5` is
 * 14,50.
 */
export function readEuro(text: string, style: EuroStyle): EuroReading {
  const bare = withoutSign(text)
  const match = written[style].exec(bare)
  if (match === null) {
    if (zero.test(bare)) return { kind: 'good', cents: 0 }
    const lost = style !== 'cents' && withoutDecimals.test(bare)
    return { kind: 'bad', why: lost ? 'no-decimals' : 'form' }
  }
  const whole = match[2]!.replace(/[.,]/g, '').replace(/^0+/, '')
  if (whole.length > 10) return { kind: 'bad', why: 'range' }
  const decimals = style === 'cents' ? '' : match[3]!.padEnd(2, '0')
  const cents = Number(whole + decimals)
  if (cents > MAXIMUM_CENTS) return { kind: 'bad', why: 'range' }
  return { kind: 'good', cents: match[1] === '-' && cents > 0 ? -cents : cents }
}

/**
 * `145000` → `1.450,00 €`. The argument is integer cents; anything else is a fault of the caller.
 */
export function formatEuro(cents: number): string {
  if (!Number.isSafeInteger(cents)) throw new RangeError(`not integer cents: ${cents}`)
  const digits = String(Math.abs(cents)).padStart(3, '0')
  let whole = digits.slice(0, -2)
  let groups = ''
  while (whole.length > 3) {
    groups = `.${whole.slice(-3)}${groups}`
    whole = whole.slice(0, -3)
  }
  return `${cents < 0 ? '-' : ''}${whole}${groups},${digits.slice(-2)} €`
}

function withoutSign(text: string): string {
  const bare = text.trim()
  if (bare.startsWith('€')) return bare.slice(1).trimStart()
  return bare.endsWith('€') ? bare.slice(0, -1).trimEnd() : bare
}
