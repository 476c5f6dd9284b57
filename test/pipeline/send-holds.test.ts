import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDaemon } from '../../src/daemon.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { child, INSTITUTION, type Installation, openInstallation, parent } from '../installation.ts'

const SERVICE = 'mensa'

let here: Installation
/** Calls that reached IO, refused ones too. */
let calls: { submit: number; profile: number }

beforeEach(async () => {
  here = await openInstallation({ account: { connections: 1 } })
  calls = { submit: 0, profile: 0 }
})
afterEach(async () => {
  await here[Symbol.asyncDispose]()
})

const isSubmit = ({ path }: SandboxCall) => path === '/messages'

const problem = (status: number, title: string, detail = ''): SandboxFault => ({
  answer: {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ status, title, detail }),
  },
})

const gateway = (status: number): SandboxFault => ({
  answer: {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ statusCode: status, message: 'said by the gateway' }),
  },
})

const forbidden = problem(403, 'You are not allowed here')

/** Submits above so many cents are refused as IO refuses them. */
function aboveCeiling(cents: () => number) {
  return (call: SandboxCall): SandboxFault | null => {
    if (!isSubmit(call)) return null
    const { amount } = JSON.parse(call.body).content.payment_data
    const detail = `Unable to send a payment of ${amount}: the amount is over the maximum allowed for this service (${cents()} cents)`
    return amount > cents() ? problem(400, 'Error while sending payment metadata', detail) : null
  }
}

async function states(flow: number): Promise<Record<string, number>> {
  const firsts = await here.firsts(flow)
  const counts = Map.groupBy(firsts, ({ state, code }) => [state, code].filter(Boolean).join(' '))
  return Object.fromEntries([...counts].map(([state, all]) => [state, all.length]))
}

/** Subjects of the mails about services since the last look. */
async function mails(): Promise<string[]> {
  await here.app.mail()
  const subjects = here.playground.mails.splice(0).map((mail) => mail.subject)
  return subjects.filter((subject) => !subject.startsWith('File ricevuto'))
}

function answer(fault: (call: SandboxCall) => SandboxFault | null): void {
  here.answer((call) => {
    if (isSubmit(call)) calls.submit += 1
    else if (call.path === '/profiles') calls.profile += 1
    return fault(call)
  })
}

const rows = (from: number, count: number, cents: number) =>
  Array.from({ length: count }, (_, n) => child(from + n, { cents }))

describe('an amount above what the service may ask', () => {
  it('holds the messages above it, all but one without a call; the rest goes on', async () => {
    answer(aboveCeiling(() => 5000))
    const flow = await here.drop([...rows(0, 10, 9000), ...rows(10, 20, 4500)])
    await here.send()
    expect(await states(flow)).toEqual({ 'held IO_AMOUNT_CEILING': 10, sent: 20 })
    expect(calls).toEqual({ submit: 21, profile: 21 })
    expect(await here.query('select from attempts')).toHaveLength(21)
    await here.app.mail()
    const [mail] = here.playground.mails.filter(({ subject }) => subject.includes('IO_AMOUNT'))
    expect(mail?.text).toContain('50,00 euro')
    expect(mail?.text).toContain('finora: 10.')
    expect(await mails()).toEqual([`Messaggi da decidere: ${SERVICE} (IO_AMOUNT_CEILING)`])

    const second = await here.drop(rows(40, 5, 9000), 'mensa-aprile.csv')
    await here.send()
    expect(await states(second)).toEqual({ 'held IO_AMOUNT_CEILING': 5 })
    expect(calls).toEqual({ submit: 21, profile: 21 })
    expect(await mails()).toEqual([])
  })

  it('is tried with the smallest one, and once IO takes it the others follow', async () => {
    let ceiling = 5000
    const refused: number[] = []
    answer((call) => {
      const fault = aboveCeiling(() => ceiling)(call)
      if (fault) refused.push(JSON.parse(call.body).content.payment_data.amount)
      return fault
    })
    const flow = await here.drop([child(0, { cents: 9000 }), child(1, { cents: 7000 })])
    await here.send()
    expect(await states(flow)).toEqual({ 'held IO_AMOUNT_CEILING': 2 })
    expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'incomplete' })
    await mails()

    await here.app.probePaused()
    await here.send()
    expect(refused).toHaveLength(1)
    await here.pass('1 hour')
    await here.app.probePaused()
    await here.send()
    expect(refused.slice(1)).toEqual([7000])
    expect(await states(flow)).toEqual({ 'held IO_AMOUNT_CEILING': 2 })
    expect(await mails()).toEqual([])

    ceiling = 10_000
    await here.pass('1 hour')
    await here.app.probePaused()
    await here.send()
    expect(calls.submit).toBe(2)
    await here.pass('1 hour')
    await here.app.probePaused()
    await here.send()
    await here.send()
    expect(await states(flow)).toEqual({ sent: 2 })
    expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'sent', reason: null })
    expect(await here.app.store.limits.list()).toEqual([])
    expect(await mails()).toEqual([`Messaggi ripresi: ${SERVICE}`])
  })

  it('is forgotten when a person says so, and learnt again if it still stands', async () => {
    answer(aboveCeiling(() => 5000))
    const flow = await here.drop(rows(0, 6, 9000))
    await here.send()
    await mails()
    const act = { actor: 'root', origin: 'cli', at: Temporal.Now.instant() }
    expect(await here.app.store.limits.forget(INSTITUTION, SERVICE, act)).toBe(6)
    expect(await states(flow)).toEqual({ waiting: 6 })
    expect(
      await here.query('select actor, verb, subject, detail from acts order by id desc limit 1'),
    ).toEqual([
      { actor: 'root', verb: 'resumed', subject: 'service/mensa', detail: { released: 6 } },
    ])
    await here.send()
    expect(await states(flow)).toEqual({ 'held IO_AMOUNT_CEILING': 6 })
    expect(calls.submit).toBe(2)
    expect(await mails()).toHaveLength(1)
  })

  it('is not lifted by a profile, however well it answers', async () => {
    answer(aboveCeiling(() => 5000))
    const flow = await here.drop(rows(0, 3, 9000))
    await here.send()
    const before = calls.profile
    await here.app.probePaused()
    await here.send()
    expect(await states(flow)).toEqual({ 'held IO_AMOUNT_CEILING': 3 })
    expect(calls.profile).toBe(before)
  })
})

describe('a feature that the key lacks', () => {
  it('holds the messages that need it, and comes back when a person says so', async () => {
    const detail = 'You do not have enough permissions to send a payment message with payee'
    let isAllowed = false
    answer((call) =>
      isSubmit(call) && !isAllowed ? problem(403, 'You are not allowed here', detail) : null,
    )
    const flow = await here.drop(rows(0, 2, 4500))
    await here.send()
    expect(await states(flow)).toEqual({ 'held IO_FEATURE': 2 })
    expect(await here.app.store.limits.list()).toMatchObject([
      { service: SERVICE, feature: 'payee', maximumCents: null },
    ])
    expect(await mails()).toEqual([`Messaggi da decidere: ${SERVICE} (IO_FEATURE)`])
    isAllowed = true
    const act = { actor: 'root', origin: 'cli', at: Temporal.Now.instant() }
    await here.app.store.limits.forget(INSTITUTION, SERVICE, act)
    await here.send()
    expect(await states(flow)).toEqual({ sent: 2 })
  })
})

describe('a service that may not send', () => {
  it('is tried with one message, ever more seldom, and resumes when IO takes it', async () => {
    let isMended = false
    answer((call) => (isSubmit(call) && !isMended ? forbidden : null))
    const flow = await here.drop(rows(0, 20, 4500))
    await here.send()
    expect(calls.submit).toBe(1)
    expect(await mails()).toEqual([`Servizio in pausa: ${SERVICE}`])

    for (const [wait, submits] of [
      ['14 minutes', 1],
      ['1 minute', 2],
      ['15 minutes', 2],
      ['15 minutes', 3],
    ] as const) {
      await here.pass(wait)
      expect(await here.app.probePaused()).toBe(0)
      await here.send()
      expect(calls.submit).toBe(submits)
    }
    const firsts = await here.firsts(flow)
    const untried = firsts.filter(({ state, attempts }) => state === 'waiting' && attempts === 0)
    expect(untried).toHaveLength(20)
    expect(await mails()).toEqual([])

    isMended = true
    await here.pass('1 hour')
    await here.app.probePaused()
    await here.send()
    await here.send()
    expect(await states(flow)).toEqual({ sent: 20 })
    expect(await here.app.store.pauses.list()).toEqual([])
    expect(await mails()).toEqual([`Servizio ripreso: ${SERVICE}`])
  })

  it('is not proved mended by a citizen who is not on IO', async () => {
    answer((call) => (isSubmit(call) ? forbidden : null))
    const flow = await here.drop(rows(0, 3, 4500))
    await here.send()
    for (const n of [0, 1, 2]) here.playground.sandbox.stateCitizen(parent(n), { onIo: false })
    await here.pass('15 minutes')
    for (let tries = 1; tries <= 3; tries += 1) {
      await here.app.probePaused()
      await here.send()
      expect((await states(flow))['undeliverable no-profile']).toBe(tries)
      await here.app.probePaused()
      await here.send()
      expect((await states(flow))['undeliverable no-profile']).toBe(tries)
      await here.pass('1 minute')
      expect((await here.app.store.pauses.list()).map(({ code }) => code)).toEqual(['IO_FORBIDDEN'])
    }
    expect(calls.submit).toBe(1)
  })

  it('stays paused when the daemon is restarted', async () => {
    answer((call) => (isSubmit(call) ? forbidden : null))
    await here.drop(rows(0, 3, 4500))
    await here.send()
    await here.reopen()
    const mapper = {
      map: async () => null,
      open: async () => {},
      finish: async () => {},
      close: async () => {},
    }
    const daemon = await startDaemon(here.app, mapper, new Set(['send'] as const))
    await daemon.stop()
    expect((await here.app.store.pauses.list()).map(({ code }) => code)).toEqual(['IO_FORBIDDEN'])
    expect(calls.submit).toBe(1)
  })
})

describe('an address that does not lead to IO', () => {
  it('is tried with a profile, and the service resumes when IO answers it', async () => {
    let isMended = false
    answer(() => (isMended ? null : gateway(404)))
    const flow = await here.drop(rows(0, 5, 4500))
    await here.send()
    expect((await here.app.store.pauses.list()).map(({ code }) => code)).toEqual(['IO_PATH'])
    await here.pass('30 seconds')
    expect(await here.app.probePaused()).toBe(0)
    isMended = true
    expect(await here.app.probePaused()).toBe(0)
    await here.pass('1 minute')
    expect(await here.app.probePaused()).toBe(1)
    await here.send()
    expect(await states(flow)).toEqual({ sent: 5 })
    expect(await mails()).toEqual([`Servizio in pausa: ${SERVICE}`, `Servizio ripreso: ${SERVICE}`])
  })

  it('that then shows a refused key is paused for that, and no mail repeats it', async () => {
    let status = 404
    answer(() => gateway(status))
    await here.drop(rows(0, 2, 4500))
    await here.send()
    status = 401
    await here.pass('30 seconds')
    await here.app.probePaused()
    expect((await here.app.store.pauses.list()).map(({ code }) => code)).toEqual(['IO_KEY'])
    expect(await mails()).toHaveLength(1)
  })
})
