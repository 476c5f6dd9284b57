// Records that go though something in them is odd: the warning is kept with them, sealed, and told
// to the office and to the source.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canteenFile, canteenRow, feedWith, type GivenPipeline, givenPipeline } from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

/** A code whose check character is wrong. */
const ODD = 'SMPCTD75B41F205X'
const file = canteenFile([canteenRow(1), canteenRow(2, { fiscalCode: ODD }), canteenRow(3)])
const warned = { code: 'REC_FISCAL_CODE_CHECK', field: 'codice_fiscale' }

let institutions = 0
function canteen(changes: object = {}) {
  const spec = feedWith('mensa', {}).mapping.spec
  const fields = { ...spec.record.fields, codice_fiscale: lenient(spec.record.fields) }
  const record = { ...spec.record, fields }
  const institution = `comune-strano-${++institutions}`
  return feedWith('mensa', { record, ...changes }, { institution })
}

function lenient(fields: object) {
  return { ...(fields as { codice_fiscale: object }).codice_fiscale, wrongCheck: 'warn' }
}

const warningsOf = (flowId: number | null) => given.store.flows.warnings(flowId as number, 20)

test('a record that goes with a warning keeps it, and its flow counts them', async () => {
  const taken = await given.take(canteen(), 'a', file)
  expect(await given.accountOf(taken, 3)).toEqual({ read: 3, waiting: 3 })
  expect(await warningsOf(taken.flowId)).toMatchObject({
    records: 1,
    first: [{ line: 3, key: 'MENSA-2|2026-03', warnings: [warned] }],
  })
})

test('the first ones are shown, and all are counted', async () => {
  const rows = [1, 2, 3, 4].map((n) => canteenRow(n, { fiscalCode: ODD }))
  const { flowId } = await given.take(canteen(), 'a', canteenFile(rows))
  const { records, first } = await given.store.flows.warnings(flowId as number, 2)
  expect([records, first.map(({ line }) => line)]).toEqual([4, [2, 3]])
})

test('what it says stands nowhere in clear', async () => {
  const { flowId } = await given.take(canteen(), 'a', file)
  const { rows } = await given.pool.query('select * from source_records where flow_id = $1', [
    flowId,
  ])
  expect(rows).toHaveLength(3)
  expect(JSON.stringify(rows.map((row) => ({ ...row, sealed: String(row.sealed) })))).not.toContain(
    ODD,
  )
})

test('the report says it beside what became of the message', async () => {
  const { flowId } = await given.take(canteen(), 'a', file)
  const told = await Array.fromAsync(given.store.receipts.ofFlow(flowId as number))
  expect(told.map(({ receipt }) => [receipt.fate, receipt.code])).toEqual(
    Array(3).fill(['waiting', '']),
  )
  const details = told.map(({ receipt }) => receipt.detail)
  expect(details).toEqual(['', expect.stringMatching(/^attenzione REC_FISCAL_CODE_CHECK: /), ''])
})

test('a record without a first message keeps its warning too, and its own reason', async () => {
  const { flowId } = await given.take(canteen({ firstWhen: 'pasti > 100' }), 'a', file)
  expect(await warningsOf(flowId)).toMatchObject({ records: 1 })
  const told = await Array.fromAsync(given.store.receipts.ofFlow(flowId as number))
  expect(told[1]?.receipt.detail).toMatch(/^senza primo avviso.*; attenzione REC_FISCAL_CODE_CHECK/)
})

test('a record that comes again as it was is a duplicate, and warns no more', async () => {
  const feed = canteen()
  await given.take(feed, 'a', file)
  const again = await given.take(feed, 'b', file)
  expect(await warningsOf(again.flowId)).toEqual({ records: 0, first: [] })
})
