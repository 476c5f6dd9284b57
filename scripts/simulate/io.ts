// IO in the simulation: the sandbox's own gateway and functions, called without a network, and the
// network around them, which delays, refuses, cuts and garbles by what is drawn.
// Its list of acceptances is the truth that a life is judged by, whatever the sender was told.

import type { Reply, Silence } from '../../src/io/exchange.ts'
import { wrongPath } from '../../src/sandbox/answers.ts'
import { createGateway, type SandboxCalls } from '../../src/sandbox/gateway.ts'
import { createPopulation, type PopulationShares } from '../../src/sandbox/population.ts'
import { callerOf, type SandboxService, type Services } from '../../src/sandbox/services.ts'
import { createWorld } from '../../src/sandbox/world.ts'
import type { Random } from './random.ts'

export interface IoCall {
  method: 'GET' | 'POST'
  path: string
  key: string
  body: string
}

/** How often calls go wrong, each between 0 and 1. */
export interface Weather {
  limited: number
  failing: number
  cut: number
  refused: number
  odd: number
  slow: number
}

export const fairWeather: Weather = {
  limited: 0,
  failing: 0,
  cut: 0,
  refused: 0,
  odd: 0,
  slow: 0,
}

/** What the network and IO make of one call. */
export interface Course {
  thereMilliseconds: number
  backMilliseconds: number
  /** Whether IO handles it, whatever is answered. */
  isProcessed: boolean
  /** Said instead of IO's answer. */
  instead: Reply | Silence | null
}

export interface Acceptance {
  id: string
  subject: string
  atMilliseconds: number
}

export interface SimulatedIo {
  courseOf(call: IoCall, weather: Weather): Course
  /** IO's answer, at the moment of arrival. */
  process(call: IoCall): Reply
  truth: Acceptance[]
  calls: SandboxCalls
  /** Faults that were drawn. */
  faults(): number
  /** A submission leaves, or has its answer. */
  underWay(change: 1 | -1): void
  /** The most submissions under way at once. */
  inFlightMax(): number
  /** What a key may do from now on; null: it is refused. */
  setKey(key: string, service: SandboxService | null): void
  /** The base URL leads elsewhere. */
  setMoved(isMoved: boolean): void
}

export interface IoSettings {
  seed: number
  callsPerWindow: number
  windowSeconds: number
  timeoutSeconds: number
  /** Shares of the messages that are never processed, or fail. */
  stuckShare: number
  failedShare: number
  population?: Partial<PopulationShares>
  now(): number
}

const processingMilliseconds = 2_000

export function createIo(settings: IoSettings, random: Random): SimulatedIo {
  const keys = new Map<string, SandboxService>()
  const services: Services = {
    findCaller: (key) => {
      const service = keys.get(key)
      return service === undefined ? null : callerOf(service)
    },
    isSpecial: () => false,
  }
  const population = createPopulation(settings.seed, settings.population ?? {}, settings.now, [])
  const { world } = createWorld({
    ...settings,
    population,
    services,
    paid: new Set(),
    configurations: {},
    processingDelayMilliseconds: processingMilliseconds,
    settlingMilliseconds: 0,
    findProfileInstead: () => null,
  })
  const calls: SandboxCalls = { total: 0, profile: 0, submit: 0, status: 0, limited: 0 }
  const gateway = createGateway(() => world, calls)
  const truth: Acceptance[] = []
  let isMoved = false
  let faults = 0
  let inFlight = 0
  let inFlightMax = 0

  function drawFault(call: IoCall, weather: Weather): Partial<Course> | null {
    if (random.isBelow(weather.refused)) return { isProcessed: false, instead: refused }
    if (random.isBelow(weather.cut)) return drawCut(random, settings.timeoutSeconds)
    if (random.isBelow(weather.limited)) return { isProcessed: false, instead: drawLimit(random) }
    if (random.isBelow(weather.failing)) {
      return { isProcessed: random.isBelow(0.5), instead: drawFailure(random) }
    }
    if (random.isBelow(weather.odd)) return drawOdd(random, call)
    if (random.isBelow(weather.slow)) return { backMilliseconds: random.between(1_000, 20_000) }
    return null
  }

  return {
    truth,
    calls,
    faults: () => faults,
    inFlightMax: () => inFlightMax,
    underWay(change) {
      inFlight += change
      inFlightMax = Math.max(inFlightMax, inFlight)
    },
    courseOf(call, weather) {
      const fault = drawFault(call, weather)
      if (fault !== null) faults += 1
      return {
        thereMilliseconds: random.between(1, 40),
        backMilliseconds: random.between(1, 40),
        isProcessed: true,
        instead: null,
        ...fault,
      }
    },
    process(call) {
      if (isMoved) return replyOf(wrongPath.status, wrongPath.body)
      const number = calls.total + 1
      const { answer, rateRemaining } = gateway({ ...call, number, address: '192.0.2.1' })
      if (answer.status === 201) truth.push(acceptanceOf(call, answer.body, settings.now()))
      return replyOf(answer.status, answer.body, {
        ...(rateRemaining === null ? {} : { 'x-rate-limit-remaining': String(rateRemaining) }),
        ...(answer.retryAfterSeconds === undefined
          ? {}
          : { 'x-rate-limit-retry-after': String(answer.retryAfterSeconds) }),
      })
    },
    setKey(key, service) {
      if (service === null) keys.delete(key)
      else keys.set(key, service)
    },
    setMoved(next) {
      isMoved = next
    },
  }
}

function replyOf(status: number, body: string | null, headers: Record<string, string> = {}): Reply {
  return { kind: 'reply', status, headers, body }
}

function acceptanceOf(call: IoCall, answer: string, atMilliseconds: number): Acceptance {
  const { id } = JSON.parse(answer) as { id: string }
  const { content } = JSON.parse(call.body) as { content: { subject: string } }
  return { id, subject: content.subject, atMilliseconds }
}

const refused: Silence = { kind: 'silence', left: false, reason: 'ECONNREFUSED' }

/** The answer is lost, at once or after a long silence; IO may have handled the call. */
function drawCut(random: Random, timeoutSeconds: number): Partial<Course> {
  const hangs = random.isBelow(0.3)
  return {
    isProcessed: random.isBelow(0.5),
    instead: { kind: 'silence', left: true, reason: hangs ? 'DEADLINE' : 'ECONNRESET' },
    ...(hangs ? { backMilliseconds: timeoutSeconds * 1000 } : {}),
  }
}

function drawLimit(random: Random): Reply {
  const seconds = String(random.between(1, 20))
  const headers = random.pick<Record<string, string>>([
    { 'x-rate-limit-retry-after': seconds },
    { 'retry-after': seconds },
    {},
  ])
  return replyOf(429, '{"statusCode":429,"message":"Rate limit is exceeded."}', headers)
}

function drawFailure(random: Random): Reply {
  const status = random.pick([500, 502, 503, 504])
  const problem = JSON.stringify({ status, title: 'Internal server error', detail: 'no reason' })
  return replyOf(status, random.pick([problem, '<html>bad gateway</html>', '']))
}

/** Answers that no contract foresees. Those to a submit hide that it was accepted. */
function drawOdd(random: Random, { path }: IoCall): Partial<Course> {
  const isSubmit = path === '/messages'
  const replies = [
    replyOf(isSubmit ? 201 : 200, '{}'),
    replyOf(isSubmit ? 201 : 200, '{"id":'),
    replyOf(200, '<html>please log in</html>', { 'content-type': 'text/html' }),
    replyOf(302, '', { location: 'https://elsewhere.example/' }),
    replyOf(isSubmit ? 201 : 200, null),
    replyOf(418, 'teapot'),
  ]
  return { isProcessed: isSubmit && random.isBelow(0.5), instead: random.pick(replies) }
}
