// A key that comes twice in one drop: the same data again is a duplicate, other data a question for
// the office. Said alike by the stage and by its preview.
import type { Refusal } from '../../domain/refusal.ts'

/** Why a record with the same key and the same data has no effect. */
export const repeatedReason = 'ripetuta in questo file'

/** Of a record whose key another one of the same drop has, with other data. */
export function repeatedRefusal(key: string): Refusal {
  return {
    code: 'REC_KEY_REPEATED',
    field: null,
    detail: `La chiave «${key}» compare due volte in questo file con dati diversi; vale la prima.`,
    remedy: 'Togli alla fonte la riga sbagliata, o aggiungi un campo a `key` nel modello.',
  }
}
