import { array, assert, constant, constantFrom, integer, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ObstacleKind,
  obstaclesOf,
  type ScheduledLot,
  type ScheduleSurroundings,
  scheduleDays,
  sortRules,
  sumOf,
  UNKNOWN_RULE,
} from '../../src/domain/schedule.ts'

const ordinary: ScheduledLot = {
  day: 0,
  purpose: 'reminder',
  rule: '-7d 09:30',
  feed: 'mensa',
  campaign: null,
  service: 'mensa',
  standing: 'released',
  flowId: null,
  isUnanswered: false,
  moved: null,
  messages: 1,
  firstAt: Temporal.Instant.from('2026-12-24T08:30:00Z'),
}

function lot(changes: Partial<ScheduledLot>): ScheduledLot {
  return { ...ordinary, ...changes }
}

const from = Temporal.PlainDate.from('2026-12-24')
const never = () => false

describe('the days of a schedule', () => {
  it('count first messages, reminders by rule, campaigns and the rest apart', () => {
    const lots = [
      lot({ day: -1, purpose: 'first', rule: null, messages: 5 }),
      lot({ day: 0, messages: 2, moved: 'closed' }),
      lot({ day: 0, messages: 3 }),
      lot({ day: 0, rule: '+3d 09:30', messages: 4 }),
      lot({ day: 1, purpose: 'campaign', rule: null, campaign: 'solleciti', messages: 6 }),
      lot({ day: 1, purpose: 'test', rule: null, messages: 7 }),
      lot({ day: 1, rule: null, messages: 8 }),
    ]
    const { due, days } = scheduleDays(lots, from, 2, (day) => day.day === 25)
    expect(due).toMatchObject({ date: null, first: 5, all: 5, firstAt: ordinary.firstAt })
    const { firstAt } = ordinary
    expect(days).toEqual([
      {
        ...{ date: from, isHoliday: false, first: 0, campaigns: 0, other: 0, all: 9 },
        reminders: { '-7d 09:30': 5, '+3d 09:30': 4 },
        ...{ moved: { closed: 2 }, firstAt },
      },
      {
        ...{ date: from.add({ days: 1 }), isHoliday: true, first: 0, campaigns: 6, other: 7 },
        ...{ all: 21, reminders: { [UNKNOWN_RULE]: 8 }, moved: {}, firstAt },
      },
    ])
  })

  it('have every message of every lot once, and so has their sum', () => {
    const any = record({
      day: integer({ min: -1, max: 9 }),
      purpose: constantFrom('first', 'reminder', 'campaign', 'errata'),
      rule: constantFrom(null, '-7d 09:30', '+3d 10:00'),
      moved: constantFrom(null, 'closed', 'crowded', 'postponed'),
      messages: integer({ min: 1, max: 1000 }),
      feed: constant('mensa'),
    })
    assert(
      property(array(any, { maxLength: 60 }), (given) => {
        const lots = given.map((one) => lot(one as Partial<ScheduledLot>))
        const { due, days } = scheduleDays(lots, from, 10, never)
        const sum = sumOf([due, ...days])
        const reminders = Object.values(sum.reminders).reduce((a, b) => a + b, 0)
        expect(sum.all).toBe(lots.reduce((all, { messages }) => all + messages, 0))
        expect(sum.first + sum.campaigns + sum.other + reminders).toBe(sum.all)
        const moved = lots.filter((one) => one.moved !== null)
        const told = Object.values(sum.moved).reduce((a, b) => a + b, 0)
        expect(told).toBe(moved.reduce((all, { messages }) => all + messages, 0))
      }),
    )
  })

  it('refuse a lot of a day that was not asked for', () => {
    expect(() => scheduleDays([lot({ day: 2 })], from, 2, never)).toThrow('not asked for: 2')
  })
})

it('rules are sorted from long before the due date to long after it', () => {
  const rules = ['+3d 09:30', UNKNOWN_RULE, '-7d 18:00', '-30d 09:30', '-7d 09:30', '+15d 08:00']
  expect(sortRules([...rules, '+3d 09:30'])).toEqual([
    ...['-30d 09:30', '-7d 09:30', '-7d 18:00', '+3d 09:30', '+15d 08:00', UNKNOWN_RULE],
  ])
})

describe('an obstacle', () => {
  type Service = { mode: 'dry-run' | 'testers' | 'live'; isPaused: boolean }
  const live: Service = { mode: 'live', isPaused: false }
  const around: ScheduleSurroundings = {
    ...{ isPaused: false, isClockWrong: false },
    services: new Map<string, Service>([
      ['mensa', live],
      ['ferma', { ...live, isPaused: true }],
      ['prova', { ...live, mode: 'dry-run' }],
      ['colleghi', { ...live, mode: 'testers' }],
    ]),
    isStale: ({ feed, campaign }) => feed === 'tari' || campaign === 'tari',
    isClosedOn: (day, { feed }) => feed === 'diurna' && day === 6,
    isClosed: ({ feed }) => feed === 'diurna',
  }
  const kinds = (changes: Partial<ScheduledLot>, more: Partial<ScheduleSurroundings> = {}) =>
    obstaclesOf([lot(changes)], { ...around, ...more }).map(({ kind }) => kind)

  it.each<[string, ObstacleKind[], Partial<ScheduledLot>]>([
    ['none', [], {}],
    ['its flow, not released', ['unreleased'], { standing: 'unreleased', flowId: 7 }],
    ['its flow, kept back', ['kept-back'], { standing: 'kept-back', flowId: 7, service: 'ferma' }],
    ['a service that is gone', ['service-unknown'], { service: 'tolta' }],
    ['a service that is paused', ['service-paused'], { service: 'ferma', feed: 'tari' }],
    ['payments that are not fresh', ['payments-stale'], { feed: 'tari' }],
    ['none, where the payments may come in time', [], { feed: 'tari', day: 1 }],
    [
      'payments, of a campaign too',
      ['payments-stale'],
      { purpose: 'campaign', feed: null, campaign: 'tari', day: -1 },
    ],
    ['no payments, for a first message', [], { feed: 'tari', purpose: 'first' }],
    ['a system that does not answer', ['unanswered'], { isUnanswered: true }],
    ['an hour when nothing leaves', ['closed'], { feed: 'diurna', day: -1 }],
    ['a day that was closed since', ['closed-day'], { feed: 'diurna', day: 6 }],
    ['no hour, where it is not due yet', [], { feed: 'diurna', day: 0 }],
    ['a service that records', ['dry-run'], { service: 'prova' }],
    ['a service of testers', ['testers'], { service: 'colleghi' }],
  ])('is %s', (_, expected, changes) => {
    expect(kinds(changes)).toEqual(expected)
  })

  it('of everything goes before those of some', () => {
    expect(kinds({ service: 'ferma' }, { isPaused: true, isClockWrong: true })).toEqual([
      'installation-paused',
    ])
    expect(kinds({ standing: 'suspended' }, { isClockWrong: true })).toEqual(['clock-wrong'])
  })

  it('is told once, with all the messages that it keeps', () => {
    const lots = [
      lot({ service: 'ferma', feed: 'a', messages: 3 }),
      lot({ service: 'ferma', feed: 'b', day: 4, messages: 4 }),
      lot({ standing: 'unreleased', flowId: 1, messages: 5 }),
      lot({ standing: 'unreleased', flowId: 2, messages: 6 }),
    ]
    const one = { campaign: null }
    expect(obstaclesOf(lots, around)).toEqual([
      { ...one, kind: 'service-paused', service: 'ferma', feed: null, flowId: null, messages: 7 },
      { ...one, kind: 'unreleased', service: null, feed: 'mensa', flowId: 1, messages: 5 },
      { ...one, kind: 'unreleased', service: null, feed: 'mensa', flowId: 2, messages: 6 },
    ])
  })
})
