import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type App, openApp } from '../src/app.ts'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
} from './installation.ts'

const all = { institution: null, feed: null, service: null, emission: null }
const at = (text: string) => Temporal.ZonedDateTime.from(`${text}[Europe/Rome]`).toInstant()

const opened: App[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((app) => app.close()))
})

/** The schedule as it stands at an instant, by the configuration as it is written then. */
async function scheduleAt(here: Installation, now: string, days = 2) {
  const { configDirectory } = here.playground
  const app = await openApp({
    configDirectory,
    logLevel: 'silent',
    sends: false,
    now: () => at(now),
  })
  opened.push(app)
  return app.schedule.ahead(all, days)
}

/** The only institution's obstacles in few words: `closed 3 of mensa until 08:00`. */
async function obstaclesAt(here: Installation, now: string): Promise<string[]> {
  const [schedule] = await scheduleAt(here, now)
  return (schedule?.obstacles ?? []).map(
    ({ kind, messages, service, feed, campaign, code, until }) =>
      [kind, messages, service ?? feed ?? campaign, code, until?.toString()]
        .filter(Boolean)
        .join(' '),
  )
}

const bills = Array.from({ length: 3 }, (_, n) => child(n, { due: '2027-03-31' }))

describe('the schedule of an installation', () => {
  it('is empty, and has its days, where nothing has come yet', async () => {
    await using here = await openInstallation()
    const [schedule, ...others] = await scheduleAt(here, '2027-03-27T10:00', 400)
    expect(others).toEqual([])
    expect(schedule?.days).toHaveLength(400)
    expect(schedule).toMatchObject({ obstacles: [], held: [], cancelled: [], due: { all: 0 } })
    expect(schedule?.to.toString()).toBe('2028-04-29')
  })

  it('has a reminder on its day, also where that has 23 hours, and on no other', async () => {
    await using here = await openInstallation()
    await here.drop(bills)
    await here.send()
    const [schedule] = await scheduleAt(here, '2027-03-27T10:00', 4)
    const said = schedule?.days.map(({ date, reminders }) => [date?.toString(), reminders])
    expect(said).toEqual([
      ['2027-03-27', {}],
      ['2027-03-28', { '-3d 09:30': 3 }],
      ['2027-03-29', {}],
      ['2027-03-30', {}],
    ])
    const holidays = schedule?.days.filter(({ isHoliday }) => isHoliday)
    expect(holidays?.map(({ date }) => date?.toString())).toEqual(['2027-03-28', '2027-03-29'])
  })

  it('has the day of each institution in its own zone', async () => {
    await using here = await openInstallation()
    const { configDirectory } = here.playground
    await cp(join(configDirectory, INSTITUTION), join(configDirectory, 'noumea'), {
      recursive: true,
    })
    await configure(join(configDirectory, 'noumea'), {
      'institution.yaml': { timeZone: 'Pacific/Noumea' },
    })
    const schedules = await scheduleAt(here, '2027-03-27T20:00')
    const said = schedules.map(({ institution, zone, from }) => [institution, zone, String(from)])
    expect(said).toEqual([
      [INSTITUTION, 'Europe/Rome', '2027-03-27'],
      ['noumea', 'Pacific/Noumea', '2027-03-28'],
    ])
  })
})

describe('what keeps messages', () => {
  it('is the flow that is not released, before anything else', async () => {
    await using here = await openInstallation()
    const flow = await here.drop(bills)
    await here.query('update flows set released_at = null where id = $1', [flow])
    expect(await obstaclesAt(here, '2027-03-28T08:00')).toEqual([`unreleased 6 mensa`])
  })

  it('is a pause, of the service or of everything', async () => {
    await using here = await openInstallation()
    await here.drop(bills)
    const code = { code: 'IO_KEY', detail: 'refused' }
    const since = at('2027-03-27T09:00')
    await here.app.store.pauses.pause(
      { institution: INSTITUTION, service: 'mensa', since, ...code },
      [],
    )
    expect(await obstaclesAt(here, '2027-03-28T08:00')).toEqual(['service-paused 6 mensa IO_KEY'])
    await here.query(`update installation set paused_because = 'it was restored'`)
    expect(await obstaclesAt(here, '2027-03-28T08:00')).toEqual(['installation-paused 6'])
  })

  it('is the hour, until the feed opens again', async () => {
    await using here = await openInstallation()
    await here.drop(bills)
    await configure(here.playground.configDirectory, {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { window: { from: '08:00', to: '19:00' } },
    })
    const closed = ['closed 6 mensa 2027-03-30T06:00:00Z']
    // Easter and the Monday after it.
    expect(await obstaclesAt(here, '2027-03-28T10:00')).toEqual(closed)
    expect(await obstaclesAt(here, '2027-03-30T08:00')).toEqual([])
    expect(await obstaclesAt(here, '2027-03-30T19:00')).toEqual([
      'closed 6 mensa 2027-03-31T06:00:00Z',
    ])
  })

  it('is a day that was closed since it was planned', async () => {
    await using here = await openInstallation()
    await here.drop(bills)
    await here.send()
    await configure(here.playground.configDirectory, {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { window: { from: '08:00', to: '19:00' } },
    })
    expect(await obstaclesAt(here, '2027-03-27T10:00')).toEqual(['closed-day 3 mensa'])
  })

  it('is a service that records, or that the configuration no longer has', async () => {
    await using here = await openInstallation()
    await here.drop(bills)
    await configure(here.playground.configDirectory, {
      [`${INSTITUTION}/institution.yaml`]: { 'services.mensa.mode': 'testers' },
    })
    expect(await obstaclesAt(here, '2027-03-27T08:00')).toEqual(['testers 6 mensa'])
    await here.query(`update flows set service = 'tolta'`)
    expect(await obstaclesAt(here, '2027-03-27T08:00')).toEqual(['service-unknown 6 tolta'])
  })

  it('is that nobody knows who has paid, of the reminders of today', async () => {
    await using here = await openInstallation()
    await here.drop(bills)
    await here.send()
    const { configDirectory, canteen } = here.playground
    const settings = JSON.stringify({ directory: canteen, pattern: 'pagamenti-*.csv' })
    await writeFile(
      join(configDirectory, INSTITUTION, 'feeds/pagamenti-mensa.yaml'),
      `connector: folder\nsettings: ${settings}\nfrom: all\nmapping: pagamenti\n`,
    )
    await configure(configDirectory, {
      [`${INSTITUTION}/feeds/mensa.yaml`]: { payments: [{ feed: 'pagamenti-mensa' }] },
    })
    expect(await obstaclesAt(here, '2027-03-27T08:00')).toEqual([])
    expect(await obstaclesAt(here, '2027-03-28T08:00')).toEqual([
      'payments-stale 3 mensa HOLD_PAYMENTS_STALE',
    ])
  })
})
