import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { getFeed, getInstitution, getMapping, getService } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import { openRegistry } from '../../src/config/registry.ts'
import { edited, loadWritten, problemsOf } from './written-config.ts'

const example = new URL('../../config', import.meta.url).pathname

describe('a loaded configuration', () => {
  it('carries names back, defaults in, and settings as the connector parsed them', async () => {
    const { config } = await loadWritten({})
    expect(config?.installation.accounts['conto']).toMatchObject({
      ...{ callsPerWindow: 150, windowSeconds: 5, connections: 16 },
      baseUrl: 'https://api.io.pagopa.it/api/v1',
    })
    expect(config?.institutions[0]).toMatchObject({ id: 'comune', timeZone: 'Europe/Rome' })
    expect(getService(config!, 'comune', 'tributi')).toMatchObject({
      ...{ institution: 'comune', name: 'tributi', mode: 'dry-run', plan: 'base' },
    })
    expect(getFeed(config!, 'comune', 'tari')).toMatchObject({
      ...{ institution: 'comune', id: 'tari', whenUncertain: 'hold' },
      ...{ writeBack: false, reportAfterHours: 72, companions: [] },
      settings: { directory: '/srv/tari', pattern: '*', port: 22 },
    })
    expect(getMapping(config!, 'comune', 'tari').spec).toMatchObject({ series: 'tari' })
  })

  it('has no answer for names that it does not know', async () => {
    const { config } = await loadWritten({})
    expect(() => getInstitution(config!, 'altro')).toThrow('no institution altro')
    expect(() => getService(config!, 'comune', 'toString')).toThrow('no service toString of comune')
    expect(() => getFeed(config!, 'comune', 'x')).toThrow('no feed x of comune')
    expect(() => getMapping(config!, 'comune', 'x')).toThrow('no mapping x of comune')
  })

  it('keeps its data where the environment says', async () => {
    expect((await loadWritten({})).config?.installation.dataDirectory).toBeUndefined()
    vi.stubEnv('STAFFETTA_DATA', '/var/lib/staffetta')
    expect((await loadWritten({})).config?.installation.dataDirectory).toBe('/var/lib/staffetta')
    vi.unstubAllEnvs()
  })

  it('gives a mapping one version whatever its layout, another for another content', async () => {
    const versionWith = async (from: string, to: string) => {
      const { config } = await loadWritten(edited('comune/mappings/tari.yaml', from, to))
      return getMapping(config!, 'comune', 'tari').sha256
    }
    const version = await versionWith('shape: notice\nseries: tari', 'shape: notice\nseries: tari')
    expect(version).toMatch(/^[0-9a-f]{64}$/)
    expect(
      await versionWith('shape: notice\nseries: tari', '# new\nseries: tari\nshape: notice'),
    ).toBe(version)
    expect(await versionWith('la rata numero', 'la rata n.')).not.toBe(version)
  })

  it('is of any number of institutions and mappings', async () => {
    const files: Record<string, string> = {}
    for (let i = 0; i < 300; i++) {
      Object.assign(files, renamed(`comune/mappings/tari-${i}.yaml`, 'comune/mappings/tari.yaml'))
      const feed = renamed(`comune/feeds/tari-${i}.yaml`, 'comune/feeds/tari.yaml')
      const [name, text] = Object.entries(feed)[0]!
      files[name] = text.replace('mapping: tari', `mapping: tari-${i}`)
    }
    const { config, problems } = await loadWritten(files)
    expect(problems).toEqual([])
    expect(config?.institutions[0]?.mappings).toHaveLength(301)
  })

  it('does not exist while any file has an error', async () => {
    const { config } = await loadWritten({ 'staffetta.yaml': 'accounts: { conto: { x: 1 } }' })
    expect(config).toBeNull()
  })

  it('may be empty of institutions', async () => {
    const files = { 'comune/institution.yaml': null, 'comune/feeds/tari.yaml': null }
    const { config } = await loadWritten({ ...files, 'comune/mappings/tari.yaml': null })
    expect(config?.institutions).toEqual([])
  })
})

describe('the example', () => {
  beforeAll(() => {
    const services = ['KEY_ACQUA', 'KEY_MENSA', 'KEY_SPORTELLO']
    const sources = ['SFTP', 'MENSA_READ', 'MENSA_WRITE', 'PRATICHE', 'PEC', 'PROTOCOLLO']
    const names = [...services, ...sources.map((name) => `${name}_PASSWORD`)]
    for (const name of names) vi.stubEnv(`STAFFETTA_${name}`, 'x')
  })
  afterAll(() => {
    vi.unstubAllEnvs()
  })

  it('loads without problems', async () => {
    const { config, problems } = await loadConfig(example, await openRegistry())
    expect(problems).toEqual([])
    expect(config?.institutions.map((institution) => institution.id)).toEqual([
      'comune-di-esempio',
      'unione-di-esempio',
    ])
  })

  it('sends nothing: its services are in dry-run', async () => {
    const { config } = await loadConfig(example, await openRegistry())
    const modes = config?.institutions.flatMap((one) => one.services.map(({ mode }) => mode))
    expect(new Set(modes)).toEqual(new Set(['dry-run']))
  })

  it('mutated in any way gives problems or a configuration, and never throws', async () => {
    const registry = await openRegistry()
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-fuzz-'))
    try {
      await cp(example, directory, { recursive: true })
      const names = (await readdir(directory, { recursive: true })).filter((name) =>
        name.endsWith('.yaml'),
      )
      const mutation = fc.record({
        name: fc.constantFrom(...names),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        remove: fc.nat({ max: 30 }),
        insert: fc.oneof(
          fc.constantFrom('\n', ': ', '- ', '[', '{', '*a', '&a ', '!!x ', '"', '~', '\t', ' |\n'),
          fc.constantFrom('__proto__: 1\n', 'null', '-1', '{{', '%}', 'x: [[[]]]\n', '\u0000'),
          fc.string({ maxLength: 8 }),
        ),
      })
      await fc.assert(
        fc.asyncProperty(mutation, async ({ name, at, remove, insert }) => {
          const path = join(directory, name)
          const text = await readFile(path, 'utf8')
          const start = Math.floor(at * text.length)
          await writeFile(path, text.slice(0, start) + insert + text.slice(start + remove))
          const { config, problems } = await loadConfig(directory, registry)
          await writeFile(path, text)
          const isWrong = problems.some((problem) => problem.severity === 'error')
          expect(config === null).toBe(isWrong)
        }),
        { numRuns: 150 },
      )
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})

describe('faults of templates', () => {
  it('are reported at the line of the text where they stand', async () => {
    const fault = edited('comune/mappings/tari.yaml', 'Puoi pagarla', '{{ nome }} puoi pagarla')
    expect(await problemsOf(fault)).toEqual([
      'comune/mappings/tari.yaml:19:10 CFG_TEMPLATE unknown name nome (the known names are cf, numero, importo)',
    ])
  })

  it('that are only advice are warnings', async () => {
    const file = 'comune/mappings/tari.yaml'
    const personal = edited(file, 'NUMERO, type: text', 'NUMERO, type: text, personal: true')
    const { config, problems } = await loadWritten(personal)
    expect(problems).toMatchObject([{ code: 'CFG_PERSONAL_TITLE', severity: 'warning', line: 14 }])
    expect(config).not.toBeNull()
  })
})

function renamed(to: string, from: string): Record<string, string> {
  return { [to]: Object.values(edited(from, '', ''))[0]! }
}
