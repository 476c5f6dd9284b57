import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterOutcome } from '../../src/domain/after-outcome.ts'
import { mayMove } from '../../src/domain/message.ts'
import type { Deferred, Outcome } from '../../src/domain/outcome.ts'

const now = Temporal.Instant.from('2026-03-02T08:00:00Z')
const context = {
  now,
  attempts: 1,
  whenUncertain: 'hold' as const,
  firstStatusCheckSeconds: 60,
}
const at = (seconds: number) => now.add({ seconds }).toString()

function deferred(changes: Partial<Deferred> = {}): Deferred {
  return {
    kind: 'deferred',
    code: 'IO_RATE',
    detail: '',
    scope: 'message',
    retryAfterSeconds: null,
    counts: true,
    ...changes,
  }
}

const uncertain: Outcome = { kind: 'uncertain', code: 'IO_ANSWER_LOST', detail: '' }

describe('what an outcome makes of its message', () => {
  test.each<[string, Outcome, object]>([
    [
      'an accepted message is sent, and IO is asked about it a while later',
      { kind: 'accepted', ioId: '01H' },
      { state: 'sent', trackAt: at(60), counts: true },
    ],
    [
      'a citizen without a profile makes it undeliverable',
      { kind: 'undeliverable', code: 'no-profile' },
      { state: 'undeliverable', counts: true },
    ],
    [
      'a citizen who switched the service off makes it undeliverable',
      { kind: 'undeliverable', code: 'sender-blocked' },
      { state: 'undeliverable', counts: true },
    ],
    [
      'a payload that IO refuses is rejected',
      { kind: 'rejected', code: 'IO_PAYLOAD', detail: '' },
      { state: 'rejected', counts: true },
    ],
    ['a lost answer is held as uncertain', uncertain, { state: 'uncertain', counts: true }],
    [
      'a refusal for now puts it back, and later',
      deferred(),
      { state: 'waiting', sendAt: at(10), counts: true },
    ],
    [
      'a refusal that names its time waits so long, in whole seconds',
      deferred({ retryAfterSeconds: 3.2 }),
      { state: 'waiting', sendAt: at(4), counts: true },
    ],
    [
      'a refusal of the whole account leaves it its place: after an outage the oldest go first',
      deferred({ retryAfterSeconds: 3.2, scope: 'account' }),
      { state: 'waiting', sendAt: null, counts: true },
    ],
    [
      'a refusal of the service puts it back for when the service is mended',
      deferred({ scope: 'service', code: 'IO_KEY' }),
      { state: 'waiting', sendAt: at(5), counts: true },
    ],
    [
      'a refusal before IO’s backend gives the attempt back',
      deferred({ scope: 'account', counts: false }),
      { state: 'waiting', sendAt: null, counts: false },
    ],
    [
      'a feature that the key lacks holds it',
      deferred({ scope: 'feature', code: 'IO_FEATURE', counts: false }),
      { state: 'held', counts: false },
    ],
  ])('%s', (_sentence, outcome, expected) => {
    const { sendAt, trackAt, ...after } = afterOutcome(outcome, context)
    const texts = { sendAt: sendAt?.toString() ?? null, trackAt: trackAt?.toString() ?? null }
    expect({ ...after, ...texts }).toEqual({ sendAt: null, trackAt: null, ...expected })
  })

  test('a lost answer is sent again only where the feed says so', () => {
    const after = afterOutcome(uncertain, { ...context, whenUncertain: 'resend' })
    expect(after.state).toBe('waiting')
    expect(after.sendAt?.toString()).toBe(at(10))
  })

  test('every outcome is a legal move of a message that was being sent', () => {
    const outcomes: Outcome[] = [
      { kind: 'accepted', ioId: '01H' },
      { kind: 'undeliverable', code: 'no-profile' },
      { kind: 'rejected', code: 'IO_PAYLOAD', detail: '' },
      uncertain,
      ...(['message', 'service', 'feature', 'account'] as const).map((scope) =>
        deferred({ scope }),
      ),
    ]
    for (const outcome of outcomes) {
      for (const whenUncertain of ['hold', 'resend'] as const) {
        const { state } = afterOutcome(outcome, { ...context, whenUncertain })
        expect(mayMove('sending', state), `${outcome.kind} → ${state}`).toBe(true)
      }
    }
  })

  test('each retry waits twice as long as the one before, up to an hour', () => {
    const waits = [1, 2, 3, 4, 5, 9, 10, 50].map((attempts) => {
      const { sendAt } = afterOutcome(deferred(), { ...context, attempts })
      return now.until(sendAt as Temporal.Instant).total('seconds')
    })
    expect(waits).toEqual([10, 20, 40, 80, 160, 2560, 3600, 3600])
  })

  test('a retry is never sooner than 10 seconds nor later than an hour', () => {
    fc.assert(
      fc.property(fc.nat(), (attempts) => {
        const { sendAt } = afterOutcome(deferred(), { ...context, attempts })
        const wait = now.until(sendAt as Temporal.Instant).total('seconds')
        expect(wait).toBeGreaterThanOrEqual(10)
        expect(wait).toBeLessThanOrEqual(3600)
      }),
    )
  })
})
