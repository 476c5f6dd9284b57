// A campaign (`campaigns/NAME.yaml`), declared once: types, checks, defaults, JSON Schema and
// reference page come from here. Its id is the file's name. What depends on the mapping that it
// names is checked in `campaign-file.ts`.
import { validate } from 'node-cron'
import { z } from 'zod'
import { readEuro } from '../domain/money.ts'
import { ReminderSpec, TextSpec } from '../mapping/spec.ts'
import { WindowSpec } from './calendar-spec.ts'
import { ReleaseSpec } from './release.ts'
import { slug, slugForm } from './slug.ts'

const name = z.string().regex(slug, slugForm)

const days = z.number().int().min(0).max(3650)

const amount = z
  .string()
  .refine((text) => (centsOf(text) ?? -1) >= 0, 'it is not an amount with its cents such as "5,00"')

const offset = z.string().regex(/^[+-]\d{1,4}d$/, 'days from the run: `-60d`, `+0d`, `+30d`')

export const SelectSpec = z.strictObject({
  feeds: z
    .array(name)
    .min(1)
    .max(50)
    .optional()
    .describe('Feeds that brought the notices; absent: all that have the mapping'),
  ageDays: z
    .strictObject({
      atLeast: days.optional().describe('So many days, or more'),
      atMost: days.optional().describe('So many days, or fewer'),
    })
    .default({})
    .describe('How many days ago the notice was first read, today being 0'),
  amount: z
    .strictObject({
      atLeast: amount.optional().describe('So much, or more'),
      atMost: amount.optional().describe('So much, or less'),
    })
    .default({})
    .describe('What it asks for, in euro: `{ atLeast: "5,00" }`'),
  due: z
    .strictObject({
      from: offset.optional().describe('The first day'),
      to: offset.optional().describe('The last day'),
    })
    .default({})
    .describe(
      'Its due date, in days from the day of the run: `{ from: -60d, to: -1d }` is what fell due ' +
        'in the last sixty days; absent: any, also none',
    ),
  emission: z.string().min(1).optional().describe('Only of this emission, as its facet says it'),
  unpaid: z
    .boolean()
    .default(false)
    .describe(
      'Only what asks for a payment. What was paid, or withdrawn, is never chosen, whatever this ' +
        'says',
    ),
  unread: z
    .boolean()
    .default(false)
    .describe('Only where IO does not say that the first message was read; of premium ones alone'),
})
export type SelectSpec = z.infer<typeof SelectSpec>

export const CampaignSpec = z.strictObject({
  mapping: name.describe('A mapping of shape `notice`: its notices, and the fields of the text'),
  schedule: z
    .string()
    .refine(validate, 'it is not a cron expression such as 30 9 * * 1#1')
    .optional()
    .describe(
      'When it runs, in the institution’s zone, at one time of day: `30 9 * * 1#1` is the first ' +
        'Monday of the month at 9:30. Either this or `on`',
    ),
  on: z
    .string()
    .refine(isCivil, 'it is not a day and a local time such as 2026-12-01 09:30')
    .optional()
    .describe('The day and local time of its only run: `2026-12-01 09:30`'),
  late: ReminderSpec.shape.late
    .removeDefault()
    .default({ policy: 'skip', afterDays: 3 })
    .describe(
      'Of a run that was missed, since nothing ran: `send` makes it however late, `skip` not ' +
        'when it is later than `afterDays`, `hold` makes its messages wait for a person then. ' +
        'Of several missed runs only the newest is made. Its messages have the same rule',
    ),
  select: SelectSpec.prefault({}).describe('Which of the open notices of the mapping'),
  perRecipient: z
    .enum(['all', 'one'])
    .default('all')
    .describe(
      '`one`: of each person the notice that is due first. Of instalments of one debt it is ' +
        'always one',
    ),
  againAfterDays: z
    .number()
    .int()
    .min(1)
    .max(3650)
    .default(7)
    .describe('A notice that this campaign has sent for is left out for so many days'),
  maximumRecipients: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(5_000)
    .describe('A run that would send more makes no flow, and staff is told'),
  service: name
    .optional()
    .describe('The service that sends; absent: that of its feeds, where they have the same'),
  window: WindowSpec.optional().describe('When its messages leave; absent: at every hour'),
  release: ReleaseSpec.prefault({}).describe(
    'What is looked at, and who approves, before a run leaves',
  ),
  message: TextSpec.describe('What it says; the fields are those of the mapping'),
  premium: z
    .boolean()
    .default(false)
    .describe('Its messages leave as ADVANCED, which IO bills; the service needs a premium plan'),
})
export type CampaignSpec = z.infer<typeof CampaignSpec>

/** Cents of an amount as the files write it; null when it is none. */
export function centsOf(text: string): number | null {
  const read = readEuro(text, 'comma')
  return read.kind === 'good' ? read.cents : null
}

/** `-60d` → -60; null when it is not said. */
export function daysOf(offset: string | undefined): number | null {
  return offset === undefined ? null : Number(offset.slice(0, -1))
}

function isCivil(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d ([01]\d|2[0-3]):[0-5]\d$/.test(text)) return false
  try {
    Temporal.PlainDateTime.from(text.replace(' ', 'T'))
    return true
  } catch {
    return false
  }
}
