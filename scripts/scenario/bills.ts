// The bills of the town: who owes what in which year, and the files that say so, rightly or not.
// Invariant: the same number gives the same citizen for ever, and about the same amount every year.
import { contact, italianDate } from '../samples.ts'
import { BILL_HEADER } from './town-configuration.ts'

export interface Bill {
  /** Under which the tax program knows it; its notice's key. */
  position: string
  fiscalCode: string
  year: number
  cents: number
  due: Temporal.PlainDate
  notice: string
}

/** Bills are due so many days from now, unless a story says otherwise. */
const DAYS_TO_PAY = 60

/** The bill of citizen `n` in a year. */
export function billOf(n: number, year: number): Bill {
  // Between 60 and 460 euros, and a few cents more each year.
  const cents = 6_000 + ((n * 7_919) % 40_000) + (year % 10) * 37
  return {
    position: `${year}-${n}`,
    fiscalCode: contact(n).fiscalCode,
    year,
    cents,
    due: today().add({ days: DAYS_TO_PAY }),
    notice: `302${year}${String(n).padStart(11, '0')}`,
  }
}

export function billsOf(count: number, year: number): Bill[] {
  return Array.from({ length: count }, (_, n) => billOf(n, year))
}

/** With its comma: `145,00`. */
export const withComma = ({ cents }: Pick<Bill, 'cents'>) =>
  `${Math.floor(cents / 100)},${String(cents % 100).padStart(2, '0')}`

/** As a sheet without decimals writes it: `14500`. */
export const withoutComma = ({ cents }: Bill) => String(cents)

/** The file; `amount` writes what is owed. */
export function fileOf(bills: readonly Bill[], amount: (bill: Bill) => string): string {
  const rows = bills.map((bill) => {
    const { position, fiscalCode, year, due, notice } = bill
    return [position, fiscalCode, year, amount(bill), italianDate(due), notice].join(';')
  })
  return [BILL_HEADER, ...rows, ''].join('\n')
}

/** The list of what has been paid. */
export function paymentsOf(bills: readonly Bill[]): string {
  return ['AVVISO', ...bills.map(({ notice }) => notice), ''].join('\n')
}

/** `14.500,00`, as a person types a sum. */
export function euros(cents: number): string {
  return withComma({ cents }).replace(/\B(?=(\d{3})+,)/g, '.')
}

export function today(): Temporal.PlainDate {
  return Temporal.Now.plainDateISO('Europe/Rome')
}
