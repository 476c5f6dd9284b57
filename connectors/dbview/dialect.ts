// What the connector needs of a database, whatever its kind. One file a driver keeps it; nothing
// else in this folder knows whose SQL it writes.
// Invariant: every value leaves a connection as the text that the database writes, or as null;
// nothing passes through a float or a `Date`.

/** What a column holds, as far as reading it goes. `instant` has a zone, `timestamp` has none. */
export type Family =
  | 'text'
  | 'padded'
  | 'number'
  | 'boolean'
  | 'date'
  | 'timestamp'
  | 'instant'
  | 'binary'

export interface Column {
  name: string
  family: Family
  /** The database's own word for the type, where its SQL needs it. */
  type?: string
}

export type Row = (string | null)[]

export interface ConnectOptions {
  host: string
  port: number
  database: string
  username: string
  password: string
  /** Null: not encrypted. The certificate is always verified. */
  tls: { ca: string | null; minimumVersion: TlsVersion; serverName: string } | null
  timeZone: string
  connectTimeoutSeconds: number
  /** Of one statement, or of one batch of a cursor. */
  statementTimeoutSeconds: number
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'

/** What a statement did. */
export interface Change {
  /** Rows that it changed; null where it does not say, as a procedure. */
  rows: number | null
  /** The first row that it gave, by column; null where it gave none. */
  answer: Record<string, string> | null
}

/** One connection, with the session settings that make texts of values the same everywhere. */
export interface SqlConnection {
  /** What a select would give; it must be one that gives no rows. */
  columns(sql: string, values: readonly string[]): Promise<Column[]>
  /** Rows in batches, no more of them in memory than the reader has asked for. */
  read(sql: string, values: readonly string[], batchRows: number): AsyncGenerator<Row[]>
  change(sql: string, values: Row): Promise<Change>
  begin(purpose: 'read' | 'write'): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
  /** Leaves in peace. Never throws. */
  close(): Promise<void>
  /** Leaves at once; what is being asked fails. Never throws. */
  destroy(): void
}

/** `value`: of one record or row, while the statement itself is good. */
export type FaultKind = 'unreachable' | 'credentials' | 'lost' | 'slow' | 'busy' | 'view' | 'value'

export interface Fault {
  kind: FaultKind
  /** What may be shown: the database's own words only where they quote no value of a row. */
  said: string
}

export interface SqlDialect {
  usualPort: number
  /** Throws the driver's errors, or a `SourceError` when the driver is not installed. */
  connect(options: ConnectOptions): Promise<SqlConnection>
  quote(identifier: string): string
  /** The place of a value, counted from 1; of a column's, so that it is compared as one. */
  placeholder(position: number, column?: Column): string
  /** What ends a select with an order, so that it gives this many rows. */
  firstRows(count: number): string
  /** The text of a column as it is handed over, where the driver alone would not give it. */
  select(column: Column, quoted: string): string
  /** An instant, as a value to compare a column of the family `instant` with. */
  instant(at: Temporal.Instant): string
  /** Counts the rights of this user to change the view; one row of one number. Null: unknown. */
  writeRights(view: readonly string[]): { sql: string; values: string[] } | null
  /** Tries a statement without running it. Null where that cannot be done. */
  rehearse: ((connection: SqlConnection, sql: string) => Promise<void>) | null
  explain(error: Error): Fault | null
}

/** A row as an answer: what is null is an empty text there. */
export function answerOf(row: Record<string, unknown> | undefined): Change['answer'] {
  if (row === undefined) return null
  const texts = Object.entries(row).map(([name, value]) => [name, String(value ?? '')])
  return Object.fromEntries(texts)
}

/** Of this size, the last one smaller; none is empty. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
