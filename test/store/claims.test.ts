import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimedMessage } from '../../src/pipeline/send/one.ts'
import { comune, type GivenStore, givenStore, now } from './given.ts'
import { addFlow } from './given-messages.ts'

const ACCOUNT = 'esempio'

let given: GivenStore

beforeAll(async () => {
  given = await givenStore()
})
afterAll(() => given.close())
beforeEach(async () => {
  await given.pool.query(
    'truncate flows, notices, messages, flow_wakes, service_pauses, service_limits cascade',
  )
})

async function claim(limit: number, at = now): Promise<ClaimedMessage[]> {
  const { leases, messages } = given.store
  const claimed = await leases.hold(`account/${ACCOUNT}`, (lease) =>
    messages.claim(ACCOUNT, lease, limit, at),
  )
  if (claimed === null) throw new Error('the lease is held')
  return claimed
}

function countsBy(claimed: ClaimedMessage[], nameOf: (message: ClaimedMessage) => string) {
  const groups = Map.groupBy(claimed, nameOf)
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.length]).sort())
}

const wakes = async () => {
  const { rows } = await given.pool.query<{ at: Temporal.Instant }>(
    'select at from flow_wakes order by at',
  )
  return rows.map(({ at }) => at.toString())
}

describe('a claim among services', () => {
  it('gives each an equal share, however much one of them has', async () => {
    await addFlow(given, { service: 'tari', messages: 200, sendAt: now.subtract({ hours: 5 }) })
    await addFlow(given, { service: 'mensa', messages: 200 })
    await addFlow(given, { service: 'mensa', institution: 'unione', messages: 200 })
    const claimed = await claim(30)
    expect(countsBy(claimed, (one) => `${one.institution}/${one.service}`)).toEqual({
      'comune/mensa': 10,
      'comune/tari': 10,
      'unione/mensa': 10,
    })
  })

  it('gives what one does not use to the others', async () => {
    await addFlow(given, { service: 'tari', messages: 200 })
    await addFlow(given, { service: 'mensa', messages: 3 })
    const claimed = await claim(30)
    expect(countsBy(claimed, ({ service }) => service)).toEqual({ mensa: 3, tari: 27 })
  })

  it('leaves none out for good, even where there are more than it takes at once', async () => {
    const services = Array.from({ length: 12 }, (_, n) => `servizio-${n}`)
    for (const service of services) await addFlow(given, { service, messages: 20 })
    const seen = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const claimed = await claim(4, now.add({ seconds: round }))
      expect(new Set(claimed.map(({ service }) => service)).size).toBe(4)
      for (const { service } of claimed) seen.add(service)
    }
    expect(seen.size).toBe(12)
  })

  it('takes, of one service, the earliest first, whatever flow it stands in', async () => {
    await addFlow(given, { messages: 5, sendAt: now.subtract({ minutes: 10 }) })
    const early = await addFlow(given, { messages: 5, sendAt: now.subtract({ minutes: 20 }) })
    const claimed = await claim(5)
    expect(claimed.map(({ flowId }) => flowId)).toEqual([early, early, early, early, early])
  })

  it('takes the nearest due date first among those that are due at once', async () => {
    const dueDates = [9, 2, 30, 5].map((days) => now.add({ hours: 24 * days }))
    for (const dueAt of [null, ...dueDates]) await addFlow(given, { dueAt })
    const claimed = []
    for (let n = 0; n < 5; n += 1) claimed.push(...(await claim(1)))
    expect(claimed.map(({ data }) => data.dueAt)).toEqual([
      ...dueDates.toSorted(Temporal.Instant.compare).map(String),
      null,
    ])
  })

  it('takes the nearest due date first of all that an outage has made late', async () => {
    const far = { sendAt: now.subtract({ hours: 20 }), dueAt: now.add({ hours: 720 }) }
    const near = { sendAt: now.subtract({ hours: 2 }), dueAt: now.add({ hours: 6 }) }
    await addFlow(given, { ...far, messages: 10 })
    const urgent = await addFlow(given, { ...near, messages: 10 })
    const claimed = await claim(10)
    expect(countsBy(claimed, ({ flowId }) => String(flowId))).toEqual({ [urgent]: 10 })
  })
})

describe('a message whose due date has passed', () => {
  const dueDate = now.add({ hours: 24 })
  const later = now.add({ hours: 48 })
  const stateOf = (flowId: number) =>
    given.pool
      .query('select state, code from messages where flow_id = $1', [flowId])
      .then(({ rows }) => rows[0])

  it('while it waited is held for a person', async () => {
    const late = await addFlow(given, { dueAt: dueDate })
    const open = await addFlow(given, { dueAt: later.add({ hours: 1 }) })
    const claimed = await claim(10, later)
    expect(claimed.map(({ flowId }) => flowId)).toEqual([open])
    expect(await stateOf(late)).toEqual({ state: 'held', code: 'HOLD_DUE_DATE_PASSED' })
  })

  it('before it was planned to leave is sent: that is what it is about', async () => {
    await addFlow(given, { dueAt: now.subtract({ hours: 1 }) })
    expect(await claim(10, later)).toHaveLength(1)
    const late = await addFlow(given, { dueAt: dueDate, purpose: 'reminder' })
    await given.pool.query(
      `update messages set civil_at = $2::timestamptz at time zone 'Europe/Rome'
       where flow_id = $1`,
      [late, dueDate.add({ hours: 2 }).toString()],
    )
    expect(await claim(10, later)).toHaveLength(1)
  })

  it('does not use up a claim that others need', async () => {
    await addFlow(given, { dueAt: dueDate, messages: 60 })
    const open = await addFlow(given, { messages: 5, sendAt: now.add({ hours: 30 }) })
    const claimed = await claim(5, later)
    expect(countsBy(claimed, ({ flowId }) => String(flowId))).toEqual({ [open]: 5 })
  })
})

describe('the wakes of a flow', () => {
  it('are one for what is due, then one for what comes next, then none', async () => {
    const later = now.add({ hours: 24 })
    const flow = await addFlow(given, { messages: 3 })
    await given.pool.query(
      'update messages set send_at = $1 where id = (select max(id) from messages)',
      [later.toString()],
    )
    expect(await wakes()).toEqual([now.toString()])
    expect(await claim(1)).toHaveLength(1)
    expect(await wakes()).toEqual([now.toString()])
    expect(await claim(5)).toHaveLength(1)
    expect(await wakes()).toEqual([later.toString()])
    expect((await claim(5, later)).map(({ flowId }) => flowId)).toEqual([flow])
    expect(await wakes()).toEqual([])
  })

  it('come back with a message that comes back to wait, whoever puts it back', async () => {
    await addFlow(given, { messages: 2 })
    await claim(5)
    expect(await wakes()).toEqual([])
    const again = now.add({ seconds: 10 }).toString()
    await given.pool.query(`update messages set state = 'waiting', send_at = $1`, [again])
    expect(await wakes()).toEqual([again])
    expect(await claim(5, now.add({ seconds: 9 }))).toEqual([])
    expect(await claim(5, now.add({ seconds: 10 }))).toHaveLength(2)
  })

  it('added while a claim is under way are not lost with those that it replaces', async () => {
    const flow = await addFlow(given, { messages: 2 })
    const [first] = await claim(1)
    // One is put back in a transaction that the next claim cannot see, and ends after it.
    const other = await given.pool.connect()
    await other.query('begin')
    await other.query(`update messages set state = 'waiting' where id = $1`, [first?.id])
    expect(await claim(5)).toHaveLength(1)
    await other.query('commit')
    other.release()
    expect((await claim(5)).map(({ id, flowId }) => [id, flowId])).toEqual([[first?.id, flow]])
  })

  it('stay when the lease is no longer held, and nothing was taken', async () => {
    await addFlow(given, { messages: 2 })
    const taken = await given.store.leases.hold(`account/${ACCOUNT}`, async (lease) => {
      await given.pool.query(`update leases set token = token + 1 where name = $1`, [lease.name])
      return given.store.messages.claim(ACCOUNT, lease, 5, now)
    })
    expect(taken).toEqual([])
    expect(await wakes()).toEqual([now.toString()])
    await given.pool.query(`update leases set expires_at = '-infinity'`)
    expect(await claim(5)).toHaveLength(2)
  })

  it('of a paused service wait until it is resumed', async () => {
    await addFlow(given, { messages: 2 })
    const { pauses } = given.store
    const pause = { institution: comune, service: 'tari', since: now, code: 'IO_KEY', detail: '' }
    await pauses.pause(pause, [])
    expect(await claim(5)).toEqual([])
    await pauses.resume(comune, 'tari', { actor: 'root', origin: 'cli', at: now })
    expect(await claim(5)).toHaveLength(2)
  })
})

describe('a paused service that only a message can prove mended', () => {
  const pause = {
    institution: comune,
    service: 'tari',
    since: now,
    code: 'IO_FORBIDDEN',
    detail: '',
  }

  it('has one message let through, and no second while that is under way', async () => {
    await addFlow(given, { messages: 5 })
    await addFlow(given, { messages: 1, service: 'mensa' })
    const { pauses, messages } = given.store
    await pauses.pause(pause, [])
    expect(await pauses.chooseTrial(comune, 'tari', now)).toBe(true)
    expect(await pauses.chooseTrial(comune, 'tari', now)).toBe(false)
    expect(await messages.accountsWithWork(now)).toEqual([ACCOUNT])
    const claimed = await claim(10)
    expect(claimed.map(({ service, trial }) => `${service} ${trial}`).sort()).toEqual([
      'mensa null',
      'tari pause',
    ])
    expect(await pauses.chooseTrial(comune, 'tari', now)).toBe(false)
    expect(await claim(10)).toEqual([])
  })

  it('has another let through when the first ended without an answer', async () => {
    await addFlow(given, { messages: 5 })
    const { pauses } = given.store
    await pauses.pause(pause, [])
    await pauses.chooseTrial(comune, 'tari', now)
    const [first] = await claim(10)
    await given.pool.query(`update messages set state = 'undeliverable' where id = $1`, [first?.id])
    expect(await pauses.chooseTrial(comune, 'tari', now)).toBe(true)
    const [second] = await claim(10)
    expect(second?.id).not.toBe(first?.id)
  })

  it('has another let through when the first waits for another day', async () => {
    await addFlow(given, { messages: 5 })
    const { pauses } = given.store
    await pauses.pause(pause, [])
    await pauses.chooseTrial(comune, 'tari', now)
    const [first] = await claim(10)
    await given.pool.query(
      `update messages set state = 'waiting', moved = 'crowded', send_at = $2 where id = $1`,
      [first?.id, now.add({ hours: 24 }).toString()],
    )
    expect(await pauses.chooseTrial(comune, 'tari', now)).toBe(true)
    const [second] = await claim(10)
    expect(second?.id).not.toBe(first?.id)
  })

  it('has none let through where nothing of it is due', async () => {
    await addFlow(given, { messages: 5, sendAt: now.add({ hours: 1 }) })
    await addFlow(given, { messages: 5, service: 'mensa' })
    await given.store.pauses.pause(pause, [])
    expect(await given.store.pauses.chooseTrial(comune, 'tari', now)).toBe(false)
  })
})

describe('a claimed message', () => {
  const known = { institution: comune, service: 'tari', since: now, detail: '' }

  it('carries what its service may not send, and no other service', async () => {
    const { limits } = given.store
    await limits.learn({ ...known, feature: 'amount', maximumCents: 5000 }, [])
    await limits.learn({ ...known, feature: 'payee', maximumCents: null }, [])
    await addFlow(given)
    await addFlow(given, { service: 'mensa' })
    const claimed = await claim(5)
    expect(Object.fromEntries(claimed.map((one) => [one.service, one.limits.length]))).toEqual({
      mensa: 0,
      tari: 2,
    })
  })

  it('does not carry the ceiling that it is to try, but every other limit', async () => {
    const { limits } = given.store
    await limits.learn({ ...known, feature: 'amount', maximumCents: 5000 }, [])
    await limits.learn({ ...known, feature: 'payee', maximumCents: null }, [])
    await addFlow(given, { messages: 2, amountCents: 9000 })
    await given.pool.query(`update messages set state = 'held', code = 'IO_AMOUNT_CEILING'`)
    const later = now.add({ hours: 1 })
    await limits.startTrials(later)
    const claimed = await claim(5, later)
    expect(claimed.map(({ trial, limits: carried }) => ({ trial, carried }))).toEqual([
      { trial: 'limit', carried: [{ feature: 'payee', maximumCents: null }] },
    ])
  })
})
