// What `staffetta check --online` says of a database: the connection, the view's columns, rows and
// rights, and the statements by which a system is asked and told.
// Invariant: nothing is changed; what a statement would do is rehearsed, not done.
import { type CheckLine, type SourceContext, SourceError } from '../../src/connector.ts'
import { describeLookup } from './lookup.ts'
import { bindNames } from './named-values.ts'
import { noDay, readLines } from './rows.ts'
import { openSession, type Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'
import { describeView, namesOf, readsRows, type View } from './view.ts'
import { findLatest } from './window.ts'

/** A check may take 30 s in all; one statement of it, this long. */
const patienceSeconds = 8

type Context = SourceContext<DbviewSettings>
type Attempt = <T>(
  what: string,
  run: () => Promise<T>,
  said?: (result: T) => string,
) => Promise<T | null>

/** The lines of the check, up to the first that fails. */
export async function checkView(given: Context): Promise<CheckLine[]> {
  const context = { ...given, settings: { ...given.settings, ...bounds(given.settings) } }
  const { settings } = context
  const lines: CheckLine[] = []
  const attempt: Attempt = async (what, run, said) => {
    if (lines.some(({ ok }) => !ok)) return null
    try {
      const result = await run()
      lines.push({ ok: true, what: said?.(result) ?? what })
      return result
    } catch (error) {
      if (!(error instanceof SourceError)) throw error
      lines.push({ ok: false, what, remedy: error.message })
      return null
    }
  }
  if (readsRows(settings) || settings.lookup) {
    const { host, database, username, tls } = settings
    const logIn = `log in to ${database} at ${host} as ${username}`
    const said = () => `${logIn}, ${tls ? 'encrypted' : 'not encrypted'}`
    await using session = await attempt(logIn, () => openSession(context, 'read'), said)
    if (session === null) return lines
    await attempt('begin a read-only transaction', () => session.begin('read'))
    await checkLookup(session, settings, attempt)
    const sample = readsRows(settings) ? await checkRows(session, settings, attempt) : null
    lines.push(
      ...oddities(sample ?? [], settings).map((odd) => ({ ok: true, what: `warning: ${odd}` })),
    )
  }
  await checkReceipt(context, attempt)
  return lines
}

function bounds({ statementTimeoutSeconds, connectTimeoutSeconds }: DbviewSettings) {
  return {
    statementTimeoutSeconds: Math.min(statementTimeoutSeconds, patienceSeconds),
    connectTimeoutSeconds: Math.min(connectTimeoutSeconds, patienceSeconds),
  }
}

async function checkLookup(session: Session, settings: DbviewSettings, attempt: Attempt) {
  if (settings.lookup === undefined) return
  await attempt(
    'find what `lookup.statement` answers',
    () => describeLookup(session, settings),
    (columns) => `\`lookup.statement\` answers ${columns.map(({ name }) => name).join(', ')}`,
  )
}

/** The first rows, as a poll would hand them over; the connection ends with them. */
async function checkRows(session: Session, settings: DbviewSettings, attempt: Attempt) {
  const view = await attempt(
    `find the columns of ${settings.view ?? 'the query'}`,
    () => describeView(session, settings),
    (found) => `${found.name} has ${found.columns.length} columns`,
  )
  if (view === null) return null
  if (settings.watermark !== undefined) {
    const { column } = settings.watermark
    await attempt(
      `find the latest ${column}`,
      () => findLatest(session, settings, view.column(column), []),
      (latest) => (latest === null ? 'there are no rows yet' : `the latest ${column} is ${latest}`),
    )
  }
  await attempt('look at the rights', () => countRights(session, settings), sayRights(settings))
  return await attempt(
    'read the first rows',
    () => readFirst(session, settings, view),
    (lines) => `${lines.length} rows were read, to see that they can be`,
  )
}

async function readFirst(
  session: Session,
  settings: DbviewSettings,
  view: View,
): Promise<Record<string, string | null>[]> {
  for await (const lines of readLines(session, settings, view, [])) {
    return lines.map((line) => JSON.parse(line))
  }
  return []
}

/** What is no fault of the view, and yet seldom meant. No value of a row is told. */
function oddities(rows: Record<string, string | null>[], { watermark }: DbviewSettings): string[] {
  const names = Object.keys(rows[0] ?? {})
  const valuesOf = (name: string) => rows.map((row) => row[name] ?? null)
  const empty = names.filter((name) => valuesOf(name).every((value) => value === null))
  const undated = names.filter((name) => valuesOf(name).some((value) => noDay.test(value ?? '')))
  const unseen = watermark ? rows.filter((row) => (row[watermark.column] ?? null) === null) : []
  const doubled = rows.length - new Set(rows.map((row) => JSON.stringify(row))).size
  return [
    ...empty.map((name) => `\`${name}\` is empty in all of these rows`),
    ...(unseen.length > 0
      ? [`${unseen.length} of these rows have no \`${watermark?.column}\`: they are never taken`]
      : []),
    ...undated.map((name) => `\`${name}\` holds days that do not exist, as 0000-00-00`),
    ...(doubled > 0
      ? [`${doubled} of these rows stand twice: does the view miss a condition?`]
      : []),
  ]
}

async function countRights(session: Session, { view }: DbviewSettings): Promise<number | null> {
  const asked = view === undefined ? null : session.dialect.writeRights(namesOf(view))
  if (asked === null) return null
  let rights = 0
  for await (const [row] of session.read(asked.sql, asked.values)) rights = Number(row?.[0])
  return rights
}

function sayRights({ username, view }: DbviewSettings): (rights: number | null) => string {
  return (rights) => {
    if (rights === null) return `whether ${username} may also write is not known here`
    if (rights === 0) return `${username} may only read ${view}`
    return `warning: ${username} may also change ${view}; a user that may only read is safer`
  }
}

async function checkReceipt(context: Context, attempt: Attempt): Promise<void> {
  const { receipt, username } = context.settings
  if (receipt === undefined) return
  await attempt(`rehearse \`receipt.statement\` as ${receipt.username ?? username}`, async () => {
    await using session = await openSession(context, 'report')
    const sql = bindNames(receipt.statement, (at) => session.dialect.placeholder(at))
    if (!/^\s*(?:call|exec|begin)\b/i.test(sql)) await session.rehearse(sql)
  })
}
