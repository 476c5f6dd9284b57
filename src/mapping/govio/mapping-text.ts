// A GovIO template → the file of a mapping, with what could not be turned at its head. Invariants:
// columns are read by their place, as GovIO does; the texts are the institution's own words.
import { block, comment, flow } from '../guess/yaml-text.ts'
import { columnsOf, type GovioColumn, timeField } from './columns.ts'
import type { GovioTemplate } from './template.ts'
import { type NotTurned, type TurnedText, turnText } from './text.ts'

export interface TurnedTemplate {
  /** The text of `mappings/NAME.yaml`. */
  text: string
  subject: TurnedText
  body: TurnedText
  columns: GovioColumn[]
  /** Those that the mapping reads. */
  read: GovioColumn[]
  /** Of these, the ones whose value may be missing. */
  optional: GovioColumn[]
  notTurned: NotTurned[]
  /** What is not as in GovIO although it was turned. */
  differs: string[]
}

/** How GovIO writes an instant: local in Rome, or with an offset. */
const dateTimes = [
  'yyyy-MM-ddTHH:mm:ss',
  'yyyy-MM-ddTHH:mm',
  'yyyy-MM-ddTHH:mm:ssXXX',
  'yyyy-MM-ddTHH:mmXXX',
]

/** With an offset the time would be that of another zone: such rows are refused. */
const localTimes = dateTimes.slice(0, 2)

/** Parts of a key, at most. */
const MAXIMUM_KEY = 8

/** Turns a template into a mapping of this name, which its series has too. */
export function turnTemplate(template: GovioTemplate, name: string): TurnedTemplate {
  const columns = columnsOf(template)
  const subject = turnText(template.subject, 'subject', columns)
  const body = turnText(template.body, 'message_body', columns)
  const both = [subject, body]
  const isUsed = (column: GovioColumn) => both.some(({ used }) => used.has(column))
  const needed = (column: GovioColumn) =>
    column.isMandatory || both.some((text) => text.needed.has(column))
  const key = keyOf(template, columns.all, needed)
  const read = columns.all.filter(
    (column) => isRead(column) || isUsed(column) || key.includes(column),
  )
  const optional = read.filter((column) => !needed(column) && !key.includes(column))
  const timed = (column: GovioColumn) => both.some((text) => text.timed.has(column))
  const notTurned = both.flatMap((text) => text.notTurned)
  const differs = [
    ...new Set([
      ...odditiesOf(template, columns.all, read, key),
      ...read
        .filter(timed)
        .map(
          ({ name }) => `${name} shows its time: rows that write an offset (+01:00, Z) are refused`,
        ),
      ...columns.oddities,
      ...both.flatMap((text) => text.differs),
    ]),
  ]
  const lines = [
    '# yaml-language-server: $schema=../../schema/mapping.json',
    comment(
      `From the GovIO template “${template.name || name}”: the same columns, in the same order.`,
    ),
    ...notTurned.map((one) => comment(`to do: ${saidOf(one)}`)),
    '',
    'shape: notice',
    `series: ${flow(name)} # keys are unique in it: never rename it`,
    '',
    ...recordLines(columns.all, read, optional, timed),
    '',
    `key: ${flow(key.map(({ field }) => field))} # a record of the same key is written about once`,
    ...(template.hasPayment ? ['facets: { document: notice_number }'] : []),
    '',
    ...noticeLines(template, subject.liquid, body.liquid),
  ]
  const text = `${lines.join('\n')}\n`
  return { text, subject, body, columns: columns.all, read, optional, notTurned, differs }
}

/** One thing that could not be turned, in a line. */
export function saidOf({ where, line, column, found, because, wrote }: NotTurned): string {
  return `${where} ${line}:${column} ${found.replace(/\s+/g, ' ')} — ${because}; written: ${wrote}`
}

/** Of the columns that every file has, all but the day of the expedition are read. */
function isRead({ placeholder, name }: GovioColumn): boolean {
  return placeholder === null && name !== 'expedition_date'
}

function keyOf(
  { hasPayment, placeholders }: GovioTemplate,
  all: readonly GovioColumn[],
  needed: (column: GovioColumn) => boolean,
): GovioColumn[] {
  const named = (name: string) =>
    all.filter((column) => column.name === name && !column.placeholder)
  if (hasPayment) return named('notice_number')
  const custom = all.filter((column) => column.placeholder !== null && needed(column))
  const key = [...named('taxcode'), ...named('due_date'), ...custom].slice(0, MAXIMUM_KEY)
  const isAlone = key.length === 1 && placeholders.length === 0
  return isAlone || key.length === 1 ? [...key, ...named('expedition_date')] : key
}

function odditiesOf(
  { hasDueDate }: GovioTemplate,
  all: readonly GovioColumn[],
  read: readonly GovioColumn[],
  key: readonly GovioColumn[],
): string[] {
  const names = (columns: readonly GovioColumn[]) => columns.map(({ name }) => name).join(', ')
  const unread = all.filter((column) => column.placeholder !== null && !read.includes(column))
  const patterns = all.filter(({ placeholder }) => placeholder?.pattern)
  return [
    'expedition_date plans nothing here: messages leave as soon as their flow may go, in the ' +
      'feed’s `window`. Bring a file on its day, or write `window` and `release` in the feed',
    ...(hasDueDate
      ? ['due_date is a day here: IO is told its last second in Rome, whatever time it has']
      : []),
    `a record with the same ${names(key)} is written about once, in whatever file it comes again`,
    ...(patterns.length > 0
      ? [`patterns are not checked, nor does GovIO check them in files: ${names(patterns)}`]
      : []),
    ...(unread.length > 0
      ? [`placeholders that no text shows are not read: ${names(unread)}`]
      : []),
  ]
}

function recordLines(
  all: readonly GovioColumn[],
  read: readonly GovioColumn[],
  optional: readonly GovioColumn[],
  timed: (column: GovioColumn) => boolean,
): string[] {
  const unread = all.filter((column) => !read.includes(column))
  const fields = read.flatMap((column) => {
    const isOptional = optional.includes(column)
    const lines = [`    ${column.field}: ${flow(fieldOf(column, isOptional, timed(column)))}`]
    if (!timed(column)) return lines
    const time = {
      ...{ column: column.position, type: 'text', split: { by: 'T', take: 2 } },
      ...(isOptional && { optional: true }),
    }
    return [...lines, `    ${timeField(column)}: ${flow(time)}`]
  })
  return [
    'record:',
    '  format: csv',
    '  encoding: auto',
    '  delimiter: ","',
    '  header: false # columns count, not their names: the first line is passed over',
    '  skipLines: 1',
    '  comment: "#"',
    '  longRows: ignoreEmpty',
    '  fields:',
    ...fields,
    ...unread.map(
      ({ position, name }) => `    ${comment(`not read: column ${position}, ${name}`)}`,
    ),
  ]
}

function fieldOf(
  column: GovioColumn,
  isOptional: boolean,
  isTimed: boolean,
): Record<string, unknown> {
  const base = { column: column.position }
  const more = isOptional ? { optional: true } : {}
  switch (column.kind) {
    case 'recipient':
      return { ...base, type: 'fiscalCode' }
    case 'datetime':
      return { ...base, type: 'date', formats: isTimed ? localTimes : dateTimes, ...more }
    case 'date':
      return { ...base, type: 'date', formats: ['yyyy-MM-dd'], ...more }
    case 'amount':
      return { ...base, type: 'euro', decimals: 'cents', ...more }
    case 'noticeNumber':
      return { ...base, type: 'noticeNumber', ...more }
    case 'number':
      return { ...base, type: 'integer', ...more }
    case 'boolean':
      return { ...base, type: 'boolean', true: ['TRUE'], false: ['FALSE'], ...more }
    default:
      return { ...base, type: 'text', ...(column.isPersonal && { personal: true }), ...more }
  }
}

function noticeLines(
  { hasDueDate, hasPayment }: GovioTemplate,
  subject: string,
  body: string,
): string[] {
  const payment = {
    ...{ noticeNumber: 'notice_number', amount: 'amount', payee: 'payee' },
    invalidAfterDueDate: 'invalid_after_due_date',
  }
  return [
    'notice:',
    '  fiscalCode: taxcode',
    '  subject:',
    `    it: ${JSON.stringify(subject)}`,
    '  markdown:',
    ...textLines(body),
    ...(hasDueDate ? ['  dueDate: due_date'] : []),
    ...(hasPayment ? [`  payment: ${flow(payment)}`] : []),
  ]
}

/** A block where its lines say what they are; else quoted, every character in its place. */
function textLines(text: string): string[] {
  const isPlain = /^\S/.test(text) && !/[\p{Cc}--\n]|[\u2028\u2029\ufeff\ufffe\uffff]/v.test(text)
  if (!isPlain) return [`    it: ${JSON.stringify(text)}`]
  return block(text.trimEnd().split('\n'), 6).map((line, at) =>
    at === 0 ? `    it: ${line}` : line,
  )
}
