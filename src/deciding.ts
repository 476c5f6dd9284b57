// The composition of what people decide: the store's decisions, with the texts that they may need
// to be rendered anew. A part of `app.ts`.
import { withTitle } from './domain/title-prefix.ts'
import type { Parts } from './parts.ts'
import { textMappings } from './sending.ts'
import type { DecidedMessage, Decision, TextHashOf } from './store/resolutions.ts'

/** See `Resolutions.decide`. */
export type Decide = (ids: number[], decision: Decision) => Promise<DecidedMessage[]>

export function decideWith(parts: Parts): Decide {
  const { store, vault } = parts
  const mappingOf = textMappings(parts)
  const textHashOf: TextHashOf = async ({ mappingVersionId, template, data, purpose }) => {
    const mapping = await mappingOf(mappingVersionId)
    if (mapping === null) return null
    const payloads = withTitle(mapping.payloads(data, template), purpose)
    return vault.hash('text', JSON.stringify(payloads))
  }
  return (ids, decision) => store.resolutions.decide(ids, decision, parts.now(), textHashOf)
}
