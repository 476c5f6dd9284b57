// Fixed width: what lines become, one by one and grouped. Every case is read whole, byte by byte,
// and in chunks that cut characters and line ends, and must come out the same.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

interface Case {
  name: string
  bytes: string | Uint8Array
  spec?: object
  /** `line: a|b` for each record, or `line: CODE` for a refused one. */
  records?: string[]
  /** `CODE line`. */
  error?: string
}

const text = (start: number, length: number, line?: string) => ({
  column: { start, length, ...(line && { line }) },
  type: 'text',
  trim: false,
})
const cents = (start: number, length: number, line?: string) => ({
  ...{ column: { start, length, ...(line && { line }) } },
  type: 'euro',
  decimals: 'cents',
})
const plain = { format: 'fixed', fields: { a: text(1, 3), b: cents(4, 4) } }
const padded = { ...plain, shortLines: 'pad' }
const long = { ...plain, lineLength: 9 }

/** A list with a header, records of three types of line, and a footer that counts them. */
const typed = {
  format: 'fixed',
  lineType: { start: 1, length: 2 },
  lines: { HD: 'header', '14': 'start', '30': 'part', '59': 'part', XX: 'ignore', EF: 'footer' },
  footer: { count: { start: 3, length: 3 }, total: { start: 6, length: 6 }, of: 'amount' },
  fields: {
    list: text(3, 2, 'HD'),
    amount: cents(3, 4, '14'),
    name: text(3, 3, '30'),
    note: text(3, 2, '59'),
  },
}
const counted = { ...typed, footer: { lines: { start: 3, length: 3 } } }
const endless = { ...typed, footer: undefined, lines: { ...typed.lines, EF: 'ignore' } }
/** Two levels of headers: a list, and a person in it. */
const nested = {
  format: 'fixed',
  lineType: { start: 1, length: 1 },
  lines: { L: 'header', P: 'header', R: 'start' },
  fields: { list: text(2, 1, 'L'), person: text(2, 1, 'P'), row: text(2, 1, 'R') },
}

const cases: Case[] = [
  { name: 'nothing', bytes: '' },
  { name: 'blank lines alone', bytes: '\n   \r\n' },
  { name: 'LF', bytes: 'abc0001\ndef0002\n', records: ['1: abc|0001', '2: def|0002'] },
  { name: 'CRLF', bytes: 'abc0001\r\ndef0002\r\n', records: ['1: abc|0001', '2: def|0002'] },
  { name: 'CR', bytes: 'abc0001\rdef0002', records: ['1: abc|0001', '2: def|0002'] },
  { name: 'mixed ends', bytes: 'abc0001\r\n\ndef0002\r', records: ['1: abc|0001', '3: def|0002'] },
  { name: 'the end of MS-DOS', bytes: 'abc0001\r\n\x1a', records: ['1: abc|0001'] },
  { name: 'the end of MS-DOS in a line', bytes: 'abc0001\x1a', records: ['1: abc|0001'] },
  { name: 'blanks as they stand', bytes: ' b    1', records: ['1:  b |   1'] },
  { name: 'more than is read', bytes: 'abc0001more\n', records: ['1: abc|0001'] },
  {
    name: 'accents of one byte',
    bytes: Buffer.from('\xe0\xe8\xec0001', 'latin1'),
    spec: { ...plain, encoding: 'windows-1252' },
    records: ['1: àèì|0001'],
  },
  { name: 'accents of two bytes', bytes: 'àèì0001', records: ['1: àèì|0001'] },
  { name: 'characters of two units', bytes: '😀è😀0001', records: ['1: 😀è😀|0001'] },
  {
    name: 'lines that are too short',
    bytes: 'abc000\nab\nabc0001\n',
    records: ['1: REC_LINE_LENGTH', '2: REC_LINE_LENGTH', '3: abc|0001'],
  },
  {
    name: 'lines without their last blanks',
    bytes: 'abc\na\n',
    spec: padded,
    records: ['1: abc|', '2: a|'],
  },
  {
    name: 'a number that the end of the line cuts',
    bytes: 'abc000\n',
    spec: padded,
    records: ['1: REC_LINE_LENGTH'],
  },
  {
    name: 'lines of a declared length',
    bytes: 'abc0001..\nabc0001.\nabc0001..  \nabc0001...\n',
    spec: long,
    records: ['1: abc|0001', '2: REC_LINE_LENGTH', '3: abc|0001', '4: REC_LINE_LENGTH'],
  },
  {
    name: 'packed numbers',
    bytes: Buffer.from('abc0001\nabc\x01\x23\x45\x0c\n', 'latin1'),
    records: ['1: abc|0001'],
    error: 'DROP_CONTROL_BYTES 2',
  },
  {
    name: 'packed numbers that hold a zero byte',
    bytes: 'abc\0\x0c01\n',
    error: 'DROP_ENCODING 1',
  },
  {
    name: 'EBCDIC',
    bytes: Buffer.from('818283f0f0f0f115848586f0f0f0f215', 'hex'),
    error: 'DROP_EBCDIC 1',
  },
  {
    name: 'EBCDIC declared as Windows-1252',
    bytes: Buffer.from('818283f0f0f0f115848586f0f0f0f215', 'hex'),
    spec: { ...plain, encoding: 'windows-1252' },
    error: 'DROP_EBCDIC 1',
  },
  {
    name: 'EBCDIC with packed numbers and without line ends',
    bytes: Buffer.from(`${'d9d6e2e2c940c3c1e3c5d9c9d5c1'}${'40'.repeat(6)}0012345c0c`, 'hex'),
    spec: { ...plain, encoding: 'auto' },
    error: 'DROP_EBCDIC 1',
  },
  {
    name: 'packed numbers in ASCII, of bytes that Windows-1252 gives characters',
    bytes: Buffer.from('abc0001\nabc\x91\x23\x45\x1c\n', 'latin1'),
    spec: { ...plain, encoding: 'windows-1252' },
    records: ['1: abc|0001'],
    error: 'DROP_CONTROL_BYTES 2',
  },
  {
    name: 'a mark at its start, which is no character of it',
    bytes: '\ufeffabc0001\n',
    records: ['1: abc|0001'],
  },
  {
    name: 'a block filled with the end of MS-DOS',
    bytes: `abc0001\r\n${'\x1a'.repeat(100)}`,
    records: ['1: abc|0001'],
  },
  {
    name: 'the end of MS-DOS with a line end',
    bytes: 'abc0001\r\n\x1a\r\n',
    records: ['1: abc|0001'],
  },
  {
    name: 'the end of MS-DOS in the middle',
    bytes: 'abc0001\n\x1adef0002\n',
    records: ['1: abc|0001'],
    error: 'DROP_CONTROL_BYTES 2',
  },
  {
    name: 'form feeds before its pages',
    bytes: '\fabc0001\n\f\n\f\fdef0002\n\f',
    records: ['1: abc|0001', '3: def|0002'],
  },
  {
    name: 'a form feed in a line',
    bytes: 'abc\f0001\n',
    error: 'DROP_CONTROL_BYTES 1',
  },
  {
    name: 'a tab that moves what stands after it',
    bytes: 'abc\t001\nabc0001\n',
    records: ['1: REC_LINE_TAB', '2: abc|0001'],
  },
  {
    name: 'a tab in a text of a line that has its length',
    bytes: 'a\tc0001..\na\tc0001.\n',
    spec: long,
    records: ['1: a\tc|0001', '2: REC_LINE_TAB'],
  },
  {
    name: 'lines of a declared length without ends',
    bytes: 'abc0001..def0002..',
    spec: long,
    error: 'DROP_LINE_ENDS 1',
  },
  // Lines of several types.
  {
    name: 'records of several lines',
    bytes: 'HDL1\n140010\n30ABC\n59ab\n59cd\nXX\n140020\n30DEF\nEF002000030\n',
    spec: typed,
    records: ['2: L1|0010|ABC|ab\ncd', '7: L1|0020|DEF|'],
  },
  {
    name: 'two lists in a file, each with its footer',
    bytes: 'HDL1\n140010\nEF001000010\nHDL2\n140020\nEF001000020\n',
    spec: typed,
    records: ['2: L1|0010||', '5: L2|0020||'],
  },
  {
    name: 'a footer of another count',
    bytes: 'HDL1\n140010\nEF002000010\n',
    spec: typed,
    records: ['2: L1|0010||'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'a footer that counts the lines of each list, those that are ignored too',
    bytes: 'HDL1\n140010\nXX\n30ABC\nEF005\nHDL2\n140020\nEF003\n',
    spec: counted,
    records: ['2: L1|0010|ABC|', '7: L2|0020||'],
  },
  {
    name: 'a footer of another number of lines, since a part of the record was lost',
    bytes: 'HDL1\n140010\nXX\nEF005\n',
    spec: counted,
    records: ['2: L1|0010||'],
    error: 'DROP_FOOTER 4',
  },
  {
    name: 'a footer of another total',
    bytes: 'HDL1\n140010\nEF001000100\n',
    spec: typed,
    records: ['2: L1|0010||'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'no footer, so that the last record may be cut',
    bytes: 'HDL1\n140010\n140020\n30DE',
    spec: typed,
    records: ['2: L1|0010||'],
    error: 'DROP_FOOTER 5',
  },
  {
    name: 'records after the footer',
    bytes: 'HDL1\nEF000000000\n140010\n',
    spec: typed,
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'the last record, without a footer',
    bytes: 'HDL1\n140010\n30ABC',
    spec: endless,
    records: ['2: L1|0010|ABC|'],
  },
  {
    name: 'a line of an unknown type in a record',
    bytes: '140010\n31AB\n30ABC\n140020\n',
    spec: endless,
    records: ['1: REC_LINE_TYPE', '4: |0020||'],
  },
  {
    name: 'lines of unknown types outside of records',
    bytes: '31AB\n3\n140010\n',
    spec: endless,
    records: ['1: REC_LINE_TYPE', '2: REC_LINE_TYPE', '3: |0010||'],
  },
  {
    name: 'lines that continue nothing',
    bytes: '30ABC\nHDL1\n59ab\n140010\n',
    spec: endless,
    records: ['1: REC_LINE_TYPE', '3: REC_LINE_TYPE', '4: L1|0010||'],
  },
  {
    name: 'a short line in a record',
    bytes: '140010\n30A\n140020\n30ABC\n',
    spec: endless,
    records: ['1: REC_LINE_LENGTH', '3: |0020|ABC|'],
  },
  {
    name: 'a short header, which spoils the records below it',
    bytes: 'HDL\n140010\nHDL2\n140020\n',
    spec: endless,
    records: ['2: REC_LINE_LENGTH', '4: L2|0020||'],
  },
  {
    name: 'headers below headers, each ended by the next of its type',
    bytes: 'L1\nPa\nR1\nR2\nPb\nR3\nL2\nR4\nPc\nR5\n',
    spec: nested,
    records: ['3: 1|a|1', '4: 1|a|2', '6: 1|b|3', '8: 2||4', '10: 2|c|5'],
  },
  {
    name: 'types named like what every object has',
    bytes: 'constructor\n__proto__\n',
    spec: { ...nested, lineType: { start: 1, length: 9 }, lines: { RRRRRRRRR: 'start' } },
    records: ['1: REC_LINE_TYPE', '2: REC_LINE_TYPE'],
  },
]

describe('a file of fixed width with', () => {
  it.each(cases)('$name is read as it should', ({ bytes, spec, records = [], error = null }) => {
    for (const chunkBytes of [65_536, 1, 2, 3, 5]) {
      expect(
        summaryOf(recordSpec(spec ?? plain), bytes, chunkBytes),
        `chunks of ${chunkBytes}`,
      ).toEqual({
        records,
        error,
      })
    }
  })
})

describe('the bounds of fixed width', () => {
  it.each([
    ['a line of a million characters', 'x'.repeat(1_000_000), plain, null],
    ['a longer line', `abc0001\n${'x'.repeat(1_000_001)}`, plain, 'DROP_LINE_BOUNDS 2'],
    ['a record of 1,000 lines', `140010\n${'59\n'.repeat(999)}`, endless, null],
    ['a record of more', `140010\n${'59\n'.repeat(1_000)}`, endless, 'DROP_LINE_BOUNDS 1'],
    [
      'a value of more than 100,000 characters',
      `140010\n${`59${'x'.repeat(600)}\n`.repeat(200)}`,
      { ...endless, fields: { ...endless.fields, note: text(3, 600, '59') } },
      'DROP_LINE_BOUNDS 1',
    ],
  ])('hold for %s', (_, bytes, spec, expected) => {
    const { error } = readPart(recordSpec(spec), bytes)
    expect(error && `${error.code} ${error.line}`).toBe(expected)
  })
})

describe('any table of fixed width', () => {
  const unit = fc.constantFrom('a', ' ', '0', 'à', '€', '😀', ';', '"')
  const cell = (length: number) => fc.string({ unit, minLength: length, maxLength: length })
  const end = fc.constantFrom('\n', '\r\n', '\r')

  it('is read back value by value, on its lines, whatever the line ends', () => {
    const spec = recordSpec({ ...plain, fields: { a: text(1, 3), b: text(4, 2) } })
    fc.assert(
      fc.property(fc.array(fc.tuple(cell(3), cell(2), end)), fc.nat(30), (rows, size) => {
        const bytes = rows.map((row) => row.join('')).join('')
        // A CR that ends a line before an empty one is not made here: every row holds 5 characters.
        const expected = rows.flatMap(([a, b], index) =>
          `${a}${b}`.trim() === '' ? [] : [{ line: index + 1, cells: [a, b] }],
        )
        const { records, error } = readPart(spec, bytes, size + 1)
        expect(error).toBeNull()
        expect(records.map(({ line, cells }) => ({ line, cells }))).toEqual(expected)
      }),
    )
  })
})
