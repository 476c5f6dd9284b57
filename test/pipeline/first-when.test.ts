// Notices that have no first message of their own, as their mapping says: what stands, what is
// planned, and what a payment of the whole does to the instalments that nobody was told of.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { previewRecords } from '../../src/pipeline/map/preview.ts'
import { REMINDERS_ONLY } from '../../src/pipeline/plan.ts'
import {
  canteenFile,
  canteenRow,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  settlementFeed,
} from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const months = ['2026-02', '2026-03', '2026-04']
const instalments = (cents = '9000') => months.map((month) => canteenRow(1, { month, cents }))
/** The bill of February asks for the whole: the others are its instalments. */
const whole = 'mese == "2026-02"'
const rules = { group: 'pratica', single: whole, firstWhen: whole }

let institutions = 0
const canteen = () => feedWith('mensa', rules, { institution: `comune-rate-${++institutions}` })

test('of a debt in instalments one first message leaves, and the reminders of all', async () => {
  const taken = await given.take(canteen(), 'a', canteenFile(instalments()))
  expect(await given.accountOf(taken, 3)).toEqual({ read: 3, waiting: 1, skipped: 2 })
  // The instalments are parts of the same debt: they are not summed again.
  const { amounts } = await given.store.flows.emission(taken.flowId as number)
  expect(amounts).toMatchObject({ count: 1, totalCents: 9000 })
  expect((await given.messages(taken.flowId)).toSorted()).toEqual([
    'first waiting',
    ...Array(3).fill('reminder waiting'),
  ])
})

test('the report says of the others that their reminders are all there is', async () => {
  const { flowId } = await given.take(canteen(), 'a', canteenFile(instalments()))
  const told = await Array.fromAsync(given.store.receipts.ofFlow(flowId as number))
  expect(told.map(({ receipt }) => receipt.detail)).toEqual(['', REMINDERS_ONLY, REMINDERS_ONLY])
})

test('paying the whole silences instalments that had no first message', async () => {
  const feed = canteen()
  const taken = await given.take(feed, 'a', canteenFile(instalments()))
  const { institution } = feed
  await given.take(
    settlementFeed('settled', { institution }),
    'p',
    canteenFile([instalments()[0]!]),
  )
  expect((await given.messages(taken.flowId)).every((one) => one.includes('cancelled'))).toBe(true)
  expect(await given.accountOf(taken, 3)).toEqual({ read: 3, cancelled: 1, skipped: 2 })
})

test('a whole that was paid before its bill leaves the citizen alone', async () => {
  const feed = canteen()
  const { institution } = feed
  await given.take(
    settlementFeed('settled', { institution }),
    'p',
    canteenFile([instalments()[0]!]),
  )
  const taken = await given.take(feed, 'a', canteenFile(instalments()))
  expect(await given.accountOf(taken, 3)).toEqual({ read: 3, skipped: 3 })
  const planned = await given.messages(taken.flowId)
  expect(planned.filter((message) => !message.includes('cancelled'))).toEqual([])
})

test('a change of amount tells the citizen once, and plans the reminders anew', async () => {
  const feed = canteen()
  const first = await given.take(feed, 'a', canteenFile(instalments()))
  const second = await given.take(feed, 'b', canteenFile(instalments('4500')))
  expect((await given.messages(first.flowId)).every((one) => one.includes('superseded'))).toBe(true)
  expect(await given.accountOf(second, 3)).toEqual({ read: 3, waiting: 1, skipped: 2 })
  expect(await given.messages(second.flowId)).toHaveLength(4)
})

test('a preview shows them as what they are: skipped, with their reminders', async () => {
  const { mapping, ...feed } = canteen()
  const bytes = async function* () {
    yield Buffer.from(canteenFile(instalments()))
  }
  const options = { ...feed, language: 'it' as const, now: given.clock.now }
  const lines = await Array.fromAsync(
    previewRecords(
      { bytes: bytes(), names: [], others: [] },
      mapping,
      async () => new Map(),
      options,
    ),
  )
  expect(lines[0]).toMatchObject({ messages: [{ purpose: 'first' }, { purpose: 'reminder' }] })
  const others = { skipped: REMINDERS_ONLY, messages: [{ purpose: 'reminder' }] }
  expect(lines.slice(1)).toMatchObject([others, others])
})
