// The text of an errata, a file of its own that `staffetta flows errata` reads, declared once:
// types, checks, defaults, JSON Schema and reference page come from here.
import { z } from 'zod'
import { TextSpec } from '../mapping/spec.ts'

export const ErrataSpec = z.strictObject({
  subject: TextSpec.shape.subject
    .optional()
    .describe(
      'Liquid; absent: the title of each message that is corrected. `Errata corrige: ` is put ' +
        'before it, and the whole cut at 120 UTF-16 units',
    ),
  markdown: TextSpec.shape.markdown.describe(
    'Liquid over Markdown; the fields are those that the notices keep, as they are now',
  ),
  buttons: TextSpec.shape.buttons,
  payment: z
    .boolean()
    .default(false)
    .describe('It carries the payment and the due date, as the notice has them now'),
})
export type ErrataSpec = z.infer<typeof ErrataSpec>
