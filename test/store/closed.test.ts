// What is due of feeds that are closed, made to wait by the store for all of them together.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClosedOrigin } from '../../src/pipeline/send/timing.ts'
import type { Lease } from '../../src/store/leases.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'
import { addFlow } from './given-messages.ts'

const ACCOUNT = 'esempio'
const opensAt = now.add({ hours: 11 })
const closed: ClosedOrigin = { institution: comune, feed: 'tari', campaign: null, opensAt }

let given: GivenStore
beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())
beforeEach(async () => {
  await given.pool.query('truncate flows, notices, messages, flow_wakes cascade')
})

async function flowOf(feed: string, messages: number, changes: object = {}): Promise<number> {
  const id = await addFlow(given, { messages, service: feed, ...changes })
  await given.pool.query('update flows set feed = $2 where id = $1', [id, feed])
  return id
}

function leased<T>(work: (lease: Lease) => Promise<T>): Promise<T | null> {
  return given.store.leases.hold(`account/${ACCOUNT}`, work)
}

const defer = (at = now) =>
  leased((lease) => given.store.messages.deferClosed(ACCOUNT, lease, [closed], at))

const claimed = async (at = now) =>
  (await leased((lease) => given.store.messages.claim(ACCOUNT, lease, 100, at))) ?? []

describe('a closed feed', () => {
  it('keeps all that is due of it until it opens, and the others go on', async () => {
    await flowOf('tari', 30)
    await flowOf('mensa', 3)
    expect(await defer()).toBe(30)
    expect(await defer()).toBe(0)
    const going = await claimed()
    expect(going.map(({ feed }) => feed)).toEqual(['mensa', 'mensa', 'mensa'])
    expect(await claimed()).toEqual([])
    const { rows } = await given.pool.query<{ at: Temporal.Instant }>(
      `select w.at from flow_wakes w join flows f on f.id = w.flow_id where f.feed = 'tari'`,
    )
    expect(rows.map(({ at }) => at)).toEqual([opensAt])
    expect(await claimed(opensAt)).toHaveLength(30)
  })

  it('keeps what is due later as it is planned', async () => {
    await flowOf('tari', 2, { sendAt: now.add({ hours: 1 }) })
    expect(await defer()).toBe(0)
    const later = await given.count(
      `select count(*) from messages where send_at < $1`,
      opensAt.toString(),
    )
    expect(later).toBe(2)
  })

  it('keeps nothing for who has lost the lease, or of a flow that is suspended', async () => {
    const flow = await flowOf('tari', 2)
    const lost = { name: `account/${ACCOUNT}`, token: -1 } as Lease
    expect(await given.store.messages.deferClosed(ACCOUNT, lost, [closed], now)).toBe(0)
    await given.pool.query('update flows set suspended_at = now() where id = $1', [flow])
    expect(await defer()).toBe(0)
  })

  it('keeps more than one statement takes', async () => {
    await flowOf('tari', 20_500)
    expect(await defer()).toBe(20_500)
    expect(await claimed()).toEqual([])
  })
})
