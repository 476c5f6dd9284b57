// Versions of mappings that were kept: what an earlier Staffetta wrote is still read.
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { compileKept, mappingVersion } from '../../src/config/mapping-version.ts'
import { openRegistry } from '../../src/config/registry.ts'
import type { CompiledNotice } from '../../src/mapping/mapping.ts'

const directory = new URL('../../config', import.meta.url).pathname

async function keptBills() {
  const { config } = await loadConfig(directory, await openRegistry())
  const mappings = config?.institutions[0]?.mappings ?? []
  const bills = mappings.find(({ name }) => name === 'bollette')
  if (bills === undefined) throw new Error('the example has no mapping bollette')
  const kept = mappingVersion(bills, config!.institutions[0]!).spec
  return { compiled: bills.compiled as CompiledNotice, kept: JSON.parse(JSON.stringify(kept)) }
}

/** The keys of fields in the first version of the schema. */
const FIRST_KEYS = [
  ...['column', 'type', 'optional', 'empty', 'trim', 'personal', 'true', 'false'],
  ...['decimals', 'formats', 'wrongCheck'],
]

/** As it was kept before later keys existed. */
function withoutLaterKeys(fields: Record<string, Record<string, unknown>>): void {
  for (const field of Object.values(fields)) {
    for (const key of Object.keys(field)) if (!FIRST_KEYS.includes(key)) delete field[key]
  }
}

test('a version that was kept without later keys is read with their defaults', async () => {
  const { compiled, kept } = await keptBills()
  expect(Object.keys(kept.references)).toEqual(['contatti'])
  withoutLaterKeys(kept.references.contatti.record.fields)
  withoutLaterKeys(kept.mapping.record.fields)
  const again = compileKept('bollette', kept) as CompiledNotice
  expect(again.spec.record.fields).toEqual(compiled.spec.record.fields)
  const cells = Object.keys(compiled.spec.record.fields).map(() => '')
  const raw = { line: 2, record: 1, cells, problem: null }
  const read = (mapping: CompiledNotice) =>
    mapping.finish(mapping.read(raw), {}, { testers: new Set() })
  expect(read(again)).toEqual(read(compiled))
})

test('a version that is none is said to be none', async () => {
  const { kept } = await keptBills()
  expect(
    compileKept('bollette', { ...kept, references: { contatti: { shape: 'notice' } } }),
  ).toBeNull()
  expect(compileKept('bollette', {})).toBeNull()
})
