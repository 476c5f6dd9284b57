// One process of the simulation: the real `send` and `track` over ports that take virtual time,
// and what can befall a process: it dies, it freezes, it loses its database, its clock jumps.
// What it has asked for happens all the same once it has left; only the answer finds nobody.

import type { Reply, Silence } from '../../src/io/exchange.ts'
import { watchClock } from '../../src/pipeline/send/clock.ts'
import type { SendService } from '../../src/pipeline/send/one.ts'
import { probePaused } from '../../src/pipeline/send/probe.ts'
import { type SendAccount, type SendPorts, sendAccount } from '../../src/pipeline/send.ts'
import type { VirtualClock } from './clock.ts'
import type { Course, IoCall, SimulatedIo, Weather } from './io.ts'
import { portsOf, probePorts } from './node-ports.ts'
import type { Random } from './random.ts'
import * as rows from './tables.ts'

export interface NodeWorld {
  clock: VirtualClock
  tables: rows.Tables
  journal: Set<number>
  io: SimulatedIo
  account: SendAccount
  services: ReadonlyMap<string, SendService>
  settings: NodeSettings
  broken: BrokenPorts
  weather(): Weather
  /** How long a process may rest before it looks at the tables again. */
  idleMilliseconds(): number
  watch: Watch
}

export interface NodeSettings {
  leaseSeconds: number
  resending: SendPorts['resending']
}

/** Rules of the ports that a planted fault breaks. */
export interface BrokenPorts extends rows.BrokenRules {
  /** An attempt is said to be durable before it is. */
  isHasty?: boolean
}

/** Who looks on: told of what a process does, as it does it. */
export interface Watch {
  trace(node: string, what: string): void
  /** A request leaves for IO. `token`: of the lease under which it is made. */
  leaves(node: string, call: IoCall, course: Course): void
  recovered(node: string, counts: { waiting: number; uncertain: number }): void
  /** Something that no fault of the simulation explains. */
  broke(node: string, error: unknown): void
}

export interface SimulatedNode {
  name: string
  isAlive(): boolean
  kill(): void
  /** Nothing reaches it for so long; then all at once. */
  freeze(milliseconds: number): void
  /** Its questions to the database fail, or hang, for so long. */
  cutDatabase(milliseconds: number): void
  /** Its wall clock jumps, and is so much ahead until it is set right. */
  jump(milliseconds: number): void
  setClockRight(): void
  /** Asks it to stop, as a signal does. */
  stop(): void
}

/** The simulation's own fault: the stages may end by it, and nothing is wrong. */
class DatabaseGone extends Error {
  readonly code = 'ECONNRESET'
}

export const EPOCH = Temporal.Instant.from('2026-03-02T08:00:00Z').epochMilliseconds
const ROUND_MILLISECONDS = 2_000

export function startNode(name: string, world: NodeWorld, random: Random): SimulatedNode {
  const { clock, watch } = world
  const stopper = new AbortController()
  let isDead = false
  let frozenUntil = 0
  let databaseGoneUntil = 0
  let offset = 0

  /** Something reaches this process: not when it is dead, and later when it is frozen. */
  function deliver(milliseconds: number, arrive: () => void): void {
    clock.after(milliseconds, () => {
      if (isDead) return
      if (clock.now() < frozenUntil) deliver(frozenUntil - clock.now(), arrive)
      else arrive()
    })
  }

  function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      deliver(milliseconds + random.share() * 3, resolve)
    })
  }

  /** One transaction: on its way, done at once, and its answer on its way back. */
  function database<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (clock.now() < databaseGoneUntil && random.isBelow(0.5)) {
        return deliver(1, () => reject(new DatabaseGone('the database is away')))
      }
      const hang = Math.max(0, databaseGoneUntil - clock.now())
      clock.after(hang + random.share() * 2, () => {
        const result = work()
        deliver(random.share() * 2, () => {
          if (clock.now() >= databaseGoneUntil) resolve(result)
          else reject(new DatabaseGone('the answer of the database was lost'))
        })
      })
    })
  }

  function ask(call: IoCall): Promise<Reply | Silence> {
    const course = world.io.courseOf(call, world.weather())
    const isSubmit = call.path === '/messages'
    watch.leaves(name, call, course)
    if (isSubmit) world.io.underWay(1)
    return new Promise((resolve) => {
      clock.after(course.thereMilliseconds, () => {
        const reply = course.isProcessed ? world.io.process(call) : null
        const answer = course.instead ?? (reply as Reply)
        if (isSubmit) clock.after(course.backMilliseconds, () => world.io.underWay(-1))
        watch.trace('io', `${call.method} ${call.path.split('/')[1]} ${saidBy(answer)}`)
        const date = new Date(EPOCH + clock.now()).toUTCString()
        deliver(course.backMilliseconds, () => {
          if (answer.kind === 'reply') clockWatch.heard(date)
          resolve(answer)
        })
      })
    })
  }

  const clockWatch = watchClock({
    databaseNow: () =>
      database(() => Temporal.Instant.fromEpochMilliseconds(EPOCH + Math.floor(clock.now()))),
    report: async ({ aheadSeconds }) => watch.trace(name, `clock wrong by ${aheadSeconds} s`),
    forget: async () => {},
    askIo: async () => {},
    now,
    monotonic: clock.now,
    log: { warn: () => {} },
  })
  const { isTrusted } = clockWatch
  const wiring = { world, random, name, deliver, database, ask, sleep, now, isTrusted }
  function now(): Temporal.Instant {
    return Temporal.Instant.fromEpochMilliseconds(EPOCH + Math.floor(clock.now()) + offset)
  }
  const ports = portsOf(wiring)

  /** As the daemon does: rounds while there is work, a look now and then when there is none. */
  async function live(): Promise<void> {
    let round = 0
    while (!stopper.signal.aborted) {
      round += 1
      try {
        await sendAccount(world.account, ports, stopper.signal)
        if (round % 5 === 0) await probePaused(probePorts(wiring, ports))
      } catch (error) {
        if (!(error instanceof DatabaseGone)) watch.broke(name, error)
      }
      const due = rows.nextWorkAt(world.tables, world.account.name)
      const wait = due === null ? world.idleMilliseconds() : due - EPOCH - clock.now()
      const bounded = Math.min(Math.max(wait, ROUND_MILLISECONDS), world.idleMilliseconds())
      await sleep(bounded, stopper.signal).catch(() => {})
    }
    isDead = true
  }

  live()
  return {
    name,
    isAlive: () => !isDead,
    kill() {
      isDead = true
    },
    freeze(milliseconds) {
      frozenUntil = clock.now() + milliseconds
    },
    cutDatabase(milliseconds) {
      databaseGoneUntil = clock.now() + milliseconds
    },
    jump(milliseconds) {
      offset = milliseconds
    },
    setClockRight() {
      offset = 0
    },
    stop() {
      if (!isDead) stopper.abort()
    },
  }
}

function saidBy(answer: Reply | Silence): string {
  return answer.kind === 'reply' ? String(answer.status) : answer.reason
}
