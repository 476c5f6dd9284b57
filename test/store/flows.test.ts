import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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
import { comune, dropOf, dropTarget, now } from './given.ts'

let given: GivenPipeline
let institutions = 0
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const canteen = () => feedOf('mensa', { institution: `comune-${++institutions}` })

/** A flow of this many new notices: its id. */
async function flowOf(count: number): Promise<number> {
  const { flowId } = await given.take(canteen(), 'a', canteenFile(canteenRows(...numbers(count))))
  return flowId as number
}

describe('the account of a flow', () => {
  test('counts each record once, wherever its first message stands', async () => {
    const rows = canteenRows(...numbers(messageStates.length))
    const skipped = canteenRow(90, { cents: '0' })
    const taken = await given.take(canteen(), 'a', canteenFile([...rows, skipped, 'short']))
    await given.pool.query(
      `update messages m set state = s.state from (
         select id, ($2::text[])[row_number() over (order by id)] as state
         from messages where flow_id = $1 and purpose = 'first') s where s.id = m.id`,
      [taken.flowId, messageStates],
    )
    expect(await given.accountOf(taken, messageStates.length + 2)).toEqual({
      ...{ read: 12, sent: 1, undeliverable: 1, rejected: 1, held: 1, uncertain: 1 },
      ...{ waiting: 3, cancelled: 1, recorded: 1, skipped: 1, refused: 1 },
    })
  })

  test('leaves its reminders to counters of their own', async () => {
    const id = await flowOf(3)
    await given.pool.query(
      `update messages set state = 'cancelled' where id = (
         select max(id) from messages where flow_id = $1 and purpose = 'reminder')`,
      [id],
    )
    expect(await given.store.flows.reminders(id)).toEqual({ waiting: 2, cancelled: 1 })
    expect((await given.store.flows.account(id)).cancelled).toBe(0)
  })
})

describe('a flow of a drop', () => {
  async function newDrop(): Promise<number> {
    const saved = await given.store.drops.save(
      dropTarget(),
      dropOf(`drop-${++institutions}`, 'x'),
      now,
    )
    return (saved as { id: number }).id
  }
  const open = (dropId: number) =>
    given.store.flows.openForDrop(
      {
        ...{ institution: comune, feed: 'tari', dropId, service: 'tari', account: 'esempio' },
        ...{ zone: 'Europe/Rome', calendarVersion: '1', tells: [] },
      },
      now,
    )
  const failure = (flowId: number | null, dropId: number) => ({
    flowId,
    dropId,
    problem: { code: 'DROP_CSV_QUOTE', detail: 'Riga 3', line: 3, remedy: 'Correggi il file' },
    mail: { recipients: ['ced@comune.example'], subject: 'File non leggibile', body: 'x' },
  })

  test('is one, however often its mapping begins', async () => {
    const dropId = await newDrop()
    const ids = await Promise.all(numbers(5).map(() => open(dropId)))
    expect(new Set(ids).size).toBe(1)
    expect(await given.store.flows.get(ids[0] as number)).toMatchObject({
      ...{ state: 'inactive', reason: 'loading', origin: 'drop', dropId, feed: 'tari' },
    })
  })

  test('says what is wrong with its drop, where, and what to do; so does the drop', async () => {
    const dropId = await newDrop()
    const id = await open(dropId)
    await given.store.flows.fail(failure(id, dropId), now)
    const { problem } = failure(id, dropId)
    expect(await given.store.flows.get(id)).toMatchObject({
      ...{ state: 'inactive', reason: 'with-errors', problem, releasedAt: null },
    })
    const { rows } = await given.pool.query('select state, problem from drops where id = $1', [
      dropId,
    ])
    expect(rows).toEqual([{ state: 'failed', problem }])
    expect(await given.store.flows.awaitingRelease(1000)).not.toContain(id)
  })

  test('does not fail after it was mapped, nor twice, and tells the staff once', async () => {
    const mapped = await given.take(canteen(), 'a', canteenFile(canteenRows(1)))
    await given.store.flows.fail(failure(mapped.flowId, mapped.dropId), now)
    expect((await given.store.flows.get(mapped.flowId as number)).state).toBe('active')
    const dropId = await newDrop()
    const mails = 'select count(*) from staff_mails'
    const before = await given.count(mails)
    await given.store.flows.fail(failure(null, dropId), now)
    await given.store.flows.fail(failure(null, dropId), now)
    expect(await given.count(mails)).toBe(before + 1)
  })

  test('is named when it is not there', async () => {
    await expect(given.store.flows.get(987_654)).rejects.toThrow('there is no flow 987654')
  })
})

const approvalOf = (actor: string) => ({ actor, origin: 'cli', verb: 'approved' })

describe('a release', () => {
  test('happens once, and wakes the sender at every instant of the plan', async () => {
    const rows = [
      canteenRow(1),
      canteenRow(2),
      canteenRow(3, { due: '2026-05-31' }),
      canteenRow(4, { due: '2026-03-03' }),
    ]
    const { flowId } = await given.take(canteen(), 'a', canteenFile(rows))
    const before = (await given.wakes()).length
    const released = await Promise.all(
      numbers(4).map((n) =>
        given.store.flows.release(flowId as number, approvalOf(`person-${n}`), now),
      ),
    )
    expect(released.filter((did) => did)).toHaveLength(1)
    expect((await given.wakes()).slice(before)).toEqual([
      'send esempio 2026-03-02T08:00:00Z',
      'send esempio 2026-04-27T07:30:00Z',
      'send esempio 2026-05-28T07:30:00Z',
    ])
    expect(await given.store.flows.get(flowId as number)).toMatchObject({
      ...{ state: 'active', reason: 'approved', releasedAt: now },
    })
  })

  test('of a flow that has nothing to send wakes nobody for it', async () => {
    const feed = canteen()
    await given.take(feed, 'a', canteenFile(canteenRows(1)))
    const { flowId } = await given.take(feed, 'b', canteenFile(canteenRows(1)))
    const before = (await given.wakes()).length
    expect(await given.store.flows.release(flowId as number, approvalOf('staffetta'), now)).toBe(
      true,
    )
    expect((await given.wakes()).length).toBe(before)
  })

  test('does not happen to a flow whose drop could not be read', async () => {
    const { flowId } = await given.take(canteen(), 'a', '"')
    expect(await given.store.flows.release(flowId as number, approvalOf('person'), now)).toBe(false)
  })
})

describe('the list of flows', () => {
  test('is newest first, by institution, feed and state, and bounded', async () => {
    const feed = canteen()
    const ids: (number | null)[] = []
    for (const key of ['a', 'b', 'c']) {
      ids.unshift((await given.take(feed, key, key === 'b' ? '"' : canteenFile([]))).flowId)
    }
    const all = { institution: feed.institution, feed: null, state: null, limit: 10 }
    const list = async (filter: object) =>
      (await given.store.flows.list({ ...all, ...filter })).map((flow) => flow.id)
    expect(await list({})).toEqual(ids)
    expect(await list({ limit: 2 })).toEqual(ids.slice(0, 2))
    expect(await list({ state: 'inactive' })).toEqual([ids[1]])
    expect(await list({ feed: 'mensa' })).toEqual(ids)
    expect(await list({ feed: 'tari' })).toEqual([])
    expect(await list({ institution: null, limit: 1000 })).toEqual(expect.arrayContaining(ids))
  })
})
