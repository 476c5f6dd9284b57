import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  type ApprovalStanding,
  isDigest,
  missingApprovals,
  neededApprovers,
  whyNotApproved,
} from '../../src/domain/approval.ts'

const now = Temporal.Instant.from('2026-03-02T09:00:00Z')
const digest = 'ab12'.repeat(16)
const given = (actor: string, hours = 24) => ({
  ...{ actor, at: now },
  expiresAt: now.add({ hours }),
})

/** A lot that nobody has prepared, and that waits for two. */
const waiting: ApprovalStanding = {
  state: 'active',
  reason: 'awaiting-approval',
  approval: 'four-eyes',
  approveBy: now.add({ hours: 48 }),
  isReleased: false,
  isStopped: false,
  isReplaced: false,
  preparedBy: [],
  approvals: [],
  blocking: [],
  heldMessages: 0,
  digest,
}

const asked = (changes: Partial<ApprovalStanding>, actor = 'anna', typed = digest) =>
  whyNotApproved({ ...waiting, ...changes }, { actor, digest: typed }, now)?.because ?? null

test.each<[string, Partial<ApprovalStanding>, string | null]>([
  ['one that waits', {}, null],
  ['one that another has approved', { approvals: [given('bruno')] }, null],
  ['one that they have approved', { approvals: [given('anna')] }, 'approved-by-you'],
  ['one that they approved once, which has ended', { approvals: [given('anna', 0)] }, null],
  ['one that they have prepared', { preparedBy: ['bruno', 'anna'] }, 'preparer'],
  ['one that they have prepared, where one is enough', one({ preparedBy: ['anna'] }), null],
  ['one with a finding that blocks', { blocking: ['FLOW_AMOUNTS'] }, 'blocked'],
  ['one that is blocked', { reason: 'blocked' }, 'blocked'],
  ['one whose time is over', { approveBy: now }, 'expired'],
  ['one that has expired', { state: 'inactive', reason: 'expired', approveBy: null }, 'expired'],
  ['one that is being read', { state: 'inactive', reason: 'loading' }, 'not-ready'],
  ['one that was sent back', { state: 'inactive', reason: 'sent-back' }, 'sent-back'],
  ['one that nobody was asked about', { approveBy: null }, 'not-asked'],
  ['one that needs nobody', { approval: 'none' }, 'not-asked'],
  ['one that is approved', { reason: 'approved', isReleased: true }, 'approved-already'],
  ['one that is approved for later', { reason: 'approved' }, 'approved-already'],
  ['one that leaves', { state: 'sending', isReleased: true }, 'leaving'],
  ['one that has left', { state: 'sent', isReleased: true }, 'ended'],
  ['one that ended with errors', { state: 'incomplete', isReleased: true }, 'ended'],
  ['one that was stopped', { state: 'incomplete', isReleased: true, isStopped: true }, 'stopped'],
  ['one that was replaced', { state: 'inactive', isReplaced: true }, 'replaced'],
  ['one that leaves, of new texts', { state: 'sending', isReleased: true, heldMessages: 1 }, null],
])('%s', (_, changes, because) => {
  expect(asked(changes)).toBe(because)
})

function one(changes: Partial<ApprovalStanding>): Partial<ApprovalStanding> {
  return { approval: 'one', ...changes }
}

test('what is approved is named by its whole digest, or by twelve digits of it', () => {
  expect(asked({}, 'anna', digest.slice(0, 12).toUpperCase())).toBe(null)
  expect(asked({}, 'anna', digest.slice(0, 11))).toBe('changed')
  expect(asked({}, 'anna', '')).toBe('changed')
  expect(asked({}, 'anna', `${digest.slice(0, 11)}f`)).toBe('changed')
  expect(isDigest(digest, `${digest}0`)).toBe(false)
})

describe('four eyes', () => {
  const people = fc.constantFrom('anna', 'bruno', 'carla', 'dora')

  it('let nothing go that only its preparers have approved, nor one person alone', () => {
    fc.assert(
      fc.property(fc.array(people), fc.array(people), (preparers, approvers) => {
        const preparedBy: string[] = [...new Set(preparers)]
        const standing = { ...waiting, preparedBy }
        const approvals = [...new Set(approvers)].map((actor) => given(actor))
        const others = approvals.filter(({ actor }) => !preparedBy.includes(actor)).length
        const mayGo = missingApprovals({ ...standing, approvals }, now) === 0
        expect(mayGo).toBe(preparedBy.length > 0 ? others >= 1 : others >= 2)
      }),
    )
  })

  it('want two of a lot that nobody has prepared, and one of another', () => {
    expect(neededApprovers('four-eyes', [])).toBe(2)
    expect(neededApprovers('four-eyes', ['anna'])).toBe(1)
    expect(neededApprovers('one', [])).toBe(1)
    expect(neededApprovers('none', ['anna'])).toBe(0)
  })
})
