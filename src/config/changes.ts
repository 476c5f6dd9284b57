// What is otherwise in one configuration than in another, by name: for the log of a reload, and for
// who asked for it. Says which parts, and of mappings which version; never a value, since settings
// may be anybody's. Pure.
import type { Config, Institution } from './config.ts'

/** What keeps the place it had when the process started: another needs a restart. */
const fixed = ['dataDirectory', 'database', 'encryption'] as const

/**
 * What is otherwise and taken over by a restart only: keys of `staffetta.yaml`, and the end of all
 * institutions, which is a folder that is being copied rather than what somebody wants.
 */
export function restartsFor(before: Config, after: Config): string[] {
  const keys = fixed.filter(
    (key) => textOf(before.installation[key]) !== textOf(after.installation[key]),
  )
  const isEmptied = before.institutions.length > 0 && after.institutions.length === 0
  return [
    ...keys.map((key) => `staffetta.yaml: ${key} has changed`),
    ...(isEmptied ? ['no institution is left'] : []),
  ]
}

/** One line each: `comune feed mensa: changed`. In the order of the files. */
export function changesOf(before: Config, after: Config): string[] {
  const [old, now] = [before.installation, after.installation]
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])] as (keyof typeof now)[]
  return [
    ...keys.filter((key) => textOf(old[key]) !== textOf(now[key])).map((key) => `${key}: changed`),
    ...named(before.institutions, after.institutions, ({ id }) => id).flatMap(institutionChanges),
  ]
}

function institutionChanges({ name, before, after }: Pair<Institution>): string[] {
  if (before === undefined) return [`${name}: added`]
  if (after === undefined) return [`${name}: removed`]
  const say = (what: string) => `${name} ${what}`
  return [
    ...(textOf(ownOf(before)) === textOf(ownOf(after)) ? [] : [`${name}: changed`]),
    ...named(before.services, after.services, (one) => one.name).flatMap((pair) =>
      pair.before && pair.after && pair.before.mode !== pair.after.mode
        ? [say(`service ${pair.name}: mode ${pair.before.mode} → ${pair.after.mode}`)]
        : saidOf('service', pair).map(say),
    ),
    ...(['feeds', 'systems', 'campaigns'] as const).flatMap((kind) =>
      named<{ id: string }>(before[kind], after[kind], ({ id }) => id).flatMap((pair) =>
        saidOf(kind.slice(0, -1), pair).map(say),
      ),
    ),
    ...named(before.mappings, after.mappings, (one) => one.name).flatMap((pair) => {
      const [old, now] = [pair.before?.sha256, pair.after?.sha256]
      if (old === undefined || now === undefined) return saidOf('mapping', pair).map(say)
      return old === now ? [] : [say(`mapping ${pair.name}: ${short(old)} → ${short(now)}`)]
    }),
  ]
}

/** What of an institution is in none of its lists. */
function ownOf(institution: Institution): object {
  const {
    services: _,
    feeds: __,
    systems: ___,
    mappings: ____,
    campaigns: _____,
    ...own
  } = institution
  return own
}

interface Pair<T> {
  name: string
  before: T | undefined
  after: T | undefined
}

function named<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
): Pair<T>[] {
  const [old, now] = [before, after].map((list) => new Map(list.map((one) => [nameOf(one), one])))
  const names = new Set([...before, ...after].map(nameOf))
  return [...names].map((name) => ({ name, before: old?.get(name), after: now?.get(name) }))
}

function saidOf<T>(what: string, { name, before, after }: Pair<T>): string[] {
  if (before === undefined) return [`${what} ${name}: added`]
  if (after === undefined) return [`${what} ${name}: removed`]
  return textOf(before) === textOf(after) ? [] : [`${what} ${name}: changed`]
}

/** As many characters of a version as people read. */
function short(sha256: string): string {
  return sha256.slice(0, 12)
}

/** Secrets by where they stand; what is compiled has its version beside it. */
function textOf(value: unknown): string {
  const plain = (_: string, one: unknown) =>
    typeof one === 'object' && one !== null && 'reference' in one && 'reveal' in one
      ? { reference: one.reference }
      : one
  return JSON.stringify(value, function (this: unknown, key, one) {
    // `toJSON` of a secret has run by then: what it was is in its holder.
    return plain(key, (this as Record<string, unknown>)[key] ?? one)
  })
}
