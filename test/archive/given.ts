// What the tests of containers share: parts in memory, records in a few words, and signed envelopes
// made by hand, in each of the ways in which ASN.1 can be written.
import type { ZipSource } from '../../src/archive/byte-reader.ts'
import type { NamedSource } from '../../src/archive/content.ts'
import type { ZipBounds } from '../../src/archive/entry-check.ts'
import { openRecords } from '../../src/archive/open-records.ts'
import { openZipMember } from '../../src/archive/zip-member.ts'
import { DropError } from '../../src/mapping/drop-error.ts'
import { RecordSpec } from '../../src/mapping/format/record-spec.ts'

/** A part of a drop, or a file. */
export function partOf(name: string, content: Uint8Array | string): NamedSource {
  const bytes = Buffer.from(content)
  return {
    name,
    mediaType: 'application/octet-stream',
    bytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    async *stream() {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
    },
  }
}

export function recordOf(changes: object): RecordSpec {
  const fields = { a: { column: 'subject', type: 'text' } }
  const rows = ['xml', 'json'].includes((changes as { format: string }).format)
  return RecordSpec.parse({ format: 'csv', ...(rows && { rows: 'a' }), fields, ...changes })
}

/** The bytes of the records as text, with the name of their file; or the code of the fault. */
export async function openedText(parts: NamedSource[], changes: object): Promise<string> {
  try {
    const { name, bytes } = await openRecords(parts, recordOf(changes))
    return `${name}: ${(await bytesOf(bytes)).toString('latin1')}`
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    return error.code
  }
}

/** The member of an archive that a pattern names, as its bytes and the names beside it. */
export async function openMember(
  source: ZipSource,
  member: string,
  bounds: Partial<ZipBounds> = {},
) {
  const { content, others } = await openZipMember(source, { format: 'csv', member }, bounds)
  return { name: content.name, bytes: content.stream(), others }
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** One ASN.1 value; a length that does not fit in a byte takes four. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const length = Buffer.from([0x84, 0, 0, 0, 0])
  length.writeUInt32BE(content.length, 1)
  const short = Buffer.from([content.length])
  return Buffer.concat([Buffer.from([tag]), content.length < 128 ? short : length, content])
}

/** The same with an end mark instead of a length. */
export function ber(tag: number, ...contents: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([tag, 0x80]), ...contents, Buffer.from([0, 0])])
}

const PKCS7 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07]
const identifier = (last: number) => der(0x06, Buffer.from([...PKCS7, last]))

export interface Envelope {
  /** `ber`: end marks, and the document in strings of this many bytes. */
  pieceBytes?: number
  detached?: boolean
  encrypted?: boolean
}

/** A signed envelope around a document, without any signature in it. */
export function envelopeOf(document: Uint8Array | string, envelope: Envelope = {}): Buffer {
  const bytes = Buffer.from(document)
  const { pieceBytes, detached, encrypted } = envelope
  const value = pieceBytes === undefined ? der : ber
  const pieces: Buffer[] = []
  for (let at = 0; pieceBytes && at < bytes.length; at += pieceBytes) {
    pieces.push(der(0x04, bytes.subarray(at, at + pieceBytes)))
  }
  const octets = pieceBytes === undefined ? der(0x04, bytes) : ber(0x24, ...pieces)
  const signed = value(0x30, identifier(1), ...(detached ? [] : [value(0xa0, octets)]))
  const data = value(0x30, der(0x02, Buffer.from([1])), der(0x31), signed, der(0x31))
  return value(0x30, identifier(encrypted ? 3 : 2), value(0xa0, data))
}
