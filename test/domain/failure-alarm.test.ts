// When staff hear of a feed or a system that fails: not of every stumble, and not again and again.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FailureAlarm, findFailureAlarm } from '../../src/domain/failure-alarm.ts'

const since = Temporal.Instant.from('2027-03-01T08:00:00Z')
const afterMinutes = (minutes: number) => since.add({ minutes })
const passing = { code: 'SRC_UNREACHABLE', retry: true }
const lasting = { code: 'SRC_CREDENTIALS', retry: false }

describe('staff hear of what fails', () => {
  it.each<[string, typeof passing, FailureAlarm | null, number, FailureAlarm | null]>([
    ['at once, where a person is needed', lasting, null, 0, 'person'],
    ['not yet, where it may pass', passing, null, 59, null],
    ['after an hour, where it may pass', passing, null, 60, 'lasting'],
    ['at once of a mail put aside', { code: 'SRC_MAIL', retry: true }, null, 0, 'lasting'],
    ['at once of a full disk', { code: 'SRC_DISK_FULL', retry: true }, null, 0, 'lasting'],
    ['once more, where a person turns out to be needed', lasting, 'lasting', 90, 'person'],
    ['no more, once it is known to last', passing, 'lasting', 600, null],
    ['no more, once a person is asked for', lasting, 'person', 600, null],
    ['no more, though it may pass after all', passing, 'person', 600, null],
  ])('%s', (_, failure, known, minutes, alarm) => {
    expect(findFailureAlarm(failure, known, since, afterMinutes(minutes))).toBe(alarm)
  })

  it('at most twice of one time of trouble, whatever fails in it', () => {
    const codes = fc.constantFrom('SRC_MAIL', 'SRC_DISK_FULL', 'SRC_UNREACHABLE', 'SRC_HOST_KEY')
    const failure = fc.record({ code: codes, retry: fc.boolean() })
    fc.assert(
      fc.property(fc.array(failure, { maxLength: 50 }), (failures) => {
        let known: FailureAlarm | null = null
        let told = 0
        for (const [index, one] of failures.entries()) {
          const alarm = findFailureAlarm(one, known, since, afterMinutes(index * 5))
          if (alarm === null) continue
          known = alarm
          told += 1
        }
        expect(told).toBeLessThanOrEqual(2)
      }),
    )
  })
})
