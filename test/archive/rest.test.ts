// The rest of every sample of the example municipality: what is left out is gone, what stays stands
// as it stood, and mapping reads of it exactly the records that were wanted.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openRecords } from '../../src/archive/open-records.ts'
import { restOf } from '../../src/archive/rest.ts'
import { createRecordReader } from '../../src/mapping/format/reader.ts'
import { RecordSpec } from '../../src/mapping/format/record-spec.ts'
import { bytesOf, partOf } from './given.ts'

const folder = join(import.meta.dirname, '../../config/comune-di-esempio')

/** Mappings whose sample can have a rest, with a file of theirs. */
const samples: [string, string][] = [
  ['avvisi', 'avvisi.csv'],
  ['bollette', 'bollette-2026-03.zip'],
  ['dovuti', 'dovuti-mypay.csv'],
  ['dovuti', 'dovuti-unitaria.csv'],
  ['fatture', 'fatture-lotto.xml'],
  ['fatture', 'fattura.xml.p7m'],
  ['lampade-votive', 'lampade-votive.csv'],
  ['mav', 'mav.txt'],
  ['mensa', 'mensa-2026-03.csv'],
  ['posizioni', 'posizioni.txt'],
  ['posizioni-gpd', 'posizioni-gpd.json'],
  ['postalizzazione', 'postalizzazione.zip'],
  ['ruolo-290', 'ruolo-290.txt'],
  ['scadenze', 'scadenze.xlsx'],
  ['tari', 'tari-2026.csv'],
  ['verbali', 'verbali.ndjson'],
]

function sampleOf(mapping: string, file: string) {
  const { record } = parse(readFileSync(join(folder, `mappings/${mapping}.yaml`), 'utf8'))
  const bytes = readFileSync(join(folder, 'samples', file))
  return { spec: RecordSpec.parse(record), part: partOf(file, bytes), bytes }
}

/** The cells of each record, and which of them stand in one row. */
async function recordsOf(parts: Parameters<typeof openRecords>[0], spec: RecordSpec) {
  const { bytes } = await openRecords(parts, spec)
  const reader = createRecordReader(spec)
  const records = []
  for await (const chunk of bytes) records.push(...reader.write(chunk))
  for (let last = reader.end(); last.length > 0; last = reader.end()) records.push(...last)
  return records
}

async function restBytes(
  part: ReturnType<typeof partOf>,
  spec: RecordSpec,
  isWanted: (record: number) => boolean,
) {
  const rest = await restOf([part], spec, isWanted)
  const [only, ...others] = rest.parts
  expect(others).toEqual([])
  return { ...rest, name: only!.name, bytes: await bytesOf(only!.bytes) }
}

describe.each(samples)('of %s (%s)', (mapping, file) => {
  const { spec, part, bytes } = sampleOf(mapping, file)

  it('the rest of all is the file itself', async () => {
    const rest = await restBytes(part, spec, () => true)
    expect(rest.bytes.equals(bytes)).toBe(true)
    expect(rest.wanted).toBe(rest.records)
  })

  it('the rest of nothing has no record, and can be read', async () => {
    const rest = await restBytes(part, spec, () => false)
    expect(rest.wanted).toBe(0)
    expect(await recordsOf([partOf(rest.name, rest.bytes)], spec)).toEqual([])
  })

  it('the rest of any records has them, those of their rows, and no other', async () => {
    const all = await recordsOf([part], spec)
    const lines = Map.groupBy(all, ({ line }) => line)
    const isOneRowALine = spec.format !== 'json' && spec.format !== 'xml'
    const some = fc.array(fc.boolean(), { minLength: all.length, maxLength: all.length })
    await fc.assert(
      fc.asyncProperty(some, async (wanted) => {
        const isWanted = (record: number) => wanted[record - 1]!
        const rest = await restBytes(part, spec, isWanted)
        const again = await restBytes(part, spec, isWanted)
        expect(again.bytes.equals(rest.bytes)).toBe(true)
        const stays = (line: number) => lines.get(line)!.some(({ record }) => isWanted(record))
        const expected = all.filter(({ line, record }) =>
          isOneRowALine ? stays(line) : isWanted(record),
        )
        const found = await recordsOf([partOf(rest.name, rest.bytes)], spec)
        expect(found.map(({ cells }) => cells)).toEqual(expected.map(({ cells }) => cells))
      }),
      { numRuns: 20 },
    )
  })
})
