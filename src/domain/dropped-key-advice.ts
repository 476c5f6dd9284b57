// Keys that IO drops without a word, with the one that was probably meant: a misspelt optional key
// loses its data and nobody is told. What is dropped is decided in `new-message.ts` alone; here are
// only names to suggest, and a test compares them with it.
import { findingsAt, type MessageFinding } from './message-finding.ts'
import { nearest } from './nearest.ts'
import { droppedKeys } from './new-message.ts'

/** Keys that a sender may mean, by the object in which they stand. */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  '': ['fiscal_code', 'content', 'time_to_live', 'feature_level_type', 'default_addresses'],
  content: [
    ...['subject', 'markdown', 'require_secure_channels', 'due_date', 'payment_data'],
    ...['third_party_data', 'eu_covid_cert'],
  ],
  'content.payment_data': ['amount', 'notice_number', 'invalid_after_due_date', 'payee'],
  'content.payment_data.payee': ['fiscal_code'],
  'content.third_party_data': [
    ...['id', 'configuration_id', 'has_attachments', 'has_remote_content', 'has_precondition'],
    ...['summary', 'original_sender', 'original_receipt_date'],
  ],
  'content.eu_covid_cert': ['auth_code'],
  default_addresses: ['email'],
}

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
