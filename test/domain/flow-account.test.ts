import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  accountTerms,
  difference,
  emptyAccount,
  type FlowAccount,
  isSettled,
  type RecordFate,
  termOf,
} from '../../src/domain/flow-account.ts'
import { isClosed, type MessageState, messageStates } from '../../src/domain/message.ts'

interface Standing {
  fate: RecordFate
  first: MessageState | null
}

const ended: Standing[] = (['refused', 'duplicate', 'skipped', 'cancelled'] as const).map(
  (fate) => ({
    fate,
    first: null,
  }),
)
const sending: Standing[] = messageStates.map((first) => ({ fate: 'message', first }))
const waiting: Standing = { fate: 'waiting', first: null }
const standings: Standing[] = [...ended, waiting, ...sending]

function accountOf(records: Standing[]): FlowAccount {
  const account = emptyAccount()
  for (const { fate, first } of records) {
    account.read += 1
    account[termOf(fate, first)] += 1
  }
  return account
}

describe('the account of a flow', () => {
  test('closes for any mix of records, and says so only when it does', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...standings)), (records) => {
        const account = accountOf(records)
        expect(account.read).toBe(records.length)
        expect(difference(account)).toBe(0)
        expect(difference({ ...account, read: account.read + 1 })).toBe(1)
        expect(difference({ ...account, sent: account.sent + 1 })).toBe(-1)
      }),
    )
  })

  test('has a term for each way that a record may stand, and no other', () => {
    const used = new Set(standings.map(({ fate, first }) => termOf(fate, first)))
    expect([...used].sort()).toEqual([...accountTerms].sort())
  })

  test('counts what is in flight as waiting, and every other state under its own name', () => {
    for (const state of messageStates) {
      const inFlight = state === 'claimed' || state === 'sending'
      expect(termOf('message', state)).toBe(inFlight ? 'waiting' : state)
    }
  })

  test('counts a record that has no message by its fate', () => {
    for (const { fate, first } of [...ended, waiting]) expect(termOf(fate, first)).toBe(fate)
  })

  test('does not guess where a message that should be there is not', () => {
    expect(() => termOf('message', null)).toThrow('no first message')
  })

  test('is settled when every first message has ended and no record waits, only then', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...standings), { maxLength: 5 }), (records) => {
        const open = records.some(
          ({ fate, first }) => fate === 'waiting' || (first !== null && !isClosed(first)),
        )
        expect(isSettled(accountOf(records))).toBe(!open)
      }),
    )
  })

  test('of nothing is all zeros, and a new one each time', () => {
    const account = emptyAccount()
    account.read = 5
    expect(Object.values(emptyAccount()).every((count) => count === 0)).toBe(true)
    expect(Object.keys(account)).toEqual(['read', ...accountTerms])
  })
})
