// Keys that IO drops without a word, with the one that was probably meant: a misspelt optional key
// loses its data and nobody is told. What is dropped is decided in `new-message.ts` alone.
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { nearest } from './nearest.ts'
import { droppedKeys, keysByObject } from './new-message.ts'

/** No longer in IO's specification: dropped keys are never taken for these. */
const withdrawn = /^content\.(?:prescription_data|legal_data)(?:\.|$)/

/** Keys that a sender may mean, by the object in which they stand. */
const knownKeys: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.entries(keysByObject())
    .filter(([at]) => !withdrawn.test(at))
    .map(([at, keys]) => [at, keys.filter((key) => !withdrawn.test(`${at}.${key}`))]),
)

/** Said one by one; what is beyond is counted. */
const maximumSaid = 20

/** One finding for each dropped key. Keys are shown: they are the program's, not the citizen's. */
export function droppedKeyAdvice(payload: unknown): MessageFinding[] {
  const dropped = droppedKeys(payload)
  const advice = dropped.slice(0, maximumSaid).map((path) => {
    const bounded = path.length > 100 ? `${path.slice(0, 100)}…` : path
    return findingsAt(bounded)('dropped-key', 'IO drops this key and its value.', remedyFor(path))
  })
  if (dropped.length > maximumSaid) {
    const detail = `IO drops ${dropped.length - maximumSaid} more keys.`
    advice.push(findingsAt('')('dropped-key', detail, 'Send only the keys that IO knows.'))
  }
  return advice
}

/** The same name in another place, else a near one here, else a near one in another place. */
function remedyFor(path: string): string {
  const place = Object.keys(knownKeys).findLast((at) => at === '' || path.startsWith(`${at}.`))!
  const name = place === '' ? path : path.slice(place.length + 1)
  const others = Object.entries(knownKeys)
    .filter(([at]) => at !== place)
    .flatMap(([at, keys]) => keys.map((key) => ({ key, path: at === '' ? key : `${at}.${key}` })))
  const same = others.find(({ key }) => key === name)
  if (same !== undefined) return `Its place is ${same.path}.`
  const near = nearest(name, knownKeys[place]!)
  if (near !== null) return `Did you mean ${near}?`
  const far = nearest(
    name,
    others.map(({ key }) => key),
  )
  const meant = others.find(({ key }) => key === far)
  return meant === undefined ? 'Leave it out.' : `Did you mean ${meant.path}?`
}
