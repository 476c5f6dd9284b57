import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changesOf, restartsFor } from '../../src/config/changes.ts'
import type { Config } from '../../src/config/config.ts'
import { fingerprintOf } from '../../src/config/fingerprint.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openRegistry } from '../../src/config/registry.ts'
import { configure } from '../installation.ts'

const OWNER = 'comune-di-esempio'
let directory: string
let before: Config
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-'))
  await cp(new URL(`../../config/${OWNER}`, import.meta.url), join(directory, OWNER), {
    recursive: true,
  })
  await cp(
    new URL('../../config/staffetta.yaml', import.meta.url),
    join(directory, 'staffetta.yaml'),
  )
  before = await load()
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function load(): Promise<Config> {
  const { config, problems } = await loadConfig(directory, await openRegistry())
  if (config === null) throw new Error(JSON.stringify(problems))
  return config
}

describe('what is otherwise in a configuration', () => {
  it('is nothing where it is read twice', async () => {
    const again = await load()
    expect(changesOf(before, again)).toEqual([])
    expect(restartsFor(before, again)).toEqual([])
  })

  it('is said by name: modes and versions from and to, no values', async () => {
    await configure(directory, {
      'staffetta.yaml': { 'limits.leaseSeconds': 9, 'database.url': 'env:ELSEWHERE' },
      [`${OWNER}/institution.yaml`]: { 'services.mensa.mode': 'testers', testers: [] },
      [`${OWNER}/feeds/mensa.yaml`]: { schedule: '5 * * * *' },
      [`${OWNER}/mappings/mensa.yaml`]: { 'notice.subject.it': 'Mensa: il conto di {{ mese }}' },
    })
    await rm(join(directory, OWNER, 'campaigns'), { recursive: true })
    const after = await load()
    expect(changesOf(before, after)).toEqual([
      'database: changed',
      'limits: changed',
      `${OWNER}: changed`,
      `${OWNER} service mensa: mode dry-run → testers`,
      `${OWNER} feed mensa: changed`,
      ...before.institutions[0]!.campaigns.map(({ id }) => `${OWNER} campaign ${id}: removed`),
      expect.stringMatching(/^comune-di-esempio mapping mensa: [0-9a-f]{12} → [0-9a-f]{12}$/),
    ])
    expect(restartsFor(before, after)).toEqual(['staffetta.yaml: database has changed'])
  })

  it('has another fingerprint with every YAML file, and with no other', async () => {
    const first = await fingerprintOf(directory)
    await writeFile(join(directory, OWNER, 'samples/new.csv'), 'a,b\n')
    expect(await fingerprintOf(directory)).toBe(first)
    await writeFile(join(directory, OWNER, 'feeds/new.yaml'), '')
    expect(await fingerprintOf(directory)).not.toBe(first)
    await rm(join(directory, OWNER, 'feeds/new.yaml'))
    expect(await fingerprintOf(directory)).toBe(first)
  })

  it('is read past links that lead nowhere, and says which file cannot be read', async () => {
    await symlink('/nowhere', join(directory, 'gone'))
    await load()
    const own = join(directory, OWNER, 'mappings/own.yaml')
    await symlink('own.yaml', own)
    await fingerprintOf(directory)
    const { problems } = await loadConfig(directory, await openRegistry())
    await rm(own)
    expect(problems).toContainEqual(expect.objectContaining({ code: 'CFG_FILE', file: own }))
  })
})
