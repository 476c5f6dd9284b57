// What will leave, as people see it: a month, a day, and what they do about one.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { child, INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

let here: Installation
let visited: Visited
let flow: number
let clerk: Visiting

/** Every day but Sundays and holidays. */
const WINDOW = { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '08:00', to: '20:00' }
const zone = 'Europe/Rome'
const today = Temporal.Now.plainDateISO(zone)
const due = (days: number) => today.add({ days }).toString()

beforeAll(async () => {
  here = await openInstallation({
    configuration: { [`${INSTITUTION}/feeds/mensa.yaml`]: { window: WINDOW } },
  })
  visited = await openVisited(here)
  clerk = await visited.as(['operator'])
  flow = await here.drop([
    ...[1, 2, 3].map((n) => child(n, { due: due(40) })),
    child(4, { due: due(47) }),
  ])
  await here.send()
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

interface Planned {
  day: string
  time: string
  n: number
  moved: string | null
}

const planned = () =>
  here.query<Planned>(
    `select to_char(send_at at time zone 'Europe/Rome', 'YYYY-MM-DD') as day,
       to_char(send_at at time zone 'Europe/Rome', 'HH24:MI') as time, count(*)::int as n, moved
     from messages where purpose = 'reminder' and state = 'waiting' group by 1, 2, 4 order by 1`,
  )

const firstDay = async () => {
  const [first] = await planned()
  if (first === undefined) throw new Error('nothing is planned')
  return first
}

/** The next day from this one on that is no week-end, nor a holiday of December or January. */
function openFrom(text: string): string {
  let day = Temporal.PlainDate.from(text)
  const holidays = ['12-08', '12-25', '12-26', '01-01', '01-06']
  while (day.dayOfWeek > 5 || holidays.includes(day.toString().slice(5))) day = day.add({ days: 1 })
  return day.toString()
}

it('shows a month whose counts lead to their days, and those say as many', async () => {
  const { day, n } = await firstDay()
  const { status, text } = await clerk.get(`/reminders?month=${day.slice(0, 7)}`)
  expect(status).toBe(200)
  expect(text).toContain('<table class="table calendar">')
  const links = [...text.matchAll(/href="[^"]*(\/reminders\/\d{4}-\d\d-\d\d)">(\d+)<\/a>/g)]
  expect(links.map(([, path, count]) => [path, count])).toContainEqual([
    `/reminders/${day}`,
    String(n),
  ])
  for (const [, path = '', count] of links) {
    expect((await clerk.get(path)).text).toContain(`In tutto: <strong>${count}</strong>`)
  }
})

it('shows nothing of services that are not theirs', async () => {
  const { day } = await firstDay()
  const other = await visited.as(['operator'], { services: ['tari'] })
  expect((await other.get(`/reminders/${day}`)).text).toContain('In questo giorno non parte nulla.')
  const forced = await other.get(`/reminders/${day}?service=mensa`)
  expect(forced.text).toContain('In questo giorno non parte nulla.')
  const skipped = await other.post(`/reminders/${day}/skip`, {
    'skip-reason': 'no',
    'skip-typed': '3',
  })
  expect(skipped.status).toBe(422)
  const viewer = await visited.as(['viewer'])
  expect((await viewer.get(`/reminders/${day}`)).text).not.toContain('Salta questo giorno')
  expect((await viewer.post(`/reminders/${day}/skip`)).status).toBe(404)
  expect((await planned())[0]?.n).toBe(3)
})

it('moves the reminders of a day, each at its hour, and says so in the history', async () => {
  const { day, time } = await firstDay()
  const to = openFrom(Temporal.PlainDate.from(day).subtract({ days: 12 }).toString())
  const form = { to, 'move-reason': 'ponte', 'move-typed': '3' }
  const wrong = await clerk.post(`/reminders/${day}/move`, { ...form, 'move-typed': '2' })
  expect(wrong.text).toContain('I messaggi sono 3')
  const moved = await clerk.post(`/reminders/${day}/move`, form)
  expect([moved.status, moved.location]).toEqual([303, `/comune-di-esempio/reminders/${to}`])
  expect(await firstDay()).toEqual({ day: to, time, n: 3, moved: 'rescheduled' })
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.at(-1)).toMatchObject({ verb: `moved reminders of ${day} to ${to}`, note: 'ponte' })
  const text = (await clerk.get(`/reminders/${to}`)).text
  expect(text).toContain('spostato da una persona')
  const wakes = await here.query<{ at: string }>(
    `select to_char(at at time zone 'Europe/Rome', 'YYYY-MM-DD') as at from flow_wakes where flow_id = $1`,
    [flow],
  )
  expect(wakes.map(({ at }) => at)).toContain(to)
})

it('leaves reminders on their side of the due date', async () => {
  const { day } = await firstDay()
  const to = openFrom(due(50))
  const form = { to, 'move-reason': 'dopo', 'move-typed': '3' }
  const { status, text } = await clerk.post(`/reminders/${day}/move`, form)
  expect(status).toBe(422)
  expect(text).toContain('Nessuno di questi promemoria può stare in quel giorno.')
  expect((await firstDay()).day).toBe(day)
})

it('moves nothing to a day on which the feed sends nothing', async () => {
  const { day } = await firstDay()
  let sunday = today.add({ days: 3 })
  while (sunday.dayOfWeek !== 7) sunday = sunday.add({ days: 1 })
  const form = { to: sunday.toString(), 'move-reason': 'domenica', 'move-typed': '3' }
  const { text } = await clerk.post(`/reminders/${day}/move`, form)
  expect(text).toContain('In quel giorno non si invia: mensa.')
})

it('skips a day for who says why and types how many', async () => {
  const { day } = await firstDay()
  const path = `/reminders/${day}/skip`
  expect((await clerk.post(path, { 'skip-typed': '3' })).text).toContain('Scrivi il motivo.')
  const form = { 'skip-reason': 'sciopero', 'skip-typed': '3' }
  expect((await clerk.post(path, form)).status).toBe(303)
  const after = await clerk.get(`/reminders/${day}`)
  expect(after.text).toContain('Giorno saltato: messaggi annullati 3')
  expect(after.text).toContain('giorno saltato da una persona')
  expect((await planned()).map(({ n }) => n)).toEqual([1])
})

it('cancels all reminders of a whole emission, and nothing else of it', async () => {
  const shown = await clerk.get('/reminders?emission=2026-03')
  expect(shown.text).toContain('Annulla tutti i promemoria dell’emissione 2026-03')
  const form = { emission: '2026-03', reason: 'appalto finito' }
  const guessed = await clerk.post('/reminders/cancel', { ...form, typed: '9' })
  expect([guessed.status, guessed.text.includes('I messaggi sono 1')]).toEqual([422, true])
  expect((await clerk.post('/reminders/cancel', { ...form, typed: '1' })).status).toBe(303)
  expect(await planned()).toEqual([])
  const acts = await here.app.store.acts.ofFlow(flow)
  expect(acts.at(-1)?.verb).toBe('cancelled reminders of emission 2026-03')
  expect(await here.app.store.flows.account(flow)).toMatchObject({ read: 4, cancelled: 0 })
})

it('answers what is no day, and a month that is over, without fault', async () => {
  expect((await clerk.get('/reminders/2026-02-30')).status).toBe(404)
  expect((await clerk.get('/reminders?month=2001-01')).status).toBe(200)
})
