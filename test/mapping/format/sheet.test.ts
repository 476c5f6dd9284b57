// Rows of a spreadsheet → records: what each kind of cell becomes for each type of field, and which
// rows are records.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import { findDecimal } from '../../../src/mapping/format/sheet-cell.ts'
import { columnLetters, findColumn } from '../../../src/mapping/format/sheet-column.ts'
import type { SheetCell, SheetRow } from '../../../src/mapping/format/sheet-row.ts'
import { checkRecord } from '../../../src/mapping/record-check.ts'
import { recordReader } from '../../../src/mapping/record-reader.ts'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

const sheetSpec = (changes: object = {}) => recordSpec({ format: 'xlsx', ...changes })

/** Rows from the first on; a hidden one as `{ hidden: [...] }`. */
function linesOf(...rows: (SheetCell[] | { hidden: SheetCell[] })[]): string {
  const line = (row: SheetRow) => `${JSON.stringify(row)}\n`
  return rows
    .map((cells, at) => {
      return Array.isArray(cells)
        ? line({ row: at + 1, cells })
        : line({ row: at + 1, hidden: true, cells: cells.hidden })
    })
    .join('')
}

const summary = (spec: ReturnType<typeof sheetSpec>, ...rows: Parameters<typeof linesOf>) =>
  summaryOf(spec, linesOf(...rows), 7)

/** The value that a field reads in this cell, or its refusals. */
function readIn(field: object, cell: SheetCell) {
  const spec = sheetSpec({ fields: { a: { column: 'A', ...field } } })
  const [raw] = readPart(spec, linesOf(['A'], [cell])).records
  const { values, findings } = recordReader(spec.fields)(raw!)
  const codes = findings.refusals.map(({ code }) => code)
  return codes.length > 0 ? codes.join() : values['a']
}

const comma = { type: 'euro', decimals: 'comma' }
const dot = { type: 'euro', decimals: 'dot' }
const cents = { type: 'euro', decimals: 'cents' }
const text = { type: 'text' }
const day = { type: 'date', formats: ['dd/MM/yyyy'] }

describe('a cell', () => {
  it.each<[object, SheetCell, unknown]>([
    // A number is a number: nothing is lost with zeros that are not shown.
    [comma, 145, 14500],
    [dot, 145, 14500],
    [comma, 14.5, 1450],
    [comma, 19.989999999999998, 1999],
    [comma, 0.1 + 0.2, 30],
    [comma, -12.3, -1230],
    [comma, 1450.25, 145025],
    [comma, 0, 0],
    [comma, 19.999, 'REC_AMOUNT_FORM'],
    [comma, 1234.567891, 'REC_AMOUNT_FORM'],
    [comma, { padded: '00145' }, 14500],
    [cents, 14500, 14500],
    [cents, 145.5, 'REC_AMOUNT_FORM'],
    // A text is as doubtful as in any file.
    [comma, '145', 'REC_AMOUNT_FORM'],
    [comma, '145,00', 14500],
    [dot, '1,450.00', 145000],
    [comma, '1.450,00 €', 145000],
    // Dates need no luck with formats.
    [day, { date: '2027-10-31' }, '2027-10-31'],
    [day, { date: '2027-10-31 09:30:00' }, '2027-10-31'],
    [
      { type: 'date', formats: ['yyMMdd', 'yyyyMMdd'], pivot: 40 },
      { date: '1935-02-01' },
      '1935-02-01',
    ],
    [{ ...day, empty: ['00/01/1900'], optional: true }, { date: '1900-01-00' }, null],
    [day, { date: '1900-02-29' }, 'REC_DATE_FORM'],
    [day, { date: '12:00:00' }, 'REC_DATE_FORM'],
    [day, '31/10/2027', '2027-10-31'],
    [day, 46691, 'REC_DATE_FORM'],
    [{ type: 'date', formats: ['yyyyMMdd'] }, 20271031, '2027-10-31'],
    // Codes keep the zeros that are seen.
    [text, '00012', '00012'],
    [text, { padded: '00067' }, '00067'],
    [text, 12, '12'],
    [text, 0.5, '0.5'],
    [text, true, 'TRUE'],
    [text, { date: '2027-10-31 09:30:00' }, '2027-10-31 09:30:00'],
    [{ type: 'integer' }, 12, 12],
    [{ type: 'integer' }, { padded: '0012' }, 12],
    [{ type: 'integer' }, 12.5, 'REC_VALUE_FORM'],
    [{ type: 'boolean' }, true, true],
    [{ type: 'boolean', true: ['PAGATO'], false: ['APERTO'] }, false, false],
    [{ type: 'boolean' }, 1, true],
    [{ type: 'vatNumber' }, { padded: '00000010215' }, '00000010215'],
    // Digits that are lost are never made up.
    [{ type: 'noticeNumber' }, 3.02e17, 'REC_CELL_DIGITS'],
    [{ type: 'noticeNumber' }, '302000000000000121', '302000000000000121'],
    [text, 1e15, 'REC_CELL_DIGITS'],
    [text, 999999999999999, '999999999999999'],
    [text, { error: '#N/A' }, 'REC_CELL_ERROR'],
    [comma, { error: '' }, 'REC_CELL_ERROR'],
    [{ ...text, empty: ['#N/D'], optional: true }, { error: '#N/A' }, null],
    [text, null, 'REC_FIELD_MISSING'],
  ])('for %j that holds %j is %j', (field, cell, expected) => {
    expect(readIn(field, cell)).toBe(expected)
  })

  it('that cannot be read is named as the office sees it', () => {
    const spec = sheetSpec({ fields: { a: { column: 'B', type: 'text' } } })
    const [raw] = readPart(spec, linesOf(['A', 'B'], ['x', { error: '#REF!' }])).records
    expect(raw?.badCells?.get(0)?.detail).toBe('Nella cella B2 (a) c’è l’errore «#RIF!».')
  })
})

describe('a record of which cells cannot be read', () => {
  const fields = {
    codice: { column: 'A', type: 'text' },
    importo: { column: 'B', ...comma },
    avviso: { column: 'C', type: 'noticeNumber' },
  }

  it('says all that is wrong with it, and keeps the rest', () => {
    const spec = sheetSpec({ fields })
    const [raw] = readPart(spec, linesOf(['A', 'B', 'C'], ['00012', '36', 3.02e17])).records
    const { values, findings } = recordReader(spec.fields)(raw!)
    expect(values).toEqual({ codice: '00012', importo: null, avviso: null })
    expect(findings.refused).toEqual(['importo', 'avviso'])
    expect(findings.refusals.map(({ code, field }) => [code, field])).toEqual([
      ['REC_AMOUNT_FORM', 'importo'],
      ['REC_CELL_DIGITS', 'avviso'],
    ])
  })

  it('of a group of columns refuses that instalment, and no other', () => {
    const spec = sheetSpec({
      repeat: { over: [1, 2, 3], when: 'importo', total: { field: 'totale', of: 'importo' } },
      fields: {
        codice: { column: 'A', type: 'text' },
        totale: { column: 'T', ...comma },
        rata: { column: '{n}', type: 'text' },
        importo: { column: 'R{n}', ...comma },
      },
    })
    const rows = [
      ['A', 'T', 'R1', 'R2', 'R3'],
      ['x', 30, 10, { error: '#N/A' }, null],
      ['y', 30, 10, 20],
    ]
    const { records } = readPart(spec, linesOf(...rows))
    const read = recordReader(spec.fields)
    expect(
      records.map((raw) => {
        const { values, findings } = read(raw)
        return [values['codice'], values['rata'], values['importo'], findings.refusals[0]?.code]
      }),
    ).toEqual([
      ['x', '1', 1000, undefined],
      ['x', '2', null, 'REC_CELL_ERROR'],
      ['y', '1', 1000, undefined],
      ['y', '2', 2000, undefined],
    ])
    const more = linesOf(['A', 'T', 'R1', 'R2', 'R3', 'R4'], ['x', 30, 10, 20])
    expect(readPart(spec, more).error?.code).toBe('DROP_XLSX_HEADER')
  })
})

describe('a number', () => {
  it('of up to 15 digits is the one that was typed', () => {
    const typed = fc.tuple(fc.nat(999_999_999), fc.nat(999_999), fc.integer({ min: 0, max: 6 }))
    fc.assert(
      fc.property(typed, fc.boolean(), ([whole, rest, digits], isNegative) => {
        const decimals = String(rest).padStart(6, '0').slice(0, digits).replace(/0+$/, '')
        const plain = decimals === '' ? String(whole) : `${whole}.${decimals}`
        const written = isNegative && plain !== '0' ? `-${plain}` : plain
        expect(findDecimal(Number(written))).toBe(written)
      }),
    )
  })

  it.each([
    [1e-7, '0.0000001'],
    [1.5e-10, '0.00000000015'],
    [123456789012345, '123456789012345'],
    [999999999999999.9, null],
    [-0, '0'],
    [-1e20, null],
  ])('%d is %s', (value, expected) => {
    expect(findDecimal(value)).toBe(expected)
  })
})

describe('the rows of a sheet', () => {
  it('are records after the header, wherever they end', () => {
    expect(
      summary(sheetSpec(), ['B', 'Nota', 'a'], ['1', null, '2'], ['3'], ['', 5, 'x', 'y']),
    ).toEqual({
      records: ['2: 2|1', '3: |3', '4: x|'],
      error: null,
    })
  })

  it('come after titles that are skipped', () => {
    const rows = [['Comune'], ['Elenco', 'del 2027'], ['A', ' b\n'], ['1', '2']]
    expect(summary(sheetSpec({ skipLines: 2 }), ...rows)).toEqual({
      records: ['4: 1|2'],
      error: null,
    })
  })

  it('have a header of two lines a cell, of numbers and dates', () => {
    const fields = {
      a: { column: 'Codice fiscale', type: 'text' },
      b: { column: ['2027', 'anno'], type: 'text' },
    }
    expect(summary(sheetSpec({ fields }), ['CODICE\n  FISCALE', 2027], ['x', 'y']).records).toEqual(
      ['2: x|y'],
    )
  })

  it('lack a column that the mapping needs, and so are none', () => {
    expect(summary(sheetSpec(), ['A', 'C'], ['1', '2'])).toEqual({
      records: [],
      error: 'DROP_XLSX_HEADER 1',
    })
    expect(summary(sheetSpec(), ['A', 'B', 'b'], ['1', '2']).error).toBe('DROP_XLSX_HEADER 1')
  })

  it('without a header have letters or positions', () => {
    const fields = { a: { column: 'C', type: 'text' }, b: { column: 1, type: 'text' } }
    const spec = sheetSpec({ header: false, fields })
    expect(summary(spec, ['x', 'y', 'z'], ['w']).records).toEqual(['1: z|x', '2: |w'])
  })

  it.each([
    ['refuse', ['2: REC_ROW_HIDDEN', '3: 3|4']],
    ['read', ['2: 1|2', '3: 3|4']],
    ['ignore', ['3: 3|4']],
  ])('that are hidden: %s', (hiddenRows, records) => {
    const rows = [['A', 'B'], { hidden: ['1', '2'] }, ['3', '4']]
    expect(summary(sheetSpec({ hiddenRows }), ...rows).records).toEqual(records)
  })

  it('may be none', () => {
    expect(summary(sheetSpec())).toEqual({ records: [], error: null })
    expect(summary(sheetSpec(), ['A', 'B'])).toEqual({ records: [], error: null })
  })
})

describe('the footer of a sheet', () => {
  const fields = {
    a: { column: 'A', type: 'text' },
    b: { column: 'B', type: 'euro', decimals: 'comma' },
  }
  const footer = { column: 1, equals: 'TOTALE', count: 3, total: 2, of: 'b' }
  const rows: SheetCell[][] = [
    ['A', 'B'],
    ['x', 19.99],
    ['y', '145,00'],
  ]

  it('agrees with the records, whatever its cells are', () => {
    const spec = sheetSpec({ fields, footer })
    const good = { records: ['2: x|19,99', '3: y|145,00'], error: null }
    expect(summary(spec, ...rows, ['TOTALE', 164.98999999999998, 2])).toEqual(good)
    expect(summary(spec, ...rows, ['TOTALE ', '164,99 €', '2'])).toEqual(good)
  })

  it('counts rows that are refused, as the sum of the sheet does', () => {
    const spec = sheetSpec({ fields, footer })
    const hidden = [rows[0]!, { hidden: rows[1]! }, [{ error: '#N/A' }, 145], ['TOTALE', 164.99, 2]]
    expect(summary(spec, ...(hidden as SheetCell[][]))).toEqual({
      records: ['2: REC_ROW_HIDDEN', '3: |145,00'],
      error: null,
    })
  })

  it.each<[string, SheetCell[][]]>([
    ['it is missing', rows],
    ['its total differs', [...rows, ['TOTALE', 164, 2]]],
    ['its count differs', [...rows, ['TOTALE', 164.99, 3]]],
    ['rows come after it', [...rows, ['TOTALE', 164.99, 2], ['z', 1]]],
  ])('is a fault where %s', (_, all) => {
    expect(summary(sheetSpec({ fields, footer }), ...all).error).toMatch(/^DROP_FOOTER/)
  })

  it('may be so many rows', () => {
    const spec = sheetSpec({ fields, footer: { rows: 1 } })
    expect(summary(spec, ...rows, ['stampato oggi'])).toEqual({
      records: ['2: x|19,99', '3: y|145,00'],
      error: null,
    })
  })
})

describe('the record of a spreadsheet', () => {
  it.each<[object, string]>([
    [{ header: false, fields: { a: { column: 'IMPORTO', type: 'text' } } }, 'column'],
    [{ fields: { a: { column: { start: 1, length: 2 }, type: 'text' } } }, 'column'],
    [{ fields: { a: { column: 'A', type: 'date', formats: ['dd/MM/yy'], pivot: 40 } } }, 'formats'],
    [{ footer: { column: 1, equals: 'T', total: 2 } }, 'footer'],
  ])('%j is refused for its %s', (changes, where) => {
    const faults = createFaults()
    checkRecord(sheetSpec(changes), faults)
    expect(faults.list.map(({ code, path }) => [code, path.includes(where)])).toEqual([
      ['CFG_VALUE', true],
    ])
  })

  it('names each column by the letters that find it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16_384 }), (position) => {
        expect(findColumn(columnLetters(position))).toBe(position)
      }),
    )
    expect([columnLetters(26), columnLetters(27), columnLetters(16_384)]).toEqual([
      'Z',
      'AA',
      'XFD',
    ])
  })
})
