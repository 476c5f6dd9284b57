import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readForm } from '../../src/console/test-form.ts'

const form = (fields: Record<string, string>) => readForm(new URLSearchParams(fields), [1, 2])

it('a note without a choice reports a problem', () => {
  const { said, faults } = form({ 'note-2': 'manca la rata' })
  expect({ said, faults }).toEqual({
    said: [{ item: 2, answer: 'problem', note: 'manca la rata' }],
    faults: [],
  })
})

it.each([
  [{}, [{ item: null, what: 'none' }]],
  [{ 'answer-1': 'forse' }, [{ item: null, what: 'none' }]],
  [{ 'answer-3': 'ok' }, [{ item: null, what: 'none' }]],
  [{ 'answer-1': 'problem', 'note-1': ' \n ' }, [{ item: 1, what: 'noteMissing' }]],
  [{ 'answer-1': 'ok', 'note-1': 'no' }, [{ item: 1, what: 'noteUnmeant' }]],
  [{ all: 'ok', 'note-2': 'no' }, [{ item: 2, what: 'noteUnmeant' }]],
])('%j is not kept', (fields, faults) => {
  expect(form(fields as unknown as Record<string, string>).faults).toEqual(faults)
})

it('whatever is typed, only messages that were sent are answered, with notes of 500 units', () => {
  const fields = fc.dictionary(
    fc.constantFrom('all', 'answer-1', 'answer-2', 'answer-9', 'note-1', 'note-2', 'note-9'),
    fc.oneof(fc.constantFrom('ok', 'problem', ''), fc.string({ maxLength: 900 })),
  )
  fc.assert(
    fc.property(fields, (typed) => {
      const { said, entries } = form(typed)
      expect(entries.map(({ item }) => item)).toEqual([1, 2])
      expect(said.every(({ item }) => item === 1 || item === 2)).toBe(true)
      expect(entries.every(({ note }) => note.length <= 500)).toBe(true)
    }),
  )
})
