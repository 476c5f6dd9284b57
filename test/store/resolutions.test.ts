import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import type { Decision } from '../../src/store/resolutions.ts'
import { child, children, type Installation, openInstallation } from '../installation.ts'

let here: Installation
let flow: number
let ids: number[]

const loseAnswers = (call: SandboxCall) =>
  call.path === '/messages' ? ({ connection: 'reset-after' } as const) : null

beforeEach(async () => {
  here = await openInstallation()
  flow = await here.drop(children(3))
  here.answer(loseAnswers)
  await here.send()
  here.answer(() => null)
  ids = (await here.firsts(flow)).map(({ id }) => id)
})
afterEach(() => here[Symbol.asyncDispose]())

const decide = (decided: number[], changes: Partial<Decision> = {}) =>
  here.app.decide(decided, {
    as: 'sent',
    ioId: null,
    note: null,
    actor: 'anna',
    origin: 'cli',
    ...changes,
  })

const states = async () => (await here.firsts(flow)).map(({ state }) => state)
const flowNow = () => here.app.store.flows.get(flow)

describe('what waits for a person', () => {
  it('is listed with line, recipient, reason and since when', async () => {
    const { resolutions } = here.app.store
    const filter = { institution: null, flowId: flow, limit: 2 }
    const waiting = await resolutions.list(filter)
    expect(waiting).toMatchObject([
      { id: ids[0], flowId: flow, feed: 'mensa', line: 2, state: 'uncertain' },
      { id: ids[1], line: 3, code: 'IO_ANSWER_LOST', purpose: 'first' },
    ])
    expect(waiting[0]?.fiscalCode).toHaveLength(16)
    expect(await resolutions.counts(null)).toEqual([
      { state: 'uncertain', code: 'IO_ANSWER_LOST', n: 3 },
    ])
    expect(await resolutions.list({ ...filter, institution: 'another' })).toEqual([])
    expect(await resolutions.ofFlow(flow, null)).toEqual(ids)
    expect(await resolutions.ofFlow(flow, 'HOLD_SERVICE')).toEqual([])
  })
})

describe('a decision', () => {
  it('that IO has it ends the message and, with the last, closes the flow', async () => {
    expect(await flowNow()).toMatchObject({ state: 'incomplete', reason: 'uncertain' })
    const [one = 0, ...others] = ids
    expect(await decide([one])).toMatchObject([{ id: one, because: null, state: 'uncertain' }])
    expect(await states()).toEqual(['sent', 'uncertain', 'uncertain'])
    expect(await flowNow()).toMatchObject({ state: 'incomplete', reason: 'uncertain' })
    await decide(others)
    expect(await flowNow()).toMatchObject({ state: 'sent', reason: null })
    await here.send()
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(3)
  })

  it('with IO’s id lets it be followed', async () => {
    const [accepted] = [...here.playground.sandbox.truth.accepted()]
    const { resolutions } = here.app.store
    const waiting = await resolutions.list({ institution: null, flowId: flow, limit: 9 })
    const message = waiting.find(({ fiscalCode }) => fiscalCode === accepted?.fiscalCode)
    await decide([message?.id as number], { ioId: accepted?.id as string })
    await here.send()
    const firsts = await here.firsts(flow)
    expect(firsts.find(({ id }) => id === message?.id)).toMatchObject({
      state: 'sent',
      ioId: accepted?.id,
      delivery: 'processed',
    })
  })

  it('to send again reopens the flow, and the message leaves once more', async () => {
    const [one = 0] = ids
    await decide([one], { as: 'resend' })
    expect(await flowNow()).toMatchObject({ state: 'sending', reason: null, endedAt: null })
    await here.send()
    expect(await states()).toEqual(['sent', 'uncertain', 'uncertain'])
    expect(await flowNow()).toMatchObject({ state: 'incomplete', reason: 'uncertain' })
    expect(here.playground.sandbox.truth.acceptedCount()).toBe(4)
  })

  it('to give it up ends the message and leaves nothing open', async () => {
    await decide(ids, { as: 'cancelled' })
    expect(await states()).toEqual(Array(3).fill('cancelled'))
    expect(await flowNow()).toMatchObject({ state: 'sent' })
    const account = await here.app.store.flows.account(flow)
    expect(account).toMatchObject({ read: 3, cancelled: 3, uncertain: 0 })
  })

  it('is an act with who, what and why, and wakes the sender, in one transaction', async () => {
    await decide(ids.slice(0, 2), { note: 'visti sul portale' })
    const acts = await here.query<{ actor: string; origin: string; verb: string; detail: object }>(
      `select actor, origin, verb, detail from acts where verb like 'resolved%'`,
    )
    expect(acts).toEqual([
      {
        actor: 'anna',
        origin: 'cli',
        verb: 'resolved 2 as sent',
        detail: {
          as: 'sent',
          note: 'visti sul portale',
          messages: ids.slice(0, 2).map((id) => ({ id, was: 'uncertain', code: 'IO_ANSWER_LOST' })),
        },
      },
    ])
    const jobs = await here.query(
      `select from pgboss.job
       where name = 'send' and data->>'id' = 'esempio' and state = 'created'`,
    )
    expect(jobs.length).toBeGreaterThan(0)
  })

  it('comes too late for a message that has ended, and says so', async () => {
    const [one = 0, two = 0] = ids
    await decide([one])
    const answers = await decide([one, two, 999_999], { as: 'resend' })
    expect(answers.map(({ because }) => because)).toEqual([
      expect.stringContaining('is sent: IO’s answer came late'),
      null,
      expect.stringContaining('does not exist'),
    ])
    await here.send()
    expect(await states()).toEqual(['sent', 'sent', 'uncertain'])
  })

  it('by two people at once is one decision', async () => {
    const both = await Promise.all([decide(ids, { as: 'resend' }), decide(ids, { as: 'sent' })])
    const done = both.map((answers) => answers.filter(({ because }) => because === null).length)
    expect(done.sort()).toEqual([0, 3])
  })

  it('does not send what its notice no longer says', async () => {
    await here.drop([child(0, { cents: 9900 })], 'mensa-corretta.csv')
    const [answer] = await decide(ids.slice(0, 1), { as: 'resend' })
    expect(answer?.because).toContain('out of date')
    expect(await states()).toEqual(Array(3).fill('uncertain'))
  })

  it('to let a changed text go accepts it as it is rendered now', async () => {
    const other = await here.drop([child(7)], 'mensa-altra.csv')
    // As if the text had been rendered otherwise when it was checked.
    await here.query(
      `update messages set text_hash = sha256('another text') where flow_id = $1 and purpose = 'first'`,
      [other],
    )
    await here.send()
    const [held] = await here.firsts(other)
    expect(held).toMatchObject({ state: 'held', code: 'HOLD_TEXT_CHANGED' })
    expect(await decide([held?.id as number], { as: 'sent' })).toMatchObject([
      { because: expect.stringContaining('nothing of it has left') },
    ])
    await decide([held?.id as number], { as: 'resend' })
    await here.send()
    expect(await here.firsts(other)).toMatchObject([{ state: 'sent' }])
  })

  it('gives the source a supplement once nothing is open', async () => {
    const feed = {
      ...{ institution: 'comune-di-esempio', feed: 'mensa', target: 'source' },
      reportAfterHours: 0,
    }
    const { writeBacks } = here.app.store
    const due = () => writeBacks.due([feed], Temporal.Now.instant())
    const [early] = await due()
    expect(early).toMatchObject({ number: 0, final: false })
    const told = { records: [], fates: [] }
    if (early) await writeBacks.written(early, told, Temporal.Now.instant())
    expect(await due()).toEqual([])
    await decide(ids)
    expect(await due()).toMatchObject([{ number: 1, final: true }])
  })
})
