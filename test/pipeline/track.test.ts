import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ordinaryGroups } from '../../src/domain/io-groups.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { MessageStatus } from '../../src/sandbox/messages.ts'
import type { Citizen } from '../../src/sandbox/population.ts'
import {
  child,
  children,
  configure,
  type FirstMessage,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'

const isStatus = ({ method }: { method: string }) => method === 'GET'

describe('an accepted message', () => {
  let here: Installation
  let calls: { status: number; submit: number }
  let flow: number
  let month = 0

  beforeAll(async () => {
    here = await openInstallation()
    calls = here.playground.sandbox.truth.calls
  })
  afterAll(async () => {
    await here[Symbol.asyncDispose]()
  })

  /** A message that IO has accepted, and will end as stated. */
  async function accepted(status: MessageStatus): Promise<void> {
    month += 1
    here.answer(() => null)
    flow = await here.drop([child(1, { month: `2026-${String(month).padStart(2, '0')}` })])
    await here.send()
    const [message] = await here.firsts(flow)
    here.playground.sandbox.forceStatus(message?.ioId as string, status)
    calls = { ...here.playground.sandbox.truth.calls }
  }

  /** Calls since the message was accepted. */
  function since(what: 'status' | 'submit'): number {
    return here.playground.sandbox.truth.calls[what] - calls[what]
  }

  function dueNow(): Promise<unknown> {
    return here.query('update messages set track_at = now() where track_at is not null')
  }

  async function message(): Promise<FirstMessage> {
    const [only] = await here.firsts(flow)
    return only as FirstMessage
  }

  it('is asked about, and is done once IO has processed it', async () => {
    await accepted('PROCESSED')
    await here.send()
    expect(since('status')).toBe(0)
    await here.pass('2 seconds')
    await here.send()
    expect(await message()).toMatchObject({ state: 'sent', delivery: 'processed', trackAt: null })
    await here.pass('1 day')
    await here.send()
    expect(since('status')).toBe(1)
  })

  it.each<[string, MessageStatus, Partial<Citizen>, string, string]>([
    ['citizen who has left IO', 'REJECTED', { onIo: false }, 'rejected', 'IO_REJECTED_NO_PROFILE'],
    [
      'citizen who switched the service off',
      'REJECTED',
      { off: 'all' },
      'rejected',
      'IO_REJECTED_SENDER_BLOCKED',
    ],
    ['citizen who is still there', 'REJECTED', {}, 'rejected', 'IO_PROCESSING_REJECTED'],
    ['fault of IO', 'FAILED', {}, 'failed', 'IO_PROCESSING_FAILED'],
  ])('that ends by a %s counts as undeliverable, and is not sent again', async (...given) => {
    const [, status, citizen, delivery, code] = given
    await accepted(status)
    here.playground.sandbox.stateCitizen(parent(1), citizen)
    await here.pass('2 seconds')
    await here.send()
    here.playground.sandbox.stateCitizen(parent(1), {})
    expect(await message()).toMatchObject({ state: 'undeliverable', delivery, code, trackAt: null })
    const account = await here.app.store.flows.account(flow)
    expect(account).toMatchObject({ read: 1, sent: 0, undeliverable: 1 })
    await here.pass('2 days')
    await here.send()
    expect(since('submit')).toBe(0)
  })

  it('that stays where it is is stuck after a day of answers, and a person sees it', async () => {
    await accepted('ACCEPTED')
    const waits: number[] = []
    while ((await message()).trackAt !== null) {
      await dueNow()
      await here.send()
      const [row] = await here.query<{ wait: number }>(
        `select extract(epoch from track_at - now())::float as wait
         from messages where track_at > now()`,
      )
      if (row) waits.push(row.wait)
    }
    expect(waits.length).toBeGreaterThan(10)
    expect(await message()).toMatchObject({
      state: 'sent',
      delivery: 'stuck',
      code: 'IO_PROCESSING_SILENT',
    })
    expect(await here.app.store.flows.account(flow)).toMatchObject({ read: 1, sent: 1 })
    const seen = await here.app.store.deliveries.ofFlow(flow)
    expect(seen).toEqual({ deliveries: { stuck: 1 }, read: 0, paid: 0 })
    const asked = since('status')
    await here.pass('30 days')
    await here.send()
    expect([since('status'), since('submit')]).toEqual([asked, 0])
  })

  it('is never stuck for questions that had no answer, however many days they take', async () => {
    await accepted('PROCESSED')
    let asked = 0
    here.answer((call) => {
      if (!isStatus(call)) return null
      asked += 1
      return { answer: { status: 500 } }
    })
    for (let day = 0; day < 40; day += 1) {
      await here.pass('1 day')
      await here.send()
    }
    expect(asked).toBe(40)
    expect(await message()).toMatchObject({ state: 'sent', delivery: 'accepted', code: null })
    here.answer(() => null)
    await dueNow()
    await here.send()
    expect(await message()).toMatchObject({ delivery: 'processed', trackAt: null })
  })

  it('keeps the word of IO that nobody knows', async () => {
    await accepted('PROCESSED')
    await here.pass('2 seconds')
    const body = JSON.stringify({ status: 'PARKED' })
    here.answer((call) => (isStatus(call) ? { answer: { status: 200, body } } : null))
    await here.send()
    const rows = await here.query(
      `select delivery, io_status from messages where flow_id = $1 and purpose = 'first'`,
      [flow],
    )
    expect(rows).toEqual([{ delivery: 'unknown', io_status: 'PARKED' }])
  })

  it.each<[string, SandboxFault]>([
    [
      'a state that nobody knows',
      { answer: { status: 200, body: JSON.stringify({ status: 'THROTTLED' }) } },
    ],
    [
      'that it never heard of it',
      {
        answer: {
          status: 404,
          body: JSON.stringify({ status: 404, title: 'Message not found', detail: '' }),
        },
      },
    ],
    ['nothing, and cuts the connection', { connection: 'reset-before' }],
    ['that it has failed', { answer: { status: 500 } }],
    [
      'that another service sent it',
      {
        answer: {
          status: 403,
          body: JSON.stringify({ status: 403, title: 'You are not allowed here', detail: '' }),
        },
      },
    ],
  ])('of which IO says %s stays sent, and is asked about again', async (_, fault) => {
    await accepted('PROCESSED')
    await here.pass('2 seconds')
    here.answer((call) => (isStatus(call) ? fault : null))
    await here.send()
    const asked = await message()
    expect(asked).toMatchObject({ state: 'sent', tracked: 1 })
    expect(asked.trackAt).not.toBe(null)
    expect(await here.app.store.pauses.list()).toEqual([])
    here.answer(() => null)
    await dueNow()
    await here.send()
    expect(await message()).toMatchObject({ state: 'sent', delivery: 'processed', code: null })
  })
})

describe('a key that is refused when IO is asked', () => {
  it('pauses the service once, and nothing is asked until it is good again', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(children(5))
    await here.send()
    await here.pass('2 seconds')
    const { calls } = here.playground.sandbox.truth
    here.answer(() => ({ answer: { status: 401, body: '{"statusCode":401,"message":"no"}' } }))
    await here.send()
    expect((await here.app.store.pauses.list()).map(({ code }) => code)).toEqual(['IO_KEY'])
    await here.pass('1 hour')
    await here.send()
    here.answer(() => null)
    expect(calls.status).toBe(0)
    expect(await here.app.probePaused()).toBe(1)
    await here.send()
    const deliveries = (await here.firsts(flow)).map(({ delivery }) => delivery)
    expect(deliveries).toEqual(Array(5).fill('processed'))
  })
})

describe('a service that goes back', () => {
  it.each([
    ['dry-run', 0],
    ['testers', 1],
  ])('to %s names no other citizen to IO, and nobody falls silent by it', async (mode, asked) => {
    await using here = await openInstallation()
    const turn = async (value: string) => {
      await configure(here.playground.configDirectory, {
        'comune-di-esempio/institution.yaml': { 'services.mensa.mode': value },
      })
      await here.reopen()
      await here.pass('3 days')
      await here.send()
    }
    const flow = await here.drop([child(0), child(1, { fiscalCode: 'AAAAAA00A00A000A' })])
    await here.send()
    await turn(mode)
    const { calls } = here.playground.sandbox.truth
    expect(calls.status).toBe(asked)
    const firsts = await here.firsts(flow)
    expect(firsts.map(({ state, code }) => [state, code])).toEqual([
      ['sent', null],
      ['sent', null],
    ])
    await turn('live')
    expect(calls.status).toBe(2)
    const deliveries = (await here.firsts(flow)).map(({ delivery }) => delivery)
    expect(deliveries).toEqual(['processed', 'processed'])
  })
})

describe('a premium message', () => {
  const said = (read_status: string, payment_status: string) => ({
    status: 'PROCESSED',
    message: { feature_level_type: 'ADVANCED' },
    read_status,
    payment_status,
  })

  it('is followed until it is read and paid, and its payment ends the notice', async () => {
    await using here = await openInstallation()
    const flow = await here.drop([child(1)])
    await here.send()
    const [reminders] = await here.query<{ waiting: number }>(
      `select count(*)::int as waiting from messages where purpose = 'reminder' and state = 'waiting'`,
    )
    expect(reminders?.waiting).toBeGreaterThan(0)
    const seen: unknown[] = []
    const answers = [
      said('UNREAD', 'NOT_PAID'),
      said('READ', 'NOT_PAID'),
      { status: 'ACCEPTED' },
      said('UNAVAILABLE', 'NOT_PAID'),
      said('READ', 'PAID'),
    ]
    for (const answer of answers) {
      const body = JSON.stringify(answer)
      here.answer((call) => (isStatus(call) ? { answer: { status: 200, body } } : null))
      await here.pass('2 days')
      await here.send()
      const [row] = await here.query<object>(
        `select m.delivery, read_status, read_at is not null as read, paid_at is not null as paid,
           track_at is not null as followed, n.state as notice
         from messages m join notices n on n.id = m.notice_id where m.purpose = 'first'`,
      )
      seen.push(Object.values(row as object).join(' '))
    }
    expect(seen).toEqual([
      'processed unread false false true open',
      'processed read true false true open',
      'processed read true false true open',
      'processed unavailable true false true open',
      'processed read true true false settled',
    ])
    const left = await here.query<{ state: string; code: string }>(
      `select distinct state, code from messages where purpose = 'reminder'`,
    )
    expect(left).toEqual([{ state: 'cancelled', code: 'settled' }])
    expect(await here.app.store.deliveries.ofFlow(flow)).toEqual({
      deliveries: { processed: 1 },
      read: 1,
      paid: 1,
    })
    expect(await here.app.store.flows.account(flow)).toMatchObject({ read: 1, sent: 1 })
  })

  it('is sent by a mapping that says so, without its reminders; IO tells its payment', async () => {
    const groups = [...ordinaryGroups, 'ApiMessageWriteAdvanced', 'ApiMessageReadAdvanced'] as const
    const service = {
      service: 'mensa',
      account: 'esempio',
      maxAllowedPaymentAmount: 10_000,
      groups,
    }
    await using here = await openInstallation({
      sandbox: { keys: { 'key-of-the-canteen-service': service } },
      configuration: {
        'comune-di-esempio/institution.yaml': { 'services.mensa.plan': 'premium' },
        'comune-di-esempio/mappings/mensa.yaml': { 'notice.premium': true },
      },
    })
    const levels: unknown[] = []
    here.answer((call) => {
      if (call.path === '/messages') levels.push(JSON.parse(call.body).feature_level_type)
      return null
    })
    const flow = await here.drop([child(1), child(2)])
    await here.send()
    await here.query(`update messages set send_at = now() where purpose = 'reminder'
      and id = (select min(id) from messages where purpose = 'reminder')`)
    await here.send()
    expect(levels).toEqual(['ADVANCED', 'ADVANCED', undefined])
    here.playground.sandbox.pay('303202603000000001')
    await here.pass('2 days')
    await here.send()
    const notices = await here.query<{ state: string }>('select state from notices order by id')
    expect(notices.map(({ state }) => state)).toEqual(['settled', 'open'])
    expect(await here.app.store.deliveries.ofFlow(flow)).toMatchObject({ paid: 1 })
  })

  it('is asked about for the days that the account says, and no longer', async () => {
    await using here = await openInstallation({ account: { premiumFollowDays: 3 } })
    await here.drop([child(1)])
    await here.send()
    const body = JSON.stringify(said('UNREAD', 'NOT_PAID'))
    let asked = 0
    here.answer((call) => {
      if (!isStatus(call)) return null
      asked += 1
      return { answer: { status: 200, body } }
    })
    for (let day = 0; day < 10; day += 1) {
      await here.pass('1 day')
      await here.send()
    }
    expect(asked).toBe(3)
  })
})

describe('following', () => {
  it('asks about everything that is due, many at once, each of its own', async () => {
    await using here = await openInstallation({ account: { connections: 8 } })
    const flow = await here.drop(children(45))
    await here.send()
    await here.pass('2 seconds')
    const summary = await here.send()
    expect(summary).toEqual({ messages: 0, tracked: 45 })
    const deliveries = (await here.firsts(flow)).map(({ delivery }) => delivery)
    expect(deliveries).toEqual(Array(45).fill('processed'))
    expect(here.playground.sandbox.truth.calls.status).toBe(45)
  })
})
