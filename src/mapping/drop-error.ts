// A drop that cannot be read to its end. Thrown by readers; the stage that maps records it on the
// drop. Invariant: the records handed out before it was thrown are good and stay so.
import type { DropCode } from '../domain/codes.ts'

export class DropError extends Error {
  readonly code: DropCode
  /** What is wrong and where, in one Italian sentence, for the office and the IT department. */
  readonly detail: string
  /** 1-based line of the file; null when the drop as a whole is meant. */
  readonly line: number | null
  /** What to do about it, in Italian. */
  readonly remedy: string

  constructor(code: DropCode, detail: string, line: number | null, remedy: string) {
    super(`${code}: ${detail}`)
    this.name = 'DropError'
    this.code = code
    this.detail = detail
    this.line = line
    this.remedy = remedy
  }
}
