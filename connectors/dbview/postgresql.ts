// PostgreSQL, through pg, which comes with Staffetta.
// Invariant: a read is one transaction, read-only, that sees one state of the database throughout.
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import pg from 'pg'
import {
  answerOf,
  type Column,
  type ConnectOptions,
  type Family,
  type Fault,
  type Row,
  type SqlConnection,
  type SqlDialect,
} from './dialect.ts'

/** By the number of the type in `pg_type`; a domain shows that of its base. */
const families: Record<number, Family> = {
  16: 'boolean',
  17: 'binary',
  20: 'number',
  21: 'number',
  23: 'number',
  26: 'number',
  700: 'number',
  701: 'number',
  1042: 'padded',
  1082: 'date',
  1114: 'timestamp',
  1184: 'instant',
  1700: 'number',
}

/** As the server writes it. */
const types = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

/** A transaction may rest as long as the core needs to save what was read. */
const idleTimeoutMs = 600_000

export const postgresql: SqlDialect = {
  usualPort: 5432,
  connect: openConnection,
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,
  placeholder: (position) => `$${position}`,
  firstRows: (count) => `limit ${count}`,
  select: (_column, quoted) => quoted,
  instant: (at) => at.toString(),
  writeRights(view) {
    const name = view.map(postgresql.quote).join('.')
    const sql =
      `select (has_table_privilege($1, 'insert') or has_table_privilege($2, 'update') ` +
      `or has_table_privilege($3, 'delete'))::int`
    return { sql, values: [name, name, name] }
  },
  async rehearse(connection, sql) {
    await connection.change(`prepare staffetta_rehearsal as ${sql}`, [])
    await connection.change('deallocate staffetta_rehearsal', [])
  },
  explain,
}

async function openConnection(options: ConnectOptions): Promise<SqlConnection> {
  const { tls, statementTimeoutSeconds } = options
  const client = new pg.Client({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.username,
    password: options.password,
    ssl: tls !== null && {
      minVersion: tls.minimumVersion,
      // An address is no name to ask for; what the certificate must have is checked all the same.
      ...(isIP(tls.serverName) === 0 && { servername: tls.serverName }),
      checkServerIdentity: (_name, certificate) => checkServerIdentity(tls.serverName, certificate),
      ...(tls.ca !== null && { ca: tls.ca }),
    },
    application_name: 'staffetta',
    client_encoding: 'UTF8',
    connectionTimeoutMillis: options.connectTimeoutSeconds * 1000,
    keepAlive: true,
    types,
  })
  client.on('error', () => {}) // What was being asked, or is asked next, fails with it.
  try {
    await client.connect()
    await client.query(`
      set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'; set extra_float_digits = 3;
      set cursor_tuple_fraction = 1;
      set statement_timeout = ${statementTimeoutSeconds * 1000};
      set idle_in_transaction_session_timeout = ${idleTimeoutMs}`)
    await client.query(`select set_config('timezone', $1, false)`, [options.timeZone])
  } catch (error) {
    destroy(client)
    throw error
  }
  return {
    async columns(sql, values) {
      const { fields } = await client.query({ text: sql, values: [...values], rowMode: 'array' })
      return fields.map(({ name, dataTypeID }): Column => {
        return { name, family: families[dataTypeID] ?? 'text' }
      })
    },
    read: (sql, values, batchRows) => readRows(client, sql, values, batchRows),
    async change(sql, values) {
      const { command, rowCount, rows } = await client.query(sql, values)
      const doesSay = /^(?:INSERT|UPDATE|DELETE|MERGE)$/.test(command)
      return { rows: doesSay ? rowCount : null, answer: answerOf(rows[0]) }
    },
    async begin(purpose) {
      const mode = 'isolation level repeatable read, read only'
      await client.query(`begin ${purpose === 'read' ? mode : ''}`)
    },
    async commit() {
      await client.query('commit')
    },
    async rollback() {
      await client.query('rollback')
    },
    close: () => client.end().catch(() => {}),
    destroy: () => destroy(client),
  }
}

/**
 * A cursor in SQL, since each `fetch` is a statement of its own to the statement timeout; with one
 * of the protocol all of a reading is one, and the core's own slowness counts too.
 */
async function* readRows(
  client: pg.Client,
  sql: string,
  values: readonly string[],
  batchRows: number,
): AsyncGenerator<Row[]> {
  await client.query(`declare staffetta no scroll cursor for ${sql}`, [...values])
  const next: pg.QueryArrayConfig = { text: `fetch ${batchRows} from staffetta`, rowMode: 'array' }
  for (let isMore = true; isMore; ) {
    const { rows } = await client.query<Row>(next)
    if (rows.length > 0) yield rows
    isMore = rows.length === batchRows
  }
  await client.query('close staffetta')
}

/** The socket too: the driver's own goodbye waits for the server. */
function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}

/** Values that a type or a constraint refuses, and what a procedure raises. */
const aboutValues = /^(?:22|23|P0001$)/

/** By SQLSTATE. Only errors of class 42 speak of names alone; others may quote values. */
function explain(error: Error): Fault | null {
  const code = 'code' in error ? String(error.code) : ''
  if (!/^[0-9A-Z]{5}$/.test(code)) return null
  const said = /^(?:42|3D|0A)/.test(code) ? `${error.message} (${code})` : code
  if (/^(?:28|3D)/.test(code)) return { kind: 'credentials', said }
  if (code === '57014') return { kind: 'slow', said }
  if (code === '55P03' || /^40/.test(code)) return { kind: 'busy', said }
  if (/^(?:53|57P03)/.test(code)) return { kind: 'unreachable', said }
  if (/^(?:08|57P|25P03)/.test(code)) return { kind: 'lost', said }
  return { kind: aboutValues.test(code) ? 'value' : 'view', said }
}
