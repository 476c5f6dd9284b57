// Mails taken apart: as a library does where it can, in the shapes that mail programs really write,
// and within bounds where somebody means harm.
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { contentOf, readMime } from '../../src/archive/mime.ts'
import { headersOf, structuredOf, textOf } from '../../src/archive/mime-header.ts'
import { DropError } from '../../src/mapping/drop-error.ts'

function mail(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n'), 'latin1')
}

function leavesOf(bytes: Buffer) {
  return readMime(bytes).leaves.map((leaf) => [
    leaf.mediaType,
    leaf.name,
    Buffer.from(contentOf(leaf)).toString('latin1'),
  ])
}

function codeOf(bytes: Buffer): string {
  try {
    readMime(bytes)
    return 'good'
  } catch (error) {
    if (!(error instanceof DropError)) throw error
    return error.code
  }
}

describe('the leaves of a mail', () => {
  it('are its text alone where it has one part', () => {
    expect(leavesOf(mail('Subject: a', '', 'b', 'c'))).toEqual([['text/plain', null, 'b\r\nc']])
  })
  it('are in order, however deep', () => {
    const bytes = mail(
      'Content-Type: multipart/mixed; boundary="out"',
      ...['', 'no part', '--out', 'Content-Type: multipart/alternative; boundary=out-1', ''],
      ...['--out-1', '', 'plain', '--out-1 ', 'Content-Type: text/html', '', '<p>', '--out-1--'],
      ...['--out', 'Content-Type: text/csv; name=a.csv', '', 'A;B', '', '--out--', 'after'],
    )
    expect(leavesOf(bytes)).toEqual([
      ['text/plain', null, 'plain'],
      ['text/html', null, '<p>'],
      ['text/csv', 'a.csv', 'A;B\r\n'],
    ])
  })
  it('end with the mail where the last delimiter is missing', () => {
    const head = 'Content-Type: multipart/mixed; boundary=b'
    expect(leavesOf(mail(head, '', '--b', '', 'one', '--b', '', 'two'))).toEqual([
      ['text/plain', null, 'one'],
      ['text/plain', null, 'two'],
    ])
  })
  it('are none where no delimiter comes, and the text where none is declared', () => {
    expect(leavesOf(mail('Content-Type: multipart/mixed; boundary=b', '', 'x'))).toEqual([])
    expect(leavesOf(mail('Content-Type: multipart/mixed', '', 'x'))).toEqual([
      ['multipart/mixed', null, 'x'],
    ])
  })
  it('keep a blank first line of a part without headers', () => {
    const head = 'Content-Type: multipart/mixed; boundary=b'
    expect(leavesOf(mail(head, '', '--b', '', 'From: no header', '--b--'))).toEqual([
      ['text/plain', null, 'From: no header'],
    ])
  })
  it('are whole where a part has neither headers nor the blank line before its text', () => {
    const head = 'Content-Type: multipart/signed; boundary=b'
    expect(leavesOf(mail(head, '', '--b', '<?xml?>', '<a/>', '', '--b--'))).toEqual([
      ['text/plain', null, '<?xml?>\r\n<a/>\r\n'],
    ])
  })
  it('are decoded from Base64 with odd lines, padding inside and strangers', () => {
    const head = ['Content-Type: a/b; name=x', 'Content-Transfer-Encoding: (x) BASE64', '']
    expect(leavesOf(mail(...head, 'QQ==QkI=', ' Q0NDR', '!EQ='))[0]?.[2]).toBe('ABBCCCDD')
  })
  it('are decoded from quoted-printable with soft line ends', () => {
    const head = ['Content-Transfer-Encoding: quoted-printable', '']
    expect(leavesOf(mail(...head, 'citt=E0 =', 'e=3D=zz'))[0]?.[2]).toBe('città e==zz')
  })
  it('are what a library finds', async () => {
    const name = fc.constantFrom('a.csv', 'b c.txt', 'é.csv')
    const file = fc.record({ name, content: fc.uint8Array({ maxLength: 200_000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 4 }), async (files) => {
        const parts = files.flatMap((one) => [
          '--cut',
          `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(one.name)}`,
          ...['Content-Transfer-Encoding: base64', ''],
          Buffer.from(one.content).toString('base64').replace(/.{76}/g, '$&\r\n'),
        ])
        const bytes = mail('Content-Type: multipart/mixed; boundary=cut', '', ...parts, '--cut--')
        const { attachments } = await PostalMime.parse(bytes)
        const expected = attachments.map((one) => [one.filename, asHex(one.content)])
        const found = readMime(bytes).leaves.map((leaf) => [leaf.name, asHex(contentOf(leaf))])
        expect(found).toEqual(expected)
        expect(found).toEqual(files.map((one) => [one.name, asHex(one.content)]))
      }),
      { numRuns: 30 },
    )
  })
})

describe('headers', () => {
  it('are unfolded, and named in lower case', () => {
    const block = Buffer.from('Subject: a\r\n b\r\n\tc\r\nnone\r\nX-A:\r\n')
    expect(headersOf(block)).toEqual([
      { name: 'subject', value: 'a b\tc' },
      { name: 'x-a', value: '' },
    ])
  })
  const names: [string, string][] = [
    ['x; name=a.csv', 'a.csv'],
    ['x; name="a;b\\".csv"; name=c', 'a;b".csv'],
    ['x; name="C:\\dati\\a.csv"', 'C:\\dati\\a.csv'],
    ['x; name="a.csv', 'a.csv'],
    ['x; NAME = a.csv ', 'a.csv'],
    ['x; name="=?utf-8?Q?citt=C3=A0.csv?="', 'città.csv'],
    ["x; name*=UTF-8''citt%C3%A0.csv; name=citta.csv", 'città.csv'],
    ["x; name*=iso-8859-1'it'citt%E0.csv", 'città.csv'],
    ['x; name*0*=UTF-8\'\'ci; name*1*=tt%C3%A0; name*2=".csv"', 'città.csv'],
    ['x; name*0="a b"; name*1=".csv"', 'a b.csv'],
  ]
  it.each(names)('give a name: %s', (header, name) => {
    expect(structuredOf(header).parameters.get('name')).toBe(name)
  })
})

describe('text', () => {
  const texts: [string, string, string | undefined, string][] = [
    ['UTF-8 that says so', 'c3a8', 'utf-8', 'è'],
    ['UTF-8 that says otherwise', 'c3a8', 'iso-8859-1', 'è'],
    ['ISO-8859-1 that says so', 'e8', 'iso-8859-1', 'è'],
    ['ISO-8859-1 that says UTF-8', 'e8', 'utf-8', 'è'],
    ['ISO-8859-15 with the euro', 'a4', 'iso-8859-15', '€'],
    ['UTF-16 that says so', '4100e800', 'utf-16le', 'Aè'],
    ['Windows-1252 that says what nobody knows', '80', 'x-unknown', '€'],
    ['bytes without a word about them', 'e8', undefined, 'è'],
  ]
  it.each(texts)('is read from %s', (_, hex, declared, text) => {
    expect(textOf(Buffer.from(hex, 'hex'), declared)).toBe(text)
  })
})

describe('a mail that means harm', () => {
  const head = 'Content-Type: multipart/mixed; boundary=b'

  it('is refused with more parts than the bound', () => {
    expect(codeOf(mail(head, '', '--b\r\n\r\n'.repeat(10_000)))).toBe('DROP_MAIL_BOUNDS')
    expect(codeOf(mail(head, '', '--b\r\n\r\n'.repeat(990)))).toBe('good')
  })
  it('is refused with parts in parts beyond the bound', () => {
    const levels = Array.from({ length: 30 }, (_, n) => [
      `Content-Type: multipart/mixed; boundary=b${n}`,
      ...['', `--b${n}`],
    ])
    expect(codeOf(mail(...levels.flat(), '', 'x'))).toBe('DROP_MAIL_BOUNDS')
  })
  it('is refused with headers beyond the bound', () => {
    expect(codeOf(mail(`X-A: ${'a'.repeat(2 ** 20)}`, '', 'x'))).toBe('DROP_MAIL_BOUNDS')
  })
  it('of line ends alone takes no more memory than it has bytes', () => {
    const bytes = Buffer.concat([mail('Content-Type: text/csv', '', ''), Buffer.alloc(2e7, 10)])
    const [leaf] = readMime(bytes).leaves
    const content = leaf && contentOf(leaf)
    // The content is a part of the mail's own bytes: nothing was copied.
    expect(content?.buffer).toBe(bytes.buffer)
  })
  it('of padding, quotes and delimiters is read to its end', () => {
    const encoded = ['Content-Transfer-Encoding: base64', '']
    expect(leavesOf(mail(...encoded, 'QQ=='.repeat(200_000)))[0]?.[2]).toBe('A'.repeat(200_000))
    expect(codeOf(mail(`Content-Type: a/b; name=${'"\\'.repeat(100_000)}`, '', ''))).toBe('good')
    expect(codeOf(mail(head, '', '--bb\r\n'.repeat(500_000)))).toBe('good')
  })
  it('ends in leaves or a refusal whatever its bytes', () => {
    const piece = fc.constantFrom(
      '--b',
      '\r\n',
      '\n',
      ': ',
      head,
      '=',
      '"',
      ';',
      'Content-Type',
      'x',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(['good', 'DROP_MAIL_BOUNDS']).toContain(codeOf(mail(head, '', pieces.join(''))))
      }),
    )
  })
})

function asHex(content: ArrayBuffer | Uint8Array | string): string {
  return Buffer.from(content as Uint8Array).toString('hex')
}
