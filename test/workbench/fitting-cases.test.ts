// The catalogue's cases of a record, kept for own columns: dates and amounts in the form of the
// file, and only those that pass by the mapping that was made.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { readService } from '../../src/config/catalogue.ts'
import { mergePatch } from '../../src/config/merge-patch.ts'
import { CasesSpec } from '../../src/mapping/case-spec.ts'
import { type CompiledNotice, compileMapping } from '../../src/mapping/mapping.ts'
import { NoticeMapping } from '../../src/mapping/spec.ts'
import { keepCases } from '../../src/workbench/fitting-cases.ts'

const NAME = 'tari-avviso'

/** The cases of `tari-avviso` that hold with these fields in place of its own. */
async function kept(fields: object) {
  const service = await readService('tari')
  const file = service.mappings.find(({ id }) => id === NAME)!.file
  const below = NoticeMapping.parse(file.data)
  const spec = NoticeMapping.parse(mergePatch(file.data, { record: { fields } }))
  const own = compileMapping(NAME, spec, { references: {} }).mapping as CompiledNotice
  const text = await readFile(join(service.folder, 'mappings', `${NAME}.cases.yaml`), 'utf8')
  const cases = service.cases.find(({ id }) => id === NAME)!.spec!.cases
  const found = await keepCases(text, cases, below, own, 'ente')
  const read = found.text === '' ? [] : CasesSpec.parse(parse(`cases:\n${found.text}`)).cases
  return { ...found, read, ofRecords: cases.filter(({ file: sample }) => sample === undefined) }
}

const amounts = (cases: readonly { record?: Record<string, string> | undefined }[]) =>
  cases.flatMap(({ record }) => record?.['importo'] ?? [])

it('cases of samples are left behind, those of records are kept as they are', async () => {
  const { read, ofRecords, left } = await kept({})
  expect(read).toEqual(ofRecords)
  expect(left).toBe(0)
})

it.each([
  [{ decimals: 'dot' }, 'yyyyMMdd', '82.00', '20270916'],
  [{ decimals: 'cents' }, 'd.M.yyyy', '8200', '16.9.2027'],
  [{ decimals: 'thousandths' }, 'yyyy-MM-ddTHH:mm:ssXXX', '82000', '2027-09-16T00:00:00Z'],
])('amounts and dates are written as the file has them: %j', async (form, date, amount, day) => {
  const { read, text } = await kept({ importo: form, scadenza: { formats: [date] } })
  expect(amounts(read)).toContain(amount)
  expect(text).toContain(`scadenza: "${day}"`)
})

it('a case that does not hold for the own columns is left out and counted', async () => {
  const found = await kept({ codice_fiscale: { notPersons: 'refuse' } })
  expect(found.left).toBe(1)
  expect(found.kept).toBe(found.ofRecords.length - 1)
  expect(found.read).toHaveLength(found.kept)
})
