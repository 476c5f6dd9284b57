// A notice's data → the messages that IO would receive, and what IO would refuse about them.
// Invariant: a pure function of data, template and language, used when mapping and again when
// sending; keys stand in one order, so that equal messages are equal JSON.
import { type Language, languages } from '../domain/language.ts'
import { payloadLimits } from '../domain/message-values.ts'
import { type NewMessage, payloadFaults } from '../domain/new-message.ts'
import type { NoticeData } from '../domain/notice.ts'
import type { Refusal } from '../domain/refusal.ts'
import { quoted } from './field/fields.ts'
import type { MessageTexts, NoticeTexts } from './text/notice-texts.ts'

export type Payloads = Partial<Record<Language, NewMessage>>

/**
 * The messages of one template in every language of the mapping. Throws when there is no such
 * template.
 */
export function payloadsOf(texts: NoticeTexts, data: NoticeData, template: number): Payloads {
  const message = texts.messages[template]
  if (message === undefined) throw new RangeError(`the mapping has no template ${template}`)
  const payloads: Payloads = {}
  const isPremium = texts.premium && template === 0
  for (const language of texts.languages) {
    payloads[language] = payloadOf(message[language]!, data, isPremium)
  }
  return payloads
}

/** The same refusals for every message of a notice are said once. */
export function payloadRefusals(messages: Payloads[]): Refusal[] {
  const refusals = new Map<string, Refusal>()
  for (let template = 0; template < messages.length; template++) {
    const payloads = messages[template]!
    for (const language of languages) {
      const payload = payloads[language]
      if (payload === undefined) continue
      for (const { path, expected, value } of payloadFaults(payload)) {
        const refusal =
          lengthRefusal(path, value, language, template) ?? otherRefusal(path, expected, value)
        refusals.set(`${refusal.field} ${refusal.detail}`, refusal)
      }
    }
  }
  return [...refusals.values()]
}

function payloadOf(texts: MessageTexts, data: NoticeData, isPremium: boolean): NewMessage {
  const content: NewMessage['content'] = {
    subject: texts.subject.render(data.fields),
    markdown: texts.markdown.render(data.fields),
  }
  if (data.dueAt !== null) content.due_date = data.dueAt
  if (data.payment !== null) {
    const { amountCents, noticeNumber, invalidAfterDueDate, payee } = data.payment
    content.payment_data = {
      amount: amountCents,
      notice_number: noticeNumber,
      invalid_after_due_date: invalidAfterDueDate,
    }
    if (payee !== null) content.payment_data.payee = { fiscal_code: payee }
  }
  const message: NewMessage = { fiscal_code: data.fiscalCode, content }
  if (isPremium) message.feature_level_type = 'ADVANCED'
  return message
}

const textNames: Record<string, { limits: { minimum: number; maximum: number }; name: string }> = {
  'content.subject': { limits: payloadLimits.subjectLength, name: 'Il titolo' },
  'content.markdown': { limits: payloadLimits.markdownLength, name: 'Il testo' },
}

function lengthRefusal(
  path: string,
  value: unknown,
  language: string,
  template: number,
): Refusal | null {
  const text = textNames[path]
  if (text === undefined || typeof value !== 'string') return null
  const { limits, name } = text
  const which = template === 0 ? 'del messaggio' : `del promemoria ${template}`
  return {
    code: 'REC_TEXT_LENGTH',
    field: path.slice(path.indexOf('.') + 1),
    detail:
      `${name} ${which} (${language}) è di ${value.length} caratteri: ` +
      `IO ne accetta da ${limits.minimum} a ${limits.maximum}.`,
    remedy: 'Accorcia o allunga il testo nel modello, o limita il valore con `truncate`.',
  }
}

function otherRefusal(path: string, expected: string, value: unknown): Refusal {
  return {
    code: 'REC_PAYLOAD',
    field: path,
    detail: `IO rifiuterebbe ${path}: ${quoted(String(value))} non è ${expected}.`,
    remedy: 'Correggi il dato alla fonte.',
  }
}
