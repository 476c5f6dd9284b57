import { describe, expect, it } from 'vitest'
import { dayText, scheduleText } from '../../src/cli/schedule-text.ts'
import { type Obstacle, type ScheduledLot, scheduleDays } from '../../src/domain/schedule.ts'

type Schedules = Parameters<typeof scheduleText>[0]
type Schedule = Schedules[number]

const zone = 'Europe/Rome'
const from = Temporal.PlainDate.from('2026-12-04')
const at = (text: string) => Temporal.PlainDateTime.from(text).toZonedDateTime(zone).toInstant()

function lot(day: number, messages: number, changes: Partial<ScheduledLot> = {}): ScheduledLot {
  return {
    ...{ day, purpose: 'reminder', rule: '-7d 09:30', feed: 'mensa', campaign: null },
    ...{ service: 'mensa', standing: 'released', flowId: null, isUnanswered: false, moved: null },
    ...{ messages, firstAt: at('2026-12-04T07:15') },
    ...changes,
  }
}

const first = { purpose: 'first', rule: null } as const
const lots = [
  lot(-1, 300, first),
  lot(0, 1200),
  lot(1, 40, { rule: '-7d 18:00', moved: 'crowded' }),
  lot(3, 2400, { rule: '+3d 10:00' }),
  lot(3, 120, { moved: 'closed' }),
  lot(9, 1, { purpose: 'campaign', rule: null, feed: null, campaign: 'mensa-non-pagata' }),
]

function schedule(given: ScheduledLot[], days: number, changes: Partial<Schedule> = {}): Schedule {
  const isHoliday = (day: Temporal.PlainDate) => day.month === 12 && day.day === 8
  return {
    ...{ institution: 'comune-di-esempio', zone, from, to: from.add({ days: days - 1 }) },
    ...scheduleDays(given, from, days, isHoliday),
    ...{ campaigns: [], obstacles: [], held: [], uncertain: 0, cancelled: [], blocked: 0 },
    leftToOthers: { services: [], feeds: [] },
    ...changes,
  }
}

/** A golden without its first line end and its indentation. */
function golden(text: string): string {
  const lines = text.split('\n').slice(1, -1)
  return `${lines.map((line) => line.replace(/^ {6}/, '')).join('\n')}\n`
}

const none = { service: null, feed: null, campaign: null, flowId: null }
const known = { since: null, until: null, code: null, detail: null }
const obstacle = (one: Partial<Schedule['obstacles'][number]> & Pick<Obstacle, 'kind'>) => ({
  ...{ ...none, ...known, messages: 1 },
  ...one,
})
const since = at('2026-12-03T18:00')
const troubled: Partial<Schedule> = {
  campaigns: [
    {
      ...{ campaign: 'mensa-non-pagata', service: 'mensa', at: at('2026-12-07T09:30') },
      skippedBecause: null,
    },
  ],
  obstacles: [
    obstacle({ kind: 'unreleased', feed: 'mensa', flowId: 12, messages: 300 }),
    obstacle({
      kind: 'service-paused',
      service: 'tari',
      since,
      code: 'IO_KEY',
      messages: 40,
    }),
    obstacle({
      kind: 'payments-stale',
      feed: 'tari',
      since,
      detail: 'pagamenti',
      messages: 9,
    }),
    obstacle({ kind: 'closed', campaign: 'solleciti', until: at('2026-12-04T08:00') }),
  ],
  blocked: 2,
  held: [
    { purpose: 'reminder', code: 'HOLD_PAYMENTS_STALE', messages: 12 },
    { purpose: 'reminder', code: null, messages: 5 },
  ],
  uncertain: 3,
  cancelled: [
    { code: 'settled', messages: 1234 },
    { code: 'superseded', messages: 7 },
    { code: 'other', messages: 1 },
  ],
  leftToOthers: {
    services: [{ service: 'sanzioni', elsewhere: { by: 'SEND', messages: 'all' } }],
    feeds: ['bollette'],
  },
}

describe('the schedule in a terminal', () => {
  it('has a line a day with a bar, the sums of the weeks, and what was moved', () => {
    const text = scheduleText([schedule(lots, 11)])
    expect(text).toBe(
      golden(`
      comune-di-esempio  2026-12-04 to 2026-12-14  Europe/Rome

      day               first    -7d    +3d  campaigns    all
      ────────────────  ─────  ─────  ─────  ─────────  ─────  ────────────────────
      due                 300                             300  ██▍
      Fri 2026-12-04           1,200                    1,200  █████████▌
      Sat 2026-12-05              40                       40  ▍
      Sun 2026-12-06
        week 2026-W49          1,240                    1,240
      Mon 2026-12-07             120  2,400             2,520  ████████████████████
      Tue 2026-12-08 *
      Wed 2026-12-09
      Thu 2026-12-10
      Fri 2026-12-11
      Sat 2026-12-12
      Sun 2026-12-13                                 1      1  ▏
        week 2026-W50            120  2,400          1  2,521
      Mon 2026-12-14
      all                 300  1,360  2,400          1  4,061
      * a holiday of the institution

      Due since 2026-12-04 07:15: it leaves once \`staffetta run\` gets to it, or stands below.

      Moved from where their rules put them:
        120  since nothing leaves then: a holiday, a closed day, or not at that hour
         40  since the same people get another message on that day
      `),
    )
  })

  it('leaves out days with nothing where it is long', () => {
    const lines = scheduleText([schedule(lots, 400)]).split('\n')
    const days = lines.filter((line) => /^\w{3} \d{4}/.test(line)).map((line) => line.slice(0, 14))
    expect(days).toEqual(['Fri 2026-12-04', 'Sat 2026-12-05', 'Mon 2026-12-07', 'Sun 2026-12-13'])
  })

  it('says so where nothing waits', () => {
    expect(scheduleText([schedule([], 30)])).toBe(
      'comune-di-esempio  2026-12-04 to 2027-01-02  Europe/Rome\n\n' +
        'Nothing waits to leave in these days.\n',
    )
  })

  it('says below why something will not leave, and what to do about it', () => {
    const text = scheduleText([schedule([], 30, troubled)])
    expect(text.slice(text.indexOf('days.\n') + 6)).toBe(
      golden(`

      Campaigns that run in these days, and choose their recipients then:
        2026-12-07 09:30  mensa-non-pagata
        Whom one would choose now: staffetta schedule --campaign comune-di-esempio/mensa-non-pagata

      Not as it is shown above:
        300  flow 12 of mensa is not released
             staffetta flows show 12
         40  service tari is paused since 2026-12-03 18:00: IO_KEY: IO does not accept the service key.
             mend it; it goes on by itself, or: staffetta resume comune-di-esempio/tari
          9  reminders of tari are held today: pagamenti has none since 2026-12-03 18:00
             \`staffetta feeds\` says why; they go by themselves once the payments have come
          1  of solleciti are due, and leave when its hours begin: 2026-12-04 08:00
          2  to people who are not to be written to: cancelled when they are due

      Held until payments are known, whenever they were due:
        12  reminders: HOLD_PAYMENTS_STALE
            It goes by itself once the feed of payments has news: \`staffetta feeds\` says what keeps it. \`resend\` sends it without, also to who may have paid; \`cancelled\` sends nothing.

      Held until a person decides, whenever they were due:
        5  reminders: no code
           Mend the cause, then \`resend\`; or \`cancelled\`.
        3  uncertain: IO’s answer was lost
           \`staffetta resolve --list\` shows them with what to look at

      Had been planned for these days, and leave no more:
        1,234  settled: paid, or done
            7  superseded: their record has changed, and was planned anew
            1  other

      Left to others:
          service sanzioni: gli avvisi li manda SEND
          feed bollette: the reminders of what can be paid are IO’s; none is planned here
      `),
    )
  })
})

describe('a day in a terminal', () => {
  const instant = (time: string, messages: number, changes: object = {}) => ({
    ...{ at: at(time), flowId: 7, feed: 'mensa', campaign: null, service: 'mensa' },
    ...{ standing: 'released' as const, purpose: 'reminder' as const, rule: '-7d 09:30' },
    ...{ moved: null, messages },
    ...changes,
  })

  it('is told instant by instant, in the zone, never with people', () => {
    const instants = [
      instant('2026-12-04T09:30', 1200, { moved: 'closed' }),
      instant('2026-12-04T10:00:30', 1, { feed: null, campaign: 'solleciti', rule: null }),
    ]
    const cancelled = [{ code: 'settled', messages: 12 }]
    const named = { institution: 'comune-di-esempio', zone, date: from }
    const text = dayText([{ ...named, instants, cancelled }])
    expect(text).toBe(
      golden(`
      comune-di-esempio  2026-12-04  Europe/Rome

      at        recipients  what       feed or campaign  flow  service  moved   waits for
      ────────  ──────────  ─────────  ────────────────  ────  ───────  ──────  ─────────
      09:30          1,200  -7d 09:30  mensa                7  mensa    closed
      10:00:30           1  reminder   solleciti            7  mensa

      1,201 messages in all

      Had been planned for this day, and leave no more:
        12  settled: paid, or done
      `),
    )
  })

  it('tells apart the hour that comes twice', () => {
    const twice = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map((utc) =>
      instant('2026-10-25T02:30', 1, { at: Temporal.Instant.from(utc) }),
    )
    const date = Temporal.PlainDate.from('2026-10-25')
    const named = { institution: 'comune', zone, date, cancelled: [] }
    const text = dayText([{ ...named, instants: twice }])
    expect(text).toMatch(/^02:30 \(\+02:00\) .*\n02:30 \(\+01:00\) /m)
  })
})
