import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextReadCheck, nextStatusCheck, nextTry } from '../../src/domain/following.ts'

const sentAt = Temporal.Instant.from('2026-03-01T08:00:00Z')
const DAY = 86_400

/** The waits of a message of which IO says nothing new, from the first answer to the last. */
function waits(firstSeconds: number): number[] {
  const found: number[] = []
  for (let answers = 1; ; answers++) {
    const wait = nextStatusCheck(answers, firstSeconds)
    if (wait === null) return found
    found.push(wait)
  }
}

describe('following an accepted message', () => {
  it('asks ever more seldom, and gives up after exactly one day of answers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3600 }), (first) => {
        const all = waits(first)
        expect(first + all.reduce((sum, wait) => sum + wait, 0)).toBe(DAY)
        const rising = all.slice(0, -1)
        expect(rising.every((wait, index) => index === 0 || wait >= rising[index - 1]!)).toBe(true)
      }),
    )
  })

  it('asks about a dozen times with the usual first wait', () => {
    expect(waits(60)).toHaveLength(11)
  })

  it('puts a question that had no answer again within the hour, for ninety days', () => {
    const tried = (questions: number, days: number) =>
      nextTry(questions, 60, sentAt, sentAt.add({ hours: 24 * days }))
    expect([tried(0, 0), tried(3, 0), tried(32_767, 89)]).toEqual([60, 480, 3600])
    expect(tried(3, 90)).toBe(null)
  })

  it('asks whether a premium message was read once a day in the end, for its days', () => {
    const later = (days: number) => sentAt.add({ hours: 24 * days })
    expect(nextReadCheck(0, sentAt, 60, later(0))).toBe(3600)
    expect(nextReadCheck(30, sentAt, 60, later(59))).toBe(DAY)
    expect(nextReadCheck(30, sentAt, 60, later(60))).toBe(null)
    expect(nextReadCheck(0, sentAt, 0, later(0))).toBe(null)
  })
})
