// The payment of a test message: the real amount, and a notice number that nobody can pay. Its last
// two digits are the check digits, which are a remainder of a division by 93: 99 is none, so that
// no creditor has ever issued it. Source: pagoPA, "Specifiche attuative dei codici identificativi
// di versamento". Invariant: the real number stays nowhere in what the texts are made of.
import type { NoticeData } from './notice.ts'

/** 18 digits of the form that IO takes, false by their check digits. `n`: 1, 2, 3 … */
export function falseNoticeNumber(n: number): string {
  return `300${String(n).padStart(13, '0')}99`
}

/**
 * The data with a false notice number in place of every real one, also where a text quotes it, or
 * its IUV: with blanks between the digits, or within a link. Data without a payment stays as it is.
 */
export function withFalseNumber(data: NoticeData, n: number): NoticeData {
  const { payment } = data
  if (payment === null) return data
  const real = payment.noticeNumber
  const number = falseNoticeNumber(n)
  // The number; the IUV, which lacks the auxiliary digit and, with 0, the application code.
  const own = [0, 1, 3].map((from) => [digitsOf(real.slice(from)), number.slice(from)] as const)
  const forms = [...own, [ANY_NUMBER, number] as const]
  const inText = (text: string) => forms.reduce((said, [form, by]) => said.replace(form, by), text)
  const replaced = (value: unknown): unknown => {
    if (typeof value === 'string') return inText(value)
    if (typeof value === 'number') return Number(inText(String(value)))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, replaced(one)]))
  }
  const fields = replaced(data.fields) as NoticeData['fields']
  return { ...data, fields, payment: { ...payment, noticeNumber: number } }
}

/** Those of other instalments, which the same text may name. */
const ANY_NUMBER = /(?<!\d)[0-3](?:[\s-]?\d){17}(?!\d)/g

/** These digits in a row, alone or with one blank or hyphen between them. */
function digitsOf(digits: string): RegExp {
  return new RegExp(digits.split('').join('[\\s-]?'), 'g')
}
