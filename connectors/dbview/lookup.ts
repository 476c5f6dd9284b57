// Keys → the rows that a SELECT finds by them, as texts like those that a poll hands over.
// Invariants: nothing is written, in any database that has read-only transactions; two rows of one
// key are an error of that key, never a choice; what is not found is absent.
import { SourceError, type WorkContext } from '../../src/connector.ts'
import type { Column, Row } from './dialect.ts'
import { bindKeys, namesIn } from './named-values.ts'
import { converterOf } from './rows.ts'
import { openSession, type Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'
import { missingColumn, selectList } from './view.ts'

type Answer = Record<string, string> | SourceError
type LookupSettings = NonNullable<DbviewSettings['lookup']>

/** What the keys of one call are asked with. */
interface Asking {
  session: Session
  settings: DbviewSettings
  lookup: LookupSettings
  /** Of the answer; null until it is known. */
  columns: Column[] | null
}

/** Rows of one statement, for each of its keys: more are no answer by key. */
const mostRowsEach = 100

/** Throws like a poll when no key can be answered; a key that alone fails has its error. */
export async function lookUp(
  context: WorkContext<DbviewSettings>,
  keys: readonly string[],
): Promise<Map<string, Answer>> {
  const { settings } = context
  const { lookup } = settings
  if (lookup === undefined) {
    const message = 'the settings have no `lookup`: nothing can be asked'
    throw new SourceError('SRC_SETTINGS', message, { retry: false })
  }
  const answers = new Map<string, Answer>()
  const wanted = [...new Set(keys)]
  if (wanted.length === 0) return answers
  await using session = await openSession(context, 'read')
  const asking: Asking = { session, settings, lookup, columns: null }
  const size = asksMany(lookup.statement) ? lookup.batch : 1
  await session.begin('read')
  for (let at = 0; at < wanted.length; at += size) {
    await answerBatch(asking, wanted.slice(at, at + size), answers)
  }
  return answers
}

/** The columns that an answer has, for a check. No row is read. */
export async function describeLookup(
  session: Session,
  { lookup }: DbviewSettings,
): Promise<Column[]> {
  return lookup === undefined ? [] : columnsOf(session, lookup, ['0'])
}

/** A key that the database cannot compare spoils its batch: the halves are asked again. */
async function answerBatch(
  asking: Asking,
  keys: readonly string[],
  answers: Map<string, Answer>,
): Promise<void> {
  try {
    for (const [key, answer] of await askBatch(asking, keys)) answers.set(key, answer)
  } catch (error) {
    if (!(error instanceof SourceError) || error.code !== 'SRC_VIEW_VALUE') throw error
    await asking.session.rollback()
    await asking.session.begin('read')
    if (keys.length === 1) answers.set(keys[0]!, error)
    else {
      const half = Math.ceil(keys.length / 2)
      await answerBatch(asking, keys.slice(0, half), answers)
      await answerBatch(asking, keys.slice(half), answers)
    }
  }
}

async function askBatch(asking: Asking, keys: readonly string[]): Promise<Map<string, Answer>> {
  const { session, settings, lookup } = asking
  const { source, values } = sourceOf(session, lookup, keys)
  asking.columns ??= await columnsOf(session, lookup, keys)
  const { columns } = asking
  const list = selectList(session, columns)
  const toRecord = recordWriter(columns, settings)
  const findKeys = keyFinder(lookup, keys)
  const found = new Map<string, Answer>()
  let count = 0
  for await (const rows of session.read(`select ${list} from ${source}`, values)) {
    count += rows.length
    if (count > keys.length * mostRowsEach) throw tooMany(count, keys.length)
    for (const row of rows) {
      const record = toRecord(row)
      for (const key of findKeys(record)) found.set(key, found.has(key) ? twice() : record)
    }
  }
  return found
}

function sourceOf({ dialect }: Session, { statement }: LookupSettings, keys: readonly string[]) {
  const place = (position: number) => dialect.placeholder(position)
  const { sql, values } = bindKeys(statement.replace(/;\s*$/, ''), keys, place)
  return { source: `(${sql}\n) v`, values }
}

async function columnsOf(
  session: Session,
  lookup: LookupSettings,
  keys: readonly string[],
): Promise<Column[]> {
  const { source, values } = sourceOf(session, lookup, keys)
  const columns = await session.columns(`select * from ${source} where 1 = 0`, values)
  if (lookup.key !== undefined && !columns.some(({ name }) => name === lookup.key)) {
    throw missingColumn('`lookup.statement`', lookup.key, columns)
  }
  return columns
}

/** The asked keys that a row answers. Throws where its own is none of them. */
function keyFinder(
  { key: column, statement }: LookupSettings,
  keys: readonly string[],
): (record: Record<string, string>) => readonly string[] {
  if (column === undefined || !asksMany(statement)) return () => keys
  const exact = new Set(keys)
  const alike = Map.groupBy(keys, (key) => key.toLowerCase())
  return (record) => {
    const key = record[column] ?? ''
    return exact.has(key) ? [key] : (alike.get(key.toLowerCase()) ?? strange(column))
  }
}

function asksMany(statement: string): boolean {
  return namesIn(statement).includes('keys')
}

/** What is null has no value there. */
function recordWriter(columns: readonly Column[], settings: DbviewSettings) {
  const fields = columns.map((column) => ({
    name: column.name,
    convert: converterOf(column, settings),
  }))
  return (row: Row): Record<string, string> => {
    const values = fields.flatMap(({ name, convert }, at): [string, string][] => {
      const text = row[at] ?? null
      return text === null ? [] : [[name, convert === null ? text : convert(text)]]
    })
    return Object.fromEntries(values)
  }
}

function twice(): SourceError {
  const message = 'more than one row has this key: let the statement choose, or correct the source'
  return new SourceError('SRC_ANSWER', message, { retry: false })
}

function tooMany(rows: number, keys: number): SourceError {
  const message =
    `\`lookup.statement\` gives ${rows} rows and more for ${keys} keys: its condition must name ` +
    'the keys'
  return new SourceError('SRC_ANSWER', message, { retry: false })
}

function strange(column: string): never {
  const message =
    `\`lookup.statement\` gives a row whose \`${column}\` is none of the keys that were asked: ` +
    'name the column that holds the key, written as it is asked'
  throw new SourceError('SRC_ANSWER', message, { retry: false })
}
