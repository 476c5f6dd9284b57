// One file on the way to its records, wherever it stands: a part of a drop, in memory, or coming
// out of a container. Its first bytes are known, so that it can be told what it is. Invariant:
// nothing is held beyond the bound that the caller names.
import { DropError } from '../mapping/drop-error.ts'
import { START_BYTES } from './content-kind.ts'

/** What can be read at any offset: a drop's part, or a file. */
export interface NamedSource {
  name: string
  /** IANA media type as the source said it; `application/octet-stream` when unknown. */
  mediaType: string
  bytes: number
  /** Up to `length` bytes from `offset`; fewer only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
  stream(): AsyncIterable<Uint8Array>
}

export interface Content {
  name: string
  /** As far as it is known without reading it all: the first `START_BYTES`. */
  start: Uint8Array
  /** All bytes from the first; to be asked for once. */
  stream(): AsyncIterable<Uint8Array>
  /** The content where it can be read at any offset; to be asked for instead of `stream`. */
  source(maximumBytes: number): Promise<Pick<NamedSource, 'bytes' | 'read'>>
  /** Lets go of what was not read. */
  close(): Promise<void>
}

/** A part, or a file. */
export async function contentOfSource(source: NamedSource): Promise<Content> {
  return {
    name: source.name,
    start: await source.read(0, START_BYTES),
    stream: () => source.stream(),
    source: async () => source,
    close: async () => {},
  }
}

/** Bytes that are in memory already. */
export function contentOfBytes(name: string, bytes: Uint8Array): Content {
  return {
    name,
    start: bytes.subarray(0, START_BYTES),
    async *stream() {
      yield bytes
    },
    source: async () => sourceOfBytes(bytes),
    close: async () => {},
  }
}

/** What comes out of a container, piece by piece. */
export async function contentOfStream(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Content> {
  const iterator = bytes[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let length = 0
  while (length < START_BYTES) {
    const next = await iterator.next()
    if (next.done) break
    first.push(next.value)
    length += next.value.length
  }
  async function* stream() {
    try {
      yield* first
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return {
    name,
    start: Buffer.concat(first).subarray(0, START_BYTES),
    stream,
    source: async (maximumBytes) => sourceOfBytes(await wholeOf(name, stream(), maximumBytes)),
    close: async () => void (await iterator.return?.()),
  }
}

/** All bytes of a content. Throws DROP_WRAPPED beyond the bound. */
export async function wholeOf(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  maximumBytes: number,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of stream) {
    bytes += piece.length
    if (bytes > maximumBytes) throw tooLarge(name, maximumBytes)
    pieces.push(piece)
  }
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
}

function sourceOfBytes(bytes: Uint8Array) {
  return {
    bytes: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  }
}

function tooLarge(name: string, maximumBytes: number): DropError {
  const detail = `«${name}» supera i ${maximumBytes} byte che si possono aprire in memoria.`
  const remedy = 'Chiedi alla fonte i dati in un file a sé, o più file più piccoli.'
  return new DropError('DROP_WRAPPED', detail, null, remedy)
}
