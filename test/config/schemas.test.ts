// The JSON Schemas that editors use, judged by a validator that is not ours: they take every file
// of the configuration and of the catalogue, and refuse the same slips as `check`.
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { z } from 'zod'
import { FeedSpec } from '../../src/config/feed.ts'
import { InstallationSpec } from '../../src/config/installation.ts'
import { InstitutionSpec } from '../../src/config/institution.ts'
import type { Shape } from '../../src/config/shape.ts'
import { SystemSpec } from '../../src/config/system.ts'
import { CasesSpec } from '../../src/mapping/case-spec.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'

const root = join(import.meta.dirname, '../..')
const schemaFolder = join(root, 'config/schema')
const files = [
  ...globSync('config/**/*.yaml', { cwd: root }),
  ...globSync('src/catalogue/*/{service,mappings/*}.yaml', { cwd: root }),
]
const named = /^# yaml-language-server: \$schema=(\S+)\n/

const validators = new Map<string, ValidateFunction>()

/** A schema by the name of its file, compiled once. */
function validator(name: string): ValidateFunction {
  const known = validators.get(name)
  if (known) return known
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false })
  // Its types are those of CommonJS, whose default is the module.
  const addFormats = ajvFormats as unknown as typeof ajvFormats.default
  addFormats(ajv)
  const made = ajv.compile(JSON.parse(readFileSync(join(schemaFolder, `${name}.json`), 'utf8')))
  validators.set(name, made)
  return made
}

/** Where a file is wrong for its schema, and why. */
function faultsOf(name: string, data: unknown): string[] {
  const validate = validator(name)
  if (validate(data)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

function dataOf(file: string): unknown {
  return parse(readFileSync(join(root, file), 'utf8'))
}

describe('the files that we ship', () => {
  it('name their schema in the first line, by a path that leads to it', () => {
    expect(files.length).toBeGreaterThan(60)
    for (const file of files) {
      const [, path = ''] = named.exec(readFileSync(join(root, file), 'utf8')) ?? []
      const found = relative(root, join(root, dirname(file), path))
      expect([file, dirname(found)]).toEqual([file, 'config/schema'])
      expect([file, kindOf(file)]).toEqual([file, basename(found, '.json')])
    }
  })

  it('are right for it', () => {
    for (const file of files)
      expect([file, faultsOf(kindOf(file), dataOf(file))]).toEqual([file, []])
  })
})

/** Which schema a file has, by where it stands. */
function kindOf(file: string): string {
  const [, folder = ''] = /\/([^/]+)\/[^/]+$/.exec(file) ?? []
  if (file.endsWith('.cases.yaml')) return 'cases'
  if (folder === 'mappings') return isOverlay(file) ? 'overlay' : 'mapping'
  const byFolder = { feeds: 'feed', systems: 'system', campaigns: 'campaign' } as const
  return byFolder[folder as keyof typeof byFolder] ?? basename(file, '.yaml')
}

function isOverlay(file: string): boolean {
  const data = dataOf(file)
  return typeof data === 'object' && data !== null && 'catalogue' in data
}

const example = 'config/comune-di-esempio'
const specs: Record<string, [file: string, spec: z.ZodType]> = {
  staffetta: ['config/staffetta.yaml', InstallationSpec],
  institution: [`${example}/institution.yaml`, InstitutionSpec],
  feed: [`${example}/feeds/bollette.yaml`, FeedSpec],
  system: [`${example}/systems/pagamenti.yaml`, SystemSpec],
  mapping: [`${example}/mappings/bollette.yaml`, MappingSpec],
  cases: [`${example}/mappings/bollette.cases.yaml`, CasesSpec],
}

/** The example with the value at a path set; undefined takes it away. */
function slipped(file: string, path: readonly (string | number)[], value: unknown): unknown {
  const data = dataOf(file)
  let at = data as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) at = at[step] as typeof at
  const last = path.at(-1) ?? ''
  if (value === undefined) delete at[last]
  else at[last] = value
  return data
}

type Slip = [kind: string, path: (string | number)[], value: unknown]

/** Wrong types, unknown keys, missing keys, values that are none of a list, broken bounds. */
const slips: Slip[] = [
  ['staffetta', ['accounts', 'esempio', 'limt'], 1],
  ['staffetta', ['accounts'], []],
  ['institution', ['name'], undefined],
  ['institution', ['fiscalCode'], 12345678901],
  ['institution', ['fiscalCode'], '123'],
  ['institution', ['services', 'acqua', 'mode'], 'on'],
  ['institution', ['services', 'Acqua!'], {}],
  ['institution', ['calendar', 'quietHours', 'from'], '9'],
  ['institution', ['catalogue'], { tari: 'yes' }],
  ['institution', ['testers', 0, 'name'], undefined],
  ['feed', ['connector'], undefined],
  ['feed', ['mapping'], ['bollette']],
  ['feed', ['servce'], 'acqua'],
  ['feed', ['settings', 'hots'], 'a'],
  ['system', ['connector'], 7],
  ['system', ['lookup', 'fields'], 'stato'],
  ['mapping', ['shape'], 'notices'],
  ['mapping', ['serie'], 'bollette'],
  ['mapping', ['record', 'format'], 'xls'],
  ['mapping', ['record', 'fields', 'importo', 'decimals'], 'point'],
  ['mapping', ['record', 'fields', 'importo', 'type'], 'money'],
  ['mapping', ['record', 'fields', 'scadenza', 'formats'], []],
  ['mapping', ['record', 'fields', 'scadenza', 'formats'], undefined],
  ['mapping', ['key'], 'numero_bolletta'],
  ['mapping', ['notice', 'fiscalCode'], undefined],
  ['mapping', ['notice', 'subject'], 'Un titolo'],
  ['mapping', ['notice', 'subject', 'fr'], 'Un titre'],
  ['mapping', ['notice', 'payment', 'ammount'], 'importo'],
  ['mapping', ['notice', 'buttons'], [1, 2, 3]],
  ['mapping', ['reminders', 0, 'at'], '-7d'],
  ['mapping', ['reminders', 0, 'whenClosed'], 'never'],
  ['mapping', ['lookups', 'contatto', 'onMissing'], 'ignore'],
  ['mapping', ['lookups', 'contatto', 'waitHours'], 0],
  ['cases', ['cases'], {}],
  ['cases', ['cases', 0, 'name'], undefined],
  ['cases', ['cases', 1, 'expect', 'subjct'], 'x'],
  ['cases', ['cases', 1, 'expect', 'refused'], 'REC_FIELD_MISSING'],
]

describe('a slip', () => {
  it.each(slips)('is refused by the schema as by `check`: %s %j %j', (kind, path, value) => {
    const [file, spec] = specs[kind] ?? ['', MappingSpec]
    const data = slipped(file, path, value)
    // Settings are judged by their connector, which the schema of feeds has and the spec has not.
    if (path[0] !== 'settings') expect(spec.safeParse(data).success).toBe(false)
    expect(faultsOf(kind, data)).not.toEqual([])
  })

  it('of more than one key together is for `check` alone', () => {
    const file = `${example}/mappings/bollette.yaml`
    // Of two button actions one must be chosen: a rule between keys, which the schema does not say.
    const data = slipped(file, ['notice', 'buttons'], [{ text: { it: 'Vai', en: 'Go' } }])
    expect(MappingSpec.safeParse(data).success).toBe(false)
    expect(faultsOf('mapping', data)).toEqual([])
  })
})

describe('a file over the catalogue', () => {
  const over = { catalogue: 'tari-avviso' }

  it('may have any part of a mapping, and null for what goes away', () => {
    for (const more of [
      {},
      { notice: { markdown: { it: 'Un testo nostro' } } },
      { record: { delimiter: ',', fields: { importo: { column: 'EURO' } } } },
      { reminders: null, facets: { customer: null } },
    ]) {
      expect(faultsOf('overlay', { ...over, ...more })).toEqual([])
    }
  })

  it('has no key that a mapping has not, and names one of the catalogue', () => {
    for (const wrong of [
      {},
      { catalogue: 'tari' },
      { ...over, notce: {} },
      { ...over, notice: { markdwn: {} } },
      { ...over, reminders: [{ at: '-7d 09:30' }] },
      { ...over, record: { fields: { importo: { colum: 'EURO' } } } },
    ]) {
      expect(faultsOf('overlay', wrong)).not.toEqual([])
    }
  })
})

describe('what an editor shows', () => {
  it('says of a key what it means, its default, and the values that it may have', () => {
    const mapping = JSON.parse(readFileSync(join(schemaFolder, 'mapping.json'), 'utf8')) as Shape
    const notice = mapping.oneOf?.find(({ properties }) => properties?.['notice'])
    const { series, reminders } = notice?.properties ?? {}
    expect(series?.description).toMatch(/Keys are unique/)
    const whenClosed = reminders?.items?.properties?.['whenClosed']
    expect(whenClosed).toMatchObject({ default: 'later', enum: ['later', 'earlier', 'skip'] })
    expect(whenClosed?.description).toMatch(/next opening/)
  })
})
