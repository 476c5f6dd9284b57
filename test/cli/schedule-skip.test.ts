// A day that a person skips, by the command line alone: what was planned for it, what is said of it
// afterwards, and what stays.
import { userInfo } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  writeConfigured,
} from '../installation.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

const zone = 'Europe/Rome'
const today = Temporal.Now.plainDateISO(zone)
/** A due date that many days off; its reminder leaves three days before. */
const due = (days: number) => today.add({ days }).toString()
const why = ['--because', 'delibera 12/2026']

/** A day on which the campaign runs once a week: never today, whatever the hour is. */
const runDay = today.add({ days: 2 })
const CAMPAIGN = `mapping: mensa
schedule: "30 9 * * ${runDay.dayOfWeek % 7}"
message:
  subject: { it: "Mensa scolastica: da saldare", en: "School canteen: to be paid" }
  markdown:
    it: |
      Per la mensa scolastica di **{{ mese }}** restano da pagare **{{ importo | euro }}**: puoi farlo da qui.
    en: |
      For the school canteen of **{{ mese }}** there are **{{ importo | euro }}** to be paid: you can do it here.
`

let here: Installation
let flow: number
beforeAll(async () => {
  here = await openInstallation()
  await writeConfigured(here.playground, 'campaigns/solleciti.yaml', CAMPAIGN)
  await here.reopen()
  flow = await here.drop([
    ...[1, 2, 3].map((n) => child(n, { due: due(20) })),
    child(4, { due: due(30) }),
  ])
  await here.send()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => call(here, argv)
const skip = (...argv: string[]) => staffetta('schedule', 'skip', ...argv)
/** In a process of its own. */
const skipAlone = (...argv: string[]) =>
  run(['schedule', 'skip', ...argv, '--config', here.playground.configDirectory])

describe('skipping a day', () => {
  test.each([
    [['--yes', ...why], 'say which day: --day 2026-12-01'],
    [['--day', '2099-02-30', ...why], 'is no day such as 2026-12-01'],
    [['--day', '2099-01-01'], '--because TEXT'],
    [['--day', '2099-01-01', '--days', '3', ...why], '--days and --limit do not go'],
    [['--day', '2099-01-01', '--feed', 'mens', ...why], 'did you mean "mensa"?'],
    [['--day', '2099-01-01', '--campaign', 'sollecit', ...why], 'did you mean "solleciti"?'],
    [['--day', '2099-01-01', '--service', 'mens', ...why], 'there is no service "mens"'],
    [['all', '--day', '2099-01-01', ...why], 'unexpected argument: all'],
  ])('%j is wrong usage, and says what is', async (argv, said) => {
    expect(await skip(...argv)).toMatchObject({ code: 2, err: expect.stringContaining(said) })
  })

  test('says how much it is about and asks; without a terminal it wants --yes', async () => {
    const { code, err } = await skipAlone('--day', due(17), ...why)
    expect(code).toBe(2)
    expect(err).toContain(`To be skipped of ${due(17)}, ${INSTITUTION}: 3 reminders.`)
    expect(err).toContain('say --yes')
  })

  test('of a day on which nothing is planned ends with 1', async () => {
    expect(await skip('--day', due(16), '--feed', 'mensa', ...why)).toMatchObject({
      code: 1,
      err: `Nothing that could be skipped is planned for ${due(16)}.\n`,
    })
  })

  test('takes its reminders away, and leaves those of other days and first messages', async () => {
    expect(await skipAlone('--day', due(17), '--feed', 'mensa', ...why, '--yes')).toMatchObject({
      code: 0,
      out: `3 messages of ${due(17)} will not leave.\n`,
    })
    const states = await here.query(
      `select purpose, state, code, count(*) as n from messages where flow_id = $1
       group by 1, 2, 3 order by 1, 2`,
      [flow],
    )
    expect(states).toEqual([
      { purpose: 'first', state: 'sent', code: null, n: '4' },
      { purpose: 'reminder', state: 'cancelled', code: 'skipped', n: '3' },
      { purpose: 'reminder', state: 'waiting', code: null, n: '1' },
    ])
    const { out } = await staffetta('schedule', '--days', '60')
    expect(out).toContain('3  skipped by a person, with their day')
  })

  test('is in the history of the flow and of each notice, with who and why', async () => {
    const said = `${userInfo().username} (cli): skipped ${due(17)}\n    delibera 12/2026\n`
    const shown = await staffetta('notices', 'show', '--key', 'MENSA-2|2026-03')
    expect(shown.out).toContain(said)
    expect(shown.out).toContain('cancelled  skipped: a person skipped its day')
    const other = await staffetta('notices', 'show', '--key', 'MENSA-4|2026-03')
    expect(other.out).not.toContain('skipped')
    const history = await staffetta('flows', 'show', String(flow))
    expect(history.out).toContain(`skipped ${due(17)}`)
  })

  test('a second time finds nothing', async () => {
    const again = await skip('--day', due(17), '--feed', 'mensa', ...why, '--yes')
    expect(again.code).toBe(1)
  })

  test('of an emission alone is about its notices alone', async () => {
    const other = await skip('--day', due(27), '--emission', '2026-04', ...why, '--yes')
    expect(other.code).toBe(1)
    const own = await skip('--day', due(27), '--emission', '2026-03', ...why, '--yes', '--json')
    expect(JSON.parse(own.out)).toEqual({
      ...{ institution: INSTITUTION, day: due(27), messages: 1, runs: [] },
    })
  })
})

describe('skipping the run of a campaign', () => {
  const local = (day: Temporal.PlainDate) => `${day} 09:30`

  test('says which one is not made, and lists the one after it as the next', async () => {
    const typed = ['--day', runDay.toString(), '--campaign', 'solleciti', ...why, '--yes']
    expect(await skipAlone(...typed)).toMatchObject({
      code: 0,
      out: `The run of solleciti at ${local(runDay)} is not made.\n`,
    })
    const next = local(runDay.add({ days: 7 }))
    expect((await staffetta('campaigns')).out).toContain(`${next}  –`)
    const shown = (await staffetta('campaigns', 'show', 'solleciti')).out
    expect(shown).toContain(`next ${next}\n`)
    const { username } = userInfo()
    const skipped = `skipped by a person: delibera 12/2026`
    expect(shown).toContain(`${local(runDay)}  ${username}: ${skipped}\n`)
    const ahead = (await staffetta('schedule', '--days', '10')).out
    expect(ahead).toContain(`${local(runDay)}  solleciti  skipped: delibera 12/2026\n`)
  })

  test('takes away what has not left of one that was made, and its flow ends', async () => {
    const ran = await staffetta('campaigns', 'run', 'solleciti', '--yes')
    const [, id = ''] = /^Flow (\d+): 4 messages/.exec(ran.out) ?? []
    await here.app.release(Number(id))
    const [row] = await here.query<{ day: string }>(
      `select to_char(min(send_at) at time zone $2, 'YYYY-MM-DD') as day from messages
       where flow_id = $1`,
      [id, zone],
    )
    const day = row?.day as string
    const taken = await skip('--day', day, '--campaign', 'solleciti', ...why, '--yes')
    expect(taken).toMatchObject({ code: 0, out: expect.stringContaining('4 messages of') })
    await here.send()
    const account = await here.app.store.flows.account(Number(id))
    expect(account).toMatchObject({ read: 4, cancelled: 4 })
    expect((await staffetta('flows', 'show', id)).out).toMatch(/cancelled/)
    const [ended] = await here.query<{ state: string }>('select state from flows where id = $1', [
      id,
    ])
    expect(ended?.state).toBe('sent')
  })
})

test('who is no operator may not skip a day', async () => {
  await configure(here.playground.configDirectory, {
    [`${INSTITUTION}/institution.yaml`]: { staff: { [userInfo().username]: 'viewer' } },
  })
  const { code, err } = await skipAlone('--day', due(17), ...why, '--yes')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('as operator or more') })
})
