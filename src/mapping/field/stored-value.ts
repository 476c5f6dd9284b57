// Typed values as the texts that a reference keeps, and back. Invariant: what is read back is the
// value that was kept, or undefined when the reference's fields have changed since: then it must be
// loaded anew, never guessed at.
import { isCivilDate } from '../../domain/civil-date.ts'
import { readFiscalCode } from '../../domain/fiscal-code.ts'
import { readIuv } from '../../domain/iuv.ts'
import { isNoticeNumber } from '../../domain/message-values.ts'
import type { FieldValue } from '../../domain/notice.ts'
import { readVatNumber } from '../../domain/vat-number.ts'
import type { FieldSpec } from './field-spec.ts'

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
    case 'fiscalCode': {
      const read = readFiscalCode(text)
      if (read.kind !== 'bad') return text
      // It was kept so that the records that look it up are skipped.
      return read.isNobody && field.notPersons === 'skip' ? text : undefined
    }
    case 'vatNumber':
      return readVatNumber(text).kind === 'bad' ? undefined : text
    case 'iuv':
      return readIuv(text).kind === 'bad' ? undefined : text
    case 'noticeNumber':
      return isNoticeNumber(text) ? text : undefined
  }
}
