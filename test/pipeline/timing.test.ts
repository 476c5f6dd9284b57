// What is judged of messages just before they leave, through the real stages, the tables and the
// sandbox of IO; the test moves the time by which the app decides.
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getFeed } from '../../src/config/config.ts'
import { run } from '../cli/run-command.ts'
import {
  ACCOUNT,
  child,
  configure,
  INSTITUTION,
  type Installation,
  leaveFile,
  openInstallation,
  parent,
} from '../installation.ts'

const ZONE = 'Europe/Rome'
const local = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime(ZONE).toInstant()

/** A Monday. */
const START = local('2027-03-01T09:00')
const DUE = '2027-03-19'
/** Of the reminders below: a Friday, and a Tuesday. */
const FIRST = local('2027-03-12T09:30')
const LAST = local('2027-03-16T09:30')

let here: Installation
let now: Temporal.Instant

beforeEach(async () => {
  now = START
  here = await openInstallation({ account: { connections: 2 }, now: () => now })
})
afterEach(() => here[Symbol.asyncDispose]())

/** The canteen with two reminders, −7d and −3d; values of their rules, of the feed, of the last. */
async function canteen(
  rule: object = {},
  feed: Record<string, unknown> = {},
  last: object = rule,
): Promise<void> {
  const { configDirectory } = here.playground
  const text = (name: string) => ({
    subject: { it: `Mensa scolastica: ${name} di {{ mese }}` },
    markdown: {
      it: 'Il conto della mensa scolastica di {{ mese }} scade {{ scadenza | date_it }}, ancora da pagare.',
    },
  })
  const reminders = [
    { at: '-7d 09:30', ...rule, ...text('primo promemoria') },
    { at: '-3d 09:30', ...last, ...text('promemoria') },
  ]
  const english = { 'notice.subject': { it: 'Mensa scolastica: il conto di {{ mese }}' } }
  const italian = {
    'notice.markdown': {
      it: 'È disponibile il conto della mensa scolastica di {{ mese }}, da pagare entro {{ scadenza | date_it }}, {{ pasti }} pasti: {{ importo | euro }}.',
    },
  }
  await configure(configDirectory, {
    [`${INSTITUTION}/mappings/mensa.yaml`]: { reminders, ...english, ...italian },
    [`${INSTITUTION}/feeds/mensa.yaml`]: feed,
  })
  await here.reopen()
}

async function at(instant: Temporal.Instant | string): Promise<void> {
  now = typeof instant === 'string' ? local(instant) : instant
  await here.send()
}

interface Row {
  id: number
  state: string
  code: string | null
  moved: string | null
  at: Temporal.Instant
}

/** `sent`, `held HOLD_LATE`, `waiting crowded 2027-03-13T09:30` …; of one template, by record. */
async function told(template: number): Promise<string[]> {
  const rows = await here.query<Omit<Row, 'at'> & { at: string }>(
    `select m.id, m.state, m.code, m.moved, m.send_at::text as at from messages m
       join source_records r on r.notice_id = m.notice_id
     where m.template = $1 order by r.flow_id, r.line`,
    [template],
  )
  return rows.map(({ state, code, moved, at: text }) => {
    const when = Temporal.Instant.from(text).toZonedDateTimeISO(ZONE).toPlainDateTime()
    const open = state === 'waiting' ? when.toString({ smallestUnit: 'minute' }) : null
    return [state, code, state === 'waiting' ? moved : null, open].filter(Boolean).join(' ')
  })
}

const bill = (n: number, fiscalCode = parent(n)) => child(n, { due: DUE, fiscalCode })

async function mails(): Promise<string[]> {
  const subjects = (await here.app.store.mails.waiting(100)).map(({ subject }) => subject)
  await here.query('update staff_mails set sent_at = created_at')
  return subjects.filter((subject) => !subject.startsWith('File'))
}

const window = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '19:00' }

describe('a window', () => {
  it('keeps first messages and reminders until it opens, and wakes nobody meanwhile', async () => {
    await canteen({}, { window })
    now = local('2027-03-06T10:00')
    await here.drop([bill(1), bill(2)])
    await at('2027-03-06T10:00')
    expect(await told(0)).toEqual(Array(2).fill('waiting closed 2027-03-08T08:00'))
    expect(await here.app.store.messages.accountsWithWork(now)).toEqual([])
    await at('2027-03-08T07:59')
    expect(await here.app.store.messages.accountsWithWork(now)).toEqual([])
    now = local('2027-03-08T08:00')
    expect(await here.app.store.messages.accountsWithWork(now)).toEqual([ACCOUNT])
    await at('2027-03-08T08:00')
    expect(await told(0)).toEqual(['sent', 'sent'])
    await at('2027-03-12T19:00')
    expect(await told(1)).toEqual(Array(2).fill('waiting closed 2027-03-15T08:00'))
    await at('2027-03-15T08:00')
    expect(await told(1)).toEqual(['sent', 'sent'])
  })

  it('that closes while messages wait for their turn lets none of them leave', async () => {
    await canteen({}, { window })
    await here.drop(Array.from({ length: 20 }, (_, n) => bill(n)))
    now = local('2027-03-01T18:59:59')
    let submitted = 0
    here.answer(({ path }) => {
      if (path === '/messages') submitted += 1
      now = local('2027-03-01T19:00')
      return null
    })
    await here.send()
    expect(submitted).toBe(0)
    expect(await told(0)).toEqual(Array(20).fill('waiting closed 2027-03-02T08:00'))
  })
})

describe('a late reminder', () => {
  const OUTAGE = '2027-03-15T10:00'

  it('is sent however late where its mapping says nothing, and told', async () => {
    await canteen()
    const flow = await here.drop([bill(1), bill(2)])
    await at(START)
    await at('2027-03-15T10:00')
    expect(await told(1)).toEqual(['sent', 'sent'])
    expect(await here.app.store.flows.offPlan(flow)).toMatchObject({ late: 2, mostDaysLate: 3 })
    const shown = ['flows', 'show', String(flow), '--config', here.playground.configDirectory]
    expect((await run(shown)).out).toContain('2 left late, up to 3 days')
  })

  it.each([
    ['skip', 'cancelled late'],
    ['hold', 'held HOLD_LATE'],
  ])('follows its policy: %s', async (policy, expected) => {
    await canteen({ late: { policy, afterDays: 2 } })
    await here.drop([bill(1)])
    await at(START)
    await at(OUTAGE)
    expect(await told(1)).toEqual([expected])
    expect(await told(2)).toEqual(['waiting 2027-03-16T09:30'])
    await at(LAST)
    expect(await told(2)).toEqual(['sent'])
  })

  it('goes within the days that its policy gives it', async () => {
    await canteen({ late: { policy: 'skip', afterDays: 3 } })
    await here.drop([bill(1)])
    await at(START)
    await at(OUTAGE)
    expect(await told(1)).toEqual(['sent'])
  })

  it('of an outage or a suspension over the due date waits for a person', async () => {
    await canteen({ late: { policy: 'send' } })
    const flow = await here.drop([bill(1)])
    await at(START)
    await here.query('update flows set suspended_at = now() where id = $1', [flow])
    await at(LAST)
    await here.query('update flows set suspended_at = null where id = $1', [flow])
    await at('2027-03-20T09:30')
    expect(await told(1)).toEqual(['held HOLD_DUE_DATE_PASSED'])
    expect(await told(2)).toEqual(['held HOLD_DUE_DATE_PASSED'])
    await decide('HOLD_DUE_DATE_PASSED')
    await at('2027-03-20T09:31')
    expect([...(await told(1)), ...(await told(2))]).toEqual(['cancelled overtaken', 'sent'])
  })

  it('that a person lets go is not held for it again', async () => {
    await canteen({ late: { policy: 'hold', afterDays: 0 } })
    await here.drop([bill(1)])
    await at(START)
    await at(OUTAGE)
    await decide('HOLD_LATE')
    await at('2027-03-15T11:00')
    expect(await told(1)).toEqual(['sent'])
  })

  it('that was uncertain, and that a person sends again, is not too late for it', async () => {
    await canteen({ late: { policy: 'skip', afterDays: 0 } })
    await here.drop([bill(1)])
    await at(START)
    here.answer(({ path }) => (path === '/messages' ? { connection: 'reset-after' } : null))
    await at(FIRST)
    expect(await told(1)).toEqual(['uncertain IO_ANSWER_LOST'])
    here.answer(() => null)
    now = local('2027-03-15T10:00')
    await decide('IO_ANSWER_LOST')
    await at('2027-03-15T10:01')
    expect(await told(1)).toEqual(['sent'])
  })

  it('leaves once, however the clock jumps', async () => {
    await canteen({ late: { policy: 'skip', afterDays: 1 } })
    await here.drop([bill(1)])
    await at(START)
    for (const hours of [0, -1, 24, -2, 1]) await at(FIRST.add({ hours }))
    expect(await told(1)).toEqual(['sent'])
    const tries = await here.query('select from attempts')
    expect(tries).toHaveLength(2)
  })
})

describe('a reminder that comes late', () => {
  it.each([
    ['send', 'is due too', '2027-03-16T10:30'],
    ['send', 'leaves later that day', '2027-03-16T08:00'],
    ['hold', 'is due too', '2027-03-16T09:30'],
  ])('gives way (%s) where a later one of its notice %s', async (policy, _, late) => {
    await canteen({ late: { policy, afterDays: 2 } })
    const flow = await here.drop([bill(1), bill(2, parent(1))])
    await at(START)
    await at(late)
    expect(await told(1)).toEqual(Array(2).fill('cancelled overtaken'))
    await at('2027-03-16T10:30')
    expect(await told(2)).toEqual(['sent', 'sent'])
    expect(await here.app.store.flows.offPlan(flow)).toMatchObject({ late: 0, overtaken: 2 })
    const shown = ['flows', 'show', String(flow), '--config', here.playground.configDirectory]
    expect((await run(shown)).out).toContain(
      '2 not sent: late, and another of their notice left instead',
    )
  })

  it('goes itself where the later one is too late to go', async () => {
    await canteen({}, {}, { late: { policy: 'hold', afterDays: 0 } })
    await here.drop([bill(1)])
    await at(START)
    await at('2027-03-17T10:00')
    expect([...(await told(1)), ...(await told(2))]).toEqual(['sent', 'held HOLD_LATE'])
  })

  it('goes where a person lets it go after the later one has left, and not with it', async () => {
    await canteen({ late: { policy: 'hold', afterDays: 0 } })
    await here.drop([bill(1), bill(2)])
    await at(START)
    await at('2027-03-15T10:00')
    expect(await told(1)).toEqual(Array(2).fill('held HOLD_LATE'))
    await at(LAST)
    const [first] = await here.query<{ id: string }>('select id from messages where template = 1')
    await here.letGo([Number(first?.id)])
    await at(LAST.add({ minutes: 59 }))
    expect((await told(1)).toSorted()).toEqual(['cancelled overtaken', 'held HOLD_LATE'])
    await decide('HOLD_LATE')
    await at(LAST.add({ minutes: 61 }))
    expect((await told(1)).toSorted()).toEqual(['cancelled overtaken', 'sent'])
  })

  it('is told to staff once it waits for a person, and again where there are more', async () => {
    await canteen({ late: { policy: 'hold', afterDays: 0 } })
    await here.drop([bill(1), bill(2)])
    await at(START)
    await at('2027-03-15T10:00')
    expect(await here.app.tellHeld()).toBe(0)
    now = local('2027-03-15T10:10')
    expect([await here.app.tellHeld(), await here.app.tellHeld()]).toEqual([1, 0])
    const [mail] = await here.query<{ body: string }>(
      'select body from staff_mails order by id desc',
    )
    expect(mail?.body).toContain('2  in ritardo più di quanto il modello ammette (HOLD_LATE)')
    expect(await mails()).toEqual(['2 messaggi da decidere (comune-di-esempio)'])
    here.answer(({ path }) => (path === '/messages' ? { connection: 'reset-after' } : null))
    await at(LAST)
    expect(await here.app.tellHeld()).toBe(0)
    now = LAST.add({ hours: 1 })
    expect(await here.app.tellHeld()).toBe(1)
    expect(await mails()).toEqual(['2 messaggi da decidere (comune-di-esempio)'])
    now = LAST.add({ hours: 100 })
    expect(await here.app.tellHeld()).toBe(0)
    await decide('HOLD_LATE')
    expect(await here.app.tellHeld()).toBe(0)
    expect(await here.query('select code from told_holds')).toEqual([{ code: 'uncertain' }])
  })

  it('leaves nothing beside a first message that is approved as late', async () => {
    await canteen()
    const flow = await here.drop([bill(1), bill(2)])
    await here.query('update flows set released_at = null where id = $1', [flow])
    now = FIRST.add({ hours: 1 })
    await here.query('update flows set released_at = $2 where id = $1', [flow, String(now)])
    await at(now)
    expect(await told(0)).toEqual(['sent', 'sent'])
    expect(await told(1)).toEqual(Array(2).fill('cancelled overtaken'))
    await at(LAST)
    expect(await told(2)).toEqual(['sent', 'sent'])
  })
})

/** Lets go what is held with this code. */
async function decide(code: string): Promise<void> {
  const held = await here.query<{ id: string }>('select id from messages where code = $1', [code])
  await here.letGo(held.map(({ id }) => Number(id)))
}

const HELD = 'held HOLD_PAYMENTS_STALE'

describe('payments that are not fresh', () => {
  const PAYMENTS = { feed: 'pagamenti', maximumAgeHours: 26 }

  async function paid(numbers: number[], name = 'pagamenti'): Promise<void> {
    const rows = numbers.map((n) => `${child(n).split(',')[6]};PAGATO;01/03/2027`)
    await leaveFile(join(here.playground.directory, name), `${name}.csv`, [
      'AVVISO;STATO;DATA',
      ...rows,
      '',
    ])
    const feed = getFeed(here.app.config, INSTITUTION, name)
    const summary = await here.app.collect(feed, new AbortController().signal)
    for (const { id } of summary?.drops ?? []) await here.app.map(id)
  }

  async function bringing(name: string): Promise<void> {
    const { directory, configDirectory } = here.playground
    await mkdir(join(directory, name))
    const settings = {
      directory: join(directory, name),
      pattern: '*.csv',
      stabilitySeconds: 0,
    }
    const feed = {
      connector: 'folder',
      settings,
      mapping: 'pagamenti',
      from: 'all',
      schedule: '0 5 * * *',
    }
    const path = join(configDirectory, INSTITUTION, `feeds/${name}.yaml`)
    await writeFile(path, JSON.stringify(feed))
  }

  beforeEach(async () => {
    await bringing('pagamenti')
    await canteen({}, { payments: [PAYMENTS] })
  })

  it('hold reminders and no first message, are told once, and let them go again', async () => {
    await here.drop([bill(1), bill(2), bill(3)])
    await at(START)
    expect(await told(0)).toEqual(['sent', 'sent', 'sent'])
    now = FIRST.subtract({ hours: 30 })
    await paid([])
    await at(FIRST)
    expect(await told(1)).toEqual(Array(3).fill('held HOLD_PAYMENTS_STALE'))
    expect(await mails()).toEqual([
      'Promemoria trattenuti: i pagamenti non sono aggiornati (pagamenti)',
    ])
    await at(FIRST.add({ hours: 1 }))
    expect(await here.app.releaseFresh()).toBe(0)
    await paid([2])
    expect(await here.app.releaseFresh()).toBe(2)
    expect(await mails()).toEqual([
      'Promemoria di nuovo in partenza: pagamenti aggiornati (pagamenti)',
    ])
    await at(FIRST.add({ hours: 1 }))
    expect(await told(1)).toEqual(['sent', 'cancelled settled', 'sent'])
    expect(await here.app.releaseFresh()).toBe(0)
  })

  it('of two sources keep reminders until both have news, and each is told of', async () => {
    await bringing('sportello')
    await canteen({}, { payments: [PAYMENTS, { ...PAYMENTS, feed: 'sportello' }] })
    await here.drop([bill(1)])
    await at(START)
    now = FIRST.subtract({ hours: 1 })
    await paid([], 'sportello')
    await at(FIRST)
    expect(await told(1)).toEqual([HELD])
    expect(await mails()).toEqual([
      'Promemoria trattenuti: i pagamenti non sono aggiornati (pagamenti)',
    ])
    now = FIRST.add({ hours: 48 })
    await paid([])
    expect(await here.app.releaseFresh()).toBe(0)
    expect(await mails()).toEqual([
      'Promemoria trattenuti: i pagamenti non sono aggiornati (sportello)',
      'Pagamenti aggiornati (pagamenti), promemoria ancora trattenuti (sportello)',
    ])
    await paid([], 'sportello')
    expect(await here.app.releaseFresh()).toBe(1)
    expect(await mails()).toEqual([
      'Promemoria di nuovo in partenza: pagamenti aggiornati (sportello)',
    ])
    expect(await here.app.releaseFresh()).toBe(0)
  })

  it('keep what is held where the feed of the reminders has another name now', async () => {
    await here.drop([bill(1)])
    await at(START)
    await at(FIRST)
    const feeds = join(here.playground.configDirectory, INSTITUTION, 'feeds')
    await rename(join(feeds, 'mensa.yaml'), join(feeds, 'refezione.yaml'))
    await here.reopen()
    expect(await here.app.releaseFresh()).toBe(0)
    expect(await told(1)).toEqual([HELD])
    await paid([])
    expect(await here.app.releaseFresh()).toBe(1)
  })

  it('let the last of the held reminders of a notice go, and no other', async () => {
    await here.drop([bill(1)])
    await at(START)
    await at(FIRST)
    await at(LAST)
    expect([...(await told(1)), ...(await told(2))]).toEqual(Array(2).fill(HELD))
    await paid([])
    now = LAST.add({ hours: 1 })
    expect(await here.app.releaseFresh()).toBe(2)
    await at(now)
    expect([...(await told(1)), ...(await told(2))]).toEqual(['cancelled overtaken', 'sent'])
  })

  it('let a reminder go where a person says so', async () => {
    await here.drop([bill(1)])
    await at(START)
    await at(FIRST)
    expect(await told(1)).toEqual(['held HOLD_PAYMENTS_STALE'])
    const command = ['feeds', '--config', here.playground.configDirectory]
    const { out } = await run(command)
    expect(out).toContain(`${INSTITUTION}/mensa  its reminders are held: pagamenti has no news yet`)
    const rows = JSON.parse((await run([...command, '--json'])).out) as { payments: object[] }[]
    expect(rows.flatMap(({ payments }) => payments)).toEqual([
      { feed: 'pagamenti', knownUntil: null, isFresh: false },
    ])
    const [row] = await here.query('select detail from messages where template = 1')
    expect(row).toEqual({ detail: 'pagamenti: no news yet' })
    await decide('HOLD_PAYMENTS_STALE')
    await at(FIRST.add({ minutes: 1 }))
    expect(await told(1)).toEqual(['sent'])
  })

  it('are fresh by a poll without news, where the feed says that polls count', async () => {
    await canteen({}, { payments: [{ ...PAYMENTS, by: 'polls' }] })
    await here.drop([bill(1)])
    await at(START)
    await paid([9])
    now = FIRST.subtract({ hours: 1 })
    const feed = getFeed(here.app.config, INSTITUTION, 'pagamenti')
    await here.app.collect(feed, new AbortController().signal)
    await at(FIRST)
    expect(await told(1)).toEqual(['sent'])
  })
})

describe('a recipient of several reminders', () => {
  it('hears one a day, of the last ones all, and the others go the next day', async () => {
    await canteen()
    const flow = await here.drop([bill(1), bill(2, parent(1)), bill(3, parent(1)), bill(4)])
    await at(START)
    expect(await told(0)).toEqual(Array(4).fill('sent'))
    await at(FIRST)
    expect(await told(1)).toEqual([
      'sent',
      'waiting crowded 2027-03-13T09:30',
      'waiting crowded 2027-03-13T09:30',
      'sent',
    ])
    await at('2027-03-13T09:30')
    await at('2027-03-14T09:30')
    expect(await told(1)).toEqual(Array(4).fill('sent'))
    await at(LAST)
    expect(await told(2)).toEqual(Array(4).fill('sent'))
    const counted = { late: 0, movedCrowded: 2, skippedCrowded: 0 }
    expect(await here.app.store.flows.offPlan(flow)).toMatchObject(counted)
  })

  it('is spared those for which no day is left before the next', async () => {
    await canteen()
    await here.drop(Array.from({ length: 6 }, (_, n) => bill(n, parent(1))))
    for (const day of [START, FIRST, 13, 14, 15]) {
      await at(typeof day === 'number' ? `2027-03-${day}T09:30` : day)
    }
    expect((await told(1)).toSorted()).toEqual([
      ...Array(2).fill('cancelled crowded'),
      ...Array(4).fill('sent'),
    ])
    expect(await here.query('select from contact_days')).toHaveLength(4)
    now = LAST.add({ hours: 24 * 30 })
    expect(await here.app.forgetContactDays()).toBe(4)
  })

  it('hears no two on one day where the first waits for its turn over midnight', async () => {
    await canteen()
    await here.drop([bill(1), bill(2, parent(1))])
    await at(START)
    now = local('2027-03-12T23:59:59')
    here.answer(({ path }) => {
      if (path !== '/messages') now = local('2027-03-13T00:00:01')
      return null
    })
    await here.send()
    const sent = await here.query(
      `select (sent_at at time zone 'Europe/Rome')::date::text as day from messages
       where template = 1 and state = 'sent'`,
    )
    expect(sent).toEqual([{ day: '2027-03-13' }])
    here.answer(() => null)
    await at('2027-03-14T09:30')
    expect(await told(1)).toEqual(['sent', 'sent'])
  })

  it('has no day taken by what is only recorded, or was paid meanwhile', async () => {
    await canteen()
    await here.drop([bill(1), bill(2, parent(1))])
    await at(START)
    await configure(here.playground.configDirectory, {
      [`${INSTITUTION}/institution.yaml`]: { 'services.mensa.mode': 'dry-run' },
    })
    await here.reopen()
    await at(FIRST)
    expect(await told(1)).toEqual(['recorded', 'recorded'])
    expect(await here.query('select from contact_days')).toHaveLength(0)
  })
})
