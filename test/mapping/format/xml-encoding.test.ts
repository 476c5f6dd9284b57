// In which encoding an XML document is read: by mark, by declaration, by the mapping. Every case is
// read whole, byte by byte, and in chunks that cut characters.
import { describe, expect, it } from 'vitest'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

const fields = { a: { column: 'a', type: 'text' } }
const base = { format: 'xml', rows: 'l/r', fields }
const auto = recordSpec(base)

const declared = (encoding: string) =>
  `<?xml version='1.0' encoding="${encoding}"?>\n<l><r><a>perché €</a></r></l>`
const bare = '<l><r><a>perché</a></r></l>'
const latin1 = (text: string) => Buffer.from(text.replace('€', '\x80'), 'latin1')
const latin9 = (text: string) => Buffer.from(text.replace('€', '\xa4'), 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16()

describe('an XML document', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['declared UTF-8', declared('UTF-8'), 'perché €'],
    ['declared UTF-8, with its mark', `\ufeff${declared('utf-8')}`, 'perché €'],
    ['declared ISO-8859-1', latin1(declared('ISO-8859-1')), 'perché €'],
    ['declared windows-1252', latin1(declared('windows-1252')), 'perché €'],
    ['declared ISO-8859-15', latin9(declared('ISO-8859-15')), 'perché €'],
    ['declared UTF-16, with its mark', utf16(`\ufeff${declared('UTF-16')}`), 'perché €'],
    ['declared UTF-16, without a mark', utf16(declared('UTF-16')), 'perché €'],
    ['declared UTF-16BE', swapped(utf16(`\ufeff${declared('UTF-16BE')}`)), 'perché €'],
    ['declared nothing, in UTF-8', bare, 'perché'],
    ['declared nothing, in Windows-1252', latin1(bare), 'perché'],
    ['declared nothing, in UTF-16 without a mark', utf16(bare), 'perché'],
  ])('%s is read', (_, bytes, value) => {
    for (const chunkBytes of [65_536, 1, 2, 3]) {
      const { records, error } = readPart(auto, bytes, chunkBytes)
      expect(error).toBeNull()
      expect(records.map(({ cells }) => cells)).toEqual([[value]])
    }
  })

  it.each<[string, string | Uint8Array]>([
    ['UTF-16 with the mark of UTF-8', `\ufeff${declared('UTF-16')}`],
    ['UTF-16 without any sign of it', declared('UTF-16')],
    ['UTF-16LE without any sign of it', declared('UTF-16LE')],
    ['UTF-8 with the mark of UTF-16', utf16(`\ufeff${declared('UTF-8')}`)],
    ['UTF-8 in UTF-16 without a mark', utf16(declared('UTF-8'))],
    ['ISO-8859-1 with the mark of UTF-8', `\ufeff${declared('ISO-8859-1')}`],
    ['UTF-16BE with the mark of UTF-16LE', utf16(`\ufeff${declared('UTF-16BE')}`)],
    ['a DOS page', declared('IBM850')],
    ['what every object has', declared('constructor')],
  ])('declared %s is refused', (_, bytes) => {
    for (const chunkBytes of [65_536, 1, 3]) {
      expect(summaryOf(auto, bytes, chunkBytes)).toEqual({ records: [], error: 'DROP_ENCODING 1' })
    }
  })

  it('declared UTF-8 whose bytes are none is refused where they stand', () => {
    const { error } = readPart(auto, latin1(declared('UTF-8')))
    expect(error).toMatchObject({ code: 'DROP_ENCODING', line: 2 })
    expect(error?.detail).toMatch('ci sono byte che non sono UTF-8, come dichiara')
  })

  it('is read as the mapping says, whatever it declares', () => {
    const spec = recordSpec({ ...base, encoding: 'utf-8' })
    expect(readPart(spec, declared('UTF-16')).records[0]?.cells).toEqual(['perché €'])
    const windows = recordSpec({ ...base, encoding: 'windows-1252' })
    expect(readPart(windows, latin1(declared('UTF-8'))).records[0]?.cells).toEqual(['perché €'])
  })
})
