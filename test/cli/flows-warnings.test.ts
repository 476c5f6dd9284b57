// What `flows show` says of records that go though something in them is odd.
import { expect, it } from 'vitest'
import { child, openInstallation } from '../installation.ts'
import { run } from './run-command.ts'

const MAPPING = 'comune-di-esempio/mappings/mensa.yaml'
/** A code whose check character is wrong. */
const ODD = 'SMPCTD75B41F205X'

it('flows show counts the records that go with a warning, and says which and why', async () => {
  const lenient = { 'record.fields.codice_fiscale.wrongCheck': 'warn' }
  await using here = await openInstallation({ configuration: { [MAPPING]: lenient } })
  const flow = await here.drop([child(0), child(1, { fiscalCode: ODD }), child(2)])
  const config = ['--config', here.playground.configDirectory]
  const { out } = await run(['flows', 'show', String(flow), ...config])
  expect(out).toContain('Read with a warning, and going all the same: 1\n')
  expect(out).toMatch(/line 3 {2}MENSA-1\|2026-03 {2}REC_FISCAL_CODE_CHECK codice_fiscale\n {4}\S/)
  const { out: json } = await run(['flows', 'show', String(flow), '--json', ...config])
  const [first] = JSON.parse(json).warnings.first
  expect([JSON.parse(json).warnings.records, first.line]).toEqual([1, 3])
})

it('flows show says nothing of warnings where there are none', async () => {
  await using here = await openInstallation()
  const flow = await here.drop([child(0)])
  const { out } = await run([
    'flows',
    'show',
    String(flow),
    '--config',
    here.playground.configDirectory,
  ])
  expect(out).not.toContain('warning')
})
