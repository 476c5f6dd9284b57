import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  approveAsSeen,
  child,
  INSTITUTION,
  type Installation,
  openInstallation,
} from './installation.ts'

// What the checks find between two approvals: who overrides it asks everybody again, who leaves it
// out takes away what was approved.

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

const asked = (actor: string) => ({ actor, origin: 'cli', note: 'visto' })
const CODE = 'FLOW_PAST_DUE'

let month = 0
/** Ten records of which three are due today, approved by one person; a day goes by. */
async function overdue(): Promise<number> {
  month += 1
  const today = now.toZonedDateTimeISO('Europe/Rome').toPlainDate().toString()
  const rows = Array.from({ length: 10 }, (_, n) =>
    child(n, { month: `2026-${String(month).padStart(2, '0')}`, ...(n < 3 && { due: today }) }),
  )
  const flow = await here.drop(rows, `mensa-${month}.csv`)
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 1 })
  now = now.add({ hours: 30 })
  expect(await approve(flow, 'bruno')).toMatchObject({ because: 'blocked' })
  return flow
}

const approve = (flow: number, actor: string, said: { recipients?: number } = {}) =>
  approveAsSeen(here.app, flow, actor, { ...asked(actor), ...said })
const states = async (flow: number) => (await here.firsts(flow)).map(({ state }) => state)
const leaveOut = (flow: number, actor: string) =>
  here.app.flows.leaveOut(flow, { code: CODE, ...asked(actor) })

test('who approved before a finding was overridden has not approved it', async () => {
  const flow = await overdue()
  const override = { code: CODE, totalCents: 45_000, messages: null, ...asked('carla') } as const
  expect(await here.app.flows.override(flow, override)).toMatchObject({ led: 'asked' })
  await here.send()
  expect(await states(flow)).toEqual(Array(10).fill('waiting'))
  expect(await here.app.store.approvals.ofFlow(flow)).toMatchObject([
    { actor: 'anna', voidedBecause: 'overridden' },
  ])
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.slice(-3).map(({ actor, verb, note }) => `${actor}: ${verb} ${note ?? ''}`)).toEqual([
    'carla: overrode FLOW_PAST_DUE 450,00 €: visto',
    'staffetta: approval ended anna: FLOW_PAST_DUE',
    'staffetta: asked for approval ',
  ])
  expect(await approve(flow, 'carla')).toMatchObject({ because: 'preparer' })
  expect(await approve(flow, 'anna')).toMatchObject({ kind: 'done', missing: 0 })
})

test('what is left out leaves an approval as it is', async () => {
  const flow = await overdue()
  expect(await leaveOut(flow, 'carla')).toMatchObject({ led: 'released', leftOut: 3 })
  await here.send()
  expect((await states(flow)).toSorted()).toEqual([
    ...Array(3).fill('cancelled'),
    ...Array(7).fill('sent'),
  ])
})

test('who leaves out approves no more, and the others see how many are left', async () => {
  const flow = await overdue()
  expect(await leaveOut(flow, 'anna')).toMatchObject({ led: 'asked', leftOut: 3 })
  const seen = await here.app.flows.toApprove(flow, 'bruno')
  expect(seen).toMatchObject({ recipients: 7, standing: { waitingMessages: 7 } })
  const mails = await here.query<{ subject: string }>('select subject from staff_mails order by id')
  expect(mails.at(-1)?.subject).toBe('Da approvare: mensa, 7 messaggi')
  expect(await approve(flow, 'bruno', { recipients: 10 })).toMatchObject({
    ...{ because: 'other-count', figures: { messages: 7 } },
  })
  expect(await approve(flow, 'bruno', { recipients: 7 })).toMatchObject({
    kind: 'done',
    missing: 0,
  })
})

test('one of which everything is paid while it waits ends without an approval', async () => {
  const rows = Array.from({ length: 2 }, (_, n) => child(n, { month: '2027-01' }))
  const flow = await here.drop(rows, 'mensa-2027.csv')
  expect(await here.app.flows.endEmptied()).toBe(0)
  await here.query(`update messages set state = 'cancelled', code = 'settled' where flow_id = $1`, [
    flow,
  ])
  expect(await here.app.flows.endEmptied()).toBe(1)
  expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'sent', approveBy: null })
  expect(await approve(flow, 'anna')).toMatchObject({ because: 'ended' })
  expect((await here.app.store.acts.ofFlow(flow)).at(-1)).toMatchObject({ verb: 'nothing to send' })
})
