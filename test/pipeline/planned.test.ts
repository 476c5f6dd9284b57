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

  test('go on under other rules of their mapping: with their own text, or not at all', async () => {
    const own = (name: string) => {
      const it = `Il conto della mensa scolastica, ${name}: da pagare entro {{ scadenza | date_it }}, grazie.`
      const subject = `Mensa scolastica: ${name}`
      return { subject: { it: subject, en: subject }, markdown: { it, en: it } }
    }
    const rule = (at: string) => ({ at, ...own(`promemoria di ${at}`) })
    const rules = (...offsets: string[]) => ({ reminders: offsets.map(rule) })
    const before = rules('-7d 09:30', '-3d 10:00', '-1d 09:30')
    const after = rules('-20d 09:30', '-7d 09:30', '-3d 12:00', '+3d 09:30')
    const silent = { meals: '21', due: '2026-05-13' }
    const { flowId } = await given.take(
      feedIn('altri', before),
      'uno.csv',
      canteenFile([canteenRow(1, { due: '2026-05-13' })]),
    )
    await given.take(feedIn('altri', after), 'due.csv', canteenFile([canteenRow(1, silent)]))
    expect(await plannedOf('altri')).toEqual([
      '2 05-06 07:30 05-06 09:30 one a day',
      '3 05-11 08:00 05-11 10:00 closed one a day',
    ])
    expect(await given.changedTexts(feedIn('altri', after))).toEqual([])
    const plan = await given.store.schedule.ofFlow(flowId as number)
    expect(plan.map(({ rule: name, states }) => [name, states])).toEqual([
      ['-7d 09:30', { waiting: 1 }],
      ['-1d 09:30', { cancelled: 1 }],
      ['-3d 12:00', { waiting: 1 }],
    ])
    // The same rules with other words are the texts of the newest version.
    const words = {
      reminders: after.reminders.map((one) => ({ ...one, ...own(`${one.at} nuovo`) })),
    }
    const again = { meals: '22', due: '2026-05-13' }
    await given.take(feedIn('altri', words), 'tre.csv', canteenFile([canteenRow(1, again)]))
    expect(await given.changedTexts(feedIn('altri', words))).toEqual([])
  })

  test('that are not planned are counted with their flow, by rule and reason', async () => {
    const rows = (due: string) => [
      canteenRow(1, { due: '2026-05-03' }),
      canteenRow(2, { due: '2026-03-01' }),
      canteenRow(3, { due }),
    ]
    const take = async (key: string, due: string) => {
      const { flowId } = await given.take(feedIn('contati'), key, canteenFile(rows(due)))
      return given.store.flows.unplanned(flowId as number)
    }
    expect(await take('uno.csv', '2026-05-09')).toEqual({
      '-7d 09:30': { past: 1 },
      '-1d 09:30': { past: 1 },
      '+3d 20:00': { closed: 3 },
    })
    // Of the records that came again only the one that changed is planned anew.
    expect(await take('due.csv', '2026-03-05')).toEqual({
      '-7d 09:30': { past: 1 },
      '+3d 20:00': { closed: 1 },
    })
  })

  test('of a notice that IO reminds of are none, where the feed leaves them to IO', async () => {
    const notice = { ...(feedIn('io').mapping.spec as { notice: object }).notice, premium: true }
    const feed = { ...feedIn('io', { reminders, notice }), reminders: 'io' as const }
    const { flowId } = await given.take(feed, 'uno.csv', canteenFile([canteenRow(1)]))
    expect(await given.messages(flowId)).toEqual(['first waiting'])
  })
})
