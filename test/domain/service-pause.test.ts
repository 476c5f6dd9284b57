import { expect, test } from 'vitest'
import type { Deferred, Outcome } from '../../src/domain/outcome.ts'
import { nextPauseTry, proofOf, provesService } from '../../src/domain/service-pause.ts'

const now = Temporal.Instant.from('2026-03-02T08:00:00Z')
const waits = (code: string) =>
  [0, 1, 2, 3, 4, 5, 60].map((tries) => now.until(nextPauseTry(code, tries, now)).total('seconds'))

test('a profile proves a key and an address, and nothing of the right to send', () => {
  expect(['IO_KEY', 'IO_PATH', 'IO_FORBIDDEN', 'IO_CONFIGURATION'].map(proofOf)).toEqual([
    'profile',
    'profile',
    'message',
    'message',
  ])
})

test('a harmless try is made after 30 seconds, and every 15 minutes at last', () => {
  expect(waits('IO_KEY')).toEqual([30, 60, 120, 240, 480, 900, 900])
})

test('a message is let through after 15 minutes, and every 6 hours at last', () => {
  expect(waits('IO_FORBIDDEN')).toEqual([900, 1800, 3600, 7200, 14_400, 21_600, 21_600])
})

const deferred = (scope: Deferred['scope']): Outcome => ({
  kind: 'deferred',
  code: 'IO_RATE',
  detail: '',
  scope,
  retryAfterSeconds: null,
  counts: false,
})

test.each<[string, Outcome, boolean]>([
  ['an acceptance proves', { kind: 'accepted', ioId: '01H' }, true],
  ['a fault of the payload proves', { kind: 'rejected', code: 'IO_PAYLOAD', detail: '' }, true],
  ['a lacking feature proves', deferred('feature'), true],
  ['a refusal of the service does not prove', deferred('service'), false],
  ['a busy or silent gateway does not prove', deferred('account'), false],
  [
    'a lost answer does not prove',
    { kind: 'uncertain', code: 'IO_ANSWER_LOST', detail: '' },
    false,
  ],
  [
    'a citizen who is not on IO does not prove',
    { kind: 'undeliverable', code: 'no-profile' },
    false,
  ],
])('%s that the service may send', (_, outcome, expected) => {
  expect(provesService(outcome)).toBe(expected)
})
