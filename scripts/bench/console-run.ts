// What the console costs over years of messages, measured in a process of its own: searches by an
// exact key, lists of a flow, pages deep in them, figures, and a whole export with the memory that
// it takes. Asks are made one after the other, each with another key.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { keysOf } from '../../src/opening.ts'
import { openPool } from '../../src/store/database.ts'
import { type MessageFilter, noFilter } from '../../src/store/message-filter.ts'
import { openVault } from '../../src/store/vault.ts'
import { openVisited } from '../../test/console/visiting.ts'
import { recount } from '../recount.ts'
import { writeMessages } from './console-data.ts'
import { type BesideResult, sendBesideExports } from './console-sending.ts'
import type { BenchFiles } from './drops.ts'
import { INSTITUTION, lastFlow, mapFiles, openInstallation } from './installation.ts'
import { answerMeasure } from './measure.ts'

export interface ConsoleTask {
  configDirectory: string
  databaseUrl: string
  files: BenchFiles
  messages: number
  /** IO's, which sends beside exports. */
  account: string
}

export interface ConsoleResult extends BesideResult {
  messages: number
  writeSeconds: number
  /** Milliseconds of which 95 in a hundred asks are quicker. */
  searchP95: number
  listP95: number
  firstPageP50: number
  deepPageP50: number
  /** Of the page of a year, over HTTP. */
  statisticsP95: number
  /** Counts that differ from the rows, in words; empty: none does. */
  countsWrong: string[]
  exportRows: number
  exportSeconds: number
  firstByteMilliseconds: number
  exportBytes: number
  /** By which the process grew while it exported. */
  growthBytes: number
}

const ASKS = 200
const PAGE = 51
/** Of a flow of a hundred thousand. */
const DEEP_PAGES = 400
const scope = { institution: INSTITUTION, services: null }

async function run(task: ConsoleTask): Promise<ConsoleResult> {
  const installation = await openInstallation(task.configDirectory, task.databaseUrl)
  const { app } = installation
  const pool = openPool({ url: task.databaseUrl }, 2)
  let measured: Omit<ConsoleResult, keyof BesideResult>
  try {
    await mapFiles(installation, task.files)
    const flowId = await lastFlow(app)
    const vault = openVault(keysOf(app.config, app.dataDirectory))
    const one = (await app.store.messageList.page(scope, { ...noFilter, flow: flowId }, START, 1))
      .found
    const data = one?.[0]?.data
    if (data === undefined) throw new Error('the file has made no message')
    const begun = performance.now()
    const template = { flowId, data }
    const { flows, codes } = await writeMessages(pool, vault, template, task.messages)
    const writeSeconds = (performance.now() - begun) / 1000
    const flow = (n: number) => flows[n % flows.length] as number
    const search = await times((n) => page({ fiscalCode: codes[n % codes.length] as string }))
    const states = ['available', 'not-on-io'] as const
    const list = await times((n) => page({ flow: flow(n), stand: states[n % 2] ?? null }))
    const [first, deep] = await pagesOf(flow(1))
    const statisticsP95 = p(await statisticsPages(), 0.95)
    const unfolded = await recount(pool)
    await app.store.counts.fold()
    const countsWrong = [...unfolded, ...(await recount(pool))]
    measured = {
      ...{ messages: task.messages, writeSeconds },
      ...{ searchP95: p(search, 0.95), listP95: p(list, 0.95) },
      ...{ firstPageP50: p(first, 0.5), deepPageP50: p(deep, 0.5) },
      ...{ statisticsP95, countsWrong, ...(await exportAll()) },
    }
  } finally {
    await pool.end()
    await installation.close()
  }
  const { configDirectory, databaseUrl, account } = task
  const directory = dirname(task.files.bills)
  const beside = { configDirectory, databaseUrl, directory, account }
  return { ...measured, ...(await sendBesideExports(beside)) }

  /** As somebody asks for them who is signed in. */
  async function statisticsPages(): Promise<number[]> {
    const visited = await openVisited({ app })
    try {
      const visitor = await visited.as(['operator'])
      return await times(async () => {
        const { status } = await visitor.get('/statistics')
        if (status !== 200) throw new Error(`the statistics answered ${status}`)
      })
    } finally {
      await visited.close()
    }
  }

  async function page(more: Partial<MessageFilter>, before: number | null = null) {
    const from = { before, after: null }
    const { found } = await app.store.messageList.page(scope, { ...noFilter, ...more }, from, PAGE)
    if (!found || found.length === 0) throw new Error(`nothing found: ${JSON.stringify(more)}`)
    return found
  }

  /** Each of the first pages, and of those far behind. */
  async function pagesOf(flow: number): Promise<[number[], number[]]> {
    const all: number[] = []
    let before: number | null = null
    for (let n = 0; n < DEEP_PAGES; n++) {
      const at = performance.now()
      const found = await app.store.messageList.page(
        scope,
        { ...noFilter, flow },
        { before, after: null },
        PAGE,
      )
      all.push(performance.now() - at)
      const last = found.found?.at(-1)
      if (last === undefined || (found.found ?? []).length < PAGE) break
      before = last.id
    }
    // The very first ones warm up what all of them use.
    return [all.slice(10, 10 + ASKS), all.slice(-ASKS)]
  }

  async function exportAll() {
    const before = process.memoryUsage.rss()
    let [peak, bytes, first] = [before, 0, 0]
    const begun = performance.now()
    const opened = await app.desk.exports.open({
      ...{ kind: 'messages', format: 'xlsx', name: 'messaggi', ...scope, language: 'it' },
      ...{ timeZone: 'Europe/Rome', asked: 'bench', purpose: 'misura', actor: 'bench' },
      filter: { ...noFilter, emission: EMISSION },
    })
    if ('refused' in opened) throw new Error(opened.refused)
    const hash = createHash('sha256')
    for await (const piece of opened.bytes) {
      if (bytes === 0) first = performance.now() - begun
      bytes += piece.length
      hash.update(piece)
      peak = Math.max(peak, process.memoryUsage.rss())
    }
    return {
      ...{ exportRows: task.messages, exportSeconds: (performance.now() - begun) / 1000 },
      ...{ firstByteMilliseconds: first, exportBytes: bytes, growthBytes: peak - before },
    }
  }
}

const START = { before: null, after: null }
const EMISSION = 'bench'

async function times(ask: (n: number) => Promise<unknown>): Promise<number[]> {
  const all: number[] = []
  for (let n = 0; n < ASKS + 5; n++) {
    const at = performance.now()
    await ask(n)
    // The first ones open connections and compile statements.
    if (n >= 5) all.push(performance.now() - at)
  }
  return all
}

function p(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

await answerMeasure(run)
