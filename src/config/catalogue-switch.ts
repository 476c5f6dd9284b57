// Which ready-made mappings an institution has switched on, as its `institution.yaml` says. It
// works on the data as written: a slip elsewhere in the file switches nothing off.
import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import type { MappingSpec } from '../mapping/spec.ts'
import { type CatalogueService, readService } from './catalogue.ts'
import { catalogueIndex } from './catalogue-index.ts'
import { problemAt } from './cross-check.ts'
import { valueAt } from './shape.ts'
import { keysAt, type SpecFile } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'

export interface SwitchedMapping {
  readonly service: CatalogueService
  readonly mapping: SpecFile<MappingSpec>
}

/** By name. Names that the catalogue does not know are added to `problems`. */
export async function switchedMappings(
  institution: YamlFile,
  problems: Problem[],
): Promise<ReadonlyMap<string, SwitchedMapping>> {
  const switched = new Map<string, SwitchedMapping>()
  const index = catalogueIndex()
  for (const name of keysAt(institution, 'catalogue') ?? []) {
    const at = ['catalogue', name]
    const mappings = index.get(name)
    if (mappings === undefined) {
      problems.push(unknown(institution, at, 'service', name, [...index.keys()], 'key'))
      continue
    }
    const wanted = valueAt(institution.data, at)
    const listed = Array.isArray(wanted) ? wanted : wanted === true ? mappings : []
    for (const [position, one] of listed.entries()) {
      if (mappings.includes(one)) continue
      const kind = `mapping of ${name}`
      problems.push(unknown(institution, [...at, position], kind, String(one), mappings, 'value'))
    }
    if (listed.length === 0) continue
    const service = await readService(name)
    problems.push(...service.problems)
    for (const mapping of service.mappings) {
      if (listed.includes(mapping.id)) switched.set(mapping.id, { service, mapping })
    }
  }
  return switched
}

function unknown(
  file: YamlFile,
  path: PropertyKey[],
  kind: string,
  name: string,
  known: readonly string[],
  of: 'key' | 'value',
): Problem {
  const near = nearest(name, known)
  const hint = near ? `did you mean "${near}"?` : `there are ${known.join(', ')}`
  const message = `the catalogue has no ${kind} "${name}"`
  return problemAt(file, path, 'CFG_UNKNOWN_NAME', 'error', message, hint, of)
}
