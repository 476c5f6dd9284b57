// What a rehearsal makes of a configuration: the example municipality, with nothing behind it.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Config, getFeed, getInstitution } from '../../src/config/config.ts'
import { readConfig } from '../../src/offline.ts'
import { arrangeRehearsal, readAnswers, rehearsedConnectors } from '../../src/rehearsal/config.ts'

const NAME = 'comune-di-esempio'

async function example(): Promise<Config> {
  const { config } = await readConfig(new URL('../../config/', import.meta.url).pathname)
  if (!config) throw new Error('the example has errors')
  return config
}

async function arranged(feeds: string[]): Promise<Config> {
  const from = Temporal.PlainDate.from('2025-01-01')
  return arrangeRehearsal(await example(), { institution: NAME, feeds: new Set(feeds), from })
}

async function ask(system: string, files: [string, string][], keys: string[]) {
  const { systems } = getInstitution(await example(), NAME)
  const answers = await readAnswers(new Map(files))
  const connector = await rehearsedConnectors(systems, answers)('dbview')
  const context = { settings: { system } } as Parameters<NonNullable<typeof connector.lookup>>[0]
  return connector.lookup?.(context, keys)
}

describe('the configuration of a rehearsal', () => {
  it('waits for no feed that has no files', async () => {
    const companions = async (feeds: string[]) =>
      getFeed(await arranged(feeds), NAME, 'bollette').companions.map(({ feed }) => feed)
    expect(await companions(['bollette'])).toEqual([])
    expect(await companions(['bollette', 'contatti'])).toEqual(['contatti'])
  })

  it('reaches no source and no system, and tells nobody', async () => {
    const { feeds, systems, notify } = getInstitution(await arranged(['bollette']), NAME)
    const connectors = new Set([...feeds, ...systems].map(({ connector }) => connector))
    expect([...connectors]).toEqual(['rehearsed'])
    expect(feeds.every(({ writeBack, schedule }) => writeBack === false && !schedule)).toBe(true)
    expect(notify).toEqual([])
    expect(JSON.stringify(feeds)).not.toContain('host')
  })
})

describe('a system of a rehearsal', () => {
  it('answers from its file, by the names of its own fields, and has nothing else', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-answers-'))
    const path = join(directory, 'pagamenti.json')
    await writeFile(path, '{ "A1": { "stato": "pagato" }, "A2": null }')
    const said = await ask('pagamenti', [['pagamenti', path]], ['A1', 'A2', 'toString'])
    expect(said).toEqual(new Map([['A1', { stato: 'pagato' }]]))
    await writeFile(path, '[]')
    await expect(readAnswers(new Map([['pagamenti', path]]))).rejects.toThrow('holds no answers')
    await rm(directory, { recursive: true })
  })

  it('has nothing under any key where it has no file', async () => {
    expect(await ask('anagrafe', [], ['A1'])).toEqual(new Map())
  })
})
