// Bills that wait for their contacts, in a whole installation: what a command shows of them, and
// that the daemon maps them by itself once the contacts have come.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { contactsCsv } from '../scripts/samples.ts'
import { startDaemon } from '../src/daemon.ts'
import { createMapWorker } from '../src/map-worker.ts'
import { run } from './cli/run-command.ts'
import { child, INSTITUTION, type Installation, openInstallation, parent } from './installation.ts'
import { dropOf, dropTarget } from './store/given.ts'

const CONTACTS = { reference: 'contatti', by: 'pratica', onMissing: 'wait', waitHours: 5 }
const ELSEWHERE = { by: 'Piattaforma Unitaria', messages: 'first' }

let here: Installation
let flow: number

beforeAll(async () => {
  here = await openInstallation({
    configuration: {
      'comune-di-esempio/mappings/mensa.yaml': { lookups: { famiglia: CONTACTS } },
      'comune-di-esempio/mappings/contatti.yaml': { delivery: 'snapshot' },
      'comune-di-esempio/institution.yaml': { 'services.acqua.notifiedElsewhere': ELSEWHERE },
    },
  })
  flow = await here.drop([child(0), child(1), child(2)])
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])

/** Contacts of some children, as the feed of the contacts would bring them. */
async function leaveContacts(...ns: number[]): Promise<number> {
  const rows = ns.map((n) => ({ customer: `MENSA-${n}`, fiscalCode: parent(n), email: '' }))
  const target = dropTarget({ institution: INSTITUTION, feed: 'contatti' })
  const drop = dropOf(`contatti-${ns.join('-')}`, contactsCsv(rows))
  const saved = await here.app.store.drops.save(target, drop, Temporal.Now.instant())
  return (saved as { id: number }).id
}

test('flows show says how many wait, for what and until when', async () => {
  const { out } = await staffetta('flows', 'show', String(flow))
  expect(out).toMatch(/3 records wait for their row of contatti, until \d{4}-/)
  expect(out).toContain('The account closes.')
  const shown = JSON.parse((await staffetta('flows', 'show', String(flow), '--json')).out)
  expect(shown.waiting).toMatchObject([{ reference: 'contatti', records: 3 }])
})

test('check says which services are notified elsewhere', async () => {
  const { out } = await staffetta('check')
  expect(out).toContain(`${INSTITUTION}/acqua: il primo avviso lo manda Piattaforma Unitaria`)
})

test('the daemon maps them when their contacts come, and the flow is sent at the end', async () => {
  const { app, playground } = here
  const { configDirectory } = playground
  const options = { configDirectory, logLevel: 'silent' as const, connection: app.connection }
  const daemon = await startDaemon(app, createMapWorker(options), new Set(['map']))
  try {
    await leaveContacts(0, 2)
    const patience = { timeout: 30_000, interval: 50 }
    await vi.waitFor(async () => {
      expect(await app.store.waits.ofFlow(flow)).toMatchObject([{ records: 1 }])
      // With what has joined it, it was looked at anew.
      expect((await app.store.flows.get(flow)).releasedAt).not.toBeNull()
    }, patience)
    await here.send()
    expect(await app.store.flows.account(flow)).toMatchObject({ read: 3, sent: 2, waiting: 1 })
    expect((await app.store.flows.get(flow)).state).toBe('sending')
    await leaveContacts(1)
    await vi.waitFor(async () => {
      expect(await app.store.waits.ofFlow(flow)).toEqual([])
    }, patience)
  } finally {
    await daemon.stop()
  }
  await here.send()
  expect(await app.store.flows.account(flow)).toMatchObject({ read: 3, sent: 3, waiting: 0 })
  expect((await app.store.flows.get(flow)).state).toBe('sent')
})

test('drops show says what a reference that comes as a whole no longer names', async () => {
  await here.app.map(await leaveContacts(5, 6))
  const cut = await leaveContacts(7)
  await here.app.map(cut)
  const { out } = await staffetta('drops', 'show', String(cut))
  expect(out).toMatch(/of \d rows are missing in it; none was removed\.\nSNAP_MISSING/)
  const whole = await leaveContacts(5, 6, 7, 0, 1, 2)
  await here.app.map(whole)
  const { out: complete } = await staffetta('drops', 'show', String(whole))
  expect(complete).toMatch(/0 of \d rows are missing in it; removed: 0/)
})
