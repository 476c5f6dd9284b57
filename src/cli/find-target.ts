// What a file is previewed by, as a person typed it: a feed, or a mapping that needs no feed yet;
// `INSTITUTION/NAME` where several institutions have the name. A feed goes before a mapping.
// Never guesses: an unknown name is an error with the nearest one.
import { basename, dirname, resolve } from 'node:path'
import { nearest } from '../domain/nearest.ts'
import { type Config, type PreviewTarget, UsageError } from './command.ts'
import { readyHint } from './select-mappings.ts'

interface Named {
  path: string
  name: string
  target: PreviewTarget
}

/** Throws `UsageError` with the nearest name, or with the choices. */
export function getTargetNamed(config: Config, typed: string): PreviewTarget {
  const feeds = config.institutions.flatMap(({ id: institution, feeds }) =>
    feeds.map((feed) => named(institution, feed.id, { mapping: feed.mapping, feed })),
  )
  const mappings = config.institutions.flatMap(({ id: institution, mappings }) =>
    mappings.map(({ name }) => named(institution, name, { mapping: name, feed: null })),
  )
  const target = only(feeds, typed) ?? only(mappings, typed)
  if (target !== null) return target
  const all = [...feeds, ...mappings].map(({ path, name }) => (typed.includes('/') ? path : name))
  const near = nearest(typed, all)
  const hint = near ? `: did you mean "${near}"?` : `.${readyHint}`
  throw new UsageError(`there is no feed and no mapping "${typed}"${hint}`)
}

/**
 * The mapping that names a file of `samples/` as its sample, or reads it in a case; null when the
 * path leads elsewhere. Throws `UsageError` when several do, or none.
 */
export function findTargetOfSample(config: Config, path: string): PreviewTarget | null {
  const file = resolve(path)
  const owner = config.institutions.find(
    ({ id }) => dirname(file) === resolve(config.directory, id, 'samples'),
  )
  if (owner === undefined) return null
  const name = basename(file)
  const readers = owner.mappings.filter(
    ({ spec, cases }) => spec.sample === name || cases.some((one) => one.spec.file === name),
  )
  const [only] = readers
  if (only && readers.length === 1) {
    return { institution: owner.id, mapping: only.name, feed: null }
  }
  const names = readers.map((mapping) => mapping.name).join(', ')
  const which = names === '' ? 'no mapping reads' : `several mappings read (${names})`
  throw new UsageError(`${which} the sample ${name}: say MAPPING and FILE`)
}

function named(institution: string, name: string, of: Omit<PreviewTarget, 'institution'>): Named {
  return { path: `${institution}/${name}`, name, target: { institution, ...of } }
}

function only(candidates: readonly Named[], typed: string): PreviewTarget | null {
  const found = candidates.filter(({ path, name }) => path === typed || name === typed)
  if (found.length > 1) {
    const paths = found.map(({ path }) => path).join(', ')
    throw new UsageError(`several institutions have it: ${paths}`)
  }
  return found[0]?.target ?? null
}
