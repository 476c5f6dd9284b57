// Values of a file of cases, written anew in their places.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { rewriteValues } from '../../src/config/cases-rewrite.ts'

const text = `# Above
cases:
  - name: first   # beside
    expect: { amountCents: 3600, key: "A|1" } # what it costs

  - name: second
    expect:
      subject: 'Un titolo'  # quoted
      warnings:
        - A
        - B
      # below the list
      payload:
        content:
          markdown: |-
            Uno

            due
      messages: 2
`

const at = (index: number, ...path: (string | number)[]) => ['cases', index, 'expect', ...path]

it('keeps comments, blanks and quotes around the values that it replaces', () => {
  const written = rewriteValues(text, [
    { path: at(0, 'amountCents'), value: 3700 },
    { path: at(1, 'subject'), value: 'Un altro: titolo' },
    { path: at(1, 'warnings'), value: ['C'] },
    { path: at(1, 'payload', 'content', 'markdown'), value: 'Tre\n\nquattro' },
    { path: at(1, 'messages'), value: 1 },
  ])
  expect(written).toBe(
    text
      .replace('3600', '3700')
      .replace("'Un titolo'", '"Un altro: titolo"')
      .replace('warnings:\n        - A\n        - B\n', 'warnings: [C]\n')
      .replace('Uno\n\n            due', 'Tre\n\n            quattro')
      .replace('messages: 2', 'messages: 1'),
  )
})

it('writes the whole of what is expected, in a flow and below its key', () => {
  const first = { refused: ['REC_A', 'REC_B'] }
  const second = { skipped: 'niente: nulla', messages: 0 }
  const written = rewriteValues(text, [
    { path: at(0), value: first },
    { path: at(1), value: second },
  ])
  expect(written).toContain('expect: { refused: [REC_A, REC_B] } # what it costs\n')
  expect(written).toContain('expect: { skipped: "niente: nulla", messages: 0 }\n')
  expect(parseDocument(written).toJS().cases[1]).toEqual({ name: 'second', expect: second })
})

it('whatever a text is, it reads back as it was meant, or nothing is written', () => {
  const places = [at(0, 'key'), at(1, 'subject'), at(1, 'payload', 'content', 'markdown')]
  const value = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.lorem())
  const lines = fc.array(value, { minLength: 1, maxLength: 4 }).map((all) => all.join('\n'))
  fc.assert(
    fc.property(fc.constantFrom(...places), lines, (path, one) => {
      const read = parseDocument(rewriteValues(text, [{ path, value: one }]))
      expect(read.errors).toEqual([])
      expect(read.getIn(path)).toBe(one)
    }),
    { numRuns: 500 },
  )
})

it('a value whose place is not there is not written', () => {
  expect(() => rewriteValues(text, [{ path: at(0, 'subject'), value: 'x' }])).toThrow('by hand')
})
