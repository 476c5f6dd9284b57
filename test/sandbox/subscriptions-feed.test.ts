// The subscriptions feed as IO answers it.
// The section is that of the contract with IO's service side.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { citizen, givenSandbox, lacking, testEach } from './given.ts'

const given = givenSandbox()

describe('§1.5 the subscriptions feed', () => {
  const feed = (date: string): [string, string] => ['GET', `/subscriptions-feed/${date}`]
  const reads = { groups: ['ApiSubscriptionsFeedRead'] }
  testEach(given, [
    ['needs its group', {}, feed('x'), 403, 'You are not allowed here', lacking],
    [
      'wants a date',
      reads,
      feed('15-01-2026'),
      400,
      'Invalid ShortDateString',
      'value ["15-01-2026"] at [root] is not a valid [ShortDateString]',
    ],
    [
      'wants the service before the date',
      { ...reads, service: { missing: true } },
      feed('x'),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'wants an address inside, after the date and before the day',
      { ...reads, service: { authorized_cidrs: ['10.0.0.0/8'] }, client_ip: '192.0.2.1' },
      feed('2026-01-15'),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'wants a month that exists',
      reads,
      feed('2026-13-01'),
      400,
      'Invalid ShortDateString',
      'value ["2026-13-01"] at [root] is not a valid [ShortDateString]',
    ],
    [
      'has a day from the next midnight in UTC',
      reads,
      feed('2026-01-15'),
      404,
      'Data not available yet',
      'Subscription data for 2026-01-15 will be available from Fri, 16 Jan 2026 00:00:00 GMT',
    ],
  ])

  test.each([
    [[citizen], 1, 0],
    [{ unsubscriptions: [citizen], subscriptions: null }, 0, 1],
    [{ service_unsubscriptions: [citizen], profile_subscriptions: [citizen] }, 1, 1],
  ])('%j is told as %d who came and %d who left', async (changes_that_day, came, left) => {
    await given.load({ ...reads, changes_that_day })
    const { body } = await given.ask(...feed('2026-01-14'))
    expect(body?.['subscriptions']).toHaveLength(came)
    expect(body?.['unsubscriptions']).toHaveLength(left)
  })

  test('tells hashes of upper-case codes; a 31st of February passes', async () => {
    await given.load({ ...reads, changes_that_day: { subscriptions: [citizen] } })
    const hash = createHash('sha256').update(citizen).digest('hex')
    for (const dateUTC of ['2026-01-14', '2025-02-31']) {
      const { body } = await given.ask(...feed(dateUTC))
      expect(body).toEqual({ dateUTC, subscriptions: [hash], unsubscriptions: [] })
    }
  })
})
