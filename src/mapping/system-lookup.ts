// What a system answers when it is asked about a key, declared once in its own file: the fields
// with their types, how often it may be asked, and what becomes of records that it does not answer.
// Invariant: what a mapping's version keeps of it, `AnsweredTable`, is all that its texts need.
import { z } from 'zod'
import { canonicalJson } from './canonical.ts'
import { FieldSpec } from './field/field-spec.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name: lower-case letters, digits and _')

/** What does not count when two keys are compared. */
export const normalise = z.array(z.enum(['case', 'zeros', 'blanks'])).default([])

function isNamed(column: FieldSpec['column']): boolean {
  return [column].flat().every((one) => typeof one === 'string')
}

const table = {
  fields: z
    .record(name, FieldSpec)
    .refine((fields) => Object.keys(fields).length > 0, 'it has no field: name at least one')
    .refine(
      (fields) => Object.values(fields).every(({ column }) => isNamed(column)),
      'each `column` is a name by which the connector answers, or several',
    )
    .refine(
      (fields) => Object.values(fields).every(({ split }) => split === undefined),
      'an answer is not split: let the connector name its pieces',
    )
    .describe(
      'What is kept of an answer, and nothing else is: each field with its type, `column` being ' +
        'the name by which the connector answers it. Keep a boolean where a boolean will do',
    ),
  normalise: normalise.describe(
    'What does not count when keys are compared: capital letters, zeros in front, the number of ' +
      'blanks. The system is asked with the key so written',
  ),
  onFailure: z
    .enum(['hold', 'skip', 'refuse'])
    .default('hold')
    .describe(
      'Records of which the system does not answer, because it is down, fails, or has been asked ' +
        'enough today: wait and are asked about again, or are skipped, or refused',
    ),
  holdHours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .default(72)
    .describe('With `hold`: how long, from when the drop is mapped; then they are refused'),
}

/** What a mapping depends on; kept with its versions. */
export const AnsweredTable = z.object(table)
export type AnsweredTable = z.infer<typeof AnsweredTable>

/** Tells answers that were read in one way from those that were read in another. */
export function shapeOf({ fields, normalise: ways }: AnsweredTable): string {
  return canonicalJson({ fields, normalise: ways })
}

export const SystemLookup = z.strictObject({
  ...table,
  cacheHours: z
    .number()
    .int()
    .min(0)
    .max(8760)
    .default(24)
    .describe('How old an answer may be when a drop comes; 0: each drop asks anew'),
  perSecond: z
    .number()
    .min(0.01)
    .max(10_000)
    .default(5)
    .describe('How many keys may be asked about in a second, by all nodes together'),
  perDay: z
    .number()
    .int()
    .min(1)
    .max(100_000_000)
    .optional()
    .describe('How many in a day of the institution’s zone; absent: as many as there are'),
  batch: z
    .number()
    .int()
    .min(1)
    .max(500)
    .default(50)
    .describe('How many are handed to the connector at once, and never more than a second’s'),
  timeoutSeconds: z
    .number()
    .int()
    .min(1)
    .max(600)
    .default(30)
    .describe('How long one batch may take before it counts as failed'),
})
export type SystemLookup = z.infer<typeof SystemLookup>
