// The sandbox: app IO's service side on a loopback port, as faithful as its sources allow.
// Here are its HTTP server and the switches for tests; gateway and functions stand beside it.
// Invariant: the same seed, clock and calls give the same answers; nothing else is random.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Switches } from './control.ts'
import type { SandboxFault } from './fault.ts'
import { noFaults } from './fault-plan.ts'
import { basePath, createGateway, type SandboxCall, type SandboxCalls } from './gateway.ts'
import { listenToCalls } from './listener.ts'
import type { AcceptedMessage, MessageStatus } from './messages.ts'
import { type Citizen, createPopulation, type PopulationShares } from './population.ts'
import { readPopulationFile } from './population-file.ts'
import type { Scenario } from './scenario.ts'
import { scenarioWorld } from './scenario-world.ts'
import { createServices, type SandboxService } from './services.ts'
import { createWorld, type World } from './world.ts'

export interface SandboxOptions {
  /** 0, the default, takes a free one. */
  port?: number
  /** For each account; 150 by default, 0 is no limit (and no `x-rate-limit-remaining`). */
  callsPerWindow?: number
  windowSeconds?: number
  /** Key → service. */
  keys?: Readonly<Record<string, SandboxService>>
  /** Any other key that is not empty becomes a service of its own, on the account `sandbox`. */
  anyKey?: boolean
  seed?: number
  population?: Partial<PopulationShares>
  /** Citizens of one's own, in CSV or YAML; those not in it are made up. */
  populationFile?: string | null
  /** Between the 201 and the end of processing; 1,000 by default. */
  processingDelayMilliseconds?: number
  /** Between content, PROCESSED and the end of pending, which IO writes one after the other. */
  settlingMilliseconds?: number
  /** Shares of the messages that are never processed, or fail; 0 by default. */
  stuckShare?: number
  failedShare?: number
  /** Remote-content configurations: id → owning account. */
  configurations?: Readonly<Record<string, string>>
  /** Epoch milliseconds; the system's clock by default. */
  now?: () => number
  /** Asked about every call before anything else happens to it. */
  fault?: (call: SandboxCall) => SandboxFault | null
}

export interface Sandbox {
  /** The base URL for a service: `http://127.0.0.1:PORT/api/v1`. */
  url: string
  port: number
  /** Closes every connection and the port. */
  stop(): Promise<void>
  truth: SandboxTruth
  /** Makes a citizen as stated from now on; messages already due keep their end. */
  stateCitizen(fiscalCode: string, citizen: Partial<Citizen>): void
  /** pagoPA knows this notice as paid from now on. */
  pay(noticeNumber: string): void
  /** Ends one message otherwise: `ACCEPTED` is stuck for ever. */
  forceStatus(id: string, status: MessageStatus): void
}

/** What IO really did, whatever the callers were told. */
export interface SandboxTruth {
  /** Messages accepted with a 201, told or not. */
  acceptedCount(): number
  accepted(): IterableIterator<AcceptedMessage>
  /** How often each was accepted, by `FISCALCODE NOTICENUMBER`; without a notice, content hash. */
  acceptedCounts(): Map<string, number>
  calls: Readonly<SandboxCalls>
}

/** Longer than clients keep an idle connection, so that none is closed under a request. */
const keepAliveMilliseconds = 60_000

/** Throws `ShapeError` for a malformed population file, and says which port is in use. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { seed = 1, now: ownNow = Date.now } = options
  let plan = noFaults
  let scenario: World | null = null
  const now = () => ownNow() + plan.clockOffsetMilliseconds
  const stated = await readPopulationFile(options.populationFile ?? null)
  const population = createPopulation(seed, options.population ?? {}, now, stated)
  const paid = new Set<string>()
  const { world, messages } = createWorld({
    seed,
    population,
    paid,
    now,
    services: createServices(options.keys ?? {}, options.anyKey ?? false),
    configurations: options.configurations ?? {},
    processingDelayMilliseconds: options.processingDelayMilliseconds ?? 1_000,
    settlingMilliseconds: options.settlingMilliseconds ?? 0,
    stuckShare: options.stuckShare ?? 0,
    failedShare: options.failedShare ?? 0,
    callsPerWindow: options.callsPerWindow ?? 150,
    windowSeconds: options.windowSeconds ?? 5,
    findProfileInstead: () => scenario?.findProfile ?? null,
  })
  const calls: SandboxCalls = { total: 0, profile: 0, submit: 0, status: 0, limited: 0 }
  const switches: Switches = {
    // What was due before ends as the citizens stood then.
    loadScenario(loaded: Scenario | null) {
      messages.settle()
      scenario = loaded === null ? null : scenarioWorld(loaded, world)
    },
    loadFaults(loaded) {
      plan = loaded
    },
    accepted: messages.all,
  }
  const answer = createGateway(() => scenario ?? world, calls)
  const faultOf = (call: SandboxCall) => options.fault?.(call) ?? plan.faultOf(call)
  const dateNow = () => (plan.clockOffsetMilliseconds === 0 ? null : new Date(now()))
  const server = createServer(listenToCalls(answer, faultOf, switches, dateNow))
  server.keepAliveTimeout = keepAliveMilliseconds
  const port = await listen(server, options.port ?? 0)

  return {
    url: `http://127.0.0.1:${port}${basePath}`,
    port,
    stop: () => stop(server),
    truth: {
      acceptedCount: messages.count,
      accepted: messages.all,
      acceptedCounts: () => countSubjects(messages.all()),
      calls,
    },
    stateCitizen(fiscalCode, citizen) {
      messages.settle()
      population.state(fiscalCode, citizen)
    },
    pay(noticeNumber) {
      paid.add(noticeNumber)
    },
    forceStatus: messages.force,
  }
}

function countSubjects(messages: Iterable<AcceptedMessage>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { fiscalCode, noticeNumber, contentHash } of messages) {
    const subject = `${fiscalCode} ${noticeNumber ?? contentHash.toString(16)}`
    counts.set(subject, (counts.get(subject) ?? 0) + 1)
  }
  return counts
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE'
      reject(isTaken ? new Error(`port ${port} of 127.0.0.1 is in use`, { cause }) : cause)
    })
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
