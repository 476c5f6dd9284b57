import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewMessage } from '../../src/domain/new-message.ts'
import {
  findExceeded,
  holdCodeOf,
  limitOf,
  nextLimitTry,
  type ServiceLimit,
} from '../../src/domain/service-limit.ts'

const now = Temporal.Instant.from('2026-03-02T08:00:00Z')

function message(changes: Partial<NewMessage['content']> = {}): NewMessage {
  return { fiscal_code: 'AAAAAA00A00A000A', content: { subject: '', markdown: '', ...changes } }
}

const asking = (amount: number, payee?: string) =>
  message({
    payment_data: {
      amount,
      notice_number: '301000000000000001',
      ...(payee && { payee: { fiscal_code: payee } }),
    },
  })

describe('a message exceeds', () => {
  test('a ceiling exactly when it asks more', () => {
    fc.assert(
      fc.property(fc.nat(9_999_999_999), fc.nat(9_999_999_999), (amount, maximumCents) => {
        const limit = limitOf({ name: 'amount', maximumCents })
        const found = findExceeded([limit], asking(amount))
        expect(found).toEqual(amount > maximumCents ? limit : null)
      }),
    )
  })

  test.each<[ServiceLimit['feature'], NewMessage]>([
    ['payee', asking(1, '00000000000')],
    ['premium', { ...message(), feature_level_type: 'ADVANCED' }],
    ['third-party', message({ third_party_data: { id: '1' } })],
  ])('the lack of %s when it needs it, and no other', (feature, needing) => {
    const lacks = (['payee', 'premium', 'third-party'] as const).map((name) => limitOf({ name }))
    expect(findExceeded(lacks, needing)).toEqual({ feature, maximumCents: null })
    expect(findExceeded(lacks, asking(1))).toBeNull()
  })

  test('nothing where nothing was learnt, nor an amount that it does not ask', () => {
    expect(findExceeded([], asking(1))).toBeNull()
    expect(findExceeded([limitOf({ name: 'amount', maximumCents: 0 })], message())).toBeNull()
  })
})

test('the code of the hold says whether an amount or a feature is the matter', () => {
  expect(holdCodeOf(limitOf({ name: 'amount', maximumCents: 0 }))).toBe('IO_AMOUNT_CEILING')
  expect(holdCodeOf(limitOf({ name: 'payee' }))).toBe('IO_FEATURE')
})

test('a ceiling is tried after an hour, then after twice as long, at last every day', () => {
  const hours = [0, 1, 2, 3, 4, 5, 60].map((tries) =>
    now.until(nextLimitTry(tries, now)).total('hours'),
  )
  expect(hours).toEqual([1, 2, 4, 8, 16, 24, 24])
})
