// An office's list of recipients and its text → the mapping that makes a lot of them, by what
// `staffetta new mapping --from` recognises. Invariants: what compiles here is kept as it is and
// leaves so; all that is wrong is said at once, in the words of who composes.
import { parse } from 'yaml'
import { openSample } from '../archive/open-sample.ts'
import {
  type LotDraft,
  type LotProblem,
  lotReminders,
  NO_COLUMN,
  placeholdersOf,
} from '../domain/lot-draft.ts'
import { payloadLimits } from '../domain/message-values.ts'
import { nearest } from '../domain/nearest.ts'
import { countIn } from '../domain/words.ts'
import { DropError } from '../mapping/drop-error.ts'
import { guessRecord } from '../mapping/guess/guess-record.ts'
import { mappingText } from '../mapping/guess/mapping-text.ts'
import { guessRoles } from '../mapping/guess/roles.ts'
import { GuessError } from '../mapping/guess/table.ts'
import { typedColumns } from '../mapping/guess/typed-column.ts'
import { type Understanding, understand } from '../mapping/guess/understanding.ts'
import type { Wishes } from '../mapping/guess/wishes.ts'
import { type CompiledNotice, compileMapping } from '../mapping/mapping.ts'
import { MappingSpec, type NoticeMapping } from '../mapping/spec.ts'
import { sourceOf } from './sample-file.ts'

/** A column of the list, as a text names it. */
export interface LotColumn {
  /** Between double braces: `nome`. */
  name: string
  /** In the file. */
  label: string
  type: string
  /** Of the first row. */
  example: string
}

export interface ComposedLot {
  columns: readonly LotColumn[]
  /** Labels of the columns that have a part, as they were recognised or chosen. */
  roles: Record<'recipient' | 'dueDate' | 'noticeNumber' | 'amount', string | null>
  problems: readonly LotProblem[]
  /** Null while something is wrong. */
  mapping: { spec: NoticeMapping; compiled: CompiledNotice } | null
}

/** `name`: of the mapping and of its series: no other lot has it. */
export async function composeLot(
  name: string,
  draft: LotDraft,
  file: { name: string; bytes: Buffer },
): Promise<ComposedLot> {
  const read = await readList(draft, file)
  if ('problems' in read) return { ...nothing, ...read }
  const { understanding } = read
  const { fields, roles } = understanding
  const labelOf = (field: string | null) => fields.find((one) => one.name === field)?.label ?? null
  const columns = fields.map(({ name, label, draft: { type }, values }) => {
    return { name, label, type, example: values.find((value) => value.trim() !== '') ?? '' }
  })
  const composed = {
    columns,
    roles: {
      recipient: labelOf(roles.recipient),
      dueDate: labelOf(roles.due),
      noticeNumber: labelOf(roles.noticeNumber),
      amount: labelOf(roles.amount),
    },
  }
  const problems = textProblems(draft, columns, roles)
  if (problems.length > 0) return { ...composed, problems, mapping: null }
  const spec = specOf(name, draft, understanding)
  const { mapping, faults } = compileMapping(name, spec, { references: {} })
  if (mapping?.shape === 'notice')
    return { ...composed, problems, mapping: { spec, compiled: mapping } }
  return { ...composed, problems: faults.map(problemOf), mapping: null }
}

const nothing = {
  columns: [],
  roles: { recipient: null, dueDate: null, noticeNumber: null, amount: null },
  mapping: null,
} as const

type ReadList =
  | { understanding: Understanding }
  | ({ problems: LotProblem[] } & Partial<ComposedLot>)

async function readList(draft: LotDraft, file: { name: string; bytes: Buffer }): Promise<ReadList> {
  let labels: string[] = []
  try {
    const sample = { ...(await openSample(sourceOf(file.name, file.bytes), {})), said: [] }
    const record = guessRecord(sample, {})
    const typed = typedColumns(record.table, {})
    labels = typed.map(({ label }) => label)
    const guessed = guessRoles(typed, { shape: 'notice' })
    const recipient = draft.recipient || (guessed.recipient?.label ?? '')
    if (recipient === '' || !labels.includes(recipient)) {
      return { problems: [noRecipient], columns: typed.map(columnOf) }
    }
    return { understanding: understand(sample, wishesOf(draft, recipient)) }
  } catch (error) {
    if (error instanceof DropError) {
      const it = `${error.detail} ${error.remedy}`
      return { problems: [{ part: 'file', words: { it, en: it } }] }
    }
    if (!(error instanceof GuessError)) throw error
    const words = { it: `Non riesco a leggere l’elenco: ${error.message}`, en: error.message }
    return { problems: [{ part: 'file', words }] }
  }
}

const noRecipient: LotProblem = {
  part: 'recipient',
  words: {
    it: 'Scegli la colonna con i codici fiscali dei destinatari.',
    en: 'Choose the column with the fiscal codes of the recipients.',
  },
}

function columnOf({
  name,
  label,
  type,
  values,
}: ReturnType<typeof typedColumns>[number]): LotColumn {
  return { name, label, type: type.draft.type, example: values[0] ?? '' }
}

/** The key is the recipient for now: which columns tell rows apart, the text decides. */
function wishesOf(draft: LotDraft, recipient: string): Wishes {
  const wish = (typed: string) => (typed === '' ? undefined : typed === NO_COLUMN ? null : typed)
  const [due, noticeNumber, amount] = [draft.dueDate, draft.noticeNumber, draft.amount].map(wish)
  return {
    ...{ shape: 'notice', recipient, key: [recipient], group: null, groups: null },
    ...(due !== undefined && { due }),
    ...(noticeNumber !== undefined && { noticeNumber }),
    ...(amount !== undefined && { amount }),
  }
}

function textProblems(
  { subject, markdown, reminders }: LotDraft,
  columns: readonly LotColumn[],
  roles: Understanding['roles'],
): LotProblem[] {
  const names = columns.map(({ name }) => name)
  const problems = (['subject', 'markdown'] as const).flatMap((part) => {
    const text = part === 'subject' ? subject : markdown
    const unknown = placeholdersOf(text).filter((name) => !names.includes(name))
    return [...unknown.map((name) => unknownName(part, name, names)), ...lengthProblems(part, text)]
  })
  if ((roles.noticeNumber === null) !== (roles.amount === null)) {
    problems.push({
      part: roles.amount === null ? 'amount' : 'noticeNumber',
      words: {
        it: 'Per un avviso di pagamento servono sia il codice avviso sia l’importo; altrimenti scegli «nessuna» per entrambi.',
        en: 'A payment needs both the notice number and the amount; else choose «none» for both.',
      },
    })
  }
  if (reminders.length > 0 && roles.due === null) {
    problems.push({
      part: 'reminders',
      words: {
        it: 'I promemoria vogliono una colonna con la scadenza.',
        en: 'Reminders need a column with the due date.',
      },
    })
  }
  return problems
}

function unknownName(
  part: 'subject' | 'markdown',
  name: string,
  names: readonly string[],
): LotProblem {
  const near = nearest(name, names)
  const [said, asked] = near
    ? [`Forse intendevi {{ ${near} }}?`, `Did you mean {{ ${near} }}?`]
    : [`Le colonne sono: ${names.join(', ')}.`, `The columns are: ${names.join(', ')}.`]
  return {
    part,
    words: {
      it: `{{ ${name} }} non è una colonna dell’elenco. ${said}`,
      en: `{{ ${name} }} is no column of the list. ${asked}`,
    },
  }
}

/** Only what no value can mend: the rows say the rest. */
function lengthProblems(part: 'subject' | 'markdown', text: string): LotProblem[] {
  const limits = part === 'subject' ? payloadLimits.subjectLength : payloadLimits.markdownLength
  const isConstant = placeholdersOf(text).length === 0
  const { length } = text.trim()
  const isWrong =
    length === 0 || (isConstant && (length < limits.minimum || length > limits.maximum))
  if (!isWrong) return []
  const [least, most] = [limits.minimum, limits.maximum].map((n) => countIn('it', n))
  const [it, en] = part === 'subject' ? ['L’oggetto', 'The subject'] : ['Il contenuto', 'The text']
  return [
    {
      part,
      words: {
        it: `${it} deve avere da ${least} a ${most} caratteri: ne ha ${countIn('it', length)}.`,
        en: `${en} must have ${least} to ${most} characters: it has ${length}.`,
      },
    },
  ]
}

/** The record as it was recognised, with the text of the office in place of a drafted one. */
function specOf(name: string, draft: LotDraft, understanding: Understanding): NoticeMapping {
  const drafted = MappingSpec.parse(parse(mappingText(understanding, { name, series: [name] })))
  if (drafted.shape !== 'notice') throw new Error('a list of recipients makes notices')
  const { roles } = understanding
  const { notice, record, series } = drafted
  const subject = { it: draft.subject.trim() }
  const markdown = { it: draft.markdown.replace(/\r\n?/g, '\n').trim() }
  const used = [...placeholdersOf(subject.it), ...placeholdersOf(markdown.it)]
  const { payment } = notice
  const dueDate = roles.due
  const parts = [roles.recipient ?? notice.fiscalCode, roles.noticeNumber, dueDate, ...used]
  // What may be empty tells no rows apart.
  const isFilled = (one: string | null) => one !== null && !record.fields[one]?.optional
  const key = [...new Set(parts)].filter(isFilled).slice(0, MOST_KEYS)
  const spec = {
    ...{ shape: 'notice', series, record, key },
    notice: {
      ...{ fiscalCode: notice.fiscalCode, subject, markdown },
      ...(dueDate !== null && { dueDate }),
      ...(payment && roles.noticeNumber !== null && roles.amount !== null && { payment }),
    },
    reminders: draft.reminders
      .filter((at) => Object.hasOwn(lotReminders, at))
      .map((at) => ({ at, subject: { it: `Promemoria: ${subject.it}` }, markdown })),
  }
  const read = MappingSpec.parse(spec)
  if (read.shape !== 'notice') throw new Error('a list of recipients makes notices')
  return read
}

/** Fields that tell the rows of a list apart; a mapping takes no more. */
const MOST_KEYS = 8

function problemOf({
  path,
  message,
  hint,
}: {
  path: readonly (string | number)[]
  message: string
  hint: string
}): LotProblem {
  const part = path.includes('subject') ? 'subject' : path.includes('markdown') ? 'markdown' : null
  const en = `${message}: ${hint}`
  return { part, words: { it: `Il testo non si può usare così: ${en}`, en } }
}
