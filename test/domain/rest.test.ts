// Which records are the rest of a flow, and what the letters that it saved would have cost.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AccountTerm, accountTerms, emptyAccount } from '../../src/domain/flow-account.ts'
import { isRest, lettersSaved, openRecords, restTerms } from '../../src/domain/rest.ts'

const wanted = new Set(restTerms)

it('the rest is what nobody got, of every term of the account', () => {
  const rest = accountTerms.filter((term) => isRest(term, null, wanted))
  expect(rest).toEqual(['undeliverable', 'rejected', 'refused', 'uncertain', 'recorded'])
})

it('a duplicate goes with the message that it is a duplicate of', () => {
  const goes = (earlier: AccountTerm | null) => isRest('duplicate', earlier, wanted)
  expect(goes('sent')).toBe(false)
  expect(goes('waiting')).toBe(false)
  expect(goes('undeliverable')).toBe(true)
  expect(goes(null)).toBe(false)
})

it('a feed may want other terms', () => {
  const skipped = new Set<AccountTerm>(['skipped'])
  expect(isRest('skipped', null, skipped)).toBe(true)
  expect(isRest('undeliverable', null, skipped)).toBe(false)
})

it('what waits or is held may become a message yet', () => {
  expect(openRecords({ ...emptyAccount(), waiting: 2, held: 1, uncertain: 4 })).toBe(3)
})

it('letters are worth whole cents, and nothing is said where nobody knows what one costs', () => {
  expect(lettersSaved({ sent: 5 }, null)).toBeNull()
  fc.assert(
    fc.property(fc.nat(5_000_000), fc.nat(100_000), (sent, cents) => {
      const saved = lettersSaved({ sent }, cents)
      expect(saved).toEqual({ letters: sent, valueCents: sent * cents })
      expect(Number.isSafeInteger(saved?.valueCents)).toBe(true)
    }),
  )
})
