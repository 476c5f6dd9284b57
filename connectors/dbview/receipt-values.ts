// The values that `receipt.statement` may name: what a receipt says, and its notice.
// Invariant: a notice, which is about a person, is asked for only where the statement names it.
import type { Receipt, ReceiptNotice } from '../../src/connector.ts'
import type { Row } from './dialect.ts'
import { namesIn } from './named-values.ts'

/** What the values of one record are made of. */
export interface Told {
  receipt: Receipt
  drop: string
  /** Null where the record made none, or where no name asks for it. */
  notice: ReceiptNotice | null
  /** An instant as the database takes it. */
  instant(at: Temporal.Instant): string
}

type Read = (told: Told) => string | null | undefined

/** Parts of a key that a statement may name, `:key1` to `:key8`. */
const mostParts = 8

const ofReceipt: Record<string, Read> = {
  id: ({ receipt }) => receipt.id,
  key: ({ receipt }) => receipt.key,
  fate: ({ receipt }) => receipt.fate,
  code: ({ receipt }) => receipt.code,
  detail: ({ receipt }) => receipt.detail,
  messageId: ({ receipt }) => receipt.messageId,
  at: ({ receipt, instant }) => receipt.at && instant(receipt.at.round('second')),
  line: ({ receipt }) => String(receipt.line),
  drop: ({ drop }) => drop,
}
for (let part = 1; part <= mostParts; part++) {
  ofReceipt[`key${part}`] = ({ receipt }) => partsOf(receipt.key ?? '')[part - 1]
}

const ofNotice: Record<string, Read> = {
  fiscalCode: ({ notice }) => notice?.fiscalCode,
  subject: ({ notice }) => notice?.subject,
  markdown: ({ notice }) => notice?.markdown,
  dueAt: ({ notice, instant }) => notice?.dueAt && instant(notice.dueAt),
  noticeNumber: ({ notice }) => notice?.payment?.noticeNumber,
  amountCents: ({ notice }) => notice?.payment && String(notice.payment.amountCents),
  payee: ({ notice }) => notice?.payment?.payee,
}

/** `:values_anno` is the field `anno`, `:values_pec_email` what the lookup `pec` has found. */
const field = /^values_(.+)$/

/** Names in the statement that stand for nothing. */
export function unknownNames(statement: string): string[] {
  return namesIn(statement).filter((name) => !Object.hasOwn(ofReceipt, name) && !asksNotice(name))
}

/** Whether a value of the statement comes from the notice. */
export function namesNotice(statement: string): boolean {
  return namesIn(statement).some(asksNotice)
}

/** The values in the order of their places; null where there is none. */
export function valuesOf(statement: string, told: Told): Row {
  return namesIn(statement).map((name) => {
    const read = ofReceipt[name] ?? ofNotice[name] ?? fieldReader(name)
    return read(told) ?? null
  })
}

/** The values of which a mapping made a key: joined with `|`, where `\` keeps one as it is. */
export function partsOf(key: string): string[] {
  const parts = ['']
  for (const [piece, kept] of key.matchAll(/\\([\s\S])|[\s\S]/g)) {
    if (piece === '|') parts.push('')
    else parts.push(`${parts.pop()}${kept ?? piece}`)
  }
  return parts
}

/** What a lookup found is a field with a point in its name. */
function fieldReader(name: string): Read {
  const wanted = field.exec(name)?.[1]
  return ({ notice }) => {
    const found = Object.entries(notice?.values ?? {})
    return found.find(([path]) => path.replaceAll('.', '_') === wanted)?.[1]
  }
}

function asksNotice(name: string): boolean {
  return Object.hasOwn(ofNotice, name) || field.test(name)
}
