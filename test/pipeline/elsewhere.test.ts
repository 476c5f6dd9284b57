// Services whose citizens somebody else tells too: what becomes a notice, and what is sent.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NotifiedElsewhere } from '../../src/domain/notified-elsewhere.ts'
import { previewRecords } from '../../src/pipeline/map/preview.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  type GivenPipeline,
  givenPipeline,
} from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const FIRST: NotifiedElsewhere = { by: 'Piattaforma Unitaria', messages: 'first' }
const ALL: NotifiedElsewhere = { ...FIRST, messages: 'all' }

let institutions = 0
const canteen = (elsewhere: NotifiedElsewhere | null): MapFeed =>
  feedOf('mensa', { institution: `comune-${++institutions}`, elsewhere })
const withElsewhere = (feed: MapFeed, elsewhere: NotifiedElsewhere | null) => ({
  ...feed,
  elsewhere,
})
const file = canteenFile(canteenRows(1, 2))

describe('a service whose first messages somebody else sends', () => {
  test('makes notices whose records are skipped, with their reminders alone', async () => {
    const taken = await given.take(canteen(FIRST), 'a', file)
    expect(await given.accountOf(taken, 2)).toEqual({ read: 2, skipped: 2 })
    expect(await given.messages(taken.flowId)).toEqual(['reminder waiting', 'reminder waiting'])
    const receipts = await Array.fromAsync(given.store.receipts.ofFlow(taken.flowId as number))
    expect(receipts.map(({ receipt }) => receipt.detail)).toEqual(
      Array(2).fill('il primo avviso lo manda Piattaforma Unitaria'),
    )
  })

  test('has its flow sent as soon as it is released, and its reminders still to come', async () => {
    const feed = { ...canteen(FIRST), account: 'conto-altrove' }
    const { flowId } = await given.take(feed, 'a', file)
    const approval = { actor: 'staffetta', origin: 'daemon', verb: 'approved' }
    await given.store.flows.release(flowId as number, approval, given.clock.now)
    await given.store.flows.closeEnded('conto-altrove', given.clock.now)
    expect((await given.store.flows.get(flowId as number)).state).toBe('sent')
    const reminder = Temporal.Instant.from('2026-04-27T07:30:00Z')
    expect(await given.store.messages.accountsWithWork(reminder)).toContain('conto-altrove')
  })

  test('has its amounts compared all the same, since its reminders ask for them', async () => {
    const feed = canteen(FIRST)
    const emitted = async (key: string, cents: string) => {
      const { flowId } = await given.take(
        feed,
        key,
        canteenFile([canteenRow(7, { cents, month: key })]),
      )
      return (await given.store.flows.emission(flowId as number)).amounts
    }
    expect(await emitted('2026-02', '9000')).toMatchObject({ count: 1, totalCents: 9000 })
    expect(await emitted('2026-03', '900000')).toMatchObject({ count: 1, totalCents: 900_000 })
  })

  test('leaves a changed record to them too, and plans its reminders anew', async () => {
    const feed = canteen(FIRST)
    const first = await given.take(feed, 'a', canteenFile([canteenRow(1)]))
    const changed = canteenFile([canteenRow(1, { cents: '4500' })])
    const second = await given.take(feed, 'b', changed)
    expect(await given.messages(first.flowId)).toEqual(['reminder cancelled superseded'])
    expect(await given.messages(second.flowId)).toEqual(['reminder waiting'])
    expect(await given.accountOf(second, 1)).toEqual({ read: 1, skipped: 1 })
  })
})

describe('a preview of such a service', () => {
  const { mapping, ...feed } = feedOf('mensa')
  const bytes = async function* () {
    yield Buffer.from(file)
  }
  const preview = (elsewhere: NotifiedElsewhere) =>
    Array.fromAsync(
      previewRecords({ bytes: bytes(), names: [], others: [] }, mapping, async () => new Map(), {
        ...{ ...feed, elsewhere, language: 'it', now: given.clock.now },
      }),
    )

  test('says why a record is skipped, and which reminders leave all the same', async () => {
    const [record] = await preview(FIRST)
    expect(record).toMatchObject({
      skipped: 'il primo avviso lo manda Piattaforma Unitaria',
      messages: [{ purpose: 'reminder' }],
    })
  })

  test('has no messages where all of them are left to somebody else', async () => {
    const [record] = await preview(ALL)
    expect(record).toEqual({
      ...{ line: 2, key: 'MENSA-1|2026-03' },
      skipped: 'gli avvisi li manda Piattaforma Unitaria',
    })
  })
})

describe('a service all of whose messages somebody else sends', () => {
  test('makes notices without any message', async () => {
    const taken = await given.take(canteen(ALL), 'a', file)
    expect(await given.accountOf(taken, 2)).toEqual({ read: 2, skipped: 2 })
    expect(await given.messages(taken.flowId)).toEqual([])
    const open = `select count(*) from notices where flow_id = $1 and state = 'open'`
    expect(await given.count(open, taken.flowId)).toBe(2)
  })
})

describe('once nobody else tells them any more', () => {
  test.each([FIRST, ALL])('nothing is sent late (%j)', async (elsewhere) => {
    const feed = canteen(elsewhere)
    await given.take(feed, 'a', file)
    const again = await given.take(withElsewhere(feed, null), 'b', file)
    expect(await given.accountOf(again, 2)).toEqual({ read: 2, duplicate: 2 })
    expect(await given.messages(again.flowId)).toEqual([])
  })

  test('what is new, or changes, is sent', async () => {
    const feed = canteen(ALL)
    await given.take(feed, 'a', file)
    const rows = [canteenRow(1, { cents: '4500' }), canteenRow(3)]
    const later = await given.take(withElsewhere(feed, null), 'b', canteenFile(rows))
    expect(await given.accountOf(later, 2)).toEqual({ read: 2, waiting: 2 })
  })
})
