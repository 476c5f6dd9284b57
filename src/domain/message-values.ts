// The single values of a message that IO takes: lengths, codes, dates, in its own patterns.
// Source: io-ts-commons `strings.ts` and `dates.ts`, as IO's handlers run them (no check character,
// lengths in UTF-16 units). Invariant: what a test here refuses IO answers 400 for.

/** Inclusive bounds. Lengths are UTF-16 units, as JavaScript counts them. */
export const payloadLimits = {
  subjectLength: { minimum: 10, maximum: 120 },
  markdownLength: { minimum: 80, maximum: 10_000 },
  amountCents: { minimum: 1, maximum: 9_999_999_999 },
  timeToLiveSeconds: { minimum: 3_600, maximum: 604_800, byDefault: 3_600 },
} as const

/** IO's own pattern: its answers quote it. */
export const fiscalCodePattern =
  '^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$'
export const fiscalCodeForm = new RegExp(fiscalCodePattern)
export const noticeNumberForm = /^[0123][0-9]{17}$/
export const institutionCodeForm = /^[0-9]{11}$/
export const ulidForm = /^[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{26}$/
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$/

/** Whether IO takes this as a recipient: upper case, omocodia; day and check are not looked at. */
export function isFiscalCodeOfIo(text: string): boolean {
  return fiscalCodeForm.test(text)
}

/** Whether IO takes this as a payment notice number. */
export function isNoticeNumber(text: string): boolean {
  return noticeNumberForm.test(text)
}

/**
 * How IO stores a due date: an instant in UTC with milliseconds, or null where it refuses the text.
 * Days that do not exist roll over without an error: 30 February becomes 2 March.
 */
export function normalDueDate(text: string): string | null {
  const match = instant.exec(text)
  if (match === null) return null
  const date = new Date(match[1] === undefined ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** The same question without the answer's text, which costs most of the time. */
export function isDueDate(text: string): boolean {
  const match = instant.exec(text)
  return match !== null && !Number.isNaN(Date.parse(match[1] === undefined ? `${text}Z` : text))
}
