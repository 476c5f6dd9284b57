// The typed values of a record, with what it looked up → the data of its notice, or why there is
// none. Invariant: data without refusals has a recipient, and a payment that is whole or absent.
import { dueInstant } from '../domain/civil-date.ts'
import { payloadLimits } from '../domain/message-values.ts'
import { formatEuro } from '../domain/money.ts'
import type { FieldValue, NoticeData, Payment } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import { missing, quoted } from './field/fields.ts'
import type { NoticeMapping } from './spec.ts'
import { type Fields, getterOf } from './text/scope.ts'

/** Makes the data. A path that `isUnreadable` has been refused already: it is not refused twice. */
export type BuildData = (
  key: string,
  fields: Fields,
  isUnreadable: (path: string) => boolean,
  refusals: Refusal[],
) => NoticeData

type Read = (fields: Fields) => FieldValue

/** A builder for one mapping, whose paths have been checked. */
export function dataBuilder({ notice, facets, group }: NoticeMapping): BuildData {
  const recipient = getterOf(notice.fiscalCode)
  const dueDate = readerOf(notice.dueDate)
  const payment = paymentBuilder(notice.payment)
  const groupOf = textOf(group)
  const customer = textOf(facets.customer)
  const document = textOf(facets.document)
  const emission = textOf(facets.emission)
  return (key, fields, isUnreadable, refusals) => {
    const fiscalCode = recipient(fields)
    if (fiscalCode === null && !isUnreadable(notice.fiscalCode)) {
      refusals.push(missing(notice.fiscalCode))
    }
    const due = dueDate(fields)
    return {
      key,
      group: groupOf(fields),
      fiscalCode: String(fiscalCode ?? ''),
      dueAt: due === null ? null : dueInstant(String(due)),
      payment: payment(fields, isUnreadable, refusals),
      facets: {
        customer: customer(fields),
        document: document(fields),
        emission: emission(fields),
      },
      fields,
    }
  }
}

type BuildPayment = (
  fields: Fields,
  isUnreadable: (path: string) => boolean,
  refusals: Refusal[],
) => Payment | null

/** Neither number nor amount: a notice without payment. One of them alone is a mistake. */
function paymentBuilder(spec: NoticeMapping['notice']['payment']): BuildPayment {
  if (spec === undefined) return () => null
  const numberOf = getterOf(spec.noticeNumber)
  const amountOf = getterOf(spec.amount)
  const payeeOf = readerOf(spec.payee)
  const { invalidAfterDueDate: expires } = spec
  const expiresOf = typeof expires === 'boolean' ? () => expires : getterOf(expires)
  return (fields, isUnreadable, refusals) => {
    const noticeNumber = numberOf(fields)
    const amount = amountOf(fields)
    const payee = payeeOf(fields)
    if (payee !== null && !/^\d{11}$/.test(String(payee))) {
      refusals.push(wrongPayee(spec.payee ?? '', String(payee)))
    }
    if (amount !== null && !isPayable(Number(amount))) {
      refusals.push(notPayable(spec.amount, Number(amount)))
    }
    if (noticeNumber !== null && amount !== null) {
      const amountCents = Number(amount)
      const payeeCode = payee === null ? null : String(payee)
      const invalidAfterDueDate = expiresOf(fields) === true
      return {
        noticeNumber: String(noticeNumber),
        amountCents,
        payee: payeeCode,
        invalidAfterDueDate,
      }
    }
    if (noticeNumber === null && amount === null) return null
    const absent = noticeNumber === null ? spec.noticeNumber : spec.amount
    if (!isUnreadable(absent)) refusals.push(missing(absent))
    return null
  }
}

function isPayable(cents: number): boolean {
  const { minimum, maximum } = payloadLimits.amountCents
  return cents >= minimum && cents <= maximum
}

function notPayable(field: string, cents: number): Refusal {
  return {
    code: 'REC_AMOUNT_RANGE',
    field,
    detail: `${formatEuro(cents)} non si può pagare su IO: va da 0,01 a 99.999.999,99 €.`,
    remedy: 'Correggi l’importo alla fonte, o salta queste righe con `skip` nel modello.',
  }
}

function wrongPayee(field: string, value: string): Refusal {
  return {
    code: 'REC_VALUE_FORM',
    field,
    detail: `${quoted(value)} non è il codice fiscale di un ente (11 cifre).`,
    remedy: 'Correggi il codice dell’ente creditore alla fonte.',
  }
}

function readerOf(path: string | undefined): Read {
  return path === undefined ? () => null : getterOf(path)
}

function textOf(path: string | undefined): (fields: Fields) => string | null {
  const read = readerOf(path)
  return (fields) => {
    const value = read(fields)
    return value === null ? null : String(value)
  }
}
