// Paths into XML and JSON documents, and what is wrong with them, said before anything is read.
import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../src/mapping/fault.ts'
import { parseRowPath, parseTreePath } from '../../../src/mapping/format/tree-path.ts'
import { checkRecord } from '../../../src/mapping/record-check.ts'
import { recordSpec } from '../reading.ts'

const text = (column: unknown) => ({ column, type: 'text' })
const xml = (changes: object) => ({
  format: 'xml',
  rows: 'a/b/c',
  fields: { f: text('x'), e: { column: 'y', type: 'euro', decimals: 'dot' } },
  ...changes,
})
const json = (changes: object) => ({ ...xml({}), format: 'json', rows: 'a.b', ...changes })
const path = (column: unknown) => ({ fields: { f: text(column) } })

function faultsOf(spec: object): string[] {
  const faults = createFaults()
  checkRecord(recordSpec(spec), faults)
  return faults.list.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('a record of a document', () => {
  it.each([
    xml({}),
    xml(path(['x/y/@z', '../../h[last]/x', '/r/h[k=v/w]/x[*]'])),
    xml(path('.')),
    xml({ rows: '/p:a/*', ...path('../@n') }),
    xml({ totals: { count: '../n', total: '../t', of: 'e' } }),
    xml({ totals: { count: '/r/n' } }),
    json(path(['x.0.y', '@id.x', '../x', '../../y', '/z', '@key', '../@key'])),
    json({ rows: undefined, ...path('x') }),
    json({ rows: 'a.*.b', totals: { count: '/n' } }),
  ])('of sound paths has no fault: %j', (spec) => {
    expect(faultsOf(spec)).toEqual([])
  })

  it.each<[object, RegExp]>([
    [xml({ rows: 'a//b' }), /^record\.rows: the path of the rows has an empty name/],
    [xml({ rows: 'a/' }), /^record\.rows: .* empty name/],
    [xml({ rows: 'a/@b' }), /^record\.rows: .* no name/],
    [xml({ rows: '../a' }), /^record\.rows: .* no name/],
    [xml({ rows: 'a[1]/b' }), /^record\.rows: .* no name/],
    [xml(path(3)), /^record\.fields\.f\.column: the column of f is not a path/],
    [xml(path('x//y')), /^record\.fields\.f\.column: the path of f has an empty name/],
    [xml(path('x/')), /empty name/],
    [xml(path('x/../y')), /has \.\. in the middle/],
    [xml(path('@x/y')), /goes on after @x/],
    [xml(path('x[y]')), /has \[y\], which is not understood/],
    [xml(path('x[0]')), /has \[0\], which is not understood/],
    [xml(path('x[1')), /which is no name/],
    [xml(path(['x', '../../../y'])), /goes above the elements that `rows` names/],
    [json(path('x/y')), /names are separated by a dot/],
    [json(path('@key.x')), /goes on after @key/],
    [json(path('../../../x')), /goes above/],
    [xml({ totals: { count: 'n' } }), /^record\.totals: the totals do not stand around the rows/],
    [xml({ totals: {} }), /^record\.totals: /],
    [xml({ totals: { count: '../n', total: '/t', of: 'e' } }), /^record\.totals: /],
    [xml({ totals: { total: '../t' } }), /`total` and `of` belong together/],
    [xml({ totals: { total: '../t', of: 'f' } }), /^record\.totals\.of: f is no such euro field/],
    [
      xml({
        fields: { e: { column: '../y', type: 'euro', decimals: 'dot' } },
        totals: { total: '../t', of: 'e' },
      }),
      /^record\.totals\.of: e is no such euro field/,
    ],
  ])('of %j is told what is wrong', (spec, fault) => {
    expect(faultsOf(spec)).toEqual([expect.stringMatching(fault)])
  })
})

describe('a path', () => {
  it('says where it begins, and which of several it takes', () => {
    expect(parseTreePath('../a[2]/b[@k="x y"]/@c', 'xml')).toEqual({
      up: 1,
      steps: [
        { name: 'a', pick: 2, index: null },
        { name: 'b', pick: { where: '@k', equals: 'x y' }, index: null },
        { name: '@c', pick: 'one', index: null },
      ],
    })
    expect(parseTreePath('/a', 'json')).toMatchObject({ up: null, steps: [{ name: '$' }, {}] })
  })

  it('of rows is from the root in JSON, and anywhere in XML but for a `/` in front', () => {
    expect(parseRowPath('a/n:b', 'xml')).toEqual({ names: ['a', 'b'], anchored: false })
    expect(parseRowPath('/a/b', 'xml')).toEqual({ names: ['a', 'b'], anchored: true })
    expect(parseRowPath('a.b', 'json')).toEqual({ names: ['$', 'a', 'b'], anchored: true })
  })
})
