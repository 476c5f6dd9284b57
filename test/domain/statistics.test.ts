// The figures that a console of a supplier prints for one year are the golden ones: the same counts
// must give the same shares here, digit by digit.
import { describe, expect, test } from 'vitest'
import { share } from '../../src/console/parts/show.ts'
import {
  endingOf,
  endings,
  errorShare,
  errorsOfIo,
  meanInboxSeconds,
  onIoShare,
  paidShare,
  readShare,
  type Share,
  type StatisticsCount,
  statisticsOf,
  totalOf,
} from '../../src/domain/statistics.ts'
import { countIn } from '../../src/domain/words.ts'

const none: StatisticsCount = {
  ...{ kind: 'first', state: 'sent', code: '', delivery: 'processed' },
  ...{ isRead: false, isPaid: false, hasPayment: false, n: 0, seconds: 0 },
}
const counted = (changes: Partial<StatisticsCount>): StatisticsCount => ({ ...none, ...changes })

/** One channel of that year: what arrived, and of it what was read and paid. */
function channel(arrived: {
  inbox: number
  silent: number
  errors: number
  refused: number
  read: number
  withPayment: number
  paid: number
}): StatisticsCount[] {
  const { inbox, silent, errors, refused, read, withPayment, paid } = arrived
  return [
    counted({ isRead: true, isPaid: true, hasPayment: true, n: paid }),
    counted({ isRead: true, hasPayment: true, n: withPayment - paid }),
    counted({ isRead: true, n: read - withPayment }),
    counted({ n: inbox - read }),
    counted({ delivery: 'stuck', n: silent }),
    counted({ state: 'rejected', delivery: '', code: 'IO_PAYLOAD', n: errors }),
    counted({ kind: 'record', state: 'refused', delivery: '', n: refused }),
  ]
}

const sms = channel({
  ...{ inbox: 78_543, silent: 2949, errors: 5934, refused: 0 },
  ...{ read: 39_493, withPayment: 23_133, paid: 1695 },
})
const mail = channel({
  ...{ inbox: 34_900, silent: 0, errors: 0, refused: 244 },
  ...{ read: 20_931, withPayment: 6832, paid: 989 },
})

const said = ({ part, whole }: Share) => share({ language: 'it' }, part, whole)
const whole = (value: number) => countIn('it', value)

describe('the golden year', () => {
  const [year, first, second] = [[...sms, ...mail], sms, mail].map(statisticsOf) as [
    ReturnType<typeof statisticsOf>,
    ReturnType<typeof statisticsOf>,
    ReturnType<typeof statisticsOf>,
  ]

  test('has its totals', () => {
    expect([year, first, second].map((one) => whole(totalOf(one)))).toEqual([
      '122.570',
      '87.426',
      '35.144',
    ])
    const of = (one: typeof year) => said({ part: totalOf(one), whole: totalOf(year) })
    expect([of(first), of(second)]).toEqual(['71,33%', '28,67%'])
    expect(first.byEnding).toMatchObject({ available: 78_543, 'wrong-data': 5934, late: 2949 })
  })

  test('has what was read, net of errors', () => {
    expect([year, first, second].map((one) => [whole(one.read), said(readShare(one))])).toEqual([
      ['60.424', '51,91%'],
      ['39.493', '48,46%'],
      ['20.931', '59,97%'],
    ])
  })

  test('has its errors, those before sending among them', () => {
    expect([whole(errorsOfIo(first)), said(errorShare(first))]).toEqual(['5.934', '6,79%'])
    expect([whole(second.refused), said(errorShare(second))]).toEqual(['244', '0,69%'])
    expect([whole(errorShare(year).part), said(errorShare(year))]).toEqual(['6.178', '5,04%'])
  })

  test('has its payments, of what was read with one', () => {
    const paid = [year, first, second].map((one) => {
      const { part, whole: of } = paidShare(one)
      return [whole(part), whole(of), said({ part, whole: of })]
    })
    expect(paid).toEqual([
      ['2.684', '29.965', '8,96%'],
      ['1.695', '23.133', '7,33%'],
      ['989', '6.832', '14,48%'],
    ])
  })
})

test('who is not on IO, or has switched the service off, cannot have read it', () => {
  const all = statisticsOf([
    counted({ isRead: true, n: 30 }),
    counted({ n: 30 }),
    counted({ state: 'undeliverable', delivery: '', code: 'no-profile', n: 30 }),
    counted({ state: 'undeliverable', delivery: '', code: 'sender-blocked', n: 10 }),
  ])
  expect([all.messages, readShare(all), onIoShare(all)]).toEqual([
    100,
    { part: 30, whole: 60 },
    { part: 70, whole: 100 },
  ])
})

test('what was cancelled or only recorded, and what has not ended, is in no total', () => {
  const all = statisticsOf(
    ['cancelled', 'recorded', 'waiting', 'held', 'uncertain'].map((state) =>
      counted({ state, delivery: '', n: 5 }),
    ),
  )
  expect(all).toMatchObject({ messages: 0, cancelled: 5, recorded: 5 })
})

test('each ending is told apart by state, code and delivery', () => {
  const ended = (state: string, code: string, delivery: StatisticsCount['delivery'] = '') =>
    endingOf({ state, code, delivery })
  expect([
    ended('sent', '', 'processed'),
    ended('sent', '', 'accepted'),
    ended('sent', '', 'stuck'),
    ended('undeliverable', 'not-subscribed'),
    ended('undeliverable', 'sender-blocked'),
    ended('undeliverable', 'IO_REJECTED_NO_PROFILE', 'rejected'),
    ended('undeliverable', 'IO_PROCESSING_FAILED', 'failed'),
    ended('rejected', 'IO_PAYLOAD'),
    ended('waiting', ''),
  ]).toEqual([
    ...['available', 'taken', 'late', 'not-reached', 'switched-off', 'not-on-io', 'failed'],
    ...['wrong-data', null],
  ])
})

test('whatever has ended has an ending, so that the endings make the total', () => {
  const states = ['sent', 'undeliverable', 'rejected']
  const deliveries = [
    '',
    'accepted',
    'processed',
    'rejected',
    'failed',
    'unknown',
    'stuck',
  ] as const
  for (const state of states)
    for (const delivery of state === 'sent'
      ? deliveries.filter((d) => !['rejected', 'failed'].includes(d))
      : deliveries)
      expect(endings).toContain(endingOf({ state, code: 'any', delivery }))
})

test('the mean time to the inbox is that of what is there', () => {
  const all = statisticsOf([
    counted({ n: 2, seconds: 100 }),
    counted({ n: 2, seconds: 320 }),
    counted({ delivery: 'accepted', n: 5, seconds: 0 }),
  ])
  expect([meanInboxSeconds(all), meanInboxSeconds(statisticsOf([]))]).toEqual([105, null])
})
