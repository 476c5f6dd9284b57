// PostgreSQL's binary COPY format, written straight into one growing buffer: the bulk way in.
// A table's columns are declared once with their types; a row is an array in that order.
// Source of the format: PostgreSQL manual, "COPY, Binary Format".
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Client } from './database.ts'

export type ColumnType = 'int2' | 'int4' | 'int8' | 'text' | 'bytea' | 'timestamptz' | 'timestamp'
/** Instants and civil times are microseconds since 1970; see `instantMicros`. */
export type CopyValue = string | number | Uint8Array | null

export interface CopyTable {
  name: string
  columns: [name: string, type: ColumnType][]
}

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1')
/** Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
const EPOCH_MICROS = 946_684_800_000_000
const NULL_LENGTH = -1

/** Copies the rows into the table; resolves with their number once PostgreSQL has them. */
export async function copyRows(
  client: Client,
  table: CopyTable,
  rows: CopyValue[][],
): Promise<number> {
  if (rows.length === 0) return 0
  const names = table.columns.map(([name]) => name).join(', ')
  const sql = `copy ${table.name} (${names}) from stdin (format binary)`
  const stream = client.query(copyFrom(sql))
  const bytes = encodeRows(table, rows)
  if (!stream.write(bytes)) await Promise.race([once(stream, 'drain'), finished(stream)])
  stream.end()
  await finished(stream)
  return rows.length
}

/** The microseconds since 1970 of an instant, or of a civil time taken as if it were UTC. */
export function instantMicros(at: Temporal.Instant): number {
  return at.epochMilliseconds * 1000
}

/** The rows in COPY's binary form, with header and trailer. */
export function encodeRows(table: CopyTable, rows: CopyValue[][]): Buffer {
  const types = table.columns.map(([, type]) => type)
  let buffer = Buffer.allocUnsafe(Math.max(4096, rows.length * 256))
  let at = SIGNATURE.copy(buffer)
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt32BE(0, at)
  for (const row of rows) {
    const needed = rowBytes(row) + 2
    if (at + needed + 2 > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + needed + 2))
      buffer.copy(larger, 0, 0, at)
      buffer = larger
    }
    at = buffer.writeInt16BE(types.length, at)
    for (let column = 0; column < types.length; column++) {
      at = encodeValue(buffer, at, types[column] as ColumnType, row[column] ?? null)
    }
  }
  at = buffer.writeInt16BE(-1, at)
  return buffer.subarray(0, at)
}

/** An upper bound of a row's encoded size; a UTF-16 unit is at most 3 bytes of UTF-8. */
function rowBytes(row: CopyValue[]): number {
  let bytes = 0
  for (const value of row) {
    if (typeof value === 'string') bytes += 4 + value.length * 3
    else if (value instanceof Uint8Array) bytes += 4 + value.length
    else bytes += 12
  }
  return bytes
}

function encodeValue(buffer: Buffer, at: number, type: ColumnType, value: CopyValue): number {
  if (value === null) return buffer.writeInt32BE(NULL_LENGTH, at)
  switch (type) {
    case 'int2':
      return buffer.writeInt16BE(value as number, buffer.writeInt32BE(2, at))
    case 'int4':
      return buffer.writeInt32BE(value as number, buffer.writeInt32BE(4, at))
    case 'int8':
      return writeInt64(buffer, value as number, buffer.writeInt32BE(8, at))
    case 'timestamptz':
    case 'timestamp':
      return writeInt64(buffer, (value as number) - EPOCH_MICROS, buffer.writeInt32BE(8, at))
    case 'text': {
      const bytes = buffer.write(value as string, at + 4)
      buffer.writeInt32BE(bytes, at)
      return at + 4 + bytes
    }
    case 'bytea': {
      const body = value as Uint8Array
      buffer.set(body, buffer.writeInt32BE(body.length, at))
      return at + 4 + body.length
    }
  }
}

/** A safe integer as 64 bits, without the cost of a BigInt. */
function writeInt64(buffer: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 0x1_0000_0000)
  buffer.writeInt32BE(high, at)
  return buffer.writeUInt32BE(value - high * 0x1_0000_0000, at + 4)
}
