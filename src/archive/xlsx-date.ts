// Numbers of days, as spreadsheets store dates → dates as text. Invariant: what Excel shows for the
// number is what comes out, its days that never were included; what it cannot show is no date.
import type { NumberStyle } from './xlsx-styles.ts'

/** 31 December 9999. */
const LAST_DAY = 2_958_465
/** Day 0 of a workbook whose days begin in 1904, in days of one whose days begin in 1900. */
const DAYS_TO_1904 = 1_462
const DAY_SECONDS = 86_400

export type DateKind = Extract<NumberStyle['kind'], 'date' | 'time' | 'dateTime' | 'elapsed'>

/** The text of a day number; null where Excel shows `####`. Times are rounded to the second. */
export function dateText(serial: number, kind: DateKind, from1904: boolean): string | null {
  if (kind === 'elapsed') return serial < 0 ? null : timeText(Math.round(serial * DAY_SECONDS))
  const seconds = Math.round((from1904 ? serial + DAYS_TO_1904 : serial) * DAY_SECONDS)
  const day = Math.floor(seconds / DAY_SECONDS)
  if (serial < 0 || day > LAST_DAY) return null
  const time = timeText(seconds - day * DAY_SECONDS)
  if (kind === 'time') return time
  return kind === 'date' ? dayText(day) : `${dayText(day)} ${time}`
}

const CACHE_DAYS = 4096
/** A sheet has a few days many times. */
const days = new Map<number, string>()

function dayText(day: number): string {
  const known = days.get(day)
  if (known !== undefined) return known
  const text = writeDay(day)
  if (days.size >= CACHE_DAYS) days.clear()
  days.set(day, text)
  return text
}

/** The day after 28 February 1900 was the 29th for Lotus 1-2-3, and so for Excel since. */
const DAY_THAT_NEVER_WAS = 60

function writeDay(day: number): string {
  if (day === 0) return '1900-01-00'
  if (day === DAY_THAT_NEVER_WAS) return '1900-02-29'
  const count = day < DAY_THAT_NEVER_WAS ? day : day - 1
  return Temporal.PlainDate.from('1899-12-31').add({ days: count }).toString()
}

function timeText(seconds: number): string {
  const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60]
  return parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':')
}
