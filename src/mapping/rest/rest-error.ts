// Why the rest of a drop cannot be written. Thrown while it is made; the report of the drop goes
// all the same. Invariant: what is thrown says what a person can do instead.
import type { RestCode } from '../../domain/codes.ts'

export class RestError extends Error {
  readonly code: RestCode
  /** In Italian, one sentence for the office and the IT department. */
  readonly detail: string
  readonly remedy: string

  constructor(code: RestCode, detail: string, remedy: string) {
    super(`${code}: ${detail}`)
    this.name = 'RestError'
    this.code = code
    this.detail = detail
    this.remedy = remedy
  }
}
