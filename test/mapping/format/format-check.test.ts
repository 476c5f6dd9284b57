// What is wrong with how a record is written in its file, said before anything is read: the place
// and what to do.
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import { checkFormat } from '../../../src/mapping/format/format-check.ts'
import { recordSpec } from '../reading.ts'

const text = (column: unknown) => ({ column, type: 'text' })
const euro = (column: unknown) => ({ column, type: 'euro', decimals: 'cents' })
const csv = (changes: object) => ({ fields: { a: text('A'), b: euro('B') }, ...changes })
const fixed = (changes: object) => ({
  format: 'fixed',
  fields: { a: text({ start: 1, length: 3 }), b: euro({ start: 4, length: 4 }) },
  ...changes,
})
const typed = (changes: object) =>
  fixed({
    lineType: { start: 1, length: 2 },
    lines: { '01': 'start', EF: 'footer' },
    fields: {
      a: text({ line: '01', start: 3, length: 3 }),
      b: euro({ line: '01', start: 6, length: 4 }),
    },
    ...changes,
  })
const span = { start: 1, length: 2 }

function faultsOf(spec: object): string[] {
  const faults = createFaults()
  checkFormat(recordSpec(spec), faults)
  return faults.list.map(({ path, message, hint }) => `${path.join('.')}: ${message} — ${hint}`)
}

describe('a record', () => {
  it.each([
    csv({ footer: { rows: 1 } }),
    csv({ footer: { column: 1, equals: 'TOT', total: 2, of: 'b' } }),
    csv({ escape: 'backslash', comment: '#', delimiter: 'tab' }),
    csv({ header: false, fields: { a: text(1) } }),
    fixed({ lineLength: 7 }),
    typed({ footer: { count: span, total: span, of: 'b' } }),
    { format: 'ndjson', fields: { a: text('x.y'), b: text(['x', 'z.0']) } },
  ])('of sound settings has no fault: %j', (spec) => {
    expect(faultsOf(spec)).toEqual([])
  })

  it.each<[object, RegExp]>([
    [csv({ quote: ';' }), /^record\.quote: quote and delimiter are the same/],
    [csv({ comment: ';' }), /^record\.comment: comment is the quote or the delimiter/],
    [csv({ comment: '"' }), /^record\.comment: /],
    [csv({ quote: null, escape: 'backslash' }), /^record\.escape: without quotes nothing/],
    [csv({ header: false, fields: { a: text('A') } }), /^record\.fields\.a\.column: .* a name/],
    [csv({ fields: { a: text(span) } }), /^record\.fields\.a\.column: .* in characters/],
    [csv({ footer: { column: 1, equals: 'T', total: 2 } }), /^record\.footer: `total` and `of`/],
    [
      csv({ footer: { column: 1, equals: 'T', total: 2, of: 'a' } }),
      /^record\.footer\.of: a is no euro field/,
    ],
    [
      csv({ footer: { column: 1, equals: 'T', total: 2, of: 'constructor' } }),
      /^record\.footer\.of: constructor is no euro field/,
    ],
    [fixed({ fields: { a: text('A') } }), /^record\.fields\.a\.column: .* not in characters/],
    [fixed({ lineLength: 6 }), /^record\.fields\.b\.column: b ends after the line/],
    [
      fixed({ fields: { a: text({ ...span, line: '01' }) } }),
      /^record\.fields\.a\.column: a names a type of line, but lines have none/,
    ],
    [fixed({ lines: { '01': 'start' } }), /^record\.lines\.01: .* not where they stand/],
    [fixed({ footer: { count: span } }), /^record\.footer: no type of line is `footer`/],
    [
      typed({ lines: { '01': 'start', '2': 'part' } }),
      /^record\.lines\.2: 2 has 1 characters, not 2 — .*quotes/,
    ],
    [typed({ lines: { '01': 'part' } }), /^record\.lines: no type of line is `start`/],
    [typed({ fields: { a: text(span) } }), /^record\.fields\.a\.column: a does not say/],
    [
      typed({ fields: { a: text({ ...span, line: '09' }) } }),
      /^record\.fields\.a\.column: there is no type of line 09/,
    ],
    [
      typed({ fields: { a: text({ ...span, line: 'EF' }) } }),
      /^record\.fields\.a\.column: lines of type EF are no part of a record/,
    ],
    [
      { format: 'ndjson', fields: { a: text(1) } },
      /^record\.fields\.a\.column: the column of a is not a path/,
    ],
  ])('of %j is told its fault', (spec, expected) => {
    const faults = faultsOf(spec)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(expected)
  })
})
