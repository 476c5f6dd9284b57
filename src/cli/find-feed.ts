// An institution, a feed, a system or a campaign by the name that a person typed: `NAME`, or
// `INSTITUTION/NAME` where several have it. Never guesses: an unknown name is an error with the
// nearest one.
import { nearest } from '../domain/nearest.ts'
import { type Config, type Feed, type System, UsageError } from './command.ts'

/** The institution of this name, or all of them. Throws `UsageError` with the nearest name. */
export function institutionsNamed(
  { institutions }: Config,
  typed: string | null,
): Config['institutions'] {
  const known = institutions.map(({ id }) => id)
  if (typed !== null) expectKnown('institution', typed, known)
  return institutions.filter(({ id }) => typed === null || id === typed)
}

/** Throws `UsageError` with the nearest name, or with all that there are. */
export function expectKnown(kind: string, typed: string, known: readonly string[]): void {
  if (known.includes(typed)) return
  const near = nearest(typed, known)
  const hint = near ? `did you mean "${near}"?` : `there is ${known.join(', ') || 'none'}`
  throw new UsageError(`there is no ${kind} "${typed}": ${hint}`)
}

/** Throws `UsageError` with the nearest name, or with the choices. */
export function getFeedNamed(config: Config, typed: string): Feed {
  return getNamed(
    'feed',
    config.institutions.flatMap(({ feeds }) => feeds),
    typed,
  )
}

/** As `getFeedNamed`. */
export function getSystemNamed(config: Config, typed: string): System {
  return getNamed(
    'system',
    config.institutions.flatMap(({ systems }) => systems),
    typed,
  )
}

/** As `getFeedNamed`. */
export function getCampaignNamed(config: Config, typed: string) {
  return getNamed(
    'campaign',
    config.institutions.flatMap(({ campaigns }) => campaigns),
    typed,
  )
}

function getNamed<One extends { id: string; institution: string }>(
  kind: string,
  all: readonly One[],
  typed: string,
): One {
  const pathOf = (one: One) => `${one.institution}/${one.id}`
  const found = all.filter((one) => one.id === typed || pathOf(one) === typed)
  const [only] = found
  if (only && found.length === 1) return only
  if (found.length > 1) {
    throw new UsageError(`several institutions have it: ${found.map(pathOf).join(', ')}`)
  }
  const names = typed.includes('/') ? all.map(pathOf) : all.map(({ id }) => id)
  const near = nearest(typed, names)
  throw new UsageError(`there is no ${kind} "${typed}"${near ? `: did you mean "${near}"?` : ''}`)
}
