import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differencesOf, lineDifferences } from '../../../src/pipeline/map/difference.ts'

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)))

/** Differences as `line path: expected → actual`. */
function said(differences: ReturnType<typeof lineDifferences>): string[] {
  return differences.map(
    ({ line, path, expected, actual }) =>
      `${line} ${path}: ${JSON.stringify(expected)} → ${JSON.stringify(actual)}`,
  )
}

describe('two values', () => {
  it('have no difference exactly when they are equal, whatever the order of keys', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        expect(differencesOf(one, structuredClone(one))).toEqual([])
        expect(differencesOf(one, other).length === 0).toBe(isDeepStrictEqual(one, other))
      }),
    )
    expect(differencesOf({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([])
  })

  it('are compared down to the value that differs', () => {
    const expected = { messages: [{ payload: { content: { subject: 'a' } } }], key: 'K' }
    const actual = { messages: [{ payload: { content: { subject: 'b' } } }], more: null }
    expect(said(differencesOf(expected, actual))).toEqual([
      'null messages[0].payload.content.subject: "a" → "b"',
      'null key: "K" → undefined',
      'null more: undefined → null',
    ])
  })

  it('that are short lists are shown side by side', () => {
    expect(said(differencesOf({ refused: ['A'] }, { refused: ['B', 'A'] }))).toEqual([
      'null refused: ["A"] → ["B","A"]',
    ])
  })

  it('are never confused by names that every object has', () => {
    const sneaky = JSON.parse('{"__proto__": {"a": 1}}')
    expect(said(differencesOf({}, sneaky))).toEqual(['null __proto__: undefined → {"a":1}'])
    expect(said(differencesOf({ constructor: 1 }, {}))).toEqual(['null constructor: 1 → undefined'])
  })
})

describe('two texts of JSON lines', () => {
  it('differ with the line and the path', () => {
    const expected = '{"line":2,"key":"A"}\n{"line":3,"key":"B"}\n'
    const actual = '{"line":2,"key":"A"}\n{"line":3,"key":"C"}\n{"line":4,"key":"D"}\n'
    expect(said(lineDifferences(expected, actual))).toEqual([
      '2 key: "B" → "C"',
      '3 : undefined → {"line":4,"key":"D"}',
    ])
  })

  it('are never called equal when a character differs', () => {
    const [difference] = lineDifferences('{"a":1,"b":2}\n', '{"b":2,"a":1}\n')
    expect(difference?.actual).toContain('order')
    expect(lineDifferences('{"a":1}', '{"a":1}\n')).toHaveLength(1)
    expect(lineDifferences('', '\n')).toHaveLength(1)
    expect(said(lineDifferences('no json\n', '{}\n'))).toEqual(['1 : "no json" → {}'])
  })
})
