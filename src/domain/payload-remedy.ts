// What to do about a fault that IO finds in a payload: one sentence for each kind of mistake that
// programs make. Invariant: no sentence repeats the value, which may be personal.
import { isFiscalCodeOfIo, payloadLimits } from './message-values.ts'
import type { PayloadFault } from './new-message.ts'

const { subjectLength, markdownLength, amountCents, timeToLiveSeconds } = payloadLimits

/** The way out of one fault, in English. */
export function remedyOf({ path, value }: PayloadFault): string {
  if (path === '') return 'Send one JSON object, not a list and not a bare value.'
  if (value === undefined) return `Add ${path}: it is mandatory.`
  const key = path.slice(path.lastIndexOf('.') + 1)
  const remedy = remedies[path] ?? remedies[key]
  if (remedy !== undefined) return remedy(value)
  if (value === null) return 'Leave the key out instead of null.'
  return `Correct it, or leave ${path} out where it is optional.`
}

const lengthRemedy = ({ minimum, maximum }: typeof subjectLength | typeof markdownLength) => {
  return (value: unknown) =>
    typeof value === 'string'
      ? `It is ${value.length} long in UTF-16 units; IO takes ${minimum} to ${maximum}.`
      : `Write a text of ${minimum} to ${maximum} UTF-16 units.`
}

const remedies: Record<string, (value: unknown) => string> = {
  'content.subject': lengthRemedy(subjectLength),
  'content.markdown': lengthRemedy(markdownLength),
  fiscal_code: personRemedy,
  'content.payment_data.payee.fiscal_code': () => 'Write the 11 digits of the institution.',
  due_date: instantRemedy,
  original_receipt_date: instantRemedy,
  amount: (value) =>
    typeof value === 'number' && Number.isInteger(value)
      ? `IO takes ${amountCents.minimum} to ${amountCents.maximum} cents.`
      : 'Write whole cents as a number: 1250 for 12.50 euro.',
  notice_number: (value) =>
    typeof value === 'number'
      ? 'Write it in quotes: as a number it loses digits.'
      : 'Write its 18 digits without blanks; the first is 0, 1, 2 or 3.',
  time_to_live: () =>
    `Leave it out; IO takes ${timeToLiveSeconds.minimum} to ${timeToLiveSeconds.maximum} seconds.`,
  feature_level_type: () => 'Write STANDARD or ADVANCED, in upper case.',
  configuration_id: () => 'Write the ULID that IO gave to the configuration: 26 characters.',
  has_precondition: () => 'Write "ALWAYS", "ONCE" or "NEVER": true and false are no longer taken.',
}

function personRemedy(value: unknown): string {
  if (typeof value !== 'string') return 'Write the fiscal code as a text.'
  if (isFiscalCodeOfIo(value.trim().toUpperCase())) {
    return 'Write it in upper case, without blanks around it.'
  }
  if (/^\d{11}$/.test(value)) return 'IO reaches persons: a code of 11 digits is not on it.'
  return 'Correct the code: 16 characters, letters in upper case.'
}

function instantRemedy(value: unknown): string {
  const form = '2026-10-31T22:59:59Z'
  if (value === null) return 'Leave the key out instead of null.'
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) {
    return `Add the end of that day in Italy, as UTC: ${form} for 31 October.`
  }
  return `Write it as ${form}: seconds, capital T and Z, or an offset such as +01:00.`
}
