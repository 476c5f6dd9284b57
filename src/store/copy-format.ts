// What stands inside a copy of the database: blocks of `kind (1 byte) | length (4) | payload`, in
// this order: the header, then of each table its name, its rows as COPY's text, and their number
// and hash; then the end. Compressed as a whole. A copy without its end is none.
import { pipeline, Readable } from 'node:stream'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { StoreFault } from './fault.ts'
import { createExactReader, damaged } from './sealed-stream.ts'

export interface CopyHeader {
  format: 1
  /** When the snapshot was taken. */
  at: string
  /** The installation's id. */
  installation: string
  /** `server_version_num` of the PostgreSQL that it was made from. */
  postgres: number
  /** The migrations that the schema had, in order. */
  migrations: string[]
  /** In an order in which no row refers to a later one. */
  tables: { name: string; columns: string[]; rows: number }[]
  /** The last value of each sequence that was used. */
  sequences: Record<string, number>
}

export interface TableEnd {
  rows: number
  /** SHA-256 of the table's data, in hexadecimal. */
  sha256: string
}

export type CopyBlock =
  | { kind: 'header'; header: CopyHeader }
  | { kind: 'table'; name: string }
  | { kind: 'data'; bytes: Uint8Array }
  | { kind: 'table-end'; end: TableEnd }
  | { kind: 'end' }

type Bytes = AsyncIterable<Uint8Array>

const marks = { header: 0x48, table: 0x54, data: 0x44, 'table-end': 0x45, end: 0x5a } as const
/** A block's payload at most; longer data is more blocks. */
const BLOCK_BYTES = 1024 * 1024
/** What the compression works on at once. */
const PACKED_BYTES = 256 * 1024

/** The blocks as one compressed stream. */
export function packBlocks(blocks: AsyncIterable<CopyBlock>): Bytes {
  return through(encodeBlocks(blocks), createZstdCompress({ chunkSize: PACKED_BYTES }))
}

/** The blocks of a compressed stream. Throws `StoreFault` `STORE_COPY_DAMAGED`. */
export async function* unpackBlocks(packed: Bytes): AsyncGenerator<CopyBlock> {
  const reader = createExactReader(
    through(packed, createZstdDecompress({ chunkSize: PACKED_BYTES })),
  )
  for (let ended = false; !ended; ) {
    const block = await readBlock(reader).catch((error: unknown) => {
      throw error instanceof StoreFault ? error : damaged((error as Error).message, error)
    })
    ended = block.kind === 'end'
    yield block
  }
  if ((await reader.take(1)) !== null) throw damaged('something follows its end')
}

async function* encodeBlocks(blocks: AsyncIterable<CopyBlock>): AsyncGenerator<Uint8Array> {
  for await (const block of blocks) {
    if (block.kind !== 'data') {
      yield* encode(block.kind, Buffer.from(JSON.stringify(block)))
      continue
    }
    for (let at = 0; at < block.bytes.length; at += BLOCK_BYTES) {
      yield* encode('data', block.bytes.subarray(at, at + BLOCK_BYTES))
    }
  }
}

function* encode(kind: CopyBlock['kind'], payload: Uint8Array): Generator<Uint8Array> {
  if (payload.length > BLOCK_BYTES) throw new Error(`a ${kind} is longer than a block`)
  const head = Buffer.alloc(5)
  head[0] = marks[kind]
  head.writeUInt32BE(payload.length, 1)
  yield head
  yield payload
}

async function readBlock(reader: ReturnType<typeof createExactReader>): Promise<CopyBlock> {
  const head = await reader.take(5)
  const length = head?.readUInt32BE(1) ?? 0
  const payload = head && length <= BLOCK_BYTES ? await reader.take(length) : null
  if (!head || !payload) throw damaged('it ends before its end')
  if (head[0] === marks.data) return { kind: 'data', bytes: payload }
  // Nobody without the key can have written it: what is sealed is trusted to be of its own shape.
  const block = JSON.parse(payload.toString('utf8')) as CopyBlock
  if (marks[block.kind] !== head[0]) throw damaged(`it holds an unknown block ${head[0]}`)
  return block
}

/** Drives a stream through a transform; a fault of either ends the reading with it. */
function through(source: Bytes, transform: NodeJS.ReadWriteStream): Bytes {
  // The fault is heard by who reads the transform.
  pipeline(Readable.from(source, { objectMode: false }), transform, () => {})
  return transform as unknown as Bytes
}
