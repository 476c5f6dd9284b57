// Suspending, resuming and stopping a flow, as people do it while it is being sent to the sandbox.
import { afterEach, beforeEach, expect, test } from 'vitest'
import { difference } from '../../src/domain/flow-account.ts'
import { children, type Installation, openInstallation } from '../installation.ts'
import { call } from './call-command.ts'

const MESSAGES = 60
const CONNECTIONS = 4

let here: Installation
let flow: number
beforeEach(async () => {
  here = await openInstallation({ account: { connections: CONNECTIONS } })
  flow = await here.drop(children(MESSAGES))
})
afterEach(() => here[Symbol.asyncDispose]())

const accepted = () => here.playground.sandbox.truth.acceptedCount()
const states = async (purpose: 'first' | 'reminder') => {
  const rows = await here.query<{ said: string; n: number }>(
    `select concat_ws(' ', state, code) as said, count(*)::int as n from messages
     where flow_id = $1 and purpose = $2 group by 1`,
    [flow, purpose],
  )
  return Object.fromEntries(rows.map(({ said, n }) => [said, n]))
}
const label = async () => {
  const { state, reason } = await here.app.store.flows.get(flow)
  return `${state} ${reason}`
}

/** Calls of any kind since the act was done. */
let callsSince = 0

/** Does it once so many have left, while others are on their way; answers how many had. */
async function after(count: number, act: () => Promise<unknown>): Promise<number> {
  let done: Promise<unknown> | null = null
  let atCommit = 0
  here.answer(({ path }) => {
    if (atCommit > 0) callsSince += 1
    if (path !== '/messages' || accepted() < count) return null
    done ??= act().then(() => {
      atCommit = accepted()
      callsSince = 0
    })
    return { delayMilliseconds: 20 }
  })
  await here.send()
  await done
  here.answer(() => null)
  return atCommit
}

test('a suspended flow sends at most what is in flight, and resumed all the rest', async () => {
  const before = await after(10, () => call(here, ['flows', 'suspend', String(flow)]))
  expect(accepted()).toBeLessThanOrEqual(before + CONNECTIONS)
  expect(await label()).toBe('sending suspended')
  await here.send()
  expect(accepted()).toBeLessThanOrEqual(before + CONNECTIONS)
  expect((await states('first'))['waiting']).toBe(MESSAGES - accepted())
  const listed = async (language: string) =>
    (await call(here, ['flows', 'list', '--lang', language])).out
  expect(await listed('it')).toContain('In invio · sospeso')
  expect(await listed('en')).toContain('Sending · suspended')

  const again = await call(here, ['flows', 'suspend', String(flow), '--lang', 'it'])
  expect(again).toMatchObject({ code: 1, err: `Il flusso ${flow} è già sospeso.\n` })

  const resumed = await call(here, ['flows', 'resume', String(flow), '--because', 'controllato'])
  expect(resumed.code).toBe(0)
  await here.send()
  expect(accepted()).toBe(MESSAGES)
  expect(await label()).toBe('sent null')
  const { out } = await call(here, ['flows', 'show', String(flow)])
  expect(out).toMatch(/\(cli\): suspended\n/)
  expect(out).toMatch(/\(cli\): resumed\n {4}controllato\n/)
})

test('a stopped flow ends by itself: nothing of it is left, its reminders neither', async () => {
  const stop = ['flows', 'stop', String(flow), '--because', 'importi sbagliati', '--lang', 'en']
  const before = await after(10, () => call(here, [...stop, '--yes', '--messages', '500']))
  expect(accepted()).toBeLessThanOrEqual(before + CONNECTIONS)
  // Nor is anybody asked about: each hand may have had a profile and a message on their way.
  expect(callsSince).toBeLessThanOrEqual(2 * CONNECTIONS)
  expect(await label()).toBe('incomplete stopped')
  const sent = accepted()
  expect(await states('first')).toEqual({ sent, 'cancelled stopped': MESSAGES - sent })
  expect(await states('reminder')).toEqual({ 'cancelled stopped': MESSAGES })
  const account = await here.app.store.flows.account(flow)
  expect(account).toMatchObject({ read: MESSAGES, sent, cancelled: MESSAGES - sent })
  expect(difference(account)).toBe(0)

  await here.send()
  expect(accepted()).toBe(sent)
  const resumed = await call(here, ['flows', 'resume', String(flow), '--lang', 'en'])
  expect(resumed).toMatchObject({
    code: 1,
    err: `Flow ${flow} was stopped, and that is final.\n`,
  })
})

test('who stops a flow must know how much of it never leaves', async () => {
  const stop = ['flows', 'stop', String(flow), '--because', 'prova', '--lang', 'it']
  const few = await call(here, [...stop, '--yes', '--messages', '60'])
  expect(few.code).toBe(1)
  expect(few.err).toContain('nulla è cambiato')
  expect(await label()).toBe('active approved')
  expect((await call(here, [...stop, '--yes'])).code).toBe(2)
  expect((await call(here, ['flows', 'stop', String(flow)])).code).toBe(2)
  const all = await call(here, [...stop, '--yes', '--messages', '120'])
  expect(all.out).toBe(`Il flusso ${flow} è interrotto: 120 messaggi annullati, 0 già in volo.\n`)
})

test('what is uncertain after the stop stays for a person, and is not sent again', async () => {
  let done: Promise<unknown> | null = null
  here.answer(({ path }) => {
    if (path !== '/messages') return null
    done ??= call(here, [
      'flows',
      'stop',
      String(flow),
      '--because',
      'x',
      '--yes',
      '--messages',
      '500',
    ])
    return { connection: 'reset-after', delayMilliseconds: 300 }
  })
  await here.send()
  await done
  const [uncertain] = (await here.firsts(flow)).filter(({ state }) => state === 'uncertain')
  const resend = ['resolve', String(uncertain?.id), '--as', 'resend', '--yes']
  const refused = await call(here, resend)
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('belongs to a flow that was stopped')
  const sent = await call(here, ['resolve', String(uncertain?.id), '--as', 'sent', '--yes'])
  expect(sent.code).toBe(0)
  expect(await label()).toBe('incomplete stopped')
})

test('a flow that was sent stays sent when its reminders are suspended, or stopped', async () => {
  await here.send()
  expect(await label()).toBe('sent null')
  expect((await call(here, ['flows', 'suspend', String(flow)])).code).toBe(0)
  expect(await label()).toBe('sent suspended')
  const stop = ['flows', 'stop', String(flow), '--because', 'tutti pagati', '--yes']
  expect((await call(here, [...stop, '--messages', '60'])).code).toBe(0)
  expect(await label()).toBe('sent stopped')
  expect(await states('reminder')).toEqual({ 'cancelled stopped': MESSAGES })
})

test('of two who act at once one wins, and the other is told', async () => {
  const other = await here.another()
  const asked = { actor: 'bruno', origin: 'console', note: null }
  for (const act of ['suspend', 'resume'] as const) {
    const decided = await Promise.all([
      here.app.flows[act](flow, { ...asked, actor: 'anna' }),
      other.flows[act](flow, asked),
    ])
    expect(decided.map(({ kind }) => kind).sort()).toEqual(['done', 'refused'])
  }
  const all = { ...asked, atMost: null }
  const stops = await Promise.all([here.app.flows.stop(flow, all), other.flows.stop(flow, all)])
  expect(stops.map(({ kind }) => kind).sort()).toEqual(['done', 'refused'])
  const verbs = (await here.app.store.acts.ofFlow(flow)).map(({ verb }) => verb)
  expect(verbs.filter((verb) => ['suspended', 'resumed', 'stopped'].includes(verb))).toEqual([
    'suspended',
    'resumed',
    'stopped',
  ])
})
