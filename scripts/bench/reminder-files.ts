// The files of two years of reminders, as a billing system would have left them: many small
// emissions whose reminders lie far ahead, one that is sent at once, and one whose reminders all
// come due in the same minute. The same numbers give the same rows.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type BenchFiles, writeBills, writeContacts } from './drops.ts'

/** Reminders that the mapping of this measurement plans for each bill. */
export const reminderRules = ['-30d 09:30', '-7d 09:30', '-1d 09:30'] as const

/** The one emission that has first messages; the others leave theirs to paper. */
export const FIRST_EMISSION = '2026-04'
const FAR_EMISSION = '2026-03'
const DUE_EMISSION = '2026-05'
/** Days over which the due dates of the far ones are spread; the nearest is this far. */
const SPREAD_DAYS = 700
const NEAREST_DAYS = 40
const MOST_FLOWS = 3000
/** Of all reminders: those that come due in one minute. */
const DUE_SHARE = 0.1

export interface ReminderFiles {
  contacts: string
  /** Each the file of one flow, with reminders alone. */
  far: BenchFiles[]
  /** As many bills as come due at once, with a first message each. */
  first: BenchFiles
  due: BenchFiles
}

/** Writes files for about so many pending reminders, before the first messages bring theirs. */
export async function writeReminderFiles(
  directory: string,
  reminders: number,
): Promise<ReminderFiles> {
  const place = join(directory, `reminders-${reminders}`)
  await mkdir(place, { recursive: true })
  const burst = Math.max(1, Math.round(reminders * DUE_SHARE))
  const rules = reminderRules.length
  const farRows = Math.max(1, Math.round(reminders / rules) - burst)
  const flows = Math.min(MOST_FLOWS, Math.ceil(farRows / 10))
  const rowsOf = (flow: number) => Math.floor(((flow + 1) * farRows) / flows)
  const contacts = join(place, 'contatti.csv')
  await writeContacts(contacts, Math.max(farRows, burst))
  const file = async (name: string, rows: Parameters<typeof writeBills>[1]) => {
    const bills = join(place, `bollette-${name}.csv`)
    await writeBills(bills, rows)
    return { rows: rows.count, bills, contacts }
  }
  const far: BenchFiles[] = []
  for (let flow = 0; flow < flows; flow += 1) {
    const from = flow === 0 ? 0 : rowsOf(flow - 1)
    const days = NEAREST_DAYS + (flow % SPREAD_DAYS)
    const rows = { from, count: rowsOf(flow) - from, emission: FAR_EMISSION, dueInDays: days }
    far.push(await file(`far-${flow}`, rows))
  }
  const whole = { from: 0, count: burst, dueInDays: NEAREST_DAYS + SPREAD_DAYS }
  return {
    contacts,
    far,
    first: await file('first', { ...whole, emission: FIRST_EMISSION }),
    due: await file('due', { ...whole, emission: DUE_EMISSION }),
  }
}
