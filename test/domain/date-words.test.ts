// Dates in Italian sentences: the weekday, and articles that agree with the day.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateArticles, formatDateAfter, formatWeekdayDate } from '../../src/domain/date-words.ts'

describe('a date after an article', () => {
  it.each([
    ['il', '2026-10-31', 'il 31 ottobre 2026'],
    ['il', '2026-10-01', 'il 1° ottobre 2026'],
    ['il', '2026-10-08', "l'8 ottobre 2026"],
    ['il', '2026-10-11', "l'11 ottobre 2026"],
    ['il', '2026-10-18', 'il 18 ottobre 2026'],
    ['il', '2011-10-12', 'il 12 ottobre 2011'],
    ['del', '2026-10-11', "dell'11 ottobre 2026"],
    ['del', '2026-10-12', 'del 12 ottobre 2026'],
    ['al', '2026-10-08', "all'8 ottobre 2026"],
    ['dal', '2026-10-08', "dall'8 ottobre 2026"],
    ['entro il', '2026-10-11', "entro l'11 ottobre 2026"],
    ['entro il', '2026-10-01', 'entro il 1° ottobre 2026'],
  ])('%s, %s reads %j', (article, date, expected) => {
    expect(formatDateAfter(article, date)).toBe(expected)
  })

  it('elides before the eighth and the eleventh alone', () => {
    const days = fc.integer({ min: 1, max: 28 })
    fc.assert(
      fc.property(days, fc.constantFrom(...dateArticles), (day, article) => {
        const text = formatDateAfter(article, `2026-10-${String(day).padStart(2, '0')}`)
        expect(text.includes("l'")).toBe(day === 8 || day === 11)
        expect(text).toContain(`${day}${day === 1 ? '°' : ''} ottobre 2026`)
      }),
    )
  })
})

it('a date with its weekday names the right one', () => {
  expect(formatWeekdayDate('2026-10-31')).toBe('sabato 31 ottobre 2026')
  expect(formatWeekdayDate('2028-02-29')).toBe('martedì 29 febbraio 2028')
  expect(formatWeekdayDate('2026-11-01')).toBe('domenica 1 novembre 2026')
})
