// Files that are no workbooks, and workbooks that are damaged or meant to do harm: each ends with a
// code of its own, before anything of it is believed.
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { zipOf } from '../../scripts/zip-writer.ts'
import { DropError } from '../../src/mapping/drop-error.ts'
import { faultOf, linesOf, type Parts, partsOf, workbookOf, worksheet } from './workbook.ts'

const zipped = (...names: string[]) =>
  zipOf(names.map((name) => ({ name, bytes: Buffer.from('x') })))

/** A compound file whose directory, in its second sector, names these streams. */
function compoundFile(...streams: string[]): Buffer {
  const file = Buffer.alloc(2048)
  file.set(Buffer.from('d0cf11e0a1b11ae1', 'hex'))
  file.writeUInt16LE(9, 30)
  file.writeUInt32LE(1, 48)
  for (const [at, name] of ['Root Entry', ...streams].entries()) {
    file.write(name, 1024 + 128 * at, 'utf16le')
  }
  return file
}

describe('a file is refused for what it is', () => {
  it.each<[string, Buffer, string]>([
    ['the old format of Excel', compoundFile('Workbook'), 'DROP_XLSX_XLS'],
    ['an older one', compoundFile('Book'), 'DROP_XLSX_XLS'],
    ['half of the old format', compoundFile('Workbook').subarray(0, 40), 'DROP_XLSX_XLS'],
    ['an encrypted one', compoundFile('EncryptionInfo'), 'DROP_XLSX_ENCRYPTED'],
    ['the binary format', zipped('[Content_Types].xml', 'xl/workbook.bin'), 'DROP_XLSX_XLSB'],
    ['one of LibreOffice', zipped('mimetype', 'content.xml'), 'DROP_XLSX_ODS'],
    ['another archive', zipped('bollette.csv'), 'DROP_XLSX_NONE'],
    ['an empty archive', zipOf([]), 'DROP_XLSX_NONE'],
    ['a web page', Buffer.from('\ufeff <html><table><tr><td>1'), 'DROP_XLSX_NONE'],
    ['XML of Excel 2003', Buffer.from('<?xml ?><?mso-application progid='), 'DROP_XLSX_NONE'],
    ['a text', Buffer.from('COD\tIMPORTO\r\n'), 'DROP_XLSX_NONE'],
    ['a document of Word', wordDocument(), 'DROP_XLSX_DAMAGED'],
    ['half a workbook', workbookOf({ sheets: { A: '' } }).subarray(0, 700), 'DROP_ZIP_TRUNCATED'],
  ])('%s', async (_, bytes, code) => {
    const fault = await faultOf(bytes)
    expect(fault.code).toBe(code)
    expect(fault.remedy).not.toBe('')
  })
})

function wordDocument(): Buffer {
  return zipOf([
    { name: '[Content_Types].xml', bytes: Buffer.from('<Types/>') },
    { name: 'word/document.xml', bytes: Buffer.from('<document/>') },
  ])
}

const row = '<row r="1"><c r="A1"><v>1</v></c></row>'
const sheetPart = 'xl/worksheets/s0.xml'

describe('a workbook is refused as damaged', () => {
  it.each<[string, Partial<Parts>]>([
    ['that is cut', { parts: { [sheetPart]: worksheet(row).slice(0, -20) } }],
    ['with elements crossed', { parts: { [sheetPart]: '<worksheet><sheetData></worksheet>' } }],
    ['with two roots', { parts: { [sheetPart]: `${worksheet(row)}<a/>` } }],
    ['with an entity', { sheets: { A: '<row><c t="str"><v>&x;</v></c></row>' } }],
    ['with a DTD', { parts: { [sheetPart]: '<!DOCTYPE a [<!ENTITY x "y">]><worksheet/>' } }],
    [
      'with bytes that are no text',
      { parts: { [sheetPart]: Buffer.from('<a>\xff</a>', 'latin1') } },
    ],
    ['with a NUL', { sheets: { A: '<row><c t="str"><v>\0</v></c></row>' } }],
    ['with rows out of order', { sheets: { A: `<row r="2"/>${row}` } }],
    ['with a row twice', { sheets: { A: row + row } }],
    ['with a row of no number', { sheets: { A: '<row r="x"/>' } }],
    ['with cells out of order', { sheets: { A: '<row><c r="B1"/><c r="A1"/></row>' } }],
    ['with a cell of no column', { sheets: { A: '<row><c r="12"/></row>' } }],
    ['with a number that is none', { sheets: { A: '<row><c><v>12,5</v></c></row>' } }],
    ['with a number beyond numbers', { sheets: { A: '<row><c><v>1e999</v></c></row>' } }],
    ['with a text that is not there', { sheets: { A: '<row><c t="s"><v>0</v></c></row>' } }],
  ])('%s', async (_, parts) => {
    const fault = await faultOf(workbookOf({ sheets: { A: '' }, ...parts }))
    expect(fault.code).toBe('DROP_XLSX_DAMAGED')
    expect(fault.detail).toContain(sheetPart)
  })

  it.each(['xl/workbook.xml', sheetPart])('without its part %s', async (missing) => {
    const { [missing]: _, ...parts } = partsOf({ sheets: { A: row } })
    const entries = Object.entries(parts).map(([name, content]) => ({
      name,
      bytes: Buffer.from(content as string),
    }))
    expect((await faultOf(zipOf(entries))).code).toBe('DROP_XLSX_DAMAGED')
  })

  it('never with a word of its content', async () => {
    const sheets = { A: '<row><c t="str"><v>RSSMRA80A01H501U & <</v></c></row>' }
    const fault = await faultOf(workbookOf({ sheets }))
    expect(fault.code).toBe('DROP_XLSX_DAMAGED')
    expect(`${fault.message}${fault.cause}`).not.toContain('RSSMRA')
  })
})

describe('a workbook is refused for its size', () => {
  it.each<[string, Partial<Parts>]>([
    ['in rows', { sheets: { A: '<row r="1048577"/>' } }],
    ['in columns', { sheets: { A: '<row><c r="XFD1"><v>1</v></c></row>' } }],
    ['in depth', { sheets: { A: '<row>'.repeat(100) } }],
    ['of a text', { sheets: { A: `<row><c t="str"><v>${'x'.repeat(2_000_000)}` } }],
    ['of a shared text', { strings: [`<t>${'x'.repeat(150_000)}</t>`] }],
    ['of a comment', { sheets: { A: `<!--${'x'.repeat(2_000_000)}-->` } }],
    ['of a tag', { sheets: { A: `<row ${attributes(200_000)}>` } }],
    [
      'of a row',
      { sheets: { A: `<row>${`<c t="str"><v>${'x'.repeat(90_000)}</v></c>`.repeat(12)}` } },
    ],
    ['of its styles', { formats: new Array(100_001).fill('0') }],
    ['of its contents', { parts: { 'xl/workbook.xml': randomText(34 * 1024 ** 2) } }],
  ])('%s', async (_, parts) => {
    expect((await faultOf(workbookOf({ sheets: { A: row }, ...parts }))).code).toBe(
      'DROP_XLSX_BOUNDS',
    )
  })

  it('before a bomb is unpacked', async () => {
    const bomb = workbookOf({ sheets: { A: ' '.repeat(60 * 1024 ** 2) } })
    expect(bomb.length).toBeLessThan(100_000)
    expect((await faultOf(bomb)).code).toBe('DROP_ZIP_RATIO')
  })

  it('but columns that are only formatted have none', async () => {
    const sheets = { A: '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>' }
    expect(await linesOf(workbookOf({ sheets }))).toBe('{"row":1,"cells":[1]}\n')
  })
})

function attributes(count: number): string {
  return Array.from({ length: count }, (_, at) => `a${at}="1"`).join(' ')
}

function randomText(length: number): string {
  return randomBytes(length / 2).toString('hex')
}

describe('damaged workbooks', () => {
  it('always end in a DropError or in rows', async () => {
    const strings = ['<t>uno</t>', '<r><t>due</t></r>']
    const sheets = { A: `${row}<row r="3"><c t="s"><v>1</v></c><c s="1"><v>46691</v></c></row>` }
    const parts = partsOf({ sheets, strings, formats: ['dd/mm/yyyy'] })
    const names = Object.keys(parts)
    const damage = fc.tuple(fc.constantFrom(...names), fc.nat(500), fc.string({ maxLength: 3 }))
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const changed = { ...parts }
        for (const [name, at, text] of damages) {
          const content = String(changed[name])
          changed[name] = content.slice(0, at) + text + content.slice(at + 2)
        }
        const bytes = workbookOf({ sheets: {}, parts: changed })
        try {
          for (const line of (await linesOf(bytes)).split('\n').slice(0, -1)) JSON.parse(line)
        } catch (error) {
          if (!(error instanceof DropError)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})
