// A table that was written in a known way is understood again, whatever the way. The layouts are
// generated; the values are invented.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCharacter } from '../../../src/domain/fiscal-code.ts'
import { readChoices } from '../../../src/mapping/guess/choices.ts'
import { readSentence } from '../../../src/mapping/guess/description.ts'
import { mappingText } from '../../../src/mapping/guess/mapping-text.ts'
import { sentenceOf } from '../../../src/mapping/guess/sentence.ts'
import { type Understanding, understand } from '../../../src/mapping/guess/understanding.ts'
import type { Wishes } from '../../../src/mapping/guess/wishes.ts'

/** What is understood of a text, in its bytes. */
function understood(bytes: Uint8Array | string, wishes: Wishes = {}): Understanding {
  const sample = { bytes: Buffer.from(bytes), isWhole: true, kind: 'bytes', said: [] } as const
  return understand({ ...sample, said: [] }, wishes)
}

function fieldOf({ fields }: Understanding, name: string | null) {
  return fields.find((field) => field.name === name)
}

function keyOf({ record }: Understanding, name: string): unknown {
  return record.keys.find((key) => key.name === name)?.value
}

const decimals = {
  comma: (cents: number) => `${Math.trunc(cents / 100)},${String(cents % 100).padStart(2, '0')}`,
  dot: (cents: number) => `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`,
  cents: (cents: number) => String(cents).padStart(11, '0'),
}
const dates = {
  'dd/MM/yyyy': (day: string) => `${day}/11/2027`,
  'yyyy-MM-dd': (day: string) => `2027-11-${day}`,
  yyyyMMdd: (day: string) => `202711${day}`,
  'dd-MM-yyyy': (day: string) => `${day}-11-2027`,
}
const encodings = ['utf-8', 'latin1', 'utf16le'] as const

/** A bill of row `index`, by the name of its column; the place of birth is given to no country. */
function billOf(index: number, layout: Layout): Record<string, string> {
  const day = String(13 + (index % 12)).padStart(2, '0')
  const person = `PRVPRV80A${String(1 + (index % 28)).padStart(2, '0')}Z999`
  return {
    NUM_BOLLETTA: `B${String(index).padStart(5, '0')}`,
    COD_FISCALE: person + checkCharacter(person),
    INTESTATARIO: index % 2 === 0 ? 'Città Perché' : 'Prova Pervinca',
    IMPORTO: decimals[layout.decimals](1999 + index * 137),
    SCADENZA: dates[layout.date](day),
    COD_AVVISO: `3020000000${String(index).padStart(8, '0')}`,
  }
}

interface Layout {
  delimiter: string
  encoding: (typeof encodings)[number]
  decimals: keyof typeof decimals
  date: keyof typeof dates
  header: boolean
  titles: number
  columns: string[]
  rows: number
}

const layouts: fc.Arbitrary<Layout> = fc.record({
  delimiter: fc.constantFrom(';', ',', '\t', '|'),
  encoding: fc.constantFrom(...encodings),
  decimals: fc.constantFrom(...(Object.keys(decimals) as (keyof typeof decimals)[])),
  date: fc.constantFrom(...(Object.keys(dates) as (keyof typeof dates)[])),
  header: fc.boolean(),
  titles: fc.integer({ min: 0, max: 2 }),
  columns: fc.shuffledSubarray(
    Object.keys(billOf(0, { decimals: 'dot', date: 'yyyyMMdd' } as Layout)),
    {
      minLength: 6,
    },
  ),
  rows: fc.integer({ min: 3, max: 20 }),
})

function written(layout: Layout): Buffer {
  const quoted = (cell: string) => (cell.includes(layout.delimiter) ? `"${cell}"` : cell)
  const titles = Array.from({ length: layout.titles }, (_, index) => `Estrazione ${index + 1}`)
  const rows = Array.from({ length: layout.rows }, (_, index) => {
    const bill = billOf(index, layout)
    return layout.columns.map((name) => quoted(bill[name]!)).join(layout.delimiter)
  })
  const header = layout.header ? [layout.columns.join(layout.delimiter)] : []
  const mark = layout.encoding === 'utf16le' ? '\ufeff' : ''
  return Buffer.from(mark + [...titles, ...header, ...rows, ''].join('\r\n'), layout.encoding)
}

describe('a CSV', () => {
  it('is understood whatever its delimiter, encoding, numbers, dates, titles and order', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const result = understood(written(layout), layout.header ? {} : amountIn(layout))
        const delimiter = layout.delimiter === '\t' ? 'tab' : layout.delimiter
        const nameOf = (name: string) => labelIn(layout, name)
        const { roles, records } = result
        const labels = {
          recipient: fieldOf(result, roles.recipient)?.label,
          due: fieldOf(result, roles.due)?.label,
          amount: fieldOf(result, roles.amount)?.label,
          noticeNumber: fieldOf(result, roles.noticeNumber)?.label,
        }
        expect({ delimiter: keyOf(result, 'delimiter'), records, ...labels }).toEqual({
          ...{ delimiter, records: layout.rows },
          recipient: nameOf('COD_FISCALE'),
          due: nameOf('SCADENZA'),
          amount: nameOf('IMPORTO'),
          noticeNumber: nameOf('COD_AVVISO'),
        })
        expect(fieldOf(result, roles.amount)?.draft).toMatchObject({ decimals: layout.decimals })
        expect(fieldOf(result, roles.due)?.draft).toMatchObject({ formats: [layout.date] })
        if (layout.header) expect(result.roles.key).toEqual(['num_bolletta'])
      }),
      { numRuns: 150 },
    )
  })

  it('says in its sentence what makes it understood again', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const bytes = written(layout)
        const first = understood(bytes, layout.header ? {} : amountIn(layout))
        const again = understood(bytes, readSentence(sentenceOf(first)))
        const text = (one: Understanding) => {
          const lines = mappingText(one, { name: 'x', series: ['x'] }).split('\n')
          const said = lines.filter((line) => !line.startsWith('# LOOK AT'))
          return said.map((line) => line.replace(/ # .*/, ''))
        }
        expect(text(again)).toEqual(text(first))
      }),
      { numRuns: 100 },
    )
  })

  /** Without names nothing tells cents from another number. */
  function amountIn(layout: Layout): Wishes {
    if (layout.decimals !== 'cents') return {}
    return { amount: labelIn(layout, 'IMPORTO'), decimals: 'cents' }
  }

  function labelIn({ header, columns }: Layout, name: string): string {
    return header ? name : String(columns.indexOf(name) + 1)
  }
})

describe('the parts of a row', () => {
  const rows = (...lines: string[]) => `${lines.join('\n')}\n`
  const head = 'ID;CF;IMPORTO;SCADENZA'

  it('has an end that is no record, known by its word and count', () => {
    const result = understood(
      rows(
        head,
        'A1;PRVPRV80A01H501K;1,00;31/10/2027',
        'A2;SMPCTD75B41F205R;2,00;31/10/2027',
        'TOTALE;2;3,00;',
      ),
    )
    expect(result.records).toBe(2)
    expect(keyOf(result, 'footer')).toEqual({ column: 1, equals: 'TOTALE', count: 2 })
  })

  it('becomes several records where groups of columns repeat', () => {
    const result = understood(
      rows(
        'NUM_DOC;CF;IMPORTO1;SCADENZA1;IMPORTO2;SCADENZA2',
        'D1;PRVPRV80A01H501K;1,00;31/10/2027;2,00;30/11/2027',
        'D2;SMPCTD75B41F205R;3,00;31/10/2027;0,00;',
      ),
    )
    expect(result.records).toBe(3)
    expect(keyOf(result, 'repeat')).toEqual({ over: ['1', '2'], when: 'importo' })
    expect(result.roles).toMatchObject({ key: ['num_doc', 'rata'], group: 'num_doc' })
    expect(fieldOf(result, 'importo')?.draft).toMatchObject({ empty: ['0,00'] })
  })

  it('has no group where every instalment has a number of its own, but that of the bill', () => {
    const bill = (head: string, number: string) =>
      understood(
        rows(
          `${head}CF;VCAMPOT;XRATAT;SCADET;VCAMPO1;XRATA1;SCADE1`,
          `${number}PRVPRV80A01H501K;7T;2,00;31/10/2027;71;2,00;30/11/2027`,
          `${number && '3;'}SMPCTD75B41F205R;8T;3,00;31/10/2027;81;3,00;30/11/2027`,
        ),
      ).roles
    expect(bill('', '')).toMatchObject({ key: ['vcampo', 'rata'], group: null })
    expect(bill('NUM_DOCUMENTO;', '2;')).toMatchObject({ group: 'num_documento' })
  })

  it('says nothing with -1 and 00/00/0000', () => {
    const result = understood(
      rows(head, 'A1;PRVPRV80A01H501K;1,00;00/00/0000', 'A2;SMPCTD75B41F205R;-1;31/10/2027'),
    )
    expect(fieldOf(result, 'importo')?.draft).toMatchObject({ empty: ['-1'], optional: true })
    expect(fieldOf(result, 'scadenza')?.draft).toMatchObject({ empty: ['00/00/0000'] })
  })

  it('has a due date by its name, though one in three is a day that does not exist', () => {
    const days = ['31/10/2026', '31/10/2026', '31/02/2026']
    const result = understood(
      rows(head, ...days.map((day, n) => `A${n};PRVPRV80A01H501K;${n + 1},50;${day}`)),
    )
    expect(result.roles.due).toBe('scadenza')
    expect(result.doubts).toEqual([])
  })

  it('says of a column that is named like a due date and holds none to look at it', () => {
    const result = understood(
      rows(head, 'A1;PRVPRV80A01H501K;1,00;a vista', 'A2;SMPCTD75B41F205R;2,00;fine mese'),
    )
    expect(result.roles.due).toBeNull()
    expect(result.doubts).toEqual(['SCADENZA: no due date, since its values are no dates'])
  })

  it('says that a spreadsheet has spoilt long numbers', () => {
    const text = 'ID;CF;AVVISO\nA1;PRVPRV80A01H501K;3,02E+17\nA2;SMPCTD75B41F205R;3,02E+17\n'
    expect(understood(text, { shape: 'notice' }).doubts).toEqual([
      'AVVISO: numbers such as 3,02E+17 have lost their digits in a spreadsheet',
    ])
  })

  it('says of bills without a number that their key is the person', () => {
    const text = 'COD;CF;IMPORTO\n1;PRVPRV80A01H501K;10,00\n1;SMPCTD75B41F205R;20,00\n'
    expect(understood(text, { shape: 'notice' }).doubts).toEqual([
      'CF: with this key a person has one notice for ever',
    ])
  })

  it('names a company where a person should be, which is then skipped', () => {
    const result = understood(
      rows(head, 'A1;PRVPRV80A01H501K;1,00;31/10/2027', 'A2;00000000018;2,00;31/10/2027'),
    )
    expect(fieldOf(result, 'cf')?.draft).toEqual({ type: 'fiscalCode', notPersons: 'skip' })
  })

  it.each([
    ['24,50', '1024,07', { decimals: 'comma' }],
    ['24.50', '1,024.07', { decimals: 'dot' }],
    ['24', '10,5', { decimals: 'comma', zeros: 'dropped' }],
    ['2450', '102407', { decimals: 'cents' }],
    ['2400', '102400', { decimals: 'comma', zeros: 'dropped' }],
    ['0000000000145000', '0000000000019990', { decimals: 'thousandths' }],
  ])('has amounts such as %s and %s, which are read as %o', (first, second, draft) => {
    const result = understood(
      rows(
        head,
        `A1;PRVPRV80A01H501K;${first};31/10/2027`,
        `A2;SMPCTD75B41F205R;${second};31/10/2027`,
      ),
    )
    expect(fieldOf(result, 'importo')?.draft).toMatchObject({ type: 'euro', ...draft })
  })
})

describe('what cannot be understood', () => {
  it.each([
    ['', 'the file is empty'],
    ['\n \n', 'nothing but blanks'],
    ['ID;CF;IMPORTO\n', 'a header on line 1 and no record'],
    [Buffer.from([0, 1, 2, 0, 255, 254, 3, 0, 7, 129, 141]), 'not text'],
    ['una riga sola', 'no columns'],
    ['<html><table><tr><td>CF</td></tr></table></html>', 'a web page'],
    ['A;B\nx;1\nx;1\n', 'no recipient'],
  ])('is said: %j', (bytes, message) => {
    expect(() => understood(bytes)).toThrow(message)
  })

  it('never shows a value when it says so, but its form', () => {
    const text = 'ID;CF;SCADENZA\nA1;PRVPRV80A01H501K;domani\nA2;SMPCTD75B41F205R;ieri\n'
    expect(() => understood(text, { due: 'CF' })).toThrow('«AAAAAA99A99A999A»')
  })

  it('is a column that is not there, with those that are', () => {
    expect(() => understood('ID;CF\nA1;PRVPRV80A01H501K\n', { key: ['IDD'] })).toThrow(
      'there is no column IDD: there are ID, CF',
    )
  })
})

describe('choices', () => {
  it('take `none` for a part that is not there', () => {
    expect(readChoices({ header: 'none', quote: 'none', due: 'none' }, [])).toEqual({
      header: null,
      quote: null,
      due: null,
    })
  })

  it('refuse a word that they do not know, and name the option', () => {
    expect(() => readChoices({ decimals: 'virgola' }, [])).toThrow('--decimals is comma, dot')
    expect(() => readChoices({ dates: 'gg/mm/aaaa' }, [])).toThrow('no date format gg/mm/aaaa')
    expect(() => readChoices({ delimiter: ';;' }, [])).toThrow('--delimiter is one character')
  })
})
