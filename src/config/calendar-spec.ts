// When an institution writes to citizens, as its files say it: the calendar of `institution.yaml`
// and the window of a feed or a campaign. Types, checks, defaults, JSON Schema and reference pages
// come from here. Strict: an unknown key is an error.
import { z } from 'zod'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a local time such as `08:00`')

const endTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'a local time such as `19:00`, or `24:00`')

export const WindowSpec = z.strictObject({
  days: z
    .array(z.enum(weekdays))
    .min(1)
    .max(7)
    .default(['mon', 'tue', 'wed', 'thu', 'fri'])
    .describe('On which days messages leave'),
  from: time.default('08:00').describe('From this local time on'),
  to: endTime
    .default('19:00')
    .describe('Until this local time, at most `24:00`; what is left goes on next time'),
  holidays: z
    .boolean()
    .default(false)
    .describe('Whether messages leave on holidays and on days when the institution is closed'),
})
export type WindowSpec = z.infer<typeof WindowSpec>

/** A day that some year has: `02-29`, and not `02-30`. */
const dayOfYear = /^((0[1-9]|1[0-2])-(0[1-9]|[12]\d)|(0[13-9]|1[0-2])-30|(0[13578]|1[02])-31)$/
const fromEaster = /^easter[+-]\d{1,3}$/

export const CalendarSpec = z.strictObject({
  patron: z
    .string()
    .regex(
      new RegExp(`${dayOfYear.source}|${fromEaster.source}`),
      'month and day such as `06-24`, or days from Easter such as `easter+50`',
    )
    .optional()
    .describe(
      'The day of the patron saint, every year: `06-24`, or from Easter `easter+50`. Of `02-29`, ' +
        'in other years the 28th',
    ),
  southTyrol: z
    .boolean()
    .default(false)
    .describe('Whether Whit Monday is a holiday too, as in the province of Bolzano'),
  closed: z
    .array(
      z.union([
        z.iso.date(),
        z.strictObject({
          from: z.iso.date().describe('The first day'),
          to: z.iso.date().describe('The last day'),
        }),
      ]),
    )
    .max(200)
    .default([])
    .describe('Other days, or spans of days, that count as holidays: `2026-12-24`'),
  quietHours: z
    .strictObject({
      from: time.describe('From this local time on'),
      to: time.describe('Until this local time of the next day'),
    })
    .optional()
    .describe(
      'When nothing of the institution leaves, over midnight: `{ from: "21:00", to: "08:00" }`',
    ),
})
export type CalendarSpec = z.infer<typeof CalendarSpec>
