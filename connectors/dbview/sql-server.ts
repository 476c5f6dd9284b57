// SQL Server, through mssql, which an installation adds. Written from the driver's own code and
// documents; not tried against a server.
// Invariant: the server itself writes each value as text, since the driver would make floats of
// decimals and `Date`s of days.
import {
  answerOf,
  type Column,
  type ConnectOptions,
  type Family,
  type Fault,
  inBatches,
  type Row,
  type SqlConnection,
  type SqlDialect,
} from './dialect.ts'
import { loadDriver } from './load-driver.ts'

/** What is used of the driver. */
interface Driver {
  ConnectionPool: new (config: object) => Pool
  Transaction: new (pool: Pool) => Transaction
  Request: new (owner: Pool | Transaction) => Request
  NVarChar: unknown
}

interface Pool {
  connect(): Promise<unknown>
  close(): Promise<void>
  on(event: 'error', listen: (error: Error) => void): void
}

interface Transaction {
  begin(): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
}

interface Request {
  stream: boolean
  arrayRowMode: boolean
  input(name: string, type: unknown, value: string | null): void
  query(sql: string): Promise<{ rowsAffected: number[]; recordset?: Record<string, unknown>[] }>
  toReadableStream(options: object): AsyncIterable<Row> & { destroy(): void }
  on(event: 'recordset', listen: (columns: DriverColumn[]) => void): void
  on(event: 'error', listen: (error: Error) => void): void
  on(event: 'done', listen: () => void): void
  cancel(): void
}

interface DriverColumn {
  name: string
  type: { declaration?: string }
}

const families: [Family, string[]][] = [
  ['number', ['tinyint', 'smallint', 'int', 'bigint', 'decimal', 'numeric']],
  ['number', ['float', 'real', 'money', 'smallmoney']],
  ['boolean', ['bit']],
  ['date', ['date']],
  ['timestamp', ['datetime', 'datetime2', 'smalldatetime']],
  ['instant', ['datetimeoffset']],
  ['padded', ['char', 'nchar']],
  ['binary', ['binary', 'varbinary', 'image', 'udt']],
]

/** Styles of CONVERT that lose nothing: ISO 8601, 17 digits, four decimals. */
const styles: Record<string, number> = { float: 3, real: 3, money: 2, smallmoney: 2, date: 23 }
const isoStyle = 126

export const sqlServer: SqlDialect = {
  usualPort: 1433,
  connect: openConnection,
  quote: (identifier) => `[${identifier.replaceAll(']', ']]')}]`,
  placeholder: (position) => `@p${position}`,
  firstRows: (count) => `offset 0 rows fetch next ${count} rows only`,
  select({ family, type = '', name }, quoted) {
    if (family === 'text' || family === 'padded') return quoted
    const style = styles[type] ?? (family === 'number' || family === 'boolean' ? 0 : isoStyle)
    return `convert(nvarchar(64), ${quoted}, ${style}) as ${sqlServer.quote(name)}`
  },
  instant: (at) => at.toString(),
  writeRights(view) {
    const name = view.map(sqlServer.quote).join('.')
    const right = (what: string, at: number) =>
      `coalesce(has_perms_by_name(@p${at}, 'OBJECT', '${what}'), 0)`
    const sql = `select cast(${right('INSERT', 1)} + ${right('UPDATE', 2)} + ${right('DELETE', 3)} as nvarchar(2))`
    return { sql, values: [name, name, name] }
  },
  rehearse: null,
  explain,
}

async function openConnection(options: ConnectOptions): Promise<SqlConnection> {
  const driver = loadDriver<Driver>('mssql')
  const { tls } = options
  const pool = new driver.ConnectionPool({
    server: options.host,
    port: options.port,
    database: options.database,
    user: options.username,
    password: options.password,
    pool: { min: 0, max: 1 }, // One connection: the session's settings and the transaction are its.
    connectionTimeout: options.connectTimeoutSeconds * 1000,
    requestTimeout: options.statementTimeoutSeconds * 1000,
    options: {
      encrypt: tls !== null,
      trustServerCertificate: false,
      appName: 'staffetta',
      ...(tls && {
        serverName: tls.serverName,
        cryptoCredentialsDetails: {
          minVersion: tls.minimumVersion,
          ...(tls.ca !== null && { ca: tls.ca }),
        },
      }),
    },
  })
  pool.on('error', () => {}) // What was being asked, or is asked next, fails with it.
  await pool.connect()
  let transaction: Transaction | null = null
  const request = (values: Row) => {
    const made = new driver.Request(transaction ?? pool)
    values.forEach((value, at) => {
      made.input(`p${at + 1}`, driver.NVarChar, value)
    })
    return made
  }
  const close = () => pool.close().catch(() => {})
  return {
    columns: (sql, values) => describe(request([...values]), sql),
    read: (sql, values, batchRows) => readRows(request([...values]), sql, batchRows),
    async change(sql, values) {
      const { rowsAffected, recordset } = await request(values).query(sql)
      const rows = rowsAffected.reduce((sum, each) => sum + each, 0)
      return { rows: /^\s*exec/i.test(sql) ? null : rows, answer: answerOf(recordset?.[0]) }
    },
    async begin() {
      transaction = new driver.Transaction(pool)
      await transaction.begin()
    },
    async commit() {
      await transaction?.commit()
      transaction = null
    },
    async rollback() {
      await transaction?.rollback()
      transaction = null
    },
    close,
    destroy: () => void close(),
  }
}

function describe(request: Request, sql: string): Promise<Column[]> {
  request.stream = true
  request.arrayRowMode = true
  return new Promise((resolve, reject) => {
    let found: Column[] = []
    request.on('recordset', (columns) => {
      found = columns.map(({ name, type: { declaration = '' } }) => ({
        name,
        type: declaration,
        family: families.find(([, types]) => types.includes(declaration))?.[0] ?? 'text',
      }))
    })
    request.on('error', reject)
    request.on('done', () => resolve(found))
    request.query(sql).catch(reject)
  })
}

async function* readRows(request: Request, sql: string, batchRows: number): AsyncGenerator<Row[]> {
  request.stream = true
  request.arrayRowMode = true
  const rows = request.toReadableStream({ highWaterMark: batchRows })
  request.query(sql).catch(() => {}) // The stream fails with the same.
  yield* inBatches(rows, batchRows)
}

/** By the number of the error. Those about names and rights quote no value of a row. */
function explain(error: Error): Fault | null {
  const { code = '', number = 0 } = error as Error & { code?: string; number?: number }
  if (code === 'ELOGIN' || number === 18456) return { kind: 'credentials', said: `${number}` }
  if (code === 'ETIMEOUT') return { kind: 'slow', said: code }
  if (code === 'ESOCKET' || code === 'EINSTLOOKUP') return { kind: 'unreachable', said: code }
  if (code === 'ECONNCLOSED' || code === 'ENOTOPEN') return { kind: 'lost', said: code }
  if (code !== 'EREQUEST') return null
  if (number === 1205 || number === 1222) return { kind: 'busy', said: `${number}` }
  const isAboutNames = [102, 156, 207, 208, 229, 230].includes(number)
  const isAboutValues =
    [241, 242, 245, 515, 547, 2601, 2627, 8114, 8115, 8152].includes(number) || number >= 50_000
  const kind = isAboutValues ? 'value' : 'view'
  return { kind, said: isAboutNames ? `${error.message} (${number})` : `${number}` }
}
