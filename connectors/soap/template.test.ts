// Templates and the texts that they become: order, attributes, encodings, and what another reader
// makes of them.
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writePart } from './envelope.ts'
import { findValues, type Path, parsePath } from './path.ts'
import { argumentTemplate, fillTemplate, fillText, type Scope, type Template } from './template.ts'
import { parseXml } from './xml.ts'

const write = (template: Template, scope: Scope = {}, omitEmpty = false) =>
  fillTemplate(template, scope, omitEmpty).map(writePart).join('')

describe('a template', () => {
  it('keeps order, repeats lists, knows attributes and nil', () => {
    const template = {
      z: '1',
      a: { '@Codice': '{{ cf }}', '@B': 'x"y' },
      riga: [{ n: 1 }, { n: 2 }],
      vuoto: null,
      testo: { '@tipo': 'A', $text: 'a < b & c' },
    }
    expect(write(template, { cf: 'X' })).toBe(
      '<z>1</z><a Codice="X" B="x&quot;y"/><riga><n>1</n></riga><riga><n>2</n></riga>' +
        '<vuoto xsi:nil="true"/><testo tipo="A">a &lt; b &amp; c</testo>',
    )
  })

  it('encodes documents inside of values', () => {
    const inner = { S: { '@v': '1', t: 'à & b' } }
    const xml = '<S v="1"><t>à &amp; b</t></S>'
    expect(write({ x: { $cdata: inner } })).toBe(`<x><![CDATA[${xml}]]></x>`)
    expect(parseXml(write({ x: { $xmlText: inner } })).text).toBe(xml)
    const decoded = (text: string) => Buffer.from(parseXml(text).text, 'base64')
    expect(decoded(write({ x: { $base64: inner } })).toString()).toBe(xml)
    expect(gunzipSync(decoded(write({ x: { $gzipBase64: inner } }))).toString()).toBe(xml)
  })

  it('leaves out what is empty only where it is told', () => {
    const template = { a: '', b: { c: '' }, d: null, e: { '@x': '' } }
    expect(write(template)).toBe('<a/><b><c/></b><d xsi:nil="true"/><e x=""/>')
    expect(write(template, {}, true)).toBe('<d xsi:nil="true"/><e x=""/>')
  })

  it('writes instants and days as the service wants them', () => {
    const scope = { now: '2026-03-29T00:59:59Z', from: '2026-07-01', n: '42' }
    const filled = (text: string) => fillText(text, scope)
    expect(filled('{{ now | format: "dd/MM/yyyy HH:mm:ss" }}')).toBe('29/03/2026 01:59:59')
    expect(filled('{{ now | format: "yyyy-MM-ddTHH:mm:ss.SSSXXX" }}')).toBe(
      '2026-03-29T01:59:59.000+01:00',
    )
    expect(filled('{{ from | format: "yyyy-MM-ddXXX" }}')).toBe('2026-07-01+02:00')
    expect(filled('{{ n | padLeft: 7 }}')).toBe('0000042')
  })

  it('with an unknown name fails, and never becomes empty', () => {
    expect(() => fillText('{{ manca }}', {})).toThrow(/manca/)
  })

  it.each([
    [{ '1a': 'x' }, 'no name of an element'],
    [{ a: '{{ x | nope' }, 'not closed'],
    [{ a: [['x']] }, 'a list in a list'],
  ])('%j is refused with the settings', (template, words) => {
    const { error } = argumentTemplate().safeParse(template)
    expect(error?.message).toContain(words)
  })

  it('whatever a value holds, a reader reads that value and nothing else', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 60 })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML cannot hold them
      .filter((value) => !/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(value))
    fc.assert(
      fc.property(text, fc.constantFrom('$text', '$cdata'), (value, encoding) => {
        const root = parseXml(
          write({ x: { '@a': '{{ v }}', [encoding]: '{{ v }}' } }, { v: value }),
        )
        const normal = (one: string) => (encoding === '$cdata' ? one.replace(/\r\n?/g, '\n') : one)
        expect(root.children).toEqual([])
        expect(root.text).toBe(normal(value))
        expect(root.attributes[0]?.value).toBe(value)
      }),
    )
  })
})

describe('a path', () => {
  const root = parseXml(
    '<e:E xmlns:e="urn:e"><L><R n="1"><c>a</c></R><R n="2"><c>b</c></R></L>' +
      '<p><k>Vita</k><v>S</v></p><p><k>Altro</k><v>N</v></p></e:E>',
  )
  it.each([
    ['R/@n', ['1', '2']],
    ['L/R/c', ['a', 'b']],
    ['R[@n=2]/c', ['b']],
    ['p[k=Vita]/v', ['S']],
    ['/E/L/*/c', ['a', 'b']],
    ['/L/R', []],
    ['E/c', []],
  ])('%s finds %j', (text, values) => {
    expect(findValues(root, parsePath(text) as Path)).toEqual(values)
  })

  it.each(['', 'a//b', 'a b', '@', 'a['])('%j is none', (text) => {
    const path = parsePath(text)
    expect(path === null || path.steps.length === 0).toBe(true)
  })
})
