// `encoding: auto`: what each file is read as, or why it is refused. Every case is read whole, byte
// by byte, and in chunks of sizes that cut characters, and must come out the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRecordReader } from '../../src/mapping/format/reader.ts'
import { readPart, recordSpec, summaryOf } from './reading.ts'

interface Case {
  name: string
  bytes: string | Uint8Array
  records?: string[]
  /** `CODE line`. */
  error?: string
}

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16()
const auto = recordSpec({ encoding: 'auto' })

const cases: Case[] = [
  { name: 'ASCII alone', bytes: 'A;B\n1;2\n', records: ['2: 1|2'] },
  { name: 'UTF-8', bytes: 'A;B\nperché;€😀\n', records: ['2: perché|€😀'] },
  { name: 'UTF-8 with its mark', bytes: '\ufeffA;B\n1;è\n', records: ['2: 1|è'] },
  { name: 'UTF-16 with its mark', bytes: utf16('\ufeffA;B\n1;è\n'), records: ['2: 1|è'] },
  { name: 'Windows-1252', bytes: latin1('A;B\nperch\xe9;\x80\n'), records: ['2: perché|€'] },
  {
    name: 'Windows-1252 in the last row alone',
    bytes: latin1(`A;B\n${'1;2\n'.repeat(3)}citt\xe0;\xc0\xc8`),
    records: ['2: 1|2', '3: 1|2', '4: 1|2', '5: città|ÀÈ'],
  },
  { name: 'Windows-1252 in its last byte', bytes: latin1('A;B\n1;\xe0'), records: ['2: 1|à'] },
  {
    name: 'UTF-8 and then Windows-1252',
    bytes: Buffer.concat([Buffer.from('A;B\nà;1\n'), latin1('2;\xe0\n')]),
    records: ['2: à|1'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'Windows-1252 and then UTF-8',
    bytes: Buffer.concat([latin1('A;B\n\xe0;1\n'), Buffer.from('2;perché\n')]),
    records: ['2: à|1'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'a DOS page',
    bytes: latin1('A;B\ncos\x8d;\x85\n'),
    error: 'DROP_ENCODING 2',
  },
  {
    name: 'a DOS page without a byte that has no meaning',
    bytes: latin1('A;B\n1;2\nperch\x82;per\x95\n'),
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'a Slavic name in capitals',
    bytes: latin1('A;B\nTOMA\x8a;\x8ek\n'),
    records: ['2: TOMAŠ|Žk'],
  },
  {
    name: 'Latin-9, told by its euro',
    bytes: latin1('A;B\n1;2\n\xe8;\xa4 5\n\xbc;\xa4\n'),
    records: ['2: 1|2', '3: è|€ 5', '4: Œ|€'],
  },
  {
    name: 'Latin-9 whose euro is its first character beyond ASCII',
    bytes: latin1('A;B\n\xa4;2\n'),
    records: ['2: €|2'],
  },
  {
    name: 'the euro of Latin-9 after a character that it writes otherwise',
    bytes: latin1('A;B\nL\xb4AQUILA;2\n\xe8;\xa4\n'),
    records: ['2: L´AQUILA|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'the euro of Latin-9 after that of Windows-1252',
    bytes: latin1('A;B\n\x80;2\n1;\xa4\n'),
    records: ['2: €|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'the euro of Windows-1252 after that of Latin-9',
    bytes: latin1('A;B\n\xa4;2\n1;\x80\n'),
    records: ['2: €|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'Latin-9 and then UTF-8',
    bytes: Buffer.concat([latin1('A;B\n\xa4;1\n'), Buffer.from('2;perché\n')]),
    records: ['2: €|1'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'bytes that are no UTF-8 after its mark',
    bytes: Buffer.concat([Buffer.from('\ufeffA;B\n1;2\n'), latin1('3;\xe0\n')]),
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  { name: 'UTF-16 without its mark', bytes: utf16('A;B\n1;è€\n'), records: ['2: 1|è€'] },
  {
    name: 'big-endian UTF-16 without its mark',
    bytes: swapped(utf16('A;B\n1;è€\n')),
    records: ['2: 1|è€'],
  },
  {
    name: 'long UTF-16 without its mark, cut in the middle of a character',
    bytes: utf16(`A;B\n${'1;2\n'.repeat(30)}3;à`).subarray(0, -1),
    records: Array.from({ length: 30 }, (_, index) => `${index + 2}: 1|2`),
    error: 'DROP_ENCODING 32',
  },
  {
    name: 'a NUL among its first bytes',
    bytes: 'A;B\n1;\0\n',
    error: 'DROP_ENCODING 2',
  },
  {
    name: 'NULs instead of blanks',
    bytes: 'A;B\0\0\0\0\n1;2\0\0\n',
    error: 'DROP_ENCODING 1',
  },
]

describe('a file in an encoding that is not declared,', () => {
  it.each(cases)('$name, is read as it should', ({ bytes, records = [], error = null }) => {
    for (const chunkBytes of [65_536, 1, 2, 3, 5]) {
      expect(summaryOf(auto, bytes, chunkBytes)).toEqual({ records, error })
    }
  })
})

describe('the encoding that a reader tells', () => {
  it.each([
    ['utf-8', Buffer.from('A;B\n1;2\n'), 'auto'],
    ['utf-8', Buffer.from('A;B\nà;2\n'), 'auto'],
    ['windows-1252', latin1('A;B\n1;\xe0'), 'auto'],
    ['utf-16be', swapped(utf16('\ufeffA;B\n')), 'auto'],
    ['utf-16le', utf16('A;B\n1;2\n'), 'auto'],
    ['utf-16be', swapped(utf16('A;B\n1;2\n')), 'auto'],
    ['iso-8859-15', latin1('A;B\n\xe0;\xa4'), 'auto'],
    ['utf-8', Buffer.from('\ufeffA;B\n1;2\n'), 'windows-1252'],
    ['windows-1252', Buffer.from('A;B\n1;2\n'), 'windows-1252'],
  ])('is %s', (expected, bytes, encoding) => {
    const reader = createRecordReader(recordSpec({ encoding }))
    reader.write(bytes)
    while (reader.end().length > 0) expect(reader.encoding()).toBe(expected)
    expect(reader.encoding()).toBe(expected)
  })
})

describe('a byte beyond ASCII that the declared encoding gives no character', () => {
  it.each([
    ['iso-8859-1', 0x80, '€'],
    ['iso-8859-1', 0x92, '’'],
    ['iso-8859-1', 0xa4, '¤'],
    ['iso-8859-1', 0x81, null],
    ['windows-1252', 0x8d, null],
    ['windows-1252', 0x85, '…'],
    ['iso-8859-15', 0xa4, '€'],
    ['iso-8859-15', 0x85, null],
  ])('%s, %i: is a fault, never a control character', (encoding, byte, expected) => {
    const bytes = Buffer.concat([Buffer.from('A;B\n1;'), Buffer.from([byte]), Buffer.from('\n')])
    const { records, error } = readPart(recordSpec({ encoding }), bytes)
    expect(records.map(({ cells }) => cells[1])).toEqual(expected === null ? [] : [expected])
    expect(error?.code ?? null).toBe(expected === null ? 'DROP_ENCODING' : null)
  })
})

describe('any text in two encodings', () => {
  const word = fc.string({ unit: fc.constantFrom(...'aZ1 àèéìòùÀÈ°’€ç'), maxLength: 8 })

  it('is read the same with `auto` as when its encoding is declared', () => {
    const windows = (text: string) =>
      Buffer.from(text.replaceAll('€', '\x80').replaceAll('’', '\x92'), 'latin1')
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 1, max: 20 }), (words, chunkBytes) => {
        const text = `A;B\n${words.map((text) => `${text}x;y\n`).join('')}`
        const expected = readPart(recordSpec(), text)
        expect(readPart(auto, text, chunkBytes)).toEqual(expected)
        // An accent before one of these marks may be the bytes of one character of UTF-8.
        if (/[àèéìòùÀÈç][°€’]/.test(text)) return
        expect(readPart(auto, windows(text), chunkBytes)).toEqual(expected)
      }),
    )
  })
})
