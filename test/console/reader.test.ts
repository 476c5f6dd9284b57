import { expect, it } from 'vitest'
import { languageOf } from '../../src/console/reader.ts'
import { createThrottle } from '../../src/console/throttle.ts'

it.each([
  [undefined, 'it'],
  ['', 'it'],
  ['it-IT,it;q=0.9,en;q=0.8', 'it'],
  ['en', 'en'],
  ['en-GB,en;q=0.9,it;q=0.5', 'en'],
  ['de-DE,de;q=0.9', 'it'],
  ['de, en;q=0.7, it;q=0.3', 'en'],
  ['en;q=0, it;q=0', 'it'],
  ['en;q=x', 'it'],
  [`${'x'.repeat(10_000)},en`, 'it'],
] as const)('who accepts %j reads %s', (accepted, language) => {
  expect(languageOf(accepted)).toBe(language)
})

it('an address may make so many requests a minute, and others theirs', () => {
  const mayAsk = createThrottle(2)
  const at = Temporal.Instant.from('2026-11-22T10:00:00Z')
  expect([1, 2, 3].map(() => mayAsk('192.0.2.1', at))).toEqual([true, true, false])
  expect(mayAsk('192.0.2.2', at)).toBe(true)
  expect(mayAsk('192.0.2.1', at.add({ seconds: 59 }))).toBe(false)
  expect(mayAsk('192.0.2.1', at.add({ seconds: 60 }))).toBe(true)
})
