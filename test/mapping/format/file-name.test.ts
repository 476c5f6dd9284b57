// What the name of a file says, as fields of its records: in every format, by the names of all that
// the file is wrapped in, and what is wrong with a mapping that asks for it.
import { describe, expect, it } from 'vitest'
import { DropError } from '../../../src/mapping/drop-error.ts'
import { createFaults } from '../../../src/mapping/fault.ts'
import { createRecordReader } from '../../../src/mapping/format/reader.ts'
import { checkRecord } from '../../../src/mapping/record-check.ts'
import { recordSpec } from '../reading.ts'

const text = (column: unknown, more = {}) => ({ column, type: 'text', ...more })
const ente = text('@file.ente')
const data = { column: '@file.data', type: 'date', formats: ['yyyy-MM-dd'] }
const fileName = 'bollette-{ente}-{data:yyyyMMdd}.zip'
const named = { fileName, fields: { ente, a: text('A'), data, b: text('B') } }

function cellsOf(changes: object, names: string[] | undefined, bytes = 'A;B\n1;2\n'): string[][] {
  const files = names && { names, others: [] }
  const reader = createRecordReader(recordSpec(changes), files)
  const records = [...reader.write(Buffer.from(bytes)), ...reader.end()]
  return records.map(({ cells }) => cells)
}

function refusalOf(run: () => unknown): DropError {
  try {
    run()
  } catch (error) {
    if (error instanceof DropError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the name of a file', () => {
  it('gives each record what it says, in the order of the fields', () => {
    const names = ['bollette-E01-20270301.zip']
    expect(cellsOf(named, names, 'A;B\n1;2\n3;4\n')).toEqual([
      ['E01', '1', '2027-03-01', '2'],
      ['E01', '3', '2027-03-01', '4'],
    ])
  })

  it.each([
    ['outermost', ['bollette-E01-20270301.zip', 'dati.csv']],
    ['in the middle', ['mail-1.eml', 'bollette-E01-20270301.zip', 'dati.csv']],
    ['in a folder of a ZIP', ['x.zip', 'marzo/bollette-E01-20270301.zip']],
    ['in a folder of Windows', ['C:\\out\\bollette-E01-20270301.zip']],
    ['before another that fits', ['bollette-E01-20270301.zip', 'bollette-E02-20280301.zip']],
  ])('is found %s', (_, names) => {
    expect(cellsOf(named, names)).toEqual([['E01', '1', '2027-03-01', '2']])
  })

  it('may have several forms, and what the one that fits does not say is empty', () => {
    const changes = { ...named, fileName: [fileName, 'b-{ente}.csv'] }
    expect(cellsOf(changes, ['b-E02.csv'])).toEqual([['E02', '1', '', '2']])
  })

  it.each<[string, object, string, string[]]>([
    [
      'json',
      { format: 'json', rows: 'r', fields: { ente, a: text('a') } },
      '{"r":[{"a":"1"}]}',
      ['E01', '1'],
    ],
    [
      'xml',
      { format: 'xml', rows: '/r/x', fields: { a: text('@a'), ente } },
      '<r><x a="1"/></r>',
      ['1', 'E01'],
    ],
    ['ndjson', { format: 'ndjson', fields: { ente, a: text('a') } }, '{"a":"1"}', ['E01', '1']],
    [
      'fixed',
      { format: 'fixed', fields: { ente, a: text({ start: 1, length: 1 }) } },
      '1',
      ['E01', '1'],
    ],
  ])('is read with %s', (_, changes, bytes, cells) => {
    const names = ['bollette-E01-20270301.zip']
    expect(cellsOf({ ...changes, fileName }, names, bytes)).toEqual([cells])
  })

  it('is the same for all records of a row, whose bad cells stay with their fields', () => {
    const repeat = { over: [1, 2], when: 'b' }
    const fields = { ente, a: text('A'), b: text('B{n}') }
    const spec = recordSpec({ fileName, repeat, fields, files: { field: 'a' } })
    const files = { names: ['bollette-E01-20270301.zip'], others: [] }
    const reader = createRecordReader(spec, files)
    const bytes = Buffer.from('A;B1;B2\nx.pdf;1;2\n')
    const records = [...reader.write(bytes), ...reader.end()]
    expect(records.map(({ cells }) => cells)).toEqual([
      ['E01', 'x.pdf', '1'],
      ['E01', 'x.pdf', '2'],
    ])
    expect(records.map(({ badCells }) => [...(badCells?.keys() ?? [])])).toEqual([[1], [1]])
  })

  it('leaves a row that cannot be told apart as it is', () => {
    const reader = createRecordReader(recordSpec(named), {
      names: ['bollette-E01-20270301.zip'],
      others: [],
    })
    const [record] = [...reader.write(Buffer.from('A;B\n1\n')), ...reader.end()]
    expect(record).toMatchObject({ cells: [], problem: { field: null } })
  })

  it('says nothing where there is none, as of a text that was typed', () => {
    expect(cellsOf(named, undefined)).toEqual([['', '1', '', '2']])
  })

  it.each([
    [['bollette.zip'], '«bollette.zip»'],
    [['bollette-E01-20270230.zip', 'x.csv'], '«bollette-E01-20270230.zip» con dentro «x.csv»'],
  ])('is refused when no pattern fits: %j', (names, shown) => {
    const { code, detail } = refusalOf(() => cellsOf(named, names))
    expect(code).toBe('DROP_FILE_NAME')
    expect(detail).toBe(`Il file si chiama ${shown}, e il modello vuole «${fileName}».`)
  })
})

describe('a mapping that reads the name of its file', () => {
  const faultsOf = (changes: object) => {
    const faults = createFaults()
    checkRecord(recordSpec(changes), faults)
    return faults.list.map(({ path, message, hint }) => `${path.join('.')}: ${message} — ${hint}`)
  }
  const one = (field: object, more = {}) => ({ fileName, fields: { ente: field }, ...more })

  it('has no fault when its pattern names what it asks for', () => {
    expect(faultsOf(named)).toEqual([])
  })

  it.each<[object, RegExp]>([
    [{ fields: { ente } }, /^record\.fields\.ente\.column: .*does not name ente — .*fileName: /],
    [one(text('@file.enti')), /does not name enti — did you mean `@file\.ente`\?$/],
    [one(text(['@file.ente', 'A'])), /stands among other columns/],
    [one({ ...ente, split: { by: '-', take: 1 } }), /^record\.fields\.ente\.split: /],
    [one({ ...ente, absent: 'empty', optional: true }), /^record\.fields\.ente\.absent: /],
    [one(ente, { files: { field: 'ente' } }), /ente is the same for all rows/],
  ])('has the fault of %j', (changes, fault) => {
    expect(faultsOf(changes)).toContainEqual(expect.stringMatching(fault))
  })

  it.each(['a/{ente}.csv', '{Ente}.csv', '{ente}{ente}', '{data:MM}', ''])(
    'has no pattern such as «%s»',
    (pattern) => {
      expect(() => recordSpec({ ...named, fileName: pattern })).toThrow()
    },
  )
})
