// One life of the send stage, drawn from a seed: an account with its services and flows, two
// processes that share it, weather at IO, and mishaps in between. After a while everything is
// mended, and the life goes on until nothing is left to do; then the judge speaks.
import { createHash } from 'node:crypto'
import type { FeedName } from '../../src/pipeline/send.ts'
import { createVirtualClock, type VirtualClock } from './clock.ts'
import {
  ACCOUNT,
  drawAccount,
  drawTables,
  drawWeather,
  keyOf,
  SERVICES,
  serviceOf,
} from './draw.ts'
import { createIo, fairWeather } from './io.ts'
import { createJudge, type Verdict } from './judge.ts'
import { planMishaps } from './mishaps.ts'
import { EPOCH, type NodeWorld, type SimulatedNode, startNode } from './node.ts'
import { brokenBy, type Plant } from './plants.ts'
import { createRandom } from './random.ts'
import { nextWorkAt, type Tables } from './tables.ts'

export interface LifeOptions {
  seed: number
  plant: Plant | null
  /** Fair weather, and nothing goes wrong but clocks. */
  only?: 'clocks'
  /** Every line of what happens. */
  trace?(line: string): void
}

export interface Life extends Verdict {
  seed: number
  messages: number
  /** Faults of IO and of the network, and mishaps of processes. */
  faults: number
  mishaps: number
  /** Calls that IO's own window refused. */
  limited: number
  events: string
  /** Over every line of the trace: equal for equal lives. */
  traceHash: string
}

/** More than a life needs; one that takes more goes round in a circle. */
const MOST_EVENTS = 400_000
const LONGEST_HOURS = 168
const MINUTE_MILLISECONDS = 60_000

export async function live(options: LifeOptions): Promise<Life> {
  const { clock, tables, io, judge, nodes, mishaps, mendAt, traceHash } = stageOf(options)
  await clock.run(mendAt + 1)
  await untilRest(tables, clock)
  for (const node of nodes) node.stop()
  await clock.run(clock.now() + 2 * MINUTE_MILLISECONDS)

  const verdict = judge.verdict()
  if (clock.isExhausted()) verdict.violations.push(`no rest after ${MOST_EVENTS} events`)
  if (nextWorkAt(tables, ACCOUNT) !== null) verdict.violations.push('something is left to do')
  return {
    ...verdict,
    seed: options.seed,
    messages: tables.messages.size,
    faults: io.faults(),
    mishaps: mishaps.count(),
    limited: io.calls.limited,
    events: `${io.calls.total} calls in ${(clock.now() / 3_600_000).toFixed(1)} h`,
    traceHash: traceHash(),
  }
}

/** Everything that the seed draws, with the first process started and the rest on the clock. */
function stageOf({ seed, plant, only, trace }: LifeOptions) {
  const random = createRandom(seed)
  const clock = createVirtualClock(MOST_EVENTS)
  const { note, traceHash } = createTrace(clock, trace)
  const account = drawAccount(random)
  const services = SERVICES.map((name) => serviceOf(name))
  const tables = drawTables(random)
  const shares = { stuckShare: 0.02, failedShare: 0.02, timeoutSeconds: 30 }
  const now = () => EPOCH + Math.floor(clock.now())
  const io = createIo({ seed, ...account, ...shares, now }, random.fork('io'))
  for (const service of services) io.setKey(service.key.reveal(), keyOf(service.service))
  const journal = new Set<number>()
  const hands = account.connections
  const given = { tables, journal, io, services, hands, mayResend: namesOf(RESENDING) }
  const judge = createJudge({ ...given, now: clock.now })
  let weather = only === 'clocks' ? fairWeather : drawWeather(random)
  const mendAt = random.between(1, 15) * MINUTE_MILLISECONDS
  const feeds = [...tables.flows.values()].map(({ institution, feed }) => ({ institution, feed }))
  const resending = plant === 'resend-uncertain' ? feeds : RESENDING
  const world: NodeWorld = {
    ...{ clock, tables, journal, io, account, broken: brokenBy(plant) },
    services: new Map(services.map((one) => [`${one.institution}/${one.service}`, one])),
    settings: { leaseSeconds: 10, resending },
    weather: () => weather,
    // Once all is mended nothing happens but what the tables say.
    idleMilliseconds: () => (clock.now() < mendAt ? 10_000 : 3_600_000),
    watch: { ...judge, trace: note },
  }
  tables.moved = (message, from, isLegal) => {
    note('tables', `message ${message.id} ${from} → ${message.state}`)
    judge.moved(message, from, isLegal)
  }

  const nodes: SimulatedNode[] = []
  const start = () => {
    const name = `node-${nodes.length + 1}`
    nodes.push(startNode(name, world, random.fork(name)))
  }
  const stage = { world, judge, services, nodes, start, note }
  const mishaps = planMishaps(stage, random, only ?? null)
  start()
  clock.after(random.between(0, 20_000), start)
  clock.after(mendAt, () => {
    weather = fairWeather
    mishaps.mend()
  })
  return { clock, tables, io, judge, nodes, mishaps, mendAt, traceHash }
}

/** Of these the institution has said that what is uncertain is sent again. */
const RESENDING: FeedName[] = [{ institution: 'comune', feed: 'solleciti' }]

function namesOf(feeds: FeedName[]): Set<string> {
  return new Set(feeds.map(({ institution, feed }) => `${institution}/${feed}`))
}

function createTrace(clock: VirtualClock, trace: LifeOptions['trace']) {
  const digest = createHash('sha256')
  return {
    note(node: string, what: string): void {
      const line = `${(clock.now() / 1000).toFixed(3).padStart(10)} ${node.padEnd(6)} ${what}`
      digest.update(line).update('\n')
      trace?.(line)
    },
    traceHash: () => digest.digest('hex'),
  }
}

async function untilRest(tables: Tables, clock: VirtualClock): Promise<void> {
  const end = LONGEST_HOURS * 3_600_000
  let isAtRest = false
  while (clock.now() < end && !clock.isExhausted()) {
    const next = nextWorkAt(tables, ACCOUNT)
    // Looked at twice: what a process is about to write may be work for another.
    if (next === null && isAtRest) return
    isAtRest = next === null
    // Nothing happens before: no need to look every minute.
    const until = next === null ? 0 : Math.min(next - EPOCH, end)
    await clock.run(Math.max(clock.now() + MINUTE_MILLISECONDS, until))
  }
}
