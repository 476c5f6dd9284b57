// The rest of drops made for the purpose: wrappers, companions, footers, workbooks, documents, and
// what has no rest.
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zipOf } from '../../scripts/zip-writer.ts'
import type { NamedSource } from '../../src/archive/content.ts'
import { openRecords } from '../../src/archive/open-records.ts'
import { restOf } from '../../src/archive/rest.ts'
import { openZip } from '../../src/archive/zip.ts'
import { createRecordReader } from '../../src/mapping/format/reader.ts'
import { RecordSpec } from '../../src/mapping/format/record-spec.ts'
import { RestError } from '../../src/mapping/rest/rest-error.ts'
import { bytesOf, partOf } from './given.ts'
import { workbookOf } from './workbook.ts'

const text = (column: unknown) => ({ column, type: 'text', optional: true })
const euro = (column: unknown, decimals = 'comma') => ({ column, type: 'euro', decimals })

/** The parts of a rest by name, as bytes; of what cannot be written its code. */
async function restParts(
  parts: NamedSource[],
  record: object,
  wanted: readonly number[],
): Promise<Record<string, Buffer> | string> {
  try {
    const rest = await restOf(parts, RecordSpec.parse(record), (one) => wanted.includes(one))
    const found = rest.parts.map(async ({ name, bytes }) => [name, await bytesOf(bytes)] as const)
    return Object.fromEntries(await Promise.all(found))
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    return error.code
  }
}

/** The only part of a rest as text. */
async function restText(content: string | Buffer, record: object, wanted: readonly number[]) {
  const parts = await restParts([partOf('a', content)], record, wanted)
  return typeof parts === 'string' ? parts : Object.values(parts)[0]!.toString('latin1')
}

const csv = { format: 'csv', fields: { a: text('A'), b: text('B') } }

describe('wrappers', () => {
  it('gzip is gzip again, and the same rest the same bytes', async () => {
    const packed = gzipSync('A;B\n1;x\n2;y\n')
    const rest = async () => restParts([partOf('lotto.csv.gz', packed)], csv, [2])
    const [first, again] = [await rest(), await rest()] as Record<string, Buffer>[]
    expect(gunzipSync(first!['lotto.csv.gz']!).toString()).toBe('A;B\n2;y\n')
    expect(again).toEqual(first)
  })

  const files = { ...csv, member: '*.csv', files: { field: 'b', onMissing: 'warn' } }
  const archive = zipOf([
    { name: 'pdf/1.pdf', bytes: Buffer.from('one') },
    { name: 'pdf/2.PDF', bytes: Buffer.from('two'), stored: true },
    { name: 'pdf/both.pdf', bytes: Buffer.from('both') },
    { name: 'leggimi.txt', bytes: Buffer.from('note') },
    {
      name: 'dati/è.csv',
      bytes: Buffer.from('A;B\n1;1.pdf\n2;x\\2.pdf\n3;both.pdf\n4;both.pdf\n'),
    },
  ])

  it('a ZIP keeps its members but for the files of records that are left out', async () => {
    const parts = await restParts([partOf('a.zip', archive)], files, [2, 4])
    const bytes = (parts as Record<string, Buffer>)['a.zip']!
    const zip = await openZip(partOf('a.zip', bytes))
    const names = ['pdf/2.PDF', 'pdf/both.pdf', 'leggimi.txt', 'dati/è.csv']
    expect(zip.files.map(({ name }) => name)).toEqual(names)
    const contents = names.map(async (name) => (await bytesOf(zip.extract(name))).toString())
    expect(await Promise.all(contents)).toEqual([
      ...['two', 'both', 'note'],
      'A;B\n2;x\\2.pdf\n4;both.pdf\n',
    ])
  })

  it('where the mapping knows no files, all of them stay', async () => {
    const { files: _, ...unknowing } = files
    const parts = await restParts([partOf('a.zip', archive)], unknowing, [2])
    const zip = await openZip(partOf('a', (parts as Record<string, Buffer>)['a.zip']!))
    expect(zip.files).toHaveLength(5)
  })

  it('companions stay as they are, those of records that are left out do not', async () => {
    const parts = [
      partOf('dati.csv', 'A;B\n1;1.pdf\n2;2.pdf\n'),
      partOf('1.pdf', '%PDF-1'),
      partOf('2.pdf', '%PDF-2'),
      partOf('note.pdf', '%PDF-n'),
    ]
    const rest = (await restParts(parts, files, [2])) as Record<string, Buffer>
    expect(Object.keys(rest)).toEqual(['dati.csv', '2.pdf', 'note.pdf'])
    expect(rest['dati.csv']!.toString()).toBe('A;B\n2;2.pdf\n')
  })

  it('records in a mail, and mails as records, have no rest', async () => {
    const mail = [
      'From: a@example.org',
      'Content-Type: multipart/mixed; boundary=b',
      ...['', '--b', 'Content-Type: text/csv', 'Content-Disposition: attachment; filename=a.csv'],
      ...['', 'A;B', '1;x', '2;y', '--b--', ''],
    ].join('\r\n')
    expect(await restText(mail, csv, [1])).toBe('REST_FORMAT')
    const whole = { format: 'mail', fields: { a: text('subject') } }
    expect(await restText(mail, whole, [])).toBe('REST_FORMAT')
  })
})

describe('rows', () => {
  it('keep their quotes, line ends, comments and blank lines', async () => {
    const before = 'A;B\r\n# one\r\n"1\r\n";"x ""y"""\r\n\r\n2;z\r\n3;"w'
    const spec = { ...csv, comment: '#' }
    expect(await restText(`${before}"`, spec, [1, 3])).toBe(`${before}"`.replace('2;z\r\n', ''))
    expect(await restText(`${before}"`, spec, [2])).toBe('A;B\r\n# one\r\n\r\n2;z\r\n')
  })

  it.each(['utf16le', 'utf8'] as const)('keep their mark and their encoding: %s', async (name) => {
    const encoded = (rows: string) => Buffer.from(`\uFEFFA;B\n${rows}`, name)
    const part = partOf('a', encoded('1;è\n2;€𝒳\n3;à\n'))
    const rest = await restParts([part], { ...csv, encoding: 'auto' }, [2])
    expect(rest).toEqual({ a: encoded('2;€𝒳\n') })
  })

  it.each(['auto', 'windows-1252'])('keep bytes of one character each: %s', async (encoding) => {
    const bytes = Buffer.from('A;B\n1;\xe8\n2;\x80\x92\n', 'latin1')
    expect(await restText(bytes, { ...csv, encoding }, [2])).toBe('A;B\n2;\x80\x92\n')
  })

  it('without a header keep their mark though the first goes', async () => {
    const spec = { ...csv, header: false, fields: { a: text(1) } }
    expect(await restText(Buffer.from('\uFEFF1\n2\n'), spec, [2])).toBe('\xef\xbb\xbf2\n')
  })

  it('with several records stay while any of these is wanted', async () => {
    const spec = {
      format: 'csv',
      repeat: { over: [1, 2], when: 'rata' },
      fields: { a: text('A'), rata: text('R{n}') },
    }
    const file = 'A;R1;R2\nx;1;2\ny;3;\nz;4;5\n'
    expect(await restText(file, spec, [2, 4])).toBe('A;R1;R2\nx;1;2\nz;4;5\n')
  })
})

describe('footers', () => {
  const footer = { column: 1, equals: 'TOT', count: 2, total: 3, of: 'c' }
  const spec = { format: 'csv', footer, fields: { a: text('A'), c: euro('C') } }

  it('of a CSV have the count and the total of the rows that stay, written as before', async () => {
    const file = 'A;B;C\n1;;1.000,50\n2;;2.000,25\n3;;3,00\n"TOT";003;"3.003,75 €"\n'
    const rest = await restText(file.replace(' €', ''), spec, [1, 3])
    expect(rest).toBe('A;B;C\n1;;1.000,50\n3;;3,00\n"TOT";002;"1.003,50"\n')
    expect(await restText(file.replace(' €', ''), spec, [])).toBe('A;B;C\n"TOT";000;"0,00"\n')
  })

  it('that the mapping does not explain refuse the rest', async () => {
    const rows = { ...spec, footer: { rows: 1 } }
    expect(await restText('A;B;C\n1;;1,00\nTOT;1;1,00\n', rows, [])).toBe('REST_FOOTER')
  })

  it('of fixed width keep their width, and the lines of a list are counted', async () => {
    const fixed = {
      format: 'fixed',
      lineType: { start: 1, length: 2 },
      lines: { IM: 'header', '14': 'start', '20': 'part', '51': 'ignore', EF: 'footer' },
      footer: {
        count: { start: 3, length: 5 },
        total: { start: 8, length: 8 },
        lines: { start: 16, length: 4 },
        of: 'c',
      },
      fields: {
        a: text({ line: '14', start: 3, length: 2 }),
        c: euro({ line: '20', start: 3, length: 6 }, 'cents'),
      },
    }
    const list = (...records: string[]) => `IM\r\n${records.join('')}`
    const one = '14aa\r\n20001000\r\n51xx\r\n'
    const two = '14bb\r\n20000250\r\n'
    const file = `${list(one, two)}EF00002    1250   7\r\n${list(two)}EF00001     250   4\r\n`
    const last = `${list(two)}EF00001     250   4\r\n`
    expect(await restText(file, fixed, [2, 3])).toBe(`${last}${last}`)
    expect(await restText(file, fixed, [1])).toBe(
      `${list(one)}EF00001    1000   5\r\nIM\r\nEF00000       0   2\r\n`,
    )
    const { footer: _, ...unexplained } = fixed
    expect(await restText(file, unexplained, [1])).toBe('REST_FOOTER')
  })
})

describe('workbooks', () => {
  const number = (cell: string, value: string) => `<c r="${cell}"><v>${value}</v></c>`
  const title = (cell: string, value: string) =>
    `<c r="${cell}" t="inlineStr"><is><t>${value}</t></is></c>`
  const row = (n: number, ...cells: string[]) => `<row r="${n}">${cells.join('')}</row>`
  const header = row(1, title('A1', 'A'), title('B1', 'C'))
  const spec = {
    format: 'xlsx',
    footer: { column: 1, equals: 'TOT', total: 2, of: 'c' },
    fields: { a: text('A'), c: euro('C') },
  }
  const rowsOf = (...rows: string[]) => workbookOf({ sheets: { F: [header, ...rows].join('\n') } })
  const sheetOf = async (rest: Awaited<ReturnType<typeof restParts>>) => {
    if (typeof rest === 'string') return rest
    const zip = await openZip(partOf('a', Object.values(rest)[0]!))
    return (await bytesOf(zip.extract('xl/worksheets/s0.xml'))).toString()
  }
  const one = row(2, title('A2', 'x'), number('B2', '10.5'))
  const two = row(3, title('A3', 'y'), number('B3', '2.25'))
  const total = (value: string) =>
    row(5, title('A5', 'TOT'), `<c r="B5"><f>SUM(B2:B4)</f><v>${value}</v></c>`)

  it('lose whole rows, and their total is written anew', async () => {
    const part = partOf('a.xlsx', rowsOf(one, two, total('12.75')))
    const sheet = await sheetOf(await restParts([part], spec, [2]))
    expect(sheet).toContain(`${header}\n${two}\n${total('2.25')}`)
  })

  it('have no rest where the total is no number', async () => {
    const textual = row(5, title('A5', 'TOT'), title('B5', '12,75'))
    const part = partOf('a.xlsx', rowsOf(one, two, textual))
    expect(await restParts([part], spec, [2])).toBe('REST_FOOTER')
  })

  it('have no rest where a formula that stays began in a row that goes', async () => {
    const { footer: _, ...plain } = spec
    const shared = (cell: string, ref: string) =>
      `<c r="${cell}"><f t="shared" si="0"${ref}>B2</f><v>1</v></c>`
    const rows = [
      row(2, title('A2', 'x'), shared('B2', ' ref="B2:B3"')),
      row(3, title('A3', 'y'), shared('B3', '')),
    ]
    const part = partOf('a.xlsx', rowsOf(...rows))
    expect(await restParts([part], plain, [2])).toBe('REST_FORMAT')
    expect(await sheetOf(await restParts([part], plain, [1]))).toContain(rows[0])
  })

  it('lose the order of computing, which names cells that are gone', async () => {
    const { footer: _, ...plain } = spec
    const types =
      '<Types><Override PartName="/xl/calcChain.xml"/><Default Extension="xml"/></Types>'
    const parts = { 'xl/calcChain.xml': '<calcChain/>', '[Content_Types].xml': types }
    const book = workbookOf({ sheets: { F: header + one + two }, parts })
    const rest = await restParts([partOf('a.xlsx', book)], plain, [1])
    const zip = await openZip(partOf('a', (rest as Record<string, Buffer>)['a.xlsx']!))
    expect(zip.files.map(({ name }) => name)).not.toContain('xl/calcChain.xml')
    const said = (await bytesOf(zip.extract('[Content_Types].xml'))).toString()
    expect(said).toBe('<Types><Default Extension="xml"/></Types>')
  })
})

describe('documents', () => {
  const cells = async (content: string, spec: RecordSpec) => {
    const { bytes } = await openRecords([partOf('a', content)], spec)
    const reader = createRecordReader(spec)
    const records = reader.write(await bytesOf(bytes))
    for (let last = reader.end(); last.length > 0; last = reader.end()) records.push(...last)
    return records.map((record) => record.cells)
  }
  /** Texts that are marks of the languages, too. */
  const value = fc.constantFrom('x', '<&>"', ']}', '"],', "it's", 'è€', '', 'a b')
  const coins = fc.infiniteStream(fc.boolean())

  it.each([undefined, 2])(
    'of JSON keep the records that are wanted, indented by %s',
    async (by) => {
      const spec = RecordSpec.parse({
        format: 'json',
        rows: 'gruppi.debiti',
        fields: { a: text('a'), b: text('../nome'), c: text('voci.0.x') },
      })
      const debt = fc.record({
        a: value,
        voci: fc.array(fc.record({ x: value })),
        altro: fc.constantFrom(null, [], [null, [1]], {}),
      })
      const group = fc.record({ nome: value, debiti: fc.array(debt), coda: fc.constant([null]) })
      await fc.assert(
        fc.asyncProperty(fc.array(group, { minLength: 1 }), coins, async (gruppi, stays) => {
          const content = JSON.stringify({ prima: [[]], gruppi, dopo: null }, null, by)
          const wanted = new Set<number>()
          let record = 0
          const left = gruppi.map(({ debiti, ...rest }) => ({
            ...rest,
            debiti: debiti.filter(() => {
              record++
              const isWanted = stays.next().value === true
              if (isWanted) wanted.add(record)
              return isWanted
            }),
          }))
          const rest = await restOf([partOf('a', content)], spec, (one) => wanted.has(one))
          const written = (await bytesOf(rest.parts[0]!.bytes)).toString()
          expect(JSON.parse(written)).toEqual({ prima: [[]], gruppi: left, dopo: null })
          const all = await cells(content, spec)
          const expected = all.filter((_, index) => wanted.has(index + 1))
          expect(await cells(written, spec)).toEqual(expected)
        }),
        { numRuns: 50 },
      )
    },
  )

  it('of XML keep the records that are wanted', async () => {
    const spec = RecordSpec.parse({
      format: 'xml',
      rows: 'g/d',
      fields: { a: text('@a'), b: text('../nome'), c: text('v') },
    })
    const escaped = (raw: string) =>
      raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
    const debt = fc.tuple(value, value).map(([a, c]) => {
      return `<x:d a="${escaped(a)}" x='>'><v><![CDATA[${c}]]></v><!-- </d> --></x:d>`
    })
    const group = fc
      .tuple(value, fc.array(fc.oneof(debt, fc.constant('<d/>'))))
      .map(([nome, debts]) => `<g>\r\n <nome>${escaped(nome)}</nome>${debts.join('\r\n ')}\n</g>`)
    await fc.assert(
      fc.asyncProperty(fc.array(group), coins, async (groups, stays) => {
        const content = `<?xml version="1.0"?>\n<r><g><d a="1"/></g>${groups.join('')}</r>`
        const all = await cells(content, spec)
        const isWanted = all.map(() => stays.next().value === true)
        const rest = await restOf([partOf('a', content)], spec, (one) => isWanted[one - 1]!)
        const written = (await bytesOf(rest.parts[0]!.bytes)).toString()
        expect(await cells(written, spec)).toEqual(all.filter((_, index) => isWanted[index]))
      }),
      { numRuns: 100 },
    )
  })

  it('say how many records they have, and what these come to, of those that stay', async () => {
    const totals = { count: '../n', total: '/t', of: 'c' }
    const fields = { c: euro('c', 'dot') }
    const xml = { format: 'xml', rows: 'g/d', totals: { ...totals, total: '../t' }, fields }
    const d = (cents: string) => `<d><c>${cents}</c></d>`
    const content = `<r><g><n> 03 </n>${d('1.50')}${d('2.25')}${d('3.00')}<t>6.75</t></g></r>`
    expect(await restText(content, xml, [2])).toBe(
      `<r><g><n> 01 </n>${d('2.25')}<t>2.25</t></g></r>`,
    )
    expect(await restText(content, xml, [1, 2, 3])).toBe(content)

    const json = { format: 'json', rows: 'd', totals: { ...totals, total: '../t' }, fields }
    const document = '{"n": 3, "d": [{"c": 1.50}, {"c": "2.25"}, {"c": 3.00}], "t": "6.75 "}'
    expect(await restText(document, json, [1, 3])).toBe(
      '{"n": 2, "d": [{"c": 1.50}, {"c": 3.00}], "t": "4.50 "}',
    )
  })

  it('whose totals cannot be written anew have no rest', async () => {
    const xml = { format: 'xml', rows: 'g/d', fields: { a: text('.') } }
    const attribute = { ...xml, totals: { count: '../@n' } }
    expect(await restText('<g n="2"><d>1</d><d>2</d></g>', attribute, [1])).toBe('REST_FOOTER')
    const wrapped = { ...xml, totals: { count: '../n' } }
    const content = '<g><n><![CDATA[2]]></n><d>1</d><d>2</d></g>'
    expect(await restText(content, wrapped, [1])).toBe('REST_CONTENT')
  })

  it('without any record that stays are written all the same', async () => {
    const xml = { format: 'xml', rows: 'd', fields: { a: text('.') } }
    expect(await restText('<?xml version="1.0"?>\n<d>1</d>\n', xml, [])).toBe(
      '<?xml version="1.0"?>\n',
    )
    const json = { format: 'json', fields: { a: text('a') } }
    expect(await restText('[{"a": 1}]\n', json, [])).toBe('[]\n')
  })
})
