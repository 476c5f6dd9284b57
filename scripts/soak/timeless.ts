// The sender in virtual time over a real database: the real stages and the real SQL, the sandbox's
// own gateway without a network, and a clock that stands still while PostgreSQL works. So an hour
// at IO's rate takes as long as its statements do, and nothing depends on how fast a machine is.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Reply, Silence } from '../../src/io/exchange.ts'
import type { ServiceStates } from '../../src/pipeline/send/heed.ts'
import type { SendService } from '../../src/pipeline/send/one.ts'
import {
  type Lease,
  type SendAccount,
  type SendPorts,
  sendAccount,
} from '../../src/pipeline/send.ts'
import { type TrackPorts, trackDue } from '../../src/pipeline/track.ts'
import { openSendLog } from '../../src/store/attempts.ts'
import { openPool } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openSendJournal } from '../../src/store/send-journal.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { openVault, type Vault } from '../../src/store/vault.ts'
import { createVirtualClock, type VirtualClock } from '../simulate/clock.ts'
import { type Acceptance, createIo, type IoCall, type SimulatedIo } from '../simulate/io.ts'
import { ioPort } from '../simulate/io-port.ts'
import { mappingOf } from '../simulate/letters.ts'
import { createRandom, type Random } from '../simulate/random.ts'
import { everyHour } from '../simulate/timing.ts'
import { freshDatabase, type RunDatabase } from './database.ts'
import { ACCOUNT, addFlow, INSTITUTION, type NewFlow } from './lot-of-letters.ts'

export interface TimelessOptions {
  seed: number
  databaseUrl: string
  account?: Partial<SendAccount>
  /** The gateway's; 0: no limit. */
  callsPerWindow?: number
  services: readonly string[]
  /** A real client of IO, and where its IO is, instead of the sandbox without a network. */
  client?: { io: SendPorts['io'] & TrackPorts['io']; baseUrl: string }
  /** Said instead of IO's answer, which then does not process the call. */
  answer?(call: IoCall, now: number): Reply | Silence | null
}

export interface Timeless extends AsyncDisposable {
  clock: VirtualClock
  random: Random
  io: SimulatedIo
  store: Store
  database: RunDatabase
  account: SendAccount
  /** What the services and the process believe the time to be. */
  now(): Temporal.Instant
  /** Maps and releases a flow of so many notices; the first has the number `from`. */
  addFlow(flow: NewFlow): Promise<number>
  /** Sends in rounds, as the daemon does; `clock.run` lets the time go by. */
  startSending(): Sender
  /** Sends until this instant, or until nothing waits. */
  sendUntil(milliseconds: number): Promise<void>
  /** How many messages are in each state. */
  states(): Promise<Record<string, number>>
}

export interface Sender {
  hasFailed(): boolean
  /** Lets what is in flight end. Throws what ended the sending before its time. */
  stop(): Promise<void>
}

export const BEGINNING = Temporal.Instant.from('2026-03-02T08:00:00Z').epochMilliseconds
const ROUND_MILLISECONDS = 2_000
/** Fifty thousand messages through a storm stay far below. */
const MOST_EVENTS = 20_000_000

export async function openTimeless(options: TimelessOptions): Promise<Timeless> {
  const { seed, services } = options
  const clock = createVirtualClock(MOST_EVENTS)
  const random = createRandom(seed)
  const database = await freshDatabase(options.databaseUrl)
  const directory = await mkdtemp(join(tmpdir(), 'staffetta-soak-'))
  // What survives a power cut is not asked here, and every statement would wait for the disk.
  await database.query(`alter database ${database.name} set synchronous_commit = off`)
  const pool = openPool({ url: database.url }, 8)
  await migrate(pool)
  const vault = openVault([{ id: 1, key: randomBytes(32) }])
  const owner = `soak-${seed}`
  const store = openStore({ pool, vault, enqueue: async () => {}, owner, leaseSeconds: 60 })
  const journal = await openSendJournal(pool, directory)
  const account: SendAccount = {
    name: ACCOUNT,
    callsPerWindow: options.callsPerWindow ?? 150,
    windowSeconds: 5,
    connections: 8,
    firstStatusCheckSeconds: 86_400,
    premiumFollowDays: 0,
    ...options.account,
  }
  const now = () => Temporal.Instant.fromEpochMilliseconds(BEGINNING + Math.floor(clock.now()))
  const io = createIo(
    {
      seed,
      callsPerWindow: options.callsPerWindow ?? 150,
      windowSeconds: 5,
      timeoutSeconds: 30,
      stuckShare: 0,
      failedShare: 0,
      now: () => now().epochMilliseconds,
      population: { notOnIo: 0, serviceOff: 0 },
    },
    random.fork('io'),
  )
  for (const service of services) {
    const whole = { service, account: ACCOUNT, maxAllowedPaymentAmount: 9_999_999_999 }
    io.setKey(keyOf(service), whole)
  }
  const log = (lease: Lease) => outside(clock, openSendLog(pool, journal, ACCOUNT, lease, now))
  const ports = portsOf({ ...options, clock, store, vault, io, random, now, log })

  return {
    clock,
    random,
    io,
    store,
    database,
    account,
    now,
    addFlow: (flow) => addFlow(store, vault, flow, now()),
    startSending: () => startSending(clock, account, ports),
    async sendUntil(milliseconds) {
      const sender = startSending(clock, account, ports)
      while (clock.now() < milliseconds && !sender.hasFailed()) {
        await clock.run(Math.min(milliseconds, clock.now() + 60_000))
        const [left] = await database.query(LEFT)
        if (left === undefined) break
      }
      await sender.stop()
    },
    async states() {
      const rows = await database.query<{ state: string; n: string }>(
        'select state, count(*) as n from messages group by state',
      )
      return Object.fromEntries(rows.map(({ state, n }) => [state, Number(n)]))
    },
    async [Symbol.asyncDispose]() {
      await journal.close()
      await pool.end()
      await database[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    },
  }
}

const LEFT = `select from messages where state in ('waiting', 'claimed', 'sending') limit 1`

function startSending(clock: VirtualClock, account: SendAccount, ports: SendPorts): Sender {
  const stopper = new AbortController()
  const { signal } = stopper
  let hasFailed = false
  const rounds = async () => {
    while (!signal.aborted) {
      await sendAccount(account, ports, signal)
      await ports.sleep(ROUND_MILLISECONDS, signal).catch(() => {})
    }
  }
  const ended = rounds()
  ended.catch(() => {
    hasFailed = true
  })
  return {
    hasFailed: () => hasFailed,
    async stop() {
      stopper.abort()
      await clock.run(clock.now() + 60_000)
      await ended
    },
  }
}

interface Wiring extends Pick<Timeless, 'clock' | 'store' | 'io' | 'random' | 'now'> {
  vault: Vault
  services: readonly string[]
  client?: TimelessOptions['client']
  log(lease: Lease): ReturnType<typeof openSendLog>
  answer?(call: IoCall, now: number): Reply | Silence | null
}

function portsOf(wiring: Wiring): SendPorts {
  const { clock, store, vault, io, random, services, now, log, answer, client } = wiring
  const ask = (call: IoCall) =>
    new Promise<Reply | Silence>((resolve) => {
      if (call.path === '/messages') io.underWay(1)
      clock.after(random.between(1, 20), () => {
        const said = answer?.(call, clock.now()) ?? io.process(call)
        clock.after(random.between(1, 40), () => {
          if (call.path === '/messages') io.underWay(-1)
          resolve(said)
        })
      })
    })
  const known = new Map(services.map((name) => [name, serviceOf(name, client?.baseUrl)]))
  const sleep = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      const onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort)
      // A real timer is late by a little, never early.
      clock.after(milliseconds + random.share(), () => {
        // A signal looks through all its listeners whenever one is added.
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
    })
  const shared = {
    service: (_: string, name: string) => known.get(name) ?? null,
    services: outside(clock, statesOf(store, now)),
    now,
    monotonic: () => clock.now(),
    sleep,
    io: client ? outside(clock, client.io) : ioPort(ask),
    messages: outside(clock, store.messages),
    deliveries: outside(clock, store.deliveries),
  }
  return {
    ...shared,
    hold: (name, work) => hold(clock, store, name, work),
    openLog: (_, lease) => log(lease),
    flows: outside(clock, store.flows),
    resending: [],
    mapping: async () => mappingOf,
    timing: everyHour,
    textHash: (text) => vault.hash('text', text),
    spare: (session, limit) => trackDue(session, limit, shared),
    log: { info: () => {} },
  }
}

/** Every function of `port`, with the clock standing still until it has answered. */
function outside<T extends object>(clock: VirtualClock, port: T): T {
  const entries = Object.entries(port).map(([name, work]) => [
    name,
    typeof work === 'function'
      ? (...given: unknown[]) => {
          const answer = work.apply(port, given)
          return answer instanceof Promise ? clock.outside(answer) : answer
        }
      : work,
  ])
  return Object.fromEntries(entries)
}

/** Taking and giving up the lease is outside; what is done while it is held is not. */
async function hold<T>(
  clock: VirtualClock,
  store: Store,
  name: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T | null> {
  const taken = Promise.withResolvers<void>()
  clock.outside(taken.promise)
  let given = Promise.withResolvers<void>()
  const held = store.leases.hold(name, async (lease) => {
    taken.resolve()
    try {
      return await work(lease)
    } finally {
      given = Promise.withResolvers()
      clock.outside(given.promise)
    }
  })
  try {
    return await held
  } finally {
    taken.resolve()
    given.resolve()
  }
}

function statesOf(store: Store, now: () => Temporal.Instant): ServiceStates {
  const { pauses, limits } = store
  const person = () => ({ actor: 'soak', origin: 'soak', at: now() })
  return {
    async pause({ institution, service }, code, detail, askedAt) {
      await pauses.pause({ institution, service, since: now(), code, detail }, [], askedAt)
    },
    postpone: ({ institution, service }, code, detail) =>
      pauses.postpone({ institution, service, code, detail }, now()),
    async resume({ institution, service }) {
      await pauses.resume(institution, service, person(), [])
    },
    async learn({ institution, service }, limit, detail) {
      await limits.learn({ institution, service, ...limit, since: now(), detail }, [])
    },
    async lift({ institution, service }, feature) {
      await limits.forget(institution, service, person(), { feature })
    },
  }
}

function serviceOf(service: string, baseUrl = 'https://io.example/api/v1'): SendService {
  return {
    institution: INSTITUTION,
    service,
    account: ACCOUNT,
    baseUrl,
    key: { reveal: () => keyOf(service) },
    mode: 'live',
    testers: new Set(),
  }
}

function keyOf(service: string): string {
  return `key-of-${service}`
}

/** How often each message was accepted, by its subject. */
export function timesAccepted(truth: readonly Acceptance[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const { subject } of truth) times.set(subject, (times.get(subject) ?? 0) + 1)
  return times
}

/** The number of the notice that a subject speaks of. */
export function numberOf(subject: string): number {
  return Number(/avviso (\d+)/.exec(subject)?.[1])
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`
}
