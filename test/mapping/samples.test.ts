// Whole files as legacy systems write them, with invented people: each is read by the record
// beside it and becomes exactly what stands in its `.expected.json`.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createFaults } from '../../src/mapping/fault.ts'
import { RecordSpec } from '../../src/mapping/format/record-spec.ts'
import { checkRecord } from '../../src/mapping/record-check.ts'
import { recordReader } from '../../src/mapping/record-reader.ts'
import { readPart } from './reading.ts'

const folder = join(import.meta.dirname, 'samples')
const names = globSync('*.yaml', { cwd: folder })
  .map((file) => file.replace('.yaml', ''))
  .sort()

describe('the sample', () => {
  it.each(names)('%s is read to what is expected, in chunks of any size', (name) => {
    const spec = RecordSpec.parse(parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')))
    const faults = createFaults()
    checkRecord(spec, faults)
    expect(faults.list).toEqual([])
    const [file = ''] = globSync(`${name}.{csv,txt,ndjson}`, { cwd: folder })
    const bytes = readFileSync(join(folder, file))
    const expected = JSON.parse(readFileSync(join(folder, `${name}.expected.json`), 'utf8'))
    for (const chunkBytes of [1, 7, 65_536]) {
      const { records, error } = readPart(spec, bytes, chunkBytes)
      expect(error).toBeNull()
      const read = recordReader(spec.fields)
      const found = records.map((raw) => {
        const { values, findings } = read(raw)
        const refusals = findings.refusals.map(({ code, field }) => `${code} ${field}`)
        return { line: raw.line, ...(refusals.length > 0 ? { refusals } : { values }) }
      })
      expect(found).toEqual(expected)
    }
  })
})
