// The life of ready-made services as their institution sees it: files of several days through the
// whole app in a rehearsal. What has left, and what no longer did, is compared with what
// `service.yaml` promises.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { rehearse } from '../src/rehearsing.ts'

const catalogue = new URL('../src/catalogue/', import.meta.url).pathname
let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-life-'))
  await write('staffetta.yaml', 'accounts: { prova: { callsPerWindow: 150, windowSeconds: 5 } }\n')
  await write('paese/institution.yaml', institution)
  await write('paese/mappings/incassi.yaml', payments)
  for (const [feed, mapping] of Object.entries(feeds)) {
    const service = feed === 'incassi' ? '' : 'service: prova\n'
    await write(`paese/feeds/${feed}.yaml`, `mapping: ${mapping}\n${service}${folder}`)
  }
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const institution = `name: Paese di Prova
fiscalCode: "00000000018"
services:
  prova: { serviceId: 01EXAMPLE0PROVA00000000000, account: prova, key: "env:NO", mode: dry-run }
catalogue: { cie: true, multe: true, tari: true }
`
const payments = `shape: settlement
series: [tari-avviso, multe-verbale]
record: { format: csv, fields: { avviso: { column: AVVISO, type: noticeNumber } } }
by: noticeNumber
key: [avviso]
as: settled
`
const folder = `connector: folder
settings: { directory: /nowhere, pattern: "*.csv", after: leave }
schedule: "*/15 * * * *"
from: all
`
const feeds = {
  appuntamenti: 'cie-appuntamento',
  annullamenti: 'cie-annullamento',
  scadenze: 'cie-scadenza',
  tari: 'tari-avviso',
  multe: 'multe-verbale',
  incassi: 'incassi',
}

async function write(path: string, text: string): Promise<void> {
  const whole = join(directory, path)
  await mkdir(dirname(whole), { recursive: true })
  await writeFile(whole, text)
}

/** Header and rows of a sample of the catalogue, by the beginning of the row. */
async function rowsOf(sample: string, ...starts: string[]): Promise<string> {
  const [header, ...rows] = (await readFile(join(catalogue, sample), 'utf8')).split('\n')
  const wanted = rows.filter((row) => starts.some((start) => row.startsWith(start)))
  return `${[header, ...wanted].join('\n')}\n`
}

const paid = (...numbers: string[]) => `${['AVVISO', ...numbers].join('\n')}\n`

/** What became of each message: `tari -7d 09:30: 3 left, 1 paid`. */
async function livesOf(feed: string, files: Record<string, string>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) await write(`files-${feed}/${path}`, text)
  const { rehearsal } = await rehearse({
    ...{ configDirectory: directory, institution: 'paese', feed, year: null },
    ...{ directory: join(directory, `files-${feed}`), answers: new Map(), populationFile: null },
    ...{ databaseUrl: inject('databaseUrl'), stop: new AbortController().signal },
    onProgress() {},
  })
  const { rules } = rehearsal!
  return rules.map((rule) => {
    const { source, purpose, at, planned, left, paid: settled, cancelled } = rule
    const counts = { planned, left, paid: settled, cancelled }
    const said = Object.entries(counts).filter(([, count]) => count > 0)
    return `${source} ${at ?? purpose}: ${said.map(([name, n]) => `${n} ${name}`).join(', ')}`
  })
}

test.concurrent('of one file, who cancels is not reminded and who moves is told', async () => {
  const booked = await rowsOf('cie/samples/cie-appuntamenti.csv', 'A-0101', 'A-0102', 'A-0103')
  const later = booked
    .replace(/^A-0103.*\n/m, '')
    .replace('A-0101;CONFERMATO', 'A-0101;ANNULLATO')
    .replace(/A-0102;CONFERMATO(.*)09:30/, 'A-0102;SPOSTATO$110:30')
  const days = { 'a-2027-04-01.csv': booked, 'a-2027-04-08.csv': later }
  const both = Object.entries(days).map(([name, text]) => [`annullamenti/${name}`, text])
  expect(await livesOf('appuntamenti', { ...days, ...Object.fromEntries(both) })).toEqual([
    'annullamenti first: 1 planned, 1 left',
    'appuntamenti first: 4 planned, 4 left',
    'appuntamenti -1d 09:30: 4 planned, 2 left, 2 cancelled',
  ])
})

test.concurrent('a card is spoken of from 180 days before, until it is renewed', async () => {
  const cards = await rowsOf('cie/samples/cie-scadenze.csv', 'CA00001ZZ', 'CA00003ZZ')
  const renewed = cards.replace('CA00001ZZ;VALIDA', 'CA00001ZZ;RINNOVATA')
  const files = { 's-2027-03-01.csv': cards, 's-2027-06-01.csv': renewed }
  expect(await livesOf('scadenze', files)).toEqual([
    'scadenze first: 1 planned, 1 left',
    'scadenze -180d 09:30: 2 planned, 2 left',
    'scadenze -60d 09:30: 2 planned, 1 left, 1 paid',
    'scadenze -15d 09:30: 2 planned, 1 left, 1 paid',
  ])
})

test.concurrent('who pays an instalment of the tax is no longer asked for the whole', async () => {
  const bills = await rowsOf('tari/samples/tari-avvisi.csv', 'T2027/00101')
  const files = {
    't-2027-04-15.csv': bills,
    'incassi/i-2027-06-05.csv': paid('301000000000270101'),
  }
  expect(await livesOf('tari', files)).toEqual([
    'tari first: 1 planned, 1 left',
    'tari -7d 09:30: 4 planned, 2 left, 1 paid, 1 cancelled',
    'tari -1d 09:30: 4 planned, 2 left, 1 paid, 1 cancelled',
    'tari +10d 09:30: 4 planned, 2 left, 1 paid, 1 cancelled',
  ])
})

test.concurrent('who pays a fine with the discount hears no more of its full amount', async () => {
  const fines = await rowsOf('multe/samples/multe-verbali.csv', 'V/2027/00031', 'V/2027/00032')
  const files = {
    'm-2027-04-13.csv': fines,
    'incassi/i-2027-04-15.csv': paid('301000000000272031'),
  }
  expect(await livesOf('multe', files)).toEqual([
    'multe first: 2 planned, 2 left',
    'multe -10d 09:30: 2 planned, 1 left, 1 paid',
    'multe -1d 09:30: 4 planned, 2 left, 2 paid',
  ])
})
