// What stands in calls and answers of several operations, as zod schemas with their
// descriptions. Invariant: what passes one can be given to PostgreSQL and to Temporal.
import { z } from 'zod'

/** Rows of one page. */
export const MOST_ROWS = 100
const LONGEST = 200

export const rowId = z.int().min(1).max(999_999_999_999_999)
/** As an address has it. */
export const idInPath = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .describe('A number of a row')
export const instant = z.iso.datetime({ offset: true }).describe('An instant, in UTC')
export const maybeInstant = instant.nullable()

/** Years of calls: PostgreSQL and calendars know others, offices do not. */
const YEARS = { from: 1900, to: 2199 }

/** An instant that a call names. */
export const askedInstant = z.iso
  .datetime({ offset: true })
  .refine(isInstant, 'no such instant between 1900 and 2199')
  .describe('An instant, with its offset')

export const askedDay = z.iso
  .date()
  .refine((day) => isInstant(`${day}T00:00:00Z`), 'no such day between 1900 and 2199')

function isInstant(text: string): boolean {
  try {
    const { year } = Temporal.Instant.from(text).toZonedDateTimeISO('UTC')
    return year >= YEARS.from && year <= YEARS.to
  } catch {
    return false
  }
}

/** No control characters: they stand in no name, and PostgreSQL takes no NUL. */
export const plainText = z
  .string()
  .min(1)
  .max(LONGEST)
  .regex(/^\P{C}+$/u, 'no control characters')

export const paging = {
  after: idInPath.optional().describe('The `next` of the page before: rows that follow it'),
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/)
    .default('50')
    .describe(`Rows of the page: 1 to ${MOST_ROWS}`),
}

export const note = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[\P{C}\n]+$/u, 'no control characters')
  .describe('Why, in words that stay in the activity log: no citizen’s data')

export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    items: z.array(row).max(MOST_ROWS),
    next: rowId.nullable().describe('Give it as `after` for the next page; null: this is the last'),
  })
}

/** One more row than asked for says whether there are more. */
export function pageFrom<Row extends { id: number }>(found: readonly Row[], limit: number) {
  const items = found.slice(0, limit)
  return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null }
}

export const instantText = (at: Temporal.Instant | null) => at?.toString() ?? null
