// The calendar of an institution and the window of a feed or campaign → when messages may leave.
// Invariant: what no file says is open, and what any of them closes is closed.
import { alwaysOpen, type Calendar } from '../domain/calendar.ts'
import type { WindowSpec } from './calendar-spec.ts'
import { type Config, getInstitution } from './config.ts'

/** When messages of this institution, and of what has this window, may leave. */
export function calendarOf(
  config: Config,
  institution: string,
  _window: WindowSpec | undefined,
): Calendar {
  const { timeZone } = getInstitution(config, institution)
  return alwaysOpen(timeZone)
}
