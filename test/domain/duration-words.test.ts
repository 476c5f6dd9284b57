import { expect, it } from 'vitest'
import { bytesIn } from '../../src/domain/byte-words.ts'
import { durationIn } from '../../src/domain/duration-words.ts'

it.each([
  [0, '0 secondi', '0 seconds'],
  [1, '1 secondo', '1 second'],
  [89, '89 secondi', '89 seconds'],
  [90, '2 minuti', '2 minutes'],
  [3_600, '60 minuti', '60 minutes'],
  [5_400, '2 ore', '2 hours'],
  [86_400, '24 ore', '24 hours'],
  [3 * 86_400, '3 giorni', '3 days'],
])('%d seconds are %s', (seconds, italian, english) => {
  expect([durationIn('it', seconds), durationIn('en', seconds)]).toEqual([italian, english])
})

it.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [1_500, '1,5 kB'],
  [81_500_000_000, '81,5 GB'],
  [271_000_000_000, '271 GB'],
])('%d bytes are %s', (bytes, italian) => {
  expect(bytesIn('it', bytes)).toBe(italian)
})
