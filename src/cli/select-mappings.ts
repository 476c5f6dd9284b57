// Which mappings a person means: an institution or its folder, a mapping, or one of its files.
// Never guesses: an unknown name is an error with the nearest one.
import { resolve } from 'node:path'
import { nearest } from '../domain/nearest.ts'
import { type Config, UsageError } from './command.ts'

export type Mapping = Config['institutions'][number]['mappings'][number]

/** All of them without a name. Throws `UsageError` with the nearest name, or with the choices. */
export function selectMappings(config: Config, typed: string | null): readonly Mapping[] {
  const all = config.institutions.flatMap(({ mappings }) => mappings)
  if (typed === null) return all
  if (typed.endsWith('.yaml')) return [ofFile(config, all, typed)]
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
  const near = nearest(typed, [
    ...all.map((mapping) => (typed.includes('/') ? pathOf(mapping) : mapping.name)),
    ...config.institutions.map(({ id }) => id),
  ])
  const hint = near ? `: did you mean "${near}"?` : ''
  throw new UsageError(`there is no institution and no mapping "${typed}"${hint}`)
}

function ofFile(config: Config, all: readonly Mapping[], typed: string): Mapping {
  const path = resolve(typed.replace(/(\.cases)?\.yaml$/, '.yaml'))
  const fileOf = ({ institution, name }: Mapping) =>
    resolve(config.directory, institution, 'mappings', `${name}.yaml`)
  const found = all.find((mapping) => fileOf(mapping) === path)
  if (found) return found
  throw new UsageError(`${typed} is no mapping of the configuration ${config.directory}`)
}
