// Made-up files of a year of the example municipality, as they lie in an archive: water bills,
// contacts, and what was paid. With what goes wrong in a year: a file of
// payments that is missing for days, a file that comes twice, and amounts a hundred times too high.
// Invariant: nobody in them exists, and the same year gives the same bytes.
import { cp, mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { editYaml } from '../scripts/playground.ts'
import { type Bill, bill, billsZip, contact, contactsCsv } from '../scripts/samples.ts'

export interface YearOptions {
  customers: number
  /** Of which there are bills: `2025-03`. */
  months: readonly string[]
  /** How often a file of payments comes, from the first of January until this day. */
  paymentsUntil: string
  paymentsEveryDays: number
  /** Days on which it does not, as `2025-03-20`; what was paid comes with the next one. */
  withoutPayments?: readonly [string, string]
  /** Of which the amounts are a hundred times what they should be, `2025-07`. */
  aHundredfold?: string
  /** Comes a second time five days later, under another name. */
  twice?: string
}

export interface WrittenBill extends Bill {
  /** In which file. */
  month: string
  dueOn: Temporal.PlainDate
  /** Null: never. */
  paidOn: Temporal.PlainDate | null
}

const EXAMPLE = new URL('../config/', import.meta.url).pathname

/** The bills of an emission: they come on the 10th, and are due 30 days later. */
export function billsOf(month: string, options: YearOptions): WrittenBill[] {
  const dueOn = comesOn(month).add({ days: 30 })
  return Array.from({ length: options.customers }, (_, n) => {
    const written = bill(n, month, dueOn)
    const { amount: usual } = written
    const amount = month === options.aHundredfold ? `${usual.replace(',', '')},00` : usual
    return { ...written, amount, month, dueOn, paidOn: paidOn(n, dueOn) }
  })
}

export function comesOn(month: string): Temporal.PlainDate {
  return Temporal.PlainDate.from(`${month}-10`)
}

/** One in four pays ten days before the due date, one three days, one in the end, one never. */
function paidOn(n: number, dueOn: Temporal.PlainDate): Temporal.PlainDate | null {
  const before = [10, 3, 0, null][n % 4]
  return before === null || before === undefined ? null : dueOn.subtract({ days: before })
}

/** The example’s configuration, below `directory`, for news of payments every few days. */
export async function writeYearConfig(directory: string): Promise<string> {
  const config = join(directory, 'config')
  await cp(EXAMPLE, config, { recursive: true })
  const institution = join(config, 'comune-di-esempio')
  await editYaml(join(institution, 'feeds/bollette.yaml'), {
    payments: [{ feed: 'incassi', maximumAgeHours: PAYMENTS_HOURS }],
    window: { days: EVERY_DAY, from: '08:30', to: '18:00', holidays: true },
  })
  return config
}

const EVERY_DAY = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** How old news of payments may be. */
export const PAYMENTS_HOURS = 120

/** The files below `directory`; answers all bills. */
export async function writeYear(directory: string, options: YearOptions): Promise<WrittenBill[]> {
  await mkdir(join(directory, 'contatti'), { recursive: true })
  await mkdir(join(directory, 'incassi'))
  const contacts = Array.from({ length: options.customers }, (_, n) => contact(n))
  // Its name says no day: the directory’s time does.
  const contactsFile = join(directory, 'contatti/contatti.csv')
  await writeFile(contactsFile, contactsCsv(contacts))
  await utimes(contactsFile, new Date('2025-01-02T08:00:00Z'), new Date('2025-01-02T08:00:00Z'))
  const all: WrittenBill[] = []
  for (const month of options.months) {
    const bills = billsOf(month, options)
    all.push(...bills)
    const zip = billsZip(month, bills)
    const day = comesOn(month)
    await writeFile(join(directory, `bollette-${day}.zip`), zip)
    if (month === options.twice) {
      await writeFile(join(directory, `bollette-bis-${day.add({ days: 5 })}.zip`), zip)
    }
  }
  await writePayments(join(directory, 'incassi'), all, options)
  return all
}

async function writePayments(folder: string, bills: WrittenBill[], options: YearOptions) {
  const [from, to] = options.withoutPayments ?? ['9999', '0000']
  const byDay = Map.groupBy(bills, ({ paidOn }) => String(paidOn))
  let kept: string[] = []
  let day = Temporal.PlainDate.from('2025-01-01')
  for (; String(day) <= options.paymentsUntil; day = day.add({ days: 1 })) {
    const paid = byDay.get(String(day.subtract({ days: 1 }))) ?? []
    kept.push(...paid.map(({ notice }) => `${notice};PAGATO`))
    if ((day.dayOfYear - 1) % options.paymentsEveryDays !== 0) continue
    if (String(day) >= from && String(day) <= to) continue
    const name = `incassi-${String(day).replaceAll('-', '')}.csv`
    await writeFile(join(folder, name), ['AVVISO;STATO', ...kept, ''].join('\n'))
    kept = []
  }
}
