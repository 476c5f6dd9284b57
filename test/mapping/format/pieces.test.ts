// Cells that hold several values: which piece a field gets, in which format, and what is wrong with
// a mapping that splits.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import type { Split } from '../../../src/mapping/field/field-spec.ts'
import { checkRecord } from '../../../src/mapping/record-check.ts'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

const text = (column: unknown, split?: object) => ({ column, split, type: 'text', optional: true })

/** The piece that a field gets of one cell, or the refusal's sentence. */
function pieceOf(cell: string, split: object): string {
  const spec = recordSpec({ delimiter: '|', quote: null, fields: { a: text('A', split) } })
  const [record] = readPart(spec, `A|B\n${cell}|x\n`).records
  return record?.badCells?.get(0)?.detail ?? record?.cells[0] ?? 'no record'
}

describe('a piece of a cell', () => {
  const place = '00067  MORLUPO DI SOTTO RM'
  const cause = 'anno=2027; Insegna = "A=B";civico=12;'
  const cases: [cell: string, split: object, piece: string][] = [
    [place, { by: ' ', take: 1 }, '00067'],
    [place, { by: ' ', take: -1 }, 'RM'],
    [place, { by: ' ', from: 2, to: -2 }, 'MORLUPO DI SOTTO'],
    ['00067 RM', { by: ' ', from: 2, to: -2 }, ''],
    [place, { by: ' ', from: 2 }, 'MORLUPO DI SOTTO RM'],
    ['a;b;c', { by: ';', from: 2 }, 'b;c'],
    ['a;b;c', { by: ';', take: 3 }, 'c'],
    ['a;b;c', { by: ';', take: 4 }, ''],
    ['a;b;c;', { by: ';', take: -1 }, 'c'],
    ['a;;c', { by: ';', take: 2 }, ''],
    ['CF: X', { by: ':', take: 2 }, ' X'],
    ['', { by: ';', take: 1 }, ''],
    [cause, { by: ';', key: 'ANNO' }, '2027'],
    [cause, { by: ';', key: 'insegna' }, ' "A=B"'],
    [cause, { by: ';', key: 'scala' }, ''],
    ['a:1, b:2', { by: ',', key: 'b', assign: ':' }, '2'],
    ['a=1;a=1', { by: ';', key: 'a' }, '1'],
    ['a=1;a=2', { by: ';', key: 'a' }, 'Nella cella a ha due valori: «1» e «2».'],
  ]
  it.each(cases)('of %j by %j is %j', (cell, split, piece) => {
    expect(pieceOf(cell, split)).toBe(piece)
  })

  it('is the same from the front and from the back, whatever the pieces', () => {
    const piece = fc.stringMatching(/^[a-z]{1,5}$/)
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 9 }), fc.nat(8), (pieces, nth) => {
        fc.pre(nth < pieces.length)
        const cell = pieces.join(';')
        expect(pieceOf(cell, { by: ';', take: nth + 1 })).toBe(pieces[nth])
        expect(pieceOf(cell, { by: ';', take: nth - pieces.length })).toBe(pieces[nth])
      }),
    )
  })

  it('is taken in every format, beside the whole cell', () => {
    const fields = { a: text('a'), b: text('a', { by: ' ', take: -1 }) }
    const bytes = { ndjson: '{"a":"x y"}\n', xml: '<l><r><a>x y</a></r></l>' }
    for (const [format, part] of Object.entries(bytes)) {
      const spec = recordSpec({ format, fields, ...(format === 'xml' && { rows: 'l/r' }) })
      expect(summaryOf(spec, part, 7)).toEqual({ records: ['1: x y|y'], error: null })
    }
  })
})

describe('a record of each piece', () => {
  const debtors = {
    delimiter: '|',
    repeat: { over: [1, 2, 3], when: 'b' },
    fields: { a: text('A'), b: text('B', { by: ';', take: '{n}' }), n: text('{n}') },
  }

  it('is made where `take` is the group, and empty pieces make none', () => {
    const { records } = summaryOf(recordSpec(debtors), 'A|B\nK|X;Y\nL|Z;\nM|;W;V\nN|\n', 5)
    const made = ['2: K|X|1', '2: K|Y|2', '3: L|Z|1', '4: M|W|2', '4: M|V|3']
    expect(records).toEqual([...made, '5: REC_GROUPS_EMPTY'])
  })

  it('is never left out: what is beyond the last group refuses it', () => {
    const { records } = readPart(recordSpec(debtors), 'A|B\nK|X;Y;Z;W\n')
    expect(records.map(({ badCells }) => badCells?.get(1)?.detail)).toEqual([
      undefined,
      undefined,
      'La cella ha 4 valori, il modello ne prevede al più 3.',
    ])
  })

  it.each([
    [{ ...debtors, repeat: { over: [1, 3], when: 'b' } }, 'needs every number from 1 in `over`'],
    [{ ...debtors, repeat: undefined }, 'the column of b is of a group, but nothing repeats'],
    [{ fields: { a: text('A', { by: ';', take: 0 }) } }, 'split: there is no piece 0'],
  ])('asks of the mapping what it needs: %#', (changes, expected) => {
    const faults = createFaults()
    checkRecord(recordSpec(changes), faults)
    const found = faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
    expect(found.join('\n')).toContain(expected)
  })

  it('is one way to split: two of them are no split at all', () => {
    const both = { by: ';', take: 1, key: 'a' } as unknown as Split
    expect(() => recordSpec({ fields: { a: text('A', both) } })).toThrow()
  })
})
