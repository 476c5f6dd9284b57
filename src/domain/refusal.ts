// A refusal: why a record gave no notice. All refusals of one record are reported together.
// Codes are stable, and have their remedy in docs/operations.md.

export interface Refusal {
  /** Stable code of `codes.ts`, for example `REC_FISCAL_CODE_CHECK`. */
  code: string
  /** The field of the mapping, or null when the whole record is meant. */
  field: string | null
  /**
   * What is wrong with which value, in one sentence. May quote the value: it is shown to the office
   * that owns it.
   */
  detail: string
  /** What the office or the IT person can do. */
  remedy: string
}
