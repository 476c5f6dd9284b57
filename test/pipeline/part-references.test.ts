// Bills and contacts in one drop: as members of a ZIP, or as parts of their own. The contacts are
// loaded before the bills are mapped, as often as it takes; without them no bill is.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bill, billsCsv, contact, contactsCsv } from '../../scripts/samples.ts'
import { zipOf } from '../../scripts/zip-writer.ts'
import type { CompiledReference } from '../../src/mapping/mapping.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import { dropTarget, now, piecesOf } from '../store/given.ts'
import { feedOf, feedWith, type GivenPipeline, givenPipeline } from './given.ts'

let given: GivenPipeline
beforeAll(async () => {
  given = await givenPipeline()
})
afterAll(() => given.close())

const due = Temporal.PlainDate.from('2026-06-30')
const bills = (...ns: number[]) => billsCsv(ns.map((n) => bill(n, '2026-03', due)))
const contacts = (...ns: number[]) => contactsCsv(ns.map(contact))

const contatti = feedOf('contatti').mapping as CompiledReference
const references = [{ mapping: contatti, member: 'contatti*' }]

/** A feed whose mapping reads `flusso.csv`, by the name of an institution of its own. */
function billsFeed(feed: string, changes: Partial<MapFeed> = {}): MapFeed {
  const { record } = feedOf('bollette').mapping.spec
  const spec = { series: `serie-${feed}`, record: { ...record, member: 'flusso.csv' } }
  return feedWith('bollette', spec, { feed, references, ...changes })
}

const FIRST = `select count(*) from messages m join flows f on f.id = m.flow_id
  where f.drop_id = $1 and m.purpose = 'first'`

async function receive(feed: string, files: Record<string, Uint8Array>): Promise<number> {
  const parts = Object.entries(files).map(([name, bytes]) => ({
    name,
    mediaType: 'text/csv',
    bytes: piecesOf(bytes),
  }))
  const target = dropTarget({ feed })
  const drop = await given.store.drops.save(target, { key: `${feed}-1`, parts }, now)
  return drop?.id as number
}

describe('a drop with a reference in it', () => {
  it('has its bills sent to whom its own contacts name, as parts of the drop', async () => {
    const feed = billsFeed('parti')
    const id = await receive(feed.feed, {
      'contatti.csv': contacts(1, 2),
      'flusso.csv': bills(1, 2),
    })
    expect(await given.map(id, feed)).toEqual({ kind: 'mapped', records: 2 })
    expect(await given.count(FIRST, id)).toBe(2)
  })
  it('has them as members of a ZIP', async () => {
    const feed = billsFeed('zip')
    const members = { 'contatti.csv': contacts(11), 'flusso.csv': bills(11) }
    const zip = zipOf(Object.entries(members).map(([name, bytes]) => ({ name, bytes })))
    const id = await receive(feed.feed, { 'a.zip': zip })
    expect(await given.map(id, feed)).toEqual({ kind: 'mapped', records: 1 })
    expect(await given.count(FIRST, id)).toBe(1)
  })
  it('ends in the same way after a crash between its contacts and its bills', async () => {
    const feed = billsFeed('guasto')
    const id = await receive(feed.feed, { 'contatti.csv': contacts(21), 'flusso.csv': bills(21) })
    const broken = {
      ...given.ports,
      openLot: () => Promise.reject(new Error('the process was killed')),
    }
    await expect(given.map(id, feed, broken)).rejects.toThrow('killed')
    const state = `select count(*) from drops where id = $1 and state = 'received'`
    expect(await given.count(state, id)).toBe(1)
    expect(await given.map(id, feed)).toEqual({ kind: 'mapped', records: 1 })
    const rows = 'select count(*) from reference_rows where drop_id = $1'
    expect(await given.count(rows, id)).toBe(1)
  })
  const faults: [string, Record<string, Uint8Array>, string][] = [
    ['without its contacts', { 'flusso.csv': bills(31) }, 'DROP_PARTS'],
    [
      'with two files of contacts',
      { 'contatti1.csv': contacts(31), 'contatti2.csv': contacts(31), 'flusso.csv': bills(31) },
      'DROP_PARTS',
    ],
    [
      'with contacts that have another header',
      { 'contatti.csv': Buffer.from('A;B\n1;2\n'), 'flusso.csv': bills(31) },
      'DROP_CSV_HEADER',
    ],
  ]
  it.each(faults)('fails as a whole %s', async (name, files, code) => {
    const feed = billsFeed(name.replaceAll(' ', '-'))
    const id = await receive(feed.feed, files)
    const result = await given.map(id, feed)
    expect(result).toMatchObject({ kind: 'failed', problem: { code } })
    const { detail } = (result as { problem: { detail: string } }).problem
    expect(detail).toContain('Anagrafica contatti («contatti*»)')
    expect(await given.count(FIRST, id)).toBe(0)
  })
})

describe('a drop of several parts', () => {
  it('fails when two of them can hold the records and the mapping names none', async () => {
    const { record } = feedOf('bollette').mapping.spec
    const { member: _, ...unnamed } = record
    const feed = feedWith('bollette', { record: unnamed }, { feed: 'anonimi' })
    const id = await receive(feed.feed, { 'contatti.csv': contacts(1), 'flusso.csv': bills(1) })
    expect(await given.map(id, feed)).toMatchObject({
      kind: 'failed',
      problem: { code: 'DROP_PARTS', detail: expect.stringContaining('«flusso.csv»') },
    })
  })
})
