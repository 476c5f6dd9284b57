// The demo: a month of bills from the SFTP drop to the reconciliation, on this machine alone.
// It stands on the playground, runs the real daemon, and shows each stage with what it counts.
// `--exit` ends after the reconciliation: 0 only if every account closes and the reports are
// complete.
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type App, openApp } from '../src/app.ts'
import { type Daemon, startDaemon } from '../src/daemon.ts'
import { flowStateLabels } from '../src/domain/flow.ts'
import { accountTerms, difference, type FlowAccount } from '../src/domain/flow-account.ts'
import { createMapWorker } from '../src/map-worker.ts'
import { createScreen } from './demo/screen.ts'
import { openPlayground, type Playground } from './playground.ts'
import { type Bill, bill, billsZip, canteenCsv, contact, contactsCsv } from './samples.ts'

const BILLS = 120
const MEALS = 25
/** A stage that takes longer has failed. */
const PATIENCE_SECONDS = 120
const screen = createScreen()

process.exitCode = await main(process.argv.includes('--exit'))

async function main(exits: boolean): Promise<number> {
  screen.title('Staffetta: from a billing drop to the reconciliation')
  const playground = await openPlayground({ sandbox: { processingDelayMilliseconds: 400 } })
  let app: App | null = null
  let daemon: Daemon | null = null
  try {
    const options = { configDirectory: playground.configDirectory, logLevel: 'warn' }
    app = await openApp({ ...options, sends: true })
    const mapper = createMapWorker({ ...options, connection: app.connection })
    daemon = await startDaemon(app, mapper, new Set(['collect', 'map', 'send'] as const))
    showPlaces(playground)
    const closes = await play(app, playground)
    showNext(playground, exits)
    if (!exits) await stopSignal()
    return closes ? 0 : 1
  } catch (error) {
    screen.line(`The demo failed: ${(error as Error).stack}`)
    return 1
  } finally {
    await daemon?.stop()
    await app?.close()
    await playground.stop({ keepFiles: true })
  }
}

function showPlaces({ sftp, sandbox, directory }: Playground): void {
  screen.line(`SFTP server   127.0.0.1:${sftp.port}  ${sftp.fingerprint}`)
  screen.line(`IO sandbox    ${sandbox.url}`)
  screen.line(`Files         ${directory}`)
}

async function play(app: App, playground: Playground): Promise<boolean> {
  const due = Temporal.Now.plainDateISO('Europe/Rome').add({ days: 30 })
  const emission = due.subtract({ days: 30 }).toPlainYearMonth().toString()
  const bills = spoiled(Array.from({ length: BILLS }, (_, n) => bill(n, emission, due)))
  const name = `bollette-${emission}.zip`

  screen.chapter('1', 'The billing system drops the bills; the contacts come a moment later')
  await drop(playground.billing, name, billsZip(emission, bills))
  const contacts = Array.from({ length: BILLS - 3 }, (_, n) => contact(n))
  await drop(playground.billing, 'contatti.csv', contactsCsv(contacts))
  await drop(playground.canteen, `mensa-${emission}.csv`, canteenCsv(MEALS, emission, due))
  await settledFlow(app, 'mensa', 1)
  const first = await settledFlow(app, 'bollette', 1)
  await reported(app, first)
  screen.line('')
  screen.account(first, await app.store.flows.account(first))
  await showRefusals(app, first)
  const reminders = await app.store.flows.reminders(first)
  screen.line(`Reminders planned: ${reminders.waiting ?? 0} (7 days and 1 day before the due date)`)

  screen.chapter('2', 'The same file comes again: nobody hears anything twice')
  const before = playground.sandbox.truth.acceptedCount()
  await drop(playground.billing, `bollette-${emission}-copia.zip`, billsZip(emission, bills))
  const second = await settledFlow(app, 'bollette', 2)
  screen.account(second, await app.store.flows.account(second))
  screen.line(
    `Messages that IO accepted meanwhile: ${playground.sandbox.truth.acceptedCount() - before}`,
  )

  screen.chapter('3', 'It comes with one bill corrected: one message leaves')
  const reached = await firstSentKey(app, first)
  const corrected = bills.map((b) => (b.number === reached ? { ...b, amount: '99,00' } : b))
  const correctedName = `bollette-${emission}-rettifica.zip`
  await drop(playground.billing, correctedName, billsZip(emission, corrected))
  const third = await settledFlow(app, 'bollette', 3)
  screen.account(third, await app.store.flows.account(third))
  const accepted = playground.sandbox.truth.acceptedCount() - before
  screen.line(`Messages that IO accepted meanwhile: ${accepted}`)

  return reconcile(app, playground, emission, accepted === 1)
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

/** Under a temporary name first, as a well-behaved source does. */
async function drop(directory: string, name: string, bytes: Uint8Array): Promise<void> {
  await writeFile(join(directory, `.${name}.part`), bytes)
  await rename(join(directory, `.${name}.part`), join(directory, name))
  screen.line(`dropped  ${name}  ${bytes.length.toLocaleString('en')} bytes`)
}

/** Follows the `count`-th flow of a feed with a bar until its first messages have ended. */
async function settledFlow(app: App, feed: string, count: number): Promise<number> {
  const bar = screen.bar(feed)
  const flow = await until(async () => {
    const flows = await app.store.flows.list({ institution: null, feed, state: null, limit: 10 })
    const found = flows[flows.length - count]
    if (flows.length < count || !found) {
      bar.show(0, 0, 'waiting for the file to rest')
      return null
    }
    const account = await app.store.flows.account(found.id)
    const open = account.waiting
    bar.show(account.read - open, account.read, flowStateLabels[found.state])
    return found.state === 'sent' || found.state === 'incomplete' || found.problem ? found : null
  }, `the flow of ${feed}`)
  const account = await app.store.flows.account(flow.id)
  bar.end(account.read, account.read, flowStateLabels[flow.state])
  return flow.id
}

/**
 * Follows the messages until IO has processed them, and the report until it lies beside the drop.
 */
async function reported(app: App, flowId: number): Promise<void> {
  const bar = screen.bar('on IO')
  const told = await until(async () => {
    let processed = 0
    let sent = 0
    for await (const { receipt } of app.store.writeBacks.receipts(flowId, false)) {
      if (receipt.fate === 'sent') sent += 1
      if (receipt.fate === 'sent' && receipt.detail === 'processed') processed += 1
    }
    bar.show(processed, sent, 'available on IO')
    const reports = await app.store.writeBacks.list(flowId)
    return reports.length > 0 ? { processed, sent } : null
  }, 'the report')
  bar.end(told.processed, told.sent, 'available on IO; report written')
}

async function showRefusals(app: App, flowId: number): Promise<void> {
  for (const { line, refusals } of await app.store.flows.refusals(flowId, 5)) {
    const [refusal] = refusals
    if (refusal)
      screen.line(`  line ${String(line).padStart(4)}  ${refusal.code}: ${refusal.detail}`)
  }
}

async function firstSentKey(app: App, flowId: number): Promise<string | null> {
  for await (const { receipt } of app.store.writeBacks.receipts(flowId, false)) {
    if (receipt.fate === 'sent') return receipt.key
  }
  return null
}

async function reconcile(
  app: App,
  playground: Playground,
  emission: string,
  oneMore: boolean,
): Promise<boolean> {
  screen.chapter('4', 'The reconciliation: every record that was read is accounted for')
  const flows = await app.store.flows.list({
    institution: null,
    feed: null,
    state: null,
    limit: 50,
  })
  const accounts: FlowAccount[] = []
  for (const flow of flows.reverse()) {
    const account = await app.store.flows.account(flow.id)
    accounts.push(account)
    const terms = accountTerms
      .filter((term) => account[term] > 0)
      .map((term) => `${account[term]} ${term}`)
    screen.line(
      `flow ${flow.id}  ${(flow.feed ?? '').padEnd(9)} ${account.read} read = ${terms.join(' + ')}`,
    )
  }
  const closes = accounts.every((account) => difference(account) === 0 && account.waiting === 0)
  screen.line(closes ? 'Every account closes.' : 'AN ACCOUNT DOES NOT CLOSE.')
  const lines = await resultLines(playground.billing, `bollette-${emission}.esiti.csv`)
  screen.line('')
  screen.line(`Result file   ${lines.name}: one line for each of ${lines.count} bills`)
  screen.line(`Mails         ${playground.mails.length} to ${playground.mails[0]?.to.join(', ')}:`)
  for (const mail of playground.mails.slice(0, 4)) screen.line(`              ${mail.subject}`)
  const complete = lines.count === BILLS
  if (!complete) screen.line(`The result file should have ${BILLS} lines.`)
  if (!oneMore) screen.line('Exactly one message should have left after the first drop.')
  return closes && complete && oneMore
}

async function resultLines(
  directory: string,
  name: string,
): Promise<{ name: string; count: number }> {
  const text = await readFile(join(directory, name), 'utf8').catch(() => null)
  if (text === null) return { name: `${name} is missing`, count: 0 }
  return { name, count: text.trimEnd().split('\r\n').length - 1 }
}

function showNext({ configDirectory, billing, directory }: Playground, exits: boolean): void {
  screen.chapter('5', 'Where to look next')
  screen.line(`The SFTP folder with the result files stays: ${billing}`)
  if (exits) {
    screen.line('`npm run demo` without --exit stays up: flows, reports and drops of your own.')
    screen.line('docs/guides/first-feed.md goes from a file of yours to a checked mapping.')
    return
  }
  const config = `--config ${configDirectory}`
  screen.line(`npx staffetta flows list ${config}`)
  screen.line(`npx staffetta flows show 2 ${config}`)
  screen.line(`npx staffetta report 2 --format csv ${config}`)
  screen.line(
    'Drop a changed ZIP into the SFTP folder and list the flows again. Ctrl-C ends the demo;',
  )
  screen.line(`its files stay in ${directory}.`)
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
}

async function until<T>(look: () => Promise<T | null>, what: string): Promise<T> {
  const deadline = performance.now() + PATIENCE_SECONDS * 1000
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== null) return found
    await delay(150)
  }
  throw new Error(`${what} took longer than ${PATIENCE_SECONDS} seconds`)
}
