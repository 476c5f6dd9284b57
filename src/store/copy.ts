// PostgreSQL's binary COPY format, written straight into large buffers: the bulk way in.
// A table's columns are declared once with their types; a row is an array in that order.
// Source of the format: PostgreSQL manual, "COPY, Binary Format".
import { finished } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Client } from './database.ts'

export type ColumnType =
  | 'bool'
  | 'int2'
  | 'int4'
  | 'int8'
  | 'text'
  | 'bytea'
  | 'timestamptz'
  | 'timestamp'
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

/**
 * Copies the rows into the table; resolves with their number once PostgreSQL has them. Rows are
 * encoded one by one as they are given, so that a generator's die young. A row that does not fit
 * its types throws before anything is written.
 */
export async function copyRows(
  client: Client,
  table: CopyTable,
  rows: Iterable<CopyValue[]>,
): Promise<number> {
  const { pieces, count } = encodeRows(table, rows)
  if (count === 0) return 0
  const names = table.columns.map(([name]) => name).join(', ')
  const sql = `copy ${table.name} (${names}) from stdin (format binary)`
  const stream = client.query(copyFrom(sql))
  for (const piece of pieces) stream.write(piece)
  stream.end()
  await finished(stream)
  return count
}

/** The microseconds since 1970 of an instant, or of a civil time taken as if it were UTC. */
export function instantMicros(at: Temporal.Instant): number {
  return at.epochMilliseconds * 1000
}

/** Bytes of one piece of encoded rows; a longer row has a piece of its own. */
const PIECE_BYTES = 256 * 1024
/** Of the first piece: most lots are small. */
const FIRST_BYTES = 8 * 1024

/** The rows in COPY's binary form, with header and trailer, in pieces that are never copied. */
function encodeRows(table: CopyTable, rows: Iterable<CopyValue[]>) {
  const types = table.columns.map(([, type]) => type)
  const pieces: Buffer[] = []
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  let at = SIGNATURE.copy(buffer)
  at = buffer.writeInt32BE(0, at)
  at = buffer.writeInt32BE(0, at)
  const makeRoom = (bytes: number) => {
    if (at + bytes <= buffer.length) return
    pieces.push(buffer.subarray(0, at))
    buffer = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, bytes))
    at = 0
  }
  let count = 0
  for (const row of rows) {
    makeRoom(rowBytes(row) + 2)
    at = buffer.writeInt16BE(types.length, at)
    for (let column = 0; column < types.length; column++) {
      at = encodeValue(buffer, at, types[column] as ColumnType, row[column] ?? null)
    }
    count += 1
  }
  makeRoom(2)
  at = buffer.writeInt16BE(-1, at)
  pieces.push(buffer.subarray(0, at))
  return { pieces, count }
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
    case 'bool':
      return buffer.writeInt8(value ? 1 : 0, buffer.writeInt32BE(1, at))
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
