// Civil time as the scenario counts it: days as numbers, minutes of a day, and the rules of two
// zones written out. On purpose it shares nothing with Staffetta’s own calendar, which it judges.
// Invariant: all instants are milliseconds since 1970 in UTC.

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export type Zone = 'Europe/Rome' | 'America/New_York'

/** The day of `2028-02-29`, counted from 1970. */
export function dayOf(text: string): number {
  return Date.parse(`${text}T00:00:00Z`) / DAY
}

/** `2028-02-29` */
export function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10)
}

/** 0 is Monday. */
export function weekdayOf(day: number): number {
  // The first of January 1970 was a Thursday.
  return (((day + 3) % 7) + 7) % 7
}

/** Minutes of `09:30`. */
export function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * 60 + minutes
}

/** The instant of a local time: of one that comes twice the first, of a missing one an hour on. */
export function instantOf(zone: Zone, day: number, minute: number): number {
  const { winter, summer } = offsets[zone]
  const civil = day * DAY + minute * MINUTE
  const first = civil - summer * HOUR
  return isSummer(zone, first) ? first : civil - winter * HOUR
}

/** An instant by the clocks of Rome. */
export function rome(day: string | number, time = '10:00'): number {
  return instantOf('Europe/Rome', typeof day === 'string' ? dayOf(day) : day, minutesOf(time))
}

export function localOf(zone: Zone, at: number): { day: number; minute: number } {
  const { winter, summer } = offsets[zone]
  const civil = at + (isSummer(zone, at) ? summer : winter) * HOUR
  const day = Math.floor(civil / DAY)
  return { day, minute: Math.floor((civil - day * DAY) / MINUTE) }
}

const offsets = {
  'Europe/Rome': { winter: 1, summer: 2 },
  'America/New_York': { winter: -5, summer: -4 },
} as const

/** Rome: the last Sundays of March and October. New York: 12 March and 5 November in 2028. */
const summers = {
  'Europe/Rome': [Date.UTC(2028, 2, 26, 1), Date.UTC(2028, 9, 29, 1)],
  'America/New_York': [Date.UTC(2028, 2, 12, 7), Date.UTC(2028, 10, 5, 6)],
} as const

function isSummer(zone: Zone, at: number): boolean {
  const [from, to] = summers[zone]
  return from <= at && at < to
}

/** The holidays of Italy in 2028, read off a calendar: Easter is on the 16th of April. */
export const holidays: ReadonlySet<number> = new Set(
  [
    ...['2028-01-01', '2028-01-06', '2028-04-16', '2028-04-17', '2028-04-25', '2028-05-01'],
    ...['2028-06-02', '2028-08-15', '2028-10-04', '2028-11-01', '2028-12-08', '2028-12-25'],
    ...['2028-12-26', '2029-01-01', '2029-01-06'],
  ].map(dayOf),
)
