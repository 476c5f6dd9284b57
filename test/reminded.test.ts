// Who is reminded of a lot, and who is not, over the real stages: from files to what IO accepts, on
// a clock that the test moves. Counted by the sandbox's own truth, and as `flows show` says it.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { getFeed } from '../src/config/config.ts'
import { run } from './cli/run-command.ts'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  leaveFile,
  openInstallation,
  writeConfigured,
} from './installation.ts'

const local = (text: string) =>
  Temporal.PlainDateTime.from(text).toZonedDateTime('Europe/Rome').toInstant()
const noStop = new AbortController().signal

/** Both languages of the canteen's other texts. */
function text(subject: string) {
  const words =
    'Per la mensa scolastica di {{ mese }} restano da pagare {{ importo | euro }}. Se hai già pagato, non tenerne conto.'
  return { subject: { it: subject, en: subject }, markdown: { it: words, en: words } }
}

const rules = ['-7d 09:30', '-3d 09:30', '+3d 09:30']
const mapping = {
  group: 'pratica',
  reminders: rules.map((at) => ({ at, ...text(`Mensa scolastica: promemoria di {{ mese }}`) })),
  'notice.payment.invalidAfterDueDate': false,
}
const campaign = {
  mapping: 'mensa',
  on: '2035-01-08 09:30',
  message: text('Mensa scolastica: {{ mese }} da saldare'),
}

let here: Installation
let now: Temporal.Instant

beforeEach(async () => {
  now = local('2027-03-01T09:00')
  here = await openInstallation({ now: () => now })
})
afterEach(() => here[Symbol.asyncDispose]())

/** The canteen with three reminders, a feed of payments, and a campaign. */
async function configured(): Promise<void> {
  const { directory, configDirectory } = here.playground
  const payments = join(directory, 'pagamenti')
  await mkdir(payments)
  const feed = {
    connector: 'folder',
    settings: { directory: payments, pattern: '*.csv', stabilitySeconds: 0 },
    mapping: 'pagamenti',
    from: 'all',
    schedule: '0 5 * * *',
  }
  await writeConfigured(here.playground, 'feeds/pagamenti.yaml', JSON.stringify(feed))
  await writeCampaign()
  await configure(configDirectory, {
    [`${INSTITUTION}/mappings/mensa.yaml`]: mapping,
    // Some of its bills are overdue, and that is what is tried.
    [`${INSTITUTION}/feeds/mensa.yaml`]: { 'release.pastDueAtMostPercent': 100 },
  })
  await here.reopen()
}

async function writeCampaign(changes: object = {}): Promise<void> {
  const text = JSON.stringify({ ...campaign, ...changes })
  await writeConfigured(here.playground, 'campaigns/solleciti.yaml', text)
}

/** The office of payments says that these are paid. */
async function pay(...rows: string[]): Promise<void> {
  const lines = rows.map((row) => `${row.split(',')[6]};PAGATO;01/03/2027`)
  const directory = join(here.playground.directory, 'pagamenti')
  await leaveFile(directory, 'pagamenti.csv', ['AVVISO;STATO;DATA', ...lines, ''])
  const feed = getFeed(here.app.config, INSTITUTION, 'pagamenti')
  const { drops } = (await here.app.collect(feed, noStop)) ?? { drops: [] }
  for (const { id } of drops) await here.app.map(id)
}

async function at(moment: string): Promise<void> {
  now = local(moment)
  await here.send()
}

const accepted = () => here.playground.sandbox.truth.acceptedCount()

/** `reminder cancelled settled 6`: what became of all but the first messages. */
async function told(): Promise<string[]> {
  const rows = await here.query<{ said: string }>(
    `select concat_ws(' ', purpose, state, code, count(*)) as said from messages
     where purpose <> 'first' group by purpose, state, code order by 1`,
  )
  return rows.map(({ said }) => said)
}

async function runCampaign() {
  const [solleciti] = here.app.config.institutions.flatMap(({ campaigns }) =>
    campaigns.filter(({ id }) => id === 'solleciti'),
  )
  if (!solleciti) throw new Error('there is no campaign')
  return here.app.runCampaign(solleciti, { actor: 'root', origin: 'cli' }, noStop)
}

test('of a lot with 30 % overdue and some paid, only who may still pay is reminded', async () => {
  await configured()
  const bills = Array.from({ length: 20 }, (_, n) =>
    child(n, { due: n >= 10 && n < 16 ? '2027-02-10' : '2027-03-19' }),
  )
  await pay(...bills.slice(16, 18))
  const flow = await here.drop(bills)
  await at('2027-03-01T09:00')
  expect(accepted()).toBe(18)
  await pay(...bills.slice(18))
  for (const day of ['12', '16', '22']) await at(`2027-03-${day}T09:30`)

  expect(accepted()).toBe(18 + 30)
  expect(await told()).toEqual(['reminder cancelled settled 6', 'reminder sent 30'])
  const account = await here.app.store.flows.account(flow)
  expect(account).toMatchObject({ read: 20, sent: 18, skipped: 2, cancelled: 0, waiting: 0 })
  const past = Object.fromEntries(rules.map((rule) => [rule, { past: 6 }]))
  expect(await here.app.store.flows.unplanned(flow)).toEqual(past)

  const show = ['flows', 'show', String(flow), '--config', here.playground.configDirectory]
  const { out } = await run(show)
  expect(out).toContain('The account closes.')
  expect(out).toMatch(/-7d 09:30 +10 +2\b/)
  expect(out).toContain('Not planned when their records were read:\n  -7d 09:30  6 whose time')
})

test('who pays the whole hears no more of its instalments, postponed ones either', async () => {
  await configured()
  const part = (month: string, cents: number, due: string) => child(1, { month, cents, due })
  const whole = part('2027-01', 9000, '2027-05-19')
  const other = child(2, { month: '2027-01', due: '2027-05-19' })
  const parts = [part('2027-02', 4500, '2027-05-19'), part('2027-03', 4500, '2027-06-19')]
  await here.drop([whole, ...parts, other])
  await at('2027-03-01T09:00')
  const act = { actor: 'root', origin: 'cli', note: 'delibera 12' }
  const name = { by: 'emission', emission: '2027-02' } as const
  await here.app.postpone({
    ...{ filter: { name, institution: INSTITUTION, series: null }, act, mayPass: false },
    wanted: { on: Temporal.PlainDate.from('2027-07-19') },
  })
  now = local('2027-03-02T09:00')
  expect((await runCampaign())?.counts.messages).toBe(2)
  expect(await told()).toEqual([
    'campaign waiting 2',
    'reminder cancelled postponed 3',
    'reminder waiting 12',
  ])
  await pay(whole)
  expect(await told()).toEqual([
    'campaign cancelled settled 1',
    'campaign waiting 1',
    'reminder cancelled postponed 3',
    'reminder cancelled settled 9',
    'reminder waiting 3',
  ])
  const before = accepted()
  for (const id of await here.app.store.flows.awaitingRelease(10)) await here.app.release(id)
  for (const day of ['03-02T10:00', '05-12T09:30', '05-16T09:30', '05-22T09:30', '08-01T10:00']) {
    await at(`2027-${day}`)
  }
  // The other child's: a campaign and three reminders.
  expect(accepted()).toBe(before + 4)
})

test('a campaign over what is unread tells whom IO says not to have read', async () => {
  await configured()
  const flow = await here.drop([child(1), child(2), child(3)])
  await here.send()
  const [read, unread, paid] = (await here.firsts(flow)).map(({ ioId }) => ioId ?? '')
  const says: Record<string, [string, string]> = {
    [read as string]: ['READ', 'NOT_PAID'],
    [unread as string]: ['UNREAD', 'NOT_PAID'],
    [paid as string]: ['UNREAD', 'PAID'],
  }
  here.answer(({ method, path }) => {
    const found = method === 'GET' && Object.keys(says).find((id) => path.includes(id))
    if (!found) return null
    const [read_status, payment_status] = says[found] as [string, string]
    const message = { feature_level_type: 'ADVANCED' }
    const status = { status: 'PROCESSED', message, read_status, payment_status }
    return { answer: { status: 200, body: JSON.stringify(status) } }
  })
  await at('2027-03-03T09:00')
  expect(await here.app.store.deliveries.ofFlow(flow)).toMatchObject({ read: 1, paid: 1 })
  // IO says it of premium messages alone: a campaign over others is refused with its file.
  await writeCampaign({ select: { unread: true } })
  await configure(here.playground.configDirectory, {
    [`${INSTITUTION}/mappings/mensa.yaml`]: { 'notice.premium': true },
    [`${INSTITUTION}/institution.yaml`]: { 'services.mensa.plan': 'premium' },
  })
  await here.reopen()
  expect((await runCampaign())?.counts).toMatchObject({ messages: 1, leftOut: {} })
  const prompted = await here.query<{ first: string }>(
    `select f.io_id as first from messages m join messages f on f.notice_id = m.notice_id
     where m.purpose = 'campaign' and f.purpose = 'first'`,
  )
  expect(prompted).toEqual([{ first: unread }])
})

test('of a snapshot of what is to be paid nobody is reminded until it is fresh', async () => {
  await configured()
  await configure(join(here.playground.configDirectory, INSTITUTION), {
    'mappings/mensa.yaml': { delivery: 'snapshot', missing: { as: 'settled', atMostPercent: 50 } },
    'feeds/mensa.yaml': { payments: [{ feed: 'mensa', maximumAgeHours: 26 }] },
  })
  await here.reopen()
  const bills = [1, 2, 3, 4].map((n) => child(n, { due: '2027-03-19' }))
  await here.drop(bills)
  await at('2027-03-01T09:00')
  await at('2027-03-12T09:30')
  expect(await told()).toEqual(['reminder held HOLD_PAYMENTS_STALE 4', 'reminder waiting 8'])
  await here.drop(bills.slice(0, 3), 'mensa-03-12.csv')
  expect(await here.app.releaseFresh()).toBe(3)
  await at('2027-03-12T10:00')
  expect(await told()).toEqual([
    'reminder cancelled settled 3',
    'reminder sent 3',
    'reminder waiting 6',
  ])
  // One that lacks too much to be believed closes nothing, and says nothing of who has paid.
  await at('2027-03-16T09:30')
  await here.drop(bills.slice(0, 1), 'mensa-03-16.csv')
  expect(await here.app.releaseFresh()).toBe(0)
  await here.drop(bills.slice(0, 2), 'mensa-03-16-bis.csv')
  expect(await here.app.releaseFresh()).toBe(2)
  await at('2027-03-16T10:30')
  expect(await told()).toEqual([
    'reminder cancelled settled 5',
    'reminder sent 5',
    'reminder waiting 2',
  ])
})
