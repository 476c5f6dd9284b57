import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failureEnd, isOwed, nextReportTry, type ReceiptState } from '../../src/domain/receipt.ts'

const since = Temporal.Instant.from('2026-03-02T08:00:00Z')

const retry = (tries: number, changes: object = {}) => ({
  ...{ tries, since, retryHours: 168, needsPerson: false },
  ...changes,
})
const minutesTo = (next: Temporal.Instant | null, now = since) =>
  next === null ? null : next.since(now).total('minutes')

describe('the next try of a report', () => {
  test('is a minute later, then twice as long each time, an hour at most', () => {
    const minutes = [1, 2, 3, 4, 5, 6, 7, 8, 2000].map((tries) =>
      minutesTo(nextReportTry(retry(tries), since)),
    )
    expect(minutes).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  })

  test('is an hour later at once where a person must act first', () => {
    expect(minutesTo(nextReportTry(retry(1, { needsPerson: true }), since))).toBe(60)
  })

  test('comes once more at the end of the horizon, and never after it', () => {
    const nearly = since.add({ hours: 1, minutes: 50 })
    expect(minutesTo(nextReportTry(retry(9, { retryHours: 2 }), nearly), nearly)).toBe(10)
    const over = since.add({ hours: 2 })
    expect(nextReportTry(retry(10, { retryHours: 2 }), over)).toBeNull()
  })

  test('lies ahead, an hour at most and within the horizon, whatever has failed before', () => {
    const any = fc.record({
      tries: fc.integer({ min: 1, max: 20_000 }),
      retryHours: fc.integer({ min: 1, max: 8760 }),
      needsPerson: fc.boolean(),
      minutes: fc.integer({ min: 0, max: 8760 * 60 }),
    })
    fc.assert(
      fc.property(any, ({ minutes, ...terms }) => {
        const now = since.add({ minutes })
        const horizon = since.add({ hours: terms.retryHours })
        const next = nextReportTry({ since, ...terms }, now)
        if (minutes >= terms.retryHours * 60) {
          expect(next).toBeNull()
          return
        }
        const wait = minutesTo(next, now) as number
        expect(wait).toBeGreaterThan(0)
        expect(wait).toBeLessThanOrEqual(60)
        expect(Temporal.Instant.compare(next as Temporal.Instant, horizon)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('of a report that never succeeds comes to an end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (retryHours) => {
        let now: Temporal.Instant | null = since
        let tries = 0
        while (now !== null && tries < 10_000)
          now = nextReportTry(retry(++tries, { retryHours }), now)
        expect(tries).toBeLessThan(retryHours + 12)
      }),
    )
  })
})

describe('a receipt', () => {
  const owed = (state: ReceiptState | null, changes: object = {}) => {
    const told = { state, toldFate: 'sent', tryAt: null, ...changes }
    const whether = (isWanted: boolean) => isOwed(told, 'sent', isWanted, since)
    return [whether(true), whether(false)]
  }

  test('is owed once, and again when its record has moved', () => {
    expect(owed(null)).toEqual([true, false])
    expect(owed('given')).toEqual([false, false])
    expect(owed('given', { toldFate: 'waiting' })).toEqual([true, false])
  })

  test('that began is asked after even where nobody wants to hear of it any more', () => {
    expect(owed('begun')).toEqual([true, true])
  })

  test('that failed is owed when its next try has come', () => {
    for (const state of ['failed', 'owed'] as const) {
      expect(owed(state, { tryAt: since })).toEqual([true, false])
      expect(owed(state, { tryAt: since.add({ seconds: 1 }) })).toEqual([false, false])
    }
  })

  test('that a person must decide about is owed by nobody', () => {
    for (const state of ['uncertain', 'given-up'] as const) {
      expect(owed(state, { toldFate: 'waiting' })).toEqual([false, false])
    }
  })

  test('that could not be told is tried again, given up, or left to a person', () => {
    const end = (mayBeGiven: boolean, mayRetry: boolean, now = since) =>
      failureEnd({ tries: 1, since, retryHours: 1 }, mayBeGiven, mayRetry, now)
    expect(end(false, true)).toEqual({ state: 'failed', tryAt: since.add({ minutes: 1 }) })
    expect(end(false, true, since.add({ hours: 1 }))).toEqual({ state: 'given-up', tryAt: null })
    expect(end(false, false)).toEqual({ state: 'given-up', tryAt: null })
    for (const mayRetry of [true, false]) {
      expect(end(true, mayRetry)).toEqual({ state: 'uncertain', tryAt: null })
    }
  })
})
