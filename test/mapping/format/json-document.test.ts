// JSON documents: what each becomes. Every case is read whole and in chunks of every small size.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

function jsonSpec(
  rows: string | undefined,
  a: string | string[],
  b: string | string[] = 'nothing',
) {
  const fields = { a: { column: a, type: 'text' }, b: { column: b, type: 'text' } }
  return recordSpec({ format: 'json', rows, fields })
}

function expectRead(
  spec: ReturnType<typeof jsonSpec>,
  text: string,
  records: string[],
  error: string | null = null,
) {
  for (const chunkBytes of text.length > 5000 ? [65_536] : [65_536, 1, 3, 7]) {
    expect(summaryOf(spec, text, chunkBytes)).toEqual({ records, error })
  }
}

describe('the rows of a document that is', () => {
  it.each<[string, string | undefined, string, string[], string?]>([
    ['nothing', undefined, '', []],
    ['blanks alone', undefined, ' \n', []],
    ['a list', undefined, '[{"a":1},\n{"a":2}]', ['1: 1|', '2: 2|']],
    ['an empty list', undefined, '[]', []],
    ['one object', undefined, '{"a":1}', ['1: 1|']],
    ['an object with the list in it', 'l', '{"x":[{"a":9}],"l":[{"a":1}]}', ['1: 1|']],
    ['an object with one record in it', 'l', '{"l":{"a":1}}', ['1: 1|']],
    ['an object with an empty list', 'l', '{"l":[]}', []],
    ['an object with null instead', 'l', '{"l":null}', []],
    [
      'lists in a list',
      'l.m',
      '{"l":[{"m":[{"a":1}]},{"m":[]},{"m":[{"a":2}]}]}',
      ['1: 1|', '1: 2|'],
    ],
    ['a list without lists', 'l.m', '{"l":[{}]}', []],
    ['lists in the root list', 'm', '[{"m":[{"a":1}]},{"m":[{"a":2}]}]', ['1: 1|', '1: 2|']],
    ['an object of records', 'l.*', '{"l":{"x":{"a":1},"y":{"a":2}}}', ['1: 1|', '1: 2|']],
    ['a list of values', 'l', '{"l":["1",null]}', ['1: |', '1: |']],
    ['another object', 'l', '{"error":"no"}', [], 'DROP_ROWS null'],
    ['deeper than the path', 'l', '{"x":{"l":[{"a":1}]}}', [], 'DROP_ROWS null'],
  ])('%s are read as they should', (_, rows, text, records, error) => {
    expectRead(jsonSpec(rows, 'a'), text, records, error ?? null)
  })
})

describe('a path of a field', () => {
  const inList = (row: string) => `{"v":"V","l":[{"iuv":"I","m":[${row}],"z":{"y":"Z"}}]}`
  it.each<[string, string | string[], string, string[]]>([
    ['of a text', 'a', '{"a":"à \\n\\u20ac \\ud83d\\ude00"}', ['1: à \n€ 😀|']],
    ['of a long number', 'a', '{"a":302000000000000121}', ['1: 302000000000000121|']],
    ['of decimals', 'a', '{"a":24.50}', ['1: 24.50|']],
    ['of a number beyond floats', 'a', '{"a":-1e999}', ['1: -1e999|']],
    ['of true and false', ['b', 'a'], '{"a":true,"b":false}', ['1: false|']],
    ['of names with marks', ['@x', '@a.#b'], '{"@a":{"#b":1}}', ['1: 1|']],
    ['of null', 'a', '{"a":null}', ['1: |']],
    ['of several steps', 'p.a', '{"p":{"a":1}}', ['1: 1|']],
    ['of an entry, from 0', 'p.1.a', '{"p":[{"a":1},{"a":2}]}', ['1: 2|']],
    ['of an entry, from 1', 'p[1].a', '{"p":[{"a":1},{"a":2}]}', ['1: 1|']],
    ['of the last entry', 'p[last]', '{"p":[1,2,3]}', ['1: 3|']],
    ['of all entries', 'p[*]', '{"p":[1,null,"x"]}', ['1: 1\nx|']],
    ['of a name of digits', 'p.2026', '{"p":{"2026":"x"}}', ['1: x|']],
    ['of the one with a key', 'p[k=B].v', '{"p":[{"k":"A","v":1},{"k":"B","v":2}]}', ['1: 2|']],
    ['of several entries', 'p', '{"p":[1,2]}', ['1: REC_PATH']],
    ['of an object', 'p', '{"p":{"a":1}}', ['1: REC_PATH']],
    ['of a list in a list', 'p', '{"p":[[1]]}', ['1: REC_PATH']],
    ['of a name twice', 'a', '{"a":1,"a":2}', ['1: REC_PATH']],
    ['of an empty list or object', ['a', 'b'], '{"a":[],"b":{}}', ['1: |']],
    ['of what every object has', 'constructor.name', '{"x":1}', ['1: |']],
    ['of the object around', '../iuv', '{}', ['1: I|']],
    ['of what comes after', '../z.y', '{}', ['1: Z|']],
    ['from the root', '/v', '{}', ['1: V|']],
  ])('%s is read as it should', (_, path, row, records) => {
    expectRead(jsonSpec('l.m', path), inList(row), records)
  })

  it('of the name of the object itself, and of the one around', () => {
    const text = '{"l":{"x":{"m":[{},{}]},"y":{"m":{}}}}'
    expectRead(jsonSpec('l.*.m', '../@key'), text, ['1: x|', '1: x|', '1: y|'])
    expectRead(jsonSpec('l.*', '@key', 'z'), text, ['1: x|', '1: y|'])
  })
})

describe('a document that is refused:', () => {
  it.each<[string, string, string]>([
    ['one object a line', '{"a":1}\n{"a":2}', 'DROP_JSON_SYNTAX 2'],
    ['no JSON at all', 'CODICE;IMPORTO\n1;2', 'DROP_JSON_SYNTAX 1'],
    ['an HTML page', '<html></html>', 'DROP_JSON_SYNTAX 1'],
    ['a comma too many', '[\n{"z":1,}]', 'DROP_JSON_SYNTAX 2'],
    ['a comma too many in a list', '[\n1,]', 'DROP_JSON_SYNTAX 2'],
    ['a comma missing', '[\n1 2]', 'DROP_JSON_SYNTAX 2'],
    ['a value without a name', '{\n1}', 'DROP_JSON_SYNTAX 2'],
    ['a name without a value', '{\n"a"}', 'DROP_JSON_SYNTAX 2'],
    ['crossed brackets', '[\n{"a":[}]]', 'DROP_JSON_SYNTAX 2'],
    ['brackets closed too often', '[]\n]', 'DROP_JSON_SYNTAX 2'],
    ['a raw line end in a text', '["a\nb"]', 'DROP_JSON_SYNTAX 1'],
    ['not a number', '[NaN]', 'DROP_JSON_SYNTAX 1'],
    ['a cut list', '[\n{"z":1}', 'DROP_JSON_TRUNCATED 2'],
    ['a cut text', '["a', 'DROP_JSON_TRUNCATED 1'],
    ['a cut word', '[tru', 'DROP_JSON_TRUNCATED 1'],
    ['a NUL', '["\0"]', 'DROP_ENCODING 1'],
    ['lists in lists, very many', '['.repeat(100_000), 'DROP_DOCUMENT_BOUNDS 1'],
    ['objects in objects, very many', '{"a":'.repeat(100_000), 'DROP_DOCUMENT_BOUNDS 1'],
    ['a text without an end', `["${'x'.repeat(12_000_000)}`, 'DROP_DOCUMENT_BOUNDS 1'],
    ['a number without an end', `[${'1'.repeat(12_000_000)}`, 'DROP_DOCUMENT_BOUNDS 1'],
    ['a value beyond the bound', `[{"a":"${'x'.repeat(100_001)}"}]`, 'DROP_DOCUMENT_BOUNDS 1'],
  ])('%s', (_, text, error) => {
    expect(summaryOf(jsonSpec('l', 'a'), `{"l":${text}`, 65_536).error).not.toBeNull()
    expect(summaryOf(jsonSpec(undefined, 'a'), text, 65_536).error).toBe(error)
  })

  it('totals that disagree with the records', () => {
    const fields = { a: { column: 'a', type: 'euro', decimals: 'dot' } }
    const totals = { count: '../n', total: '/l.t', of: 'a' }
    const spec = (changes: object) =>
      recordSpec({ format: 'json', rows: 'l.m', fields, totals: { ...totals, ...changes } })
    const text = '{"l":{"n":2,"m":[{"a":1.10},{"a":2.20}],"t":3.31}}'
    expect(summaryOf(spec({ total: '../t' }), text, 65_536).error).toBe('DROP_FOOTER 1')
    expect(summaryOf(spec({ total: undefined, of: undefined }), text, 7).error).toBeNull()
  })
})

describe('any tokens', () => {
  it('are a document exactly when the language itself takes them for one', () => {
    const token = fc.constantFrom(
      ...'{}[],:'.split(''),
      '"a"',
      '1',
      '-0.5e3',
      'true',
      'null',
      ' \n',
    )
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (all, size) => {
          const text = all.join('')
          const { error } = readPart(jsonSpec(undefined, 'a'), text, size)
          expect(error === null).toBe(text.trim() === '' || isJson(text))
        },
      ),
      { numRuns: 2000 },
    )
  })

  function isJson(text: string): boolean {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
})

describe('any records', () => {
  it('are read back: texts as they are, numbers as they are written', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value)),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(0, 2),
        (rows, size, indent) => {
          const text = JSON.stringify({ l: rows.map(([a, c]) => ({ a, b: { c } })) }, null, indent)
          const { records, error } = readPart(jsonSpec('l', 'a', 'b.c'), text, size)
          const shown = (one: string | number | boolean) =>
            String(one).trim() === '' ? '' : JSON.parse(JSON.stringify(String(one)))
          expect(error).toBeNull()
          expect(records.map(({ cells }) => cells)).toEqual(rows.map((row) => row.map(shown)))
        },
      ),
    )
  })
})
