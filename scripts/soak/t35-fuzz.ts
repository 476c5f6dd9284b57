// T35: random files through the whole pipeline, from the folder to the report, with random faults
// at IO. After every lot each account closes and agrees with what IO took; nothing rejects unheard;
// and the same seed gives the same truth again.
import { createHash } from 'node:crypto'
import { rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { type App, openApp } from '../../src/app.ts'
import { getFeed } from '../../src/config/config.ts'
import { difference } from '../../src/domain/flow-account.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import { startFaultProxy } from '../fault-proxy.ts'
import { editYaml, openPlayground, type Playground } from '../playground.ts'
import { freshDatabase, type RunDatabase } from './database.ts'
import { type DrawnFile, drawnFile } from './drawn-file.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'

const FILES = 10_000
/** Files that are collected, mapped and sent together. */
const LOT = 100
const LEAST_FILES = 60
/** Rounds of a lot: each lets the hour go by for which a failed question makes wait. */
const MOST_ROUNDS = 12
const ACCOUNT = 'esempio'
const CONNECTIONS = 4

export const run: SoakRun = {
  name: 'T35',
  title: 'random files and faults through the whole pipeline: every account closes',
  plantable: true,
  run: fuzz,
}

interface Passage {
  failures: string[]
  files: number
  records: number
  uncertain: number
  accepted: number
  duplicated: number
  lost: number
  inFlightMax: number
  /** Flows up to this one have been judged. */
  lastFlow: number
  /** What IO took after each lot. */
  truths: string[]
}

async function fuzz(options: SoakOptions): Promise<SoakResult> {
  const { seed, share, note } = options
  const files = fc.sample(drawnFile, { seed, numRuns: sized(FILES, share, LEAST_FILES) })
  const unheard: string[] = []
  const hear = (reason: unknown) => unheard.push(String(reason))
  process.on('unhandledRejection', hear)
  try {
    const whole = await passThrough(files, options, note)
    // The first lot once more, from nothing.
    const again = await passThrough(files.slice(0, LOT), options, () => {})
    const isSame = again.truths.every((truth, lot) => truth === whole.truths[lot])
    const { failures, files: taken, records, accepted, truths: _, lastFlow: __, ...counts } = whole
    return {
      ...counts,
      counts: { files: taken, records, accepted, 'unheard-rejections': unheard.length },
      failures: [
        ...failures,
        ...(unheard.length === 0 ? [] : [`A rejection was not heard: ${unheard[0]}.`]),
        ...(isSame ? [] : ['The same seed gave another truth.']),
      ],
    }
  } finally {
    process.off('unhandledRejection', hear)
  }
}

async function passThrough(
  files: DrawnFile[],
  options: SoakOptions,
  note: SoakOptions['note'],
): Promise<Passage> {
  await using place = await openPlace(options)
  const passage: Passage = {
    ...{ failures: [], files: 0, records: 0, uncertain: 0, accepted: 0 },
    ...{ duplicated: 0, lost: 0, inFlightMax: 0, lastFlow: 0, truths: [] },
  }
  for (let start = 0; start < files.length; start += LOT) {
    options.signal.throwIfAborted()
    const lot = files.slice(start, start + LOT)
    await takeLot(place, lot, start)
    await judge(place, passage)
    passage.files += lot.length
    if (passage.failures.length > 0) return passage
    note(`${passage.files} of ${files.length} files`)
  }
  return passage
}

interface Place extends AsyncDisposable {
  playground: Playground
  database: RunDatabase
  app: App
  inFlightMax(): number
}

async function openPlace({ seed, databaseUrl, plant }: SoakOptions): Promise<Place> {
  const database = await freshDatabase(databaseUrl)
  // What survives a power cut is not asked here, and every statement would wait for the disk.
  await database.query(`alter database ${database.name} set synchronous_commit = off`)
  const faults = createFaults(seed)
  const playground = await openPlayground({
    databaseUrl: database.url,
    stabilitySeconds: 0,
    account: { callsPerWindow: 0, connections: CONNECTIONS, firstStatusCheckSeconds: 1 },
    sandbox: { seed, callsPerWindow: 0, processingDelayMilliseconds: 0, fault: faults.of },
  })
  const { configDirectory, sandbox } = playground
  const submissions = { underWay: 0, most: 0 }
  const isSubmit = (line: string) => /^POST \S+\/messages /.test(line)
  const proxy = await startFaultProxy(
    { port: sandbox.port },
    {
      judge(line) {
        if (isSubmit(line)) submissions.underWay += 1
        submissions.most = Math.max(submissions.most, submissions.underWay)
        return 'pass'
      },
      ended(line) {
        if (isSubmit(line)) submissions.underWay -= 1
      },
    },
  )
  const baseUrl = new URL(sandbox.url)
  baseUrl.port = String(proxy.port)
  await editYaml(join(configDirectory, 'staffetta.yaml'), {
    [`accounts.${ACCOUNT}.baseUrl`]: baseUrl.href,
  })
  const whenUncertain = plant === 'resend-uncertain' ? 'resend' : 'hold'
  const feed = join(configDirectory, 'comune-di-esempio', 'feeds', 'mensa.yaml')
  await editYaml(feed, { whenUncertain, 'release.brake': false })
  const app = await openApp({ configDirectory, logLevel: 'silent' })
  return {
    playground,
    database,
    app,
    inFlightMax: () => submissions.most,
    async [Symbol.asyncDispose]() {
      await app.close()
      await proxy.stop()
      await playground.stop()
      await database[Symbol.asyncDispose]()
    },
  }
}

/**
 * A fault follows from the seed, the call's own text and how often it was made: the order in which
 * calls happen to be made changes nothing.
 */
function createFaults(seed: number) {
  const times = new Map<string, number>()
  return {
    of({ path, body }: SandboxCall): SandboxFault | null {
      const text = `${seed} ${path} ${body}`
      const made = (times.get(text) ?? 0) + 1
      times.set(text, made)
      const drawn = createHash('sha256').update(`${text} ${made}`).digest().readUInt16BE() / 65_536
      if (path === '/messages')
        return submitFaults.find(({ below }) => drawn < below)?.fault ?? null
      // A question that fails is put again later: not for ever.
      return drawn < 0.05 && made < 3 ? failing : null
    },
  }
}

const failing: SandboxFault = {
  answer: { status: 500, body: JSON.stringify({ status: 500, title: 'Internal server error' }) },
}

const submitFaults: { below: number; fault: SandboxFault }[] = [
  { below: 0.01, fault: { connection: 'reset-before' } },
  { below: 0.02, fault: { connection: 'reset-after' } },
  { below: 0.03, fault: failing },
  { below: 0.04, fault: { ...failing, isCommitted: true } },
  { below: 0.05, fault: { answer: { status: 201, body: '{}' }, isCommitted: true } },
  { below: 0.06, fault: { answer: { status: 200, body: '<html>' } } },
  { below: 0.08, fault: { delayMilliseconds: 20 } },
]

let lastModified = 1_770_000_000

async function takeLot(place: Place, lot: DrawnFile[], start: number): Promise<void> {
  const { app, playground, database } = place
  const never = new AbortController().signal
  const paths = lot.map((_, n) => join(playground.canteen, `mensa-${start + n}.csv`))
  for (const [n, path] of paths.entries()) {
    await writeFile(path, (lot[n] as DrawnFile).bytes)
    lastModified += 60
    await utimes(path, lastModified, lastModified)
  }
  await app.collect(getFeed(app.config, 'comune-di-esempio', 'mensa'), never)
  await Promise.all(paths.map((path) => rm(path, { force: true })))
  for (const id of await app.store.drops.waiting(LOT * 2)) await app.map(id)
  for (const id of await app.store.flows.awaitingRelease(LOT * 2)) await letGo(app, id)
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await app.send(ACCOUNT, never)
    const [left] = await database.query(`select from messages where purpose = 'first'
      and (state in ('waiting', 'claimed', 'sending') or track_at is not null) limit 1`)
    if (left === undefined) break
    await database.query(AN_HOUR_LATER)
  }
  await app.writeBack(never)
}

/** What is drawn is odd by design: the office says of each finding that it is right. */
async function letGo(app: App, id: number): Promise<void> {
  if (await app.release(id)) return
  const checked = await app.flows.check(id)
  if (checked.kind === 'refused') return
  const { facts } = checked.report
  const totalCents = facts.amounts?.totalCents ?? null
  const messages = totalCents === null ? facts.messages : null
  for (const { code } of checked.blocking) {
    const said = { actor: 'fuzz', origin: 'cli', note: 'importi sorteggiati' }
    await app.flows.override(id, { code, totalCents, messages, ...said })
  }
}

const AN_HOUR_LATER = `update messages set send_at = send_at - interval '1 hour',
  track_at = track_at - interval '1 hour', sent_at = sent_at - interval '1 hour'
  where purpose = 'first'`

/** Compares what the tables say with what IO took. */
async function judge(place: Place, passage: Passage): Promise<void> {
  const { app, database, playground } = place
  const { truth } = playground.sandbox
  const { failures } = passage
  const flows = await database.query<{ id: string; state: string; drop: string }>(
    `select f.id, f.state, d.state as drop from flows f join drops d on d.id = f.drop_id
     where f.id > $1 order by f.id`,
    [passage.lastFlow],
  )
  for (const { id, state, drop } of flows) {
    passage.lastFlow = Number(id)
    const account = await app.store.flows.account(Number(id))
    passage.records += account.read
    if (difference(account) !== 0) failures.push(`Flow ${id} does not close.`)
    if (account.waiting > 0) failures.push(`Flow ${id} still has ${account.waiting} waiting.`)
    const hasEnded = ['sent', 'incomplete'].includes(state)
    if (drop === 'mapped' && !hasEnded) failures.push(`Flow ${id} is ${state} for ever.`)
  }
  const messages = await database.query<{ state: string; io_id: string | null }>(
    `select state, io_id from messages where io_id is not null or state = 'uncertain'`,
  )
  const ids = new Set([...truth.accepted()].map(({ id }) => id))
  const strange = messages.filter(({ io_id: id }) => id !== null && !ids.has(id)).length
  const told = messages.filter(({ io_id: id }) => id !== null).length
  const uncertain = messages.filter(({ state }) => state === 'uncertain').length
  const counts = [...truth.acceptedCounts().values()]
  passage.accepted = truth.acceptedCount()
  passage.uncertain = uncertain
  passage.duplicated = counts.reduce((sum, times) => sum + times - 1, 0)
  passage.lost = strange
  passage.inFlightMax = Math.max(passage.inFlightMax, place.inFlightMax())
  if (passage.duplicated > 0) failures.push(`IO has ${passage.duplicated} messages twice.`)
  if (passage.accepted > told + uncertain) failures.push('IO has what the tables do not know.')
  if (strange > 0) failures.push(`IO does not know ${strange} messages that are called sent.`)
  const hash = createHash('sha256').update([...truth.acceptedCounts().keys()].sort().join('\n'))
  passage.truths.push(hash.digest('hex'))
}
