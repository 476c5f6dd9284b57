// What joins a flow after it was approved, since it waited for a row of a reference: it leaves once
// the flow is approved again, and the rest does not wait for it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contactsCsv } from '../scripts/samples.ts'
import {
  approveAsSeen,
  child,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from './installation.ts'
import { dropOf, dropTarget } from './store/given.ts'

const CONTACTS = { reference: 'contatti', by: 'pratica', onMissing: 'wait', waitHours: 5 }

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      [`${INSTITUTION}/mappings/mensa.yaml`]: { lookups: { famiglia: CONTACTS } },
      [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.approval': 'one' },
    },
  })
  await leaveContact(0)
  flow = await here.drop([child(0), child(1), child(2)])
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

/** The contact of a child comes, and what waited for it is mapped. */
async function leaveContact(n: number): Promise<void> {
  const rows = [{ customer: `MENSA-${n}`, fiscalCode: parent(n), email: '' }]
  const target = dropTarget({ institution: INSTITUTION, feed: 'contatti' })
  const drop = dropOf(`contatti-${n}`, contactsCsv(rows))
  const saved = await here.app.store.drops.save(target, drop, Temporal.Now.instant())
  await here.app.map((saved as { id: number }).id)
  if (flow === undefined) return
  const { dropId } = await here.app.store.flows.get(flow)
  await here.app.map(dropId as number)
}

const approve = (actor: string) => approveAsSeen(here.app, flow, actor)
const firsts = async () => (await here.firsts(flow)).map(({ state, code }) => [state, code])

test('a record that joins what was approved, and has not begun, is approved with it', async () => {
  const { digest: before } = (await here.app.flows.toApprove(flow, 'anna')).standing
  expect(await approve('anna')).toMatchObject({ kind: 'done', missing: 0 })
  await leaveContact(1)
  await here.send()
  expect(await firsts()).toEqual([
    ['waiting', null],
    ['waiting', null],
  ])
  await here.app.release(flow)
  const { standing, approvals } = await here.app.flows.toApprove(flow, 'anna')
  expect(standing.digest).not.toBe(before)
  expect(approvals).toMatchObject([{ actor: 'anna', voidedBecause: 'changed' }])
  expect(await approve('anna')).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(await firsts()).toEqual([
    ['sent', null],
    ['sent', null],
  ])
})

test('one that joins what has begun is held, and goes once that is approved again', async () => {
  await leaveContact(2)
  const account = () => here.app.store.flows.account(flow)
  expect(await account()).toMatchObject({ read: 3, sent: 2, held: 1 })
  await here.send()
  expect(await account()).toMatchObject({ read: 3, sent: 2, held: 1 })
  expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'incomplete' })
  expect(await approve('anna')).toMatchObject({ kind: 'done', letGo: 2 })
  await here.send()
  expect(await account()).toMatchObject({ read: 3, sent: 3 })
  expect(await here.app.store.flows.get(flow)).toMatchObject({ state: 'sent' })
})

test('a flow all of whose records wait asks nobody, until one of them has joined it', async () => {
  flow = await here.drop([child(3), child(4)], 'mensa-attesa.csv')
  const standing = async () => {
    const { state, reason, approveBy } = await here.app.store.flows.get(flow)
    return [state, reason, approveBy]
  }
  expect(await standing()).toEqual(['active', 'approved', null])
  expect(await here.app.flows.endEmptied()).toBe(0)
  await leaveContact(3)
  await here.send()
  expect(await firsts()).toEqual([['waiting', null]])
  await here.app.release(flow)
  expect(await standing()).toEqual(['active', 'awaiting-approval', expect.anything()])
  expect(await approve('anna')).toMatchObject({ kind: 'done', missing: 0 })
  await here.send()
  expect(await firsts()).toEqual([['sent', null]])
})
