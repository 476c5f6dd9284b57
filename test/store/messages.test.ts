import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Lease } from '../../src/store/leases.ts'
import type { Messages } from '../../src/store/messages.ts'
import { ACCOUNT, child, type Installation, openInstallation, parent } from '../installation.ts'

const now = () => Temporal.Now.instant()

let here: Installation
let messages: Messages
let first: number
let second: number

beforeAll(async () => {
  here = await openInstallation()
  messages = here.app.store.messages
  first = await here.drop([child(0), child(1), child(2)], 'mensa-marzo.csv')
  second = await here.drop([child(3), child(4), child(5)], 'mensa-aprile.csv')
})

afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

beforeEach(async () => {
  // All is as at first, by hand: no flow goes back by itself.
  await here.query('alter table flows disable trigger legal_moves')
  await here.query(`update messages set state = 'waiting', fence = null, track_at = null,
    sent_at = null, io_id = null, send_at = now() - id * interval '1 second'
    where purpose = 'first'`)
  await here.query(`update flows set released_at = now(), suspended_at = null, stopped_at = null,
    state = 'active'`)
  await here.query('update installation set paused_because = null')
  await resume()
})

const resume = () =>
  here.app.store.pauses.resume('comune-di-esempio', 'mensa', {
    actor: 'root',
    origin: 'cli',
    at: now(),
  })

async function held<T>(work: (lease: Lease) => Promise<T>): Promise<T> {
  const done = await here.app.store.leases.hold(`account/${ACCOUNT}`, async (lease) => ({
    result: await work(lease),
  }))
  if (done === null) throw new Error('the lease is held')
  return done.result
}

const claim = (limit: number, at = now()) =>
  held((lease) => messages.claim(ACCOUNT, lease, limit, at))

describe('a claim', () => {
  it('takes the earliest first, across flows, and no more than asked', async () => {
    const all = await here.query<{ id: number }>(
      `select id::int from messages where purpose = 'first' order by send_at`,
    )
    const claimed = await claim(4)
    expect(claimed.map(({ id }) => id).sort()).toEqual(
      all
        .slice(0, 4)
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('brings all that a sending needs, opened', async () => {
    const claimed = await claim(10)
    const codes = claimed.map(({ data }) => data.fiscalCode).sort()
    expect(codes).toEqual([0, 1, 2, 3, 4, 5].map(parent).sort())
    expect(claimed[0]).toMatchObject({
      institution: 'comune-di-esempio',
      feed: 'mensa',
      service: 'mensa',
      template: 0,
      purpose: 'first',
    })
  })

  it('takes nothing before its instant', async () => {
    await here.query(`update messages set send_at = now() + interval '1 hour'
      where purpose = 'first'`)
    expect(await claim(10)).toEqual([])
    expect(await claim(10, now().add({ hours: 2 }))).toHaveLength(6)
  })

  it.each([
    ['a flow that was not released', 'update flows set released_at = null where id = $1'],
    ['a flow that is suspended', 'update flows set suspended_at = now() where id = $1'],
    ['a flow that was stopped', 'update flows set stopped_at = now() where id = $1'],
  ])('leaves %s alone', async (_, change) => {
    await here.query(change, [first])
    const claimed = await claim(10)
    expect(claimed.map(({ flowId }) => flowId)).toEqual([second, second, second])
  })

  it('takes nothing of a service that is paused, nor of an installation that is', async () => {
    const pause = { institution: 'comune-di-esempio', service: 'mensa', since: now() }
    await here.app.store.pauses.pause({ ...pause, code: 'IO_KEY', detail: '' }, [])
    expect(await claim(10)).toEqual([])
    await resume()
    await here.query(`update installation set paused_because = 'restored'`)
    expect(await claim(10)).toEqual([])
  })

  it('takes nothing of another account', async () => {
    const claimed = await here.app.store.leases.hold('account/altro', (lease) =>
      messages.claim('altro', lease, 10, now()),
    )
    expect(claimed).toEqual([])
  })

  it('shares messages out among holders that come one after another', async () => {
    const [one, two] = [await claim(3), await claim(3)]
    expect(new Set([...one, ...two].map(({ id }) => id)).size).toBe(6)
  })
})

describe('the accounts with work', () => {
  const accounts = () => messages.accountsWithWork(now())

  it('are those with a message due', async () => {
    expect(await accounts()).toEqual([ACCOUNT])
    await here.query(`update messages set send_at = now() + interval '1 hour'
      where purpose = 'first'`)
    expect(await accounts()).toEqual([])
  })

  it('are those whose sender left messages behind', async () => {
    await here.query(`update messages set send_at = now() + interval '1 hour'
      where purpose = 'first'`)
    await here.query(
      `update messages set state = 'sending', fence = 0 where flow_id = $1 and purpose = 'first'`,
      [first],
    )
    expect(await accounts()).toEqual([ACCOUNT])
  })

  it('are those with a delivery to ask for', async () => {
    await here.query(`update messages set send_at = now() + interval '1 hour'
      where purpose = 'first'`)
    await here.query(
      `update messages set state = 'sent', track_at = now()
       where flow_id = $1 and purpose = 'first'`,
      [first],
    )
    expect(await accounts()).toEqual([ACCOUNT])
  })

  it('are not those whose deliveries are all of a service that is paused', async () => {
    await here.query(`update messages set state = 'sent', track_at = now() where purpose = 'first'`)
    await here.query(`update flows set state = 'sent'`)
    const pause = { institution: 'comune-di-esempio', service: 'mensa', since: now() }
    await here.app.store.pauses.pause({ ...pause, code: 'IO_KEY', detail: '' }, [])
    expect(await accounts()).toEqual([])
    await resume()
    expect(await accounts()).toEqual([ACCOUNT])
  })

  it('are none while the flows are suspended or not released', async () => {
    await here.query('update flows set suspended_at = now()')
    expect(await accounts()).toEqual([])
    await here.query('update flows set suspended_at = null, released_at = null')
    expect(await accounts()).toEqual([])
  })
})
