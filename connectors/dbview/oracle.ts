// Oracle, through oracledb in its thin mode (database 12.1 or newer), which an installation adds.
// Written from the driver's own code and documents; not tried against a server.
// Invariant: the server itself writes numbers, days and times as text, in formats that are ours.
import type {
  Column,
  ConnectOptions,
  Family,
  Fault,
  Row,
  SqlConnection,
  SqlDialect,
} from './dialect.ts'
import { loadDriver } from './load-driver.ts'

/** What is used of the driver. */
interface Driver {
  OUT_FORMAT_ARRAY: number
  STRING: unknown
  getConnection(config: object): Promise<Connection>
}

interface Connection {
  callTimeout: number
  execute(sql: string, values: Row, options: object): Promise<Result>
  commit(): Promise<void>
  rollback(): Promise<void>
  close(options?: { drop: boolean }): Promise<void>
}

interface Result {
  metaData?: { name: string; dbTypeName: string }[]
  resultSet?: { getRows(count: number): Promise<Row[]>; close(): Promise<void> }
  rowsAffected?: number
}

/** A DATE of Oracle has a time of day too. */
const families: Record<string, Family> = {
  NUMBER: 'number',
  BINARY_FLOAT: 'number',
  BINARY_DOUBLE: 'number',
  BINARY_INTEGER: 'number',
  BOOLEAN: 'boolean',
  DATE: 'timestamp',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'instant',
  'TIMESTAMP WITH LOCAL TIME ZONE': 'instant',
  CHAR: 'padded',
  NCHAR: 'padded',
  RAW: 'binary',
  BLOB: 'binary',
  BFILE: 'binary',
  'LONG RAW': 'binary',
}

const second = 'YYYY-MM-DD"T"HH24:MI:SS'
const formats: Record<string, string> = {
  DATE: second,
  TIMESTAMP: `${second}.FF6`,
  'TIMESTAMP WITH TIME ZONE': `${second}.FF6TZH:TZM`,
  'TIMESTAMP WITH LOCAL TIME ZONE': `${second}.FF6TZH:TZM`,
}

export const oracle: SqlDialect = {
  usualPort: 1521,
  connect: openConnection,
  quote: (identifier) => `"${identifier.replaceAll('"', '')}"`, // A name cannot hold one.
  placeholder(position, column) {
    const place = `:${position}`
    const format = formats[column?.type ?? '']
    if (column?.type === 'DATE') return `to_date(substr(${place}, 1, 19), '${second}')`
    if (column?.family === 'timestamp') return `to_timestamp(${place}, '${format}')`
    if (column?.family === 'instant') return `to_timestamp_tz(${place}, '${format}')`
    return column?.family === 'number' ? `to_number(${place})` : place
  },
  firstRows: (count) => `fetch first ${count} rows only`,
  select({ family, type = '', name }, quoted) {
    const format = family === 'number' ? 'TM9' : formats[type]
    return format ? `to_char(${quoted}, '${format}') as ${oracle.quote(name)}` : quoted
  },
  instant: (at) => `${at.toString({ fractionalSecondDigits: 6 }).replace('Z', '')}+00:00`,
  writeRights: () => null,
  rehearse: null,
  explain,
}

async function openConnection(options: ConnectOptions): Promise<SqlConnection> {
  const driver = loadDriver<Driver>('oracledb')
  const { host, port, database, tls } = options
  const connection = await driver.getConnection({
    user: options.username,
    password: options.password,
    connectString: `${tls ? 'tcps' : 'tcp'}://${host}:${port}/${database}`,
    connectTimeout: options.connectTimeoutSeconds,
    ...(tls && { sslServerDNMatch: true }),
    ...(tls?.ca && { walletContent: tls.ca }),
  })
  connection.callTimeout = options.statementTimeoutSeconds * 1000
  const run = (sql: string, values: Row = [], more = {}) =>
    connection.execute(sql, values, {
      outFormat: driver.OUT_FORMAT_ARRAY,
      // Texts without end and numbers that are no column of the view come as text too.
      fetchTypeHandler: ({ dbTypeName }: { dbTypeName: string }) =>
        /^N?CLOB$|^NUMBER$|^LONG$/.test(dbTypeName) ? { type: driver.STRING } : undefined,
      ...more,
    })
  await run(`alter session set nls_numeric_characters = '. '`)
  await run(`alter session set time_zone = '${options.timeZone}'`)
  return {
    async columns(sql, values) {
      const { metaData = [] } = await run(sql, [...values])
      return metaData.map(({ name, dbTypeName }): Column => {
        return { name, type: dbTypeName, family: families[dbTypeName] ?? 'text' }
      })
    },
    async *read(sql, values, batchRows) {
      const { resultSet } = await run(sql, [...values], {
        resultSet: true,
        fetchArraySize: batchRows,
        prefetchRows: batchRows,
      })
      if (resultSet === undefined) return
      for (let rows = batchRows; rows === batchRows; ) {
        const batch = await resultSet.getRows(batchRows)
        rows = batch.length
        if (rows > 0) yield batch
      }
      await resultSet.close()
    },
    async change(sql, values) {
      const { rowsAffected } = await run(sql, values, { autoCommit: false })
      const rows = /^\s*(?:begin|call)\b/i.test(sql) ? null : (rowsAffected ?? null)
      return { rows, answer: null } // What it returns would need places of its own.
    },
    async begin(purpose) {
      if (purpose === 'read') await run('set transaction read only')
    },
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    close: () => connection.close().catch(() => {}),
    destroy: () => void connection.close({ drop: true }).catch(() => {}),
  }
}

/** By the number of the error. Those about names and rights quote no value of a row. */
function explain(error: Error): Fault | null {
  const { code = '' } = error as NodeJS.ErrnoException
  if (/^(?:ORA-(?:01017|28000|28001|12514|12505))$/.test(code)) {
    return { kind: 'credentials', said: code }
  }
  if (/^(?:NJS-123|NJS-040|DPI-1067|ORA-01013)$/.test(code)) return { kind: 'slow', said: code }
  if (/^(?:ORA-(?:00054|00060|08177))$/.test(code)) return { kind: 'busy', said: code }
  if (/^(?:NJS-(?:500|501|503|510|511)|ORA-125\d\d)$/.test(code)) {
    return { kind: /50[013]/.test(code) ? 'lost' : 'unreachable', said: code }
  }
  if (!/^(?:ORA|NJS)-/.test(code)) return null
  const isAboutNames = /^ORA-(?:00904|00942|00900|00933|00936|01031|06550)$/.test(code)
  const kind = /^ORA-(?:00001|01400|01722|018\d\d|0229[0-2]|06502|12899|20\d\d\d)$/.test(code)
    ? 'value'
    : 'view'
  return { kind, said: isAboutNames ? error.message : code }
}
