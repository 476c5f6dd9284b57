import { expect, test } from 'vitest'
import { actWords } from '../../src/domain/act-words.ts'

test('an act is read in the language of who looks, with its figures', () => {
  expect(actWords('stopped', 'it')).toBe('interrotto')
  expect(actWords('stopped', 'en')).toBe('stopped')
  expect(actWords('overrode FLOW_AMOUNTS', 'it')).toBe('sbloccato FLOW_AMOUNTS')
  expect(actWords('resolved 3 as cancelled', 'it')).toBe('decisi 3 messaggi: cancelled')
})

test('what nobody has words for is read as it stands', () => {
  expect(actWords('moved 3 messages with their time zone, Europe/Rome', 'it')).toBe(
    'moved 3 messages with their time zone, Europe/Rome',
  )
})
