// What was understood → the mapping's file: the sentence at its head, every guess with what it
// rests on, and texts to begin from. Invariant: the file says nothing that the mapping's own schema
// would refuse.
import { GROUP_LABEL } from './column-groups.ts'
import { suggests } from './column-name.ts'
import { sentenceOf } from './sentence.ts'
import { PAID } from './shape.ts'
import { firstTexts } from './texts.ts'
import type { GuessedField, Understanding } from './understanding.ts'
import { block, comment, flow } from './yaml-text.ts'

export interface MappingNames {
  /** The mapping's, which is its file's. */
  name: string
  /** The series of its notices; for a settlement, those that it closes. */
  series: readonly string[]
}

/** The text of `mappings/NAME.yaml`. */
export function mappingText(understood: Understanding, names: MappingNames): string {
  const lines = [
    '# yaml-language-server: $schema=../../schema/mapping.json',
    comment(sentenceOf(understood)),
    '# To change what was understood, edit this file; or edit the sentence and give it back to',
    '# `staffetta new mapping` with --describe. Field by field, a comment says what a guess rests on.',
    ...understood.doubts.map((doubt) => comment(`LOOK AT ${doubt}.`)),
    '',
    `shape: ${understood.shape}`,
    ...bodyLines(understood, names),
  ]
  return `${lines.join('\n')}\n`
}

function bodyLines(understood: Understanding, names: MappingNames): string[] {
  const { shape, roles, lookup } = understood
  const record = recordLines(understood)
  if (shape === 'reference') return ['', ...record, '', `key: ${flow(roles.key[0])}`]
  if (shape === 'settlement') return [...settlementLines(understood, names), '', ...record]
  return [
    `series: ${flow(names.series[0] ?? names.name)} # keys are unique in it: never rename it`,
    '',
    ...record,
    ...(lookup === null
      ? []
      : [
          '',
          'lookups:',
          `  ${lookup.name}: ${flow({ reference: lookup.reference, by: lookup.by })}`,
        ]),
    '',
    `key: ${flow(roles.key)} # what names one record for ever`,
    ...(roles.group === null ? [] : [`group: ${flow(roles.group)} # instalments of one debt`]),
    ...singleLines(understood),
    ...actionLines(understood),
    ...facetLines(understood),
    '',
    'notice:',
    `  fiscalCode: ${lookup === null ? roles.recipient : `${lookup.name}.${lookup.fiscalCode}`}`,
    ...noticeLines(understood),
  ]
}

/** The single payment beside the instalments, where the columns of one are called `T`. */
function singleLines({ record, fields, roles }: Understanding): string[] {
  const repeat = record.keys.find(({ name }) => name === 'repeat')?.value as { over: string[] }
  const group = fields.find(({ label }) => label === GROUP_LABEL)
  if (group === undefined || !repeat.over.includes('T')) return []
  if (roles.group === null) {
    return [
      '# group: the field that all payments of one debt share, so that the single one ends them',
    ]
  }
  const whole = `${group.name} == "T"`
  return [
    `single: ${whole} # paying it settles the instalments`,
    `# firstWhen: ${whole} # with reminders: one first message a debt, not one for each`,
  ]
}

/** A column whose values insert, modify and cancel. */
function actionLines({ roles }: Understanding): string[] {
  return roles.action === null ? [] : [`action: ${flow({ field: roles.action })} # I, M and A`]
}

function settlementLines({ roles, fields }: Understanding, { series }: MappingNames): string[] {
  const [key] = roles.key
  const type = fields.find(({ name }) => name === key)?.draft.type
  const by = roles.key.length === 1 && type === 'noticeNumber' ? 'noticeNumber' : 'key'
  return [
    `series: ${flow(series.length === 1 ? series[0] : series)} # whose notices it closes`,
    `by: ${by} # key · noticeNumber · fiscalCode: what the key below is to the notices`,
    `key: ${flow(roles.key)}`,
    ...asLines(fields),
  ]
}

/** How each record ends its notice: as a column of states says, where there is one. */
function asLines(fields: readonly GuessedField[]): string[] {
  const status = fields.find(({ label, draft, values }) => {
    const isState = draft.type === 'text' && suggests(label, 'status')
    return isState && new Set(values).size <= MAXIMUM_STATES
  })
  const plain = 'as: settled # paid; `cancelled` for what was withdrawn'
  if (status === undefined) return [plain]
  const states = [...new Set(status.values.map((value) => value.trim()))].sort()
  const settled = states.filter((state) => PAID.test(state))
  const cancelled = states.filter((state) => !PAID.test(state) && WITHDRAWN.test(state))
  const ignore = states.filter((state) => ![...settled, ...cancelled].includes(state))
  if (settled.length === 0) return [`${plain}; or { field: ${status.name}, … } for its states`]
  const lists = Object.entries({ settled, cancelled, ignore }).filter(([, list]) => list.length > 0)
  return [
    'as: # look at each state: what no list has is refused',
    `  field: ${status.name}`,
    ...lists.map(([name, list]) => `  ${name}: ${flow(list)}`),
  ]
}

/** More different words are no states. */
const MAXIMUM_STATES = 12
const WITHDRAWN = /annull|cancell|revoc|storn|chius/i

function recordLines({ record, fields, unread }: Understanding): string[] {
  const keys = record.keys.map(({ name, value, evidence }) => {
    return withComment(`  ${name}: ${flow(value)}`, evidence ?? null)
  })
  const rest = unread.length === 0 ? [] : [`    ${comment(`not read: ${unread.join(', ')}`)}`]
  const lines = fields.map(fieldLine)
  return ['record:', `  format: ${record.format}`, ...keys, '  fields:', ...lines, ...rest]
}

function fieldLine({ name, place, draft, evidence }: GuessedField): string {
  const { type, ...others } = draft
  return withComment(`    ${name}: ${flow({ column: place, type, ...others })}`, evidence)
}

function withComment(line: string, evidence: string | null): string {
  return evidence === null ? line : `${line} ${comment(evidence)}`
}

function facetLines({ roles }: Understanding): string[] {
  const { customer, document, emission } = roles
  const facets = Object.entries({ customer, document, emission }).filter(([, name]) => name)
  if (facets.length === 0) return []
  return [`facets: ${flow(Object.fromEntries(facets))} # what operators search by`]
}

function noticeLines(understood: Understanding): string[] {
  const { due, noticeNumber, amount } = understood.roles
  const { subject, markdown } = firstTexts(understood)
  const isPayment = noticeNumber !== null && amount !== null
  return [
    '  # The texts are a beginning: say what it is about, and what to do. No personal data in the',
    '  # subject, which shows on locked phones.',
    '  subject:',
    `    it: ${JSON.stringify(subject)}`,
    '  markdown:',
    ...block(markdown, 6).map((line, index) => (index === 0 ? `    it: ${line}` : line)),
    ...(due === null ? [] : [`  dueDate: ${due}`]),
    ...(isPayment ? [`  payment: ${flow({ noticeNumber, amount })}`] : []),
  ]
}
