// XML documents: what each becomes. Every case is read whole and in chunks that cut everything.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPart, recordSpec, summaryOf } from '../reading.ts'

/** Rows `l/r` with fields `a` and `b` at these paths. */
function xmlSpec(a: string | string[], b: string | string[] = 'nothing', changes: object = {}) {
  const fields = { a: { column: a, type: 'text' }, b: { column: b, type: 'text' } }
  return recordSpec({ format: 'xml', rows: 'l/r', fields, ...changes })
}

function expectRead(
  spec: ReturnType<typeof xmlSpec>,
  bytes: string | Uint8Array,
  records: string[],
  error: string | null = null,
) {
  for (const chunkBytes of bytes.length > 5000 ? [65_536] : [65_536, 1, 3, 7]) {
    expect(summaryOf(spec, bytes, chunkBytes)).toEqual({ records, error })
  }
}

describe('a path of a field', () => {
  const group = (rows: string) => `<x><l n="7"><h><n>H</n></h>${rows}<f>F</f></l></x>`
  it.each<[string, string | string[], string, string[]]>([
    ['of a child', 'a', '<r><a>1</a></r>', ['1: 1|']],
    ['of several steps', 'p/a', '<r><p><a>1</a></p></r>', ['1: 1|']],
    ['of an attribute', '@id', '<r id="1"/><r/>', ['1: 1|', '1: |']],
    ['of a child’s attribute', 'p/@id', '<r><p id="1"/></r>', ['1: 1|']],
    ['of the row itself', '.', '<r>1</r>', ['1: 1|']],
    ['through any name', '*/a', '<r><p><a>1</a></p></r>', ['1: 1|']],
    ['with prefixes', 'k:p/a', '<r><j:p><z:a>1</z:a></j:p></r>', ['1: 1|']],
    ['of what is not there', 'z', '<r><a>1</a></r>', ['1: |']],
    ['of an empty element', 'a', '<r><a/></r><r><a></a></r>', ['1: |', '1: |']],
    ['of a nil', 'a', '<r><a xsi:nil="true"/></r>', ['1: |']],
    ['of what stands before in an ancestor', '../h/n', '<r/>', ['1: H|']],
    ['of what stands after in an ancestor', '../f', '<r/><r/>', ['1: F|', '1: F|']],
    ['of an ancestor’s attribute', '../@n', '<r/>', ['1: 7|']],
    ['from the root', '/x/l/h/n', '<r/>', ['1: H|']],
    ['of one value twice', 'a', '<r><a>1</a><a>2</a></r><r/>', ['1: REC_PATH', '1: |']],
    ['of a value and an empty one', 'a', '<r><a> </a><a>2</a></r>', ['1: 2|']],
    ['of the second', 'a[2]', '<r><a>1</a><a>2</a></r>', ['1: 2|']],
    ['of the last', 'p[last]/a', '<r><p><a>1</a></p><p><a>2</a></p></r>', ['1: 2|']],
    ['of all', 'a[*]', '<r><a>1 </a><a/><a>2</a></r>', ['1: 1\n2|']],
    [
      'of the one with a key',
      'i[k=vive in vita/no]/v',
      '<r><i><k>altro</k><v>N</v></i><i><k> vive in vita/no </k><v>S</v></i></r>',
      ['1: S|'],
    ],
    ['of the one with an attribute', 'i[@k="A"]', '<r><i k="B">1</i><i k="A">2</i></r>', ['1: 2|']],
    ['of an element with others', 'a', '<r><a>x<b/></a></r>', ['1: REC_PATH']],
    ['that is the first alias', ['a', 'b'], '<r><a>1</a><b>2</b></r>', ['1: 1|']],
    ['that is the second alias', ['a', '../h/n'], '<r/><r><a>1</a></r>', ['1: H|', '1: 1|']],
  ])('%s is read as it should', (_, path, rows, records) => {
    expectRead(xmlSpec(path), group(rows), records)
  })

  it('of one of several groups finds what stands in its own', () => {
    const lot = (n: number) => `<l><n>${n}</n><r><a>${n}a</a></r><r><a>${n}b</a></r></l>\n`
    expectRead(xmlSpec('a', '../n'), `<x>\n${lot(1)}${lot(2)}</x>`, [
      ...['2: 1a|1', '2: 1b|1', '3: 2a|2', '3: 2b|2'],
    ])
  })
})

describe('a document with', () => {
  const spec = xmlSpec('a')
  it.each<[string, string, string[], string?]>([
    ['nothing', '', []],
    ['blanks alone', ' \n ', []],
    ['a blank line before its declaration', '\n<?xml version="1.0"?><l><r/></l>', ['2: |']],
    ['a namespace of blanks', '<p:l xmlns:p=" http://x y "><p:r/></p:l>', ['1: |']],
    ['prefixes that nobody declares', '<p:l><q:r><a>1</a></q:r></p:l>', ['1: 1|']],
    ['an envelope around the rows', '<e><b><l><r/></l></b></e>', ['1: |']],
    [
      'CDATA, comments and references',
      '<l><r><a>1<![CDATA[<&]]><!--x-->&amp;&#224;</a></r></l>',
      ['1: 1<&&à|'],
    ],
    ['a value over lines', '<l>\r\n<r>\r\n<a>\r\n 1\r\n</a></r></l>', ['2: \n 1\n|']],
    ['a row within a row', '<l><r><l><r><a>1</a></r></l></r></l>', ['1: |']],
    ['an empty list', '<x><l/></x>', []],
    ['no rows at all', '<x><z/></x>', [], 'DROP_ROWS null'],
    ['an error instead of rows', '<Envelope><Fault>no</Fault></Envelope>', [], 'DROP_ROWS null'],
    ['instructions', '<?xml-stylesheet href="file:///etc/passwd"?><l><r/></l>', ['1: |']],
    [
      'an XInclude',
      '<l xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="x"/><r><xi:include/></r></l>',
      ['1: |'],
    ],
  ])('%s is read as it should', (_, text, records, error) => {
    expectRead(spec, text, records, error ?? null)
  })

  it('rows below any name has no records unless it has a row, whatever its root is', () => {
    const below = xmlSpec('a', 'b', { rows: '*/r' })
    expectRead(below, '<x><r><a>1</a></r></x>', ['1: 1|'])
    expectRead(below, '<html><body/></html>', [], 'DROP_ROWS null')
    expectRead(xmlSpec('a', 'b', { rows: '*/l/r' }), '<x><l/></x>', [])
  })

  it('rows at a path from the root has no others', () => {
    const rooted = xmlSpec('a', 'b', { rows: '/l/r' })
    expectRead(rooted, '<l><z><l><r/></l></z><r><a>1</a></r></l>', ['1: 1|'])
  })
})

describe('a DOCTYPE that the mapping ignores', () => {
  const ignoring = xmlSpec('a', 'b', { rows: 'r', doctype: 'ignore' })
  it.each(['l SYSTEM "l.dtd"', 'l PUBLIC "-//x//y" "http://127.0.0.1/l.dtd"', 'l'])(
    'is passed over where it only names a DTD: %s',
    (doctype) => {
      expectRead(ignoring, `<!DOCTYPE ${doctype}>\n<l><r><a>1</a></r></l>`, ['2: 1|'])
    },
  )
  it.each([
    ['declares an entity', 'l [<!ENTITY x "1">]', 'DROP_XML_DOCTYPE 1'],
    [
      'declares an outside file',
      'l SYSTEM "l.dtd" [<!ENTITY % x SYSTEM "y">]',
      'DROP_XML_DOCTYPE 1',
    ],
  ])('refuses the document where it %s', (_, doctype, fault) => {
    const { error } = summaryOf(ignoring, `<!DOCTYPE ${doctype}><l><r><a>1</a></r></l>`, 65_536)
    expect(error).toBe(fault)
  })
  it('gives entities of its DTD no meaning', () => {
    const { error } = summaryOf(ignoring, '<!DOCTYPE l SYSTEM "l.dtd"><l><r>&x;</r></l>', 65_536)
    expect(error).toBe('DROP_XML_ENTITY 1')
  })
})

describe('a document that cannot be trusted:', () => {
  const laughs = ['<!ENTITY a "ha">']
  for (let n = 0; n < 20; n++) laughs.push(`<!ENTITY b${n} "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">`)
  const deep = 100_000
  const many = Array.from({ length: 1_000_000 }, (_, n) => `a${n}="1"`).join(' ')
  const names = Array.from({ length: 20_000 }, (_, n) => `xmlns:n${n}="u${n}"`).join(' ')

  it.each<[string, string, string]>([
    [
      'a billion laughs',
      `<!DOCTYPE l [\n${laughs.join('\n')}]>\n<l><r>&b19;</r></l>`,
      'DROP_XML_DOCTYPE 1',
    ],
    [
      'an entity of a file',
      '\n<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]><l>&x;</l>',
      'DROP_XML_DOCTYPE 2',
    ],
    [
      'an entity of a server',
      '<!DOCTYPE l SYSTEM "http://127.0.0.1/x.dtd"><l/>',
      'DROP_XML_DOCTYPE 1',
    ],
    ['an HTML page', '<!doctype html><html></html>', 'DROP_XML_SYNTAX 1'],
    ['another HTML page', '<!DOCTYPE html>\n<html></html>', 'DROP_XML_DOCTYPE 1'],
    ['an undefined entity', '<l>\n<r>&agrave;</r></l>', 'DROP_XML_ENTITY 2'],
    ['a loose ampersand', '<l>\n<r>A & B</r>\n<r>;</r></l>', 'DROP_XML_SYNTAX 2'],
    ['a loose ampersand to the end', '<l>\n<r>A & B</r>\n</l>', 'DROP_XML_TRUNCATED 2'],
    ['a cut document', '<l>\n<r><a>1', 'DROP_XML_TRUNCATED 2'],
    ['a document cut in a tag', '<l>\n<r a="', 'DROP_XML_TRUNCATED 2'],
    ['a declaration alone', '<?xml version="1.0"?>', 'DROP_XML_TRUNCATED 1'],
    ['two roots', '<l></l>\n<l></l>', 'DROP_XML_SYNTAX 2'],
    ['crossed elements', '<l>\n<r><a></r></a></l>', 'DROP_XML_SYNTAX 2'],
    ['text after the root', '<l></l>\nx', 'DROP_XML_SYNTAX 2'],
    ['no XML at all', 'CODICE;IMPORTO\n1;2', 'DROP_XML_SYNTAX 2'],
    ['a control character', '<l>\n<r>\x02</r></l>', 'DROP_XML_SYNTAX 2'],
    ['a NUL', '<l>\n<r>\0</r></l>', 'DROP_ENCODING 2'],
    ['an attribute twice', '<l>\n<r a="1" a="2"/></l>', 'DROP_XML_SYNTAX 2'],
    ['elements in elements, very many', '<l>'.repeat(deep), 'DROP_DOCUMENT_BOUNDS 1'],
    ['attributes, very many', `<l><r ${many}/></l>`, 'DROP_DOCUMENT_BOUNDS 1'],
    ['namespaces, very many', `<l><r ${names}/></l>`, 'DROP_DOCUMENT_BOUNDS 1'],
    [
      'a value beyond the bound',
      `<l>\n<r><a>${'x'.repeat(100_001)}</a></r></l>`,
      'DROP_DOCUMENT_BOUNDS 2',
    ],
    [
      'very many values of one row',
      `<l><r>${'<a>1</a>'.repeat(10_001)}</r></l>`,
      'DROP_DOCUMENT_BOUNDS 1',
    ],
  ])('%s is refused with its code and line', (_, text, error) => {
    expect(summaryOf(xmlSpec('a'), text, 65_536)).toEqual({ records: [], error })
  })

  it.each([
    ['a text that nobody reads', '<l><z>'],
    ['a text that is read', '<l><r><a>'],
    ['a comment', '<l><!--'],
    ['CDATA', '<l><r><a><![CDATA['],
    ['an attribute', '<l><r a="'],
    ['a name', '<l><'],
    ['an instruction', '<?x '],
    ['a DOCTYPE', '<!DOCTYPE '],
  ])('%s without an end is given up after its bound', (_, start) => {
    const { records, error } = readPart(xmlSpec('a'), start + 'x'.repeat(12_000_000), 65_536)
    expect(records).toEqual([])
    expect(error?.code).toBe('DROP_DOCUMENT_BOUNDS')
  })

  it('the fault says nothing of what the document holds', () => {
    const { error } = readPart(xmlSpec('a'), '<l><r><PRVPRV80A01H501K></r></l>')
    expect(`${error?.detail}${error?.remedy}`).not.toMatch(/PRV/)
  })
})

describe('records whose common values stand after them', () => {
  const rows = (count: number) => '<r/>'.repeat(count)

  it('wait for them, up to a bound', () => {
    const { records, error } = readPart(xmlSpec('../f'), `<l>${rows(1000)}<f>F</f></l>`)
    expect(error).toBeNull()
    expect(new Set(records.map(({ cells }) => cells[0]))).toEqual(new Set(['F']))
  })

  it('are refused as a whole where there are too many', () => {
    const { error } = readPart(xmlSpec('../f'), `<l>${rows(1001)}<f>F</f></l>`)
    expect(error?.code).toBe('DROP_LATE_VALUE')
  })

  it('need not wait where nothing else is said at last', () => {
    const { records, error } = readPart(xmlSpec('../f'), `<l><f>F</f>${rows(5000)}<g/></l>`)
    expect(error).toBeNull()
    expect(records.map(({ cells }) => cells[0])).toEqual(new Array(5000).fill('F'))
  })
})

describe('totals', () => {
  const fields = { a: { column: 'a', type: 'euro', decimals: 'dot' } }
  const totals = { count: '../n', total: '../t', of: 'a' }
  const spec = recordSpec({ format: 'xml', rows: 'l/r', fields, totals })
  const list = (n: string, t: string) =>
    `<l>\n<n> ${n} </n><r><a>1.10</a></r><r><a>2.20</a></r><t>${t}</t>\n</l>`

  it.each([
    ['agree', '2', '3.30', null],
    ['count others', '3', '3.30', 'DROP_FOOTER 3'],
    ['sum others', '2', '3.31', 'DROP_FOOTER 3'],
    ['are no numbers', 'due', '3.30', 'DROP_FOOTER 3'],
    ['are missing', '', '3.30', 'DROP_FOOTER 3'],
  ])('that %s are compared with the records', (_, n, t, error) => {
    expect(summaryOf(spec, list(n, t), 65_536).error).toBe(error)
  })

  it('are those of each list', () => {
    expect(summaryOf(spec, `<x>${list('2', '3.30')}${list('1', '3.30')}</x>`, 7).error).toMatch(
      /^DROP_FOOTER/,
    )
  })
})

describe('any marks', () => {
  it('are read, or refused with a code, alike in chunks of any size', () => {
    const marks = ['<l>', '</l>', '<r>', '</r>', '<a>', '</a>', '<r b="1"/>', 'x', '&lt;', '&', ';']
    marks.push('<!--', '-->', '<![CDATA[', ']]>', '<?x ', '?>', '"', '<', '>', '\n', '<!DOCTYPE l>')
    const mark = fc.constantFrom(...marks)
    const spec = xmlSpec('a', '@b', { rows: 'r' })
    fc.assert(
      fc.property(
        fc.array(mark, { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (all, size) => {
          const text = `<l>${all.join('')}</l>`
          expect(summaryOf(spec, text, size)).toEqual(summaryOf(spec, text, 65_536))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('any lists', () => {
  it('give their rows what stands in them, before and after', () => {
    const list = fc.record({ before: fc.boolean(), rows: fc.nat({ max: 5 }) })
    fc.assert(
      fc.property(
        fc.array(list),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        (all, first, size) => {
          const lists = all.map(({ before, rows }, n) => {
            const name = `<n>${n}</n>`
            const body = Array.from({ length: rows }, (_, m) => `<r><a>${n}.${m}</a></r>`).join('')
            return `<l>${before ? name + body : body + name}</l>`
          })
          const date = '<d>D</d>'
          const text = `<x>${first ? date : ''}${lists.join('')}${first ? '' : date}<l/></x>`
          const spec = xmlSpec('a', ['../n'], {})
          const fields = { ...spec.fields, d: { column: '/x/d', type: 'text' } }
          const { records, error } = readPart(recordSpec({ ...spec, fields }), text, size)
          expect(error).toBeNull()
          const expected = all.flatMap(({ rows }, n) =>
            Array.from({ length: rows }, (_, m) => [`${n}.${m}`, String(n), 'D']),
          )
          expect(records.map(({ cells }) => cells)).toEqual(expected)
        },
      ),
    )
  })

  it('of columns that repeat give a record for each', () => {
    const fields = {
      a: { column: 'importo{n}', type: 'text' },
      b: { column: '../@id', type: 'text' },
    }
    const repeat = { over: [1, 2], when: 'a' }
    const spec = recordSpec({ format: 'xml', rows: 'l/r', fields, repeat })
    const text = '<l id="7"><r><importo1>1</importo1><importo2>2</importo2></r></l>'
    expect(summaryOf(spec, text, 7).records).toEqual(['1: 1|7', '1: 2|7'])
  })
})

describe('any text', () => {
  it('is read back from an element and from an attribute', () => {
    const written = (text: string) =>
      text.replace(/[&<>"\r\n\t]/g, (character) => `&#${character.charCodeAt(0)};`)
    const value = fc
      .string({ unit: 'grapheme', maxLength: 20 })
      .filter((text) => /^[\t\n\r -~\u00a0-\ufffd]*$/.test(text.replace(/[\ud800-\udfff]/g, '')))
      .filter((text) => text.trim() !== '')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, value)),
        fc.integer({ min: 1, max: 40 }),
        (all, size) => {
          const rows = all.map(([a, b]) => `<r b="${written(b)}"><a>${written(a)}</a></r>`)
          const { records, error } = readPart(xmlSpec('a', '@b'), `<l>${rows.join('')}</l>`, size)
          if (all.length > 0) expect(error).toBeNull()
          expect(records.map(({ cells }) => cells)).toEqual(all)
        },
      ),
    )
  })
})
