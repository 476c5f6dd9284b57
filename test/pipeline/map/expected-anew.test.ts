// What a case would expect today: the same keys, with what is so now.
import { expect, it } from 'vitest'
import type { ExpectSpec } from '../../../src/mapping/case-spec.ts'
import { editsOf, expectAnew } from '../../../src/pipeline/map/expected-anew.ts'
import type { PreviewedRecord } from '../../../src/pipeline/map/preview.ts'
import { judgeRecord } from '../../../src/pipeline/map/record-verdict.ts'

const clock = { now: Temporal.Instant.from('2026-01-01T08:00:00Z'), zone: 'Europe/Rome' }

const payload = (subject: string, more: object = {}) => ({
  fiscal_code: 'CBBBBB41B42Z999Z',
  content: { subject, markdown: `Testo di ${subject}`, ...more },
})

const sent: PreviewedRecord = {
  line: 1,
  key: '12',
  messages: [
    {
      sendAt: '2026-01-01T08:00:00Z',
      purpose: 'first',
      payload: payload('Primo', {
        due_date: '2026-10-31T22:59:59Z',
        payment_data: { amount: 3600, notice_number: '302000000000000121' },
      }),
      warnings: [],
    },
    {
      sendAt: '2026-10-24T07:30:00Z',
      purpose: 'reminder',
      payload: payload('Promemoria'),
      warnings: [],
    },
  ],
}
const refused: PreviewedRecord = {
  line: 1,
  key: '12',
  ...{ refused: { code: 'REC_AMOUNT_FORM', field: 'importo', detail: 'No.', remedy: '' } },
  refusals: [{ code: 'REC_AMOUNT_FORM', field: 'importo', detail: 'No.', remedy: '' }],
}

const anew = (given: object, record: PreviewedRecord = sent) =>
  expectAnew(given as ExpectSpec, record, clock)

it('has the same keys with the values of today, and then it holds', () => {
  const given = {
    subject: 'Vecchio',
    amountCents: 1,
    dueDate: '2026-01-01',
    messages: 3,
    planned: ['now'],
    payload: { content: { payment_data: { amount: 1, payee: { fiscal_code: '1' } } } },
    reminders: [{ subject: 'Vecchio' }],
  }
  const { expect: now, outcome } = anew(given)
  expect(outcome).toBeNull()
  expect(now).toEqual({
    subject: 'Primo',
    amountCents: 3600,
    dueDate: '2026-10-31',
    messages: 2,
    planned: ['now', '2026-10-24T09:30'],
    payload: { content: { payment_data: { amount: 3600, payee: null } } },
    reminders: [{ subject: 'Promemoria' }],
  })
  expect(judgeRecord(now, sent, clock)).toEqual([])
})

it('leaves pieces of a text to the person who chose them', () => {
  const given = { markdownContains: ['altro'], reminders: [{ markdownContains: ['altro'] }] }
  expect(anew(given).expect).toEqual(given)
})

it('says it where a record that was refused is sent now, or the other way round', () => {
  expect(anew({ refused: ['REC_FIELD_MISSING'] })).toEqual({
    expect: { messages: 2 },
    outcome: 'a notice with 2 messages',
  })
  const given = { key: '12', subject: 'Primo', markdownContains: ['Testo'], messages: 2 }
  expect(anew(given, refused)).toEqual({
    expect: { key: '12', refused: ['REC_AMOUNT_FORM'] },
    outcome: 'refused: REC_AMOUNT_FORM importo: No.',
  })
})

it('drops what is no longer there, and still expects something', () => {
  const { content, ...rest } = payload('Primo')
  const [first] = 'messages' in sent ? (sent.messages ?? []) : []
  const bare = { line: 1, key: '12', messages: [{ ...first!, payload: { ...rest, content } }] }
  expect(anew({ amountCents: 3600, noticeNumber: '3' }, bare).expect).toEqual({ messages: 1 })
})

it('its edits are the smallest parts that differ', () => {
  const before = { a: 1, b: { c: [1, 2], d: 'x' }, e: [{ f: 1 }, { f: 2 }] }
  const after = { a: 1, b: { c: [1], d: 'x' }, e: [{ f: 1 }, { f: 3 }] }
  expect(editsOf(before, after)).toEqual([
    { path: ['b', 'c'], before: [1, 2], after: [1] },
    { path: ['e', 1, 'f'], before: 2, after: 3 },
  ])
  expect(editsOf(before, { ...before, b: { c: [1, 2] } })).toEqual([
    { path: ['b'], before: before.b, after: { c: [1, 2] } },
  ])
  expect(editsOf(before, before)).toEqual([])
})
