import { expect, test } from 'vitest'
import { dueInstant } from '../../src/domain/civil-date.ts'
import type { NoticeData } from '../../src/domain/notice.ts'
import { canonicalJson } from '../../src/mapping/canonical.ts'
import { postponer } from '../../src/mapping/postponed.ts'

const data = (day: string | null): NoticeData => ({
  key: 'A|1',
  group: null,
  fiscalCode: 'AAAAAA00A00A000A',
  dueAt: day && dueInstant(day),
  payment: null,
  facets: { customer: null, document: null, emission: null },
  fields: { scadenza: day, rata: { termine: day, importo: 100 }, importo: 100 },
})

test('the data is what the source would give with the new date, in a field or in a lookup', () => {
  const before = data('2026-03-20')
  const after = data('2026-12-31')
  const { fields } = after
  const inField = { ...after, fields: { ...fields, rata: before.fields['rata']! } }
  const inLookup = { ...after, fields: { ...fields, scadenza: '2026-03-20' } }
  const dueAt = dueInstant('2026-12-31')
  expect(canonicalJson(postponer('scadenza')(before, dueAt))).toBe(canonicalJson(inField))
  expect(canonicalJson(postponer('rata.termine')(before, dueAt))).toBe(canonicalJson(inLookup))
  expect(before).toEqual(data('2026-03-20'))
})

test('without a due date in the mapping, or in the notice, there is nothing to move', () => {
  const dueAt = dueInstant('2026-12-31')
  expect(postponer(undefined)(data('2026-03-20'), dueAt)).toBeNull()
  expect(postponer('scadenza')(data(null), dueAt)).toBeNull()
})
