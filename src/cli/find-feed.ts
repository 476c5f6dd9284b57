// A feed by the name that a person typed: `FEED`, or `INSTITUTION/FEED` where several have it.
// Never guesses: an unknown name is an error with the nearest one.
import { nearest } from '../domain/nearest.ts'
import { type Config, type Feed, UsageError } from './command.ts'

/** Throws `UsageError` with the nearest name, or with the choices. */
export function getFeedNamed(config: Config, typed: string): Feed {
  const feeds = config.institutions.flatMap((institution) => institution.feeds)
  const pathOf = (feed: Feed) => `${feed.institution}/${feed.id}`
  const found = feeds.filter((feed) => feed.id === typed || pathOf(feed) === typed)
  const [only] = found
  if (only && found.length === 1) return only
  if (found.length > 1) {
    throw new UsageError(`several institutions have it: ${found.map(pathOf).join(', ')}`)
  }
  const names = typed.includes('/') ? feeds.map(pathOf) : feeds.map((feed) => feed.id)
  const near = nearest(typed, names)
  throw new UsageError(`there is no feed "${typed}"${near ? `: did you mean "${near}"?` : ''}`)
}
