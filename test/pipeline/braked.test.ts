// A flow that brakes itself: the whole installation, with IO's sandbox that refuses.
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
} from '../installation.ts'

let here: Installation
beforeEach(async () => {
  here = await openInstallation()
})
afterEach(() => here[Symbol.asyncDispose]())

/** Of ten submissions the first three are refused. */
function refuseThirty(): void {
  let submissions = 0
  here.answer(({ path }) => {
    if (path !== '/messages') return null
    submissions += 1
    if (submissions % 10 > 3 || submissions % 10 === 0) return null
    const body = JSON.stringify({ status: 400, title: 'Invalid message', detail: 'x' })
    const problem = { 'content-type': 'application/problem+json' }
    return { answer: { status: 400, headers: problem, body } }
  })
}

const statesOf = async (flowId: number) => {
  const rows = await here.query<{ state: string; n: number }>(
    `select state, count(*)::int as n from messages
     where flow_id = $1 and purpose = 'first' group by 1`,
    [flowId],
  )
  return Object.fromEntries(rows.map(({ state, n }) => [state, n])) as Record<string, number>
}

const brakes = () =>
  here.query<{ subject: string; body: string }>(
    `select subject, body from staff_mails where subject like '%automaticamente%' order by id`,
  )

const anna = { actor: 'anna', origin: 'cli', note: null }

test('a flow of which IO refuses a third is suspended by itself, with one mail', async () => {
  const flow = await here.drop(children(300))
  refuseThirty()
  await here.send()

  const row = await here.app.store.flows.get(flow)
  expect(row).toMatchObject({ state: 'sending', reason: 'braked' })
  expect(row.problem).toMatchObject({ code: 'FLOW_BRAKED' })
  const { waiting = 0, sent = 0, rejected = 0, ...others } = await statesOf(flow)
  expect(others).toEqual({})
  // Judged from fifty endings on; four connections may have been under way.
  expect(rejected + sent).toBeLessThanOrEqual(54)
  expect(waiting).toBe(300 - sent - rejected)

  const [mail, ...more] = await brakes()
  expect(more).toEqual([])
  expect(mail?.subject).toBe('Flusso sospeso automaticamente: mensa')
  expect(mail?.body).toMatch(/Degli ultimi 5\d messaggi IO ne ha rifiutati 1\d/)
  expect(mail?.body).toContain('IO_PAYLOAD')
  expect(mail?.body).toContain(`staffetta flows resume ${flow}`)
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.filter(({ verb }) => verb === 'braked')).toMatchObject([
    { actor: 'staffetta', origin: 'daemon' },
  ])

  here.answer(() => null)
  await here.send()
  expect((await statesOf(flow))['waiting'], 'nothing of it leaves meanwhile').toBe(waiting)

  expect(await here.app.flows.resume(flow, anna)).toEqual({ kind: 'done' })
  await here.send()
  expect(await statesOf(flow)).toEqual({ sent: 300 - rejected, rejected })
  expect(await here.app.store.flows.get(flow)).toMatchObject({ problem: null })
  expect(await brakes()).toHaveLength(1)
})

test('after it was resumed it is watched from nothing, and may brake again', async () => {
  const flow = await here.drop(children(200))
  refuseThirty()
  await here.send()
  const before = (await statesOf(flow))['waiting'] as number
  await here.app.flows.resume(flow, anna)
  await here.send()
  const after = (await statesOf(flow))['waiting'] as number
  expect(before - after).toBeGreaterThanOrEqual(50)
  expect(after).toBeGreaterThan(0)
  expect(await brakes()).toHaveLength(2)
})

test('a flow that a person has suspended stays as they left it', async () => {
  const flow = await here.drop(children(100))
  refuseThirty()
  await here.app.flows.suspend(flow, anna)
  const braked = { by: 'refused', count: 30, of: 100, cause: 'IO_PAYLOAD' } as const
  const place = { flowId: flow, institution: INSTITUTION, feed: 'mensa', campaign: null }
  const now = Temporal.Now.instant()
  expect(await here.app.store.brakes.suspend(place, braked, ['a@b.it'], now)).toBe(false)
  expect(await here.app.store.flows.get(flow)).toMatchObject({ reason: 'suspended', problem: null })
  expect(await brakes()).toEqual([])
})

test('a lot whose second half asks a hundred times as much is suspended in time', async () => {
  const half = Array.from({ length: 300 }, (_, n) =>
    // Due later, and so sent later.
    child(n, { cents: n < 160 ? 4500 : 450_000, due: n < 160 ? '2099-04-30' : '2099-05-31' }),
  )
  const flow = await here.drop(half)
  await here.send()
  expect(await here.app.store.flows.get(flow)).toMatchObject({ reason: 'braked' })
  const [reached] = await here.query<{ n: number }>(
    `select count(*)::int as n from messages m join notices n on n.id = m.notice_id
     where m.flow_id = $1 and m.state = 'sent' and n.amount_cents = 450000`,
    [flow],
  )
  // A fifth of the last 200 with a payment, and what was in flight.
  expect(reached?.n).toBeLessThanOrEqual(45)
  const [mail] = await brakes()
  expect(mail?.body).toContain('dieci volte l’importo usuale')
})

test('other flows of the account go on', async () => {
  const bad = await here.drop(children(200), 'mensa-a.csv')
  const good = await here.drop(
    Array.from({ length: 120 }, (_, n) => child(1000 + n)),
    'mensa-b.csv',
  )
  await here.app.store.brakes.suspend(
    { flowId: bad, institution: INSTITUTION, feed: 'mensa', campaign: null },
    { by: 'refused', count: 30, of: 100, cause: 'IO_PAYLOAD' },
    [],
    Temporal.Now.instant(),
  )
  await here.send()
  expect(await statesOf(good)).toEqual({ sent: 120 })
  expect(await statesOf(bad)).toEqual({ waiting: 200 })
})

test('a feed that says `brake: false` is never braked', async () => {
  await here[Symbol.asyncDispose]()
  here = await openInstallation({
    configuration: { [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.brake': false } },
  })
  const flow = await here.drop(children(100))
  refuseThirty()
  await here.send()
  expect(await statesOf(flow)).toEqual({ sent: 70, rejected: 30 })
})
