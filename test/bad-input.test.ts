// What sources get wrong, from the file in their directory to what the office reads: the folder
// connector, the stages that collect and map, and a database. Whatever comes, the drop stays
// readable as it was, and either each record says what is wrong with it, or the flow does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import folder from '../connectors/folder/index.ts'
import { bill, billRow, billsCsv, billsHeader, contact, contactsCsv } from '../scripts/samples.ts'
import { zipOf } from '../scripts/zip-writer.ts'
import { dropCodes, refusalCodes } from '../src/domain/codes.ts'
import type { Refusal } from '../src/domain/refusal.ts'
import { collectFeed } from '../src/pipeline/collect.ts'
import type { MapFeed } from '../src/pipeline/map.ts'
import type { FlowRow } from '../src/store/flows.ts'
import {
  canteenFile,
  canteenRow,
  canteenRows,
  feedOf,
  type GivenPipeline,
  givenPipeline,
  numbers,
} from './pipeline/given.ts'
import { wholeOf } from './store/given.ts'

const directory = mkdtempSync(join(tmpdir(), 'staffetta-bad-'))
let given: GivenPipeline
let files = 0
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(async () => {
  await given.close()
  rmSync(directory, { recursive: true })
})

/** An institution of its own, whose contacts are those of the first ten customers. */
async function institution(changes: Partial<MapFeed> = {}) {
  const feeds = { institution: `comune-${++files}`, ...changes }
  const contacts = Array.from({ length: 10 }, (_, n) => contact(n))
  await collectAndMap(feedOf('contatti', feeds), contactsCsv(contacts))
  return { bills: feedOf('bollette', feeds), canteen: feedOf('mensa', feeds) }
}

interface Ended {
  flow: FlowRow | null
  refused: { line: number; key: string | null; refusals: Refusal[] }[]
  account: Record<string, number>
}

/** The file lies in the directory, is collected, is mapped; its drop still has its bytes. */
async function collectAndMap(feed: MapFeed, bytes: Buffer | string): Promise<Ended> {
  const name = `drop-${++files}`
  writeFileSync(join(directory, name), bytes)
  const settings = await folder.settings.parseAsync({
    directory,
    pattern: name,
    stabilitySeconds: 0,
  })
  const { institution: id, feed: feedName, notify } = feed
  const source = { connector: folder, settings, from: 'all' as const, maximumDropBytes: 1e8 }
  const summary = await collectFeed(
    { institution: id, feed: feedName, notify, ...source },
    {
      whileLeased: (lease, work) => given.store.leases.hold(lease, ({ lost }) => work(lost)),
      feeds: given.store.feeds,
      drops: given.store.drops,
      now: () => given.clock.now,
      sleep: async () => {},
      log: { debug() {}, info() {}, warn() {} },
    },
    new AbortController().signal,
  )
  expect(summary?.failure).toBeNull()
  const dropId = summary?.drops[0]?.id as number
  await given.map(dropId, feed)
  await expectReadable(dropId, Buffer.from(bytes))
  return endOf(dropId)
}

async function expectReadable(dropId: number, bytes: Buffer): Promise<void> {
  const [part] = await given.store.drops.parts(dropId)
  if (!part) throw new Error('the drop has no part')
  const stored = await wholeOf(given.store.drops.open(dropId, part).stream())
  expect(stored.equals(bytes)).toBe(true)
}

async function endOf(dropId: number): Promise<Ended> {
  const { rows } = await given.pool.query('select id from flows where drop_id = $1', [dropId])
  const id = rows[0]?.id
  if (id === undefined) return { flow: null, refused: [], account: {} }
  const { flows } = given.store
  const account = Object.entries(await flows.account(id)).filter(([, count]) => count > 0)
  return {
    flow: await flows.get(id),
    refused: await flows.refusals(id, 100),
    account: Object.fromEntries(account),
  }
}

const due = Temporal.PlainDate.from('2026-04-30')
const sound = numbers(3).map((n) => bill(n, '2026-03', due))
const soundZip = zipOf([{ name: 'bollette.csv', bytes: billsCsv(sound) }])
const billsOf = (...rows: string[]) => [billsHeader(), ...rows, ''].join('\r\n')
const rowWith = (changes: object, n = 5) => billRow({ ...bill(n, '2026-03', due), ...changes })

/** A person’s code whose last letter is not the one that the others ask for. */
const { fiscalCode } = contact(1)
const wrongCheck = fiscalCode.slice(0, 15) + (fiscalCode.endsWith('A') ? 'B' : 'A')

describe('a file that cannot be read', () => {
  test.each<[string, string, number | null, Buffer | string]>([
    ['a truncated ZIP', 'DROP_ZIP_TRUNCATED', null, soundZip.subarray(0, -30)],
    ['the first bytes of a ZIP', 'DROP_ZIP_TRUNCATED', null, soundZip.subarray(0, 20)],
    ['a ZIP with nothing in it', 'DROP_ZIP_MEMBER', null, zipOf([])],
    [
      'a ZIP with a path out of its directory',
      'DROP_ZIP_ENTRY_NAME',
      null,
      zipOf([
        { name: '../../etc/passwd', bytes: Buffer.from('root::0:0') },
        { name: 'bollette.csv', bytes: billsCsv(sound) },
      ]),
    ],
    [
      'a ZIP with two flows',
      'DROP_ZIP_MEMBER',
      null,
      zipOf(['a.csv', 'b.csv'].map((name) => ({ name, bytes: billsCsv(sound) }))),
    ],
    [
      'a ZIP whose content was changed',
      'DROP_ZIP_DAMAGED',
      null,
      zipOf([{ name: 'a.csv', bytes: billsCsv(sound), stored: true }]).fill('9', 200, 210),
    ],
    [
      'a quote that is never closed',
      'DROP_CSV_QUOTE',
      3,
      billsOf(billRow(sound[0] as (typeof sound)[0]), '"C0000001;manca la virgoletta'),
    ],
    [
      'a header without a column',
      'DROP_CSV_HEADER',
      1,
      billsOf(rowWith({})).replace('COD_AVVISO', 'CODICE_AVVISO'),
    ],
    ['another delimiter', 'DROP_CSV_HEADER', 1, billsOf(rowWith({})).replaceAll(';', ',')],
    ['a byte that is no text', 'DROP_ENCODING', 2, billsOf('C0000001\0')],
    ['a row without end', 'DROP_CSV_BOUNDS', 2, billsOf('x'.repeat(1_100_000))],
  ])('%s leaves a flow that says what, where and what to do', async (_what, code, line, bytes) => {
    const { bills } = await institution()
    const { flow, account } = await collectAndMap(bills, bytes)
    expect(flow).toMatchObject({
      state: 'inactive',
      reason: 'with-errors',
      problem: { code, line, detail: expect.any(String), remedy: expect.any(String) },
    })
    expect(code in dropCodes).toBe(true)
    expect(flow?.problem?.detail.length).toBeGreaterThan(20)
    expect(flow?.problem?.remedy.length).toBeGreaterThan(20)
    expect(account).toEqual({})
    const left = `select count(*) from notices n join institutions i on i.id = n.institution_id
      where i.name = $1`
    expect(await given.count(left, bills.institution)).toBe(0)
  })

  test('is told to the staff by mail, with its code and no data of people', async () => {
    const { bills } = await institution()
    await collectAndMap(bills, billsOf(rowWith({}), `"${fiscalCode}`))
    const { rows } = await given.pool.query(
      `select subject, body from staff_mails m join institutions i on i.id = m.institution_id
       where i.name = $1 order by m.id desc limit 1`,
      [bills.institution],
    )
    expect(rows[0].subject).toBe('File non leggibile: bollette')
    expect(rows[0].body).toContain('DROP_CSV_QUOTE (riga 3)')
    expect(rows[0].body).not.toContain(fiscalCode)
  })

  test('can come again, mended, under another name', async () => {
    const { bills } = await institution()
    await collectAndMap(bills, soundZip.subarray(0, -30))
    const { flow, account } = await collectAndMap(bills, soundZip)
    expect(flow).toMatchObject({ state: 'active', problem: null })
    expect(account).toEqual({ read: 3, waiting: 3 })
  })
})

describe('a record that gives no message', () => {
  test.each<[string, string, string | null, string]>([
    [
      'a customer who is not in the contacts',
      'REC_LOOKUP_MISSING',
      'codice_cliente',
      rowWith({ customer: 'C0009999' }),
    ],
    ['an amount without decimals', 'REC_AMOUNT_FORM', 'importo', rowWith({ amount: '145000' })],
    ['an amount with a point alone', 'REC_AMOUNT_FORM', 'importo', rowWith({ amount: '1.450' })],
    ['an amount in the other style', 'REC_AMOUNT_FORM', 'importo', rowWith({ amount: '1,450.00' })],
    ['an amount with an exponent', 'REC_AMOUNT_FORM', 'importo', rowWith({ amount: '1e3' })],
    ['an amount of nothing', 'REC_AMOUNT_RANGE', 'importo', rowWith({ amount: '0,00' })],
    ['an amount below nothing', 'REC_AMOUNT_RANGE', 'importo', rowWith({ amount: '-5,00' })],
    ['an amount beyond IO', 'REC_AMOUNT_RANGE', 'importo', rowWith({ amount: '100.000.000,00' })],
    ['a day that does not exist', 'REC_DATE_FORM', 'scadenza', rowWith({ due: '31/02/2026' })],
    ['a date in another order', 'REC_DATE_FORM', 'scadenza', rowWith({ due: '2026-04-30' })],
    [
      'a notice number that is short',
      'REC_NOTICE_NUMBER_FORM',
      'avviso',
      rowWith({ notice: '3020' }),
    ],
    ['a value that is not there', 'REC_FIELD_MISSING', 'emissione', rowWith({ emission: '' })],
    ['one column too few', 'REC_COLUMNS', null, 'C0000005;Rossi;1'],
    ['one column too many', 'REC_COLUMNS', null, `${rowWith({})};in più`],
  ])('%s is refused, by code, field, line and remedy', async (_what, code, field, row) => {
    const { bills } = await institution()
    const [before, after] = [rowWith({}, 1), rowWith({}, 2)]
    const { flow, refused, account } = await collectAndMap(bills, billsOf(before, row, after))
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({ line: 3, refusals: [{ code, field }] })
    expect(code in refusalCodes).toBe(true)
    const [refusal] = (refused[0] as Ended['refused'][0]).refusals as [Refusal]
    expect(refusal.detail.length).toBeGreaterThan(10)
    expect(refusal.remedy.length).toBeGreaterThan(10)
    expect(flow).toMatchObject({ state: 'active', problem: null })
    expect(account).toEqual({ read: 3, waiting: 2, refused: 1 })
  })

  test('says all that is wrong with it at once', async () => {
    const { bills } = await institution()
    const row = rowWith({
      customer: 'C9',
      amount: '1450',
      due: '31/02/2026',
      notice: '9',
      emission: '',
    })
    const { refused } = await collectAndMap(bills, billsOf(row))
    expect(refused[0]?.refusals.map(({ code, field }) => `${code} ${field}`).sort()).toEqual([
      'REC_AMOUNT_FORM importo',
      'REC_DATE_FORM scadenza',
      'REC_FIELD_MISSING emissione',
      'REC_LOOKUP_MISSING codice_cliente',
      'REC_NOTICE_NUMBER_FORM avviso',
    ])
  })

  test('is one with a wrong check letter, which says the right one', async () => {
    const { canteen } = await institution()
    const row = canteenRow(1, { fiscalCode: wrongCheck })
    const { refused, account } = await collectAndMap(canteen, canteenFile([row]))
    expect(account).toEqual({ read: 1, refused: 1 })
    expect(refused[0]).toMatchObject({
      line: 2,
      key: 'MENSA-1|2026-03',
      refusals: [
        {
          code: 'REC_FISCAL_CODE_CHECK',
          field: 'codice_fiscale',
          detail: expect.stringContaining(`dovrebbe finire con ${fiscalCode[15]}`),
          remedy: expect.any(String),
        },
      ],
    })
  })

  test('is not one of IO’s test citizen, nor of a colleague who tests', async () => {
    const { canteen } = await institution({ testers: new Set([wrongCheck]) })
    const rows = [wrongCheck, 'AAAAAA00A00A000A', wrongCheck.toLowerCase()].map((code, n) =>
      canteenRow(n, { fiscalCode: code }),
    )
    const { account } = await collectAndMap(canteen, canteenFile(rows))
    expect(account).toEqual({ read: 3, waiting: 3 })
  })

  test('does not keep the others of its file, however many there are', async () => {
    const { canteen } = await institution({ batchRecords: 3 })
    const rows = canteenRows(...numbers(40)).map((row, n) => (n % 4 === 0 ? 'rovinata' : row))
    const { refused, account } = await collectAndMap(canteen, canteenFile(rows))
    expect(account).toEqual({ read: 40, waiting: 30, refused: 10 })
    expect(refused.map(({ line }) => line)).toEqual(numbers(10).map((n) => 2 + 4 * n))
  })
})

describe('a file that is odd and right', () => {
  test.each<[string, string | Buffer, number]>([
    ['without bytes', '', 0],
    ['with its header alone', canteenFile([]), 0],
    ['with a byte order mark', `\ufeff${canteenFile(canteenRows(1, 2))}`, 2],
    ['without a last line end', canteenFile(canteenRows(1, 2)).trimEnd(), 2],
    ['with blank lines', canteenFile(canteenRows(1, 2)).replaceAll('\n', '\n\n'), 2],
    ['with the line ends of every system', canteenFile(canteenRows(1, 2)).replace('\n', '\r'), 2],
    [
      'with a header in small letters',
      canteenFile(canteenRows(1)).replace(/^.*/, (h) => h.toLowerCase()),
      1,
    ],
    ['with quotes around every value', canteenFile(canteenRows(1)).replace(/[^,\n]+/g, '"$&"'), 1],
    [
      'with a last delimiter in every line',
      canteenFile(canteenRows(1, 2)).replace(/(.)$/gm, '$1,'),
      2,
    ],
  ])('is read to its end: %s', async (_what, bytes, count) => {
    const { canteen } = await institution()
    const { flow, account } = await collectAndMap(canteen, bytes)
    expect(flow).toMatchObject({ state: 'active', problem: null })
    expect(account).toEqual(count === 0 ? {} : { read: count, waiting: count })
  })
})
