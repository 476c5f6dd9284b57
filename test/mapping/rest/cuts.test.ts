// Texts without some of their lines, elements or values: what stays is untouched, however the text
// is cut into pieces on its way.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createElementCut } from '../../../src/mapping/rest/element-cut.ts'
import { createJsonCut } from '../../../src/mapping/rest/json-cut.ts'
import { createLineCut, type TextCut } from '../../../src/mapping/rest/text-cut.ts'

function cutAll(cut: TextCut, text: string, pieceLength = text.length || 1): string {
  let out = ''
  for (let at = 0; at < text.length; at += pieceLength) {
    out += cut.write(text.slice(at, at + pieceLength))
  }
  return out + cut.end()
}

const isOneOf = (places: readonly number[]) => (place: number) => places.includes(place)

describe('lines', () => {
  const without = (lines: number[]) => () =>
    createLineCut((line, text) => (lines.includes(line) ? '' : text))

  it('end as they like, and go with their end', () => {
    const text = 'a\r\nb\nc\rd'
    expect(cutAll(without([2])(), text)).toBe('a\r\nc\rd')
    expect(cutAll(without([1, 3])(), text)).toBe('b\nd')
    expect(cutAll(without([4])(), text)).toBe('a\r\nb\nc\r')
  })

  it('are the same in pieces of any length', () => {
    const text = fc
      .array(fc.constantFrom('a', 'bc', '\r', '\n', '\r\n'))
      .map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(8)), fc.integer({ min: 1, max: 5 }), (whole, lines, n) => {
        expect(cutAll(without([])(), whole, n)).toBe(whole)
        expect(cutAll(without(lines)(), whole, n)).toBe(cutAll(without(lines)(), whole))
      }),
    )
  })
})

describe('elements', () => {
  const without = (places: number[], text: string, n?: number) =>
    cutAll(createElementCut(isOneOf(places)), text, n)

  const text =
    '<?xml version="1.0"?>\n<a>\n  <b x="1>2">t</b>\n  <!-- <b> -->\n  <b/>\n  <b><c/></b>\n</a>\n'

  it('go whole, with the blanks before them', () => {
    expect(without([2], text)).toBe(text.replace('\n  <b x="1>2">t</b>', ''))
    expect(without([3], text)).toBe(text.replace('\n  <b/>', ''))
    expect(without([4], text)).toBe(text.replace('\n  <b><c/></b>', ''))
    expect(without([2, 3, 4], text)).toBe('<?xml version="1.0"?>\n<a>\n  <!-- <b> -->\n</a>\n')
  })

  it('are no elements in comments, CDATA and instructions', () => {
    const odd = '<a><![CDATA[<b>]]><?x <b> ?><!-- > <b> --><b>1</b></a>'
    expect(without([2], odd)).toBe(odd.replace('<b>1</b>', ''))
  })

  it('are counted within those that go', () => {
    expect(without([2, 4], '<a><b><c/></b><d/></a>')).toBe('<a></a>')
  })

  it('are the same in pieces of any length', () => {
    const places = fc.subarray([2, 3, 4])
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 9 }), (some, n) => {
        expect(without(some, text, n)).toBe(without(some, text))
      }),
    )
  })

  it('may have another text after a tag that stays', () => {
    const cut = () =>
      createElementCut(
        () => false,
        (place) => (place === 2 ? '9' : null),
      )
    for (const n of [1, 4, 99]) {
      expect(cutAll(cut(), '<a> <v>12</v><v>13</v> </a>', n)).toBe('<a> <v>9</v><v>13</v> </a>')
    }
  })
})

describe('values of JSON', () => {
  const without = (places: number[], text: string, n?: number) =>
    cutAll(createJsonCut(isOneOf(places)), text, n)

  it('go with one comma, so that what stays is JSON', () => {
    const text = '{"debiti": [\n  {"a": 1},\n  {"a": 2},\n  {"a": 3}\n]}'
    expect(without([2], text)).toBe('{"debiti": [\n  {"a": 2},\n  {"a": 3}\n]}')
    expect(without([4], text)).toBe('{"debiti": [\n  {"a": 1},\n  {"a": 3}\n]}')
    expect(without([6], text)).toBe('{"debiti": [\n  {"a": 1},\n  {"a": 2}\n]}')
    expect(JSON.parse(without([2, 4, 6], text))).toEqual({ debiti: [] })
  })

  it('go with their name', () => {
    const text = '{ "x": {"a": "]},\\""}, "y" : null, "z": [1] }'
    expect(JSON.parse(without([2], text))).toEqual({ y: null, z: [1] })
    expect(JSON.parse(without([4], text))).toEqual({ x: { a: ']},"' }, y: null, z: [] })
  })

  it('are the ones that are meant, in any document and in pieces of any length', () => {
    const document = fc.array(
      fc.record({ a: fc.string(), b: fc.array(fc.jsonValue({ maxDepth: 2 })) }),
    )
    const indent = fc.constantFrom(undefined, 1, '\t')
    fc.assert(
      fc.property(
        document,
        fc.infiniteStream(fc.boolean()),
        indent,
        fc.integer({ min: 1, max: 7 }),
        (records, coins, space, n) => {
          const text = JSON.stringify(records, null, space)
          const kept = records.filter(() => coins.next().value)
          const places: number[] = []
          let opened = 0
          for (const record of records) {
            opened++
            if (!kept.includes(record)) places.push(opened)
            opened += elementsIn(record)
          }
          expect(JSON.parse(without(places, text, n))).toEqual(JSON.parse(JSON.stringify(kept)))
          expect(without([], text, n)).toBe(text)
        },
      ),
    )
  })
})

/** How many elements open below a value, as the reader of documents counts them. */
function elementsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const isList = Array.isArray(value)
  return Object.values(value).reduce((sum: number, inner: unknown) => {
    const isCounted = isList || (inner !== null && !Array.isArray(inner))
    return sum + (isCounted ? 1 : 0) + elementsIn(inner)
  }, 0)
}
