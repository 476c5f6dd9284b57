import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compared,
  compareRenderings,
  type Outcome,
  type Rendering,
} from '../../../src/pipeline/map/replay.ts'

function rendering(line: number, said: Partial<Rendering> & { parts?: Map<string, string> } = {}) {
  const notice = { outcome: 'notice' as Outcome, matters: '[100]', first: 'text' }
  return { line, key: `K${line}`, parts: new Map([['title', 'one']]), ...notice, ...said }
}

async function* each(all: readonly Rendering[]): AsyncGenerator<Rendering, undefined> {
  yield* all
  return undefined
}

async function pairs(before: readonly Rendering[], after: readonly Rendering[]) {
  return Array.fromAsync(compareRenderings(each(before), each(after)))
}

describe('two renderings of a record', () => {
  it('are equal only where every part is', () => {
    expect(compared(rendering(1), rendering(1)).change).toBe('equal')
    const other = rendering(1, { parts: new Map([['title', 'two']]) })
    expect(compared(rendering(1), other)).toMatchObject({
      change: 'changed',
      parts: [{ part: 'title', before: 'one', after: 'two' }],
      leavesAgain: false,
    })
    const more = rendering(1, { parts: new Map(rendering(1).parts).set('reminder 1 leaves', 'x') })
    expect(compared(rendering(1), more).parts).toEqual([
      { part: 'reminder 1 leaves', before: null, after: 'x' },
    ])
  })

  it('leave again where what matters and the text are others', () => {
    const dearer = rendering(1, { matters: '[200]' })
    expect(compared(rendering(1), dearer).leavesAgain).toBe(false)
    expect(compared(rendering(1), { ...dearer, first: 'other' }).leavesAgain).toBe(true)
    expect(compared(rendering(1), rendering(1, { first: 'other' })).leavesAgain).toBe(false)
    expect(compared(rendering(1), { ...dearer, first: null }).leavesAgain).toBe(false)
  })

  it('leave again under another key, and where it was no message', () => {
    expect(compared(rendering(1), rendering(1, { key: 'new' }))).toMatchObject({
      change: 'rekeyed',
      leavesAgain: true,
    })
    const refused = rendering(1, { outcome: 'refused', matters: null, first: null })
    expect(compared(refused, rendering(1))).toMatchObject({
      ...{ change: 'notice', was: 'refused', leavesAgain: true },
    })
    expect(compared(rendering(1), refused)).toMatchObject({
      ...{ change: 'refused', was: 'notice', leavesAgain: false },
    })
  })
})

describe('two renderings of a drop', () => {
  it('are paired by their line, also where one reads records that the other does not', async () => {
    const found = await pairs(
      [2, 2, 3, 5].map((line) => rendering(line)),
      [2, 3, 4, 5, 5].map((line) => rendering(line)),
    )
    expect(found.map(({ line, change, was }) => [line, change, was])).toEqual([
      [2, 'equal', 'notice'],
      [2, 'gone', 'notice'],
      [3, 'equal', 'notice'],
      [4, 'notice', null],
      [5, 'equal', 'notice'],
      [5, 'notice', null],
    ])
  })

  it('name each record of both exactly once', async () => {
    const lines = fc.array(fc.integer({ min: 1, max: 20 })).map((all) => all.sort((a, b) => a - b))
    await fc.assert(
      fc.asyncProperty(lines, lines, async (old, now) => {
        const found = await pairs(
          old.map((line) => rendering(line)),
          now.map((line) => rendering(line)),
        )
        const gone = found.filter(({ change }) => change === 'gone').length
        const come = found.filter(({ was }) => was === null).length
        expect(found.length - come).toBe(old.length)
        expect(found.length - gone).toBe(now.length)
        expect(found.map(({ line }) => line)).toEqual(
          found.map(({ line }) => line).sort((a, b) => a - b),
        )
      }),
    )
  })
})
