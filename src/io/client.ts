// IO as Staffetta uses it: profiles, submits, statuses, days of the subscriptions feed. Every
// answer is a value.
// Here the mode of a service is enforced: what may not be addressed cannot be made into a request.
// Invariant: a call makes at most one request, and none before its recipient was found allowed.
import { type NewMessage, payloadFaults } from '../domain/new-message.ts'
import type { Deferred, Outcome } from '../domain/outcome.ts'
import type { SendService } from '../pipeline/send/one.ts'
import type { FeedAnswer } from '../pipeline/send/subscriptions.ts'
import {
  type ProfileAnswer,
  readProfile,
  readStatus,
  readSubmit,
  type StatusAnswer,
  type SubmitAnswer,
} from './answer.ts'
import { createExchanger, type ExchangeOptions, type OutgoingRequest } from './exchange.ts'
import { FEED_BODY_LIMIT_BYTES, feedPath, readFeed } from './subscriptions.ts'

export type { ExchangeOptions as IoClientOptions } from './exchange.ts'

/** A service as the stages name it: its key, mode and testers come along with every call. */
export type IoService = SendService

export interface IoClient {
  /** Whether the service may write to this citizen now. To be asked before each submit. */
  profile(service: IoService, fiscalCode: string): Promise<ProfileAnswer>
  /** Sends one message. A payload that IO would refuse is rejected without a call. */
  submit(service: IoService, message: NewMessage): Promise<SubmitAnswer>
  /** What became of a message; only the service that sent it may ask. */
  status(service: IoService, fiscalCode: string, ioId: string): Promise<StatusAnswer>
  /**
   * Who can be written to since that day of UTC, who no longer. It addresses nobody, so that
   * every mode but `dry-run`, which calls nothing, may ask.
   */
  subscriptions(service: IoService, day: Temporal.PlainDate): Promise<FeedAnswer>
  /**
   * Whether IO knows the key and lets it ask for profiles. It names nobody, so that every mode may
   * ask; it is for people who check a configuration. Null: it does. Else why not.
   */
  tryKey(service: IoService): Promise<Deferred | null>
  /** Asks for nothing, with no key: any answer tells IO's time to whoever hears its `Date`. */
  askTime(baseUrl: string): Promise<void>
  close(): Promise<void>
}

/** Thrown before anything is opened when the mode forbids a call: a fault of the caller. */
export class NotAllowedByModeError extends Error {
  readonly code = 'IO_MODE'

  constructor(service: IoService) {
    super(`the service ${service.service} is in mode ${service.mode}: this call to IO is forbidden`)
    this.name = 'NotAllowedByModeError'
  }
}

/** Nothing of the network throws; `NotAllowedByModeError` does. */
export function createIoClient(options: ExchangeOptions): IoClient {
  const { exchange, close } = createExchanger(options)
  const places = new Map<string, Place>()

  const request = (service: IoService, call: Call): OutgoingRequest | null => {
    const key = findKey(service)
    if (key === null) return null
    const place = places.get(service.baseUrl) ?? placeOf(service.baseUrl)
    places.set(service.baseUrl, place)
    return requestOf(place, key, call)
  }

  return {
    async profile(service, fiscalCode) {
      const outgoing = request(service, profileCall(address(service, fiscalCode)))
      if (outgoing === null) return { allowed: false, outcome: keyMissing, rateRemaining: null }
      const answer = readProfile(await exchange(outgoing))
      if (answer.allowed) return answer
      return { ...answer, outcome: ofKeyNow(answer.outcome, service, outgoing) }
    },

    async submit(service, message) {
      const addressee = address(service, message.fiscal_code)
      const faults = payloadFaults(message)
      if (faults.length > 0) {
        const detail = faults.map(({ path, expected }) => `${path} is not a ${expected}`).join('; ')
        const outcome = { kind: 'rejected', code: 'IO_PAYLOAD', detail } as const
        return { outcome, httpStatus: null, rateRemaining: null }
      }
      const outgoing = request(service, submitCall(addressee, message))
      if (outgoing === null) return { outcome: keyMissing, httpStatus: null, rateRemaining: null }
      const answer = readSubmit(await exchange(outgoing), message)
      return { ...answer, outcome: ofKeyNow(answer.outcome, service, outgoing) }
    },

    async status(service, fiscalCode, ioId) {
      const outgoing = request(service, statusCall(address(service, fiscalCode), ioId))
      if (outgoing === null) return { deferred: keyMissing, rateRemaining: null }
      const answer = readStatus(await exchange(outgoing))
      if (!('deferred' in answer)) return answer
      return { ...answer, deferred: ofKeyNow(answer.deferred, service, outgoing) }
    },

    async subscriptions(service, day) {
      if (service.mode === 'dry-run') throw new NotAllowedByModeError(service)
      const outgoing = request(service, { method: 'GET', path: feedPath(day), body: null })
      if (outgoing === null) return { kind: 'deferred', deferred: keyMissing, rateRemaining: null }
      const bodyLimitBytes = FEED_BODY_LIMIT_BYTES
      return readFeed(await exchange({ ...outgoing, bodyLimitBytes }), day)
    },

    async tryKey(service) {
      const outgoing = request(service, { method: 'POST', path: '/profiles', body: '{}' })
      if (outgoing === null) return keyMissing
      const answer = readProfile(await exchange(outgoing))
      return !answer.allowed && answer.outcome.kind === 'deferred' ? answer.outcome : null
    },

    async askTime(baseUrl) {
      const { origin, prefix } = placeOf(baseUrl)
      const headers = ['accept', 'application/json']
      await exchange({ origin, path: `${prefix}/`, method: 'GET', headers, body: null })
    },

    close,
  }
}

type Call = Pick<OutgoingRequest, 'method' | 'path' | 'body'>

/** A base URL taken apart once: there are as many as configured, and parsing costs. */
interface Place {
  origin: string
  prefix: string
}

function placeOf(baseUrl: string): Place {
  const { origin, pathname } = new URL(baseUrl)
  return { origin, prefix: pathname.replace(/\/+$/, '') }
}

function requestOf(place: Place, key: string, call: Call): OutgoingRequest {
  const headers = ['ocp-apim-subscription-key', key, 'accept', 'application/json']
  if (call.body !== null) headers.push('content-type', 'application/json')
  return { origin: place.origin, ...call, path: place.prefix + call.path, headers }
}

/** Soon enough for a person who waits for the new key, and rare enough for IO. */
const NEW_KEY_RETRY_SECONDS = 5

/** A refusal of a key that was replaced while the call was under way pauses nothing. */
function ofKeyNow<T extends Outcome>(
  outcome: T,
  service: IoService,
  { headers }: OutgoingRequest,
): T {
  if (outcome.kind !== 'deferred' || outcome.code !== 'IO_KEY') return outcome
  if (headers.includes(findKey(service) ?? '')) return outcome
  return { ...outcome, scope: 'message', retryAfterSeconds: NEW_KEY_RETRY_SECONDS }
}

const allowed: unique symbol = Symbol('allowed')

/**
 * A citizen whom the mode of the service lets be named. `address` alone makes one, and every call
 * that names a citizen is built from one: to anybody else it cannot be built.
 */
interface Addressee {
  fiscalCode: string
  [allowed]: true
}

function address(service: IoService, fiscalCode: string): Addressee {
  const { mode, testers } = service
  if (mode === 'live' || (mode === 'testers' && testers.has(fiscalCode))) {
    return { fiscalCode, [allowed]: true }
  }
  throw new NotAllowedByModeError(service)
}

function profileCall({ fiscalCode }: Addressee): Call {
  return { method: 'POST', path: '/profiles', body: JSON.stringify({ fiscal_code: fiscalCode }) }
}

function submitCall({ fiscalCode }: Addressee, message: NewMessage): Call {
  const body = JSON.stringify({ ...message, fiscal_code: fiscalCode })
  return { method: 'POST', path: '/messages', body }
}

function statusCall({ fiscalCode }: Addressee, ioId: string): Call {
  const path = `/messages/${encodeURIComponent(fiscalCode)}/${encodeURIComponent(ioId)}`
  return { method: 'GET', path, body: null }
}

/** The key, or null when it cannot be read or cannot stand in a header. */
function findKey(service: IoService): string | null {
  try {
    const key = service.key.reveal()
    return /^[\x21-\x7e]{1,200}$/.test(key) ? key : null
  } catch {
    return null
  }
}

const keyMissing: Deferred = {
  kind: 'deferred',
  code: 'IO_KEY',
  detail: 'the key of the service cannot be read, or is not one line of plain characters',
  scope: 'service',
  retryAfterSeconds: null,
  counts: false,
}
