import { describe, expect, it } from 'vitest'
import { opensAfter, triedKeys } from '../../src/domain/sign-in-delay.ts'

describe('after failed sign-ins', () => {
  it('the same account from the same place waits from the fifth on, longer each time, an hour at most', () => {
    const waits = [4, 5, 6, 7, 10, 11, 12, 1000].map((n) => opensAfter('account-there', n))
    expect(waits).toEqual([0, 60, 120, 240, 1920, 3600, 3600, 3600])
  })

  it('strangers keep an account closed for ten minutes at most', () => {
    expect([20, 21, 22, 100].map((n) => opensAfter('account', n))).toEqual([0, 30, 60, 600])
  })

  it('an office behind one address has fifty', () => {
    expect([50, 51, 52, 100].map((n) => opensAfter('address', n))).toEqual([0, 10, 20, 600])
  })

  it('capital letters and blanks make no other account', () => {
    expect(triedKeys(' CED ', '10.0.0.1')).toEqual(triedKeys('ced', '10.0.0.1'))
  })
})
