// The cases of a mapping that was a GovIO template: invented records of its columns, and what each
// is to show. Invariant: they are about nobody, and the same for the same template.
import type { ExpectSpec } from '../case-spec.ts'
import { INVENTED_FISCAL_CODE } from '../guess/invent.ts'
import { flow } from '../guess/yaml-text.ts'
import { type GovioColumn, timeField } from './columns.ts'
import type { TurnedTemplate } from './mapping-text.ts'

export interface InventedCase {
  name: string
  record: Record<string, string>
  /** What its text must show, where that is what it is about. */
  contains: string[]
  /** Whether it must be refused. */
  isRefused: boolean
}

/** One record with everything, and one for each thing that matters. */
export function inventCases(turned: TurnedTemplate): InventedCase[] {
  const { read, optional } = turned
  const whole = recordOf(turned, read)
  const cases: InventedCase[] = [
    { name: 'a record with all its values', record: whole, contains: [], isRefused: false },
  ]
  const amount = read.find(({ kind }) => kind === 'amount')
  if (amount) {
    const isShown = [turned.subject, turned.body].some(({ used }) => used.has(amount))
    cases.push({
      name: 'an amount of cents is euro and cents',
      record: { ...whole, [amount.field]: '999' },
      contains: isShown && turned.body.used.has(amount) ? ['9,99'] : [],
      isRefused: false,
    })
  }
  cases.push(...otherValues(turned, whole))
  if (optional.some(({ placeholder }) => placeholder !== null)) {
    const given = read.filter((column) => !optional.includes(column))
    const name = 'a record without the values that may be missing'
    cases.push({ name, record: recordOf(turned, given), contains: [], isRefused: false })
  }
  const last = read.findLast((column) => !optional.includes(column) && column.kind !== 'recipient')
  if (last) {
    const record = recordOf(
      turned,
      read.filter((column) => column !== last),
    )
    cases.push({
      name: `a record without ${last.field} is refused`,
      record,
      contains: [],
      isRefused: true,
    })
  }
  return cases
}

/** Cases of the values that its texts tell apart, at most. */
const MAXIMUM_VALUES = 20

/** One for each further value that a text compares a field with, and one for any other. */
function otherValues(
  { subject, body }: TurnedTemplate,
  whole: Readonly<Record<string, string>>,
): InventedCase[] {
  const asked = [...subject.values, ...body.values].filter(({ field }) => field in whole)
  const all = asked.flatMap(({ field, value }) => [
    { field, value },
    { field, value: OTHER },
  ])
  const seen = new Set(Object.entries(whole).map(([field, value]) => `${field}=${value}`))
  const cases: InventedCase[] = []
  for (const { field, value } of all) {
    if (value === '' || seen.has(`${field}=${value}`) || cases.length === MAXIMUM_VALUES) continue
    seen.add(`${field}=${value}`)
    const record = { ...whole, [field]: value }
    cases.push({ name: `${field} is ${value}`, record, contains: [], isRefused: false })
  }
  return cases
}

/** What no text compares with. */
const OTHER = 'Altro'

/** The text of `mappings/NAME.cases.yaml`. */
export function casesText(
  name: string,
  cases: readonly (InventedCase & { expected: ExpectSpec })[],
): string {
  const lines = [
    '# yaml-language-server: $schema=../../schema/cases.json',
    `# Invented records of the columns that GovIO has. \`staffetta test ${name}\` runs these.`,
    'cases:',
    ...cases.flatMap(({ name: title, record, expected }) => [
      `  - name: ${flow(title)}`,
      '    record:',
      ...Object.entries(record).map(([field, text]) => `      ${field}: ${JSON.stringify(text)}`),
      '    expect:',
      ...Object.entries(expected).map(([key, value]) => `      ${key}: ${flow(value)}`),
    ]),
  ]
  return `${lines.join('\n')}\n`
}

function recordOf(turned: TurnedTemplate, columns: readonly GovioColumn[]): Record<string, string> {
  const entries = columns.flatMap((column): [string, string][] => {
    const value = inventedOf(column, turned)
    const isTimed = [turned.subject, turned.body].some(({ timed }) => timed.has(column))
    const own: [string, string] = [column.field, value]
    return isTimed ? [own, [timeField(column), value]] : [own]
  })
  return Object.fromEntries(entries)
}

function inventedOf(column: GovioColumn, { subject, body }: TurnedTemplate): string {
  const { field, kind, isPersonal } = column
  switch (kind) {
    case 'recipient':
      return INVENTED_FISCAL_CODE
    case 'datetime':
      return '2027-06-30T12:00:00'
    case 'date':
      return '2027-06-15'
    case 'amount':
      return '14550'
    case 'noticeNumber':
      return '302000000000000121'
    case 'payee':
      return '99999999990'
    case 'number':
      return '12'
    case 'boolean':
      return 'false'
    default: {
      const asked = [...subject.values, ...body.values].find((one) => one.field === field)
      return asked?.value || (isPersonal ? 'Caterina Esempi' : 'Testo di esempio')
    }
  }
}
