// What a connector threw, in the words that are recorded and shown. An error that it does not
// foresee is taken as one that may pass.
import { SourceError } from '../../connector.ts'
import { sourceCodes } from '../../domain/codes.ts'

export interface SourceFailure {
  /** One of `SRC_…`. */
  code: string
  message: string
  /** Trying again may help; else a person must act first. */
  retry: boolean
}

/** The failure that an error of a connector, or of saving what it gave, stands for. */
export function describeFailure(error: unknown): SourceFailure {
  if (error instanceof SourceError) {
    return { code: error.code, message: error.message, retry: error.retry }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { code: findCode(error) ?? 'SRC_UNEXPECTED', message, retry: true }
}

/** What PostgreSQL says when there is no room left on its disk (SQLSTATE). */
const databaseFull = '53100'

/** The store's refusals have a code of sources too: a drop that is too large, a full disk. */
function findCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === databaseFull) return 'SRC_DISK_FULL'
  return Object.hasOwn(sourceCodes, code) ? code : null
}
