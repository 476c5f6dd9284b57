import { afterAll, beforeAll, expect, test } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import type { NoticeFilter, NoticeName } from '../../src/store/notice-choice.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedWith,
  type GivenPipeline,
  givenPipeline,
  numbers,
  settlementFeed,
} from '../pipeline/given.ts'
import { now, untilBlocked } from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

let institutions = 0
const canteen = (changes: object = {}): MapFeed =>
  feedWith('mensa', changes, { institution: `comune-${++institutions}` })

const act = { actor: 'root', origin: 'cli', note: 'pagata in banca' }
const filterOf = ({ institution }: MapFeed, name: NoticeName): NoticeFilter => ({
  ...{ name, institution },
  series: null,
})
const close = (feed: MapFeed, name: NoticeName, as: 'settled' | 'cancelled' = 'settled') =>
  given.store.noticeDecisions.close(filterOf(feed, name), as, act, now)
const key = (n: number): NoticeName => ({ by: 'key', key: `MENSA-${n}|2026-03` })
const month: NoticeName = { by: 'emission', emission: '2026-03' }

/** `open`, `settled person`, by notice. */
async function states({ institution }: MapFeed): Promise<string[]> {
  const { rows } = await given.pool.query<{ said: string }>(
    `select concat_ws(' ', n.state, n.ended_by) as said from notices n
     join institutions i on i.id = n.institution_id where i.name = $1 order by n.id`,
    [institution],
  )
  return rows.map(({ said }) => said)
}

test.each<[string, NoticeName]>([
  ['its key', key(1)],
  ['its notice number', { by: 'noticeNumber', noticeNumber: '303202603000000001' }],
  ['its recipient', { by: 'recipient', fiscalCode: contact(1).fiscalCode }],
])('a notice is ended by %s, with all that it had to send, and no other is', async (_, name) => {
  const feed = canteen()
  const { flowId } = await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
  expect(await close(feed, name)).toEqual({
    ...{ closed: 1, along: 0, messages: 2 },
    before: { settled: 0, cancelled: 0 },
  })
  expect(await states(feed)).toEqual(['settled person', 'open'])
  expect(await given.messages(flowId)).toEqual([
    'first cancelled settled',
    'reminder cancelled settled',
    'first waiting',
    'reminder waiting',
  ])
})

test('a whole emission ends, and what had ended before is counted', async () => {
  const feed = canteen()
  const other = canteenRow(4, { month: '2026-04' })
  await given.take(feed, 'a', canteenFile([...canteenRows(1, 2, 3), other]))
  await close(feed, key(2), 'cancelled')
  expect(await close(feed, month)).toMatchObject({
    closed: 2,
    before: { settled: 0, cancelled: 1 },
  })
  expect(await states(feed)).toEqual([
    ...['settled person', 'cancelled person', 'settled person', 'open'],
  ])
  expect(await close(feed, month)).toMatchObject({
    closed: 0,
    before: { settled: 2, cancelled: 1 },
  })
})

test('what another institution got since it was counted is not decided about', async () => {
  const [mine, another] = [canteen(), canteen()]
  await given.take(mine, 'a', canteenFile(canteenRows(1)))
  const filter: NoticeFilter = { name: month, institution: null, series: null }
  const counted = await given.store.noticeDecisions.count(filter)
  const among = counted.filter(({ institution }) => institution === mine.institution)
  await given.take(another, 'a', canteenFile(canteenRows(1)))
  const decided = { ...filter, among }
  await given.store.noticeDecisions.close(decided, 'settled', act, now)
  expect(await states(mine)).toEqual(['settled person'])
  expect(await states(another)).toEqual(['open'])
})

test('the same record again changes nothing; of a cancelled one, what matters does', async () => {
  const feed = canteen()
  await given.take(feed, 'a', canteenFile(canteenRows(1, 2)))
  await close(feed, key(1))
  await close(feed, key(2), 'cancelled')
  const again = await given.take(feed, 'b', canteenFile(canteenRows(1, 2)))
  expect(await given.messages(again.flowId)).toEqual([])
  expect(await given.accountOf(again, 2)).toMatchObject({ duplicate: 2 })
  const dearer = [1, 2].map((n) => canteenRow(n, { cents: '12000' }))
  const changed = await given.take(feed, 'c', canteenFile(dearer))
  expect(await given.accountOf(changed, 2)).toMatchObject({ duplicate: 1, waiting: 1 })
  expect(await states(feed)).toEqual(['settled person', 'open'])
})

test('the single payment settles its instalments, and the act names them all', async () => {
  const feed = canteen({ group: 'pratica', single: 'mese == "TUTTO"' })
  const parts = ['2026-03', '2026-04'].map((one, n) =>
    canteenRow(7, { month: one, notice: `30320260300000070${n}` }),
  )
  const whole = canteenRow(7, { month: 'TUTTO', cents: '18000', notice: '303202603000000709' })
  const { flowId } = await given.take(feed, 'a', canteenFile([...parts, whole]))
  const name: NoticeName = { by: 'key', key: 'MENSA-7|TUTTO' }
  expect(await close(feed, name)).toMatchObject({ closed: 1, along: 2, messages: 6 })
  expect(await states(feed)).toEqual(Array(3).fill('settled person'))
  expect(new Set(await given.messages(flowId))).toEqual(
    new Set(['first cancelled settled', 'reminder cancelled settled']),
  )
  const { first } = await given.store.notices.list(filterOf(feed, name), 1)
  const detail = await given.store.notices.detail(first[0]!)
  expect(detail.group).toHaveLength(2)
  expect(detail.acts).toMatchObject([{ verb: 'settled 1 notice', note: 'pagata in banca' }])
  const part: NoticeName = { by: 'key', key: 'MENSA-7|2026-03' }
  const found = await given.store.notices.list(filterOf(feed, part), 1)
  expect((await given.store.notices.detail(found.first[0]!)).acts).toHaveLength(1)
})

test('a paid instalment leaves the others, and withdraws the single payment', async () => {
  const feed = canteen({ group: 'pratica', single: 'mese == "TUTTO"' })
  const part = canteenRow(8, { month: '2026-03', notice: '303202603000000800' })
  const next = canteenRow(8, { month: '2026-04', notice: '303202603000000801' })
  const whole = canteenRow(8, { month: 'TUTTO', cents: '18000', notice: '303202603000000809' })
  await given.take(feed, 'a', canteenFile([part, next, whole]))
  expect(await close(feed, { by: 'key', key: 'MENSA-8|2026-03' })).toMatchObject({ along: 1 })
  expect(await states(feed)).toEqual(['settled person', 'open', 'cancelled person'])
})

test('a settlement and a person at once: one ends each notice, and nobody fails', async () => {
  const feed = canteen()
  const ns = numbers(300)
  await given.take(feed, 'a', canteenFile(canteenRows(...ns)))
  const paid = settlementFeed('settled', { institution: feed.institution })
  const file = ['PRATICA,MESE', ...ns.map((n) => `MENSA-${n},2026-03`), ''].join('\n')
  const dropId = await given.receive(paid, 'paid', file)
  const [closed] = await Promise.all([close(feed, month, 'cancelled'), given.map(dropId, paid)])
  const counted = Map.groupBy(await states(feed), (said) => said)
  expect([300, 0]).toContain(counted.get('cancelled person')?.length ?? 0)
  expect(closed.closed).toBe(counted.get('cancelled person')?.length ?? 0)
  expect([...counted.values()].flat()).toHaveLength(300)
})

test('what a drop is just bringing is among what is chosen', async () => {
  const feed = canteen()
  await given.take(feed, 'a', canteenFile(canteenRows(1)))
  const dropId = await given.receive(feed, 'b', canteenFile(canteenRows(2)))
  const gate = Promise.withResolvers<void>()
  const held = { ...given.ports, openLot: openSlowly(gate.promise) }
  const mapping = given.map(dropId, feed, held)
  await untilHeld()
  const closing = close(feed, month)
  await untilBlocked(given, closing)
  gate.resolve()
  expect(await mapping).toMatchObject({ kind: 'mapped' })
  expect(await closing).toMatchObject({ closed: 2 })
})

let isHeld = Promise.withResolvers<void>()
const untilHeld = () => isHeld.promise

/** A lot that is written and not committed before the gate opens. */
function openSlowly(gate: Promise<void>): GivenPipeline['ports']['openLot'] {
  isHeld = Promise.withResolvers()
  return async (target) => {
    const lot = await given.ports.openLot(target)
    return (
      lot && {
        ...lot,
        async commit(summary) {
          isHeld.resolve()
          await gate
          await lot.commit(summary)
        },
      }
    )
  }
}

test('broken off in the middle, nothing of a decision stands', async () => {
  const feed = canteen()
  await given.take(feed, 'a', canteenFile(canteenRows(...numbers(20))))
  const decided = given.store.noticeDecisions.close(
    filterOf(feed, month),
    'settled',
    act,
    now,
    () => {
      throw new Error('killed')
    },
  )
  await expect(decided).rejects.toThrow('killed')
  expect(await states(feed)).toEqual(Array(20).fill('open'))
  const cancelled = `select count(*) from messages m join institutions i on i.id = m.institution_id
    where i.name = $1 and m.state = 'cancelled'`
  expect(await given.count(cancelled, feed.institution)).toBe(0)
})

test('nothing of another institution, or of another series, is ever chosen', async () => {
  const [one, other] = [canteen(), canteen({ series: 'altra' })]
  await given.take(one, 'a', canteenFile(canteenRows(1)))
  await given.take(other, 'a', canteenFile(canteenRows(1)))
  const { noticeDecisions } = given.store
  const inSeries = { ...filterOf(one, month), series: 'altra' }
  expect(await noticeDecisions.count(inSeries)).toEqual([])
  const { institution } = other
  expect(await noticeDecisions.count(filterOf(other, key(1)))).toEqual([
    { institution, series: 'altra', state: 'open', n: 1 },
  ])
  await close(other, month)
  expect(await states(one)).toEqual(['open'])
})
