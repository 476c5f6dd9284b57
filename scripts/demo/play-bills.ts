// The demo's first four chapters: a month of bills and their contacts from the SFTP server, the
// canteen's file from a folder; the bills once more, and with one corrected; who has paid.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { App } from '../../src/app.ts'
import { openZip } from '../../src/archive/zip.ts'
import { formatEuro } from '../../src/domain/money.ts'
import { lettersSaved, restTerms } from '../../src/domain/rest.ts'
import { type Bill, bill, billsZip, canteenCsv, contact, contactsCsv } from '../samples.ts'
import { leave, reported, type Stage, settledFlow, until } from './follow.ts'

const BILLS = 120
const MEALS = 25
const PAID = 3
/** Of each bill: its mapping has two. */
const REMINDERS = 2

/** Plays them; false when another number of messages left than should have. */
export async function playBills(stage: Stage): Promise<boolean> {
  const { app, playground, screen } = stage
  const due = Temporal.Now.plainDateISO('Europe/Rome').add({ days: 30 })
  const emission = due.subtract({ days: 30 }).toPlainYearMonth().toString()
  const bills = spoiled(Array.from({ length: BILLS }, (_, n) => bill(n, emission, due)))

  screen.chapter('1', 'The billing system drops the bills; the contacts come a moment later')
  await leave(stage, playground.billing, `bollette-${emission}.zip`, billsZip(emission, bills))
  const contacts = Array.from({ length: BILLS - 3 }, (_, n) => contact(n))
  await leave(stage, playground.billing, 'contatti.csv', contactsCsv(contacts))
  await leave(stage, playground.canteen, `mensa-${emission}.csv`, canteenCsv(MEALS, emission, due))
  await settledFlow(stage, 'mensa', 1)
  const first = await settledFlow(stage, 'bollette', 1)
  await reported(stage, first)
  screen.line('')
  screen.account(first, await app.store.flows.account(first))
  await showRefusals(stage, first)
  const isPosted = await showRest(stage, first, `bollette-${emission}.resto.zip`)
  const reminders = await app.store.flows.reminders(first)
  screen.line(`Reminders planned: ${reminders.waiting ?? 0} (7 days and 1 day before the due date)`)

  screen.chapter('2', 'The same file comes again: nobody hears anything twice')
  const { truth } = playground.sandbox
  const before = truth.acceptedCount()
  await leave(
    stage,
    playground.billing,
    `bollette-${emission}-copia.zip`,
    billsZip(emission, bills),
  )
  const second = await settledFlow(stage, 'bollette', 2)
  screen.account(second, await app.store.flows.account(second))
  const again = truth.acceptedCount() - before
  screen.line(`Messages that IO accepted meanwhile: ${again}`)

  screen.chapter('3', 'It comes with one bill corrected: one message leaves')
  const [reached, ...others] = await sentKeys(app, first)
  const corrected = bills.map((b) => (b.number === reached ? { ...b, amount: '99,00' } : b))
  const correctedName = `bollette-${emission}-rettifica.zip`
  await leave(stage, playground.billing, correctedName, billsZip(emission, corrected))
  const third = await settledFlow(stage, 'bollette', 3)
  screen.account(third, await app.store.flows.account(third))
  const accepted = truth.acceptedCount() - before
  screen.line(`Messages that IO accepted meanwhile: ${accepted}`)
  if (accepted !== 1) screen.line('EXACTLY ONE SHOULD HAVE LEFT AFTER THE FIRST DROP.')
  const result = `bollette-${emission}.esiti.csv`
  const isWhole = await showResult(stage, join(playground.billing, result), result)
  const paid = bills.filter(({ number }) => others.slice(0, PAID).includes(number))
  const isSilent = await playPayments(stage, first, paid)
  return isPosted && isWhole && accepted === 1 && isSilent
}

/**
 * Some of what legacy systems really write: each is refused with its reason, and the rest goes on.
 */
function spoiled(bills: Bill[]): Bill[] {
  const changes: [number, Partial<Bill>][] = [
    [10, { due: '31/02/2026' }],
    [20, { amount: '145000' }],
    [30, { amount: '1.450' }],
    [40, { notice: '30200000000000' }],
  ]
  const result = bills.slice()
  for (const [index, change] of changes) result[index] = { ...(bills[index] as Bill), ...change }
  return result
}

async function showRefusals({ app, screen }: Stage, flowId: number): Promise<void> {
  for (const { line, refusals } of await app.store.flows.refusals(flowId, 5)) {
    const [refusal] = refusals
    if (refusal) {
      screen.line(`  line ${String(line).padStart(4)}  ${refusal.code}: ${refusal.detail}`)
    }
  }
}

/** The nightly list of payments takes the reminders of these bills away; false when it does not. */
async function playPayments(stage: Stage, flowId: number, paid: Bill[]): Promise<boolean> {
  const { app, playground, screen } = stage
  screen.chapter('4', 'The night’s list of payments comes: who has paid hears nothing more')
  const { flows } = app.store
  const before = (await flows.reminders(flowId)).cancelled ?? 0
  const name = 'incassi-0001.csv'
  const rows = paid.map(({ notice }) => `${notice};PAGATO\n`)
  const text = `AVVISO;STATO\n${rows.join('')}`
  await leave(stage, playground.billing, name, Buffer.from(text))
  const silenced = await until(async () => {
    const count = ((await flows.reminders(flowId)).cancelled ?? 0) - before
    return count > 0 ? count : null
  }, 'the list of payments')
  const { waiting = 0 } = await flows.reminders(flowId)
  screen.line(`Paid: ${paid.length} bills. Reminders that leave no more: ${silenced}`)
  screen.line(`Reminders that wait: ${waiting}; none leaves while this list is older than 26 hours`)
  const expected = paid.length * REMINDERS
  if (silenced !== expected) screen.line(`THERE SHOULD HAVE BEEN ${expected}.`)
  return silenced === expected
}

/** Of the records that were sent, in their order. */
async function sentKeys(app: App, flowId: number): Promise<string[]> {
  const keys: string[] = []
  for await (const { receipt } of app.store.receipts.ofFlow(flowId)) {
    if (receipt.fate === 'sent' && receipt.key !== null) keys.push(receipt.key)
  }
  return keys
}

/** Who was not reached on IO is back beside the drop, bills and PDFs, for the printer. */
async function showRest(stage: Stage, flowId: number, name: string): Promise<boolean> {
  const { app, playground, screen } = stage
  const account = await app.store.flows.account(flowId)
  const expected = restTerms.reduce((sum, term) => sum + account[term], 0)
  const bytes = await readFile(join(playground.billing, name))
  const read = async (offset: number, length: number) => bytes.subarray(offset, offset + length)
  const { files } = await openZip({ bytes: bytes.length, read })
  const pdfs = files.filter((file) => file.name.endsWith('.pdf')).length
  const [service] = app.config.institutions.flatMap(({ services }) =>
    services.filter((one) => one.name === 'acqua'),
  )
  const saved = lettersSaved(account, service?.letterCents ?? null)
  screen.line(`Rest          ${name}: ${pdfs} bills with their PDFs, for the printer`)
  if (saved) screen.line(`Letters saved ${saved.letters}, ${formatEuro(saved.valueCents)}`)
  if (pdfs !== expected) screen.line(`THE REST SHOULD HAVE ${expected} BILLS.`)
  return pdfs === expected
}

/** The result file has a line for each bill. */
async function showResult({ screen }: Stage, path: string, name: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = Math.max(0, text.trimEnd().split('\r\n').length - 1)
  screen.line(`Result file   ${name}: a line for each of ${lines} bills`)
  if (lines !== BILLS) screen.line(`THE RESULT FILE SHOULD HAVE ${BILLS} LINES.`)
  return lines === BILLS
}
