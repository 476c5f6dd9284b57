// IO as Staffetta uses it: ask a profile, submit a message, ask a status. Every answer is a value.
// Here the mode of a service is enforced: what may not be addressed cannot be made into a request.
// Invariant: a call makes at most one request, and none before its recipient was found allowed.
import { type NewMessage, payloadFaults } from '../domain/new-message.ts'
import type { Deferred } from '../domain/outcome.ts'
import type { SendService } from '../pipeline/send/one.ts'
import {
  type ProfileAnswer,
  readProfile,
  readStatus,
  readSubmit,
  type StatusAnswer,
  type SubmitAnswer,
} from './answer.ts'
import { createExchanger, type ExchangeOptions, type OutgoingRequest } from './exchange.ts'

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

  const request = (service: IoService, fiscalCode: string, call: Call): OutgoingRequest | null => {
    assertAllowed(service, fiscalCode)
    const key = findKey(service)
    if (key === null) return null
    const place = places.get(service.baseUrl) ?? placeOf(service.baseUrl)
    places.set(service.baseUrl, place)
    return requestOf(place, key, call)
  }

  return {
    async profile(service, fiscalCode) {
      const body = JSON.stringify({ fiscal_code: fiscalCode })
      const outgoing = request(service, fiscalCode, { method: 'POST', path: '/profiles', body })
      if (outgoing === null) return { allowed: false, outcome: keyMissing, rateRemaining: null }
      return readProfile(await exchange(outgoing))
    },

    async submit(service, message) {
      assertAllowed(service, message.fiscal_code)
      const faults = payloadFaults(message)
      if (faults.length > 0) {
        const detail = faults.map(({ path, expected }) => `${path} is not a ${expected}`).join('; ')
        const outcome = { kind: 'rejected', code: 'IO_PAYLOAD', detail } as const
        return { outcome, httpStatus: null, rateRemaining: null }
      }
      const outgoing = request(service, message.fiscal_code, {
        method: 'POST',
        path: '/messages',
        body: JSON.stringify(message),
      })
      if (outgoing === null) return { outcome: keyMissing, httpStatus: null, rateRemaining: null }
      return readSubmit(await exchange(outgoing), message)
    },

    async status(service, fiscalCode, ioId) {
      const path = `/messages/${encodeURIComponent(fiscalCode)}/${encodeURIComponent(ioId)}`
      const outgoing = request(service, fiscalCode, { method: 'GET', path, body: null })
      if (outgoing === null) return { deferred: keyMissing, rateRemaining: null }
      return readStatus(await exchange(outgoing))
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

function assertAllowed(service: IoService, fiscalCode: string): void {
  if (service.mode === 'live') return
  if (service.mode === 'testers' && service.testers.has(fiscalCode)) return
  throw new NotAllowedByModeError(service)
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
