import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LearntLimit } from '../../src/store/service-limits.ts'
import { emptyTables } from '../database.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'
import { addFlow } from './given-messages.ts'

const notify = ['ced@comune.example']
const ceiling: LearntLimit = {
  institution: comune,
  service: 'tari',
  feature: 'amount',
  maximumCents: 5000,
  since: now,
  detail: 'HTTP 400: Error while sending payment metadata',
}
const lack: LearntLimit = { ...ceiling, feature: 'payee', maximumCents: null }
const act = { actor: 'root', origin: 'cli', at: now }

let given: GivenStore

beforeAll(async () => {
  given = await givenStore()
})
beforeEach(async () => {
  await emptyTables(given.pool, 'service_limits, staff_mails, acts, flows, messages')
})
afterAll(() => given.close())

const hold = (flowId: number, code: string) =>
  given.pool.query(`update messages set state = 'held', code = $2 where flow_id = $1`, [
    flowId,
    code,
  ])

async function statesOf(flowId: number): Promise<string[]> {
  const { rows } = await given.pool.query<{ state: string }>(
    'select state from messages where flow_id = $1 order by id',
    [flowId],
  )
  return rows.map(({ state }) => state)
}

test('a limit is learnt once, with one mail, however many messages run into it', async () => {
  const { limits, mails } = given.store
  const learnt = await Promise.all(Array.from({ length: 8 }, () => limits.learn(ceiling, notify)))
  expect(learnt.filter(Boolean)).toHaveLength(1)
  expect(await limits.list()).toEqual([ceiling])
  expect(await mails.waiting(10)).toHaveLength(1)
})

test('a lower refused amount lowers the ceiling, a higher one leaves it', async () => {
  const { limits } = given.store
  for (const maximumCents of [5000, 8000, 3000, 4000]) {
    await limits.learn({ ...ceiling, maximumCents }, notify)
  }
  expect((await limits.list()).map(({ maximumCents }) => maximumCents)).toEqual([3000])
})

test('the mail says how many messages are above the ceiling, and not those below', async () => {
  await addFlow(given, { messages: 12, amountCents: 9000 })
  await addFlow(given, { messages: 30, amountCents: 5000 })
  await addFlow(given, { messages: 30, amountCents: 9000, service: 'mensa' })
  await given.store.limits.learn(ceiling, notify)
  const [mail] = await given.store.mails.waiting(10)
  expect(mail?.body).toContain('può chiedere al più 50,00 euro')
  expect(mail?.body).toContain('trattenuti finora: 12.')
})

test('forgetting gives back what was held for it, opens its flows, leaves the rest', async () => {
  const { limits, flows } = given.store
  await limits.learn(ceiling, notify)
  await limits.learn(lack, notify)
  const amount = await addFlow(given, { messages: 2 })
  const feature = await addFlow(given, { messages: 2 })
  const text = await addFlow(given, { messages: 1 })
  const other = await addFlow(given, { messages: 1, service: 'mensa' })
  await hold(amount, 'IO_AMOUNT_CEILING')
  await hold(feature, 'IO_FEATURE')
  await hold(text, 'HOLD_TEXT_CHANGED')
  await hold(other, 'IO_AMOUNT_CEILING')
  await flows.closeEnded('esempio', now)
  expect((await flows.get(amount)).state).toBe('incomplete')

  expect(await limits.forget(comune, 'tari', act, { feature: 'amount' })).toBe(2)
  expect(await statesOf(amount)).toEqual(['waiting', 'waiting'])
  expect((await flows.get(amount)).state).toBe('sending')
  expect(await statesOf(feature)).toEqual(['held', 'held'])

  expect(await limits.forget(comune, 'tari', act)).toBe(2)
  expect(await statesOf(feature)).toEqual(['waiting', 'waiting'])
  expect(await limits.list()).toEqual([])
  expect([...(await statesOf(text)), ...(await statesOf(other))]).toEqual(['held', 'held'])
  expect((await flows.get(text)).state).toBe('incomplete')
})

test('forgetting what was not learnt gives nothing back and writes no act', async () => {
  const flow = await addFlow(given, { messages: 1 })
  await hold(flow, 'IO_AMOUNT_CEILING')
  expect(await given.store.limits.forget(comune, 'tari', act)).toBe(0)
  expect(await statesOf(flow)).toEqual(['held'])
  expect(await given.count(`select count(*) from acts where subject like 'service/%'`)).toBe(0)
})

test('of a ceiling the smallest held message is tried, at its time', async () => {
  const { limits } = given.store
  await limits.learn(ceiling, notify)
  const large = await addFlow(given, { messages: 1, amountCents: 9000 })
  const small = await addFlow(given, { messages: 1, amountCents: 7000 })
  await hold(large, 'IO_AMOUNT_CEILING')
  await hold(small, 'IO_AMOUNT_CEILING')
  expect(await limits.startTrials(now.add({ minutes: 59 }))).toBe(0)
  expect(await limits.startTrials(now.add({ minutes: 60 }))).toBe(1)
  expect([...(await statesOf(large)), ...(await statesOf(small))]).toEqual(['held', 'waiting'])
  expect(await limits.startTrials(now.add({ minutes: 179 }))).toBe(0)
})

test('of a feature nothing is tried by itself', async () => {
  await given.store.limits.learn(lack, notify)
  const flow = await addFlow(given, { messages: 1 })
  await hold(flow, 'IO_FEATURE')
  expect(await given.store.limits.startTrials(now.add({ hours: 10_000 }))).toBe(0)
  expect(await statesOf(flow)).toEqual(['held'])
})
