import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { MessageStatus } from '../../src/sandbox/messages.ts'
import {
  child,
  children,
  configure,
  type FirstMessage,
  type Installation,
  openInstallation,
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

  it.each([
    ['REJECTED', 'rejected', 'IO_PROCESSING_REJECTED'],
    ['FAILED', 'failed', 'IO_PROCESSING_FAILED'],
  ] as const)(
    'that IO ends as %s counts as undeliverable, and is not sent again',
    async (s, d, c) => {
      await accepted(s)
      await here.pass('2 seconds')
      await here.send()
      expect(await message()).toMatchObject({
        state: 'undeliverable',
        delivery: d,
        code: c,
        trackAt: null,
      })
      const account = await here.app.store.flows.account(flow)
      expect(account).toMatchObject({ read: 1, sent: 0, undeliverable: 1 })
      await here.pass('2 days')
      await here.send()
      expect(since('submit')).toBe(0)
    },
  )

  it('that stays where it is is asked about ever more seldom, and for a day at most', async () => {
    await accepted('ACCEPTED')
    const waits: number[] = []
    for (let round = 0; round < 8; round += 1) {
      await here.query('update messages set track_at = now() where track_at is not null')
      await here.send()
      const [row] = await here.query<{ wait: number }>(
        `select extract(epoch from track_at - now())::float as wait
         from messages where track_at > now()`,
      )
      waits.push(row?.wait as number)
    }
    expect(waits.every((wait, index) => index === 0 || wait > (waits[index - 1] as number))).toBe(
      true,
    )
    expect(await message()).toMatchObject({ state: 'sent', delivery: 'accepted', tracked: 8 })

    await here.pass('25 hours')
    await here.send()
    expect(await message()).toMatchObject({
      state: 'sent',
      delivery: 'unknown',
      code: 'IO_PROCESSING_SILENT',
      trackAt: null,
    })
    const asked = since('status')
    await here.pass('30 days')
    await here.send()
    expect([since('status'), since('submit')]).toEqual([asked, 0])
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
    await here.query('update messages set track_at = now() where track_at is not null')
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
  ])('to %s names no other citizen to IO, and keeps nobody waiting', async (mode, asked) => {
    await using here = await openInstallation()
    const flow = await here.drop([child(0), child(1, { fiscalCode: 'AAAAAA00A00A000A' })])
    await here.send()
    await configure(here.playground.configDirectory, {
      'comune-di-esempio/institution.yaml': { 'services.mensa.mode': mode },
    })
    await here.reopen()
    await here.pass('2 seconds')
    await here.send()
    const { calls } = here.playground.sandbox.truth
    expect(calls.status).toBe(asked)
    const firsts = await here.firsts(flow)
    expect(firsts.map(({ state, trackAt }) => [state, trackAt])).toEqual([
      ['sent', null],
      ['sent', null],
    ])
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
