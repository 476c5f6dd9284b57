// What the functions of the sandbox ask about the world around them: who calls, who the citizens
// are, what was sent, what other systems answer. A scenario lays another world over this one.
import type { NewMessage } from '../domain/new-message.ts'
import { type Activations, createActivations, isActivated } from './activations.ts'
import { shareOf } from './hash.ts'
import { createMessages, type FoundMessage, type Messages } from './messages.ts'
import type { Population, Profile } from './population.ts'
import type { Caller, Services } from './services.ts'
import type { Changes } from './subscriptions-feed.ts'

export interface World {
  now(): number
  findCaller(key: string): Caller | null
  /** Calls in so many seconds; null: no limit. */
  rateOf(caller: Caller): Rate | null
  /** May the service of this id write to the citizen? Null: no profile. */
  findProfile(fiscalCode: string, service: string): Profile | null
  activations: Activations
  findConfiguration(id: string): FoundConfiguration
  /** The id of the message, or null when no more can be kept. */
  accept(caller: Caller, fiscalCode: string, message: NewMessage): string | null
  findMessage(fiscalCode: string, id: string): StoredMessage | null
  /** Null: IO cannot find out, which is an error. */
  sharesReadStatus(message: StoredMessage): boolean | null
  askPagoPa(payment: StoredPayment, message: StoredMessage): PagoPaAnswer
  changesOn(date: string, service: string): Changes
}

export interface Rate {
  calls: number
  seconds: number
  /** Told in the answers and not counted. */
  isOff?: boolean
}

/** What the lookup of a remote-content configuration gives: 0 is no answer at all. */
export interface FoundConfiguration {
  httpStatus: number
  /** With 200: the account that owns it. */
  owner: string
}

/** A message as IO finds it again. */
export interface StoredMessage {
  id: string
  fiscalCode: string
  service: string
  /** Epoch milliseconds. */
  acceptedAt: number
  timeToLiveSeconds: number
  featureLevelType: string
  /** Null until it is stored. */
  content: object | null
  status: string
  isPending: boolean
  isRead: boolean
}

export interface StoredPayment {
  payee: string
  noticeNumber: string
}

/** Status 0 is no answer in time; `title` then is what went wrong. */
export interface PagoPaAnswer {
  httpStatus: number
  title: string
  isPaid: boolean
}

export interface WorldOptions {
  seed: number
  population: Population
  services: Services
  processingDelayMilliseconds: number
  settlingMilliseconds: number
  stuckShare: number
  failedShare: number
  /** Remote-content configurations: id → owning account. */
  configurations: Readonly<Record<string, string>>
  /** 0: no limit. */
  callsPerWindow: number
  windowSeconds: number
  /** Notice numbers that pagoPA knows as paid. */
  paid: ReadonlySet<string>
  now(): number
  /** Laid over what processing asks about the citizens; a scenario's. */
  findProfileInstead(): World['findProfile'] | null
}

const minuteMilliseconds = 60_000
/** Agreements that pay for it have this window. */
const raisedCalls = 250

/** The ordinary world: made-up citizens, and whatever was sent to them. */
export function createWorld(options: WorldOptions): { world: World; messages: Messages } {
  const { population, services, seed, now } = options
  const activations = createActivations(now)
  const findProfile: World['findProfile'] = (fiscalCode, service) => {
    const profile = population.findProfile(fiscalCode, service)
    if (profile === null || !services.isSpecial(service)) return profile
    return { ...profile, senderAllowed: isActivated(activations.find(fiscalCode, service), now()) }
  }
  const messages = createMessages({
    ...options,
    population: {
      findProfile: (code, service) => (options.findProfileInstead() ?? findProfile)(code, service),
    },
  })
  const organizations = new Map<string, string>()

  const world: World = {
    now,
    findCaller: services.findCaller,
    rateOf: ({ groups }) => rateOf(groups, options),
    findProfile,
    activations,
    findConfiguration(id) {
      const owner = Object.hasOwn(options.configurations, id) ? options.configurations[id] : null
      return owner ? { httpStatus: 200, owner } : { httpStatus: 404, owner: '' }
    },
    accept(caller, fiscalCode, message) {
      if (messages.isFull()) return null
      organizations.set(caller.service, caller.organizationFiscalCode)
      return messages.accept(caller, fiscalCode, message)
    },
    findMessage(fiscalCode, id) {
      const found = messages.find(id)
      if (found === null || found.fiscalCode !== fiscalCode) return null
      return storedOf(found, organizations.get(found.service) ?? '', shareOf(id, seed) < 0.5)
    },
    sharesReadStatus({ id, fiscalCode, service }) {
      const mode = population.findProfile(fiscalCode, service)?.mode
      return mode !== 'LEGACY' && shareOf(id, seed) < 0.9
    },
    askPagoPa({ noticeNumber }, { fiscalCode, acceptedAt }) {
      const minutes = population.paysAfterMinutes(fiscalCode)
      const isLate = minutes !== null && now() >= acceptedAt + minutes * minuteMilliseconds
      const isPaid = isLate || options.paid.has(noticeNumber)
      return { httpStatus: isPaid ? 409 : 200, title: '', isPaid }
    },
    changesOn: population.changesOn,
  }
  return { world, messages }
}

function rateOf(groups: ReadonlySet<string>, { callsPerWindow, windowSeconds }: WorldOptions) {
  if (callsPerWindow === 0 || groups.has('ApiNoRateLimit')) return null
  const calls = groups.has('ApiRateLimit250') ? raisedCalls : callsPerWindow
  return { calls, seconds: windowSeconds }
}

/** As stored: known keys only, and the payee that processing fills in. */
function storedOf(found: FoundMessage, organization: string, isRead: boolean): StoredMessage {
  const { id, fiscalCode, service, acceptedAt, status, isPending, message } = found
  let content: object | null = null
  if (found.hasContent && message !== null) {
    const { payment_data: payment, ...rest } = message.content
    const payee = payment?.payee ?? { fiscal_code: organization }
    content = payment ? { ...rest, payment_data: { ...payment, payee } } : rest
  }
  return {
    id,
    fiscalCode,
    service,
    acceptedAt,
    timeToLiveSeconds: message?.time_to_live ?? 3600,
    featureLevelType: message?.feature_level_type ?? 'STANDARD',
    content,
    status,
    isPending,
    isRead,
  }
}
