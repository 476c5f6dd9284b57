// Nothing personal passes from IO's details into ours.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeDetail, safeTitle } from '../../src/io/safe-detail.ts'

const length = 'string of length >= 10 and < 121'

test('the three dialects keep path and expectation, and lose the value', () => {
  expect(safeDetail(`value "Rossi" at root.content.subject is not a valid [${length}]`)).toBe(
    `at root.content.subject is not a valid [${length}]`,
  )
  expect(safeDetail('value ["abc"] at [root] is not a valid [string that matches "^[0-9]$"]')).toBe(
    'at [root] is not a valid [string that matches "^[0-9]$"]',
  )
  expect(safeDetail('value [undefined] at [root.0.fiscal_code] is not a valid [string]')).toBe(
    'at [root.0.fiscal_code] is not a valid [string]',
  )
})

test('several faults are joined', () => {
  expect(
    safeDetail('value 1 at root.a is not a valid [x]\nvalue 2 at root.b is not a valid [y]'),
  ).toBe('at root.a is not a valid [x]; at root.b is not a valid [y]')
})

test('other details give nothing', () => {
  expect(safeDetail('Unexpected token R in JSON: RSSMRA80A01H501U')).toBe('')
  expect(safeDetail('value "x" at root.content is not a known property')).toBe('')
  expect(safeDetail('value 1 at root.Mario Rossi is not a valid [x]')).toBe('')
})

test('a text that imitates the phrase does not smuggle itself through', () => {
  const imitations = fc.constantFrom(
    ' at root.content is not a valid [CANARY]',
    'CANARY at root is not a valid [',
    '\nvalue 1 at root.x is not a valid [CANARY]',
    'CANARY',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(imitations, fc.string())), (parts) => {
      const value = JSON.stringify(parts.join('CANARY'))
      const detail = `value ${value} at root.content.markdown is not a valid [${length}]`
      expect(safeDetail(detail)).toBe(`at root.content.markdown is not a valid [${length}]`)
    }),
  )
})

test('only IO’s fixed titles are repeated', () => {
  expect(safeTitle('Production call forbidden')).toBe('Production call forbidden')
  expect(safeTitle('RSSMRA80A01H501U is unknown')).toBe('')
})
