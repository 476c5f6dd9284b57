import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { getFeed } from '../../src/config/config.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  writeConfigured,
} from '../installation.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

const zone = 'Europe/Rome'
const today = () => Temporal.Now.plainDateISO(zone)
/** A due date that many days off. */
const due = (days: number) => today().add({ days }).toString()
const because = ['--because', 'delibera 12', '--yes']

/** `staffetta NAME ARGV…` in this process, on the installation as it stands open. */
async function staffetta(here: Installation, ...argv: string[]) {
  const ran = await call(here, argv)
  return { ...ran, json: () => JSON.parse(ran.out) }
}

interface Shown {
  days: { date: string; all: number; reminders: Record<string, number> }[]
  cancelled: { code: string; messages: number }[]
}

/** The days on which something leaves, and what leaves no more. */
async function scheduled(here: Installation) {
  const ran = await staffetta(here, 'schedule', '--days', '60', '--json')
  const [{ days, cancelled }] = ran.json().institutions as [Shown]
  const busy = days.filter(({ all }) => all > 0)
  return {
    days: Object.fromEntries(busy.map(({ date, reminders }) => [date, reminders['-3d 09:30']])),
    cancelled: Object.fromEntries(cancelled.map(({ code, messages }) => [code, messages])),
  }
}

it('bills stand on the days of their reminders until they are paid or postponed', async () => {
  await using here = await openInstallation()
  const flow = await here.drop(Array.from({ length: 5 }, (_, n) => child(n, { due: due(20) })))
  await here.send()
  const day = due(17)
  expect(await scheduled(here)).toEqual({ days: { [day]: 5 }, cancelled: {} })
  const shown = await staffetta(here, 'schedule', '--day', day)
  expect(shown.out).toMatch(
    new RegExp(`^09:30 +5  -3d 09:30  mensa +${flow}  mensa\\n\\n5 messages in all$`, 'm'),
  )

  const noticeOf = (n: number) => `303202603${String(n).padStart(9, '0')}`
  const decide = (verb: string, n: number, ...more: string[]) =>
    staffetta(here, 'notices', verb, '--notice', noticeOf(n), ...more, ...because)
  expect((await decide('settle', 0)).err).toBe('')
  expect((await decide('cancel', 1)).err).toBe('')
  expect(await scheduled(here)).toEqual({
    days: { [day]: 3 },
    cancelled: { settled: 1, cancelled: 1 },
  })

  expect((await decide('postpone', 2, '--to', due(30))).code).toBe(0)
  expect(await scheduled(here)).toEqual({
    days: { [day]: 2, [due(27)]: 1 },
    cancelled: { settled: 1, cancelled: 1, postponed: 1 },
  })

  const plan = (await staffetta(here, 'flows', 'show', String(flow))).out
  expect(plan).toMatch(/^-3d 09:30 +3 +3 /m)
  expect(plan).not.toMatch(/[A-Z]{6}\d\d[A-Z]/)
})

it('a payment that comes with a file takes its reminder away', async () => {
  await using here = await openInstallation()
  const { canteen } = here.playground
  const settings = JSON.stringify({
    ...{ directory: canteen, pattern: 'pagamenti-*.csv', stabilitySeconds: 0 },
  })
  const feed = `connector: folder\nsettings: ${settings}\nfrom: all\nmapping: pagamenti\n`
  await writeConfigured(here.playground, 'feeds/pagamenti-mensa.yaml', feed)
  await here.drop(Array.from({ length: 3 }, (_, n) => child(n, { due: due(20) })))
  await here.send()
  expect((await scheduled(here)).days).toEqual({ [due(17)]: 3 })
  await writeFile(
    join(canteen, 'pagamenti-1.csv'),
    `AVVISO;STATO\n303202603${'1'.padStart(9, '0')};PAGATO\n`,
  )
  await here.reopen()
  const payments = getFeed(here.app.config, INSTITUTION, 'pagamenti-mensa')
  const collected = await here.app.collect(payments, new AbortController().signal)
  for (const { id } of collected?.drops ?? []) await here.app.map(id)
  expect(await scheduled(here)).toEqual({ days: { [due(17)]: 2 }, cancelled: { settled: 1 } })
})

it('a campaign has its runs, its recipients of now, and messages once it ran', async () => {
  await using here = await openInstallation()
  await writeConfigured(here.playground, 'campaigns/non-pagata.yaml', CAMPAIGN)
  await here.drop(Array.from({ length: 4 }, (_, n) => child(n, { due: due(20) })))
  await here.send()
  await here.reopen()

  const [before] = (await staffetta(here, 'schedule', '--json')).json().institutions
  expect(before.campaigns.length).toBeGreaterThanOrEqual(4)
  expect(before.campaigns[0]).toMatchObject({ campaign: 'non-pagata', service: 'mensa' })

  const preview = await staffetta(here, 'schedule', '--campaign', 'non-pagata')
  expect(preview.out).toMatch(/^told +4 +180,00$/m)
  expect(preview.out).not.toMatch(/[A-Z]{6}\d\d[A-Z]\d\d/)

  await staffetta(here, 'campaigns', 'run', 'non-pagata', '--yes')
  for (const id of await here.app.store.flows.awaitingRelease(10)) await here.app.release(id)
  const [after] = (await staffetta(here, 'schedule', '--json')).json().institutions
  const waiting = [after.due, ...after.days].map(({ campaigns }) => campaigns)
  expect(waiting.filter((n) => n > 0)).toEqual([4])
  expect(after.obstacles).toEqual([])
})

const CAMPAIGN = `
mapping: mensa
schedule: "30 9 * * 1"
select: { unpaid: true }
message:
  subject: { it: "Mensa scolastica: un pagamento risulta da saldare" }
  markdown:
    it: |
      Per la mensa di **{{ mese }}** risulta ancora da pagare **{{ importo | euro }}**. Se hai già pagato, non tenerne conto.
`

it('what is due and not released is told with what to do', async () => {
  await using here = await openInstallation()
  const flow = await here.drop(children(2))
  await here.query(`update flows set released_at = null where id = $1`, [flow])
  const config = ['--config', here.playground.configDirectory]
  const { out, err, code } = await run(['schedule', '--days', '3', ...config])
  expect([err, code]).toEqual(['', 0])
  expect(out).toMatch(/^due +2 +2 {2}█{20}$/m)
  expect(out).toContain(`  2  flow ${flow} of mensa is not released\n`)
})

describe('wrong usage', () => {
  let here: Installation
  beforeAll(async () => {
    here = await openInstallation()
  })
  afterAll(() => here[Symbol.asyncDispose]())

  it.each([
    [['--days', '0'], '--days is a number from 1 to 400'],
    [['--days', '401'], '--days is a number from 1 to 400'],
    [['--days', '7', '--day', '2026-12-01'], 'say one of --days and --day'],
    [['--day', '2026-02-30'], '--day "2026-02-30" is no day such as 2026-12-01'],
    [['--limit', '5'], '--limit goes with --campaign'],
    [['--feed', 'mensaa'], 'there is no feed "mensaa": did you mean "mensa"?'],
    [['--institution', 'altro'], `there is no institution "altro": there is ${INSTITUTION}`],
    [['--service', 'altro'], 'there is no service "altro": there is acqua, mensa, sportello'],
    [['domani'], 'unexpected argument: domani'],
  ])('%j is answered with what would be right', async (argv, said) => {
    expect(await call(here, ['schedule', ...argv])).toEqual({ code: 2, out: '', err: said })
  })
})
