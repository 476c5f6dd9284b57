// How the flows of a feed or a campaign are let go (`release:`), declared once: types, checks,
// defaults, JSON Schema and reference page come from here.
import { z } from 'zod'

const percent = (most: number) => z.number().int().min(0).max(most)

export const BrakeSpec = z.strictObject({
  refusedPercent: percent(100)
    .min(1)
    .default(20)
    .describe('Of the last 200 messages of the flow, how many IO may refuse'),
  sameCause: z
    .number()
    .int()
    .min(5)
    .max(200)
    .default(50)
    .describe(
      'How many of the last 200 may be refused, held or uncertain for one and the same cause',
    ),
  outlierPercent: percent(100)
    .min(1)
    .default(20)
    .describe('Of the last 200 with a payment, how many may be ten times the usual amount'),
})
export type BrakeSpec = z.infer<typeof BrakeSpec>

export const ReleaseSpec = z.strictObject({
  approval: z
    .enum(['none', 'one', 'four-eyes'])
    .default('none')
    .describe(
      'Who must approve a flow before it leaves: nobody, an approver, or one who has not ' +
        'prepared it (two, where nobody has)',
    ),
  approvalHours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .default(48)
    .describe('How long a flow waits for its approval, and how long that holds until it leaves'),
  test: z
    .enum(['optional', 'required'])
    .default('optional')
    .describe('`required`: nobody approves before the testers have confirmed a test batch'),
  testHours: z
    .number()
    .int()
    .min(1)
    .max(720)
    .default(72)
    .describe('How long the testers may answer by the link that they were given'),
  onProblems: z
    .enum(['block', 'skip'])
    .default('skip')
    .describe(
      'Records that were refused, told or paid already: `block` keeps the whole flow back, ' +
        '`skip` leaves them out up to a share',
    ),
  problemsAtMostPercent: percent(100)
    .default(50)
    .describe('With `skip`: above this share of its records the flow is kept back all the same'),
  pastDueAtMostPercent: percent(100)
    .default(20)
    .describe('Above this share of due dates that have passed it is kept back; 100: never'),
  residentsAtMostPercent: percent(100)
    .min(1)
    .default(60)
    .describe('Above this share of the institution’s `residents` it is a mass communication'),
  realNoticeNumbers: z
    .boolean()
    .default(false)
    .describe('Test messages carry the real notice numbers, which a tester could pay'),
  brake: z
    .union([z.literal(false), BrakeSpec.prefault({})])
    .prefault({})
    .describe(
      'What suspends a flow that is leaving, by itself: above `refusedPercent` (20) of its last ' +
        '200 messages refused, `sameCause` (50) for one cause, or `outlierPercent` (20) of those ' +
        'with a payment at ten times the usual amount; `false`: nothing does',
    ),
})
export type ReleaseSpec = z.infer<typeof ReleaseSpec>
