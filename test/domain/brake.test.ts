import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Braked,
  type BrakeRules,
  type Ending,
  endingOf,
  LEAST_ENDINGS,
  openWindow,
  WINDOW_ENDINGS,
} from '../../src/domain/brake.ts'

const rules: BrakeRules = { refusedPercent: 20, sameCause: 50, outlierPercent: 20 }
const sent: Ending = { cause: null, isRefused: false, isOutlier: null }
const refused: Ending = { cause: 'IO_PAYLOAD', isRefused: true, isOutlier: null }
const lost: Ending = { cause: 'IO_ANSWER_LOST', isRefused: false, isOutlier: null }
const usual: Ending = { ...sent, isOutlier: false }
const huge: Ending = { ...sent, isOutlier: true }

/** The first verdict, and after how many endings. */
function braked(endings: Ending[], by = rules): [number, Braked] | null {
  const window = openWindow(by)
  for (const [index, ending] of endings.entries()) {
    const verdict = window.add(ending)
    if (verdict !== null) return [index + 1, verdict]
  }
  return null
}

const times = (count: number, ending: Ending): Ending[] => Array(count).fill(ending)

describe('the brake', () => {
  it('stops a flow of which IO refuses more than a share, from fifty endings on', () => {
    expect(braked(times(49, refused))).toBeNull()
    expect(braked(times(60, refused))).toEqual([
      50,
      { by: 'refused', count: 50, of: 50, cause: 'IO_PAYLOAD' },
    ])
    const thirty = Array.from({ length: 100 }, (_, n) => (n % 10 < 3 ? refused : sent))
    expect(braked(thirty)?.[1]).toMatchObject({ by: 'refused', cause: 'IO_PAYLOAD' })
  })

  it('lets a flow go on of which as much as the share is refused', () => {
    const fifth = Array.from({ length: 1000 }, (_, n) => (n % 5 === 4 ? refused : sent))
    expect(braked(fifth)).toBeNull()
  })

  it('stops a flow with too many unknown outcomes of one cause, though none was refused', () => {
    const every = Array.from({ length: 1000 }, (_, n) => (n % 3 === 0 ? lost : sent))
    expect(braked(every)?.[1]).toEqual({
      ...{ by: 'same-cause', count: 51, of: 151, cause: 'IO_ANSWER_LOST' },
    })
  })

  it('stops a flow whose second half asks a hundred times as much', () => {
    const [after, verdict] = braked([...times(200, usual), ...times(200, huge)])!
    expect(verdict).toEqual({ by: 'outliers', count: 41, of: 200, cause: null })
    expect(after).toBe(241)
  })

  it('judges the outliers of those with a payment, however many have none', () => {
    const few = [...times(150, sent), ...times(30, usual), ...times(20, huge)]
    expect(braked(few)?.[1]).toEqual({ by: 'outliers', count: 20, of: 50, cause: null })
    expect(braked([...times(150, sent), ...times(29, usual), ...times(20, huge)])).toBeNull()
  })

  it('never stops for what counts nowhere, and remembers two hundred', () => {
    const old = [...times(40, refused), ...times(160, sent)]
    expect(braked([...times(160, sent), ...old, ...times(40, sent), ...times(40, refused)])).toBe(
      null,
    )
  })

  const ending = fc.constantFrom(sent, refused, lost, usual, huge)

  it('is the same as counting the last two hundred by hand', () => {
    fc.assert(
      fc.property(fc.array(ending, { maxLength: 700, size: 'max' }), (endings) => {
        const window = openWindow(rules)
        for (const [index, one] of endings.entries()) {
          const last = endings.slice(Math.max(0, index + 1 - WINDOW_ENDINGS), index + 1)
          const verdict = window.add(one)
          const worst = one.cause !== null || one.isOutlier === true
          expect(verdict !== null).toBe(worst && isBad(last))
        }
      }),
    )
  })

  function isBad(last: Ending[]): boolean {
    const many = (test: (one: Ending) => boolean) => last.filter(test).length
    const isRefused = many((one) => one.isRefused)
    const payments = many((one) => one.isOutlier !== null)
    const outliers = many((one) => one.isOutlier === true)
    const causes = ['IO_PAYLOAD', 'IO_ANSWER_LOST'].map((code) => many((one) => one.cause === code))
    return (
      (last.length >= LEAST_ENDINGS && isRefused > last.length * 0.2) ||
      Math.max(...causes) > 50 ||
      (payments >= LEAST_ENDINGS && outliers > payments * 0.2)
    )
  }
})

describe('an outcome', () => {
  it.each([
    [{ kind: 'undeliverable', code: 'no-profile' } as const],
    [
      {
        ...({ kind: 'deferred', code: 'IO_RATE', detail: '', scope: 'account' } as const),
        ...{ retryAfterSeconds: null, counts: false },
      },
    ],
  ])('is nothing to the brake where the citizen or the moment decides: %j', (outcome) => {
    expect(endingOf(outcome, 100, 10)).toBeNull()
  })

  it('is an outlier from ten times the usual amount on', () => {
    const accepted = { kind: 'accepted', ioId: '01AAAAAAAAAAAAAAAAAAAAAAAA' } as const
    expect(endingOf(accepted, 1000, 100)?.isOutlier).toBe(true)
    expect(endingOf(accepted, 999, 100)?.isOutlier).toBe(false)
    expect(endingOf(accepted, null, 100)?.isOutlier).toBeNull()
    expect(endingOf(accepted, 1000, null)?.isOutlier).toBeNull()
  })
})
