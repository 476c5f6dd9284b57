// `encoding: auto`: what each file is read as, or why it is refused. Every case is read whole, byte
// by byte, and in chunks of sizes that cut characters, and must come out the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRecordReader } from '../../src/mapping/format.ts'
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
    name: 'the euro of Latin-9',
    bytes: latin1('A;B\n1;2\n\xe8;\xa4\n'),
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'bytes that are no UTF-8 after its mark',
    bytes: Buffer.concat([Buffer.from('\ufeffA;B\n1;2\n'), latin1('3;\xe0\n')]),
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  { name: 'UTF-16 without its mark', bytes: utf16('A;B\n1;2\n'), error: 'DROP_ENCODING 1' },
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
    ['utf-8', Buffer.from('\ufeffA;B\n1;2\n'), 'windows-1252'],
    ['windows-1252', Buffer.from('A;B\n1;2\n'), 'windows-1252'],
  ])('is %s', (expected, bytes, encoding) => {
    const reader = createRecordReader(recordSpec({ encoding }))
    reader.write(bytes)
    while (reader.end().length > 0) expect(reader.encoding()).toBe(expected)
    expect(reader.encoding()).toBe(expected)
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
