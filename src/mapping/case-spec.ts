// The cases of a mapping, declared once: a record or a sample file, and what must become of it.
// They stand beside the mapping and are run by `staffetta test`; nothing of them is ever sent.
// Strict everywhere: an unknown key is an error.
import { z } from 'zod'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name: lower-case letters, digits and _')
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and -')

/** A name in a folder of its own: a case never reads or writes anywhere else. */
const fileName = z
  .string()
  .max(200)
  .regex(/^[^/\\\p{Cc}.][^/\\\p{Cc}]*$/u, 'the name of a file, without a folder')

/** The source's own texts by field, as a cell holds them. */
const texts = z.record(name, z.string().max(100_000))

const maximumListed = 50

const pieces = z
  .array(z.string().min(1))
  .min(1)
  .max(maximumListed)
  .optional()
  .describe('Pieces of the text of the first message')

/** A local time to the minute, or at once. */
const planned = z
  .string()
  .regex(
    /^(now|\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d)$/,
    '`now`, or a local time: `2027-06-09T09:30`',
  )

const absent = 'null: it has none'

const PaymentParts = z
  .strictObject({
    amount: z.number().int().describe('Cents of euro'),
    notice_number: z.string().describe('18 digits'),
    invalid_after_due_date: z.boolean().describe('Whether it can no longer be paid then'),
    payee: z
      .strictObject({ fiscal_code: z.string() })
      .nullable()
      .describe(`The creditor; ${absent}`),
  })
  .partial()

/** What IO gets of a message, as far as a mapping decides it; by IO's own names. */
const payload = z
  .strictObject({
    fiscal_code: z.string().describe('The recipient'),
    feature_level_type: z
      .enum(['STANDARD', 'ADVANCED'])
      .nullable()
      .describe(`ADVANCED: premium; ${absent}`),
    content: z
      .strictObject({
        subject: z.string().describe('The title'),
        markdown: z.string().describe('The whole text, word for word'),
        due_date: z.string().nullable().describe(`The instant as IO gets it; ${absent}`),
        payment_data: PaymentParts.nullable().describe(`The payment; ${absent}`),
      })
      .partial()
      .describe('What the citizen sees'),
  })
  .partial()
  .optional()
  .describe(
    'Parts of the first message as IO gets it, by IO’s names; what is not named may be anything, ' +
      'and what is `null` must not be there',
  )

const ExpectedReminder = z.strictObject({
  subject: z.string().optional().describe('Its title'),
  markdownContains: pieces.describe('Pieces of its text'),
  payload: payload.describe('Parts of it as IO gets it'),
})

const ExpectedTexts = z.strictObject({
  subject: z.string().optional().describe('The title of the first message in it'),
  markdownContains: pieces,
  reminders: z
    .array(ExpectedReminder.omit({ payload: true }))
    .max(maximumListed)
    .optional()
    .describe('The texts of the reminders still to come, all of them in order; `{}`: any'),
})

const ExpectSpec = z.strictObject({
  golden: fileName
    .regex(/\.ndjson$/, 'the name of a file that ends in `.ndjson`')
    .optional()
    .describe(
      'A file of `golden/`: line by line what `staffetta preview --json` prints. ' +
        '`staffetta test --update` writes it',
    ),
  refused: z
    .array(z.string().min(1))
    .min(1)
    .max(maximumListed)
    .optional()
    .describe('All codes with which the record is refused, in order'),
  skipped: z.string().min(1).optional().describe('Why the record is skipped, word for word'),
  waiting: z
    .array(slug)
    .min(1)
    .optional()
    .describe('The references for whose rows the record waits'),
  key: z.string().optional().describe('The key of the record'),
  fiscalCode: z.string().optional().describe('The recipient'),
  subject: z.string().optional().describe('The title of the first message'),
  markdownContains: pieces,
  payload,
  amountCents: z.number().int().optional().describe('The amount, in cents of euro'),
  noticeNumber: z.string().optional().describe('The notice number of the payment'),
  payee: z.string().optional().describe('The fiscal code of the creditor in the payment'),
  dueDate: z
    .string()
    .optional()
    .describe('The day of the due date in Italy, `2026-10-31`, or the instant as IO gets it'),
  messages: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('How many messages are planned: the first and the reminders still to come'),
  planned: z
    .array(planned)
    .max(maximumListed)
    .optional()
    .describe(
      'When each message leaves, all of them: `now`, or the local time, `2027-06-09T09:30`',
    ),
  reminders: z
    .array(ExpectedReminder)
    .max(maximumListed)
    .optional()
    .describe('The reminders still to come, all of them in order; `{}`: any'),
  otherLanguages: z
    .partialRecord(z.enum(['it', 'en', 'de']), ExpectedTexts)
    .optional()
    .describe('What citizens with another language of the mapping read of the same record'),
  group: z
    .string()
    .nullable()
    .optional()
    .describe('What instalments of one debt share; null: it stands alone'),
  single: z.boolean().optional().describe('Whether it asks for the whole of its group'),
  facets: z
    .strictObject({
      customer: z.string().nullable().describe('The customer; null: none'),
      document: z.string().nullable().describe('The document; null: none'),
      emission: z.string().nullable().describe('The emission; null: none'),
    })
    .partial()
    .optional()
    .describe('What operators find it by; null: nothing'),
  warnings: z
    .array(z.string().min(1))
    .max(maximumListed)
    .optional()
    .describe(
      'The codes of what is odd in the record, then the rules of all advice on its messages; `[]`: none',
    ),
  closes: z
    .enum(['settled', 'cancelled', 'nothing'])
    .optional()
    .describe('What a record of a settlement, or of an `action`, does to the notice that it names'),
  row: z
    .record(name, z.string())
    .optional()
    .describe('Values that a reference keeps of the record: cents, ISO dates, `true`'),
})
export type ExpectSpec = z.infer<typeof ExpectSpec>

function isEmpty(group: object | undefined): boolean {
  return group !== undefined && Object.keys(group).length === 0
}

export const CaseSpec = z
  .strictObject({
    name: z.string().min(1).max(200).describe('A sentence that is true: what the case shows'),
    file: fileName.optional().describe('A file of `samples/`, read whole'),
    record: texts
      .optional()
      .describe(
        'One record, by the names of the mapping’s fields: the text as the source wrote it, in ' +
          'quotes; fields that are left out are empty',
      ),
    lookups: z
      .record(name, texts)
      .default({})
      .describe(
        'With `record`: by lookup, the row that it finds, by the fields of the reference or ' +
          'of the system. A lookup that is left out finds nothing',
      ),
    unanswered: z
      .array(name)
      .default([])
      .describe('With `record`: lookups whose systems do not answer'),
    references: z
      .record(slug, fileName)
      .default({})
      .describe(
        'With `file`: by reference, a file of `samples/`; else its own sample. By system, a JSON ' +
          'file of what it answers: `{ "KEY": { "field": "text" }, "ANOTHER": null }`',
      ),
    now: z.iso
      .datetime({ offset: true, error: 'an instant: `2026-03-01T08:00:00Z`' })
      .optional()
      .describe('The clock of the case; 2026-01-01T08:00:00Z when absent, so that no day matters'),
    language: z.enum(['it', 'en', 'de']).default('it').describe('The citizen’s language'),
    expect: ExpectSpec.describe('What must become of it; what is not named may be anything'),
  })
  .superRefine((one, context) => {
    const complain = (path: string[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    const { file, record, expect, lookups, references, unanswered } = one
    for (const key of ['payload', 'facets', 'otherLanguages'] as const) {
      if (isEmpty(expect[key])) complain(['expect', key], 'it names nothing, so it expects nothing')
    }
    if ((file === undefined) === (record === undefined)) {
      complain([], 'a case has either `file` or `record`')
    } else if (file === undefined) {
      if (expect.golden !== undefined) complain(['expect', 'golden'], 'only a `file` has one')
      if (Object.keys(references).length > 0) complain(['references'], 'give `lookups` instead')
    } else {
      const others = Object.keys(expect).filter((key) => key !== 'golden')
      if (expect.golden === undefined) complain(['expect'], 'a `file` is compared with a `golden`')
      else if (others[0] !== undefined) complain(['expect', others[0]], '`golden` says it all')
      if (Object.keys(lookups).length > 0) complain(['lookups'], 'give `references` instead')
      if (unanswered.length > 0) complain(['unanswered'], 'leave its keys out of the JSON file')
    }
  })
export type CaseSpec = z.infer<typeof CaseSpec>

export const CasesSpec = z.strictObject({
  cases: z.array(CaseSpec).max(1000).describe('Run in this order; one does not see the others'),
})
export type CasesSpec = z.infer<typeof CasesSpec>
