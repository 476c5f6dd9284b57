// What a service on IO may not send, as learnt from IO's refusals: amounts above a ceiling, or
// messages that need a feature. Such messages are held, and the others of the service go on.
// Source: design "Outcomes, and what is promised"; a new service has a ceiling of 0.
import type { NewMessage } from './new-message.ts'
import type { LackingFeature } from './outcome.ts'

export interface ServiceLimit {
  feature: LackingFeature['name']
  /** Of `amount`: the most that the service may ask, in cents. Null for the others. */
  maximumCents: number | null
}

/** The limit that a refusal teaches. */
export function limitOf(feature: LackingFeature): ServiceLimit {
  const maximumCents = feature.name === 'amount' ? feature.maximumCents : null
  return { feature: feature.name, maximumCents }
}

/** The first of the limits that the message exceeds; null when IO would take it. */
export function findExceeded(
  limits: readonly ServiceLimit[],
  message: NewMessage,
): ServiceLimit | null {
  return limits.find((limit) => exceeds(limit, message)) ?? null
}

/** Why a message that exceeds the limit is held. */
export function holdCodeOf({ feature }: ServiceLimit): 'IO_AMOUNT_CEILING' | 'IO_FEATURE' {
  return feature === 'amount' ? 'IO_AMOUNT_CEILING' : 'IO_FEATURE'
}

/** Hours until one held message is tried: the ceiling may have been raised, and IO tells nobody. */
const FIRST_TRY_HOURS = 1
const LONGEST_TRY_HOURS = 24

/** When a held message is tried next, after so many tries that were refused. */
export function nextLimitTry(tries: number, now: Temporal.Instant): Temporal.Instant {
  const hours = FIRST_TRY_HOURS * 2 ** Math.max(0, tries)
  return now.add({ hours: Math.min(hours, LONGEST_TRY_HOURS) })
}

function exceeds({ feature, maximumCents }: ServiceLimit, message: NewMessage): boolean {
  const { payment_data: payment, third_party_data: thirdParty } = message.content
  switch (feature) {
    case 'amount':
      return (payment?.amount ?? 0) > (maximumCents ?? Number.POSITIVE_INFINITY)
    case 'payee':
      return payment?.payee !== undefined
    case 'premium':
      return message.feature_level_type === 'ADVANCED'
    case 'third-party':
      return thirdParty !== undefined
  }
}
