// Previews of drops that bring their references along, on a copy of the example: what a feed says
// about its own files holds before anything is sent, as it does in the daemon.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bill, billsCsv, contact, contactsCsv } from '../../scripts/samples.ts'
import { zipOf } from '../../scripts/zip-writer.ts'
import { getFeed } from '../../src/config/config.ts'
import { readConfig } from '../../src/offline.ts'
import { previewFile } from '../../src/workbench/previewing.ts'

let directory: string
const institution = 'comune-di-esempio'

beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'staffetta-previewing-')), 'config')
  await cp('config', directory, { recursive: true })
  const feed = join(directory, institution, 'feeds/bollette.yaml')
  const references = 'references: [{ mapping: contatti, member: contatti.csv }]\n'
  await writeFile(feed, `${await readFile(feed, 'utf8')}${references}`)
  const mapping = join(directory, institution, 'mappings/bollette.yaml')
  const text = await readFile(mapping, 'utf8')
  await writeFile(mapping, text.replace('member: "*.csv"', 'member: flusso.csv'))
})
afterAll(() => rm(join(directory, '..'), { recursive: true }))

/** The records of a drop of these files, as the feed of the bills would map them. */
async function previewed(files: Record<string, Uint8Array>, references: Map<string, string>) {
  const paths: string[] = []
  for (const [name, bytes] of Object.entries(files)) {
    paths.push(join(directory, name))
    await writeFile(join(directory, name), bytes)
  }
  const { config, problems } = await readConfig(directory)
  if (config === null) throw new Error(JSON.stringify(problems))
  const target = {
    institution,
    mapping: 'bollette',
    feed: getFeed(config, institution, 'bollette'),
  }
  const now = Temporal.Instant.from('2026-03-02T08:00:00Z')
  return Array.fromAsync(
    previewFile(config, { target, files: paths, references, now, language: 'it' }),
  )
}

describe('a preview of a drop with more records than the installation takes', () => {
  it('ends where the daemon would refuse it, and says so', async () => {
    const limits = 'limits: { maximumRecordsPerDrop: 2 }\n'
    const path = join(directory, 'staffetta.yaml')
    const text = await readFile(path, 'utf8')
    await writeFile(path, `${text}\n${limits}`)
    try {
      const due = Temporal.PlainDate.from('2026-06-30')
      const flow = billsCsv([1, 2, 3].map((n) => bill(n, '2026-03', due)))
      const lines = await previewed(
        { 'flusso.csv': flow, 'contatti.csv': contactsOf(1, 2, 3) },
        new Map(),
      )
      expect(lines).toHaveLength(3)
      expect(lines[2]).toMatchObject({ dropRefused: { code: 'DROP_RECORDS' } })
    } finally {
      await writeFile(path, text)
    }
  })

  const contactsOf = (...ns: number[]) => contactsCsv(ns.map(contact))
})

describe('a preview of a drop with its contacts', () => {
  // The sample of the contacts has nobody of this number.
  const bills = billsCsv([bill(900, '2026-03', Temporal.PlainDate.from('2026-06-30'))])
  const contacts = contactsCsv([contact(900)])
  const sent = [expect.objectContaining({ messages: expect.anything() })]
  const none = new Map<string, string>()

  it('finds them in its ZIP', async () => {
    const zip = zipOf([
      { name: 'flusso.csv', bytes: bills },
      { name: 'contatti.csv', bytes: contacts },
    ])
    expect(await previewed({ 'bollette.zip': zip }, none)).toEqual(sent)
  })
  it('finds them among its parts', async () => {
    expect(await previewed({ 'flusso.csv': bills, 'contatti.csv': contacts }, none)).toEqual(sent)
  })
  it('says that they are missing', async () => {
    const records = await previewed({ 'flusso.csv': bills }, none)
    expect(records).toMatchObject([{ dropRefused: { code: 'DROP_PARTS' } }])
  })
  it('takes others where they are given', async () => {
    const given = new Map([['contatti', join(directory, 'contatti.csv')]])
    expect(await previewed({ 'flusso.csv': bills }, given)).toEqual(sent)
  })
})
