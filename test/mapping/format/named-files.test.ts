// Records that name a file: told from those whose file came along, without touching what they hold.
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import type { RawRecord } from '../../../src/mapping/format/raw-record.ts'
import { createRecordReader } from '../../../src/mapping/format/reader.ts'
import { checkRecord } from '../../../src/mapping/record-check.ts'
import { recordSpec } from '../reading.ts'

function read(rows: string[], files: string[] | undefined, onMissing = 'refuse'): RawRecord[] {
  const spec = recordSpec({ files: { field: 'b', onMissing } })
  const reader = createRecordReader(spec, files && { names: [], others: files })
  const text = ['A;B', ...rows, ''].join('\n')
  return [...reader.write(Buffer.from(text)), ...reader.end()]
}

const refusalOf = (record: RawRecord | undefined) => record?.badCells?.get(1)

describe('a record that names a file', () => {
  const there = ['allegati/1.PDF', 'rubrica.csv']

  it.each(['1.pdf', '1.PDF', 'allegati/1.pdf', 'C:\\atti\\1.pdf', ' 1.pdf '])(
    'is as it was when the file came along: %s',
    (name) => {
      expect(read([`x;${name}`], there)).toEqual(read([`x;${name}`], undefined))
    },
  )
  it.each(['2.pdf', '1.pdf.p7m', 'pdf'])('has a bad cell when it did not: %s', (name) => {
    const [record] = read([`x;${name}`], there)
    expect(refusalOf(record)).toMatchObject({ code: 'REC_FILE_MISSING', field: 'b' })
    expect(record).toMatchObject({ cells: ['x', name], problem: null })
  })
  it('has a warning instead where the mapping says so', () => {
    const [record] = read(['x;2.pdf'], there, 'warn')
    expect(record?.warning).toMatchObject({ code: 'REC_FILE_MISSING' })
    expect(record?.badCells).toBeUndefined()
  })
  it('is as it was when it names none, or cannot be read', () => {
    expect(read(['x;', 'x'], there)).toEqual(read(['x;', 'x'], undefined))
  })
  it('names it in a text field, or the mapping has a fault', () => {
    const faultsOf = (field: string) => {
      const faults = createFaults()
      const amount = { column: 'C', type: 'euro', decimals: 'comma' }
      const a = { column: 'A', type: 'text' }
      checkRecord(recordSpec({ files: { field }, fields: { a, c: amount } }), faults)
      return faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
    }
    expect(faultsOf('a')).toEqual([])
    expect(faultsOf('c')).toEqual(['record.files.field: c is no text field'])
    expect(faultsOf('x')).toEqual(['record.files.field: x is no text field'])
  })
  it('is not checked where nobody knows the files', () => {
    expect(refusalOf(read(['x;2.pdf'], undefined)[0])).toBeUndefined()
  })
})
