// The ports of one simulated process: the store as `tables.ts` keeps it, the log of attempts with
// the real group commit, the lease, IO as the real reader understands it. Each question takes
// virtual time, and a process that is gone hears no answer.
import type { Reply, Silence } from '../../src/io/exchange.ts'
import type { ServiceStates } from '../../src/pipeline/send/heed.ts'
import type { AttemptEnd, AttemptTarget, MessageEnd } from '../../src/pipeline/send/one.ts'
import type { ProbePorts } from '../../src/pipeline/send/probe.ts'
import type { Lease, SendPorts } from '../../src/pipeline/send.ts'
import { trackDue } from '../../src/pipeline/track.ts'
import { createGroupCommit } from '../../src/store/group-commit.ts'
import * as deliveryRows from './delivery-tables.ts'
import * as flowRows from './flow-tables.ts'
import type { IoCall } from './io.ts'
import { ioPort } from './io-port.ts'
import { mappingOf, textHash } from './letters.ts'
import type { NodeWorld } from './node.ts'
import type { Random } from './random.ts'
import * as services from './service-tables.ts'
import * as rows from './tables.ts'
import { everyHour } from './timing.ts'

const LARGEST_COMMIT = 1_000

/** What a process of the simulation lends its ports. */
export interface Wiring {
  world: NodeWorld
  random: Random
  name: string
  deliver(milliseconds: number, arrive: () => void): void
  database<T>(work: () => T): Promise<T>
  ask(call: IoCall): Promise<Reply | Silence>
  sleep: SendPorts['sleep']
  now(): Temporal.Instant
  isTrusted(): Promise<boolean>
}

export function portsOf(wiring: Wiring): SendPorts {
  const { world, name, database, ask, sleep, now } = wiring
  const { tables, settings, broken, clock, watch } = world
  const shared = {
    service: (institution: string, service: string) =>
      world.services.get(`${institution}/${service}`) ?? null,
    services: statesOf(wiring),
    now,
    monotonic: () => clock.now(),
    sleep,
  }
  const io = ioPort(ask)
  const deliveries = {
    due: (account: string, limit: number, at: Temporal.Instant) =>
      database(() => deliveryRows.deliveriesDue(tables, account, limit, at.epochMilliseconds)),
    record: (results: Parameters<typeof deliveryRows.recordDeliveries>[1]) =>
      database(() => deliveryRows.recordDeliveries(tables, results)),
  }
  return {
    ...shared,
    hold: (lease, work) => hold(wiring, lease, work),
    messages: {
      async recover(account, lease, resending) {
        const counts = await database(() => rows.recover(tables, account, lease, resending, broken))
        watch.recovered(name, counts)
        return counts
      },
      async claim(account, lease, limit, at) {
        const due = at.epochMilliseconds
        return database(() => {
          return rows.claim(tables, account, lease, limit, due, clock.now(), broken)
        })
      },
      deferClosed: async () => 0,
    },
    openLog: (account, lease) => openLog(wiring, account, lease),
    flows: {
      sending: (ids) => database(() => flowRows.markSending(tables, ids)),
      closeEnded: (account) => database(() => flowRows.closeEnded(tables, account)),
    },
    io,
    resending: settings.resending,
    mayClaim: wiring.isTrusted,
    mapping: async () => mappingOf,
    timing: everyHour,
    textHash,
    spare: (session, limit) => trackDue(session, limit, { ...shared, deliveries, io }),
    log: { info: (fields, message) => watch.trace(name, `${message} ${JSON.stringify(fields)}`) },
  }
}

/** What is learnt of services, as `src/sending.ts` writes it. */
function statesOf({ world, name, database, now }: Wiring): ServiceStates {
  const { tables, watch } = world
  const at = () => now().epochMilliseconds
  return {
    async pause({ institution, service }, code, _detail, askedAt) {
      watch.trace(name, `pauses ${service} for ${code}`)
      const since = at()
      const asked = askedAt?.epochMilliseconds ?? since
      await database(() => services.pause(tables, { institution, service, code }, since, asked))
    },
    postpone: ({ institution, service }, code) =>
      database(() => services.postpone(tables, { institution, service, code }, at())),
    async resume(service) {
      watch.trace(name, `resumes ${service.service}`)
      await database(() => services.resume(tables, service, at()))
    },
    learn: ({ institution, service }, limit) =>
      database(() => services.learn(tables, { institution, service, ...limit }, at())),
    async lift(service, feature) {
      watch.trace(name, `lifts the ${feature} of ${service.service}`)
      await database(() => services.forget(tables, service, feature))
    },
  }
}

export function probePorts({ world, database }: Wiring, ports: SendPorts): ProbePorts {
  const { tables } = world
  const { service, io, services: states, now } = ports
  return {
    pauses: {
      due: (at) => database(() => services.pausesDue(tables, at.epochMilliseconds)),
      chooseTrial: (institution, service, at) =>
        database(() =>
          services.choosePauseTrial(tables, { institution, service }, at.epochMilliseconds),
        ),
    },
    limits: {
      startTrials: (at) => database(() => services.startLimitTrials(tables, at.epochMilliseconds)),
    },
    services: states,
    service,
    io,
    now,
  }
}

/**
 * As `store/leases.ts`: renewed every quarter, lost when it was not for its whole length by either
 * clock, or when another has it.
 */
async function hold<T>(wiring: Wiring, name: string, work: (lease: Lease) => Promise<T>) {
  const { world, database, deliver, name: owner, now } = wiring
  const { clock, tables } = world
  const length = world.settings.leaseSeconds * 1000
  const startWatch = () => {
    const monotonic = clock.now()
    const wall = now().epochMilliseconds
    return () => Math.max(clock.now() - monotonic, now().epochMilliseconds - wall)
  }
  const lost = new AbortController()
  let elapsed = startWatch()
  const isHeld = () => !lost.signal.aborted && elapsed() < length
  const until = () => clock.now() + length
  const token = await database(() => rows.takeLease(tables, name, owner, until(), clock.now()))
  if (token === null) return null
  const lease = { name, token, lost: lost.signal, isHeld }
  let isOver = false
  function renew(): void {
    if (isOver) return
    const sinceAsked = startWatch()
    if (!isHeld()) lost.abort(new Error('the lease was not renewed in time'))
    const renewal = database(() => rows.renewLease(tables, lease, owner, until()))
    renewal.then(
      (isRenewed) => {
        if (!isRenewed) lost.abort(new Error('another holds the lease'))
        else if (sinceAsked() < elapsed()) elapsed = sinceAsked
      },
      () => {},
    )
    deliver(length / 4, renew)
  }
  deliver(length / 4, renew)
  try {
    return await work(lease)
  } finally {
    isOver = true
    await database(() => rows.releaseLease(tables, lease)).catch(() => {})
  }
}

function openLog(wiring: Wiring, _account: string, lease: Lease) {
  const { world, database, deliver, random } = wiring
  const { tables, journal, broken, clock } = world
  const insert = createGroupCommit(
    (targets: AttemptTarget[]) =>
      database(() => rows.begin(tables, targets, lease, clock.now(), broken)),
    LARGEST_COMMIT,
  )
  const append = createGroupCommit(
    (ids: number[]) =>
      new Promise<undefined[]>((resolve) => {
        for (const id of ids) journal.add(id)
        deliver(1 + random.share() * 5, () => resolve(ids.map(() => undefined)))
      }),
    LARGEST_COMMIT,
  )
  const flush = <T>(work: (items: T[]) => void) =>
    createGroupCommit(
      (items: T[]) => database(() => work(items)).then(() => items.map(() => undefined)),
      LARGEST_COMMIT,
    )
  return {
    async begin(target: AttemptTarget) {
      const inserted = insert(target)
      if (broken.isHasty) {
        inserted.catch(() => {})
        return tables.attempts.length + 1
      }
      const attemptId = await inserted
      if (attemptId !== null) await append(attemptId)
      return attemptId
    },
    finish: flush((ends: AttemptEnd[]) => rows.finish(tables, ends, lease)),
    end: flush((ends: MessageEnd[]) => rows.endClaimed(tables, ends, lease)),
  }
}
