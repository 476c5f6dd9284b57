import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recount } from '../../scripts/recount.ts'
import { emptyAccount } from '../../src/domain/flow-account.ts'
import { messageStates } from '../../src/domain/message.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  type GivenPipeline,
  givenPipeline,
  numbers,
} from '../pipeline/given.ts'
import { now } from './given.ts'

let given: GivenPipeline
let institutions = 0
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const newInstitution = () => `comune-${++institutions}`
const store = () => given.store.counts

/** A flow of so many new notices, each with a message and a reminder: its id. */
async function flowOf(count: number, institution = newInstitution()): Promise<number> {
  const rows = [...canteenRows(...numbers(count)), canteenRow(90, { cents: '0' }), 'short']
  const feed = feedOf('mensa', { institution })
  const { flowId } = await given.take(feed, `drop-${++institutions}`, canteenFile(rows))
  return flowId as number
}

const countsOf = async (id: number) => (await store().ofFlows([id])).get(id)

/** The first messages of a flow take these states, in turn. */
async function spread(id: number, states: readonly string[], more = ''): Promise<void> {
  await given.pool.query(
    `update messages m set state = s.state, closed_at = $3 ${more} from (
       select id, ($2::text[])[1 + (row_number() over (order by id) - 1) % $4] as state
       from messages where flow_id = $1 and purpose = 'first') s where s.id = m.id`,
    [id, states, now.toString(), states.length],
  )
}

describe('the counts of a flow', () => {
  test('are those of its account, wherever its messages stand', async () => {
    const id = await flowOf(messageStates.length)
    expect(await countsOf(id)).toMatchObject({
      account: { read: 12, waiting: 10, skipped: 1, refused: 1 },
      ...{ payments: 10, reminders: { waiting: 10 } },
    })
    await spread(id, messageStates)
    expect((await countsOf(id))?.account).toEqual(await given.store.flows.account(id))
    expect(await recount(given.pool)).toEqual([])
  })

  test('tell what was delivered, read and paid, as following it tells', async () => {
    const id = await flowOf(4)
    const seen = `, sent_at = $3, delivery = 'processed', read_at = $3, paid_at = $3`
    await spread(id, ['sent'], seen)
    const counts = await countsOf(id)
    expect(counts?.deliveries).toEqual({ deliveries: { processed: 4 }, read: 4, paid: 4 })
    expect(counts?.deliveries).toEqual(await given.store.deliveries.ofFlow(id))
  })

  test('of one without any record are zeros', async () => {
    expect((await countsOf(987_654))?.account).toEqual(emptyAccount())
  })

  test('stand whatever is deleted of its messages and refused records', async () => {
    const id = await flowOf(3)
    await given.pool.query(`delete from messages where flow_id = $1`, [id])
    await given.pool.query(`delete from source_records where flow_id = $1`, [id])
    expect((await countsOf(id))?.account).toMatchObject({ read: 5, waiting: 3, refused: 1 })
    await given.pool.query(`delete from counts where flow_id = $1`, [id])
    await given.pool.query(`delete from count_changes where flow_id = $1`, [id])
  })
})

describe('a period', () => {
  const year = {
    from: Temporal.PlainDate.from('2026-01-01'),
    to: Temporal.PlainDate.from('2026-12-31'),
  }

  test('has what ended in it, by month, and not what waits', async () => {
    const institution = newInstitution()
    const id = await flowOf(4, institution)
    await spread(id, ['sent', 'undeliverable', 'waiting', 'held'])
    const filter = { institution, services: null, ...year }
    const months = await store().byPeriod(filter, 'month')
    const said = (months.get('2026-03') ?? []).map(({ kind, state, n }) => `${kind} ${state} ${n}`)
    expect(said.sort()).toEqual([
      ...['first sent 1', 'first undeliverable 1'],
      ...['record message 4', 'record refused 1', 'record skipped 1'],
    ])
    expect(await store().years(institution, null)).toEqual([2026])
    const open = await store().open(institution, null)
    expect(open.map(({ kind, state, n }) => `${kind} ${state} ${n}`).sort()).toEqual([
      ...['first held 1', 'first waiting 1', 'reminder waiting 4'],
    ])
  })

  test('has its days in the zone of the flow, where a new year may have begun', async () => {
    const institution = newInstitution()
    const id = await flowOf(1, institution)
    await given.pool.query(
      `update messages set state = 'sent', sent_at = '2026-12-31T23:30:00Z' where flow_id = $1
         and purpose = 'first'`,
      [id],
    )
    expect(await store().years(institution, null)).toEqual([2027])
  })

  test('has nothing of services that are not asked for, nor of other institutions', async () => {
    const institution = newInstitution()
    await spread(await flowOf(2, institution), ['sent'])
    await spread(await flowOf(2), ['sent'])
    const none = await store().byPeriod({ institution, services: ['tari'], ...year }, 'all')
    expect([none.size, await store().years(institution, ['tari'])]).toEqual([0, []])
    const own = await store().byPeriod({ institution, services: ['mensa'], ...year }, 'service')
    const sent = own.get('mensa')?.filter(({ state }) => state === 'sent')
    expect(sent?.map(({ n }) => n)).toEqual([2])
  })

  test('keeps how long it took until messages were in the inbox', async () => {
    const institution = newInstitution()
    const arrived = `, sent_at = $3, processed_at = $3::timestamptz + interval '90 seconds'`
    await spread(await flowOf(3, institution), ['sent'], arrived)
    const all = await store().byPeriod({ institution, services: null, ...year }, 'all')
    const sent = all.get('')?.filter(({ state }) => state === 'sent')
    expect(sent?.map(({ n, seconds }) => [n, seconds])).toEqual([[3, 270]])
  })
})

test('folding changes no count, and leaves no change', async () => {
  const id = await flowOf(5)
  await spread(id, ['sent', 'held'])
  const before = await countsOf(id)
  expect(await store().hasChanges()).toBe(true)
  await store().fold()
  expect([await store().hasChanges(), await countsOf(id)]).toEqual([false, before])
  await spread(id, ['cancelled'])
  expect(await store().fold()).toBeGreaterThan(0)
  expect((await countsOf(id))?.account).toEqual(await given.store.flows.account(id))
  expect(await recount(given.pool)).toEqual([])
})

test('writers of one flow do not wait for each other, nor for who folds', async () => {
  const id = await flowOf(2)
  const { rows } = await given.pool.query<{ id: number }>(
    `select id from messages where flow_id = $1 and purpose = 'first' order by id`,
    [id],
  )
  const change = `update messages set state = 'held' where id = $1`
  const client = await given.pool.connect()
  await client.query('begin')
  await client.query(change, [rows[0]?.id])
  await given.pool.query(change, [rows[1]?.id])
  await store().fold()
  expect((await countsOf(id))?.account.held).toBe(1)
  await client.query('commit')
  client.release()
  expect((await countsOf(id))?.account.held).toBe(2)
})
