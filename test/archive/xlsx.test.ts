// Sheets of workbooks as Excel, LibreOffice and careless programs write them: the cells of every
// kind, where they stand, and which sheet is read.
import { writeXlsx } from 'hucre/xlsx'
import { describe, expect, it } from 'vitest'
import type { SheetCell } from '../../src/mapping/format/sheet-row.ts'
import { faultOf, linesOf, type Parts, rowsOf, workbookOf } from './workbook.ts'

/** The cells of one row with this XML. */
async function cellsOf(row: string, parts: Partial<Parts> = {}): Promise<SheetCell[]> {
  const rows = await rowsOf(
    workbookOf({ sheets: { Foglio1: `<row r="1">${row}</row>` }, ...parts }),
  )
  expect(rows).toHaveLength(1)
  return rows[0]!.cells
}

const number = (value: string, style = 1) => `<c r="A1" s="${style}"><v>${value}</v></c>`

describe('a sheet', () => {
  it('of a library is read with its kinds of values, a time only where it is shown', async () => {
    const bytes = await writeXlsx({
      sheets: [
        {
          name: 'Scadenze',
          rows: [
            ['Codice', 'Importo', 'Scadenza', 'Pagato'],
            ['00012', 19.99, new Date(Date.UTC(2027, 9, 31)), true],
            ['à «€» & <b>', -0.5, new Date(Date.UTC(2024, 1, 29, 9, 30)), false],
          ],
        },
      ],
    })
    expect(await rowsOf(bytes)).toEqual([
      { row: 1, cells: ['Codice', 'Importo', 'Scadenza', 'Pagato'] },
      { row: 2, cells: ['00012', 19.99, { date: '2027-10-31' }, true] },
      { row: 3, cells: ['à «€» & <b>', -0.5, { date: '2024-02-29' }, false] },
    ])
  })

  it('is a line of JSON for each row that holds anything', async () => {
    const rows = '<row r="2"><c r="B2"><v>1</v></c></row><row r="5"><c r="A5" s="1"/></row>'
    const sheets = { Foglio1: `${rows}<row><c><v>2</v></c></row>` }
    expect(await linesOf(workbookOf({ sheets }))).toBe(
      '{"row":2,"cells":[null,1]}\n{"row":6,"cells":[2]}\n',
    )
  })

  it('has cells where they say, or after the one before', async () => {
    const cells = '<c r="B1"><v>1</v></c><c><v>2</v></c><c r="AA1"><v>3</v></c><c><v>4</v></c>'
    const read = await cellsOf(cells)
    expect(read).toHaveLength(28)
    expect([read[0], read[1], read[2], read[25], read[26], read[27]]).toEqual([
      null,
      1,
      2,
      null,
      3,
      4,
    ])
  })

  it('may be hidden row by row', async () => {
    const sheets = { Foglio1: '<row r="1" hidden="1"><c><v>1</v></c></row>' }
    expect(await rowsOf(workbookOf({ sheets }))).toEqual([{ row: 1, hidden: true, cells: [1] }])
  })

  it('may use any prefix, the strict names, absolute targets and parts in other case', async () => {
    const strict = 'http://purl.oclc.org/ooxml/officeDocument/relationships'
    const relations = (...targets: [id: string, kind: string, target: string][]) => {
      const items = targets.map(([id, kind, target]) => {
        return `<p:Relationship Id="${id}" Type="${strict}/${kind}" Target="${target}"/>`
      })
      return `<p:Relationships xmlns:p="urn:p">${items.join('')}</p:Relationships>`
    }
    const row = '<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c></x:row>'
    const bytes = workbookOf({
      sheets: {},
      parts: {
        '_rels/.rels': relations(['a', 'officeDocument', '/Book/main.xml']),
        'Book/main.xml':
          '<x:workbook xmlns:x="urn:x" xmlns:q="urn:q"><x:sheets><x:sheet name="Uno" q:id="s"/>' +
          '</x:sheets></x:workbook>',
        'Book/_rels/main.xml.rels': relations(
          ['s', 'worksheet', '../SHEETS/One.xml'],
          ['t', 'sharedStrings', 'strings.xml'],
        ),
        'sheets/one.xml':
          '<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main">' +
          `<x:sheetData>${row}</x:sheetData></x:worksheet>`,
        'Book/strings.xml': '<x:sst xmlns:x="urn:x"><x:si><x:t>ciao</x:t></x:si></x:sst>',
      },
    })
    expect(await rowsOf(bytes)).toEqual([{ row: 1, cells: ['ciao'] }])
  })

  it('may be UTF-16', async () => {
    const xml = '<worksheet><sheetData><row><c t="str"><v>è</v></c></row></sheetData></worksheet>'
    const utf16 = Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${xml}`, 'utf16le')
    const bytes = workbookOf({ sheets: { Uno: '' }, parts: { 'xl/worksheets/s0.xml': utf16 } })
    expect(await rowsOf(bytes)).toEqual([{ row: 1, cells: ['è'] }])
  })

  it('of 0 bytes has no rows', async () => {
    expect(await linesOf(Buffer.alloc(0))).toBe('')
  })
})

describe('a text', () => {
  it.each<[string, string, SheetCell]>([
    ['shared', '<t>uno</t>', 'uno'],
    ['with blanks', '<t xml:space="preserve">  00012 </t>', '  00012 '],
    ['in runs', '<r><rPr><b/></rPr><t>un</t></r><r><t xml:space="preserve">o </t></r>', 'uno '],
    ['with a reading aid', '<t>東</t><rPh sb="0" eb="1"><t>ひがし</t></rPh><phoneticPr/>', '東'],
    ['with escapes', '<t>a_x000D_\nb_x005F_x0041_</t>', 'a\nb_x0041_'],
    ['in CDATA', '<t><![CDATA[<a&b>]]></t>', '<a&b>'],
    ['empty', '<t/>', ''],
  ])('%s is read', async (_, item, expected) => {
    const row = '<c r="A1" t="s"><v>0</v></c><c r="B1"><v>1</v></c>'
    expect(await cellsOf(row, { strings: [item] })).toEqual([expected, 1])
    const inline = `<c r="A1" t="inlineStr"><is>${item}</is></c><c r="B1"><v>1</v></c>`
    expect(await cellsOf(inline)).toEqual([expected, 1])
  })

  it('is found by its number among many, on many pages', async () => {
    const strings = Array.from({ length: 70_000 }, (_, at) => `<t>${'è'.repeat(at % 90)}${at}</t>`)
    const wanted = [0, 12_345, 65_535, 65_536, 69_999]
    const cells = wanted.map((at) => `<c t="s"><v>${at}</v></c>`).join('')
    const expected = wanted.map((at) => 'è'.repeat(at % 90) + at)
    expect(await cellsOf(cells, { strings })).toEqual(expected)
  })
})

describe('a value', () => {
  it.each<[string, string, SheetCell]>([
    ['of a formula', '<c><f>A1&amp;B1</f><v>145.5</v></c>', 145.5],
    ['of a formula that gives text', '<c t="str"><f>A1</f><v>00012</v></c>', '00012'],
    ['of a formula that gives no text', '<c t="str"><f>A1</f><v></v></c>', ''],
    ['of a formula whose value is left to Excel', '<c><f>SUM(A1:A2)</f><v></v></c>', { error: '' }],
    ['of a formula never computed', '<c><f>SUM(A1:A2)</f></c>', { error: '' }],
    ['that is an error', '<c t="e"><v>#N/A</v></c>', { error: '#N/A' }],
    ['that is true', '<c t="b"><v>1</v></c>', true],
    ['that is false', '<c t="b"><v>0</v></c>', false],
    ['with an exponent', '<c t="n"><v>1.45E3</v></c>', 1450],
    ['that is a day in text', '<c t="d"><v>2027-10-31T00:00:00</v></c>', { date: '2027-10-31' }],
    [
      'that is an instant',
      '<c t="d"><v>2027-10-31T09:30Z</v></c>',
      { date: '2027-10-31 09:30:00' },
    ],
  ])('%s is read', async (_, cell, expected) => {
    expect((await cellsOf(`${cell}<c><v>7</v></c>`))[0]).toEqual(expected)
  })

  it.each(['<c s="1"/>', '<c><v/></c>', '<c t="s"><v></v></c>', '<c t="b"><v/></c>'])(
    'is none in %s',
    async (cell) => {
      expect(await cellsOf(`${cell}<c><v>7</v></c>`)).toEqual([null, 7])
    },
  )

  it.each<[string, string, SheetCell]>([
    ['dd/mm/yyyy', '46691', { date: '2027-10-31' }],
    ['[$-410]d mmmm yyyy;@', '46691.9', { date: '2027-10-31' }],
    ['mmm\\-yy', '46691', { date: '2027-10-31' }],
    ['mm', '46691', { date: '2027-10-31' }],
    ['dd/mm/yyyy\\ hh:mm', '46691.395833333336', { date: '2027-10-31 09:30:00' }],
    ['d/m/yy h:mm AM/PM', '46691', { date: '2027-10-31 00:00:00' }],
    ['h:mm', '0.5', { date: '12:00:00' }],
    ['[h]:mm', '1.5', { date: '36:00:00' }],
    ['dd/mm/yyyy', '46690.99999999999', { date: '2027-10-31' }],
    ['dd/mm/yyyy', '1', { date: '1900-01-01' }],
    ['dd/mm/yyyy', '59', { date: '1900-02-28' }],
    ['dd/mm/yyyy', '60', { date: '1900-02-29' }],
    ['dd/mm/yyyy', '61', { date: '1900-03-01' }],
    ['dd/mm/yyyy', '0', { date: '1900-01-00' }],
    ['dd/mm/yyyy', '2958465', { date: '9999-12-31' }],
    ['dd/mm/yyyy', '2958466', { error: '####' }],
    ['dd/mm/yyyy', '-1', { error: '####' }],
    ['00000', '67', { padded: '00067' }],
    ['00000', '1234567', { padded: '1234567' }],
    ['000000000000000000', '3012700000000015', 3012700000000015],
    ['000000000000000000', '301270000000015', { padded: '000301270000000015' }],
    ['00000', '-67', -67],
    ['00000', '6.7', 6.7],
    ['General', '46691', 46691],
    ['Standard', '46691', 46691],
    ['#,##0.00\\ "€"', '145', 145],
    ['#,##0.00 [$€-410]', '145', 145],
    ['"giorni "0', '12', 12],
    ['[Red]-0.00;[Blue]0.00', '12', 12],
    ['0%', '0.22', 0.22],
    ['@', '12', 12],
    ['_-* #,##0.00_-;\\-* #,##0.00_-', '12', 12],
  ])('in the format %s of %s is what Excel shows', async (format, value, expected) => {
    expect(await cellsOf(number(value), { formats: [format] })).toEqual([expected])
  })

  it('in a format that is built in is a date or a time', async () => {
    const parts = {
      'xl/styles.xml': `<styleSheet><cellXfs>${[0, 14, 17, 22, 21, 46, 30, 58, 44]
        .map((id) => `<xf numFmtId="${id}"/>`)
        .join('')}</cellXfs></styleSheet>`,
    }
    const cells = Array.from({ length: 9 }, (_, style) => `<c s="${style}"><v>46691.25</v></c>`)
    const day = { date: '2027-10-31' }
    expect(await cellsOf(cells.join(''), { parts })).toEqual([
      46691.25,
      ...[day, day, { date: '2027-10-31 06:00:00' }, { date: '06:00:00' }],
      ...[{ date: '1120590:00:00' }, day, day, 46691.25],
    ])
  })

  it('is counted from 1904 where the workbook says so', async () => {
    const parts = { formats: ['dd/mm/yyyy'], workbookPr: 'date1904="true"' }
    expect(await cellsOf(number('0'), parts)).toEqual([{ date: '1904-01-01' }])
    expect(await cellsOf(number('45229'), parts)).toEqual([{ date: '2027-10-31' }])
  })
})

describe('of several sheets', () => {
  const filled = '<row r="1"><c><v>1</v></c></row>'
  const other = '<row r="1"><c><v>2</v></c></row>'

  it.each<[string, string | number | undefined, Partial<Parts>, number]>([
    ['the only one with rows', undefined, { sheets: { A: '', B: other, C: '' } }, 2],
    [
      'the only one that is visible',
      undefined,
      { sheets: { A: filled, B: other }, tabs: { A: 'state="veryHidden"' } },
      2,
    ],
    ['the one of that name', 'scadenze', { sheets: { A: filled, Scadenze: other } }, 2],
    [
      'the one of that name, though hidden',
      'B',
      { sheets: { A: filled, B: other }, tabs: { B: 'state="hidden"' } },
      2,
    ],
    ['the one like that name', 'Marzo *', { sheets: { A: filled, 'Marzo 2027': other } }, 2],
    [
      'the second that is visible',
      2,
      { sheets: { A: filled, B: filled, C: other }, tabs: { B: 'state="hidden"' } },
      2,
    ],
  ])('%s is read', async (_, wanted, parts, expected) => {
    const bytes = workbookOf({ sheets: {}, ...parts })
    expect(await rowsOf(bytes, wanted)).toEqual([{ row: 1, cells: [expected] }])
  })

  it('none has rows, and none is read', async () => {
    expect(await rowsOf(workbookOf({ sheets: { A: '', B: '' } }))).toEqual([])
  })

  it.each<[string, string | number | undefined, Partial<Parts>]>([
    ['two have rows', undefined, { sheets: { A: filled, B: other } }],
    ['none is visible', undefined, { sheets: { A: filled }, tabs: { A: 'state="hidden"' } }],
    ['none has the name', 'B', { sheets: { A: filled } }],
    ['two are like the name', 'M*', { sheets: { Marzo: filled, Maggio: other } }],
    ['there are fewer', 3, { sheets: { A: filled, B: other } }],
    ['there are none', undefined, { sheets: {} }],
  ])('none is read where %s', async (_, wanted, parts) => {
    const fault = await faultOf(workbookOf({ sheets: {}, ...parts }), wanted)
    expect(fault.code).toBe('DROP_XLSX_SHEET')
    expect(fault.remedy).toContain('`sheet`')
  })
})
