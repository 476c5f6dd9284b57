// The cases of a mapping that was a template: one for each thing that its texts tell apart, about
// nobody.
import { expect, it } from 'vitest'
import { inventCases } from '../../../src/mapping/govio/cases.ts'
import { bodyOf, placeholder, turned } from './turned.ts'

it('are one with all values, and one for each thing that matters', () => {
  const body = bodyOf(
    '<#if rata == "UNICA">Rata unica<#elseif rata == "1">Prima</#if><#if nota??>Nota</#if>' +
      ' $' +
      '{amount_currency} $' +
      '{full_name}',
  )
  const placeholders = [
    placeholder('full_name', 1),
    placeholder('rata', 2),
    placeholder('nota', 3, 'STRING', { mandatory: false }),
  ]
  const cases = inventCases(turned({ payment: true, placeholders, body }))
  expect(cases.map(({ name }) => name)).toEqual([
    'a record with all its values',
    'an amount of cents is euro and cents',
    'rata is Altro',
    'rata is 1',
    'a record without the values that may be missing',
    'a record without rata is refused',
  ])
  expect(cases[0]?.record).toMatchObject({ rata: 'UNICA', full_name: 'Caterina Esempi' })
  expect(cases[1]).toMatchObject({ record: { amount: '999' }, contains: ['9,99'] })
  expect(cases.at(-1)).toMatchObject({ isRefused: true })
})
