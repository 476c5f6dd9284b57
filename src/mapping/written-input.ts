// A single message as a program gives it, to the API and the command line: JSON in our own words.
// Invariant: strict, so that a key written wrong is said and not lost.
import { z } from 'zod'
import type { WrittenMessage } from '../domain/written-message.ts'

export const WrittenInput = z.strictObject({
  service: z.string().min(1).max(100).describe('A service of the institution, by its name here'),
  fiscalCode: z.string().max(20).describe('Of the recipient'),
  subject: z.string().max(1_000).describe('10 to 120 UTF-16 units; no personal data'),
  markdown: z
    .string()
    .max(20_000)
    .describe('80 to 10,000 UTF-16 units, buttons as front matter included'),
  dueDate: z.iso.date().optional().describe('Until 23:59:59 of that day in Italy: `2026-10-31`'),
  payment: z
    .strictObject({
      noticeNumber: z.string().max(30).describe('18 digits, the first 0 to 3'),
      amountCents: z.int().min(1).max(9_999_999_999).describe('Whole cents'),
      payee: z.string().max(11).optional().describe('11 digits; absent: the service’s institution'),
      invalidAfterDueDate: z.boolean().default(false),
    })
    .optional(),
})
export type WrittenInput = z.infer<typeof WrittenInput>

/** What is looked at and sent. */
export function writtenOf({ dueDate, payment, ...message }: WrittenInput): WrittenMessage {
  return {
    ...message,
    dueDate: dueDate ?? null,
    payment: payment === undefined ? null : { ...payment, payee: payment.payee ?? null },
  }
}
