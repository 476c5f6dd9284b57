// The mappings of one institution: its own files, those of the catalogue that it has switched on,
// and its own texts over those, each checked, then compiled with the references that it looks up
// and the systems that it asks. A fault inside a text is reported at the line of the file where it
// stands.
import { createHash } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Problem } from '../domain/problem.ts'
import { canonicalJson } from '../mapping/canonical.ts'
import type { Tables } from '../mapping/lookups.ts'
import { compileMapping } from '../mapping/mapping.ts'
import type { MappingSpec, ReferenceMapping } from '../mapping/spec.ts'
import { AnsweredTable } from '../mapping/system-lookup.ts'
import { type CasesFile, casesOf, loadCases } from './cases-file.ts'
import { switchFor } from './catalogue-index.ts'
import { type SwitchedMapping, switchedMappings } from './catalogue-switch.ts'
import type { ConfiguredCase, ConfiguredMapping, MappingHome } from './config.ts'
import { type MappingFile, problemAt, problemOfFault } from './cross-check.ts'
import { namesOf } from './mapping-version.ts'
import { overlayKey, readOver, readSource } from './overlay.ts'
import { listYaml, type SpecFile } from './spec-file.ts'
import type { SystemSpec } from './system.ts'
import type { YamlFile } from './yaml-file.ts'

export interface LoadedMappings {
  readonly files: readonly MappingFile[]
  /** The institution's own. */
  readonly cases: readonly CasesFile[]
  /** Those without any error. */
  readonly compiled: readonly ConfiguredMapping[]
  /** By the name of a file over the catalogue that is not used: the service that is off. */
  readonly unused: ReadonlyMap<string, string>
}

type Switched = ReadonlyMap<string, SwitchedMapping>

const noneSwitched: Switched = new Map()

/**
 * Reads and compiles the mappings of a folder, with their cases, and those of the catalogue that
 * `institution.yaml` switches on; what is wrong is added to `problems`.
 */
export async function loadMappings(
  folder: string,
  institution: string,
  systems: readonly SpecFile<SystemSpec>[],
  problems: Problem[],
  about: YamlFile | null = null,
): Promise<LoadedMappings> {
  const switched = about === null ? noneSwitched : await switchedMappings(about, problems)
  const { files: own, unused } = await readOwn(folder, switched, problems)
  const names = new Set(own.map(({ id }) => id))
  const ready = [...switched.values()].filter(({ mapping }) => !names.has(mapping.id)).map(asReady)
  const files = [...own, ...ready].toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const tables = tablesOf(files, systems)
  // The cases of what is not used are about nothing.
  const cases = (await loadCases(folder, problems)).filter(({ id }) => !unused.has(id))
  const compiled = files.flatMap((file) => {
    const mapping = compile(file, institution, tables, problems)
    return mapping ? [{ ...mapping, ...standingOf(file, dirname(folder), cases) }] : []
  })
  return { files, cases, compiled, unused }
}

async function readOwn(folder: string, switched: Switched, problems: Problem[]) {
  const files: MappingFile[] = []
  const unused = new Map<string, string>()
  for (const path of await listYaml(folder, problems)) {
    const source = await readSource(path, problems)
    const { id, file, base } = source
    if (source.isWrong) {
      files.push({ id, file, spec: null, ready: null })
    } else if (base !== null && !switched.has(base.mapping)) {
      unused.set(id, base.service)
      const message = `the mapping "${base.mapping}" is switched off: this file is not used`
      const hint = `write \`${switchFor(base.service)}\` into institution.yaml, or remove the file`
      problems.push(problemAt(file, [overlayKey], 'CFG_UNUSED', 'warning', message, hint))
    } else {
      const double = switched.get(id)
      if (double && base?.mapping !== id) problems.push(doubled(file, id, base !== null))
      const { read, service } = await readOver(source, problems)
      const ready = service &&
        base && { ...offerOf(service), mapping: base.mapping, isWhole: false }
      files.push({ ...read, ready })
    }
  }
  return { files, unused }
}

function doubled(file: YamlFile, id: string, isOverlay: boolean): Problem {
  const message = `the catalogue's mapping "${id}" is switched on, and has the same name`
  const hint = isOverlay
    ? 'give the file another name'
    : `write \`catalogue: ${id}\` and only what is otherwise; or give it another name`
  return problemAt(file, [], 'CFG_VALUE', 'error', message, hint)
}

function asReady({ service, mapping }: SwitchedMapping): MappingFile {
  return { ...mapping, ready: { ...offerOf(service), mapping: mapping.id, isWhole: true } }
}

function offerOf({ folder, samples, goldens, cases }: SwitchedMapping['service']) {
  return { folder, samples, goldens, cases }
}

/** Where a mapping stands, and its cases: its own, else those that came with it. */
function standingOf(
  { id, ready }: MappingFile,
  institution: string,
  own: readonly CasesFile[],
): { home: MappingHome; cases: readonly ConfiguredCase[] } {
  if (ready === null) {
    return {
      home: { folders: [institution], catalogue: null, isReady: false },
      cases: casesOf(id, own),
    }
  }
  const isReady = ready.isWhole && !own.some((one) => one.id === id)
  const folders = isReady ? [ready.folder] : [institution, ready.folder]
  const home = { folders, catalogue: ready.mapping, isReady }
  return { home, cases: casesOf(id, isReady ? ready.cases : own) }
}

function tablesOf(
  files: readonly SpecFile<MappingSpec>[],
  systems: readonly SpecFile<SystemSpec>[],
): Tables {
  const references: Record<string, ReferenceMapping> = Object.create(null)
  for (const { id, spec } of files) {
    if (spec?.shape === 'reference') references[id] = spec
  }
  const answered: Record<string, AnsweredTable> = Object.create(null)
  for (const { id, spec } of systems) {
    if (spec?.lookup) answered[id] = AnsweredTable.parse(spec.lookup)
  }
  return { references, systems: answered }
}

type Compiled = Omit<ConfiguredMapping, 'cases' | 'home' | 'institution'>

/** What is ready-made and looks nothing up is the same for every institution. */
const readyCompiled = new WeakMap<MappingSpec, { one: Compiled; faults: readonly Problem[] }>()

function compile(
  { id, file, spec, ready }: MappingFile,
  institution: string,
  tables: Tables,
  problems: Problem[],
): Omit<ConfiguredMapping, 'cases' | 'home'> | null {
  if (!spec) return null
  // A table that is not there, or is wrong itself, is reported where it is: once.
  const { references, systems } = namesOf(spec)
  if (references.some((name) => !(name in tables.references))) return null
  if (systems.some((name) => !(name in tables.systems))) return null
  const known = readyCompiled.get(spec)
  if (known) {
    problems.push(...known.faults)
    return { ...known.one, institution }
  }
  const compiled = compileMapping(id, spec, tables)
  const faults = compiled.faults.map((fault) => problemOfFault(file, fault))
  problems.push(...faults)
  if (!compiled.mapping) return null
  const text = canonicalJson(spec)
  const sha256 = createHash('sha256').update(text).digest('hex')
  const files = filesOf(file, ready)
  const one = { name: id, spec, compiled: compiled.mapping, text, sha256, files }
  const isAlone = references.length === 0 && systems.length === 0
  if (ready?.isWhole && isAlone) readyCompiled.set(spec, { one, faults })
  return { ...one, institution }
}

function filesOf(file: YamlFile, ready: MappingFile['ready']): string[] {
  if (ready === null || ready.isWhole) return [file.name]
  return [file.name, join(ready.folder, 'mappings', `${ready.mapping}.yaml`)]
}
