// What `staffetta check --online` says of a view: the connection, its columns, rows and rights.
// Invariant: nothing is changed; what a statement would do is rehearsed, not done.
import { type CheckLine, type SourceContext, SourceError } from '../../src/connector.ts'
import { bindNames } from './named-values.ts'
import { openSession, type Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'
import { describeView, namesOf, select, type View } from './view.ts'
import { findLatest } from './window.ts'

/** A check may take 30 s in all; one statement of it, this long. */
const patienceSeconds = 8

type Context = SourceContext<DbviewSettings>

/** The lines of the check, up to the first that fails. */
export async function checkView(given: Context): Promise<CheckLine[]> {
  const context = { ...given, settings: { ...given.settings, ...bounds(given.settings) } }
  const { settings } = context
  const lines: CheckLine[] = []
  const attempt = async <T>(what: string, run: () => Promise<T>, said?: (result: T) => string) => {
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
  const hasFailed = () => lines.some(({ ok }) => !ok)
  const { host, database, username, tls } = settings
  const logIn = `log in to ${database} at ${host} as ${username}`
  await using session = await attempt(
    logIn,
    () => openSession(context, 'read'),
    () => `${logIn}, ${tls ? 'encrypted' : 'not encrypted'}`,
  )
  if (session === null) return lines
  const begun = await attempt('begin a read-only transaction', async () => {
    await session.begin('read')
    return true
  })
  if (begun === null) return lines
  const view = await attempt(
    `find the columns of ${settings.view ?? 'the query'}`,
    () => describeView(session, settings),
    (found) => `${found.name} has ${found.columns.length} columns`,
  )
  if (view === null) return lines
  await attempt('read a row', () => readOne(session, settings, view))
  if (hasFailed()) return lines
  await checkWatermark(session, settings, view, attempt)
  if (hasFailed()) return lines
  await attempt('look at the rights', () => countRights(session, settings), sayRights(settings))
  await checkReceipt(context, attempt)
  return lines
}

type Attempt = <T>(
  what: string,
  run: () => Promise<T>,
  said?: (result: T) => string,
) => Promise<T | null>

function bounds({ statementTimeoutSeconds, connectTimeoutSeconds }: DbviewSettings) {
  return {
    statementTimeoutSeconds: Math.min(statementTimeoutSeconds, patienceSeconds),
    connectTimeoutSeconds: Math.min(connectTimeoutSeconds, patienceSeconds),
  }
}

async function readOne(session: Session, settings: DbviewSettings, view: View): Promise<void> {
  const quoted = view.columns.map(({ name }) => `v.${session.dialect.quote(name)}`)
  const order = `order by ${settings.pages?.key.map((_, at) => at + 1).join(', ') || 1}`
  const { sql, values } = select(session, settings, quoted.join(', '), [])
  for await (const _rows of session.read(
    `${sql} ${order} ${session.dialect.firstRows(1)}`,
    values,
  ));
}

async function checkWatermark(
  session: Session,
  settings: DbviewSettings,
  view: View,
  attempt: Attempt,
): Promise<void> {
  if (settings.watermark === undefined) return
  const { column } = settings.watermark
  await attempt(
    `find the latest ${column}`,
    () => findLatest(session, settings, view.column(column), []),
    (latest) => (latest === null ? 'there are no rows yet' : `the latest ${column} is ${latest}`),
  )
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
    const { sql } = bindNames(receipt.statement, (at) => session.dialect.placeholder(at))
    if (!/^\s*(?:call|exec|begin)\b/i.test(sql)) await session.rehearse(sql)
  })
}
