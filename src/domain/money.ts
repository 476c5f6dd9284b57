// Money: euro amounts as integer cents. Text becomes cents digit by digit, never through a float.
// Invariant: an amount without decimals where the mapping promises them is refused, not guessed:
// a lost comma multiplies every bill by a hundred, and nobody notices until it is sent.

/** `comma`: 1.450,00 · `dot`: 1,450.00 · `cents`: 145000 · `thousandths`: 1450000. */
export type EuroStyle = 'comma' | 'dot' | 'cents' | 'thousandths'

export type EuroReading =
  | { kind: 'good'; cents: number }
  /**
   * `no-decimals`: digits that may be euro or cents. `fraction`: not a whole number of cents.
   * `range`: beyond what IO can carry.
   */
  | { kind: 'bad'; why: 'form' | 'no-decimals' | 'fraction' | 'range' }

/** The largest amount that IO accepts, and the largest that a field may hold, either sign. */
export const MAXIMUM_CENTS = 9_999_999_999

/**
 * Sign, digits before the cents, decimals. Four and more are how databases and XML schemas write
 * their money types; three are refused, since they may be a group of thousands.
 */
const written: Record<EuroStyle, RegExp> = {
  comma: /^([-+]?)(\d{1,3}(?:\.\d{3})+|\d+),(\d{4,8}|\d{1,2})$/,
  dot: /^([-+]?)(\d{1,3}(?:,\d{3})+|\d+)\.(\d{4,8}|\d{1,2})$/,
  cents: /^([-+]?)(\d+)()$/,
  thousandths: /^([-+]?)(\d*)(\d)$/,
}

/** The same from a source that leaves out the zeros that say nothing: `145`, `,5`. */
const shortened: Record<EuroStyle, RegExp> = {
  ...written,
  comma: /^([-+]?)(?=\d|,)(\d{1,3}(?:\.\d{3})+|\d*)(?:,(\d{4,8}|\d{1,2}))?$/,
  dot: /^([-+]?)(?=\d|\.)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d{4,8}|\d{1,2}))?$/,
}

/** A zero means the same in every style; the groups are there for their number. */
const zero = /^[-+]?0+$/
/** Whole euro or cents? Nobody can tell. */
const withoutDecimals = /^[-+]?(?:\d+|\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+))$/

/**
 * Reads an amount as the style says. Blanks around it, one currency mark (`€`, `EUR`, `euro`) and a
 * sign on either side are tolerated; digits other than 0 to 9, exponents and blanks inside are not.
 * One decimal digit means tens of cents: `14,5` is 14,50. With `zeros: dropped` an amount without
 * decimals is whole euro, as sources write it whose numbers lose their last zeros.
 */
export function readEuro(
  text: string,
  style: EuroStyle,
  zeros: 'kept' | 'dropped' = 'kept',
): EuroReading {
  const form = (zeros === 'kept' ? written : shortened)[style]
  const direct = form.exec(text)
  const bare = direct === null ? bareAmount(text) : text
  const match = direct ?? form.exec(bare)
  if (match === null) {
    if (zero.test(bare)) return { kind: 'good', cents: 0 }
    const lost = (style === 'comma' || style === 'dot') && withoutDecimals.test(bare)
    return { kind: 'bad', why: lost ? 'no-decimals' : 'form' }
  }
  const whole = match[2]!.replace(/[.,]/g, '').replace(/^0+/, '')
  if (whole.length > 10) return { kind: 'bad', why: 'range' }
  const decimals = centsDigits(match[3] ?? '', style)
  if (decimals === null) return { kind: 'bad', why: 'fraction' }
  const cents = Number(whole + decimals)
  if (cents > MAXIMUM_CENTS) return { kind: 'bad', why: 'range' }
  return { kind: 'good', cents: match[1] === '-' && cents > 0 ? -cents : cents }
}

/** `145000` → `1.450,00 €`. The argument is integer cents, as for `formatAmount`. */
export function formatEuro(cents: number): string {
  return `${formatAmount(cents)} €`
}

/** `145000` → `€1,450.00`, as English has it. The argument is integer cents. */
export function formatEnglishEuro(cents: number): string {
  const turned = formatAmount(Math.abs(cents)).replace(/[.,]/g, (mark) =>
    mark === '.' ? ',' : '.',
  )
  return `${cents < 0 ? '-' : ''}€${turned}`
}

/** `145000` → `1.450,00`. The argument is integer cents; anything else is a fault of the caller. */
export function formatAmount(cents: number): string {
  if (!Number.isSafeInteger(cents)) throw new RangeError(`not integer cents: ${cents}`)
  const digits = String(Math.abs(cents)).padStart(3, '0')
  let whole = digits.slice(0, -2)
  let groups = ''
  while (whole.length > 3) {
    groups = `.${whole.slice(-3)}${groups}`
    whole = whole.slice(0, -3)
  }
  return `${cents < 0 ? '-' : ''}${whole}${groups},${digits.slice(-2)}`
}

/** The digits that follow the whole euro in cents; null when there is a part of a cent. */
function centsDigits(decimals: string, style: EuroStyle): string | null {
  if (style === 'cents') return ''
  if (style === 'thousandths') return decimals === '0' ? '' : null
  if (decimals.length > 2) return /^..0+$/.test(decimals) ? decimals.slice(0, 2) : null
  return decimals.padEnd(2, '0')
}

const currencyFirst = /^([-+]?)\s*(?:€|euro?(?![a-z]))\s*/i
const currencyLast = /\s*(?:€|euro?)\s*([-+]?)$/i
const signLast = /^([^-+].*?)\s*([-+])$/

/** Units of text: no amount is longer, and what is longer is not searched for marks. */
const MAXIMUM_LENGTH = 64

/** Without blanks around it and its currency mark, and with the sign in front. */
function bareAmount(text: string): string {
  const trimmed = text.trim()
  if (trimmed.length > MAXIMUM_LENGTH) return trimmed
  const first = trimmed.replace(currencyFirst, '$1')
  const bare = first === trimmed ? trimmed.replace(currencyLast, '$1') : first
  return bare.replace(signLast, '$2$1')
}
