// The shared strings of a workbook: cells name their text by its number. They are kept as UTF-8 in
// pages outside of the JavaScript heap, since a large file has a million of them.
// Invariant: at most the written number and bytes of strings are ever held.
import { createTextCollector } from './xlsx-text.ts'
import { beyondBounds, createXmlReader } from './xlsx-xml.ts'

export interface SharedStrings {
  /** The text of this number; null when there is none. */
  find(index: number): string | null
}

export const noStrings: SharedStrings = { find: () => null }

const MAXIMUM_STRINGS = 8_000_000
const MAXIMUM_BYTES = 256 * 1024 ** 2
/** Of text; a text never crosses pages, and none is longer than 100,000 units, 300,000 bytes. */
const PAGE_BYTES = 1024 ** 2
/** Addresses in one piece. */
const PIECE = 65_536
/** Before each text: its length in bytes. */
const PREFIX_BYTES = 4

/** Reads the part whole. Throws `DropError`. */
export async function readSharedStrings(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<SharedStrings> {
  const strings = createStringPages()
  const text = createTextCollector()
  const reader = createXmlReader(part, {
    open(name) {
      if (name === 'si') text.start()
      else text.open(name)
    },
    close(name) {
      if (name === 'si') strings.add(text.take())
      else text.close(name)
    },
    text: text.text,
  })
  for await (const chunk of bytes) reader.write(chunk)
  reader.end()
  return strings
}

function createStringPages() {
  const pages: Buffer[] = []
  /** Where each text begins, as bytes over all pages. */
  const addresses: Uint32Array[] = []
  let count = 0
  let used = PAGE_BYTES

  return {
    add(text: string): void {
      const bytes = Buffer.byteLength(text)
      if (used + PREFIX_BYTES + bytes > PAGE_BYTES) {
        pages.push(Buffer.allocUnsafeSlow(PAGE_BYTES))
        used = 0
      }
      if (count === MAXIMUM_STRINGS || pages.length * PAGE_BYTES > MAXIMUM_BYTES) {
        throw beyondBounds('ha troppi testi diversi: più di 256 MB, o di 8 milioni')
      }
      const page = pages.at(-1)!
      page.writeUInt32LE(bytes, used)
      page.write(text, used + PREFIX_BYTES)
      if (count % PIECE === 0) addresses.push(new Uint32Array(PIECE))
      addresses.at(-1)![count % PIECE] = (pages.length - 1) * PAGE_BYTES + used
      used += PREFIX_BYTES + bytes
      count++
    },
    find(index: number): string | null {
      if (!Number.isInteger(index) || index < 0 || index >= count) return null
      const address = addresses[Math.floor(index / PIECE)]![index % PIECE]!
      const page = pages[Math.floor(address / PAGE_BYTES)]!
      const start = (address % PAGE_BYTES) + PREFIX_BYTES
      return page.toString('utf8', start, start + page.readUInt32LE(start - PREFIX_BYTES))
    },
  }
}
