import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  approveAsSeen,
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
} from './installation.ts'

// Four eyes on the canteen's flows, from the file in the folder to the citizens' phones.

let here: Installation
let now = Temporal.Instant.from('2026-03-02T09:00:00Z')

beforeAll(async () => {
  here = await openInstallation({
    now: () => now,
    configuration: {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.approval': 'four-eyes' },
    },
  })
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const later = (hours: number) => {
  now = now.add({ hours })
}
const asked = (actor: string, note: string | null = null) => ({ actor, origin: 'cli', note })
const toApprove = (flow: number, actor = 'anna') => here.app.flows.toApprove(flow, actor)

/** Approves what the flow is now, or what it was. */
const approve = (
  flow: number,
  actor: string,
  said: { digest?: string; recipients?: number } = {},
) => approveAsSeen(here.app, flow, actor, said)

let month = 3
/** A new month's file of so many children; its flow. */
async function aFlow(count = 3): Promise<{ flow: number; rows: string[] }> {
  month += 1
  const name = `${2026 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
  const rows = Array.from({ length: count }, (_, n) => child(n, { month: name }))
  return { flow: await here.drop(rows, `mensa-${name}.csv`), rows }
}

/** Nobody waits for any other flow. */
async function alone() {
  const { flows } = here.app.store
  const filter = { institution: null, feed: null, state: 'active', limit: 50 } as const
  for (const { id } of await flows.list(filter)) await here.app.flows.sendBack(id, asked('dora'))
}

const states = async (flow: number) => (await here.firsts(flow)).map(({ state }) => state)
const label = async (flow: number) => {
  const { state, reason } = await here.app.store.flows.get(flow)
  return `${state}/${reason}`
}
const mails = async () =>
  (await here.query<{ subject: string }>('select subject from staff_mails order by id')).map(
    ({ subject }) => subject,
  )

test('a lot that nobody has prepared leaves once two people have approved it', async () => {
  const flow = await here.drop(children(3))
  expect(await label(flow)).toBe('active/awaiting-approval')
  expect(await mails()).toContain('Da approvare: mensa, 3 messaggi')
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 1 })
  expect(await mails()).toContain('Serve un’altra approvazione: mensa')
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  expect(await approve(flow, 'anna')).toMatchObject({ because: 'approved-by-you' })
  expect(await approve(flow, 'bruno')).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
  expect(await approve(flow, 'carla')).toMatchObject({ kind: 'refused' })
  const history = await here.app.store.acts.ofFlow(flow)
  expect(history.map(({ actor, verb }) => `${actor}: ${verb}`)).toEqual([
    'staffetta: asked for approval',
    'anna: approved',
    'bruno: approved',
  ])
})

test('an approval of another digest, or another number, is refused and sends nothing', async () => {
  const { flow } = await aFlow()
  const other = '0'.repeat(64)
  expect(await approve(flow, 'anna', { digest: other })).toMatchObject({ because: 'changed' })
  expect(await approve(flow, 'anna', { digest: 'abc' })).toMatchObject({ because: 'changed' })
  expect(await approve(flow, 'anna', { recipients: 4 })).toMatchObject({ because: 'other-count' })
  expect(await here.app.store.approvals.ofFlow(flow)).toEqual([])
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
})

test('a text that changes since is approved again before anything leaves', async () => {
  const { flow, rows } = await aFlow()
  const seen = (await toApprove(flow)).standing.digest
  await approve(flow, 'anna')
  const [first = '', ...others] = rows
  await here.drop([first.replace(',10,', ',12,'), ...others], `mensa-${month}-b.csv`)
  expect(await approve(flow, 'bruno', { digest: seen })).toMatchObject({ because: 'changed' })
  expect(await approve(flow, 'bruno')).toMatchObject({ kind: 'done', missing: 1 })
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 0 })
  // Released, and changed again before the sender comes.
  await here.drop([first.replace(',10,', ',13,'), ...others], `mensa-${month}-c.csv`)
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  expect(await label(flow)).toBe('active/awaiting-approval')
  await here.app.release(flow)
  await approve(flow, 'anna')
  await approve(flow, 'bruno')
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
})

test('what is taken away leaves the approval as it is', async () => {
  const { flow, rows } = await aFlow()
  await approve(flow, 'anna')
  // The amount matters: the message of before is superseded, and the new one is of another flow.
  await here.drop([(rows[0] ?? '').replace(',4500,', ',4700,')], `mensa-${month}-b.csv`)
  expect(await approve(flow, 'bruno')).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(await states(flow)).toEqual(['cancelled', 'sent', 'sent'])
})

test('what changes in a flow that has begun is held until it is approved again', async () => {
  const { flow, rows } = await aFlow()
  await approve(flow, 'anna')
  await approve(flow, 'bruno')
  // Two are put off by IO, and one has left.
  await here.query(
    `update messages set send_at = send_at + interval '1 day' where id in (
       select id from messages where flow_id = $1 and purpose = 'first' order by id limit 2)`,
    [flow],
  )
  await here.send()
  expect(await states(flow)).toEqual(['waiting', 'waiting', 'sent'])
  const [first = '', ...others] = rows
  await here.drop([first.replace(',10,', ',12,'), ...others], `mensa-${month}-b.csv`)
  const held = await here.firsts(flow)
  expect(held.map(({ state, code }) => [state, code])).toEqual([
    ['held', 'HOLD_NOT_APPROVED'],
    ['waiting', null],
    ['sent', null],
  ])
  const ids = [held[0]?.id ?? 0]
  const decision = { as: 'resend', ioId: null, note: null, actor: 'anna', origin: 'cli' } as const
  const [refused] = await here.app.decide(ids, decision)
  expect(refused?.because).toContain('`flows approve` lets it go')
  expect((await toApprove(flow)).recipients).toBe(1)
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 1 })
  expect(await approve(flow, 'bruno')).toMatchObject({ kind: 'done', missing: 0, letGo: 1 })
  later(25)
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
})

test('what is held for something else as it changes waits for people, too', async () => {
  const { flow, rows } = await aFlow()
  await approve(flow, 'anna')
  await approve(flow, 'bruno')
  await here.query(
    `update messages set state = 'held', code = 'IO_FEATURE' where id = (
       select min(id) from messages where flow_id = $1 and purpose = 'first')`,
    [flow],
  )
  await here.send()
  expect(await states(flow)).toEqual(['held', 'sent', 'sent'])
  const [first = '', ...others] = rows
  await here.drop([first.replace(',10,', ',12,'), ...others], `mensa-${month}-b.csv`)
  const act = { actor: 'anna', origin: 'cli', at: now }
  await here.app.store.limits.forget(INSTITUTION, 'mensa', act)
  await here.send()
  expect((await here.firsts(flow))[0]).toMatchObject({ state: 'held', code: 'HOLD_NOT_APPROVED' })
  await approve(flow, 'anna')
  await approve(flow, 'bruno')
  later(25)
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
})

test('who has rechecked a flow has prepared it, and one other approves it', async () => {
  const { flow } = await aFlow()
  expect(await here.app.flows.sendBack(flow, asked('anna', 'manca il logo'))).toEqual({
    kind: 'done',
  })
  expect(await label(flow)).toBe('inactive/sent-back')
  expect(await mails()).toContain('Rimandato: mensa')
  expect(await approve(flow, 'bruno')).toMatchObject({ because: 'sent-back' })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  expect(await here.app.flows.recheck(flow, asked('anna'))).toMatchObject({ led: 'asked' })
  expect(await approve(flow, 'anna')).toMatchObject({ because: 'preparer' })
  expect(await approve(flow, 'bruno')).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
})

test('an approval that nobody gives in time expires, with a mail before and after', async () => {
  await alone()
  const { flow } = await aFlow()
  await approve(flow, 'anna')
  later(35)
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 0, warned: 0, released: 0 })
  later(2)
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 0, warned: 1, released: 0 })
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 0, warned: 0, released: 0 })
  later(12)
  // Its time is over, whether or not the sweep has come by.
  expect(await approve(flow, 'bruno')).toMatchObject({ because: 'expired' })
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 1, warned: 0, released: 0 })
  expect(await label(flow)).toBe('inactive/expired')
  expect((await mails()).at(-1)).toBe('Approvazione scaduta: mensa')
  expect(await approve(flow, 'bruno')).toMatchObject({ because: 'expired' })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  await here.app.flows.recheck(flow, asked('carla'))
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
})

test('what is approved for later leaves then, and expires when it has not left', async () => {
  await alone()
  const { flow } = await aFlow()
  await here.app.flows.sendBack(flow, asked('carla', 'prova'))
  await here.app.flows.recheck(flow, asked('carla'))
  const { standing, recipients } = await toApprove(flow)
  const notBefore = now.add({ hours: 72 })
  const approval = { ...asked('anna'), digest: standing.digest, recipients, notBefore }
  expect(await here.app.flows.approve(flow, approval)).toMatchObject({
    ...{ kind: 'done', missing: 0, leavesAt: notBefore },
    expiresAt: notBefore.add({ hours: 48 }),
  })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  expect(await label(flow)).toBe('active/approved')
  later(73)
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 0, warned: 0, released: 1 })
  // The sender is away for two days more.
  later(47)
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 0, warned: 1, released: 0 })
  later(2)
  // It comes back before anybody has looked at approvals: this one is over all the same.
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  expect(await here.app.flows.tendApprovals()).toEqual({ expired: 1, warned: 0, released: 0 })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
})

test('of those who approve at once two count, the others are told, and it goes once', async () => {
  const { flow } = await aFlow()
  const other = await here.another()
  const { standing, recipients } = await toApprove(flow)
  const said = { digest: standing.digest, recipients, notBefore: null }
  const decided = await Promise.all([
    here.app.flows.approve(flow, { ...asked('anna'), ...said }),
    other.flows.approve(flow, { ...asked('anna'), ...said }),
    other.flows.approve(flow, { ...asked('bruno'), ...said }),
    here.app.flows.approve(flow, { ...asked('carla'), ...said }),
  ])
  const kinds = decided.map((one) => (one.kind === 'done' ? `done ${one.missing}` : one.because))
  expect(kinds.filter((kind) => kind === 'done 1')).toHaveLength(1)
  expect(kinds.filter((kind) => kind === 'done 0')).toHaveLength(1)
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.filter(({ verb }) => verb === 'approved')).toHaveLength(2)
})

test('who postpones a notice, or accepts another text, has changed what was approved', async () => {
  const { flow } = await aFlow()
  const [{ emission }] = (await here.query(
    'select emission from notices where flow_id = $1 limit 1',
    [flow],
  )) as [{ emission: string }]
  await approve(flow, 'anna')
  await approve(flow, 'bruno')
  await here.app.postpone({
    filter: { name: { by: 'emission', emission }, institution: INSTITUTION, series: null },
    wanted: { byDays: 30 },
    mayPass: false,
    act: { actor: 'dora', origin: 'cli', note: 'proroga' },
  })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('waiting'))
  await here.app.release(flow)
  expect(await approve(flow, 'dora')).toMatchObject({ because: 'preparer' })
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 0 })
  // One says something else when it is to leave, and dora accepts that.
  await here.query(
    `update messages set text_hash = '\\x00' where id = (
       select min(id) from messages where flow_id = $1 and purpose = 'first')`,
    [flow],
  )
  await here.send()
  const [changed] = await here.firsts(flow)
  expect(changed).toMatchObject({ state: 'held', code: 'HOLD_TEXT_CHANGED' })
  const said = { as: 'resend', ioId: null, note: 'va bene', actor: 'dora', origin: 'cli' } as const
  await here.app.decide([changed?.id ?? 0], said)
  const [held] = await here.firsts(flow)
  expect(held).toMatchObject({ state: 'held', code: 'HOLD_NOT_APPROVED' })
  expect(await approve(flow, 'dora')).toMatchObject({ because: 'preparer' })
  expect(await approve(flow, 'carla')).toMatchObject({ kind: 'done', letGo: 1 })
  await here.send()
  expect(await states(flow)).toEqual(Array(3).fill('sent'))
})
