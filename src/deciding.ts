// The composition of what people decide: the store's decisions, with the texts that they may need
// to be rendered anew. A part of `app.ts`.
import type { Parts } from './parts.ts'
import { textMappings } from './sending.ts'
import type { Decided, Decision, TextHashOf } from './store/resolutions.ts'

/** See `Resolutions.decide`. */
export type Decide = (ids: number[], decision: Decision) => Promise<Decided[]>

export function decideWith(parts: Parts): Decide {
  const { store, vault } = parts
  const mappingOf = textMappings(parts)
  const textHashOf: TextHashOf = async ({ mappingVersionId, template, data }) => {
    const mapping = await mappingOf(mappingVersionId)
    return mapping && vault.hash('text', JSON.stringify(mapping.payloads(data, template)))
  }
  return (ids, decision) => store.resolutions.decide(ids, decision, parts.now(), textHashOf)
}
