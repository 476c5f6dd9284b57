// Forms: fields with a label, a hint and a fault each, and a summary of the faults that leads to
// them. Invariant: every form carries the token of its session, first of all fields.
import type { StaffLanguage } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import type { Visit } from '../visit.ts'

export interface Fault {
  /** Of the field; null: of the form as a whole. */
  field: string | null
  text: string
}

interface Field {
  name: string
  label: string
  hint?: string
  fault?: string | undefined
  required?: boolean
}

/** Of which a form may say more: minlength, pattern, inputmode, autocomplete … */
type Attributes = Readonly<Record<string, string | number | boolean>>

export function postForm(
  visit: Pick<Visit, 'visitor'>,
  action: string,
  content: Piece,
  options: { files?: boolean; class?: string } = {},
): Html {
  const type = options.files ? html` enctype="multipart/form-data"` : null
  const look = options.class ? html` class="${options.class}"` : null
  return html`<form method="post" action="${action}" accept-charset="utf-8"${type}${look}>
<input type="hidden" name="csrf" value="${visit.visitor.csrf}">
${content}
</form>`
}

/** Filters and the like: what it asks stands in the address, so nobody’s data may. */
export function getForm(action: string, content: Piece): Html {
  return html`<form method="get" action="${action}" class="filters">
${content}
</form>`
}

export function textField(
  field: Field & { value?: string; type?: string; attributes?: Attributes },
): Html {
  const { name, value = '', type = 'text', attributes = {} } = field
  const more = [described(field), attributesOf(attributes)]
  return labelled(
    field,
    html`<input class="form-control" type="${type}" ${named(name)} value="${value}"${more}>`,
  )
}

export function textArea(
  field: Field & { value?: string; rows?: number; attributes?: Attributes },
): Html {
  const { name, value = '', rows = 8, attributes = {} } = field
  return labelled(
    field,
    html`<textarea class="form-control" id="${name}" name="${name}" rows="${rows}"${described(field)}${attributesOf(attributes)}>
${value}</textarea>`,
  )
}

export function selectField(
  field: Field & { value?: string; options: readonly (readonly [string, string])[] },
): Html {
  const { name, value = '', options } = field
  const shown = options.map(
    ([key, text]) =>
      html`<option value="${key}"${key === value ? html` selected` : null}>${text}</option>
`,
  )
  return labelled(
    field,
    html`<select class="form-select" id="${name}" name="${name}"${described(field)}>
${shown}</select>`,
  )
}

export function checkField(
  /** `id`: where several have one name. */
  field: Field & { checked?: boolean; value?: string; id?: string },
): Html {
  const { name, label, value = 'on', checked = false, hint, fault, id = name } = field
  const on = checked ? html` checked` : null
  return html`<div class="form-check">
<input type="checkbox" id="${id}" name="${name}" value="${value}"${on}${described(field)}>
<label for="${id}">${label}</label>${below(name, hint, fault)}
</div>`
}

/** One of several; each `[value, label]`. */
export function radioFields(
  field: Field & { value?: string; options: readonly (readonly [string, string])[] },
): Html {
  const { name, label, value = '', options, hint, fault } = field
  const choices = options.map(
    ([key, text], index) => html`<div class="form-check">
<input type="radio" id="${name}-${index}" name="${name}" value="${key}"${on(key === value)}>
<label for="${name}-${index}">${text}</label></div>
`,
  )
  const about = below(name, hint, fault)
  return html`<fieldset class="field" id="${name}"><legend>${label}</legend>${about}
${choices}</fieldset>`
}

function on(isChecked: boolean): Html | null {
  return isChecked ? html` checked` : null
}

function named(name: string): Html {
  return html`id="${name}" name="${name}"`
}

export function fileField(field: Field & { accept?: string }): Html {
  const { name, accept } = field
  const types = accept === undefined ? null : html` accept="${accept}"`
  const more = [types, described(field)]
  return labelled(
    field,
    html`<input class="form-control" type="file" id="${name}" name="${name}"${more}>`,
  )
}

export type ButtonTone = 'primary' | 'secondary' | 'danger'

export function button(
  label: Piece,
  options: { tone?: ButtonTone; name?: string; value?: string } = {},
): Html {
  const { tone = 'primary', name, value = '' } = options
  const look = tone === 'secondary' ? 'btn-outline-primary' : `btn-${tone}`
  const sent = name === undefined ? null : html` name="${name}" value="${value}"`
  return html`<button type="submit" class="btn ${look}"${sent}>${label}</button>`
}

/** First on the page, with the focus; each line leads to its field. Null where there is none. */
export function faultSummary(faults: readonly Fault[], language: StaffLanguage): Html | null {
  if (faults.length === 0) return null
  const title =
    language === 'it'
      ? 'Non è stato fatto nulla: c’è da correggere'
      : 'Nothing was done: please correct'
  return html`<div class="alert alert-danger" role="alert" tabindex="-1" autofocus>
<h2 class="h5">${title}</h2>
<ul>
${faults.map(
  ({
    field,
    text,
  }) => html`<li>${field === null ? text : html`<a href="#${field}">${text}</a>`}</li>
`,
)}</ul>
</div>`
}

export function faultOf(faults: readonly Fault[], field: string): string | undefined {
  return faults.find((one) => one.field === field)?.text
}

function labelled({ name, label, hint, fault }: Field, control: Html): Html {
  return html`<div class="field">
<label for="${name}">${label}</label>${below(name, hint, fault)}
${control}
</div>
`
}

function below(name: string, hint: string | undefined, fault: string | undefined): Html {
  return html`${hint === undefined ? null : html`<span class="form-text" id="${name}-hint">${hint}</span>`}${
    fault === undefined ? null : html`<span class="fault" id="${name}-fault">${fault}</span>`
  }`
}

function described({ name, hint, fault, required }: Field): Html {
  const by = [hint === undefined ? '' : `${name}-hint`, fault === undefined ? '' : `${name}-fault`]
    .filter(Boolean)
    .join(' ')
  return html`${by === '' ? null : html` aria-describedby="${by}"`}${
    fault === undefined ? null : html` aria-invalid="true"`
  }${required ? html` required` : null}`
}

function attributesOf(attributes: Attributes): Piece[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    if (value === false) return []
    return value === true ? html` ${name}` : html` ${name}="${String(value)}"`
  })
}
