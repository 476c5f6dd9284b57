// What the simulation's messages say: one text for each, by its number, with the payment and the
// features that IO may refuse. A pure function, as a mapping's version is.
import { hash } from 'node:crypto'
import type { NewMessage } from '../../src/domain/new-message.ts'
import type { NoticeData } from '../../src/domain/notice.ts'
import type { TextMapping } from '../../src/pipeline/send/one.ts'
import { contact } from '../samples.ts'

export interface Letter {
  number: number
  amountCents: number | null
  /** Needs a permission that the key may lack. */
  hasPayee: boolean
  isPremium: boolean
}

export function noticeDataOf({ number, amountCents, hasPayee, isPremium }: Letter): NoticeData {
  const payee = hasPayee ? '01234567890' : null
  const noticeNumber = `3${String(number).padStart(17, '0')}`
  return {
    key: String(number),
    group: null,
    fiscalCode: contact(number).fiscalCode,
    dueAt: null,
    payment:
      amountCents === null
        ? null
        : { noticeNumber, amountCents, payee, invalidAfterDueDate: false },
    facets: { customer: null, document: null, emission: null },
    fields: { isPremium },
  }
}

const MARKDOWN =
  'Questo messaggio esiste soltanto nella simulazione: nessuno lo riceve, e nessuno deve pagare nulla.'

export const mappingOf: TextMapping = {
  payloads(data, template) {
    const { payment } = data
    const message: NewMessage = {
      fiscal_code: data.fiscalCode,
      content: { subject: subjectOf(Number(data.key), template), markdown: MARKDOWN },
    }
    if (payment !== null) {
      message.content.payment_data = {
        amount: payment.amountCents,
        notice_number: payment.noticeNumber,
        ...(payment.payee === null ? {} : { payee: { fiscal_code: payment.payee } }),
      }
    }
    if (data.fields['isPremium'] === true) message.feature_level_type = 'ADVANCED'
    return { it: message }
  },
}

/** Tells every message from every other: IO's truth is counted by it. */
export function subjectOf(number: number, template: number): string {
  return `Simulazione, avviso ${number} testo ${template}`
}

export function textHash(text: string): Uint8Array {
  return hash('sha1', text, 'buffer')
}

export function textHashOf(data: NoticeData, template: number): Uint8Array {
  return textHash(JSON.stringify(mappingOf.payloads(data, template)))
}
