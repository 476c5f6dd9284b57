// Which mappings a person means: an institution or its folder, a mapping, one of its files, or a
// ready-made service.
// Never guesses: an unknown name is an error with the nearest one.
import { basename, dirname, resolve } from 'node:path'
import { nearest } from '../domain/nearest.ts'
import { type Config, UsageError } from './command.ts'

export type Mapping = Config['institutions'][number]['mappings'][number]

/** All of them without a name. Throws `UsageError` with the nearest name, or with the choices. */
export function selectMappings(config: Config, typed: string | null): readonly Mapping[] {
  const all = config.institutions.flatMap(({ mappings }) => mappings)
  if (typed === null) return all
  if (typed.endsWith('.yaml')) return [ofFile(config, all, typed)]
  const ofCatalogue = inFolder(all, typed)
  if (ofCatalogue.length > 0) return ofCatalogue
  const owner = config.institutions.find(
    ({ id }) => id === typed || resolve(config.directory, id) === resolve(typed),
  )
  if (owner) return owner.mappings
  const pathOf = ({ institution, name }: Mapping) => `${institution}/${name}`
  const found = all.filter((mapping) => mapping.name === typed || pathOf(mapping) === typed)
  if (found.length === 1) return found
  if (found.length > 1) {
    throw new UsageError(`several institutions have it: ${found.map(pathOf).join(', ')}`)
  }
  const ofService = all.filter((mapping) => {
    const service = serviceOf(mapping)
    return service !== null && [service, `${mapping.institution}/${service}`].includes(typed)
  })
  if (ofService.length > 0) return ofService
  const near = nearest(typed, [
    ...all.map((mapping) => (typed.includes('/') ? pathOf(mapping) : mapping.name)),
    ...config.institutions.map(({ id }) => id),
    ...all.flatMap((mapping) => serviceOf(mapping) ?? []),
  ])
  const hint = near ? `: did you mean "${near}"?` : `.${readyHint}`
  throw new UsageError(`there is no institution and no mapping "${typed}"${hint}`)
}

/** What may be the matter with a name that is like no other. */
export const readyHint = ' Is it ready-made, and not yet on? See: staffetta new mapping --service'

/** The ready-made service that a mapping is of, or is written over. */
function serviceOf({ home }: Mapping): string | null {
  return home.catalogue === null ? null : basename(home.folders.at(-1) ?? '')
}

/** Whether a path leads into the catalogue: to what is ready-made, not to what is made of it. */
export function isCatalogue({ home }: Mapping, typed: string | null): boolean {
  if (!home.isReady || typed === null) return false
  const [folder, path] = [resolve(home.folders[0] ?? ''), resolve(typed)]
  return path === dirname(folder) || `${path}/`.startsWith(`${folder}/`)
}

/** The ready-made mappings of a service's folder, or of all, each once. */
function inFolder(all: readonly Mapping[], typed: string): Mapping[] {
  const names = new Set<string>()
  return all.filter((mapping) => {
    if (!isCatalogue(mapping, typed) || names.has(mapping.name)) return false
    return names.add(mapping.name)
  })
}

function ofFile(config: Config, all: readonly Mapping[], typed: string): Mapping {
  const path = resolve(typed.replace(/(\.cases)?\.yaml$/, '.yaml'))
  const isFirst = ({ files }: Mapping) => resolve(files[0] ?? '') === path
  const found = all.find(isFirst)
  if (found) return found
  throw new UsageError(`${typed} is no mapping of the configuration ${config.directory}`)
}
