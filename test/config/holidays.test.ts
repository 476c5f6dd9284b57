import { afterEach, describe, expect, test, vi } from 'vitest'
import { holidaysVersion, openHolidays } from '../../src/config/holidays.ts'

const day = (text: string) => Temporal.PlainDate.from(text)
const italy = openHolidays({ southTyrol: false })

/** The holidays of a year, each as `MM-DD`. */
function daysOf(year: number, holidays = italy): string[] {
  const first = day(`${year}-01-01`)
  const days = Array.from({ length: first.daysInYear }, (_, days) => first.add({ days }))
  return days.filter(holidays.has).map((one) => one.toString().slice(5))
}

const fixed = ['01-01', '01-06', '04-25', '05-01', '06-02', '08-15', '11-01', '12-08', '12-25']

describe('the public holidays of Italy', () => {
  test('are those of the law, with Easter and the Monday after it', () => {
    expect(daysOf(2025)).toEqual([...fixed, '04-20', '04-21', '12-26'].sort())
  })

  test('have San Francesco from 2026 on', () => {
    expect(daysOf(2026)).toEqual([...fixed, '04-05', '04-06', '10-04', '12-26'].sort())
    expect(italy.has(day('2025-10-04'))).toBe(false)
    expect(italy.has(day('2031-10-04'))).toBe(true)
  })

  test('have no day that is only observed, and no patron saint', () => {
    expect(italy.has(day('2026-05-10'))).toBe(false)
    expect(italy.has(day('2026-06-24'))).toBe(false)
  })

  test('have Whit Monday in the province of Bolzano alone', () => {
    const bolzano = openHolidays({ southTyrol: true })
    expect(daysOf(2026, bolzano).filter((one) => !daysOf(2026).includes(one))).toEqual(['05-25'])
  })

  test.each([
    [2000, '2000-04-23'],
    [2024, '2024-03-31'],
    [2026, '2026-04-05'],
    [2038, '2038-04-25'],
    [2049, '2049-04-18'],
  ])('have the Easter of %i', (year, easter) => {
    expect(italy.easter(year).toString()).toBe(easter)
  })

  test('say which they are: the version of the library', () => {
    expect(holidaysVersion()).toMatch(/^\d+\.\d+\.\d+$/)
  })

  describe('on a host that lives elsewhere', () => {
    const own = process.env['TZ']
    afterEach(() => {
      if (own === undefined) delete process.env['TZ']
      else process.env['TZ'] = own
    })

    test.each([
      ['America/New_York', 300],
      ['Pacific/Apia', -780],
      ['Pacific/Kiritimati', -840],
    ])('are the same days: %s', async (zone, minutesBehind) => {
      const here = years.map((year) => daysOf(year))
      process.env['TZ'] = zone
      expect(new Date('2026-01-01T00:00:00Z').getTimezoneOffset()).toBe(minutesBehind)
      // What has been read here is remembered: the module is loaded anew.
      vi.resetModules()
      const module = await import('../../src/config/holidays.ts')
      const there = module.openHolidays({ southTyrol: false })
      expect(there).not.toBe(italy)
      expect(years.map((year) => daysOf(year, there))).toEqual(here)
    })
    const years = [2026, 2027, 2028]
  })
})
