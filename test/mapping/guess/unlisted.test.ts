// Values of a sample that a mapping does not list: judged as its own reader judges them.
import { describe, expect, it } from 'vitest'
import { FieldSpec } from '../../../src/mapping/field/field-spec.ts'
import { parserOf } from '../../../src/mapping/field/value-parser.ts'
import { listOf } from '../../../src/mapping/guess/unlisted.ts'

const field = FieldSpec.parse({
  ...{ column: 'SERVIZIO', type: 'text', padLeft: 2, normalise: ['case'] },
  values: { '01': 'asilo', '0B': 'mensa' },
})

describe('a value of a field with a list', () => {
  it.each(['01', '1', ' 1 ', '0b', 'b', '2', 'C', '001'])(
    'is listed where the mapping would take it: %j',
    (value) => {
      const isTaken = typeof parserOf(field)(value.trim()) === 'string'
      expect(listOf(field)?.(value)).toBe(isTaken)
    },
  )

  it('is listed without the zeros that its field puts back', () => {
    expect(['1', 'b', '3'].map((value) => listOf(field)?.(value))).toEqual([true, true, false])
  })
})
