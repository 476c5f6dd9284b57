// What the templates of receipts may name: the record's fate, its notice, its values, and what the
// steps before have answered. The same names with invented values try a template without a record.
// Invariant: what a record does not have is an empty text; a name that no record has is unknown.
import type { Receipt, ReceiptNotice } from '../../src/connector.ts'
import type { Find, ReceiptSettings, Step, Telling } from './receipt-settings.ts'
import type { Scope } from './template.ts'

/** `notice` and `values` are absent where the record made none, so that naming them fails. */
export function receiptScope(
  receipt: Receipt,
  notice: ReceiptNotice | null,
  drop: string,
  { words }: Pick<ReceiptSettings, 'words'>,
): Scope {
  const { id, line, key, fate, code, detail, messageId, at } = receipt
  const told = {
    ...{ id, fate, code, detail, line: String(line), key: key ?? '', messageId: messageId ?? '' },
    at: at?.toString({ smallestUnit: 'second' }) ?? '',
    word: words[fate] ?? '',
  }
  const scope: Scope = { receipt: told, drop, steps: {} }
  return notice === null
    ? scope
    : { ...scope, notice: noticeScope(notice), values: nested(notice.values) }
}

/** The scope with what a step answered. */
export function withAnswer(scope: Scope, step: string, answer: Record<string, string>): Scope {
  return { ...scope, steps: { ...(scope['steps'] as Scope), [step]: answer } }
}

/** Every name that the call may use, with invented values: earlier steps have their answers. */
export function sampleScope(call: Step | Find, { steps }: Telling): Scope {
  const receipt = {
    ...{ line: 1, key: '1', code: '', detail: '', messageId: '01ARZ3NDEKTSV4RRFFQ69G5FAV' },
    id: '0123456789abcdef0123456789abcdef',
    fate: 'sent',
    at: Temporal.Instant.from('2026-01-02T10:00:00Z'),
  }
  const notice = {
    fiscalCode: 'AAAAAA00A00A000A',
    subject: 'Un oggetto di esempio',
    markdown: 'Un testo di esempio.',
    dueAt: receipt.at,
    payment: { noticeNumber: '0'.repeat(18), amountCents: 100, payee: '00000000000' },
    values: Object.fromEntries(valuesIn(call).map((name) => [name, '2026-01-02'])),
  }
  const scope = receiptScope(receipt, notice, 'drop', { words: { sent: '1' } })
  const before = steps.slice(0, Math.max(0, steps.indexOf(call as Step)))
  return before.reduce(
    (all, { name, answer }) =>
      withAnswer(all, name, Object.fromEntries(Object.keys(answer).map((one) => [one, '1']))),
    scope,
  )
}

function noticeScope({ fiscalCode, subject, markdown, dueAt, payment }: ReceiptNotice): Scope {
  const cents = payment?.amountCents ?? 0
  const amount = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
  return {
    ...{ fiscalCode, subject, markdown },
    dueDate: dueAt?.toZonedDateTimeISO('Europe/Rome').toPlainDate().toString() ?? '',
    noticeNumber: payment?.noticeNumber ?? '',
    amount: payment === null ? '' : amount,
    amountCents: payment === null ? '' : String(cents),
    payee: payment?.payee ?? '',
  }
}

/** `anagrafe.email`, of a row that was looked up, is `email` within `anagrafe`. */
function nested(values: Record<string, string>): Scope {
  const scope: Scope = {}
  for (const [path, value] of Object.entries(values)) {
    const [name = '', inner] = path.split('.')
    if (inner === undefined) scope[name] = value
    else scope[name] = { ...(scope[name] as Scope | undefined), [inner]: value }
  }
  return scope
}

/** The names after `values.` in the call's texts. */
function valuesIn(call: Step | Find): string[] {
  const found = JSON.stringify(call).matchAll(/\bvalues\.(\w+(?:\.\w+)?)/g)
  return [...found].map(([, name]) => name ?? '')
}
