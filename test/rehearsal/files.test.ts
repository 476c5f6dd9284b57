// Which files of a directory a rehearsal takes, and when each came: real directories, and the feeds
// of the example municipality.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getFeed, getInstitution, type Institution } from '../../src/config/config.ts'
import { readConfig } from '../../src/offline.ts'
import { dropOf, listRehearsed } from '../../src/rehearsal/files.ts'

const EXAMPLE = new URL('../../config/', import.meta.url).pathname
const NAME = 'comune-di-esempio'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-files-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function put(name: string, text = 'x', modified = '2025-02-01T10:00:00Z'): Promise<void> {
  const path = join(directory, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  await utimes(path, new Date(modified), new Date(modified))
}

async function list(settings: object = {}, year: number | null = 2025) {
  const { config } = await readConfig(EXAMPLE)
  if (!config) throw new Error('the example has errors')
  const read = getInstitution(config, NAME)
  const bills = getFeed(config, NAME, 'bollette')
  const feed = { ...bills, settings: { ...bills.settings, ...settings } }
  const feeds = read.feeds.map((one) => (one.id === feed.id ? feed : one))
  const institution: Institution = { ...read, feeds }
  return listRehearsed(institution, feed, directory, year)
}

async function arrivals(settings: object = {}, year: number | null = 2025): Promise<string[]> {
  const { files } = await list(settings, year)
  return files.map(({ name, arrivesAt, saidBy }) => `${arrivesAt} ${name} (${saidBy})`)
}

describe('the files of a rehearsal', () => {
  it('come in the order of their days, contacts before the bills of the same instant', async () => {
    await put('bollette-2025-07-01.zip')
    await put('contatti/contatti-2025-07-01.csv')
    await put('bollette-20250103_0615.zip')
    await put('bollette-luglio.zip')
    expect(await arrivals()).toEqual([
      '2025-01-03T05:15:00Z bollette-20250103_0615.zip (name)',
      '2025-02-01T10:00:00Z bollette-luglio.zip (directory)',
      '2025-07-01T05:00:00Z contatti/contatti-2025-07-01.csv (name)',
      '2025-07-01T05:00:00Z bollette-2025-07-01.zip (name)',
    ])
  })

  it('come when arrivals.csv says so', async () => {
    await put('bollette-2025-07-01.zip')
    await put('contatti/contatti.csv')
    await put('arrivals.csv', 'file;instant\nbollette-2025-07-01.zip;2025-07-04T12:30\n')
    expect(await arrivals()).toEqual([
      '2025-02-01T10:00:00Z contatti/contatti.csv (directory)',
      '2025-07-04T10:30:00Z bollette-2025-07-01.zip (list)',
    ])
  })

  it('are refused with the line when arrivals.csv cannot be read', async () => {
    await put('bollette-a.zip')
    await put('arrivals.csv', 'bollette-a.zip;2025-02-30')
    await expect(list()).rejects.toThrow('arrivals.csv:1 is no arrival')
    await put('arrivals.csv', 'bollette-b.zip;2025-02-20')
    await expect(list()).rejects.toThrow('arrivals.csv names bollette-b.zip, which is not there')
  })

  it('are left with the reason where no feed takes them', async () => {
    await put('bollette-2025-07-01.zip')
    await put('bollette-2024-07-01.zip')
    await put('bollette-2025-07-01.esiti.csv')
    await put('bollette-2025-07-01.resto.zip')
    await put('note.txt')
    await put('vecchi/bollette-2025-06-01.zip')
    expect((await list()).left.map(({ name, because }) => `${name} ${because}`)).toEqual([
      'bollette-2024-07-01.zip another-year',
      'bollette-2025-07-01.esiti.csv result',
      'bollette-2025-07-01.resto.zip result',
      'note.txt pattern',
      'vecchi/ no-feed',
    ])
  })

  it('are of every year where none is said', async () => {
    await put('bollette-2024-07-01.zip')
    await put('bollette-2025-07-01.zip')
    expect((await list({}, null)).files.map(({ name }) => name)).toHaveLength(2)
  })

  it('take along what belongs to them, and leave what belongs to none', async () => {
    await put('bollette-202501.zip')
    await put('indirizzi-202501.csv')
    await put('indirizzi-202502.csv')
    const { files, left } = await list({
      pattern: 'bollette-{mese:yyyyMM}.zip',
      companions: ['indirizzi-{mese:yyyyMM}.csv'],
    })
    expect(files.map(({ name, companions }) => [name, companions])).toEqual([
      ['bollette-202501.zip', ['indirizzi-202501.csv']],
    ])
    expect(left).toEqual([{ name: 'indirizzi-202502.csv', because: 'no-main' }])
  })

  it('are handed over as they lie there', async () => {
    await put('bollette-2025-07-01.zip', 'the bytes')
    const { files } = await list()
    const { key, parts } = dropOf(directory, files[0]!)
    const chunks = await Array.fromAsync(parts[0]!.bytes)
    expect([key, Buffer.concat(chunks).toString()]).toEqual([
      'bollette-2025-07-01.zip/9/2025-07-01T05:00:00Z',
      'the bytes',
    ])
  })
})
