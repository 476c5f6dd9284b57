// A feed, a system or a campaign by the name that a person typed: `NAME`, or `INSTITUTION/NAME`
// where several have it. Never guesses: an unknown name is an error with the nearest one.
import { nearest } from '../domain/nearest.ts'
import { type Config, type Feed, type System, UsageError } from './command.ts'

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
