// Exports: what stands in the files, who may have it in them, and what stays of it in the log.
import { readXlsx } from 'hucre/xlsx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sheetOf } from '../../src/desk/exports/sheet.ts'
import type { ExportCell, ExportColumn } from '../../src/desk/exports/source.ts'
import { noFilter } from '../../src/store/message-filter.ts'
import { children, INSTITUTION, type Installation, openInstallation } from '../installation.ts'

const columns: readonly ExportColumn[] = [
  { title: { it: 'Testo', en: 'Text' }, kind: 'text' },
  { title: { it: 'Numero', en: 'Count' }, kind: 'count' },
  { title: { it: 'Importo', en: 'Amount' }, kind: 'cents' },
  { title: { it: 'Ora', en: 'Time' }, kind: 'time' },
  { title: { it: 'Istante', en: 'Instant' }, kind: 'instant' },
  { title: { it: 'Giorno', en: 'Day' }, kind: 'day' },
]
const MARCH = Temporal.Instant.from('2026-03-29T01:30:00Z')

async function* these(rows: readonly (readonly ExportCell[])[]) {
  yield* rows
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}

const options = { name: 'prova', language: 'it', timeZone: 'Europe/Rome', columns } as const

describe('a sheet', () => {
  const row: ExportCell[] = ['00123', 7, 1234550, 1774754999, MARCH, 20541]

  test('as CSV has a mark of UTF-8, semicolons and values as Italian offices write', async () => {
    const text = (await bytesOf(sheetOf('csv', these([row]), options))).toString('utf8')
    expect(text).toBe(
      '\ufeffTesto;Numero;Importo;Ora;Istante;Giorno\r\n' +
        '00123;7;12345,50;29/03/2026 03:29:59;29/03/2026 03:30:00;29/03/2026\r\n',
    )
  })

  test('as a workbook keeps zeros as text, amounts as numbers and instants as dates', async () => {
    const book = await readXlsx(await bytesOf(sheetOf('xlsx', these([row]), options)))
    const [head, first] = book.sheets[0]?.rows ?? []
    expect(head).toEqual(['Testo', 'Numero', 'Importo', 'Ora', 'Istante', 'Giorno'])
    expect(first?.slice(0, 3)).toEqual(['00123', 7, 12345.5])
    expect(first?.[3]).toEqual(new Date('2026-03-29T03:29:59Z'))
    expect(first?.[4]).toEqual(new Date('2026-03-29T03:30:00Z'))
  })

  test.each(['=1+1', '+39', '-3', '@x', ' =1', '\t=1', '＝1', '\u200b=1', '\r=1'])(
    'makes %j no formula',
    async (text) => {
      const csv = await bytesOf(sheetOf('csv', these([[text]]), options))
      expect(csv.toString('utf8').split('\r\n').slice(1).join('\r\n')).toMatch(/^"?'/)
      const book = await readXlsx(await bytesOf(sheetOf('xlsx', these([[text]]), options)))
      expect(String(book.sheets[0]?.rows[1]?.[0])).toMatch(/^'/)
    },
  )

  test('goes on in further sheets, each with the headings', async () => {
    const rows = Array.from({ length: 5 }, (_, n): ExportCell[] => [`r${n}`])
    const more = { ...options, rowsPerSheet: 3 }
    const book = await readXlsx(await bytesOf(sheetOf('xlsx', these(rows), more)))
    expect(book.sheets.map(({ rows }) => rows.map(([first]) => first))).toEqual([
      ['Testo', 'r0', 'r1'],
      ['Testo', 'r2', 'r3'],
      ['Testo', 'r4'],
    ])
  })
})

const allFlows = {
  ...{ state: null, service: null, feed: null, emission: null, arrivedFrom: null, arrivedTo: null },
  ...{ sentFrom: null, sentTo: null, text: null, preparedBy: null },
  ...{ withErrors: false, withUncertain: false, tests: false },
}

describe('an export', () => {
  let here: Installation
  let flow: number
  const wish: Parameters<Installation['app']['desk']['exports']['open']>[0] = {
    ...{ kind: 'messages', format: 'csv', name: 'messaggi', institution: INSTITUTION },
    ...{ language: 'it', timeZone: 'Europe/Rome', asked: 'tutti', actor: 'sportello' },
    ...{ services: null, purpose: null, filter: noFilter },
  }

  beforeAll(async () => {
    here = await openInstallation()
    flow = await here.drop(children(3))
    await here.send()
  })
  afterAll(() => here[Symbol.asyncDispose]())

  const exported = async (more: object = {}) => {
    const opened = await here.app.desk.exports.open({ ...wish, ...more })
    if ('refused' in opened) throw new Error(opened.refused)
    return (await bytesOf(opened.bytes)).toString('utf8').trimEnd().split('\r\n')
  }
  const acts = () =>
    here.query<{ actor: string; verb: string; detail: object }>(
      `select actor, verb, detail from acts where subject = 'export/messages' order by id`,
    )

  test('has a row a message, without anybody’s data, and is written down', async () => {
    const [head, ...rows] = await exported()
    expect(head).not.toContain('Codice fiscale')
    expect(rows).toHaveLength(6)
    expect(rows.join('\n')).not.toMatch(/[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]/)
    expect((await acts()).at(-1)).toMatchObject({
      ...{ actor: 'sportello', verb: 'exported 6 rows' },
      detail: { format: 'csv', asked: 'tutti', personal: false },
    })
  })

  test('has people’s data for who said what for, so often a day', async () => {
    const [head, ...rows] = await exported({ purpose: 'elenco per le lettere' })
    expect(head).toContain('Codice fiscale')
    expect(rows.every((row) => /[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]/.test(row))).toBe(true)
    expect((await acts()).at(-1)?.detail).toMatchObject({ note: 'elenco per le lettere' })
    const made = { actor: 'sportello', origin: 'console', verb: 'exported 1 rows' }
    const act = { ...made, subject: 'export/messages', detail: { personal: true } }
    const now = Temporal.Now.instant()
    for (let n = 1; n < 20; n++) await here.app.store.acts.add(INSTITUTION, act, now)
    const again = await here.app.desk.exports.open({ ...wish, purpose: 'ancora uno' })
    expect(again).toEqual({ refused: 'quota' })
  })

  test('finds what its filter names, and nothing of services that they may not see', async () => {
    expect(await exported({ filter: { ...noFilter, flow, stand: 'waiting' } })).toHaveLength(4)
    expect(await exported({ filter: { ...noFilter, flow, stand: 'cancelled' } })).toHaveLength(1)
    expect(await exported({ services: ['tari'] })).toHaveLength(1)
    const flows = await exported({ kind: 'flows', filter: allFlows })
    expect(flows).toHaveLength(2)
  })

  test('that nobody reads to its end is ended, written down, and in nobody’s way', async () => {
    const opened = await here.app.desk.exports.open(wish)
    if ('refused' in opened) throw new Error(opened.refused)
    const unread = await here.app.desk.exports.open(wish)
    expect('refused' in unread).toBe(false)
    for await (const _ of opened.bytes) break
    expect((await acts()).at(-1)?.verb).toBe('exported 6 rows, and broke off')
    expect(await exported()).toHaveLength(7)
  })
})
