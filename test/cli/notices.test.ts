import { userInfo } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  child,
  configure,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { call } from './call-command.ts'
import { type RunOptions, run, start } from './run-command.ts'

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
  await here.drop(
    [1, 2, 3].map((n) => child(n)),
    'mensa-a.csv',
  )
  await here.send()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (argv: string[], options: RunOptions = {}) =>
  run([...argv, '--config', here.playground.configDirectory], options)
const look = (...argv: string[]) => call(here, argv)
const why = ['--because', 'delibera 12/2026']
const keyOf = (n: number) => ['--key', `MENSA-${n}|2026-03`]
const noticeNumber = (n: number) => `303202603${String(n).padStart(9, '0')}`

describe('notices show', () => {
  test('has all of one notice: what was sent, what will be, and no fiscal code', async () => {
    const { code, out } = await staffetta(['notices', 'show', '--notice', noticeNumber(1)])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^Notice \d+ {2}open\ncomune-di-esempio\/mensa-scolastica {2}MENSA-1\|2026-03\n/,
    )
    expect(out).toContain('45,00 €')
    expect(out).toContain('due 2099-04-30')
    expect(out).toMatch(/first +\d{4}-\d\d-\d\d \d\d:\d\d +sent/)
    expect(out).toMatch(/reminder 1 +2099-04-2\d \d\d:\d\d +waiting/)
    expect(out).not.toContain(parent(1))
  })

  test('has the hours of the institution, whatever the zone of who looks', async () => {
    const elsewhere = { env: { TZ: 'Pacific/Auckland' } }
    const { out } = await staffetta(['notices', 'show', ...keyOf(1)], elsewhere)
    expect(out).toMatch(/reminder 1 +2099-04-27 09:30 +waiting/)
  })

  test('finds all of a person by a code from standard input, and lists several', async () => {
    const input = `${parent(2).toLowerCase()}\n`
    const argv = ['notices', 'show', '--recipient', '-']
    const json = await staffetta([...argv, '--json'], { input })
    expect(JSON.parse(json.out)).toMatchObject([
      {
        key: 'MENSA-2|2026-03',
        state: 'open',
        messages: [{ state: 'sent' }, { state: 'waiting' }],
      },
    ])
    expect(json.out).not.toContain(parent(2))
    const listed = await look('notices', 'show', '--emission', '2026-03', '--limit', '2')
    expect(listed.out).toContain('MENSA-1|2026-03')
    expect(listed.out).toContain('… 3 in all')
    const wrong = await staffetta(argv, { input: 'ABC\n' })
    expect({ code: wrong.code, err: wrong.err }).toEqual({
      code: 2,
      err: expect.stringContaining('line 1: ha 3 caratteri invece di 16'),
    })
  })

  test('of nothing ends with 1', async () => {
    const { code, err } = await look('notices', 'show', '--key', 'MENSA-9|2026-03')
    expect({ code, err }).toEqual({ code: 1, err: 'There is no such notice.\n' })
  })
})

test.each([
  [['notices'], 'say what: `notices show`'],
  [['notices', 'show'], 'say which notices, in one way'],
  [['notices', 'show', '--id', '1', '--key', 'x'], 'say which notices, in one way'],
  [['notices', 'show', '--id', 'x'], 'is not a notice’s number'],
  [['notices', 'show', '--notice', '123'], '18 digits'],
  [['notices', 'show', '--recipient', 'AAAAAA00A00A000A'], 'stays in the history of the shell'],
  [['notices', 'show', '--key', 'AAAAAA00A00A000A|1'], '--key - reads it from standard input'],
  [['notices', 'show', '--id', '1', '--institution', 'comune-di-esempi'], 'did you mean'],
  [['notices', 'show', '--id', '1', '--series', 'mensa-scolastic'], 'did you mean'],
  [['notices', 'settle', '--id', '1'], '--because TEXT'],
  [['notices', 'settle', '--id', '1', '--because', 'di AAAAAA00A00A000A'], 'names a fiscal code'],
  [['notices', 'cancel', '--id', '1', ...why, '--to', '2099-01-01'], 'go with `notices postpone`'],
  [['notices', 'postpone', '--id', '1', ...why], '--to DATE or --by DAYS'],
  [['notices', 'postpone', '--id', '1', ...why, '--to', '2099-02-30'], '--to is a day'],
  [['notices', 'postpone', '--id', '1', ...why, '--to', '2020-01-01'], 'has passed: say --force'],
  [['notices', 'postpone', '--id', '1', ...why, '--by', '30'], '--by is so many days'],
  [['recipients', 'block', '-'], '--because TEXT'],
  [['recipients', 'block', '/no/such/file', ...why], 'the codes cannot be read'],
  [['recipients', 'blocked'], 'say what: `recipients list`'],
])('%j is wrong usage, and says what is missing', async (argv, text) => {
  const { code, err } = await call(here, argv)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
})

describe('a decision', () => {
  test('about several asks first, and without a terminal wants --yes', async () => {
    const argv = ['notices', 'cancel', '--emission', '2026-03', ...why]
    const { code, err } = await staffetta(argv)
    expect(code).toBe(2)
    expect(err).toContain('3 open notices of comune-di-esempio/mensa-scolastica end as cancelled')
    expect(err).toContain('say --yes')
  })

  test('about one is carried out, and shown with who took it and why', async () => {
    const settled = await staffetta(['notices', 'settle', ...keyOf(1), '--because', 'bonifico'])
    expect(settled).toMatchObject({
      code: 0,
      out: '1 notice ended as settled.\n1 message will not leave.\n',
    })
    const { out } = await look('notices', 'show', ...keyOf(1))
    expect(out).toContain('by a person\n')
    expect(out).toContain('settled: its notice is paid')
    expect(out).toContain(`${userInfo().username} (cli): settled 1 notice\n    bonifico\n`)
    const again = await look('notices', 'cancel', ...keyOf(1), ...why)
    expect(again).toMatchObject({ code: 0, out: '1 had ended before as settled.\n' })
  })

  test('postpones, says so, and what it left as it was', async () => {
    const argv = ['notices', 'postpone', '--emission', '2026-03', '--by', '30d', ...why, '--yes']
    const { code, out } = await staffetta(argv)
    expect({ code, out }).toEqual({
      code: 0,
      out:
        '2 notices due 30 days later than before.\n' +
        'Of their reminders 2 were cancelled and 2 planned anew.\n' +
        '1 are settled: nothing is due any more.\n',
    })
    const shown = await look('notices', 'show', ...keyOf(2))
    expect(shown.out).toContain('due 2099-05-30, set by a person: its source says 2099-04-30')
    expect(shown.out).toContain('moved with its notice')
    expect(shown.out).toContain('postponed: its notice was postponed')
  })

  test('is refused to a user whom `staff` does not name as operator', async () => {
    const file = 'comune-di-esempio/institution.yaml'
    const { configDirectory } = here.playground
    await configure(configDirectory, { [file]: { staff: { [userInfo().username]: 'viewer' } } })
    const denied = await staffetta(['notices', 'settle', ...keyOf(2), ...why])
    const blocked = await staffetta(['recipients', 'block', '-', ...why], { input: parent(2) })
    await configure(configDirectory, { [file]: { staff: {} } })
    for (const { code, err } of [denied, blocked]) {
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringContaining('as operator or more'),
      })
    }
  })
})

test('recipients are blocked from a list, shown masked, and unblocked', async () => {
  const input = `${parent(3)}\n\n${parent(50)}\n`
  const blocked = await staffetta(['recipients', 'block', '-', ...why], { input })
  expect(blocked).toMatchObject({
    code: 0,
    out: '2 recipients of comune-di-esempio blocked. 1 message will not leave.\n',
  })
  const listed = await look('recipients', 'list')
  expect(listed.out).toContain('delibera 12/2026')
  expect(listed.out).not.toContain(parent(3))
  expect((await look('notices', 'show', ...keyOf(3))).out).toContain('DO NOT CONTACT')
  const { out } = await look('recipients', 'list', '--json', '--limit', '1')
  expect(JSON.parse(out)).toMatchObject({ all: 2, recipients: [{ institution: INSTITUTION }] })
  const wrong = await staffetta(['recipients', 'unblock', '-', ...why], {
    input: `${parent(3)}\n12345678901\n`,
  })
  expect(wrong.err).toContain('nothing was done:\n  line 2: è un codice di 11 cifre')
  const gone = await staffetta(['recipients', 'unblock', '-', ...why], { input })
  expect(gone.out).toBe('2 recipients of comune-di-esempio unblocked.\n')
})

describe('a large emission', () => {
  // Several transactions’ worth, if it were not one.
  const COUNT = 6000
  const month = '2032-01'
  const argv = ['notices', 'postpone', '--emission', month, '--to', '2099-07-31', ...why, '--yes']
  const due = async () => {
    const rows = await here.query<{ day: string; n: string }>(
      `select to_char(due_at, 'YYYY-MM-DD') as day, count(*) as n from notices
       where emission = $1 group by 1 order by 1`,
      [month],
    )
    return rows.map(({ day, n }) => `${day} ${n}`)
  }

  test('is postponed whole: killed in the middle nothing is, and again all of it', async () => {
    const rows = Array.from({ length: COUNT }, (_, n) => child(n, { month }))
    await here.drop(rows, 'mensa-b.csv')
    const killed = start([...argv, '--config', here.playground.configDirectory])
    const isWriting = `select exists (select from pg_locks l join pg_class c on c.oid = l.relation
      where c.relname = 'messages' and l.mode = 'RowExclusiveLock' and l.database =
        (select oid from pg_database where datname = current_database())) as yes`
    while (!(await here.query<{ yes: boolean }>(isWriting))[0]?.yes);
    killed.child.kill('SIGKILL')
    await killed.ended
    expect(await due()).toEqual([`2099-04-30 ${COUNT}`])
    const { code, out } = await staffetta(argv)
    expect({ code, out }).toEqual({
      code: 0,
      out:
        '6,000 notices due on 2099-07-31.\n' +
        'Of their reminders 6,000 were cancelled and 6,000 planned anew.\n',
    })
    expect(await due()).toEqual([`2099-07-31 ${COUNT}`])
    const acts = await here.query<{ n: string }>(
      `select count(*) as n from notice_acts d join acts a on a.id = d.act_id
       where a.verb = 'postponed 6000 notices'`,
    )
    expect(acts).toEqual([{ n: String(COUNT) }])
  }, 120_000)
})
