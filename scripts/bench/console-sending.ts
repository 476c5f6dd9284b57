// What an export costs the sending beside it, in the same process: lots of the same size leave one
// after the other, every second one while a workbook of all messages is made over and over. Once as
// fast as this machine can, and once at the pace that IO permits.
import { join } from 'node:path'
import { noFilter } from '../../src/store/message-filter.ts'
import { editYaml } from '../playground.ts'
import { writeBills, writeContacts } from './drops.ts'
import {
  INSTITUTION,
  type Installation,
  lastFlow,
  mapFile,
  openInstallation,
  saveFile,
  seconds,
} from './installation.ts'

export interface BesideTask {
  configDirectory: string
  databaseUrl: string
  /** For the files of the lots. */
  directory: string
  account: string
}

/** Messages a second of each lot, without and with an export beside it. */
export interface Beside {
  alone: number[]
  exporting: number[]
}

export interface BesideResult {
  unpaced: Beside
  paced: Beside
}

/** The first is left out, since it warms up the process. */
const PAIRS = 5
const UNPACED_LOT = 1_000
/** Two calls a message: three windows of IO’s own limit. */
const PACED_LOT = 225
const LIMIT = { callsPerWindow: 150, windowSeconds: 5 }
/** Customers of the lots are none of the template’s. */
const FIRST_CUSTOMER = 10_000
const EMISSION = '2026-04'
/** Exports of one person in a day are few. */
let people = 0

/** Sends at both paces; the account of the configuration is left as it was at the second. */
export async function sendBesideExports(task: BesideTask): Promise<BesideResult> {
  const lots = 2 * PAIRS
  const last = FIRST_CUSTOMER + lots * (UNPACED_LOT + PACED_LOT)
  const contacts = join(task.directory, 'contatti-lots.csv')
  await writeContacts(contacts, last)
  const unpaced = await atPace(task, { callsPerWindow: 0 }, async (installation) => {
    await mapFile(installation, await saveFile(installation.app, 'contatti', contacts))
    return lotsOf(installation, task, FIRST_CUSTOMER, UNPACED_LOT)
  })
  const from = FIRST_CUSTOMER + lots * UNPACED_LOT
  const paced = await atPace(task, LIMIT, (installation) =>
    lotsOf(installation, task, from, PACED_LOT),
  )
  return { unpaced, paced }
}

async function atPace<T>(
  { configDirectory, databaseUrl, account }: BesideTask,
  pace: Record<string, number>,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const named = Object.entries(pace).map(([name, value]) => [`accounts.${account}.${name}`, value])
  await editYaml(join(configDirectory, 'staffetta.yaml'), Object.fromEntries(named))
  const installation = await openInstallation(configDirectory, databaseUrl)
  try {
    return await work(installation)
  } finally {
    await installation.close()
  }
}

/** Without, with, with, without …: what the machine does meanwhile falls on both. */
async function lotsOf(
  installation: Installation,
  task: BesideTask,
  first: number,
  count: number,
): Promise<Beside> {
  const rates: Beside = { alone: [], exporting: [] }
  for (let lot = 0; lot < 2 * PAIRS; lot++) {
    const isExporting = (lot + (lot >> 1)) % 2 === 1
    const flowId = await mapLot(installation, task, first + lot * count, count)
    const send = () => sendLot(installation, flowId, count, task.account)
    const took = isExporting ? await whileExporting(installation, send) : await send()
    if (lot >= 2) rates[isExporting ? 'exporting' : 'alone'].push(count / took)
  }
  return rates
}

async function mapLot(
  installation: Installation,
  { directory }: BesideTask,
  from: number,
  count: number,
): Promise<number> {
  const bills = join(directory, `bollette-lot-${from}.csv`)
  await writeBills(bills, { from, count, emission: EMISSION, dueInDays: 30 })
  await mapFile(installation, await saveFile(installation.app, 'bollette', bills))
  return lastFlow(installation.app)
}

async function sendLot(
  { app }: Installation,
  flowId: number,
  count: number,
  account: string,
): Promise<number> {
  await app.release(flowId)
  const took = await seconds(() => app.send(account, new AbortController().signal))
  const ended = await app.store.flows.account(flowId)
  if (ended.sent !== count) throw new Error(`not all were sent: ${JSON.stringify(ended)}`)
  return took
}

/** Bytes flow from before the work begins until it has ended. */
async function whileExporting<T>({ app }: Installation, work: () => Promise<T>): Promise<T> {
  const begun = Promise.withResolvers<void>()
  let isOver = false
  const exporting = (async () => {
    while (!isOver) {
      const opened = await app.desk.exports.open({
        ...{ kind: 'messages', format: 'xlsx', name: 'messaggi', institution: INSTITUTION },
        ...{ services: null, language: 'it', timeZone: 'Europe/Rome', asked: 'bench' },
        ...{ purpose: 'misura', actor: `bench-${people++}`, filter: noFilter },
      })
      if ('refused' in opened) throw new Error(opened.refused)
      for await (const _ of opened.bytes) {
        begun.resolve()
        if (isOver) break
      }
    }
  })()
  exporting.catch(begun.reject)
  await begun.promise
  try {
    return await work()
  } finally {
    isOver = true
    await exporting
  }
}
