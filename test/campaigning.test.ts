// Campaigns as an installation runs them: from the file to the citizens' phones, on a clock that
// the test moves, with a real database and IO's sandbox.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type App, openApp } from '../src/app.ts'
import {
  ACCOUNT,
  child,
  children,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
  writeConfigured,
} from './installation.ts'

const CAMPAIGN = `mapping: mensa
schedule: "30 9 * * *"
late: { policy: send }
againAfterDays: 1
message:
  subject:
    it: "Mensa scolastica: {{ mese }} da saldare"
    en: "School canteen: {{ mese }} to be paid"
  markdown:
    it: |
      Per il mese **{{ mese }}** ({{ pasti }} pasti) restano da pagare **{{ importo | euro }}**.

      Se hai già pagato, non tenerne conto.
    en: |
      For **{{ mese }}** ({{ pasti }} meals) there are **{{ importo | euro }}** to be paid.

      If you have paid, please ignore this.
`

const noStop = new AbortController().signal
let here: Installation
let apps: App[]
const clock = { now: Temporal.Now.instant() }

/** Nine in the morning of a Monday in winter, after everything that the test has sent. */
const MONDAY = Temporal.Instant.from('2035-01-08T08:00:00Z')

beforeEach(async () => {
  apps = []
  here = await openInstallation()
  await here.drop(children(3))
  await here.send()
  told = here.playground.sandbox.truth.acceptedCount()
})
afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()))
  await here[Symbol.asyncDispose]()
})

/** An app with this campaign, whose clock stands at `MONDAY`, and that has seen the file. */
async function withCampaign(text = CAMPAIGN, name = 'solleciti'): Promise<App> {
  await writeConfigured(here.playground, `campaigns/${name}.yaml`, text)
  clock.now = MONDAY
  const app = await reopened()
  await app.runCampaigns(noStop)
  return app
}

async function reopened(): Promise<App> {
  const { configDirectory } = here.playground
  const app = await openApp({ configDirectory, logLevel: 'silent', now: () => clock.now })
  apps.push(app)
  return app
}

const pass = (duration: Temporal.DurationLike) => {
  clock.now = clock.now.add(duration)
}

async function runsOf(app: App): Promise<string[]> {
  const filter = { institution: INSTITUTION, campaign: 'solleciti', limit: 1000 }
  const runs = await app.store.campaigns.runs(filter)
  return runs.map(({ at, state, counts }) => `${at} ${state} ${counts.messages ?? 0}`)
}

/** Lets the flows go and sends what is due. */
async function send(app: App): Promise<void> {
  for (const id of await app.store.flows.awaitingRelease(10)) await app.release(id)
  await app.send(ACCOUNT, noStop)
}

/** A person skips the run of that day. */
async function skip(app: App, date: Temporal.PlainDate): Promise<void> {
  const [from, to] = [0, 1].map((days) => date.add({ days }).toZonedDateTime('Europe/Rome'))
  if (!from || !to) throw new Error('a day has a beginning and an end')
  const none = { feed: null, service: null, emission: null }
  await app.store.skippedDays.skip(
    { institution: INSTITUTION, campaign: 'solleciti', ...none },
    { date, from: from.toInstant(), to: to.toInstant() },
    [{ campaign: 'solleciti', at: from.with({ hour: 9, minute: 30 }).toInstant() }],
    { actor: 'anna', origin: 'cli', note: 'delibera 12' },
    clock.now,
  )
}

/** Messages that IO has accepted beside the first ones. */
const prompts = () => here.playground.sandbox.truth.acceptedCount() - told
let told = 0

const mails = async () =>
  (await here.query<{ subject: string }>('select subject from staff_mails order by id'))
    .map(({ subject }) => subject)
    .filter((subject) => subject.startsWith('Campagna'))

describe('a campaign on its schedule', () => {
  test('runs at its time, once, and its messages reach the citizens', async () => {
    const app = await withCampaign()
    expect(await app.runCampaigns(noStop)).toBe(0)
    pass({ minutes: 29 })
    expect(await app.runCampaigns(noStop)).toBe(0)
    pass({ minutes: 1 })
    expect(await app.runCampaigns(noStop)).toBe(1)
    expect(await app.runCampaigns(noStop)).toBe(0)
    await send(app)
    expect(await runsOf(app)).toEqual(['2035-01-08T08:30:00Z made 3'])
    expect(prompts()).toBe(3)
    expect(await mails()).toEqual(['Campagna in partenza: solleciti'])
    const [flow] = await app.store.flows.list({ ...every, limit: 1 })
    expect(flow).toMatchObject({ campaign: 'solleciti', state: 'sent', feed: null })
    expect(await app.store.flows.account(flow?.id as number)).toMatchObject({ read: 3, sent: 3 })
  })

  test('makes up for nothing from before its file, or its schedule, was read', async () => {
    const app = await withCampaign(CAMPAIGN.replace('30 9', '30 8'))
    expect(await runsOf(app)).toEqual([])
    pass({ hours: 3 })
    await withCampaign(CAMPAIGN.replace('30 9', '45 9'))
    clock.now = MONDAY.add({ hours: 3 })
    const changed = await reopened()
    expect(await changed.runCampaigns(noStop)).toBe(1)
    expect(await runsOf(changed)).toEqual(['2035-01-08T08:45:00Z made 3'])
  })

  test('after an outage the newest run is made, the others are missed and told once', async () => {
    const app = await withCampaign()
    pass({ hours: 24 * 9 + 12 })
    expect(await app.runCampaigns(noStop)).toBe(1)
    expect(await app.runCampaigns(noStop)).toBe(0)
    const runs = await runsOf(app)
    expect(runs).toHaveLength(10)
    expect(runs[0]).toBe('2035-01-17T08:30:00Z made 3')
    expect(runs.slice(1).every((run) => run.endsWith('missed 0'))).toBe(true)
    expect(await mails()).toEqual([
      'Campagna in partenza: solleciti',
      'Campagna saltata: solleciti',
    ])
  })

  test('with `skip` one that is too late is missed too', async () => {
    const weekly = CAMPAIGN.replace('30 9 * * *', '30 9 * * 1')
    const app = await withCampaign(weekly.replace('policy: send', 'policy: skip, afterDays: 2'))
    pass({ hours: 24 * 4 })
    expect(await app.runCampaigns(noStop)).toBe(0)
    expect(await runsOf(app)).toEqual(['2035-01-08T08:30:00Z missed 0'])
    expect(await mails()).toEqual(['Campagna saltata: solleciti'])
    pass({ hours: 24 * 4 })
    expect(await app.runCampaigns(noStop)).toBe(1)
    expect(await runsOf(app)).toHaveLength(2)
  })

  test('one that a person skipped is not made, and hides none that was missed', async () => {
    const app = await withCampaign()
    const days = ['2035-01-08', '2035-01-10']
    for (const day of days) await skip(app, Temporal.PlainDate.from(day))
    pass({ minutes: 30 })
    expect(await app.runCampaigns(noStop)).toBe(0)
    expect(await mails()).toEqual([])
    pass({ hours: 24 * 2 + 1 })
    expect(await app.runCampaigns(noStop)).toBe(1)
    expect((await runsOf(app)).toReversed()).toEqual([
      '2035-01-08T08:30:00Z skipped 0',
      '2035-01-09T08:30:00Z made 3',
      '2035-01-10T08:30:00Z skipped 0',
    ])
    pass({ hours: 24 })
    expect(await app.runCampaigns(noStop)).toBe(1)
    expect((await runsOf(app))[0]).toMatch(/^2035-01-11T08:30:00Z/)
  })

  test('`on` a day runs once, and never again', async () => {
    const once = CAMPAIGN.replace('schedule: "30 9 * * *"', 'on: 2035-01-09 10:00')
    const app = await withCampaign(once)
    pass({ hours: 26 })
    expect(await app.runCampaigns(noStop)).toBe(1)
    pass({ hours: 24 * 400 })
    expect(await app.runCampaigns(noStop)).toBe(0)
    expect(await runsOf(app)).toEqual(['2035-01-09T09:00:00Z made 3'])
  })

  test('runs once on two nodes, through the night in which an hour comes twice', async () => {
    const night = CAMPAIGN.replace('30 9', '30 2')
    const app = await withCampaign(night)
    clock.now = Temporal.Instant.from('2035-10-27T12:00:00Z')
    await app.runCampaigns(noStop)
    const before = (await runsOf(app)).length
    const other = await reopened()
    for (let minutes = 0; minutes < 24 * 60; minutes += 60) {
      pass({ minutes: 60 })
      await Promise.all([app.runCampaigns(noStop), other.runCampaigns(noStop)])
    }
    const runs = await runsOf(app)
    expect(runs).toHaveLength(before + 1)
    expect(runs[0]).toMatch(/^2035-10-28T00:30:00Z/)
  })
})

describe('between making and sending', () => {
  test('who pays hears nothing', async () => {
    const app = await withCampaign()
    pass({ minutes: 30 })
    await app.runCampaigns(noStop)
    await here.query(`update notices set state = 'settled', ended_at = now() where id =
      (select min(id) from notices)`)
    await send(app)
    expect(prompts()).toBe(2)
    const [flow] = await app.store.flows.list({ ...every, limit: 1 })
    const account = await app.store.flows.account(flow?.id as number)
    expect(account).toMatchObject({ read: 3, sent: 2, cancelled: 1 })
  })

  test('a text that a silent change has altered waits for a person', async () => {
    const app = await withCampaign()
    pass({ minutes: 30 })
    await app.runCampaigns(noStop)
    const [flow] = await app.store.flows.list({ ...every, limit: 1 })
    const meals = children(3).map((row) => row.replace(',10,', ',11,'))
    await here.drop(meals, 'mensa-2026-03-bis.csv')
    await send(app)
    const held = await app.store.resolutions.list({
      ...every,
      flowId: flow?.id as number,
      limit: 9,
    })
    expect(held.map(({ code, campaign }) => `${code} ${campaign}`)).toEqual(
      Array(3).fill('HOLD_TEXT_CHANGED solleciti'),
    )
    const decision = { as: 'resend', ioId: null, note: null, actor: 'anna', origin: 'cli' } as const
    await app.decide(
      held.map(({ id }) => id),
      decision,
    )
    await send(app)
    const account = await app.store.flows.account(flow?.id as number)
    expect(account).toMatchObject({ read: 3, sent: 3 })
  })

  test('a person with two notices hears of one that day, of the other the next', async () => {
    await here.drop([child(9, { fiscalCode: parent(1) })], 'mensa-fratelli.csv')
    await here.send()
    told += 1
    const app = await withCampaign()
    pass({ minutes: 30 })
    await app.runCampaigns(noStop)
    await send(app)
    expect(prompts()).toBe(3)
    const [flow] = await app.store.flows.list({ ...every, limit: 1 })
    const account = () => app.store.flows.account(flow?.id as number)
    expect(await account()).toMatchObject({ read: 4, sent: 3, waiting: 1 })
    pass({ hours: 24 })
    await send(app)
    expect(prompts()).toBe(4)
    expect(await account()).toMatchObject({ read: 4, sent: 4 })
  })
})

test('a campaign on a dry-run service records its messages, and names nobody to IO', async () => {
  await configure(here.playground.configDirectory, {
    [`${INSTITUTION}/institution.yaml`]: { 'services.mensa.mode': 'dry-run' },
  })
  const app = await withCampaign()
  pass({ minutes: 30 })
  await app.runCampaigns(noStop)
  const before = here.playground.sandbox.truth.acceptedCount()
  await send(app)
  const [flow] = await app.store.flows.list({ ...every, limit: 1 })
  expect(await app.store.flows.account(flow?.id as number)).toMatchObject({ read: 3, recorded: 3 })
  expect(here.playground.sandbox.truth.acceptedCount()).toBe(before)
})

test('what a person asks for runs now, and leaves its schedule as it was', async () => {
  const app = await withCampaign()
  const [campaign] =
    app.config.institutions[0]?.campaigns.filter(({ id }) => id === 'solleciti') ?? []
  if (!campaign) throw new Error('there is no such campaign')
  const act = { actor: 'anna', origin: 'cli' }
  const ran = await app.runCampaign(campaign, act, noStop)
  expect(ran).toMatchObject({ state: 'made', counts: { messages: 3, totalCents: 13_500 } })
  const history = await app.store.acts.ofFlow(ran?.flowId as number)
  expect(history).toMatchObject([{ actor: 'anna', verb: 'ran campaign solleciti' }])
  await send(app)
  await here.drop([child(9)], 'mensa-altri.csv')
  await here.send()
  pass({ minutes: 30 })
  expect(await app.runCampaigns(noStop)).toBe(1)
  expect((await runsOf(app))[0]).toBe('2035-01-08T08:30:00Z made 1')
})

const every = { institution: null, feed: null, state: null }
