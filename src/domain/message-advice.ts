// Our advice on a message that IO may well take: what the citizen would not see, or would see
// otherwise than meant. Here the parts are put together; each rule stands in the file of its field.
// Invariant: advice needs no message without faults: it looks at what has the right type.
import type { YamlReader } from './cta.ts'
import { droppedKeyAdvice } from './dropped-key-advice.ts'
import { dueDateAdvice } from './due-date-advice.ts'
import { readFiscalCode } from './fiscal-code.ts'
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { isFiscalCodeOfIo } from './message-values.ts'
import { subjectAdvice } from './subject-advice.ts'
import { lostCharacters, textAdvice } from './text-advice.ts'

export interface AdviceContext {
  now: Temporal.Instant
  readYaml: YamlReader
}

/** Every warning about a payload, in the order of its fields. Empty for what is no object. */
export function adviceOn(payload: unknown, { now, readYaml }: AdviceContext): MessageFinding[] {
  const message = fieldsOf(payload)
  const content = fieldsOf(message['content'])
  const payment = fieldsOf(content['payment_data'])
  const { fiscal_code: fiscalCode } = message
  const { subject, markdown, due_date: dueDate } = content
  const facts = {
    fiscalCode: textOf(fiscalCode),
    amountCents: typeof payment['amount'] === 'number' ? payment['amount'] : undefined,
    noticeNumber: textOf(payment['notice_number']),
  }
  return [
    ...(typeof fiscalCode === 'string' ? recipientAdvice(fiscalCode) : []),
    ...(typeof subject === 'string' ? subjectAdvice(subject, facts) : []),
    ...(typeof subject === 'string' ? lostCharacters('content.subject', subject) : []),
    ...(typeof markdown === 'string' ? textAdvice(markdown, readYaml) : []),
    ...(typeof dueDate === 'string' ? dueDateAdvice(dueDate, now) : []),
    ...deadKeyAdvice(message, content),
    ...droppedKeyAdvice(payload),
  ]
}

/** IO does not compute the check character: a mistyped code may be another citizen's. */
function recipientAdvice(fiscalCode: string): MessageFinding[] {
  if (!isFiscalCodeOfIo(fiscalCode)) return []
  const reading = readFiscalCode(fiscalCode)
  if (reading.kind !== 'wrong-check') return []
  const detail =
    `The check character should be ${reading.expected}: the code is mistyped, and may be ` +
    'another citizen’s. IO does not look at it.'
  const remedy = 'Ask for the code again; do not correct its last letter.'
  return [findingsAt('fiscal_code')('check-character', detail, remedy)]
}

/** Keys that IO takes and that do nothing, or little. */
function deadKeyAdvice(message: Fields, content: Fields): MessageFinding[] {
  const advice: MessageFinding[] = []
  const add = (path: string, rule: string, detail: string) =>
    advice.push(findingsAt(path)(rule, detail, 'Leave it out.'))
  if (isGiven(message['time_to_live'])) {
    const detail = 'Deprecated: it delays push and e-mail only; the message is in the app at once.'
    add('time_to_live', 'deprecated', detail)
  }
  if (isGiven(message['default_addresses'])) {
    const detail = 'IO ignores it: e-mails go to the address that the citizen gave to IO.'
    add('default_addresses', 'ignored', detail)
  }
  for (const key of ['legal_data', 'prescription_data']) {
    if (!isGiven(content[key])) continue
    const detail =
      'No longer in IO’s specification, though still stored; it may be refused one day.'
    add(`content.${key}`, 'withdrawn', detail)
  }
  return advice
}

type Fields = Record<string, unknown>

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The keys of an object; none of anything else. */
function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Fields) : {}
}
