// What the systems of an institution can do, and who uses them. It works on the data as written.
// Invariant: a mapping asks only systems that can answer, and a system that nobody asks or tells is
// pointed out.
import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import {
  checkName,
  type InstitutionFiles,
  listAt,
  problemAt,
  type SystemFile,
} from './cross-check.ts'
import { valueAt } from './shape.ts'
import { keysAt, textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

/** Everything that is wrong between the systems of an institution and who names them. */
export function checkSystems(files: InstitutionFiles): Problem[] {
  return [
    ...files.systems.flatMap((system) => checkSystem(system, files)),
    ...files.mappings.flatMap(({ file }) =>
      pathsOfSystems(file).flatMap((path) => checkAsked(file, path, files)),
    ),
  ]
}

/** Where a mapping names systems: in its lookups, and before it sends. */
function pathsOfSystems(file: YamlFile): Path[] {
  const lookups = (keysAt(file, 'lookups') ?? []).map((name) => ['lookups', name, 'system'])
  const asked = [...listAt(file, 'beforeSending').keys()]
  return [...lookups, ...asked.map((index) => ['beforeSending', index, 'system'])]
}

function checkAsked(file: YamlFile, path: Path, { systems }: InstitutionFiles): Problem[] {
  const names = systems.map(({ id }) => id)
  const unknown = checkName(file, path, 'system', names)
  if (unknown.length > 0) return unknown
  const system = systems.find(({ id }) => id === valueAt(file.data, path))
  if (!system || valueAt(system.file.data, ['lookup']) !== undefined) return []
  const message = `the system "${system.id}" does not say what it answers`
  const hint = `add \`lookup\` to ${system.file.name}`
  return [problemAt(file, path, 'CFG_VALUE', 'error', message, hint)]
}

function checkSystem(system: SystemFile, files: InstitutionFiles): Problem[] {
  const { id, file, connector } = system
  const problems: Problem[] = []
  if (valueAt(file.data, ['lookup']) !== undefined && connector && !connector.lookup) {
    const message = `the connector "${textAt(file, 'connector')}" cannot answer questions`
    const hint = 'remove `lookup`, or use a connector that can'
    problems.push(problemAt(file, ['lookup'], 'CFG_VALUE', 'error', message, hint, 'key'))
  }
  for (const name of ['found', 'asked_at']) {
    const path = ['lookup', 'fields', name]
    if (valueAt(file.data, path) === undefined) continue
    const message = `a field of a system cannot be named ${name}`
    const hint = `rename it: \`${name}\` is there for every lookup of a system`
    problems.push(problemAt(file, path, 'CFG_VALUE', 'error', message, hint, 'key'))
  }
  if (file.data !== undefined && !isUsed(id, files)) {
    const message = 'no mapping asks this system and no feed tells it anything'
    const near = nearest(id, namesUsed(files))
    const hint = near ? `did you mean "${near}"?` : 'use it, or remove the file'
    problems.push(problemAt(file, ['connector'], 'CFG_UNUSED', 'warning', message, hint, 'key'))
  }
  return problems
}

function isUsed(system: string, files: InstitutionFiles): boolean {
  return namesUsed(files).includes(system)
}

function namesUsed({ feeds, mappings }: InstitutionFiles): string[] {
  const asked = mappings.flatMap(({ file }) =>
    pathsOfSystems(file).map((path) => valueAt(file.data, path)),
  )
  const told = feeds.flatMap(({ file }) =>
    [...listAt(file, 'writeBack').keys()].map((index) => textAt(file, 'writeBack', index, 'to')),
  )
  return [...asked, ...told].filter((name) => typeof name === 'string')
}
