// The mappings of one institution: each file checked by itself, then compiled with the references
// that it looks up and the systems that it asks. A fault inside a text is reported at the line of
// the file where it stands.
import { createHash } from 'node:crypto'
import type { Problem } from '../domain/problem.ts'
import { canonicalJson } from '../mapping/canonical.ts'
import type { Tables } from '../mapping/lookups.ts'
import { compileMapping } from '../mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../mapping/spec.ts'
import { AnsweredTable } from '../mapping/system-lookup.ts'
import { type CasesFile, casesOf, loadCases } from './cases-file.ts'
import type { ConfiguredMapping } from './config.ts'
import { problemOfFault } from './cross-check.ts'
import { namesOf } from './mapping-version.ts'
import { listYaml, readSpec, type SpecFile } from './spec-file.ts'
import type { SystemSpec } from './system.ts'

export interface LoadedMappings {
  readonly files: readonly SpecFile<MappingSpec>[]
  readonly cases: readonly CasesFile[]
  /** Those without any error. */
  readonly compiled: readonly ConfiguredMapping[]
}

/**
 * Reads and compiles the mappings of a folder, with their cases; what is wrong is added to
 * `problems`.
 */
export async function loadMappings(
  folder: string,
  institution: string,
  systems: readonly SpecFile<SystemSpec>[],
  problems: Problem[],
): Promise<LoadedMappings> {
  const files: SpecFile<MappingSpec>[] = []
  for (const path of await listYaml(folder, problems)) {
    files.push(await readSpec(path, MappingSpec, problems))
  }
  const tables = tablesOf(files, systems)
  const cases = await loadCases(folder, problems)
  const compiled = files.flatMap((file) => {
    const mapping = compile(file, institution, tables, problems)
    return mapping ? [{ ...mapping, cases: casesOf(file.id, cases) }] : []
  })
  return { files, cases, compiled }
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

function compile(
  { id, file, spec }: SpecFile<MappingSpec>,
  institution: string,
  tables: Tables,
  problems: Problem[],
): Omit<ConfiguredMapping, 'cases'> | null {
  if (!spec) return null
  // A table that is not there, or is wrong itself, is reported where it is: once.
  const { references, systems } = namesOf(spec)
  if (references.some((name) => !(name in tables.references))) return null
  if (systems.some((name) => !(name in tables.systems))) return null

  const { mapping, faults } = compileMapping(id, spec, tables)
  problems.push(...faults.map((fault) => problemOfFault(file, fault)))
  if (!mapping) return null
  const text = canonicalJson(spec)
  const sha256 = createHash('sha256').update(text).digest('hex')
  return { institution, name: id, spec, compiled: mapping, text, sha256 }
}
