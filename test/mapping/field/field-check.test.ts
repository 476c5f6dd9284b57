// What a field declares beyond the form of its keys: options that contradict each other.
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import { checkField } from '../../../src/mapping/field/field-check.ts'
import { FieldSpec } from '../../../src/mapping/field/field-spec.ts'

function faultsOf(type: string, more: object): string[] {
  const faults = createFaults()
  checkField('campo', FieldSpec.parse({ column: 'X', type, ...more }), faults)
  return faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a field', () => {
  it.each<[string, object]>([
    ['date', { formats: ['dd/MM/yyyy'] }],
    ['date', { formats: ['dd/MM/yyyy', 'dd/MM/yy'], pivot: 0 }],
    ['boolean', {}],
    ['text', { absent: 'empty', optional: true }],
    ['text', { values: { '1': 'a', '01': 'b' } }],
    ['noticeNumber', {}],
    ['noticeNumber', { fromIuv: { auxDigit: 0, code: '01' } }],
    ['noticeNumber', { fromIuv: { auxDigit: 1 } }],
    ['noticeNumber', { fromIuv: { auxDigit: 3 } }],
    ['noticeNumber', { fromIuv: { auxDigit: 3, code: '01' } }],
  ])('of type %s with %j is good', (type, more) => {
    expect(faultsOf(type, more)).toEqual([])
  })

  it.each<[string, object, RegExp]>([
    ['text', { absent: 'empty' }, /campo\.absent: a column that may be missing/],
    ['date', { formats: ['dd/MM/yy'] }, /fields\.campo\.formats: dd\/MM\/yy has a year of two/],
    ['date', { formats: ['dd/MM/yyyy'], pivot: 40 }, /fields\.campo\.pivot: no format/],
    ['boolean', { true: ['S'], false: ['s'] }, /campo\.false: s is both true and false/],
    ['text', { values: { a: 'x', A: 'y' } }, /campo\.values: a and A are the same value/],
    ['text', { values: { '1': 'x', '01': 'y' }, normalise: ['zeros'] }, /1 and 01 are the same/],
    ['noticeNumber', { fromIuv: { auxDigit: 0 } }, /campo\.fromIuv: auxDigit 0 without/],
    ['noticeNumber', { fromIuv: { auxDigit: 2, code: '01' } }, /auxDigit 2 has no code/],
  ])('of type %s with %j is a fault', (type, more, expected) => {
    const faults = faultsOf(type, more)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(expected)
  })
})
