// PostgreSQL, through pg and pg-cursor, which come with Staffetta.
// Invariant: a read is one transaction, read-only, that sees one state of the database throughout.
import pg from 'pg'
import Cursor from 'pg-cursor'
import type {
  Column,
  ConnectOptions,
  Family,
  Fault,
  Row,
  SqlConnection,
  SqlDialect,
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
      servername: tls.serverName,
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
      set statement_timeout = ${statementTimeoutSeconds * 1000};
      set idle_in_transaction_session_timeout = ${idleTimeoutMs}`)
    await client.query(`select set_config('timezone', $1, false)`, [options.timeZone])
  } catch (error) {
    destroy(client)
    throw error
  }
  return {
    async columns(sql) {
      const { fields } = await client.query({ text: sql, rowMode: 'array' })
      return fields.map(({ name, dataTypeID }): Column => {
        return { name, family: families[dataTypeID] ?? 'text' }
      })
    },
    read: (sql, values, batchRows) => readRows(client, sql, values, batchRows),
    async change(sql, values) {
      const { command, rowCount } = await client.query(sql, values)
      return /^(?:INSERT|UPDATE|DELETE|MERGE)$/.test(command) ? rowCount : null
    },
    async begin(purpose) {
      const mode = 'isolation level repeatable read, read only'
      await client.query(`begin ${purpose === 'read' ? mode : ''}`)
    },
    async commit() {
      await client.query('commit')
    },
    close: () => client.end().catch(() => {}),
    destroy: () => destroy(client),
  }
}

async function* readRows(
  client: pg.Client,
  sql: string,
  values: readonly string[],
  batchRows: number,
): AsyncGenerator<Row[]> {
  const cursor = client.query(new Cursor<Row>(sql, [...values], { rowMode: 'array', types }))
  for (;;) {
    const rows = await cursor.read(batchRows)
    if (rows.length > 0) yield rows
    if (rows.length < batchRows) break
  }
  await cursor.close()
}

/** The socket too: the driver's own goodbye waits for the server. */
function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }
  connection.stream.destroy()
}

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
  return { kind: /^22/.test(code) ? 'value' : 'view', said }
}
