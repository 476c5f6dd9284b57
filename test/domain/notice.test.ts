import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decideChange,
  type EndedBy,
  mayMoveNotice,
  type NoticeState,
} from '../../src/domain/notice.ts'

const states: NoticeState[] = ['open', 'settled', 'cancelled', 'expired']
const bytes = (...values: number[]) => Uint8Array.from(values)

describe('what a record does to the notice of its key', () => {
  const known = (state: NoticeState, endedBy: EndedBy | null = null) => ({
    state,
    endedBy,
    contentHash: bytes(1, 1),
    matterHash: bytes(2, 2),
  })

  test('a key that nobody knows makes a new notice', () => {
    expect(decideChange(null, bytes(1, 1), bytes(2, 2))).toBe('new')
  })

  test.each(states)('equal data changes nothing, be the notice %s', (state) => {
    expect(decideChange(known(state), bytes(1, 1), bytes(2, 2))).toBe('same')
  })

  test.each(states)('other data that does not matter is kept silently, be it %s', (state) => {
    expect(decideChange(known(state), bytes(9, 9), bytes(2, 2))).toBe('updated')
  })

  test.each([
    ['open', 'changed'],
    ['expired', 'changed'],
    ['settled', 'updated'],
    ['cancelled', 'updated'],
  ] as const)('what matters makes a message where the notice is open: %s → %s', (state, change) => {
    expect(decideChange(known(state), bytes(9, 9), bytes(8, 8))).toBe(change)
  })

  test.each(['settled', 'cancelled'] as const)(
    'one that was only missing is open again when it is named again: %s',
    (state) => {
      const missing = known(state, 'missing')
      expect(decideChange(missing, bytes(1, 1), bytes(2, 2))).toBe('reopened')
      expect(decideChange(missing, bytes(9, 9), bytes(2, 2))).toBe('reopened')
      expect(decideChange(missing, bytes(9, 9), bytes(8, 8))).toBe('changed')
    },
  )

  test('one that the source withdrew comes back only with something that matters', () => {
    const withdrawn = known('cancelled', 'action')
    expect(decideChange(withdrawn, bytes(1, 1), bytes(2, 2))).toBe('same')
    expect(decideChange(withdrawn, bytes(9, 9), bytes(2, 2))).toBe('updated')
    expect(decideChange(withdrawn, bytes(9, 9), bytes(8, 8))).toBe('changed')
    expect(decideChange(known('settled', 'action'), bytes(9, 9), bytes(8, 8))).toBe('updated')
  })

  test('one whose drop is mapped again is told anew, unless the same was told last', () => {
    const replayed = known('cancelled', 'replay')
    const decided = (told: object, matter: number, text: number) =>
      decideChange({ ...replayed, ...told }, bytes(1, 1), bytes(matter, matter), bytes(text))
    const told = (text: number, isLast: boolean) => ({ told: { textHash: bytes(text), isLast } })
    // Nobody was told.
    expect(decided({}, 2, 5)).toBe('changed')
    expect(decided({ told: null }, 8, 5)).toBe('changed')
    // It was told as it stood, and says the same in what matters; or something else.
    expect(decided(told(5, true), 2, 6)).toBe('reopened')
    expect(decided(told(5, true), 8, 6)).toBe('changed')
    // What was told last is what it says again, whatever it was to say in between.
    expect(decided(told(5, false), 8, 5)).toBe('reopened')
    expect(decided(told(5, false), 2, 6)).toBe('changed')
  })

  test('one that a person ended stays so: paid for ever, cancelled until something matters', () => {
    const cancelled = known('cancelled', 'person')
    expect(decideChange(cancelled, bytes(1, 1), bytes(2, 2))).toBe('same')
    expect(decideChange(cancelled, bytes(9, 9), bytes(2, 2))).toBe('updated')
    expect(decideChange(cancelled, bytes(9, 9), bytes(8, 8))).toBe('changed')
    expect(decideChange(known('settled', 'person'), bytes(9, 9), bytes(8, 8))).toBe('updated')
  })

  test('a notice that was paid is never woken, whatever the record says', () => {
    const hash = fc.uint8Array({ minLength: 0, maxLength: 4 })
    fc.assert(
      fc.property(
        fc.constantFrom<NoticeState>('settled', 'cancelled'),
        fc.constantFrom<EndedBy | null>('settlement', 'payment', null),
        fc.tuple(hash, hash, hash, hash),
        (state, endedBy, [contentHash, matterHash, content, matter]) => {
          const ended = { state, endedBy, contentHash, matterHash }
          const change = decideChange(ended, content, matter)
          expect(['same', 'updated']).toContain(change)
        },
      ),
    )
  })

  test('a hash that only begins like the other is another hash', () => {
    const state = 'open'
    const start = { state, endedBy: null, contentHash: bytes(1), matterHash: bytes(2) } as const
    expect(decideChange(start, bytes(1, 1), bytes(2, 2))).toBe('changed')
    expect(decideChange(start, bytes(1, 1), bytes(2))).toBe('updated')
  })
})

describe('a notice', () => {
  test('makes exactly the moves that are legal', () => {
    const made = states.flatMap((from) =>
      states.filter((to) => mayMoveNotice(from, to)).map((to) => `${from} ${to}`),
    )
    expect(made).toEqual([
      'open settled',
      'open cancelled',
      'open expired',
      'settled open',
      'cancelled open',
      'expired open',
      'expired settled',
    ])
  })
})
