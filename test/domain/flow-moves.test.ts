import { describe, expect, it } from 'vitest'
import type { DecisionRefusal } from '../../src/domain/decision.ts'
import type { FlowReason, FlowState } from '../../src/domain/flow.ts'
import {
  type LifeStanding,
  type RedoStanding,
  whyNot,
  whyNotBefore,
  whyNotRedone,
  whyNotReopened,
} from '../../src/domain/flow-moves.ts'

type Row = [FlowState, FlowReason, DecisionRefusal | null]

describe('what is decided only before a flow begins to leave', () => {
  it.each<Row>([
    ['active', 'awaiting-approval', null],
    ['active', 'blocked', null],
    ['active', 'approved', null],
    ['inactive', 'loading', 'not-ready'],
    ['inactive', 'with-errors', 'not-ready'],
    ['inactive', 'replaced', 'replaced'],
    ['inactive', 'expired', 'expired'],
    ['inactive', 'sent-back', 'sent-back'],
    ['sending', null, 'leaving'],
    ['sent', null, 'ended'],
    ['incomplete', 'errors', 'ended'],
    ['sent', 'stopped', 'stopped'],
    ['incomplete', 'stopped', 'stopped'],
  ])('is answered of one that is %s, %s, with %s', (state, reason, because) => {
    expect(whyNotBefore({ state, reason })).toBe(because)
  })
})

describe('asking for a flow anew', () => {
  it.each<Row>([
    ['inactive', 'expired', null],
    ['inactive', 'sent-back', null],
    ['inactive', 'loading', 'not-ready'],
    ['inactive', 'replaced', 'replaced'],
    ['active', 'awaiting-approval', 'not-asked'],
    ['sending', null, 'leaving'],
    ['incomplete', 'stopped', 'stopped'],
  ])('is answered of one that is %s, %s, with %s', (state, reason, because) => {
    expect(whyNotReopened({ state, reason })).toBe(because)
  })
})

describe('mapping the drop of a flow again', () => {
  const waiting: RedoStanding = {
    ...{ state: 'active', origin: 'drop', dropState: 'mapped', isKept: true },
    ...{ isStopped: false, isReplaced: false, isInFlight: false },
  }

  it.each<[string, Partial<RedoStanding>, DecisionRefusal | null]>([
    ['one that waits', {}, null],
    ['one that was set aside', { state: 'inactive' }, null],
    ['one that was stopped half-way', { state: 'incomplete', isStopped: true }, null],
    [
      'one that is stopped, with a message on its way',
      { isStopped: true, isInFlight: true },
      'leaving',
    ],
    ['one that is leaving', { state: 'sending' }, 'leaving'],
    ['one that has left', { state: 'sent' }, 'ended'],
    ['one that was made again before', { isReplaced: true, isStopped: true }, 'replaced'],
    ['one whose drop is still to be read', { dropState: 'received' }, 'not-ready'],
    ['one whose drop is kept no more', { isKept: false }, 'drop-gone'],
    ['a campaign', { origin: 'campaign', dropState: null }, 'not-of-drop'],
    ['an errata', { origin: 'errata' }, 'not-of-drop'],
  ])('is answered of %s', (_what, changes, because) => {
    expect(whyNotRedone({ ...waiting, ...changes })).toBe(because)
  })
})

describe('the life of a flow that was sent back', () => {
  const sentBack: LifeStanding = {
    ...{ state: 'inactive', reason: 'sent-back', isSuspended: false, isStopped: false },
    ...{ isOpen: true, isApprovalOver: false },
  }

  it('may end, since nobody wants to send it', () => {
    expect(whyNot('stop', sentBack)).toBeNull()
  })

  it('is not suspended: the way on is to ask for it anew', () => {
    expect(whyNot('suspend', sentBack)).toBe('sent-back')
  })
})
