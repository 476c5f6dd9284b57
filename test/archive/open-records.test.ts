// What is inside what: wrappers in every order that sources use, and the file with the records
// among others. Each refusal has its own code.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { zipOf } from '../../scripts/zip-writer.ts'
import { openRecords } from '../../src/archive/open-records.ts'
import { bytesOf, envelopeOf, openedText, partOf, recordOf } from './given.ts'

const csv = 'A;B\n1;2\n'
const xml = '<?xml version="1.0"?><a/>'
const pdf = '%PDF-1.7\n%âãÏÓ\n'

function zip(files: Record<string, Uint8Array | string>): Buffer {
  return zipOf(
    Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) })),
  )
}

function mail(files: Record<string, Uint8Array | string>): string {
  const parts = Object.entries(files).flatMap(([name, content]) => [
    '--cut',
    `Content-Type: application/octet-stream; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(content).toString('base64'),
  ])
  const head = ['From: a@ente.example', 'Content-Type: multipart/mixed; boundary=cut', '']
  return [...head, ...parts, '--cut--', ''].join('\r\n')
}

describe('a drop of one part', () => {
  const cases: [string, string, Uint8Array | string, object, string][] = [
    ['is itself', 'a.csv', csv, {}, `a.csv: ${csv}`],
    ['is itself whatever `member` says', 'a.csv', csv, { member: 'b*' }, `a.csv: ${csv}`],
    ['of no bytes is itself', 'a.csv', '', {}, 'a.csv: '],
    ['is unpacked from gzip', 'a.csv.gz', gzipSync(csv), {}, `a.csv: ${csv}`],
    [
      'is unpacked from gzip in several members',
      'a.gz',
      Buffer.concat([gzipSync('A;B\n'), gzipSync('1;2\n')]),
      {},
      `a: ${csv}`,
    ],
    [
      'is taken out of a ZIP',
      'x.zip',
      zip({ 'a.csv': csv, 'b.txt': 'x' }),
      { member: '*.csv' },
      `a.csv: ${csv}`,
    ],
    ['is taken out of a ZIP called otherwise', 'x.dat', zip({ 'a.csv': csv }), {}, `a.csv: ${csv}`],
    [
      'is the only text beside PDFs',
      'x.zip',
      zip({ 'allegati/1.pdf': pdf, 'rubrica.csv': csv, 'allegati/2.pdf': pdf }),
      {},
      `rubrica.csv: ${csv}`,
    ],
    [
      'is the only XML beside a style sheet and a PDF',
      'x.zip',
      zip({ '1.pdf': pdf, 'a.xml': xml, 'leggimi.txt': 'ciao' }),
      { format: 'xml' },
      `a.xml: ${xml}`,
    ],
    [
      'is the only text beside an archive that cannot be opened',
      'x.zip',
      zip({ 'a.csv': csv, 'allegati.zip': zip({ 'b.csv': csv }) }),
      {},
      `a.csv: ${csv}`,
    ],
    [
      'is the one of several patterns that is there',
      'x.zip',
      zip({ 'pag_indice.csv': csv, 'a.csv': 'no' }),
      { member: ['rubrica.csv', 'pag_indice.csv'] },
      `pag_indice.csv: ${csv}`,
    ],
    [
      'is taken out of an envelope',
      'a.xml.p7m',
      envelopeOf(xml),
      { format: 'xml' },
      `a.xml: ${xml}`,
    ],
    [
      'is taken out of an envelope in a ZIP',
      'x.zip',
      zip({ 'a.xml.p7m': envelopeOf(xml) }),
      { format: 'xml' },
      `a.xml: ${xml}`,
    ],
    [
      'is taken out of a ZIP in an envelope',
      'x.zip.p7m',
      envelopeOf(zip({ 'a.csv': csv })),
      { member: 'a.csv' },
      `a.csv: ${csv}`,
    ],
    [
      'is taken out of an envelope in an envelope',
      'a.xml.p7m.p7m',
      envelopeOf(envelopeOf(xml)),
      { format: 'xml' },
      `a.xml: ${xml}`,
    ],
    [
      'is taken out of a ZIP in a mail',
      'x.eml',
      mail({ 'firma.png': '\x89PNG\x00\x01', 'x.zip': zip({ 'a.csv': csv }) }),
      { member: 'a.csv' },
      `a.csv: ${csv}`,
    ],
    [
      'is the attachment of a mail',
      'x.eml',
      mail({ 'a.csv': csv, 'a.pdf': pdf }),
      {},
      `a.csv: ${csv}`,
    ],
  ]
  it.each(cases)('%s', async (_, name, content, changes, expected) => {
    expect(await openedText([partOf(name, content)], changes)).toBe(expected)
  })

  const refused: [string, Uint8Array | string, object, string][] = [
    ['a ZIP in a ZIP', zip({ 'dati.bin': zip({ 'a.csv': csv }) }), {}, 'DROP_ZIP_NESTED'],
    ['a ZIP without the file', zip({ 'b.txt': 'x' }), { member: '*.csv' }, 'DROP_ZIP_MEMBER'],
    [
      'a ZIP with two of them',
      zip({ 'a.csv': '', 'b.csv': '' }),
      { member: '*.csv' },
      'DROP_ZIP_MEMBER',
    ],
    ['a ZIP with two texts', zip({ 'a.csv': csv, 'b.csv': csv }), {}, 'DROP_ZIP_MEMBER'],
    [
      'a ZIP with many files and no pattern',
      zip(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`${n}.pdf`, pdf]))),
      {},
      'DROP_ZIP_MEMBER',
    ],
    ['an empty ZIP', zip({}), {}, 'DROP_ZIP_MEMBER'],
    ['a mail with two texts', mail({ 'a.csv': csv, 'b.csv': csv }), {}, 'DROP_MAIL_ATTACHMENT'],
    ['a mail without attachments', mail({}), { member: '*.csv' }, 'DROP_MAIL_ATTACHMENT'],
    ['a workbook for a mapping of CSV', zip({ '[Content_Types].xml': xml }), {}, 'DROP_FORMAT'],
    ['a PDF for a mapping of CSV', pdf, {}, 'DROP_FORMAT'],
    ['an XML for a mapping of fixed width', xml, { format: 'fixed' }, 'DROP_FORMAT'],
    ['a PDF for a mapping of XML', pdf, { format: 'xml' }, 'DROP_FORMAT'],
    ['a PDF for a mapping of workbooks', pdf, { format: 'xlsx' }, 'DROP_XLSX_NONE'],
    ['a file that is no mail', csv, { format: 'mail' }, 'DROP_MAIL'],
    ['a gzip cut short', gzipSync(csv.repeat(100)).subarray(0, 30), {}, 'DROP_GZIP'],
    ['a gzip altered', altered(gzipSync(csv.repeat(100)), 20), {}, 'DROP_GZIP'],
    [
      'seven envelopes',
      Array.from({ length: 7 }).reduce<Buffer>((inner) => envelopeOf(inner), Buffer.from(xml)),
      { format: 'xml' },
      'DROP_WRAPPED',
    ],
  ]
  it.each(refused)('that is %s is refused', async (_, content, changes, code) => {
    expect(await openedText([partOf('a', content)], changes)).toBe(code)
  })
})

describe('a drop of several parts', () => {
  const pair = [partOf('bollette.csv', csv), partOf('contatti.csv', 'C\n')]

  it('gives the part that a pattern names', async () => {
    expect(await openedText(pair, { member: 'contatti*' })).toBe('contatti.csv: C\n')
  })
  it('is refused without a pattern when two of its parts fit', async () => {
    await expect(openRecords(pair, recordOf({}))).rejects.toMatchObject({
      code: 'DROP_PARTS',
      detail: expect.stringContaining('«bollette.csv», «contatti.csv»'),
      remedy: expect.stringContaining('`member`'),
    })
  })
  it('is refused when its pattern names none', async () => {
    expect(await openedText(pair, { member: '*.xml' })).toBe('DROP_PARTS')
  })
  it('is refused when its pattern names both', async () => {
    expect(await openedText(pair, { member: '*.csv' })).toBe('DROP_PARTS')
  })
  it('gives the only part that fits the format', async () => {
    const parts = [partOf('lettera.pdf', pdf), partOf('dati.csv', csv), partOf('dati.xml', xml)]
    expect(await openedText(parts, {})).toBe(`dati.csv: ${csv}`)
    expect(await openedText(parts, { format: 'xml' })).toBe(`dati.xml: ${xml}`)
  })
  it('gives the only wrapper when no part fits', async () => {
    const parts = [partOf('lettera.pdf', pdf), partOf('a.xml.p7m', envelopeOf(xml))]
    expect(await openedText(parts, { format: 'xml' })).toBe(`a.xml: ${xml}`)
  })
  it('gives the file beside the empty one that marks it as whole', async () => {
    const parts = [partOf('dati.csv', csv), partOf('dati.ok', '')]
    expect(await openedText(parts, {})).toBe(`dati.csv: ${csv}`)
  })
  it('gives the empty file when nothing else can hold records', async () => {
    expect(await openedText([partOf('1.pdf', pdf), partOf('a.csv', '')], {})).toBe('a.csv: ')
  })
  it('prefers the document to its envelope', async () => {
    const parts = [partOf('a.xml.p7m', envelopeOf(xml)), partOf('a.xml', xml)]
    expect(await openedText(parts, { format: 'xml' })).toBe(`a.xml: ${xml}`)
  })
  it('looks with its pattern into its only archive', async () => {
    const parts = [partOf('testo', 'Buongiorno'), partOf('x', zip({ 'a.csv': csv, 'b.csv': '' }))]
    expect(await openedText(parts, { member: 'a.csv' })).toBe(`a.csv: ${csv}`)
  })
  it('names the files beside the one with the records', async () => {
    const archive = zip({ 'a.csv': csv, 'allegati/1.pdf': pdf })
    const opened = await openRecords([partOf('x.zip', archive)], recordOf({ member: '*.csv' }))
    expect(opened.others).toEqual(['allegati/1.pdf'])
    expect((await bytesOf(opened.bytes)).toString()).toBe(csv)
  })
})

describe('the samples of the example', () => {
  const samples = new URL('../../config/comune-di-esempio/samples/', import.meta.url).pathname
  const sample = (name: string) => readFileSync(`${samples}${name}`)

  it('have an invoice that openssl signed, and the same without its signature', async () => {
    const part = partOf('fattura.xml.p7m', sample('fattura.xml.p7m'))
    const { name, bytes } = await openRecords([part], recordOf({ format: 'xml' }))
    expect(name).toBe('fattura.xml')
    expect(await bytesOf(bytes)).toEqual(sample('fattura.xml'))
  })
  it('have a workbook whose rows are the same inside of a ZIP and of a mail', async () => {
    const workbook = sample('scadenze.xlsx')
    const rows = await openedText([partOf('a', workbook)], { format: 'xlsx' })
    expect(rows.length).toBeGreaterThan(200)
    const wrapped = [zip({ a: workbook, 'b.pdf': pdf }), mail({ a: workbook, 'b.csv': csv })]
    for (const bytes of wrapped) {
      expect(await openedText([partOf('x', bytes)], { format: 'xlsx' })).toBe(rows)
    }
  })
})

describe('a fault of the source', () => {
  it('is no fault of the gzip that comes out of it', async () => {
    const part = partOf('a.gz', gzipSync(csv))
    const broken = {
      ...part,
      // biome-ignore lint/correctness/useYield: it fails before it gives anything.
      async *stream(): AsyncGenerator<Uint8Array> {
        throw new Error('the database is gone')
      },
    }
    await expect(openedText([broken], {})).rejects.toThrow('the database is gone')
  })
})

function altered(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ 0xff
  return copy
}

describe('the names on the way to the records', () => {
  const named = async (name: string, content: Uint8Array | string) =>
    (await openRecords([partOf(name, content)], recordOf({}))).names

  it('are those of all wrappers, the outermost first', async () => {
    const zipped = mail({ 'invio.zip': zip({ 'marzo/E01.csv': csv }) })
    expect(await named('mail-1.eml', zipped)).toEqual(['mail-1.eml', 'invio.zip', 'marzo/E01.csv'])
    const packed = mail({ 'E01.csv.gz': gzipSync(csv) })
    expect(await named('mail-1.eml', packed)).toEqual(['mail-1.eml', 'E01.csv.gz', 'E01.csv'])
  })

  it('are those of the part that was chosen, and of none beside it', async () => {
    const parts = [partOf('bollette-E01.csv', csv), partOf('leggimi.pdf', pdf)]
    expect((await openRecords(parts, recordOf({}))).names).toEqual(['bollette-E01.csv'])
  })
})
