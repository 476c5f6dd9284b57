import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseYaml } from '../../src/config/yaml-file.ts'

function messages(text: string): string[] {
  return parseYaml('file.yaml', text).problems.map((problem) => {
    return `${problem.line}:${problem.column} ${problem.code} ${problem.message}`
  })
}

describe('parseYaml', () => {
  it('reads YAML 1.2: no is a word, 08 is a number, a time and a date are text', () => {
    const { file } = parseYaml('file.yaml', 'a: no\nb: 08\nc: 09:30\nd: 2026-01-31\ne: ~\n')
    expect({ ...(file.data as object) }).toEqual({
      ...{ a: 'no', b: 8, c: '09:30', d: '2026-01-31', e: null },
    })
  })

  it('stays YAML 1.2 when the file says otherwise', () => {
    const { file } = parseYaml('file.yaml', '%YAML 1.1\n---\na: no\n')
    expect((file.data as Record<string, unknown>)['a']).toBe('no')
  })

  it('gives maps without a prototype', () => {
    const { file } = parseYaml('file.yaml', 'a: { b: 1 }')
    const data = file.data as Record<string, object>
    expect(Object.getPrototypeOf(data)).toBeNull()
    expect(Object.getPrototypeOf(data['a'])).toBeNull()
  })

  it('takes an empty file as an empty group of keys', () => {
    expect(parseYaml('file.yaml', '# nothing yet\n').file.data).toEqual(Object.create(null))
  })

  it('refuses keys that reach into prototypes, and merge keys', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '<<', '"__proto__"']) {
      expect(messages(`a: 1\n${key}: { polluted: true }`)).toEqual([
        `2:1 CFG_UNKNOWN_KEY "${key.replaceAll('"', '')}" cannot be a key`,
      ])
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })

  it('refuses tags, doubled keys, several documents and keys that are no names', () => {
    expect(messages('a: !!js/function "x"')).toEqual([
      '1:4 CFG_YAML tags such as `!name` have no meaning here',
    ])
    expect(messages('a: 1\nb: 2\n"a": 3')).toEqual(['3:1 CFG_YAML the key "a" stands twice'])
    expect(messages('a: 1\n---\nb: 1')).toEqual([
      '2:1 CFG_YAML a file holds one document: `---` must not begin another',
    ])
    expect(messages('? [a]\n: 1')).toEqual(['1:3 CFG_YAML a key must be a plain name'])
  })

  it('follows aliases, a bounded number of them and never in circles', () => {
    const { file } = parseYaml('file.yaml', 'a: &x [1]\nb: *x\n')
    expect({ ...(file.data as object) }).toEqual({ a: [1], b: [1] })
    expect(messages('a: *x')).toEqual(['1:4 CFG_YAML no `&x` stands before this alias'])
    expect(messages('a: &x [*x]')).toEqual(['1:7 CFG_YAML the file is nested too deeply'])
    const many = `a: &x 1\n${Array.from({ length: 101 }, (_, i) => `b${i}: *x`).join('\n')}`
    expect(messages(many)).toEqual(['102:7 CFG_YAML the file has too many aliases'])
  })

  it('stops at an anchor bomb', () => {
    const levels = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
    for (const [above, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) =>
      pair.split(''),
    )) {
      levels.push(`${name}: &${name} [${Array(10).fill(`*${above}`).join(',')}]`)
    }
    expect(messages(levels.join('\n'))).toHaveLength(1)
  })

  it('stops at absurd nesting and at absurd length', () => {
    expect(messages('['.repeat(100_000))).not.toEqual([])
    expect(messages(`${'['.repeat(60)}${']'.repeat(60)}`)).toEqual([
      '1:52 CFG_YAML the file is nested too deeply',
    ])
    expect(messages(`[${'1,'.repeat(100_001)}]`)).toEqual([
      '1:200000 CFG_YAML the file has too many values',
    ])
  })

  it('answers any text with data or with problems, and never throws', () => {
    const piece = fc.constantFrom(
      ...['a', ': ', '\n', '  ', '- ', '[', ']', '{', '}', '&x ', '*x', '!t ', '"', "'", '|', '>'],
      ...['#', '%', '---\n', '? ', ',', '\t', '1', '\u0000', '\uFEFF', '😀', '<<', '__proto__'],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { file, problems } = parseYaml('file.yaml', pieces.join(''))
        expect(file.data === undefined).toBe(problems.length > 0)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('places', () => {
  const { file } = parseYaml(
    'file.yaml',
    'a:\n  b: [x, yy]\ntext: |\n\n  two\n  three\nfolded: >\n  x\nalias: &k { c: 1 }\nagain: *k\nquoted: "one two"\nescaped: "x\\ny z"\n',
  )

  it('are those of the value or of its key, 1-based', () => {
    expect(file.place(['a', 'b', 1], 'value')).toEqual({ line: 2, column: 10 })
    expect(file.place(['a', 'b'], 'key')).toEqual({ line: 2, column: 3 })
  })

  it('of what is not there are those of what should hold it', () => {
    expect(file.place(['a', 'b', 7], 'value')).toEqual({ line: 2, column: 6 })
    expect(file.place(['a', 'c'], 'key')).toEqual({ line: 1, column: 1 })
    expect(file.place(['zzz', 'c'], 'key')).toEqual({ line: 1, column: 1 })
  })

  it('behind an alias are those of the anchor', () => {
    expect(file.place(['again', 'c'], 'value').line).toBe(9)
  })

  it('inside a text that keeps its lines are those of the file', () => {
    expect(file.placeInText(['text'], 1, 1)).toEqual({ line: 4, column: 1 })
    expect(file.placeInText(['text'], 2, 2)).toEqual({ line: 5, column: 4 })
    expect(file.placeInText(['text'], 3, 1)).toEqual({ line: 6, column: 3 })
    expect(file.placeInText(['quoted'], 1, 5)).toEqual({ line: 11, column: 14 })
  })

  it('inside a text that is written otherwise are those of its beginning', () => {
    expect(file.placeInText(['folded'], 1, 1)).toEqual({ line: 7, column: 9 })
    expect(file.placeInText(['escaped'], 2, 2)).toEqual({ line: 12, column: 10 })
    expect(file.placeInText(['a'], 1, 1)).toEqual({ line: 2, column: 3 })
  })
})
