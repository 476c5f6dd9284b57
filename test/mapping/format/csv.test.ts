// CSV: what each odd file becomes. Every case is read whole, byte by byte, and in chunks of every
// size that could cut a character or a line end, and must come out the same.
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

const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16()
const byPosition = {
  header: false,
  fields: { a: { column: 1, type: 'text' }, b: { column: 2, type: 'text' } },
}
const long = (length: number) => 'x'.repeat(length)
/** `b` may be absent. */
const optional = (b: object = { optional: true }) => ({
  fields: { a: { column: 'A', type: 'text' }, b: { column: 'B', type: 'text', ...b } },
})
const totals = {
  fields: {
    a: { column: 'A', type: 'text' },
    b: { column: 'B', type: 'euro', decimals: 'comma' },
  },
  footer: { column: 1, equals: 'TOT', count: 2, total: 3, of: 'b' },
}
const shortTotals = {
  ...totals,
  fields: { ...totals.fields, b: { ...totals.fields.b, zeros: 'dropped' } },
}

const cases: Case[] = [
  // Nothing, or nearly.
  { name: 'a file of 0 bytes', bytes: '' },
  { name: 'a byte order mark alone', bytes: '\ufeff' },
  { name: 'blank lines alone', bytes: '\n\r\n\n' },
  { name: 'a header alone', bytes: 'A;B\n' },
  { name: 'a header alone, without line end', bytes: 'A;B' },
  { name: 'one byte', bytes: 'A', error: 'DROP_CSV_HEADER 1' },
  // Line ends.
  { name: 'LF', bytes: 'A;B\n1;2\n3;4\n', records: ['2: 1|2', '3: 3|4'] },
  { name: 'CRLF', bytes: 'A;B\r\n1;2\r\n3;4\r\n', records: ['2: 1|2', '3: 3|4'] },
  { name: 'CR', bytes: 'A;B\r1;2\r3;4\r', records: ['2: 1|2', '3: 3|4'] },
  { name: 'mixed', bytes: 'A;B\r\n1;2\n3;4\r5;6', records: ['2: 1|2', '3: 3|4', '4: 5|6'] },
  { name: 'no last line end', bytes: 'A;B\n1;2', records: ['2: 1|2'] },
  { name: 'a last CR', bytes: 'A;B\r\n1;2\r', records: ['2: 1|2'] },
  { name: 'blank lines between', bytes: 'A;B\n\n\n1;2\r\n\r\n3;4', records: ['4: 1|2', '6: 3|4'] },
  { name: 'lines of blanks', bytes: 'A;B\n  \n1;2\n', records: ['3: 1|2'] },
  { name: 'rows without any value', bytes: 'A;B\n;\n ; \n1;2\n;\n', records: ['4: 1|2'] },
  { name: 'blank lines before the header', bytes: '\n\nA;B\n1;2\n', records: ['4: 1|2'] },
  // Quotes.
  { name: 'quoted values', bytes: 'A;B\n"1";"2"\n', records: ['2: 1|2'] },
  { name: 'a quoted delimiter', bytes: 'A;B\n"1;1";2\n', records: ['2: 1;1|2'] },
  { name: 'doubled quotes', bytes: 'A;B\n"say ""no""";2\n', records: ['2: say "no"|2'] },
  { name: 'an empty quoted value', bytes: 'A;B\n"";2\n', records: ['2: |2'] },
  { name: 'quoted LF', bytes: 'A;B\n"1\n1";2\n3;4\n', records: ['2: 1\n1|2', '4: 3|4'] },
  { name: 'quoted CRLF', bytes: 'A;B\r\n"1\r\n1";2\r\n3;4\r\n', records: ['2: 1\n1|2', '4: 3|4'] },
  {
    name: 'many quoted lines',
    bytes: 'A;B\n1;"a\nb\nc"\n"d\n\ne";2\n3;4\n',
    records: ['2: 1|a\nb\nc', '5: d\n\ne|2', '8: 3|4'],
  },
  { name: 'a quoted header', bytes: '"A";"B"\n1;2\n', records: ['2: 1|2'] },
  { name: 'a header of two lines', bytes: '"A";"B";"C\nc"\n1;2;3\n', records: ['3: 1|2'] },
  {
    name: 'a quote never closed',
    bytes: 'A;B\n1;2\n3;"4\n5;6\n7;8\n',
    records: ['2: 1|2'],
    error: 'DROP_CSV_QUOTE 3',
  },
  {
    name: 'a quote never closed, after a value of two lines',
    bytes: 'A;B\n1;2\n"3\n3";"4\n5;6\n',
    records: ['2: 1|2'],
    error: 'DROP_CSV_QUOTE 4',
  },
  {
    name: 'a quote never closed, at the start of a line after blank ones',
    bytes: 'A;B\n1;2\n\n\n"3;4\n5;6\n',
    records: ['2: 1|2'],
    error: 'DROP_CSV_QUOTE 5',
  },
  {
    name: 'a quote closed before the end of the value',
    bytes: 'A;B\n1;2\n"3"x;4\n',
    records: ['2: 1|2'],
    error: 'DROP_CSV_QUOTE 3',
  },
  {
    name: 'quotes in the middle of a value',
    bytes: 'A;B\n1;2\nBAR "DA PINO";4\n',
    records: ['2: 1|2'],
    error: 'DROP_CSV_QUOTE 3',
  },
  {
    name: 'quotes as text, when the mapping says so',
    bytes: 'A;B\nBAR "DA PINO";"4\n',
    spec: { quote: null },
    records: ['2: BAR "DA PINO"|"4'],
  },
  {
    name: 'another quote',
    bytes: "A;B\n'1;1';2\n",
    spec: { quote: "'" },
    records: ['2: 1;1|2'],
  },
  {
    name: 'quotes with a backslash before them, where they are escaped so',
    bytes: 'A;B\n"dice \\"no\\"";"C:\\dir\\\\"\n"\\"";"\\\\\\""\n',
    spec: { escape: 'backslash' },
    records: ['2: dice "no"|C:\\dir\\', '3: "|\\"'],
  },
  {
    name: 'quotes with a backslash before them, where they are doubled',
    bytes: 'A;B\n1;2\n"dice \\"no\\"";3\n',
    records: ['2: 1|2'],
    error: 'DROP_CSV_QUOTE 3',
  },
  {
    name: 'a backslash at its very end',
    bytes: 'A;B\n1;2\\',
    spec: { escape: 'backslash' },
    records: ['2: 1|2\\'],
  },
  {
    name: 'another quote, with a backslash before it',
    bytes: "A;B\n'l\\'una';\"\n",
    spec: { escape: 'backslash', quote: "'" },
    records: ['2: l\'una|"'],
  },
  // Delimiters and headers.
  {
    name: 'commas',
    bytes: 'A,B\n"1,1",2\n',
    spec: { delimiter: ',' },
    records: ['2: 1,1|2'],
  },
  { name: 'tabs', bytes: 'A\tB\n1\t2\n', spec: { delimiter: '\t' }, records: ['2: 1|2'] },
  {
    name: 'tabs, by their name',
    bytes: 'A\tB\n1\t2\n',
    spec: { delimiter: 'tab' },
    records: ['2: 1|2'],
  },
  { name: 'pipes', bytes: 'A|B\n1|2\n', spec: { delimiter: '|' }, records: ['2: 1|2'] },
  {
    name: 'a delimiter outside ASCII',
    bytes: 'A§B\n1§2\n',
    spec: { delimiter: '§' },
    records: ['2: 1|2'],
  },
  { name: 'commas where `;` is declared', bytes: 'A,B\n1,2\n', error: 'DROP_CSV_HEADER 1' },
  { name: 'a header in another order', bytes: 'X;B;A\n0;2;1\n', records: ['2: 1|2'] },
  { name: 'a header in lower case with blanks', bytes: ' a ; b\n1;2\n', records: ['2: 1|2'] },
  { name: 'a missing column', bytes: 'A;C\n1;2\n', error: 'DROP_CSV_HEADER 1' },
  { name: 'a doubled column', bytes: 'A;B;a\n1;2;3\n', error: 'DROP_CSV_HEADER 1' },
  { name: 'a doubled column that nobody reads', bytes: 'A;B;C;C\n1;2;3;4\n', records: ['2: 1|2'] },
  {
    name: 'an alias',
    bytes: 'Z;B\n1;2\n',
    spec: { fields: { a: { column: ['A', 'z'], type: 'text' }, b: { column: 'B', type: 'text' } } },
    records: ['2: 1|2'],
  },
  {
    name: 'two aliases of the same field',
    bytes: 'Z;B;A\n1;2;3\n',
    spec: { fields: { a: { column: ['A', 'Z'], type: 'text' }, b: { column: 'B', type: 'text' } } },
    error: 'DROP_CSV_HEADER 1',
  },
  {
    name: 'a position beside names',
    bytes: 'X;B\n1;2\n',
    spec: { fields: { a: { column: 1, type: 'text' }, b: { column: 'B', type: 'text' } } },
    records: ['2: 1|2'],
  },
  { name: 'no header', bytes: '1;2;x\n3;4;y\n', spec: byPosition, records: ['1: 1|2', '2: 3|4'] },
  {
    name: 'no header and too few columns',
    bytes: '1\n',
    spec: byPosition,
    error: 'DROP_CSV_HEADER 1',
  },
  // Ragged rows.
  { name: 'a short row', bytes: 'A;B\n1\n3;4\n', records: ['2: REC_COLUMNS', '3: 3|4'] },
  { name: 'a long row', bytes: 'A;B\n1;2;3\n4;5\n', records: ['2: REC_COLUMNS', '3: 4|5'] },
  {
    name: 'an unquoted delimiter in a value',
    bytes: 'A;B\nVia Po; 3;2\n',
    records: ['2: REC_COLUMNS'],
  },
  { name: 'a trailing delimiter everywhere', bytes: 'A;B;\n1;2;\n', records: ['2: 1|2'] },
  { name: 'a trailing delimiter in the header alone', bytes: 'A;B;\n1;2\n', records: ['2: 1|2'] },
  { name: 'a trailing delimiter in rows alone', bytes: 'A;B\n1;2;\n', records: ['2: REC_COLUMNS'] },
  {
    name: 'a value after the trailing delimiter',
    bytes: 'A;B;\n1;2;3\n',
    records: ['2: REC_COLUMNS'],
  },
  {
    name: 'a ragged row without a header',
    bytes: '1;2\n3\n',
    spec: byPosition,
    records: ['1: 1|2', '2: REC_COLUMNS'],
  },
  {
    name: 'a short row, when its last cells may be missing',
    bytes: 'A;B;C\n1\n2;\n;3\n4;5;6\n',
    spec: { shortRows: 'pad', ...optional() },
    records: ['2: 1|', '3: 2|', '4: |3', '5: 4|5'],
  },
  {
    name: 'a short row that lacks a cell which is not optional',
    bytes: 'X;A;B\n1\n1;2;3\n',
    spec: { shortRows: 'pad', ...optional() },
    records: ['2: REC_COLUMNS', '3: 2|3'],
  },
  {
    name: 'a short row, padded, and a long one',
    bytes: 'A;B\n1\n1;2;3\n',
    spec: { shortRows: 'pad', ...optional() },
    records: ['2: 1|', '3: REC_COLUMNS'],
  },
  {
    name: 'further empty cells, when they are ignored',
    bytes: 'A;B\n1;2;;; \n1;2;;x\n1\n',
    spec: { longRows: 'ignoreEmpty' },
    records: ['2: 1|2', '3: REC_COLUMNS', '4: REC_COLUMNS'],
  },
  {
    name: 'an apostrophe before every value',
    bytes: "'A;'B\n'001;'NICCOLO'\n;'\n",
    spec: { strip: { start: "'" } },
    records: ["2: 001|NICCOLO'"],
  },
  {
    name: 'formulas that keep zeros',
    bytes: 'A;B\n="001";="2"\n3;="\n',
    spec: { quote: null, strip: { start: '="', end: '"' } },
    records: ['2: 001|2', '3: 3|'],
  },
  {
    name: 'a column that the header may lack',
    bytes: 'A\n1\n',
    spec: optional({ optional: true, absent: 'empty' }),
    records: ['2: 1|'],
  },
  {
    name: 'a column that the header may lack and has twice',
    bytes: 'A;B;b\n1;2;3\n',
    spec: optional({ optional: true, absent: 'empty' }),
    error: 'DROP_CSV_HEADER 1',
  },
  {
    name: 'short rows of a file whose header may lack a column',
    bytes: 'A;C\n1\n',
    spec: { shortRows: 'pad', ...optional({ optional: true, absent: 'empty' }) },
    records: ['2: 1|'],
  },
  // What is no record.
  {
    name: 'lines before the header',
    bytes: 'ESTRAZIONE "DEL;\r\n\r\nA;B\r\n1;2\r\n',
    spec: { skipLines: 2 },
    records: ['4: 1|2'],
  },
  {
    name: 'fewer lines than are skipped',
    bytes: 'ESTRAZIONE\n',
    spec: { skipLines: 2 },
  },
  {
    name: 'a quote never closed, after skipped lines',
    bytes: 'X\nX\nA;B\n1;2\n3;"4\n',
    spec: { skipLines: 2 },
    records: ['4: 1|2'],
    error: 'DROP_CSV_QUOTE 5',
  },
  {
    name: 'bytes of another encoding, after skipped lines',
    bytes: latin1('X\nA;B\n1;2\n3;\xe8\n'),
    spec: { skipLines: 1 },
    records: ['3: 1|2'],
    error: 'DROP_ENCODING 4',
  },
  {
    name: 'comments',
    bytes: '# a "b\nA;B\n#;\n1;#2\n# x\n# y\n3;4#\n"#5";6\n#',
    spec: { comment: '#' },
    records: ['4: 1|#2', '7: 3|4#', '8: #5|6'],
  },
  {
    name: 'a value of two lines, the second of which begins as a comment does',
    bytes: 'A;B\n1;"2\n#3"\n4;5\n',
    spec: { comment: '#' },
    records: ['2: 1|2\n#3', '4: 4|5'],
  },
  { name: 'the end that MS-DOS writes', bytes: 'A;B\n1;2\r\n\x1a', records: ['2: 1|2'] },
  { name: 'the end that MS-DOS writes, in a row', bytes: 'A;B\n1;2\x1a', records: ['2: 1|2'] },
  { name: 'the same byte in a value', bytes: 'A;B\n1;\x1a2\n', records: ['2: 1|\x1a2'] },
  {
    name: 'a row in EBCDIC',
    bytes: Buffer.from('c1c2c35ef1f2f35ec1c2c35ef1f2f315', 'hex'),
    error: 'DROP_EBCDIC 1',
  },
  {
    name: 'two last rows that are no records',
    bytes: 'A;B\n1;2\n3;4\nTOTALE\n;;;6;\n',
    spec: { footer: { rows: 2 } },
    records: ['2: 1|2', '3: 3|4'],
  },
  {
    name: 'fewer rows than its footer',
    bytes: 'A;B\nTOTALE;0\n',
    spec: { footer: { rows: 2 } },
    error: 'DROP_FOOTER 3',
  },
  { name: 'nothing, where a footer is declared', bytes: '', spec: totals },
  {
    name: 'a footer that agrees',
    bytes: 'A;B\n1;1.024,50\n3;0,07\nTOT;0002;1.024,57\n',
    spec: totals,
    records: ['2: 1|1.024,50', '3: 3|0,07'],
  },
  {
    name: 'a footer that agrees, and is larger than any amount may be',
    bytes: `A;B\n1;99.999.999,99\n2;99.999.999,99\nTOT;2;€ 199999999,98\n`,
    spec: totals,
    records: ['2: 1|99.999.999,99', '3: 2|99.999.999,99'],
  },
  {
    name: 'a footer of another count',
    bytes: 'A;B\n1;1,00\nTOT;2;1,00\n',
    spec: totals,
    records: ['2: 1|1,00'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'a footer without its count',
    bytes: 'A;B\n1;1,00\nTOT\n',
    spec: totals,
    records: ['2: 1|1,00'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'a footer of another total',
    bytes: 'A;B\n1;1,00\n3;1,00\nTOT;2;2,01\n',
    spec: totals,
    records: ['2: 1|1,00', '3: 3|1,00'],
    error: 'DROP_FOOTER 4',
  },
  {
    name: 'a total a hundred times as large',
    bytes: 'A;B\n1;1,00\nTOT;1;100\n',
    spec: totals,
    records: ['2: 1|1,00'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'a total over a row without a readable amount',
    bytes: 'A;B\n1;x\nTOT;1;0,00\n',
    spec: totals,
    records: ['2: 1|x'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'a total that loses its zeros, as the amounts do',
    bytes: 'A;B\n1;100\n3;45,5\nTOT;2;145,5\n',
    spec: shortTotals,
    records: ['2: 1|100', '3: 3|45,5'],
  },
  {
    name: 'a total of whole euro, where zeros are lost',
    bytes: 'A;B\n1;1.000\nTOT;1;1.000\n',
    spec: shortTotals,
    records: ['2: 1|1.000'],
  },
  {
    name: 'a total below one euro, where zeros are lost',
    bytes: 'A;B\n1;,5\nTOT;1;,5 €\n',
    spec: shortTotals,
    records: ['2: 1|,5'],
  },
  {
    name: 'a negative total',
    bytes: 'A;B\n1;-5,00\nTOT;1;5,00-\n',
    spec: totals,
    records: ['2: 1|-5,00'],
  },
  {
    name: 'a total of the other sign',
    bytes: 'A;B\n1;-5,00\nTOT;1;5,00\n',
    spec: totals,
    records: ['2: 1|-5,00'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'a total that is no number',
    bytes: 'A;B\n1;0,00\nTOT;1;,\n',
    spec: shortTotals,
    records: ['2: 1|0,00'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'no footer, where there should be one',
    bytes: 'A;B\n1;1,00\n',
    spec: totals,
    records: ['2: 1|1,00'],
    error: 'DROP_FOOTER 3',
  },
  {
    name: 'rows after its footer',
    bytes: 'A;B\nTOT;0;0,00\n1;1,00\n',
    spec: totals,
    error: 'DROP_FOOTER 3',
  },
  // Encodings.
  { name: 'UTF-8', bytes: 'A;B\nà€😀;è\n', records: ['2: à€😀|è'] },
  { name: 'UTF-8 with its mark', bytes: '\ufeffA;B\nà;è\n', records: ['2: à|è'] },
  { name: 'a mark in the middle, kept', bytes: 'A;B\n1;x\ufeff2\n', records: ['2: 1|x\ufeff2'] },
  {
    name: 'Windows-1252',
    bytes: Buffer.from('A;B\n\xe0\x80;\xe8\n', 'latin1'),
    spec: { encoding: 'windows-1252' },
    records: ['2: à€|è'],
  },
  {
    name: 'Latin-9',
    bytes: latin1('A;B\n\xa4;\xe8\n'),
    spec: { encoding: 'iso-8859-15' },
    records: ['2: €|è'],
  },
  {
    name: 'UTF-8 with its mark, declared as Windows-1252',
    bytes: '\ufeffA;B\nà;è\n',
    spec: { encoding: 'windows-1252' },
    records: ['2: à|è'],
  },
  {
    name: 'UTF-16',
    bytes: utf16('A;B\nà😀;è\n'),
    spec: { encoding: 'utf-16le' },
    records: ['2: à😀|è'],
  },
  {
    name: 'UTF-16 with its mark, declared as UTF-8',
    bytes: utf16('\ufeffA;B\nà;è\n'),
    records: ['2: à|è'],
  },
  {
    name: 'big-endian UTF-16 with its mark',
    bytes: swapped(utf16('\ufeffA;B\nà;è\n')),
    records: ['2: à|è'],
  },
  {
    name: 'Windows-1252 declared as UTF-8',
    bytes: latin1('A;B\n1;2\n3;\xe8\n5;6\n'),
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'a UTF-8 character cut by the end',
    bytes: Buffer.from([...Buffer.from('A;B\n1;2\n3;'), 0xe2, 0x82]),
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'half a UTF-16 character',
    bytes: Buffer.concat([utf16('A;B\n1;2\n3;4'), Buffer.from([0x41])]),
    spec: { encoding: 'utf-16le' },
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  {
    name: 'a lone UTF-16 surrogate',
    bytes: utf16('A;B\n1;2\n3;\ud800x\n'),
    spec: { encoding: 'utf-16le' },
    records: ['2: 1|2'],
    error: 'DROP_ENCODING 3',
  },
  { name: 'NUL', bytes: 'A;B\n1;2\n3;\0\n', records: ['2: 1|2'], error: 'DROP_ENCODING 3' },
  {
    name: 'UTF-16 without its mark, declared as UTF-8',
    bytes: utf16('A;B\n1;2\n'),
    error: 'DROP_ENCODING 1',
  },
  // Formulas and other text that only looks like something.
  { name: 'formulas', bytes: 'A;B\n=1+1;@SUM(A1)\n', records: ['2: =1+1|@SUM(A1)'] },
  { name: 'numbers as they stand', bytes: 'A;B\n00100;1e3\n', records: ['2: 00100|1e3'] },
  { name: 'blanks as they stand', bytes: 'A;B\n 1 ; 2\n', records: ['2:  1 | 2'] },
  {
    name: 'prototype names',
    bytes: 'A;B\n__proto__;constructor\n',
    records: ['2: __proto__|constructor'],
  },
]

describe('a CSV file with', () => {
  it.each(cases)('$name is read as it should', ({ bytes, spec, records = [], error = null }) => {
    for (const chunkBytes of [65_536, 1, 2, 3, 5]) {
      expect(summaryOf(recordSpec(spec), bytes, chunkBytes), `chunks of ${chunkBytes}`).toEqual({
        records,
        error,
      })
    }
  })
})

describe('the bounds', () => {
  it.each([
    ['a cell of 100,000 characters', `A;B\n${long(100_000)};2\n`, null],
    ['a larger cell', `A;B\n1;2\n${long(100_001)};2\n`, 'DROP_CSV_BOUNDS 3'],
    ['a cell of 10 MB', `A;B\n1;2\n${long(10_000_000)};2\n`, 'DROP_CSV_BOUNDS 3'],
    ['a quote of 10 MB', `A;B\n1;2\n"${'x\n'.repeat(5_000_000)}`, 'DROP_CSV_QUOTE 3'],
    ['2,000 columns', `A;B${';x'.repeat(1998)}\n`, null],
    ['50,000 columns', `A;B${';x'.repeat(49_998)}\n`, 'DROP_CSV_BOUNDS 1'],
    ['50,000 cells in a row', `A;B\n1;2\n${';x'.repeat(50_000)}\n`, 'DROP_CSV_BOUNDS 3'],
    ['2 MB of blank lines', `A;B\n1;2\n${'\n'.repeat(2_000_000)}3;4\n`, null],
    ['4 MB of blank lines', `A;B\n1;2\n${'\n'.repeat(4_000_000)}3;4\n`, 'DROP_CSV_BOUNDS 3'],
    ['a row of 1 MB', `A;B;C\n1;2;3\n${`${long(90_000)};`.repeat(12)}\n`, 'DROP_CSV_BOUNDS 3'],
  ])('hold for %s', (_, text, expected) => {
    const { error } = readPart(recordSpec(), text)
    expect(error && `${error.code} ${error.line}`).toBe(expected)
  })
})

describe('the refusals and errors', () => {
  it('name every missing column, with the nearest there is and the remedy', () => {
    const spec = recordSpec({
      fields: {
        importo: { column: ['IMPORTO', 'TOTALE'], type: 'text' },
        scadenza: { column: 'SCADENZA', type: 'text' },
      },
    })
    const { error } = readPart(spec, 'IMPORT0;X\n')
    expect(error?.detail).toBe(
      'Riga 1, intestazione: il campo importo non trova la colonna «IMPORTO» o «TOTALE» ' +
        '(c’è «IMPORT0»); il campo scadenza non trova la colonna «SCADENZA».',
    )
    expect(error?.remedy).toMatch(/column/)
  })

  it('say when another delimiter is likelier', () => {
    expect(readPart(recordSpec(), 'A,B\n').error?.remedy).toMatch(/separata da «,».*delimiter/)
  })

  it('are thrown again by every later call, and no record comes after', () => {
    const { records, error } = readPart(recordSpec(), 'A;B\n1;2\n"3"x;4\n5;6\n', 4)
    expect(records).toHaveLength(1)
    expect(error?.code).toBe('DROP_CSV_QUOTE')
  })
})

describe('any table', () => {
  const cell = fc.string({
    unit: fc.constantFrom('a', '1', ' ', ';', '"', '\n', 'à', '€', '😀', ',', '='),
    maxLength: 6,
  })
  const rows = fc.array(fc.tuple(cell, cell), { maxLength: 12 })
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`

  it('written with quotes is read back cell by cell, on the lines where its rows begin', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 40 }), (table, chunkBytes) => {
        let line = 2
        const expected = table.flatMap((cells, index) => {
          const begins = line
          line += 1 + cells.join('').split('\n').length - 1
          const isBlank = cells.every((text) => text.trim() === '')
          return isBlank ? [] : [{ index, line: begins, cells }]
        })
        const text = ['A;B', ...table.map((cells) => cells.map(quote).join(';'))].join('\n')
        const { records, error } = readPart(recordSpec(), text, chunkBytes)
        expect(error).toBeNull()
        expect(records.map(({ line: at, cells }) => ({ line: at, cells }))).toEqual(
          expected.map(({ line: at, cells }) => ({ line: at, cells })),
        )
        expect(records.map(({ record }) => record)).toEqual(records.map((_, index) => index + 1))
      }),
    )
  })
})
