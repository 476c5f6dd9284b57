// One connection to a database: how it begins, how long it may be silent, how it ends.
// Invariants: every call of the connector has a connection of its own, closed however the call
// ends; what a database says reaches people without any value of a row.
import { type Secret, type SourceContext, SourceError, stopped } from '../../src/connector.ts'
import type { Change, Column, FaultKind, Row, SqlConnection, SqlDialect } from './dialect.ts'
import { dialects } from './engines.ts'
import type { DbviewSettings } from './settings.ts'

/** A connection whose every question is answered in time, or fails with a `SourceError`. */
export interface Session extends AsyncDisposable {
  dialect: SqlDialect
  columns(sql: string, values: readonly string[]): Promise<Column[]>
  read(sql: string, values: readonly string[]): AsyncGenerator<Row[]>
  change(sql: string, values: Row): Promise<Change>
  begin(purpose: 'read' | 'write'): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  rehearse(sql: string): Promise<void>
}

/** The database ends a slow statement by itself; only one that went silent takes longer. */
const graceSeconds = 5
const closeTimeoutMs = 5000

/**
 * Connects and logs in. Throws `SourceError`s: `SRC_DRIVER` and `SRC_CREDENTIALS` want a person,
 * `SRC_UNREACHABLE` a later try. Once the signal is aborted, the connection is dropped.
 */
export async function openSession(
  context: SourceContext<DbviewSettings>,
  purpose: 'read' | 'report',
): Promise<Session> {
  const { settings, signal } = context
  const { statementTimeoutSeconds, connectTimeoutSeconds, fetchRows } = settings
  if (signal.aborted) throw stopped()
  const dialect = dialects[settings.engine]
  const { username = settings.username, password = settings.password } =
    (purpose === 'report' && settings.receipt) || settings
  let connection: SqlConnection | null = null
  let isDropped = false
  const drop = () => {
    isDropped = true
    connection?.destroy()
  }
  const within = async <T>(seconds: number, run: () => Promise<T>): Promise<T> => {
    const { promise: given, reject: giveUp } = Promise.withResolvers<never>()
    const onStop = () => giveUp(stopped())
    signal.addEventListener('abort', onStop, { once: true })
    const late = () => giveUp(new Silence())
    const timer = setTimeout(late, seconds * 1000)
    try {
      if (signal.aborted) throw stopped()
      return await Promise.race([run(), given])
    } catch (error) {
      const fault = describe(error as Error, dialect, settings, username)
      if (fault.code === 'SRC_STOPPED' || fault.code === 'SRC_CONNECTION_LOST') drop()
      throw fault
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onStop)
    }
  }
  const connecting = async () => {
    connection = await dialect.connect({
      ...settings,
      port: settings.port ?? dialect.usualPort,
      username,
      password: password ? revealed(password, 'SRC_CREDENTIALS', 'the credentials') : '',
      tls: settings.tls
        ? {
            ca: settings.tls.ca ? revealed(settings.tls.ca, 'SRC_TLS', 'the authority') : null,
            minimumVersion: settings.tls.minimumVersion,
            serverName: settings.tls.serverName ?? settings.host,
          }
        : null,
    })
    if (isDropped) connection.destroy() // It came after it was given up.
    return connection
  }
  const open = await within(connectTimeoutSeconds + graceSeconds, connecting)
  const ask = <T>(run: () => Promise<T>) => within(statementTimeoutSeconds + graceSeconds, run)
  return {
    dialect,
    columns: (sql, values) => ask(() => open.columns(sql, values)),
    async *read(sql, values) {
      const rows = open.read(sql, values, fetchRows)
      let isHandedOver = false
      try {
        for (;;) {
          const { done, value } = await ask(() => rows.next())
          if (done) return
          isHandedOver = true
          yield value
          isHandedOver = false
        }
      } finally {
        if (isHandedOver) drop() // Nobody wants the rest, and a goodbye would wait for it.
      }
    },
    change: (sql, values) => ask(() => open.change(sql, values)),
    begin: (mode) => ask(() => open.begin(mode)),
    commit: () => ask(() => open.commit()),
    rollback: () => ask(() => open.rollback()),
    rehearse: (sql) => ask(async () => dialect.rehearse?.(open, sql)),
    async [Symbol.asyncDispose]() {
      // A cursor that was not read to its end keeps the goodbye waiting; the socket does not.
      const timer = setTimeout(drop, closeTimeoutMs)
      await open.close()
      clearTimeout(timer)
      drop()
    },
  }
}

class Silence extends Error {}

function revealed(secret: Secret, code: string, what: string): string {
  try {
    return secret.reveal()
  } catch (cause) {
    const message = `${what} cannot be used: ${(cause as Error).message}`
    throw new SourceError(code, message, { retry: false, cause })
  }
}

const faults: Record<FaultKind, { code: string; retry: boolean; means: string }> = {
  unreachable: { code: 'SRC_UNREACHABLE', retry: true, means: 'takes no connections now' },
  credentials: { code: 'SRC_CREDENTIALS', retry: false, means: 'refused the log-in' },
  lost: { code: 'SRC_CONNECTION_LOST', retry: true, means: 'ended the connection' },
  slow: {
    code: 'SRC_VIEW_SLOW',
    retry: true,
    means:
      'ended a statement that took longer than `statementTimeoutSeconds`: read with `pages`, ' +
      'take fewer rows by `where`, or raise it',
  },
  busy: { code: 'SRC_VIEW_SLOW', retry: true, means: 'had the rows locked by others' },
  view: { code: 'SRC_VIEW', retry: false, means: 'refused the statement' },
  value: {
    code: 'SRC_VIEW_VALUE',
    retry: false,
    means: 'found a value that it refuses, or cannot convert',
  },
}

/** What is done about a fault, where its own words do not say it. */
const remedies: Partial<Record<FaultKind, string>> = {
  credentials: '. Correct `username`, `password` and `database`',
}

/** A driver's error in words for an operator; the error itself stays out, as it may quote rows. */
function describe(
  error: Error,
  dialect: SqlDialect,
  settings: DbviewSettings,
  username: string,
): SourceError {
  if (error instanceof SourceError) return error
  const { host, port = dialect.usualPort, database } = settings
  const place = `${host}:${port}`
  if (error instanceof Silence) {
    const message = `${place} is silent: no answer came in time`
    return new SourceError('SRC_CONNECTION_LOST', message, { retry: true })
  }
  const fault = dialect.explain(error)
  if (fault !== null) {
    const { code, retry, means } = faults[fault.kind]
    const who = fault.kind === 'credentials' ? ` of ${username} to ${database}` : ''
    const remedy = remedies[fault.kind] ?? ''
    return new SourceError(code, `${place} ${means}${who}: ${fault.said}${remedy}`, { retry })
  }
  const system = 'code' in error ? String(error.code) : ''
  const isTls =
    /^(?:ERR_(?:TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HANDSHAKE_)/.test(system) ||
    /does not support (?:SSL|secure)/i.test(error.message) // As drivers say it, without a code.
  if (isTls) {
    const message =
      `${place} is not spoken to: ${error.message}. Ask who runs the server; \`tls.ca\` is ` +
      'for an authority of its own, `tls.serverName` for another name in the certificate'
    return new SourceError('SRC_TLS', message, { retry: false })
  }
  if (/^(?:ECONNREFUSED|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|ENOENT|EACCES)/.test(system)) {
    const message =
      `${place} could not be reached: ${error.message}. See whether it is up, and whether name, ` +
      'port and firewalls are right'
    return new SourceError('SRC_UNREACHABLE', message, { retry: true })
  }
  const message = `the connection to ${place} was lost: ${error.message}`
  return new SourceError('SRC_CONNECTION_LOST', message, { retry: true })
}
