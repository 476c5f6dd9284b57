// The form of a new message: what was typed ⇄ the message, and its fields. Invariant: what was
// typed comes back as it was typed, also where it is wrong.
import { readEuro } from '../../domain/money.ts'
import type {
  WrittenMessage,
  WrittenPart,
  WrittenPayment,
  WrittenProblem,
} from '../../domain/written-message.ts'
import { type Html, html } from '../../html.ts'
import { checkField, type Fault, faultOf, selectField, textArea, textField } from '../parts/form.ts'
import type { Visit } from '../visit.ts'
import { messageWords } from './message-words.ts'

/** The fields of the form, in their order. */
const names = [
  'service',
  'fiscalCode',
  'subject',
  'markdown',
  'dueDate',
  'noticeNumber',
  'amount',
  'payee',
  'expires',
] as const
type Name = (typeof names)[number]
export type Typed = Record<Name, string>

export function typedOf(form: URLSearchParams): Typed {
  const typed = Object.fromEntries(names.map((name) => [name, form.get(name) ?? '']))
  return { ...(typed as Typed), markdown: (typed['markdown'] ?? '').replace(/\r\n?/g, '\n') }
}

/** The same as hidden fields, so that the next step has them. */
export function hiddenFields(typed: Typed): Html[] {
  return names.map(
    (name) => html`<input type="hidden" name="${name}" value="${typed[name]}">
`,
  )
}

/** The message, and what is wrong with how it was typed: amounts, halves of a payment, gaps. */
export function messageOf(
  typed: Typed,
  { language }: Pick<Visit, 'language'>,
): { message: WrittenMessage; faults: Fault[] } {
  const words = messageWords[language]
  const faults: Fault[] = []
  const payment = paymentOf(typed, language, faults)
  const gap = /\[\[[^[\]]{1,60}\]\]/
  for (const field of ['subject', 'markdown'] as const) {
    const [what] = gap.exec(typed[field]) ?? []
    if (what) faults.push({ field, text: words.placeholder.replace('{what}', what) })
  }
  const message: WrittenMessage = {
    service: typed.service,
    fiscalCode: typed.fiscalCode.trim().toUpperCase(),
    subject: typed.subject.trim(),
    markdown: typed.markdown.trim(),
    dueDate: typed.dueDate.trim() === '' ? null : typed.dueDate.trim(),
    payment,
  }
  return { message, faults }
}

function paymentOf(
  { noticeNumber, amount, payee, expires }: Typed,
  language: Visit['language'],
  faults: Fault[],
): WrittenPayment | null {
  const words = messageWords[language]
  const [number, typed] = [noticeNumber.trim(), amount.trim()]
  if (number === '' && typed === '') {
    if (payee.trim() !== '') faults.push({ field: 'noticeNumber', text: words.halfPayment })
    return null
  }
  if (number === '' || typed === '') {
    faults.push({ field: number === '' ? 'noticeNumber' : 'amount', text: words.halfPayment })
    return null
  }
  const read = readEuro(typed, 'comma')
  if (read.kind === 'bad') {
    faults.push({ field: 'amount', text: words.wrongAmount })
    return null
  }
  return {
    noticeNumber: number.replace(/\s+/g, ''),
    amountCents: read.cents,
    payee: payee.trim() === '' ? null : payee.trim(),
    invalidAfterDueDate: expires !== '',
  }
}

export function faultsOf(problems: readonly WrittenProblem[], { language }: Visit): Fault[] {
  return problems.map(({ part, words }) => ({ field: fieldOf[part], text: words[language] }))
}

const fieldOf: Record<WrittenPart, Name> = {
  service: 'service',
  fiscalCode: 'fiscalCode',
  subject: 'subject',
  markdown: 'markdown',
  dueDate: 'dueDate',
  noticeNumber: 'noticeNumber',
  amount: 'amount',
  payee: 'payee',
}

export interface FormOptions {
  services: readonly (readonly [name: string, label: string])[]
  faults: readonly Fault[]
  /** What IO said of the recipient; null: it was not asked. */
  verified: Html | null
}

/** Recipient first, then what it says, then what it may ask for. */
export function messageFields(
  visit: Visit,
  typed: Typed,
  { services, faults, verified }: FormOptions,
): Html {
  const words = messageWords[visit.language]
  const field = (name: Name) => {
    const fault = faultOf(faults, name)
    return { name, value: typed[name], ...(fault !== undefined && { fault }) }
  }
  const isOpen = [typed.dueDate, typed.noticeNumber, typed.amount, typed.payee].some(Boolean)
  const codeTexts = { 'data-good': words.codeGood, 'data-wrong': words.codeWrong }
  return html`<fieldset><legend>${words.who}</legend>
${selectField({
  ...field('service'),
  ...{ label: words.service, options: [['', words.choose], ...services], required: true },
})}
${textField({
  ...field('fiscalCode'),
  ...{ label: words.fiscalCode, hint: words.fiscalCodeHint, required: true },
  attributes: {
    ...{ autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false' },
    ...{ maxlength: 20, 'data-fiscal-code': 'code-said', ...codeTexts },
  },
})}
<p id="code-said" class="form-text" role="status">${verified}</p>
<button class="btn btn-outline-primary" name="act" value="verify" formnovalidate aria-describedby="verify-hint">${words.verify}</button>
<span class="form-text" id="verify-hint">${words.verifyHint}</span>
</fieldset>
<fieldset><legend>${words.what}</legend>
${textField({
  ...field('subject'),
  ...{ label: words.subject, hint: words.subjectHint, required: true },
  attributes: counted('subject-count', 10, 120),
})}
<output class="form-text" id="subject-count" for="subject" data-text="${words.counter}"></output>
${textArea({
  ...field('markdown'),
  ...{ label: words.markdown, hint: words.markdownHint, required: true, rows: 14 },
  attributes: counted('markdown-count', 80, 10_000),
})}
<output class="form-text" id="markdown-count" for="markdown" data-text="${words.counter}"></output>
</fieldset>
<details class="more"${isOpen ? html` open` : null}><summary>${words.more}</summary>
${textField({ ...field('dueDate'), label: words.dueDate, hint: words.dueDateHint, type: 'date' })}
${textField({
  ...field('noticeNumber'),
  ...{ label: words.noticeNumber, hint: words.noticeNumberHint },
  attributes: { inputmode: 'numeric', autocomplete: 'off', maxlength: 30 },
})}
${textField({
  ...field('amount'),
  ...{ label: words.amount, hint: words.amountHint },
  attributes: { inputmode: 'decimal', autocomplete: 'off', maxlength: 20 },
})}
${textField({
  ...field('payee'),
  ...{ label: words.payee, hint: words.payeeHint },
  attributes: { inputmode: 'numeric', autocomplete: 'off', maxlength: 11 },
})}
${checkField({ name: 'expires', label: words.expires, checked: typed.expires !== '' })}
</details>
`
}

function counted(output: string, least: number, most: number) {
  return { 'data-counter': output, 'data-least': least, 'data-most': most }
}
