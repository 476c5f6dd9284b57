// A dress rehearsal as a user runs it: made-up files of a year, the command in a process of its
// own, and its page. What should have left is computed here, by plain arithmetic over those files.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { contact } from '../scripts/samples.ts'
import type { Rehearsal } from '../src/rehearsing.ts'
import { type Ran, run } from './cli/run-command.ts'
import { administer } from './database.ts'
import {
  PAYMENTS_HOURS,
  type WrittenBill,
  writeYear,
  writeYearConfig,
  type YearOptions,
} from './rehearsed-year.ts'

const options: YearOptions = {
  customers: 8,
  months: ['2025-01', '2025-03', '2025-05'],
  paymentsUntil: '2025-06-20',
  paymentsEveryDays: 3,
  withoutPayments: ['2025-03-29', '2025-04-06'],
  aHundredfold: '2025-05',
  twice: '2025-03',
}

let directory = ''
let bills: WrittenBill[] = []
let ran: Ran = { code: null, out: '', err: '' }
let rehearsal = {} as Rehearsal
let page = ''

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-rehearsal-'))
  const config = await writeYearConfig(directory)
  const drops = join(directory, 'files')
  bills = await writeYear(drops, options)
  const zip = await readFile(join(drops, 'bollette-2025-01-10.zip'))
  await writeFile(join(drops, 'bollette-2025-02-03.zip'), zip.subarray(0, zip.length - 100))
  await writeFile(join(drops, 'bollette-2024-11-10.zip'), 'of another year')
  await writeFile(join(drops, 'appunti.txt'), 'not for the feed')
  const out = join(directory, 'prova.html')
  ran = await run(
    ['rehearse', 'bollette', '--drops', drops, '--year', '2025', '--config', config].concat([
      '--out',
      out,
      '--json',
    ]),
    { env: { STAFFETTA_REHEARSAL_DATABASE: inject('databaseUrl') } },
  )
  if (ran.out === '') throw new Error(ran.err)
  rehearsal = JSON.parse(ran.out)
  page = await readFile(out, 'utf8')
}, 180_000)

afterAll(() => rm(directory, { recursive: true, force: true }))

/** When the news of payments came: at 7:00 of every third day, but for those without. */
const newsDays = Array.from({ length: 122 }, (_, n) =>
  Temporal.PlainDate.from('2025-01-01').add({ days: 3 * n }),
).filter((day) => {
  const [from, to] = options.withoutPayments ?? ['', '']
  return String(day) <= options.paymentsUntil && !(String(day) >= from && String(day) <= to)
})

const at = (day: Temporal.PlainDate, time: string) => day.toPlainDateTime(time)

function firstNews(from: Temporal.PlainDateTime): Temporal.PlainDateTime | null {
  const day = newsDays.find((one) => Temporal.PlainDateTime.compare(at(one, '07:00'), from) >= 0)
  return day ? at(day, '07:00') : null
}

/** Whether what is known of payments is too old at this time. */
function isStale(time: Temporal.PlainDateTime): boolean {
  const last = newsDays.findLast(
    (day) => Temporal.PlainDateTime.compare(at(day, '07:00'), time) <= 0,
  )
  return !last || time.since(at(last, '07:00')).total('hours') > PAYMENTS_HOURS
}

/** The days on which the reminders of a bill leave, and those on which they would have. */
function remindersOf({ dueOn, paidOn }: WrittenBill): { left: string[]; spared: string[] } {
  const left: string[] = []
  const spared: string[] = []
  const known = paidOn && firstNews(at(paidOn.add({ days: 1 }), '00:00'))
  for (const days of [7, 1]) {
    const planned = at(dueOn.subtract({ days }), '09:30')
    const leaves = isStale(planned) ? firstNews(planned) : planned
    if (leaves === null) continue
    const isKnown = known !== null && Temporal.PlainDateTime.compare(known, leaves) <= 0
    if (isKnown) spared.push(String(planned.toPlainDate()))
    else left.push(String(leaves.toPlainDate()))
  }
  return { left, spared }
}

function countBy(days: string[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(days.toSorted(), (day) => day)].map(([day, all]) => [day, all.length]),
  )
}

describe('a rehearsed year', () => {
  const going = () => bills.filter(({ month }) => month !== options.aHundredfold)

  it('lets each reminder leave on its day, unless it was paid by then', () => {
    const expected = going().map(remindersOf)
    const shown = (of: 'reminder' | 'silenced') =>
      Object.fromEntries(
        rehearsal.days.filter((day) => day[of] > 0).map((day) => [day.day, day[of]]),
      )
    expect(shown('reminder')).toEqual(countBy(expected.flatMap(({ left }) => left)))
    expect(shown('silenced')).toEqual(countBy(expected.flatMap(({ spared }) => spared)))
  })

  it('lets each bill be told once, on the day its file came', () => {
    const firsts = rehearsal.days.filter(({ first }) => first > 0)
    const days = options.months
      .filter((month) => month !== options.aHundredfold)
      .map((m) => `${m}-10`)
    expect(firsts.map(({ day, first }) => [day, first])).toEqual(
      days.map((day) => [day, options.customers]),
    )
  })

  it('counts what the simulator took', () => {
    const left = rehearsal.days.reduce((sum, day) => sum + day.first + day.reminder, 0)
    const expected = going().length + going().flatMap((bill) => remindersOf(bill).left).length
    expect([rehearsal.accepted, left]).toEqual([expected, expected])
  })

  it('holds reminders while there is no news of payments, and says since when', () => {
    expect(rehearsal.outages).toEqual([
      { feed: 'incassi', from: '2025-03-26 07:00', until: '2025-04-07 07:00', messages: 8 },
    ])
  })

  it('stops the file with a hundred times the amounts, and knows the one that came twice', () => {
    const stopped = rehearsal.flows.filter(({ reason }) => reason === 'blocked')
    expect(stopped.map(({ file, account }) => [file, account.sent])).toEqual([
      ['bollette-2025-05-10.zip', 0],
    ])
    const twice = rehearsal.flows.find(({ file }) => file?.includes('bis'))
    expect([twice?.account.duplicate, twice?.account.sent]).toEqual([options.customers, 0])
  })

  it('names every file that it could not read or did not use', () => {
    const failed = rehearsal.files.filter(({ state }) => state === 'failed')
    expect(failed.map(({ name, problem }) => [name, problem?.code])).toEqual([
      ['bollette-2025-02-03.zip', 'DROP_ZIP_TRUNCATED'],
    ])
    expect(rehearsal.left).toEqual([
      { name: 'appunti.txt', because: 'pattern' },
      { name: 'bollette-2024-11-10.zip', because: 'another-year' },
    ])
  })

  it('ends with 1, since something wants to be looked at', () => {
    expect(ran.code).toBe(1)
  })

  it('leaves no database behind', async () => {
    await administer(
      `do $$ begin if exists (select from pg_database where datname like 'rehearsal\\_%')
       then raise 'a rehearsal left its database'; end if; end $$`,
    )
  })
})

describe('the page of a rehearsal', () => {
  it('is one file without scripts, and loads nothing', async () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="it">/)
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\b(src|href)=|@import|url\(/i)
    expect(page).not.toMatch(/https?:/)
    expect(await readdir(directory)).toEqual(['config', 'files', 'prova.html'])
  })

  it('names no person, and nothing by which one is found', () => {
    const people = Array.from({ length: options.customers }, (_, n) => contact(n))
    const personal = [
      ...people.flatMap(({ fiscalCode, customer, email }) => [fiscalCode, customer, email]),
      ...bills.flatMap(({ name, number, notice, address }) => [name, number, notice, address]),
    ]
    const found = personal.filter((text) => page.includes(text) || ran.out.includes(text))
    expect([found, ran.err]).toEqual([[], ''])
  })

  it('has a heading for each section, a caption for each table and a heading for each row', () => {
    const tables = page.split('<table>').slice(1)
    expect(tables.length).toBeGreaterThan(8)
    expect(tables.every((table) => table.startsWith('\n<caption>'))).toBe(true)
    const rows = tables.flatMap((table) => table.split('<tr>').slice(2))
    expect(rows.every((row) => row.startsWith('<th scope="row">'))).toBe(true)
    const headings = [...page.matchAll(/<h([1-3])>/g)].map(([, level]) => Number(level))
    const jumps = headings.filter((level, index) => level > (headings[index - 1] ?? 0) + 1)
    expect([headings[0], jumps]).toEqual([1, []])
  })

  it('shows the figures of the rehearsal', () => {
    const left = rehearsal.accepted.toLocaleString('it', { useGrouping: 'always' })
    expect(page).toContain(`<dd>${left}</dd><dt>messaggi partiti</dt>`)
    for (const { day } of rehearsal.days) {
      const { year, month, day: date } = Temporal.PlainDate.from(day)
      expect(page).toContain(` ${date}/${month}/${year}</th>`)
    }
    expect(page).toContain('La mediana degli importi è 100 volte quella')
  })
})
