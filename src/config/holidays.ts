// The public holidays of Italy, year by year, as the library `date-holidays` knows them. It is
// large, and loaded when a calendar first needs it. Invariant: a holiday is a civil date, the same
// in every zone of the host and of the institution.
import { createRequire } from 'node:module'
import type Library from 'date-holidays'

export interface Holidays {
  /** Whether a day is a public holiday, Sundays aside. */
  has(day: Temporal.PlainDate): boolean
  easter(year: number): Temporal.PlainDate
}

/** Years that are remembered; a calendar is rarely asked about more than three. */
const MOST_YEARS = 200
/** As the library names the province of Bolzano. */
const SOUTH_TYROL = '32'

const load = createRequire(import.meta.url)

/** Which holidays these are, without loading them: a plan says by which it was made. */
export function holidaysVersion(): string {
  return (load('date-holidays/package.json') as { version: string }).version
}

/**
 * The holidays of all Italy, and with `southTyrol` those of the province of Bolzano too. They are
 * the same for every calendar, which share what is remembered.
 */
export function openHolidays({ southTyrol }: { southTyrol: boolean }): Holidays {
  const known = opened.get(southTyrol)
  if (known) return known
  const holidays = createHolidays(southTyrol)
  opened.set(southTyrol, holidays)
  return holidays
}

const opened = new Map<boolean, Holidays>()

function createHolidays(southTyrol: boolean): Holidays {
  let library: Library | null = null
  const years = new Map<number, ReturnType<typeof yearOf>>()
  const inYear = (year: number) => {
    const known = years.get(year)
    if (known) return known
    library ??= openLibrary(southTyrol)
    const found = yearOf(library, year)
    if (years.size >= MOST_YEARS) years.clear()
    years.set(year, found)
    return found
  }
  return {
    has: (day) => inYear(day.year).days.has(day.toString()),
    easter: (year) => inYear(year).easter,
  }
}

function openLibrary(southTyrol: boolean): Library {
  const Class = load('date-holidays') as typeof Library
  return southTyrol ? new Class('IT', SOUTH_TYROL) : new Class('IT')
}

/** Its `date` is the civil one; `start` and `end` are instants of a zone, and not used. */
function yearOf(library: Library, year: number) {
  const found = library.getHolidays(year).filter(({ type }) => type === 'public')
  const easter = found.find(({ rule }) => rule === 'easter')
  if (!easter) throw new Error(`date-holidays has no Easter in ${year}`)
  const dayOf = ({ date }: { date: string }) => date.slice(0, 10)
  return { days: new Set(found.map(dayOf)), easter: Temporal.PlainDate.from(dayOf(easter)) }
}
