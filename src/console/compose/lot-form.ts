// The form of a lot: what was typed ⇄ the draft, and its fields. Columns have a part by being
// recognised, by being chosen, or none. What was typed comes back as it was typed.
import { type LotDraft, lotReminders, NO_COLUMN } from '../../domain/lot-draft.ts'
import { fillText } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import {
  checkField,
  type Fault,
  faultOf,
  fileField,
  selectField,
  textArea,
  textField,
} from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import type { Visit } from '../visit.ts'
import { lotWords } from './lot-words.ts'

type Looked = Awaited<ReturnType<Visit['app']['desk']['lots']['look']>>
export type Composed = NonNullable<Looked['composed']>

export function draftOf(form: URLSearchParams): LotDraft {
  const text = (name: string) => (form.get(name) ?? '').trim()
  return {
    title: text('title').slice(0, 120),
    service: text('service'),
    subject: text('subject'),
    markdown: text('markdown').replace(/\r\n?/g, '\n'),
    ...{ recipient: text('recipient'), dueDate: text('dueDate') },
    ...{ noticeNumber: text('noticeNumber'), amount: text('amount') },
    reminders: Object.keys(lotReminders).filter((at) => form.getAll('reminders').includes(at)),
  }
}

/** What the first step wants. */
export function beginFields(
  visit: Visit,
  draft: Pick<LotDraft, 'title' | 'service'>,
  services: readonly string[],
  faults: readonly Fault[],
): Html {
  const words = lotWords[visit.language]
  const fault = (field: string) => {
    const text = faultOf(faults, field)
    return text === undefined ? {} : { fault: text }
  }
  const options = [['', words.choose], ...services.map((name) => [name, name])] as const
  return html`${textField({
    ...{ name: 'title', label: words.name, hint: words.nameHint, value: draft.title },
    ...{ required: true, attributes: { maxlength: 120 } },
    ...fault('title'),
  })}
${selectField({
  ...{ name: 'service', label: words.service, value: draft.service, required: true },
  options: options as readonly (readonly [string, string])[],
  ...fault('service'),
})}`
}

/** `fileName` null: there is no list yet. */
export function listField(visit: Visit, fileName: string | null, faults: readonly Fault[]): Html {
  const words = lotWords[visit.language]
  const now = fileName === null ? null : fillText(words.fileNow, { name: fileName })
  const hint = now === null ? words.fileHint : `${now} ${words.fileHint}`
  const text = faultOf(faults, 'file')
  const fault = text === undefined ? {} : { fault: text }
  return fileField({ name: 'file', label: words.file, hint, accept: '.csv,.txt,.xlsx', ...fault })
}

export function textFields(visit: Visit, draft: LotDraft, faults: readonly Fault[]): Html {
  const words = lotWords[visit.language]
  const field = (name: 'subject' | 'markdown') => {
    const fault = faultOf(faults, name)
    return { name, value: draft[name], ...(fault !== undefined && { fault }) }
  }
  return html`<fieldset><legend>${words.text}</legend>
${textField({ ...field('subject'), label: words.subject, hint: words.subjectHint })}
${textArea({ ...field('markdown'), label: words.markdown, hint: words.markdownHint, rows: 12 })}
</fieldset>`
}

const parts = ['recipient', 'dueDate', 'noticeNumber', 'amount'] as const

/** Which column is what, and the reminders that a due date allows. */
export function partFields(
  visit: Visit,
  draft: LotDraft,
  { columns, roles }: Composed,
  faults: readonly Fault[],
): Html {
  const words = lotWords[visit.language]
  const fields = parts.map((name) => {
    const found = roles[name]
    const isOwn = draft[name] !== ''
    const said =
      found === null || isOwn ? words.automaticNone : fillText(words.automatic, { label: found })
    const none = name === 'recipient' ? [] : [[NO_COLUMN, words.noColumn] as const]
    const options = [
      ['', isOwn ? '–' : said] as const,
      ...none,
      ...columns.map(({ label }) => [label, label] as const),
    ]
    const fault = faultOf(faults, name)
    const wrong = fault === undefined ? {} : { fault }
    return selectField({ name, label: words[name], value: draft[name], options, ...wrong })
  })
  const fault = faultOf(faults, 'reminders')
  const reminders = Object.entries(lotReminders).map(([at, label], index) =>
    checkField({
      ...{ name: 'reminders', value: at, label: label[visit.language] },
      ...{ checked: draft.reminders.includes(at), id: `reminders-${index}` },
    }),
  )
  return html`<fieldset><legend>${words.parts}</legend>
${fields}</fieldset>
<fieldset id="reminders"><legend>${words.reminders}</legend>
${fault === undefined ? null : html`<span class="fault">${fault}</span>`}${reminders}</fieldset>`
}

export function columnsTable(visit: Visit, { columns }: Composed): Html | null {
  if (columns.length === 0) return null
  const words = lotWords[visit.language]
  const titles = [words.placeholder, words.label, words.type, words.example]
  return listTable({
    caption: words.columns,
    columns: titles.map((title) => ({ title })),
    rows: columns.map(({ name, label, type, example }) => ({
      href: null,
      cells: [html`<code>{{ ${name} }}</code>`, label, type, example.slice(0, 60)],
    })),
    empty: '–',
  })
}
