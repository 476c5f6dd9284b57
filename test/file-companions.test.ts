// Files that belong to another, and the order in which files are taken, with the connector to
// folders: real files, no waiting.
import { mkdir, mkdtemp, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import folder from '../connectors/folder/index.ts'
import type { Json, SourceDrop } from '../src/connector.ts'
import { type ContextOptions, contextFor, type Saved, sourceErrorOf } from './contract/connector.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'staffetta-companions-'))
  for (const name of ['in', 'archive']) await mkdir(join(root, name))
})
afterEach(() => rm(root, { recursive: true }))

/** The clock of the tests stands at 8:00 of the day after. */
const put = async (name: string, text = name, at = '2026-03-01T10:00:00Z') => {
  await writeFile(join(root, 'in', name), text)
  await utimes(join(root, 'in', name), new Date(at), new Date(at))
}
const namesIn = async (directory: string) => (await readdir(join(root, directory))).sort()

const contextWith = (own: object, options: ContextOptions = {}, cursor: Json = null) => {
  const settings = {
    directory: join(root, 'in'),
    pattern: 'bollette-{lotto}.csv',
    companions: ['contatti-{lotto}.csv'],
    after: 'move',
    archiveDirectory: join(root, 'archive'),
    ...own,
  }
  return { ...contextFor(folder, settings, options), cursor }
}

/** Reads a drop as the core does: the texts of its parts by name. */
async function read(drop: SourceDrop): Promise<Record<string, string>> {
  const texts: Record<string, string> = {}
  for (const { name, bytes } of drop.parts) {
    texts[name] = Buffer.concat(await Array.fromAsync(bytes)).toString()
  }
  return texts
}

/** The parts of each drop of one poll, by name. */
async function poll(context: ReturnType<typeof contextWith>, saved?: Saved) {
  const drops: Record<string, string>[] = []
  for await (const drop of folder.poll(context)) {
    drops.push(await read(drop))
    saved?.keys.add(drop.key)
  }
  return drops
}
const namesOf = (drops: Record<string, string>[]) => drops.map((texts) => Object.keys(texts))

describe('companions', () => {
  it('come in the drop of their file, and are put away with it', async () => {
    for (const name of ['bollette-1.csv', 'contatti-1.csv', 'contatti-2.csv']) await put(name)
    const context = contextWith({})
    expect(namesOf(await poll(context))).toEqual([['bollette-1.csv', 'contatti-1.csv']])
    expect(await namesIn('in')).toEqual(['contatti-2.csv'])
    expect(await namesIn('archive')).toEqual(['bollette-1.csv', 'contatti-1.csv'])
  })

  it('arrive as they are, several of a kind, in the order of their names', async () => {
    await put('bollette-1.csv', 'bills')
    for (const name of ['1-b.pdf', '1-a.pdf', '2-a.pdf']) await put(name)
    const [texts] = await poll(contextWith({ companions: ['{lotto}-*.pdf'] }))
    const expected = { 'bollette-1.csv': 'bills', '1-a.pdf': '1-a.pdf', '1-b.pdf': '1-b.pdf' }
    expect(Object.entries(texts ?? {})).toEqual(Object.entries(expected))
  })

  it('are found among thousands, by dates that are written in two ways', async () => {
    const days = Array.from({ length: 400 }, (_, day) =>
      Temporal.PlainDate.from('2026-01-01').add({ days: day }).toString().split('-'),
    )
    for (const [year, month, day] of days) {
      await put(`b-${year}${month}${day}.csv`)
      await put(`è-${day}.${month}.${year}.csv`.normalize('NFD'))
    }
    const own = { pattern: 'b-{g:yyyyMMdd}.csv', companions: ['è-{g:dd.MM.yyyy}.csv'] }
    const drops = namesOf(await poll(contextWith(own)))
    expect(drops).toHaveLength(400)
    expect(drops.at(-1)).toEqual(['b-20270204.csv', 'è-04.02.2027.csv'.normalize('NFD')])
  })

  it('are never taken by themselves, though the pattern matches them', async () => {
    await put('contatti-1.csv')
    expect(await poll(contextWith({ pattern: '{nome}-{lotto}.csv' }))).toEqual([])
  })

  it('are waited for, and no other file waits with theirs', async () => {
    await put('bollette-1.csv', 'bills', '2026-03-02T07:30:00Z')
    for (const name of ['bollette-2.csv', 'contatti-2.csv']) await put(name)
    const context = contextWith({ companionMinutes: 31 })
    expect(namesOf(await poll(context))).toEqual([['bollette-2.csv', 'contatti-2.csv']])
    await put('contatti-1.csv')
    expect(namesOf(await poll(context))).toEqual([['bollette-1.csv', 'contatti-1.csv']])
  })

  it('that do not come are told of, after all other files were taken', async () => {
    await put('bollette-1.csv', 'bills', '2026-03-02T07:30:00Z')
    for (const name of ['bollette-2.csv', 'contatti-2.csv']) await put(name)
    const saved: Saved = { keys: new Set() }
    const error = await sourceErrorOf(poll(contextWith({ companionMinutes: 30 }), saved))
    expect([error.code, error.retry]).toEqual(['SRC_FILE_COMPANION', true])
    expect(error.message).toContain('bollette-1.csv waits for a companion like contatti-{lotto}')
    expect([...saved.keys]).toHaveLength(1)
    expect(await namesIn('in')).toEqual(['bollette-1.csv'])
  })

  it('are done without, when the feed says so', async () => {
    await put('bollette-1.csv', 'bills', '2026-03-02T07:30:00Z')
    const own = { withoutCompanions: 'take' }
    expect(await poll(contextWith({ ...own, companionMinutes: 31 }))).toEqual([])
    expect(await poll(contextWith({ ...own, companionMinutes: 30 }))).toHaveLength(1)
  })

  it('that are still being written keep their file back', async () => {
    for (const name of ['bollette-1.csv', 'contatti-1.csv']) await put(name)
    const duringSleep = () => put('contatti-1.csv', 'longer than it was')
    const own = { withoutCompanions: 'take', companionMinutes: 0 }
    expect(await poll(contextWith(own, { duringSleep }))).toEqual([])
    expect(await poll(contextWith(own))).toHaveLength(1)
  })

  it('that vanish before they are read leave their file for the next poll', async () => {
    for (const name of ['bollette-1.csv', 'bollette-2.csv', 'contatti.csv']) await put(name)
    const context = contextWith({ companions: ['contatti.csv'] })
    expect(namesOf(await poll(context))).toEqual([['bollette-1.csv', 'contatti.csv']])
    expect(await namesIn('in')).toEqual(['bollette-2.csv'])
  })

  it('that are larger than the bound leave their file where it is', async () => {
    for (const name of ['bollette-1.csv', 'contatti-1.csv']) await put(name)
    const error = await sourceErrorOf(poll(contextWith({ maxFileBytes: 13 })))
    expect(error.code).toBe('SRC_FILE_BOUNDS')
    expect(await namesIn('archive')).toEqual([])
  })

  it.each([
    ['both are there', async () => {}],
    [
      'the companion is put away already',
      () => rename(join(root, 'in/contatti-1.csv'), join(root, 'archive/contatti-1.csv')),
    ],
  ])('are put away by the next poll after a stop, when %s', async (_, before) => {
    for (const name of ['bollette-1.csv', 'contatti-1.csv']) await put(name)
    const saved: Saved = { keys: new Set() }
    let cursor: Json = null
    for await (const drop of folder.poll(contextWith({}))) {
      await read(drop)
      saved.keys.add(drop.key)
      cursor = drop.cursor ?? null
      break // Staffetta stops between saving and acknowledging.
    }
    await before()
    expect(await poll(contextWith({}, { saved }, cursor))).toEqual([])
    expect(await namesIn('in')).toEqual([])
    expect(await namesIn('archive')).toEqual(['bollette-1.csv', 'contatti-1.csv'])
  })

  it('that were written again after a stop stay', async () => {
    for (const name of ['bollette-1.csv', 'contatti-1.csv']) await put(name)
    const saved: Saved = { keys: new Set() }
    let cursor: Json = null
    for await (const drop of folder.poll(contextWith({}))) {
      saved.keys.add(drop.key)
      cursor = drop.cursor ?? null
      break
    }
    await put('contatti-1.csv', 'new contacts', '2026-03-02T07:00:00Z')
    expect(await poll(contextWith({}, { saved }, cursor))).toEqual([])
    expect(await namesIn('in')).toEqual(['contatti-1.csv'])
  })
})

describe('the order of files', () => {
  it('is that of what their names say, and then of their age', async () => {
    const at = (hour: number) => `2026-03-01T1${hour}:00:00Z`
    await put('032026-10.csv', 'x', at(0))
    await put('032026-9.csv', 'x', at(1))
    await put('122025-11.csv', 'x', at(2))
    const own = { pattern: '{mese:MMyyyy}-{versione}.csv', companions: [], after: 'leave' }
    const names = async (orderBy: string[]) => namesOf(await poll(contextWith({ ...own, orderBy })))
    expect(await names([])).toEqual([['032026-10.csv'], ['032026-9.csv'], ['122025-11.csv']])
    expect(await names(['mese'])).toEqual([['122025-11.csv'], ['032026-10.csv'], ['032026-9.csv']])
    const both = [['122025-11.csv'], ['032026-9.csv'], ['032026-10.csv']]
    expect(await names(['mese', 'versione'])).toEqual(both)
  })

  it('cannot be by what the pattern does not name', () => {
    const settings = { directory: '/in', pattern: '{mese:yyyyMM}.csv', orderBy: ['lotto'] }
    const { error } = folder.settings.safeParse(settings)
    expect(error?.issues.map(({ message }) => message)).toEqual([
      'the pattern does not name `lotto`; it names: mese',
    ])
  })
})
