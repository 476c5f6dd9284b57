// The systems of the example municipality, from what they hold to what they are told: the register
// and the canteen's database of the demo and a mailbox, with the feeds as they ship and the whole
// daemon.
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Due } from '../scripts/demo/canteen.ts'
import { taskMail } from '../scripts/demo/mails.ts'
import type { Office } from '../scripts/demo/office.ts'
import { openPlayground, type Playground } from '../scripts/playground.ts'
import { contact } from '../scripts/samples.ts'
import { type App, openApp } from '../src/app.ts'
import { type Daemon, roles, startDaemon } from '../src/daemon.ts'
import { createMapWorker } from '../src/map-worker.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { addTaskMailbox, type TaskMailbox } from './office-mail.ts'

const patience = { timeout: 30_000, interval: 50 }
const today = Temporal.Now.plainDateISO('Europe/Rome').toString()

let database: FreshDatabase
let playground: Playground
let office: Office
let mail: TaskMailbox
let app: App
let daemon: Daemon

beforeAll(async () => {
  database = await freshDatabase()
  playground = await openPlayground({
    databaseUrl: database.url,
    office: true,
    account: { callsPerWindow: 0 },
    sandbox: {
      callsPerWindow: 0,
      processingDelayMilliseconds: 0,
      population: { notOnIo: 0, serviceOff: 0, english: 0, german: 0 },
    },
  })
  office = playground.office as Office
  playground.sandbox.stateCitizen(contact(2).fiscalCode, { onIo: false })
  mail = await addTaskMailbox(playground, office)
  const options = { configDirectory: playground.configDirectory, logLevel: 'silent' }
  app = await openApp({ ...options, sends: true })
  const mapper = createMapWorker({ ...options, connection: app.connection })
  daemon = await startDaemon(app, mapper, new Set(roles))
})

afterAll(async () => {
  await daemon.stop()
  await app.close()
  await mail.server.stop()
  await playground.stop()
  await database.drop()
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('STAFFETTA_')) delete process.env[name]
  }
})

const apply = (n: number) => {
  const { fiscalCode: codiceFiscale } = contact(n)
  const oggetto = `Richiesta ${n}`
  return office.register.enter({
    ...{ verso: 'A', data: today, ufficio: 'SPORTELLO', oggetto, codiceFiscale, riferimento: '' },
  })
}

const exits = () => office.register.entries.filter(({ verso }) => verso === 'P')

it('who applied hears the number, and what was sent is in the register once', async () => {
  for (const n of [1, 2, 3]) apply(n)
  await vi.waitFor(() => expect(exits()).toHaveLength(2), patience)
  expect(exits().map(({ numero, codiceFiscale }) => [numero, codiceFiscale])).toEqual([
    [4, contact(1).fiscalCode],
    [5, contact(3).fiscalCode],
  ])
  const sent = [...playground.sandbox.truth.accepted()].map(({ fiscalCode }) => fiscalCode)
  expect(sent.sort()).toEqual([contact(1).fiscalCode, contact(3).fiscalCode].sort())
})

it('a later application is one more message and one more number', async () => {
  expect(apply(4)).toBe(6)
  await vi.waitFor(() => expect(exits()).toHaveLength(3), patience)
  expect(exits().at(-1)).toMatchObject({ numero: 7, codiceFiscale: contact(4).fiscalCode })
  expect(new Set(exits().map(({ riferimento }) => riferimento)).size).toBe(3)
  expect(playground.sandbox.truth.acceptedCount()).toBe(3)
})

it('each due in the canteen’s view is told how it ended, by the user who may write', async () => {
  const due = (id: number, changes: Partial<Due> = {}): Due => ({
    ...{ id, fiscalCode: contact(id).fiscalCode, child: `Alunno ${id}`, month: '2099-03' },
    ...{
      amountCents: 4550,
      dueOn: '2099-04-30',
      noticeNumber: `303${String(id).padStart(15, '0')}`,
    },
    ...changes,
  })
  await office.canteen.add([
    due(11),
    due(12, { fiscalCode: contact(2).fiscalCode }),
    due(13, { fiscalCode: 'XYZ' }),
    due(14, { amountCents: 0 }),
  ])
  const told = await vi.waitFor(async () => {
    const states = await office.canteen.states()
    expect(states.filter(({ state }) => state !== null)).toHaveLength(3)
    return states
  }, patience)
  expect(told).toEqual([
    { id: 11, state: 'sent', reason: '' },
    { id: 12, state: 'undeliverable', reason: 'no-profile' },
    { id: 13, state: 'refused', reason: 'REC_FISCAL_CODE_FORM' },
    { id: 14, state: null, reason: null },
  ])
})

it('a due that is corrected there is one more message', async () => {
  const before = playground.sandbox.truth.acceptedCount()
  await office.canteen.administer(
    'update app.dovuti set importo = 50, modificato = now(), stato_io = null where id = 11',
  )
  await vi.waitFor(async () => {
    expect((await office.canteen.states())[0]).toMatchObject({ id: 11, state: 'sent' })
  }, patience)
  expect(playground.sandbox.truth.acceptedCount()).toBe(before + 1)
})

it('a task by mail is in the register in entry, and in exit what was sent for it', async () => {
  const before = office.register.entries.length
  const dueOn = Temporal.PlainDate.from('2099-04-30')
  const task = (file: string, n: number) => ({
    ...{ file, fiscalCode: contact(n).fiscalCode, what: 'consegnare la planimetria', dueOn },
  })
  mail.server.put('INBOX', taskMail('compito', [task('P-1', 21), task('P-2', 2)]))
  const made = await vi.waitFor(() => {
    const since = office.register.entries.slice(before)
    expect(since).toHaveLength(3)
    return since
  }, patience)
  const told = made.map(({ verso, codiceFiscale }) => `${verso} ${codiceFiscale}`)
  expect(told.sort()).toEqual(
    [
      `A ${contact(21).fiscalCode}`,
      `A ${contact(2).fiscalCode}`,
      `P ${contact(21).fiscalCode}`,
    ].sort(),
  )
  await vi.waitFor(() => expect(mail.server.mailboxes.get('Da vedere')).toHaveLength(1), patience)
})
