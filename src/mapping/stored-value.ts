// Typed values as the texts that a reference keeps, and back. Invariant: what is read back is the
// value that was kept, or undefined when the reference's fields have changed since: then it must be
// loaded anew, never guessed at.
import { isCivilDate } from '../domain/civil-date.ts'
import { readFiscalCode } from '../domain/fiscal-code.ts'
import { isNoticeNumber } from '../domain/message-values.ts'
import type { FieldValue } from '../domain/notice.ts'
import type { FieldSpec } from './spec.ts'

/** A value as a reference keeps it: cents, ISO dates, `true`; null is not kept at all. */
export function storedText(value: FieldValue): string | null {
  return value === null ? null : String(value)
}

/**
 * The value of a kept text; undefined when it is not one of this type (the reference has changed).
 */
export function restoredValue(field: FieldSpec, text: string | undefined): FieldValue | undefined {
  if (text === undefined) return null
  switch (field.type) {
    case 'text':
      return text
    case 'integer':
    case 'euro':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'date':
      return isCivilDate(text) ? text : undefined
    case 'fiscalCode':
      return readFiscalCode(text).kind === 'bad' ? undefined : text
    case 'noticeNumber':
      return isNoticeNumber(text) ? text : undefined
  }
}
