// What was understood, as one sentence that people read and edit. `description.ts` reads it back:
// the two are one grammar. Invariant: reading the sentence of an understanding gives that
// understanding again.
import type { FieldDraft } from './column-type.ts'
import type { GuessedField, Understanding } from './understanding.ts'

const formatNames: Record<string, string> = {
  csv: 'CSV',
  fixed: 'fixed width',
  ndjson: 'NDJSON',
  json: 'JSON',
  xml: 'XML',
  xlsx: 'XLSX',
}

/** `Read as CSV, …, 42 records, each a notice: key …, recipient …, € … (comma), due … (…).` */
export function sentenceOf({
  record,
  records,
  isWhole,
  shape,
  fields,
  roles,
  lookup,
}: Understanding) {
  const how = [formatNames[record.format] ?? record.format, ...record.words]
  const count = `${isWhole ? '' : 'the first '}${records} record${records === 1 ? '' : 's'}`
  const fieldOf = (name: string | null) => fields.find((field) => field.name === name)
  const parts = [`key ${roles.key.map((name) => labelOf(fieldOf(name))).join(' + ')}`]
  if (lookup !== null) {
    parts.push(`recipient in ${lookup.reference} by ${labelOf(fieldOf(lookup.by))}`)
  }
  const add = (role: keyof typeof roleWords) => {
    const field = fieldOf(roles[role])
    if (field !== undefined) {
      parts.push(`${roleWords[role]} ${labelOf(field)}${formOf(field.draft)}`)
    }
  }
  for (const role of ['recipient', 'amount', 'due', 'noticeNumber', 'group'] as const) add(role)
  return `Read as ${[...how, count, shapeWords[shape]].join(', ')}: ${parts.join(', ')}.`
}

/** How the sentence calls each role. */
export const roleWords = {
  recipient: 'recipient',
  amount: '€',
  due: 'due',
  noticeNumber: 'notice number',
  group: 'group',
} as const

/** How the sentence says what each record is. */
export const shapeWords = {
  notice: 'each a notice',
  settlement: 'each a settlement',
  reference: 'each a row of a reference',
} as const

/** A label as it stands, or in quotes where it could be taken for something else. */
function labelOf(field: GuessedField | undefined): string {
  const label = field?.label ?? ''
  return /^(?!none$)[^\s,:()"+.][^,:()"+]*$/.test(label) && !/\s$|\.$/.test(label)
    ? label
    : JSON.stringify(label)
}

function formOf(draft: FieldDraft): string {
  if (draft.type === 'euro' && 'decimals' in draft) {
    const zeros = 'zeros' in draft && draft.zeros === 'dropped' ? ', zeros dropped' : ''
    return ` (${draft.decimals}${zeros})`
  }
  if (draft.type === 'date' && 'formats' in draft) return ` (${draft.formats.join(' or ')})`
  if ('fromIuv' in draft) return ' (from the IUV)'
  return ''
}
