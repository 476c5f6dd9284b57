// Column groups: what one row of each format becomes, whatever its header has of the groups, and
// what is wrong with a mapping that repeats.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import { checkRecord } from '../../../src/mapping/record-check.ts'
import { recordReader } from '../../../src/mapping/record-reader.ts'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

const text = (column: unknown) => ({ column, type: 'text', optional: true })
const euro = (column: unknown) => ({ column, type: 'euro', decimals: 'comma', empty: ['0,00'] })

/** A code, and for each group its name, an amount and a date; the whole row says a total. */
const named = {
  repeat: { over: ['T', 1, 2, 3], when: 'amount' },
  fields: {
    code: text('CODE'),
    group: text('{n}'),
    amount: euro(['RATA{n}', 'XRATA{n}']),
    due: text('SCADE{n}'),
  },
}
const header = 'CODE;RATAT;SCADET;XRATA1;SCADE1;RATA2;SCADE2;RATA3;SCADE3'
const placed = {
  header: false,
  repeat: { over: [1, 2], when: 'amount' },
  fields: {
    code: text(1),
    group: text('{n}'),
    amount: euro({ first: 2, step: 2 }),
    due: text({ first: 3, step: 2 }),
  },
}
/** The groups of a header that is shorter than its rows, unequally far from one another. */
const scattered = {
  header: false,
  skipLines: 1,
  repeat: { over: ['T', 1], when: 'amount' },
  fields: { code: text(1), amount: euro({ each: [2, 5] }), due: text({ each: [4, 6] }) },
}
const fixed = {
  format: 'fixed',
  shortLines: 'pad',
  repeat: { over: ['01', '02', '03'], when: 'amount' },
  fields: {
    code: text({ start: 1, length: 2 }),
    group: text('{n}'),
    amount: {
      column: { start: 3, length: 4, step: 6 },
      ...{ type: 'euro', decimals: 'cents', empty: ['0000'] },
    },
    due: text({ start: 7, length: 2, step: 6 }),
  },
}
const json = {
  format: 'ndjson',
  repeat: { over: [0, 1, 2], when: 'amount' },
  fields: { code: text('code'), amount: euro('rate.{n}.importo'), due: text('rate.{n}.scadenza') },
}
const xml = {
  ...{ format: 'xml', rows: 'l/r', repeat: { over: [1, 2, 3], when: 'amount' } },
  fields: { code: text('@c'), group: text('{n}'), amount: euro('rata[{n}]/imp') },
}
const keeping = { ...named, repeat: { ...named.repeat, none: 'keep' } }
const summing = (onDifference: string, over?: unknown[]) => ({
  repeat: {
    ...named.repeat,
    total: { field: 'total', of: 'amount', onDifference, ...(over && { over }) },
  },
  fields: { ...named.fields, total: euro('RATAT') },
})

interface Case {
  name: string
  bytes: string
  spec: object
  records?: string[]
  error?: string
}

const cases: Case[] = [
  {
    name: 'groups at positions that are not equally far',
    bytes: 'CODE;RATAT;RATA1\nA;30,00;x;t;10,00;a\nB;20,00;x;t;;\n',
    spec: scattered,
    records: ['2: A|30,00|t', '2: A|10,00|a', '3: B|20,00|t'],
  },
  {
    name: 'groups of named columns, one of them empty',
    bytes: `${header}\nA;30,00;t;10,00;a;;b;20,00;c\n`,
    spec: named,
    records: ['2: A|T|30,00|t', '2: A|1|10,00|a', '2: A|3|20,00|c'],
  },
  {
    name: 'a group whose amount says nothing',
    bytes: `${header}\nA;30,00;t;0,00;a;  ;b;;\n`,
    spec: named,
    records: ['2: A|T|30,00|t'],
  },
  {
    name: 'a header that lacks whole groups',
    bytes: 'CODE;RATA1;SCADE1\nA;10,00;a\n',
    spec: named,
    records: ['2: A|1|10,00|a'],
  },
  {
    name: 'a header that lacks a part of a group',
    bytes: 'CODE;RATA1;SCADE1;RATA2\nA;10,00;a;20,00\n',
    spec: named,
    error: 'DROP_CSV_HEADER 1',
  },
  {
    name: 'a header without any group',
    bytes: 'CODE;X\nA;1\n',
    spec: named,
    error: 'DROP_CSV_HEADER 1',
  },
  {
    name: 'a header with a group that is not listed',
    bytes: 'CODE;RATA1;SCADE1;RATA4;SCADE4\nA;1,00;a;4,00;d\n',
    spec: named,
    error: 'DROP_CSV_HEADER 1',
  },
  {
    name: 'a header whose other columns only look like groups',
    bytes: 'CODE;RATA1;SCADE1;RATA2026;RATAX;RATA\nA;1,00;a;;;\n',
    spec: named,
    records: ['2: A|1|1,00|a'],
  },
  {
    name: 'a row without any group',
    bytes: `${header}\nA;;;;;;;;\nB;1,00;;;;;;;\n`,
    spec: named,
    records: ['2: REC_GROUPS_EMPTY', '3: B|T|1,00|'],
  },
  {
    name: 'a row without any group, kept',
    bytes: `${header}\nA;;x;;;;;;\n`,
    spec: keeping,
    records: ['2: A|||'],
  },
  {
    name: 'a row that is too short, which is one refused record',
    bytes: `${header}\nA;1,00\nB;1,00;;2,00;;;;;\n`,
    spec: named,
    records: ['2: REC_COLUMNS', '3: B|T|1,00|', '3: B|1|2,00|'],
  },
  {
    name: 'a row that ends after its last group, where rows may',
    bytes: `${header}\nA;1,00;t;2,00;a\n`,
    spec: { ...named, shortRows: 'pad' },
    records: ['2: A|T|1,00|t', '2: A|1|2,00|a'],
  },
  {
    name: 'groups by position',
    bytes: 'A;1,00;a;2,00;b\nB;;;3,00;c\n',
    spec: placed,
    records: ['1: A|1|1,00|a', '1: A|2|2,00|b', '2: B|2|3,00|c'],
  },
  {
    name: 'groups by position, fewer than there may be',
    bytes: 'A;1,00;a\n',
    spec: placed,
    records: ['1: A|1|1,00|a'],
  },
  {
    name: 'groups below a header that does not name all columns',
    bytes: 'CODE;RATA1;RATA2\nA;1,00;a;2,00;b\n',
    spec: { ...placed, skipLines: 1 },
    records: ['2: A|1|1,00|a', '2: A|2|2,00|b'],
  },
  {
    name: 'groups of characters',
    bytes: 'AA100001000002300003\nBB100001\nCC10\n',
    spec: fixed,
    records: ['1: AA|01|1000|01', '1: AA|03|3000|03', '2: BB|01|1000|01', '3: REC_LINE_LENGTH'],
  },
  {
    name: 'groups of a list in JSON',
    bytes:
      '{"code":"A","rate":[{"importo":10.50,"scadenza":"a"},{"importo":"2,00"}]}\n{"rate":[]}\n',
    spec: json,
    records: ['1: A|10.50|a', '1: A|2,00|', '2: REC_GROUPS_EMPTY'],
  },
  {
    name: 'groups of an XML element',
    bytes: '<l>\n<r c="A"><rata><imp>1,00</imp></rata><rata><imp>2,00</imp></rata></r></l>',
    spec: xml,
    records: ['2: A|1|1,00', '2: A|2|2,00'],
  },
  {
    name: 'a footer, which counts its rows and sums what stands once in them',
    bytes:
      'CODE;TOT;RATA1;SCADE1;RATA2;SCADE2\nA;3,00;1,00;;2,00;\nB;5,00;5,00;;;\nFINE;2;8,00;;;\n',
    spec: {
      ...named,
      fields: { ...named.fields, total: euro('TOT') },
      footer: { column: 1, equals: 'FINE', count: 2, total: 3, of: 'total' },
    },
    records: ['2: A|1|1,00||3,00', '2: A|2|2,00||3,00', '3: B|1|5,00||5,00'],
  },
  {
    name: 'a total that the groups come to',
    bytes: `${header}\nA;30,00;t;10,00;;20,00;;;\n`,
    spec: summing('refuse', [1, 2, 3]),
    records: ['2: A|T|30,00|t|30,00', '2: A|1|10,00||30,00', '2: A|2|20,00||30,00'],
  },
  {
    name: 'another total, which refuses the row once',
    bytes: `${header}\nA;30,00;t;10,00;;20,01;;;\n`,
    spec: summing('refuse', [1, 2, 3]),
    records: ['2: REC_GROUPS_TOTAL'],
  },
  {
    name: 'a total beside an amount that cannot be read, which its own field refuses',
    bytes: `${header}\nA;30,00;t;10,00;;venti;;;\n`,
    spec: summing('refuse', [1, 2, 3]),
    records: ['2: A|T|30,00|t|30,00', '2: A|1|10,00||30,00', '2: A|2|venti||30,00'],
  },
]
describe('a file whose rows hold several records, with', () => {
  it.each(cases)('$name, is read as it should', ({ bytes, spec, records = [], error = null }) => {
    for (const chunkBytes of [65_536, 1, 3]) {
      expect(summaryOf(recordSpec(spec), bytes, chunkBytes)).toEqual({ records, error })
    }
  })
})

describe('the records of a row', () => {
  it('are numbered one by one, and a refused row counts once', () => {
    const rows = 'A;1,00;;2,00;;;;;\nB;1\nC;;;;;;;3,00;\n'
    const { records } = readPart(recordSpec(named), `${header}\n${rows}`)
    expect(records.map(({ record, line }) => [record, line])).toEqual([
      [1, 2],
      [2, 2],
      [3, 3],
      [4, 4],
    ])
  })

  it('carry the difference of their total once, as a warning', () => {
    const spec = recordSpec(summing('warn'))
    const { records } = readPart(spec, `${header}\nA;30,00;t;10,00;;;;;\n`)
    const read = recordReader(spec.fields)
    const warnings = records.map((raw) => read(raw).findings.doubts.map((doubt) => doubt.refusal))
    expect(warnings).toEqual([
      [
        expect.objectContaining({
          code: 'REC_GROUPS_TOTAL',
          detail: 'Le rate della riga fanno 40,00 €, il totale è 30,00 €.',
        }),
      ],
      [],
    ])
  })

  it('are as many as its groups that hold something, whatever these are', () => {
    const cell = fc.constantFrom('', '1,00', '12,34')
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell, cell)), (rows) => {
        const lines = rows.map((row) => `A;${row.map((amount) => `${amount};x`).join(';')}`)
        const { records } = readPart(recordSpec(named), [header, ...lines].join('\n'))
        const expected = rows.map((row) => Math.max(1, row.filter(Boolean).length))
        const counts = rows.map((_, at) => records.filter(({ line }) => line === at + 2).length)
        expect(counts).toEqual(expected)
      }),
    )
  })
})

describe('a mapping that repeats', () => {
  const faultsOf = (changes: object) => {
    const faults = createFaults()
    checkRecord(recordSpec(changes), faults)
    return faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
  }
  const repeat = named.repeat

  it.each([named, placed, scattered, fixed, json, xml, summing('warn', [1, 2])])(
    'is good as it stands',
    (spec) => {
      expect(faultsOf(spec)).toEqual([])
    },
  )

  it.each([
    [{ ...named, repeat: undefined }, 'is of a group, but nothing repeats'],
    [{ repeat }, 'record.repeat: no field stands in the groups'],
    [{ ...named, repeat: { ...repeat, when: 'code' } }, 'code is no field of the groups'],
    [{ ...named, repeat: { ...repeat, when: 'group' } }, 'group is no field of the groups'],
    [{ ...named, repeat: { ...repeat, over: [1, '1'] } }, 'repeat.over: 1 stands twice'],
    [keeping, 'repeat.none: a row without amount would be refused all the same'],
    [summing('warn', [1, 9]), '9 is none of the groups'],
    [{ ...summing('warn'), fields: named.fields }, 'total is no euro field of the whole row'],
    [
      { ...scattered, repeat: { over: ['T', 1, 2], when: 'amount' } },
      'amount.column: 2 positions for the 3 groups of `over`',
    ],
    [{ ...fixed, lineLength: 19 }, 'due ends after the line'],
    [
      { ...named, footer: { column: 1, equals: 'TOT', total: 2, of: 'amount' } },
      'footer.of: amount is a field of the groups',
    ],
    [{ ...json, fields: { ...json.fields, due: text({ first: 1, step: 2 }) } }, 'is not a path'],
  ])('says what is wrong with it: %#', (spec, expected) => {
    expect(faultsOf(spec).join('\n')).toContain(expected)
  })
})
