import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { editYaml } from '../scripts/playground.ts'
import {
  approveAsSeen,
  child,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from './installation.ts'

// A drop mapped again: the mapping was wrong, or has become right again.

let here: Installation

beforeAll(async () => {
  here = await openInstallation({
    configuration: { [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.approval': 'one' } },
  })
  here.answer(({ method, path, body }) => {
    if (method === 'POST' && path.startsWith('/messages')) submitted.push(JSON.parse(body))
    return null
  })
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

/** The mapping is edited and the programs are started again. */
async function mapping(values: Record<string, unknown>): Promise<void> {
  const { configDirectory } = here.playground
  await editYaml(join(configDirectory, INSTITUTION, 'mappings/mensa.yaml'), values)
  await here.reopen()
}
const amounts = (decimals: 'dot' | 'cents') =>
  mapping({
    'record.fields.importo.decimals': decimals,
    'record.fields.importo.zeros': decimals === 'dot' ? 'dropped' : 'kept',
  })

const asked = { actor: 'anna', origin: 'cli', note: 'modello corretto' }
const redo = (flow: number) => here.app.flows.redo(flow, asked)

/** Redoes it, and lets the stage look at what came of it: the new flow. */
async function redone(flow: number): Promise<number> {
  const decided = await redo(flow)
  if (decided.kind !== 'done') throw new Error(`it is refused: ${decided.because}`)
  expect(decided.mapped.kind).toBe('mapped')
  await here.app.release(decided.flowId)
  return decided.flowId
}

const approve = (flow: number) => approveAsSeen(here.app, flow, 'bruno')

const account = (flow: number) => here.app.store.flows.account(flow)
const label = async (flow: number) => {
  const { state, reason } = await here.app.store.flows.get(flow)
  return `${state}/${reason}`
}
const sumOf = async (flow: number) =>
  (await here.app.store.flows.emission(flow)).amounts?.totalCents ?? null

/** What was submitted, as IO got it. */
const submitted: { fiscal_code: string; content: Submitted }[] = []
interface Submitted {
  subject: string
  payment_data?: { amount: number }
}

/** What each parent has got of this month, by amount in cents. */
function told(): string[] {
  return submitted
    .filter(({ content }) => content.subject.includes(month))
    .map((payload) => `${payload.fiscal_code} ${payload.content.payment_data?.amount}`)
    .toSorted()
}

let month = '2026-00'
let n = 0
beforeEach(() => {
  n += 1
  month = `2026-${String(n).padStart(2, '0')}`
})
const rowsOf = (count: number) => Array.from({ length: count }, (_, k) => child(k, { month }))
const file = () => `mensa-${month}.csv`

test('amounts ×100 are corrected before they leave, and the old flow never does', async () => {
  await amounts('dot')
  const old = await here.drop(rowsOf(3), file())
  expect(await sumOf(old)).toBe(3 * 450_000)
  await amounts('cents')
  const { isMappingChanged } = await here.app.flows.toApprove(old, 'bruno')
  expect(isMappingChanged).toBe(true)
  const flow = await redone(old)
  expect(await label(old)).toBe('inactive/replaced')
  expect(await account(old)).toMatchObject({ read: 3, cancelled: 3 })
  expect(await account(flow)).toMatchObject({ read: 3, waiting: 3 })
  expect(await sumOf(flow)).toBe(3 * 4500)
  expect(await here.app.store.flows.get(flow)).toMatchObject({ origin: 'replay', aboutFlowId: old })
  expect(await approve(old)).toMatchObject({ because: 'replaced' })
  expect(await approve(flow)).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(told()).toEqual([0, 1, 2].map((k) => `${parent(k)} 4500`).toSorted())
  expect(await redo(old)).toMatchObject({ because: 'replaced' })
  expect(await redo(flow)).toMatchObject({ kind: 'refused' })
})

test('of a flow that was stopped, what was sent is a duplicate and the rest leaves', async () => {
  const old = await here.drop(rowsOf(4), file())
  await approve(old)
  await here.query(
    `update messages set send_at = send_at + interval '1 day' where id in (
       select id from messages where flow_id = $1 and purpose = 'first' order by id limit 2)`,
    [old],
  )
  await here.send()
  expect(await redo(old)).toMatchObject({ because: 'leaving' })
  await here.app.flows.stop(old, { ...asked, atMost: null })
  const flow = await redone(old)
  expect(await label(old)).toBe('incomplete/stopped')
  expect(await account(old)).toMatchObject({ read: 4, sent: 2, cancelled: 2 })
  expect(await account(flow)).toMatchObject({ read: 4, duplicate: 2, waiting: 2 })
  // Who was told goes on with the reminders that the stop had cancelled.
  expect(await here.app.store.flows.reminders(flow)).toEqual({ waiting: 4 })
  await approve(flow)
  await here.send()
  expect(told()).toEqual([0, 1, 2, 3].map((k) => `${parent(k)} 4500`).toSorted())
})

test('who was told a wrong amount is told the right one, and nobody else hears twice', async () => {
  await amounts('dot')
  const old = await here.drop(rowsOf(2), file())
  await approve(old)
  await here.query(
    `update messages set send_at = send_at + interval '1 day' where id in (
       select id from messages where flow_id = $1 and purpose = 'first' order by id limit 1)`,
    [old],
  )
  await here.send()
  await here.app.flows.stop(old, { ...asked, atMost: null })
  await amounts('cents')
  const flow = await redone(old)
  expect(await account(flow)).toMatchObject({ read: 2, waiting: 2 })
  await approve(flow)
  await here.send()
  expect(told()).toEqual(
    [`${parent(0)} 4500`, `${parent(1)} 4500`, `${parent(1)} 450000`].toSorted(),
  )
})

test('redone twice, and back to what was right before, each is told once', async () => {
  const first = await here.drop(rowsOf(2), file())
  await amounts('dot')
  const second = await redone(first)
  expect(await sumOf(second)).toBe(2 * 450_000)
  await amounts('cents')
  const third = await redone(second)
  expect(await sumOf(third)).toBe(2 * 4500)
  const again = await redone(third)
  expect(await account(again)).toMatchObject({ read: 2, waiting: 2 })
  await approve(again)
  await here.send()
  expect(told()).toEqual([0, 1].map((k) => `${parent(k)} 4500`).toSorted())
})

test('a correction that was wrong itself changes nothing for who was told before', async () => {
  const right = await here.drop(rowsOf(2), file())
  await approve(right)
  await here.send()
  // The same bills come again, and are read wrongly: all of them have changed.
  await amounts('dot')
  const wrong = await here.drop([...rowsOf(2), child(2, { month })], `mensa-${month}-b.csv`)
  expect(await account(wrong)).toMatchObject({ read: 3, waiting: 3 })
  await amounts('cents')
  const flow = await redone(wrong)
  expect(await account(flow)).toMatchObject({ read: 3, duplicate: 2, waiting: 1 })
  await approve(flow)
  await here.send()
  expect(told()).toEqual([0, 1, 2].map((k) => `${parent(k)} 4500`).toSorted())
})

test('what a later file has changed, and what was paid since, stays as it is', async () => {
  const old = await here.drop(rowsOf(3), file())
  const [changed = ''] = rowsOf(1)
  const later = await here.drop([changed.replace(',4500,', ',4700,')], `mensa-${month}-b.csv`)
  await here.query(
    `update notices set state = 'settled', ended_by = 'payment', ended_at = now()
     where id = (select notice_id from source_records where flow_id = $1 order by line desc limit 1)`,
    [old],
  )
  const flow = await redone(old)
  expect(await account(flow)).toMatchObject({ read: 3, duplicate: 2, waiting: 1 })
  expect(await account(later)).toMatchObject({ read: 1, waiting: 1 })
  await approve(later)
  await approve(flow)
  await here.send()
  expect(told()).toEqual([`${parent(0)} 4700`, `${parent(1)} 4500`].toSorted())
})

test('its source is told of the new flow, and of the old one no more', async () => {
  const old = await here.drop(rowsOf(2), file())
  const flow = await redone(old)
  await approve(flow)
  await here.send()
  await here.pass('2 days')
  await here.send()
  await here.app.writeBack(new AbortController().signal)
  const told = await here.query<{ flow: string; fate: string }>(
    'select flow_id as flow, fate from receipts where flow_id in ($1, $2)',
    [old, flow],
  )
  expect(told.map(({ flow: of, fate }) => `${of} ${fate}`)).toEqual(Array(2).fill(`${flow} sent`))
  const { flowId } = (
    await here.app.store.dropAccounts.list({
      ...{ institution: null, feed: 'mensa', limit: 1 },
    })
  )[0] as { flowId: number }
  expect(flowId).toBe(flow)
})

test('deciding of a held message and redoing its flow at one moment both end', async () => {
  const old = await here.drop(rowsOf(2), file())
  const [held] = await here.firsts(old)
  await here.query(`update messages set state = 'held', code = 'HOLD_SERVICE' where id = $1`, [
    held?.id,
  ])
  const person = new pg.Client({ connectionString: here.databaseUrl })
  person.on('error', () => {})
  await person.connect()
  // As `resolve` does: the message, and then its flow.
  await person.query('begin')
  await person.query('select from messages where id = $1 for update', [held?.id])
  const redoing = redo(old)
  const isWaiting = `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`
  while ((await here.query<{ n: number }>(isWaiting))[0]?.n === 0);
  await person.query('select from flows where id = $1 for update nowait', [old])
  await person.query('commit')
  await person.end()
  expect(await redoing).toMatchObject({ kind: 'done' })
  expect(await label(old)).toBe('inactive/replaced')
})

test('a file that is kept no more, and what no file has made, are refused', async () => {
  const old = await here.drop(rowsOf(1), file())
  const [{ drop }] = (await here.query('select drop_id as drop from flows where id = $1', [
    old,
  ])) as [{ drop: string }]
  await here.query('delete from drop_chunks where drop_id = $1', [drop])
  expect(await redo(old)).toMatchObject({ because: 'drop-gone' })
  await here.query(
    `update flows set drop_id = null, feed = null, origin = 'campaign' where id = $1`,
    [old],
  )
  expect(await redo(old)).toMatchObject({ because: 'not-of-drop' })
  expect(await account(old)).toMatchObject({ read: 1, waiting: 1 })
})
