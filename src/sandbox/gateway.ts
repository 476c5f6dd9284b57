// The gateway of the sandbox: key, rate limit, path, and then the function that answers.
// Its own refusals have another format than those of the functions, as on IO.
import { readJsonBody } from '../domain/json-body.ts'
import { answerActivation } from './activations.ts'
import {
  internalError,
  invalidCertificate,
  invalidKey,
  missingFunctionsKey,
  missingKey,
  type SandboxAnswer,
  tooManyCalls,
  wrongPath,
} from './answers.ts'
import { answerCreate } from './create-message.ts'
import { answerStatus } from './message-status.ts'
import { answerProfileInBody, answerProfileInPath } from './profiles.ts'
import { createRateWindow, type RateWindow } from './rate-window.ts'
import type { Caller } from './services.ts'
import { answerFeed } from './subscriptions-feed.ts'
import type { Rate, World } from './world.ts'

export const basePath = '/api/v1'

export interface SandboxCall {
  /** 1 for the first call. */
  number: number
  method: string
  /** Below the base path: `/profiles`; empty when it is not below. */
  path: string
  key: string
  body: string
  /** Of whoever called. */
  address: string
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

export type Endpoint = 'profile' | 'submit' | 'status' | 'feed' | 'activation'

export interface GatewayAnswer {
  answer: SandboxAnswer
  /** For `x-rate-limit-remaining`; null without an account or a limit. */
  rateRemaining: number | null
}

/** `worldNow` gives the world of each call: a scenario may be loaded between two. */
export function createGateway(
  worldNow: () => World,
  calls: SandboxCalls,
): (call: SandboxCall) => GatewayAnswer {
  const windowOf = createLimiter()
  return (call) => {
    const world = worldNow()
    calls.total += 1
    if (call.key === '') return { answer: missingKey, rateRemaining: null }
    const caller = world.findCaller(call.key)
    if (caller === null) return { answer: invalidKey, rateRemaining: null }
    const rate = world.rateOf(caller)
    const verdict = rate?.isOff ? null : windowOf(caller.account, rate)?.take(world.now())
    const rateRemaining = verdict?.remaining ?? rate?.calls ?? null
    if (verdict?.allowed === false) {
      calls.limited += 1
      return { answer: tooManyCalls(verdict.retryAfterSeconds), rateRemaining }
    }
    if (caller.groups.has('ApiAuthenticationClientCertificate')) {
      return { answer: invalidCertificate, rateRemaining }
    }
    if (caller.missingHeaders.has('x-functions-key')) {
      return { answer: missingFunctionsKey, rateRemaining }
    }
    return { answer: answerOf(() => route(caller, call, world, calls)), rateRemaining }
  }
}

/** Which function a call is for, whatever its key; null: none. */
export function endpointOf(method: string, path: string): Endpoint | null {
  const [, collection, code = '', id = '', more] = path.split('/')
  if (more !== undefined) return null
  if (collection === 'messages') {
    if (method === 'POST') return id === '' ? 'submit' : null
    return method === 'GET' && id !== '' ? 'status' : null
  }
  if (id !== '') return null
  if (collection === 'profiles') {
    return method === (code === '' ? 'POST' : 'GET') ? 'profile' : null
  }
  if (collection === 'activations') {
    return code === '' && (method === 'POST' || method === 'PUT') ? 'activation' : null
  }
  return collection === 'subscriptions-feed' && code !== '' && method === 'GET' ? 'feed' : null
}

function route(
  caller: Caller,
  call: SandboxCall,
  world: World,
  calls: SandboxCalls,
): SandboxAnswer {
  const { method, address } = call
  const endpoint = endpointOf(method, call.path)
  if (endpoint === null) return wrongPath
  const [, , code = '', id = ''] = call.path.split('/').map(decoded)
  if (endpoint === 'feed') return answerFeed(caller, code, address, world)
  if (endpoint === 'status') {
    calls.status += 1
    return answerStatus(caller, code, id, address, world)
  }
  if (endpoint === 'profile') {
    calls.profile += 1
    if (method === 'GET') return answerProfileInPath(caller, code, address, world)
    return withPayload(call.body, (body) => answerProfileInBody(caller, body, address, world))
  }
  if (endpoint === 'submit') {
    calls.submit += 1
    const pathCode = code === '' ? null : code
    return withPayload(call.body, (body) => answerCreate(caller, pathCode, body, address, world))
  }
  const verb = method === 'PUT' ? 'PUT' : 'POST'
  return withPayload(call.body, (body) =>
    answerActivation(caller, verb, body, address, world.activations),
  )
}

/** What a function of IO throws is its 500: values nested too deep to be echoed, for one. */
function answerOf(answer: () => SandboxAnswer): SandboxAnswer {
  try {
    return answer()
  } catch (error) {
    return internalError((error as Error).message)
  }
}

/** Malformed JSON stops a call before every check. */
function withPayload(body: string, answer: (payload: unknown) => SandboxAnswer): SandboxAnswer {
  const read = readJsonBody(body)
  return 'fault' in read ? internalError(read.fault) : answer(read.payload)
}

function decoded(part: string): string {
  if (!part.includes('%')) return part
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Windows kept; there are as many as accounts, and a few more where scenarios change the rate. */
const maximumWindows = 10_000

/** The window of an account at a rate, or null without a limit. */
function createLimiter(): (account: string, rate: Rate | null) => RateWindow | null {
  const windows = new Map<string, RateWindow>()
  return (account, rate) => {
    if (rate === null) return null
    const name = `${rate.calls}/${rate.seconds} ${account}`
    const known = windows.get(name)
    if (known !== undefined) return known
    if (windows.size === maximumWindows) windows.clear()
    const fresh = createRateWindow(rate.calls, rate.seconds)
    windows.set(name, fresh)
    return fresh
  }
}
