// A feed (`feeds/NAME.yaml`), declared once: types, checks, defaults, JSON Schema and reference
// page come from here. Its id is the file's name; its `settings` are declared by its connector.
// What depends on other files (does the mapping exist?) is checked in `cross-check.ts`.
import { validate } from 'node-cron'
import { z } from 'zod'
import { accountTerms } from '../domain/flow-account.ts'
import { SOURCE } from '../domain/receipt.ts'
import { restTerms } from '../domain/rest.ts'
import { WindowSpec } from './calendar-spec.ts'
import { ReleaseSpec } from './release.ts'
import { slug, slugForm } from './slug.ts'

const name = z.string().regex(slug, slugForm)

export const ReportSpec = z.strictObject({
  to: name.describe(`\`${SOURCE}\`: the feed’s own source; else a file of \`systems/\``),
  fates: z
    .array(z.enum(accountTerms))
    .min(1)
    .optional()
    .describe('Of which records it is told, by the terms of the account; absent: of all'),
  rest: z
    .union([z.boolean(), z.strictObject({ fates: z.array(z.enum(accountTerms)).min(1) })])
    .default(false)
    .describe(
      'With the last report, the drop again in its own format with the records alone that no ' +
        'message reached, for who prints letters. `fates`: which those are; unless said, ' +
        `${restTerms.join(', ')}`,
    ),
  retryHours: z
    .number()
    .int()
    .min(1)
    .max(8_760)
    .default(168)
    .describe('For how long a report that fails is tried again, at most once an hour in the end'),
})
export type ReportSpec = z.infer<typeof ReportSpec>

export const PaymentsSpec = z.strictObject({
  feed: name.describe(
    'A feed of settlements, which says what has been paid; or one, be it this one, whose mapping ' +
      'has `missing` or `action` and says so itself',
  ),
  maximumAgeHours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .default(26)
    .describe('How old its last news may be when a reminder leaves; older, reminders are held'),
  by: z
    .enum(['drops', 'polls'])
    .default('drops')
    .describe(
      '`drops`: its last file that was read counts. `polls`: a poll without news counts too, as ' +
        'of a database view',
    ),
})
export type PaymentsSpec = z.infer<typeof PaymentsSpec>

export const FeedSpec = z.strictObject({
  connector: name.describe('How the source is reached: a folder of `connectors/`'),
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('What the connector needs; each connector has its own keys'),
  schedule: z
    .string()
    .refine(validate, 'it is not a cron expression such as */10 * * * *')
    .optional()
    .describe('When to look for drops, in the institution’s zone; absent: only when asked'),
  from: z
    .union([z.enum(['now', 'all']), z.iso.date()])
    .describe('Where a new feed starts: `now`, `all`, or the first day wanted as YYYY-MM-DD'),
  mapping: name.describe('A file of `mappings/`, without `.yaml`'),
  service: name
    .optional()
    .describe(
      'A service of the institution; needed by a mapping that makes notices, and only then',
    ),
  companions: z
    .array(
      z.strictObject({
        feed: name.describe('A feed whose drops belong with these'),
        waitMinutes: z
          .number()
          .int()
          .min(1)
          .max(10_080)
          .default(60)
          .describe('How long a drop waits for it before it is mapped all the same'),
      }),
    )
    .max(10)
    .default([])
    .describe('Feeds that are waited for before a drop is mapped'),
  references: z
    .array(
      z.strictObject({
        mapping: name.describe('A mapping of shape `reference`'),
        member: z
          .string()
          .min(1)
          .describe('The part of the drop, or the file in its ZIP or mail, that has its rows'),
      }),
    )
    .max(10)
    .default([])
    .describe('References that a drop brings along; they are loaded before it is mapped'),
  window: WindowSpec.optional().describe('When messages leave; absent: at every hour'),
  release: ReleaseSpec.prefault({}).describe(
    'What is looked at, and who approves, before a flow leaves',
  ),
  payments: z
    .array(PaymentsSpec)
    .max(10)
    .default([])
    .describe('What must be fresh before a reminder leaves: who has paid hears nothing more'),
  reminders: z
    .enum(['ours', 'io'])
    .default('ours')
    .describe(
      'Whose reminders of premium messages with a payment count. IO’s own come only where the ' +
        'due date is pagoPA’s, 13 to 4 days before it, and may not come at all',
    ),
  whenUncertain: z
    .enum(['hold', 'resend'])
    .default('hold')
    .describe('When IO’s answer is lost: a person decides, or send again and risk it twice'),
  writeBack: z
    .union([z.boolean(), z.array(ReportSpec).min(1).max(10)])
    .default(false)
    .describe(
      'Who is told how the records ended, and of which; `true`: the source, of all. The ' +
        'connector must be able to',
    ),
  reportAfterHours: z
    .number()
    .int()
    .min(1)
    .max(2_160)
    .default(72)
    .describe('Report after so long even when messages are still open'),
})
export type FeedSpec = z.infer<typeof FeedSpec>
