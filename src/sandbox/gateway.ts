// The gateway of the sandbox: key, rate limit, path, and then the function that answers.
// Its own refusals have another format than those of the functions, as on IO.
import {
  invalidKey,
  missingKey,
  type SandboxAnswer,
  tooManyCalls,
  unreadableBody,
  wrongPath,
} from './answers.ts'
import { answerCreate, type CreateContext } from './create-message.ts'
import { answerStatus, type StatusContext } from './message-status.ts'
import type { Population } from './population.ts'
import { answerProfileInBody, answerProfileInPath } from './profiles.ts'
import { createRateWindow, type RateWindow } from './rate-window.ts'
import type { Caller } from './services.ts'

export const basePath = '/api/v1'

export interface SandboxCall {
  /** 1 for the first call. */
  number: number
  method: string
  /** Below the base path: `/profiles`; empty when it is not below. */
  path: string
  key: string
  body: string
}

/** What was asked, as far as it came through the gateway. */
export interface SandboxCalls {
  total: number
  profile: number
  submit: number
  status: number
  /** Answered 429. */
  limited: number
}

export interface GatewayOptions extends CreateContext, StatusContext {
  population: Population
  findCaller(key: string): Caller | null
  callsPerWindow: number
  windowSeconds: number
  now(): number
  calls: SandboxCalls
}

export interface GatewayAnswer {
  answer: SandboxAnswer
  /** For `x-rate-limit-remaining`; null without an account or a limit. */
  rateRemaining: number | null
}

export function createGateway(options: GatewayOptions): (call: SandboxCall) => GatewayAnswer {
  const windowOf = createLimiter(options.callsPerWindow, options.windowSeconds)
  return (call) => {
    options.calls.total += 1
    if (call.key === '') return { answer: missingKey, rateRemaining: null }
    const caller = options.findCaller(call.key)
    if (caller === null) return { answer: invalidKey, rateRemaining: null }
    const verdict = windowOf(caller.account)?.take(options.now())
    const rateRemaining = verdict?.remaining ?? null
    if (verdict?.allowed === false) {
      options.calls.limited += 1
      return { answer: tooManyCalls(verdict.retryAfterSeconds), rateRemaining }
    }
    return { answer: route(caller, call, options), rateRemaining }
  }
}

function route(caller: Caller, call: SandboxCall, options: GatewayOptions): SandboxAnswer {
  const { calls, population } = options
  const [, collection, code, id, more] = call.path.split('/')
  if (more !== undefined) return wrongPath
  if (call.method === 'POST' && collection === 'messages' && id === undefined) {
    calls.submit += 1
    return withPayload(call.body, (payload) => answerCreate(caller, code ?? null, payload, options))
  }
  if (call.method === 'POST' && collection === 'profiles' && code === undefined) {
    calls.profile += 1
    return withPayload(call.body, (payload) => answerProfileInBody(caller, payload, population))
  }
  if (call.method !== 'GET' || code === undefined) return wrongPath
  if (collection === 'profiles' && id === undefined) {
    calls.profile += 1
    return answerProfileInPath(caller, code, population)
  }
  if (collection !== 'messages' || id === undefined) return wrongPath
  calls.status += 1
  return answerStatus(caller, code, id, options)
}

/** Malformed JSON never reaches a function; an empty body is an empty object. */
function withPayload(body: string, answer: (payload: unknown) => SandboxAnswer): SandboxAnswer {
  let payload: unknown = {}
  try {
    if (body !== '') payload = JSON.parse(body)
  } catch (error) {
    return unreadableBody((error as Error).message)
  }
  return answer(payload)
}

/** The window of an account, or null without a limit. There are at most as many as services. */
function createLimiter(
  calls: number,
  windowSeconds: number,
): (account: string) => RateWindow | null {
  const windows = new Map<string, RateWindow>()
  return (account) => {
    if (calls === 0) return null
    const known = windows.get(account)
    if (known !== undefined) return known
    const fresh = createRateWindow(calls, windowSeconds)
    windows.set(account, fresh)
    return fresh
  }
}
