// `--to` and `--by` of `notices postpone`: a day for all, or so many days from each due date.
// Invariant: what is no day, or has passed, is wrong usage before anything is opened.
import { dueDayOf, isCivilDate } from '../domain/civil-date.ts'
import { type Given, textOption, UsageError } from './command.ts'

export interface NewDueDay {
  wanted: { on: Temporal.PlainDate } | { byDays: number }
  mayPass: boolean
  /** Ends the sentence "… are due". */
  text: string
}

/** Days by which a due date is moved at most, either way. */
const MOST_DAYS = 3650

/** Throws `UsageError`. */
export function newDueDay(given: Given): NewDueDay {
  const [to, by] = [textOption(given, 'to'), textOption(given, 'by')]
  const mayPass = given.values['force'] === true
  if ((to === null) === (by === null)) throw new UsageError('say --to DATE or --by DAYS')
  if (by !== null) {
    const byDays = Number(/^([+-]?\d{1,4})d$/.exec(by)?.[1])
    if (!Number.isInteger(byDays) || byDays === 0 || Math.abs(byDays) > MOST_DAYS) {
      throw new UsageError(`--by is so many days, at most ${MOST_DAYS}: 30d, or --by=-10d`)
    }
    const days = Math.abs(byDays) === 1 ? '1 day' : `${Math.abs(byDays)} days`
    const text = `${days} ${byDays > 0 ? 'later' : 'earlier'} than before`
    return { wanted: { byDays }, mayPass, text }
  }
  if (to === null || !isCivilDate(to)) {
    throw new UsageError(`--to is a day, such as 2026-12-31, not "${to}"`)
  }
  const on = Temporal.PlainDate.from(to.trim())
  const today = dueDayOf(Temporal.Now.instant().toString())
  if (Temporal.PlainDate.compare(on, today) < 0 && !mayPass) {
    throw new UsageError(`${on} has passed: say --force if it is meant`)
  }
  return { wanted: { on }, mayPass, text: `on ${on}` }
}
