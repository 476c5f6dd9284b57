import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forecast, type SendingProgress } from '../../src/domain/forecast.ts'

const nothing: SendingProgress = {
  remaining: 0,
  ended: 0,
  reached: 0,
  recent: 0,
  recentSeconds: 0,
  others: 0,
}
const base = { callsPerWindow: 150, windowSeconds: 5, asksProfiles: true }
const minutes = (seconds: number | null) => (seconds ?? Number.NaN) / 60

describe('what a flow will take', () => {
  it.each([
    [45_000, base, 40, 55],
    [300_000, base, 267, 367],
    [1_000_000, { ...base, callsPerWindow: 250 }, 534, 732],
    [45_000, { ...base, asksProfiles: false }, 15, 30],
  ])('for %i records is what the allowed calls say, within 4 %%', (records, rate, send, follow) => {
    const found = forecast({ ...nothing, remaining: records }, rate)
    expect(found.reachableShare).toBe(0.6)
    expect(minutes(found.sendingSeconds) / send).toBeCloseTo(1.025, 1)
    expect(minutes(found.followingSeconds) / follow).toBeCloseTo(1.025, 1)
    expect(minutes(found.sendingSeconds)).toBeGreaterThan(send)
    expect(minutes(found.sendingSeconds)).toBeLessThan(send * 1.04)
  })

  it('follows the share that this flow has shown, once it has shown enough', () => {
    const shown = (ended: number, reached: number) =>
      forecast({ ...nothing, remaining: 1000, ended, reached }, base).reachableShare
    expect(shown(0, 0)).toBe(0.6)
    expect(shown(50, 0)).toBeCloseTo(0.3)
    expect(shown(10_000, 9000)).toBeCloseTo(0.9, 2)
  })

  it('follows the speed that is seen, which knows of pauses and of others', () => {
    const seen = { ...nothing, remaining: 6000, ended: 3000, reached: 2000, recentSeconds: 300 }
    const found = forecast({ ...seen, recent: 3000 }, base)
    expect([found.recordsPerSecond, found.sendingSeconds]).toEqual([10, 600])
    const tooFew = forecast({ ...seen, recent: 3 }, base)
    expect(tooFew.recordsPerSecond).toBeGreaterThan(10)
  })

  it('is longer for what shares its account with others', () => {
    const alone = forecast({ ...nothing, remaining: 1000 }, base).sendingSeconds as number
    const shared = forecast({ ...nothing, remaining: 1000, others: 3000 }, base)
    expect((shared.sendingSeconds as number) / alone).toBeCloseTo(4)
  })

  it('is unknown where the account has no limit, until it has been seen', () => {
    const free = { ...base, callsPerWindow: 0 }
    expect(forecast({ ...nothing, remaining: 10 }, free).sendingSeconds).toBe(null)
    const seen = forecast({ ...nothing, remaining: 100, recent: 50, recentSeconds: 5 }, free)
    expect(seen).toMatchObject({ recordsPerSecond: 10, sendingSeconds: 10, followingSeconds: null })
  })

  it('is a number that is never negative, whatever was counted', () => {
    const count = fc.nat(2_000_000)
    fc.assert(
      fc.property(count, count, count, count, fc.nat(300), count, (...counts) => {
        const [remaining, a, b, recent, recentSeconds, others] = counts
        const [reached, ended] = [Math.min(a, b), Math.max(a, b)]
        const progress = { remaining, ended, reached, recent, recentSeconds, others }
        const found = forecast(progress, base)
        expect(found.reachableShare).toBeGreaterThanOrEqual(0)
        expect(found.reachableShare).toBeLessThanOrEqual(1)
        expect(found.sendingSeconds).toBeGreaterThanOrEqual(0)
        expect(found.followingSeconds).toBeGreaterThanOrEqual(found.sendingSeconds as number)
      }),
    )
  })
})
