import { describe, expect, it } from 'vitest'
import { rhythmOf } from '../../src/domain/feed-silence.ts'

const first = Temporal.Instant.from('2026-03-02T06:00:00Z')
const hoursOn = (hours: number) => first.add({ hours })

describe('a source', () => {
  it('that has brought nothing is not silent', () => {
    expect(rhythmOf([], first)).toEqual({
      usualSeconds: null,
      silentSeconds: null,
      isSilent: false,
    })
  })

  it('of which too little is known is never silent', () => {
    const few = [0, 24, 48].map(hoursOn)
    expect(rhythmOf(few, hoursOn(2000))).toMatchObject({ usualSeconds: null, isSilent: false })
  })

  const workdays = [0, 24, 48, 72, 96, 168, 192, 216, 240, 264].map(hoursOn)

  it('that comes every workday is not silent after a weekend', () => {
    const seen = rhythmOf(workdays, hoursOn(264 + 73))
    expect(seen).toEqual({ usualSeconds: 86_400, silentSeconds: 73 * 3600, isSilent: false })
  })

  it('is silent after one and a half times its longest usual gap', () => {
    expect(rhythmOf(workdays, hoursOn(264 + 109)).isSilent).toBe(true)
  })

  it('that comes every few minutes is not silent within the hour', () => {
    const minutes = Array.from({ length: 20 }, (_, n) => first.add({ minutes: n * 5 }))
    const last = first.add({ minutes: 95 })
    expect(rhythmOf(minutes, last.add({ minutes: 59 })).isSilent).toBe(false)
    expect(rhythmOf(minutes, last.add({ minutes: 61 })).isSilent).toBe(true)
  })

  it('is judged alike however its files are ordered', () => {
    const now = hoursOn(300)
    expect(rhythmOf(workdays.toReversed(), now)).toEqual(rhythmOf(workdays, now))
  })
})
