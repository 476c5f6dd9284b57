import { describe, expect, it } from 'vitest'
import { isFresh, knownUntil } from '../../src/domain/payment-news.ts'

const mappedAt = Temporal.Instant.from('2026-03-02T05:00:00Z')
const polledAt = Temporal.Instant.from('2026-03-03T05:00:00Z')

describe('news of payments', () => {
  it('are those of the last file that was read, and of a poll where that counts', () => {
    const news = { mappedAt, polledAt, isBehind: false }
    expect(knownUntil(news, 'drops')).toEqual(mappedAt)
    expect(knownUntil(news, 'polls')).toEqual(polledAt)
    expect(knownUntil({ ...news, mappedAt: null }, 'polls')).toEqual(polledAt)
    expect(knownUntil({ ...news, mappedAt: null }, 'drops')).toBeNull()
  })

  it('are not those of a poll while what it brought is not read', () => {
    expect(knownUntil({ mappedAt, polledAt, isBehind: true }, 'polls')).toEqual(mappedAt)
    expect(knownUntil({ mappedAt: null, polledAt, isBehind: true }, 'polls')).toBeNull()
  })

  it('are fresh up to their age, and never where nobody can date them', () => {
    const age = { maximumAgeHours: 26 }
    expect(isFresh(mappedAt, age, mappedAt.add({ hours: 26 }))).toBe(true)
    expect(isFresh(mappedAt, age, mappedAt.add({ hours: 26, seconds: 1 }))).toBe(false)
    expect(isFresh(null, age, mappedAt)).toBe(false)
  })
})
