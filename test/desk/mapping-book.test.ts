import { expect, it } from 'vitest'
import { diffOf } from '../../src/desk/mapping-book.ts'

const shown = (before: string, after: string) =>
  diffOf(before.split(''), after.split(''))
    .map(({ kind, text }) => ({ same: text, gone: `-${text}`, new: `+${text}` })[kind])
    .join(' ')

it('what stays stays in its place, and what changes is gone and new', () => {
  expect(shown('abc', 'abc')).toBe('a b c')
  expect(shown('abc', 'adc')).toBe('a -b +d c')
  expect(shown('abc', 'bcd')).toBe('-a b c +d')
  expect(shown('ab', 'xaby')).toBe('+x a b +y')
})
