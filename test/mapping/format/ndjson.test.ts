// NDJSON: what each line becomes. Every case is read whole and in chunks of every small size.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

const spec = {
  format: 'ndjson',
  fields: {
    a: { column: 'a', type: 'text' },
    b: { column: ['b.c', 'b.list.1'], type: 'text' },
  },
}

const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`

describe('an NDJSON file with', () => {
  it.each<[string, string | Uint8Array, string[], string?]>([
    ['nothing', '', []],
    ['blank lines', '\n \r\n{"a":"1"}\n\n', ['3: 1|']],
    ['its mark', '\ufeff{"a":"1"}', ['1: 1|']],
    ['CRLF', '{"a":"1"}\r\n{"a":"2"}\r\n', ['1: 1|', '2: 2|']],
    ['texts', '{"a":"à \\n\\u20ac","b":{"c":" 2"}}', ['1: à \n€| 2']],
    ['another path of the same field', '{"a":"1","b":{"list":["0","2"]}}', ['1: 1|2']],
    ['the first path empty', '{"a":"1","b":{"c":null,"list":["0","2"]}}', ['1: 1|2']],
    ['nothing at a path', '{"a":null,"b":"x"}', ['1: |']],
    ['true and false', '{"a":true,"b":{"c":false}}', ['1: true|false']],
    ['a long number', '{"a":302000000000000121}', ['1: 302000000000000121|']],
    ['decimals as they are written', '{"a":24.50,"b":{"c":1e3}}', ['1: 24.50|1e3']],
    ['a number beyond floats', '{"a":1e999,"b":{"c":-0}}', ['1: 1e999|-0']],
    ['an object where a value should be', '{"a":{"x":1}}\n{"a":"1"}', ['1: REC_JSON', '2: 1|']],
    ['a list where a value should be', '{"a":[]}', ['1: REC_JSON']],
    ['a line that is no JSON', '{"a":"1"}\n{"a":\n{"a":"3"}', ['1: 1|', '2: REC_JSON', '3: 3|']],
    ['a list of records', '[{"a":"1"}]', ['1: REC_JSON']],
    ['commas between records', '{"a":"1"},\n{"a":"2"}', ['1: REC_JSON', '2: 2|']],
    ['values that are no objects', 'null\n1\n"x"', ['1: REC_JSON', '2: REC_JSON', '3: REC_JSON']],
    ['brackets within brackets, very many', deep, ['1: REC_JSON']],
    ['what every object has', '{"a":"1","b":{}}', ['1: 1|']],
    [
      'a cut character',
      Buffer.from('{"a":"1"}\n{"a":"\xe0"}', 'latin1'),
      ['1: 1|'],
      'DROP_ENCODING 2',
    ],
    ['a line beyond the bound', `{"a":"1"}\n"${'x'.repeat(1e6)}"`, ['1: 1|'], 'DROP_LINE_BOUNDS 2'],
  ])('%s is read as it should', (_, bytes, records, error) => {
    for (const chunkBytes of bytes.length > 1000 ? [65_536] : [65_536, 1, 2, 3]) {
      expect(summaryOf(recordSpec(spec), bytes, chunkBytes)).toEqual({
        records,
        error: error ?? null,
      })
    }
  })

  it('a path through what every object has is read as nothing there', () => {
    const fields = { a: { column: 'constructor.name', type: 'text' } }
    const { records } = readPart(recordSpec({ ...spec, fields }), '{"x":1}\n{"__proto__":{"a":1}}')
    expect(records.map(({ cells }) => cells)).toEqual([[''], ['']])
  })

  it('a refused line says nothing of what it holds', () => {
    const { records } = readPart(recordSpec(spec), '{"a":"PRVPRV80A01H501K"')
    expect(JSON.stringify(records[0]?.problem)).not.toMatch(/PRV/)
  })
})

describe('any object', () => {
  it('is read back: texts as they are, numbers as they are written', () => {
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.double())
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value)),
        fc.integer({ min: 1, max: 50 }),
        (rows, size) => {
          const lines = rows.map(([a, c]) => JSON.stringify({ a, b: { c } }))
          const { records, error } = readPart(recordSpec(spec), lines.join('\n'), size)
          const shown = (one: string | number) =>
            typeof one === 'string' ? one : (JSON.stringify(one) ?? '').replace('null', '')
          expect(error).toBeNull()
          expect(records.map(({ cells }) => cells)).toEqual(rows.map((row) => row.map(shown)))
        },
      ),
    )
  })
})
