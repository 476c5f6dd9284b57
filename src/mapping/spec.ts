// The mapping file, declared once: types, checks, defaults, JSON Schema and reference page come
// from here. A mapping says how a record becomes a notice, a settlement or a row of a reference.
// Strict everywhere: an unknown key is an error.
import { z } from 'zod'
import { ButtonsSpec } from './button-spec.ts'
import { ActionSpec, MissingSpec, SettlementAs } from './delivery-spec.ts'
import { RecordSpec } from './format/record-spec.ts'
import { normalise } from './system-lookup.ts'

const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'a name: lower-case letters, digits and _')
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'lower-case letters, digits and -')

/**
 * A path to a value that the texts can use: `importo`, or `contatto.codice_fiscale` of a lookup.
 */
const path = z
  .string()
  .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$/, 'a field, or lookup.field')
  .describe('A field of the record, or `lookup.field`')

export const LookupSpec = z.strictObject({
  reference: slug
    .optional()
    .describe('Name of a reference mapping, whose rows a feed loads; either this or `system`'),
  system: slug
    .optional()
    .describe('A file of `systems/` with `lookup`: it is asked before the drop is mapped'),
  by: path.describe('The field whose value is the key: of the record, or of another lookup'),
  onMissing: z
    .enum(['refuse', 'empty', 'wait'])
    .default('refuse')
    .describe(
      'A record without its row: is refused, goes on with nothing there, or waits for the row ' +
        'and is refused when it does not come. Of a system: what becomes of it when the answer ' +
        'is that there is none, so it cannot be `wait`',
    ),
  waitHours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .optional()
    .describe('With `wait`: how long, from when the drop is mapped; 72 unless given'),
})
export type LookupSpec = z.infer<typeof LookupSpec>

/** Text in Italian, and in other languages of IO where the institution writes them. */
const text = z.strictObject({
  it: z.string().min(1),
  en: z.string().min(1).optional(),
  de: z.string().min(1).optional(),
})

export const TextSpec = z.strictObject({
  subject: text.describe('Liquid; 10 to 120 UTF-16 units; no personal data'),
  markdown: text.describe('Liquid over Markdown; 80 to 10,000 UTF-16 units'),
  buttons: ButtonsSpec,
})
export type TextSpec = z.infer<typeof TextSpec>

const offset = z
  .string()
  .regex(
    /^[+-]\d{1,3}d ([01]\d|2[0-3]):[0-5]\d$/,
    'days before or after the due date and a local time: `-7d 09:30`',
  )

export const ReminderSpec = z.strictObject({
  at: offset.describe('Relative to the due date, in the institution’s zone'),
  whenClosed: z
    .enum(['later', 'earlier', 'skip'])
    .default('later')
    .describe(
      'Where the feed’s window or the institution’s calendar is closed then: the next opening ' +
        '(the last one before the due date, where that would pass it), the one before, or none',
    ),
  late: z
    .strictObject({
      policy: z.enum(['send', 'hold', 'skip']).describe('What becomes of one that is late'),
      afterDays: z
        .number()
        .int()
        .min(0)
        .max(365)
        .default(1)
        .describe(
          'How many days late it may still leave, days on which nothing leaves aside; 0: on its ' +
            'day only. `send` sends it however late',
        ),
    })
    .default({ policy: 'send', afterDays: 1 })
    .describe(
      'After an outage, a pause or a late approval. One that was planned for before its due date ' +
        'is held once that has passed, unless it is skipped',
    ),
  subject: TextSpec.shape.subject,
  markdown: TextSpec.shape.markdown,
  buttons: ButtonsSpec,
})
export type ReminderSpec = z.infer<typeof ReminderSpec>

const skip = z.strictObject({
  when: z
    .string()
    .min(1)
    .describe('A Liquid condition: `importo == 0`, or `deceduto.found` where a lookup has a row'),
  because: z.string().min(1).describe('Said in the report'),
})

/** What is asked of a system when a message is about to leave. */
export const BeforeSendingSpec = z.strictObject({
  system: slug.describe('A file of `systems/` with `lookup`'),
  by: path.describe('The field of the notice whose value is the key'),
  skipWhen: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A Liquid condition over the fields of the answer, `found` and `asked_at`: the message ' +
        'does not leave. `stato == "pagato"`',
    ),
  holdWhen: z
    .string()
    .min(1)
    .optional()
    .describe('The same: the message is held, and a person decides'),
  because: z.string().min(1).max(200).describe('Why; said in the report and to who decides'),
  ends: z
    .enum(['settled', 'cancelled'])
    .optional()
    .describe(
      'What the notice becomes when `skipWhen` holds, with all that it still has to send; ' +
        'absent: it stays open, and its next reminder asks again',
    ),
  freshMinutes: z
    .number()
    .int()
    .min(1)
    .max(1440)
    .default(10)
    .describe('How old an answer may be when the message leaves'),
})
export type BeforeSendingSpec = z.infer<typeof BeforeSendingSpec>

const key = z
  .array(path)
  .min(1)
  .max(8)
  .describe('The fields that identify the record in its series; joined with `|`, never trimmed')

/** So that a mapping can be tried before any feed uses it. */
const sample = z
  .string()
  .optional()
  .describe('A file in `samples/` that `preview` reads when none is given')

export const NoticeMapping = z.strictObject({
  shape: z.literal('notice'),
  sample,
  series: slug.describe('Keys are unique in it; renaming the file does not change it'),
  record: RecordSpec,
  lookups: z.record(name, LookupSpec).default({}),
  skip: z.array(skip).max(20).default([]),
  delivery: z
    .enum(['delta', 'snapshot'])
    .default('delta')
    .describe(
      '`snapshot`: each drop names every notice that is still open, and `missing` may hold',
    ),
  missing: MissingSpec.optional().describe('With `snapshot`: what no longer stands in it ends'),
  action: ActionSpec.optional().describe('A field says of each record what it does'),
  startsAt: path
    .optional()
    .describe(
      'A date field, such as the emission: records from before the feed’s `from` are skipped',
    ),
  key,
  group: path.optional().describe('Instalments of one debt share its value'),
  single: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A Liquid condition: this record asks for the whole of its `group` at once. Paying it ' +
        'settles the instalments; paying one of these ends it. Absent: told by the amounts',
    ),
  firstWhen: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A Liquid condition: other records are notices without a first message, with their ' +
        'reminders alone. `rata == "T"`: of one debt only the single payment is told at once',
    ),
  facets: z
    .strictObject({
      customer: path.optional(),
      document: path.optional(),
      emission: path.optional(),
    })
    .default({})
    .describe('What operators search by'),
  keep: z
    .array(path)
    .min(1)
    .max(50)
    .optional()
    .describe(
      'Looked-up fields that no text uses and that a system is told with `writeBack`; those of ' +
        'the record itself are always there',
    ),
  notice: z.strictObject({
    fiscalCode: path,
    subject: TextSpec.shape.subject,
    markdown: TextSpec.shape.markdown,
    buttons: ButtonsSpec,
    dueDate: path.optional().describe('A date field; without a time it means 23:59:59 in Rome'),
    payment: z
      .strictObject({
        noticeNumber: path,
        amount: path.describe('A euro field'),
        payee: path
          .optional()
          .describe(
            'A text or vatNumber field of 11 digits; absent: the service’s own institution',
          ),
        invalidAfterDueDate: z
          .union([z.boolean(), path])
          .default(false)
          .describe(
            '`true`: it cannot be paid after the due date; or a boolean field that says so of ' +
              'each record, where nothing means no',
          ),
      })
      .optional(),
    premium: z
      .boolean()
      .default(false)
      .describe(
        'The first message leaves as ADVANCED, which IO bills: it then tells whether it was read ' +
          'and paid, and a payment ends the notice and its reminders',
      ),
  }),
  reminders: z.array(ReminderSpec).max(10).default([]),
  beforeSending: z
    .array(BeforeSendingSpec)
    .max(5)
    .default([])
    .describe(
      'Systems that are asked just before a message leaves, reminders too. They may keep it ' +
        'back, and never change its text',
    ),
  changesMatter: z
    .array(z.enum(['fiscalCode', 'amount', 'dueDate', 'noticeNumber', 'payee', 'text']))
    .default(['amount', 'dueDate', 'noticeNumber', 'payee'])
    .describe('What makes a new message when the record comes again changed'),
})
export type NoticeMapping = z.infer<typeof NoticeMapping>

export const SettlementMapping = z.strictObject({
  shape: z.literal('settlement'),
  sample,
  series: z
    .union([slug, z.array(slug).min(1).max(50)])
    .describe('The series of the notices that it closes, or several'),
  record: RecordSpec,
  by: z
    .enum(['key', 'noticeNumber', 'fiscalCode'])
    .default('key')
    .describe(
      'What `key` is: the key of the notice, its notice number, or the recipient’s fiscal code, ' +
        'which closes all that the series have for that person',
    ),
  key,
  as: SettlementAs.describe('Paid (`settled`) or withdrawn (`cancelled`), or what a field says'),
  closesWhen: z
    .string()
    .min(1)
    .optional()
    .describe(
      'A Liquid condition: other records close nothing, whatever `as` says. `esito == "0"`, ' +
        'where one field says how the payment ended and another how the debt stands',
    ),
  rememberDays: z
    .number()
    .int()
    .min(0)
    .max(3650)
    .default(365)
    .describe(
      'How long a record that found no notice is remembered: a bill that comes later is skipped. ' +
        'Not of fiscal codes, which say nothing of bills to come',
    ),
})
export type SettlementMapping = z.infer<typeof SettlementMapping>

export const ReferenceMapping = z.strictObject({
  shape: z.literal('reference'),
  record: RecordSpec,
  key: path,
  normalise: normalise.describe(
    'What does not count when its key is compared with the fields that look it up: capital ' +
      'letters, zeros in front, the number of blanks. Load the reference again after a change',
  ),
  delivery: z
    .enum(['delta', 'snapshot'])
    .default('delta')
    .describe('`snapshot`: each drop is the whole of it, and rows that it does not name are gone'),
  missing: z
    .strictObject({
      atMostPercent: z.number().int().min(0).max(100).default(20),
    })
    .prefault({})
    .describe(
      'With `snapshot`: when more of the rows than this would go, none does and staff is told',
    ),
  sample,
})
export type ReferenceMapping = z.infer<typeof ReferenceMapping>

export const MappingSpec = z.discriminatedUnion('shape', [
  NoticeMapping,
  SettlementMapping,
  ReferenceMapping,
])
export type MappingSpec = z.infer<typeof MappingSpec>
