// MySQL and MariaDB, through mysql2, which an installation adds.
// Invariant: rows come through the text protocol, so that a FLOAT, a DECIMAL and a date of zeros
// are what the server writes; the values of a report go to the server beside its statement.
import { connect, isIP } from 'node:net'
import type { Readable } from 'node:stream'
import type { FieldPacket, ResultSetHeader, TypeCast } from 'mysql2'
import { SourceError } from '../../src/connector.ts'
import {
  answerOf,
  type Change,
  type Column,
  type ConnectOptions,
  type Family,
  type Fault,
  inBatches,
  type SqlConnection,
  type SqlDialect,
} from './dialect.ts'
import { loadDriver } from './load-driver.ts'

/** By the type's number in the protocol. CHAR comes without its padding. */
const families: Record<number, Family> = {
  0: 'number',
  1: 'number',
  2: 'number',
  3: 'number',
  4: 'number',
  5: 'number',
  7: 'instant',
  8: 'number',
  9: 'number',
  10: 'date',
  12: 'timestamp',
  13: 'number',
  246: 'number',
  255: 'binary',
}
const bit = 16
const texts = [15, 249, 250, 251, 252, 253, 254]
/** The character set of what is no text. */
const binary = 63

export const mysql: SqlDialect = {
  usualPort: 3306,
  connect: openConnection,
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,
  // A number beside a text is compared as a float: two long keys would be one.
  placeholder: (_position, column) =>
    column?.family === 'number' ? 'cast(? as decimal(65, 10))' : '?',
  firstRows: (count) => `limit ${count}`,
  select: (_column, quoted) => quoted,
  // The session's zone is UTC.
  instant: (at) => at.toString().replace('T', ' ').replace('Z', ''),
  writeRights(view) {
    const name = view.at(-1)!
    const schema = view.length > 1 ? '?' : 'database()'
    const grants = (table: string, condition: string) =>
      `(select count(*) from information_schema.${table} where grantee = g.me and ` +
      `privilege_type in ('INSERT', 'UPDATE', 'DELETE')${condition})`
    const sql =
      `select ${grants('user_privileges', '')} + ` +
      `${grants('schema_privileges', ` and ${schema} like table_schema`)} + ` +
      `${grants('table_privileges', ` and table_schema = ${schema} and table_name = ?`)} ` +
      `from (select concat('''', replace(current_user(), '@', '''@'''), '''') me) g`
    const schemas = view.slice(0, -1)
    return { sql, values: [...schemas, ...schemas, name] }
  },
  async rehearse(connection, sql) {
    await (connection as MysqlConnection).rehearse(sql)
  },
  explain,
}

interface MysqlConnection extends SqlConnection {
  rehearse(sql: string): Promise<void>
}

async function openConnection(options: ConnectOptions): Promise<MysqlConnection> {
  const { createConnection } = loadDriver<typeof import('mysql2')>('mysql2')
  const { tls, statementTimeoutSeconds: seconds } = options
  if (tls !== null && isIP(tls.serverName) !== 0) throw noName(tls.serverName)
  const connection = createConnection({
    host: options.host,
    port: options.port,
    database: options.database,
    user: options.username,
    password: options.password,
    ...(tls && {
      // The driver compares the certificate with its `host`, and only where it is told to.
      host: tls.serverName,
      stream: () => connect(options.port, options.host).setNoDelay(true),
      ssl: {
        minVersion: tls.minimumVersion,
        verifyIdentity: true,
        ...(tls.ca !== null && { ca: tls.ca }),
      },
    }),
    charset: 'utf8mb4',
    connectTimeout: options.connectTimeoutSeconds * 1000,
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
  })
  let reading: Readable | null = null
  // What was asked fails with it by itself, but a stream, which the driver would leave waiting.
  connection.on('error', (error) => reading?.destroy(error))
  const run = (sql: string) =>
    ask<unknown>((done) => connection.query({ sql, rowsAsArray: true }, done))
  try {
    await ask<void>((done) => connection.connect(done))
    const [[version]] = (await run('select version()')) as [[string]]
    await run(`set session time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'`)
    await run('set session transaction isolation level repeatable read')
    // Rows wait at the server while the core saves those before them.
    await run('set session net_write_timeout = 600, innodb_lock_wait_timeout = 10')
    await run(
      /mariadb/i.test(version)
        ? `set session max_statement_time = ${seconds}`
        : `set session max_execution_time = ${seconds * 1000}`,
    )
  } catch (error) {
    connection.destroy()
    throw error
  }
  return {
    async columns(sql, values) {
      const options = { sql, values: [...values], rowsAsArray: true }
      const fields = await ask<FieldPacket[]>((done) =>
        connection.query(options, (error, _rows, given) => done(error, given)),
      )
      return fields.map(columnOf)
    },
    read(sql, values, batchRows) {
      const options = { sql, values: [...values], rowsAsArray: true, typeCast: asText }
      reading = connection.query(options).stream({ highWaterMark: batchRows })
      return inBatches(reading, batchRows)
    },
    async change(sql, values) {
      const options = { sql, values, ...asTexts }
      const given = await ask<unknown>((done) => connection.execute(options, done))
      return changeOf(given, /^\s*call\b/i.test(sql))
    },
    rehearse: (sql) =>
      ask<void>((done) =>
        connection.prepare(sql, (error, statement) => {
          statement?.close()
          done(error)
        }),
      ),
    async begin(purpose) {
      const mode = 'with consistent snapshot, read only'
      await run(`start transaction ${purpose === 'read' ? mode : ''}`)
    },
    async commit() {
      await run('commit')
    },
    async rollback() {
      await run('rollback')
    },
    close: () => ask<void>((done) => connection.end(done)).catch(() => {}),
    destroy: () => connection.destroy(),
  }
}

/** What the binary protocol of a report would make floats and `Date`s of. */
const asTexts = { dateStrings: true, supportBigNumbers: true, bigNumberStrings: true }

/** A table of `returning`, the tables of a procedure, or the header of what gives no table. */
function changeOf(given: unknown, isCall: boolean): Change {
  if (!Array.isArray(given)) {
    const { affectedRows } = given as ResultSetHeader
    return { rows: isCall ? null : affectedRows, answer: null }
  }
  const [row] = isCall ? given[0] : given
  return { rows: isCall ? null : given.length, answer: answerOf(row) }
}

function ask<T>(run: (done: (error: Error | null, result?: T) => void) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    run((error, result) => (error ? reject(error) : resolve(result as T)))
  })
}

/** The bytes of the text protocol as text. A bit has no text: it is one byte. */
const asText: TypeCast = (field) => {
  if (field.type !== 'BIT') return field.string('utf8')
  const byte = field.buffer()?.at(-1)
  return byte === undefined ? null : String(byte)
}

function columnOf(field: FieldPacket): Column {
  const { name, columnType: type = 0, characterSet, columnLength } = field
  if (type === bit) return { name, family: columnLength === 1 ? 'boolean' : 'binary' }
  if (texts.includes(type) && characterSet === binary) return { name, family: 'binary' }
  return { name, family: families[type] ?? 'text' }
}

const kinds: Record<string, Fault['kind']> = {
  ER_ACCESS_DENIED_ERROR: 'credentials',
  ER_ACCESS_DENIED_NO_PASSWORD_ERROR: 'credentials',
  ER_DBACCESS_DENIED_ERROR: 'credentials',
  ER_BAD_DB_ERROR: 'credentials',
  ER_CON_COUNT_ERROR: 'unreachable',
  ER_TOO_MANY_USER_CONNECTIONS: 'unreachable',
  ER_HOST_IS_BLOCKED: 'unreachable',
  ER_QUERY_TIMEOUT: 'slow',
  ER_STATEMENT_TIMEOUT: 'slow',
  ER_LOCK_WAIT_TIMEOUT: 'busy',
  ER_LOCK_DEADLOCK: 'busy',
  ER_CONNECTION_KILLED: 'lost',
  ER_SERVER_SHUTDOWN: 'lost',
  ER_QUERY_INTERRUPTED: 'lost',
}

/** Errors about names and rights, which quote no value of a row. */
const aboutNames =
  /^ER_(?:BAD_FIELD|NO_SUCH_TABLE|PARSE|SYNTAX|TABLEACCESS_DENIED|COLUMNACCESS_DENIED|VIEW_INVALID|BAD_DB|DBACCESS_DENIED|NON_UNIQ|SP_DOES_NOT_EXIST|PROCACCESS_DENIED|CANT_EXECUTE_IN_READ_ONLY)/

/** Values that a type or a constraint refuses, and what a procedure signals. */
const aboutValues =
  /^ER_(?:TRUNCATED|DATA|WARN|DUP_|SIGNAL_|BAD_NULL|NO_REFERENCED|ROW_IS_REFERENCED|CONSTRAINT_F)/

function explain(error: Error): Fault | null {
  const { code = '', errno = 0 } = error as NodeJS.ErrnoException
  if (!code.startsWith('ER_') && errno < 1000) return null // A system's own are negative.
  const said = aboutNames.test(code) ? `${error.message} (${errno})` : `${code} ${errno}`
  if (errno === 1969 || errno === 3024) return { kind: 'slow', said }
  return { kind: kinds[code] ?? (aboutValues.test(code) ? 'value' : 'view'), said }
}

/** With an address the driver would compare the certificate with `localhost`. */
function noName(address: string): SourceError {
  const message =
    `the certificate of ${address} cannot be compared with an address by this driver: say under ` +
    '`tls.serverName` a name that it has, or the name of the server as `host`'
  return new SourceError('SRC_TLS', message, { retry: false })
}
