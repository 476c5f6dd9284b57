// What a drop leaves in the tables of its reminders: the instant, the civil time that it came from,
// whether the calendar has moved it, and by which rules. Real tables, and a clock that is moved.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCalendar } from '../../src/config/calendar.ts'
import { CalendarSpec, WindowSpec } from '../../src/config/calendar-spec.ts'
import { canteenFile, canteenRow, feedWith, type GivenPipeline, givenPipeline } from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const calendar = createCalendar(
  {
    timeZone: 'Europe/Rome',
    calendar: CalendarSpec.parse({ quietHours: { from: '21:00', to: '08:00' } }),
  },
  WindowSpec.parse({}),
)
const texts = {
  subject: { it: 'Mensa scolastica: il conto sta per scadere', en: 'School canteen: due soon' },
  markdown: {
    it: 'Il conto della mensa scolastica sta per scadere. Se hai già pagato, non farci caso, grazie.',
    en: 'Your school canteen bill is due soon. If you have already paid it, please ignore this. Bye.',
  },
}
const reminders = [
  { at: '-7d 09:30', ...texts },
  { at: '-1d 09:30', ...texts },
  { at: '+3d 20:00', whenClosed: 'skip', ...texts },
]
const feedIn = (institution: string, spec: object = { reminders }) =>
  feedWith('mensa', spec, { institution, calendar })

/** The reminders that wait, in the order of their instants. */
async function plannedOf(institution: string): Promise<string[]> {
  const { rows } = await given.pool.query<{ said: string }>(
    `select concat_ws(' ', m.template, to_char(m.send_at at time zone 'UTC', 'MM-DD HH24:MI'),
       to_char(m.civil_at, 'MM-DD HH24:MI'), m.moved, case when m.one_a_day then 'one a day' end)
       as said
     from messages m join institutions i on i.id = m.institution_id
     where i.name = $1 and m.purpose = 'reminder' and m.state = 'waiting' order by m.send_at`,
    [institution],
  )
  return rows.map(({ said }) => said)
}

describe('the reminders of a drop', () => {
  test('are stored where the calendar is open, and say when it has moved them', async () => {
    // Due on Sunday the 3rd of May: the 26th of April is a Sunday, the 2nd of May a Saturday.
    const file = canteenFile([canteenRow(1, { due: '2026-05-03' })])
    await given.take(feedIn('mossi'), 'uno.csv', file)
    expect(await plannedOf('mossi')).toEqual([
      '1 04-27 07:30 04-27 09:30 closed one a day',
      // Labour Day is a Friday: before the due date there is only Thursday.
      '2 04-30 07:30 04-30 09:30 closed',
    ])
  })

  test('say by which calendar, with their flow', async () => {
    const { rows } = await given.pool.query<{ zone: string; version: string }>(
      `select f.zone, f.calendar_version as version from flows f
       join institutions i on i.id = f.institution_id where i.name = 'mossi'`,
    )
    expect(rows).toEqual([{ zone: 'Europe/Rome', version: calendar.version }])
  })

  test('are the same when the file comes again, and when it comes under another name', async () => {
    const file = canteenFile([canteenRow(1, { due: '2026-05-03' })])
    const before = await plannedOf('mossi')
    await given.take(feedIn('mossi'), 'due.csv', file)
    expect(await plannedOf('mossi')).toEqual(before)
  })

  test('are planned anew when the due date changes', async () => {
    const file = canteenFile([canteenRow(1, { due: '2026-05-13' })])
    await given.take(feedIn('mossi'), 'tre.csv', file)
    expect(await plannedOf('mossi')).toEqual([
      '1 05-06 07:30 05-06 09:30 one a day',
      '2 05-12 07:30 05-12 09:30',
    ])
  })

  test('of a notice that IO reminds of are none, where the feed leaves them to IO', async () => {
    const notice = { ...(feedIn('io').mapping.spec as { notice: object }).notice, premium: true }
    const feed = { ...feedIn('io', { reminders, notice }), reminders: 'io' as const }
    const { flowId } = await given.take(feed, 'uno.csv', canteenFile([canteenRow(1)]))
    expect(await given.messages(flowId)).toEqual(['first waiting'])
  })
})
