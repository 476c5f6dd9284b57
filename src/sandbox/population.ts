// The citizens of the sandbox: who is on IO, what they switched off, which language they chose.
// Everything follows from the fiscal code and the seed; a file or a test may state citizens of its
// own, and what they change is remembered for the subscriptions feed.
import { shareOf } from './hash.ts'
import { type Changes, feedHash } from './subscriptions-feed.ts'

/** Shares between 0 and 1. */
export interface PopulationShares {
  /** Citizens without a profile on IO. */
  notOnIo: number
  /** Of those on IO, for each service: they switched it off. */
  serviceOff: number
  /** Of those on IO: they chose this language. Of the others nine in ten chose Italian. */
  english: number
  german: number
}

export const preferencesModes = ['AUTO', 'MANUAL', 'LEGACY'] as const
export type PreferencesMode = (typeof preferencesModes)[number]

export interface Citizen {
  onIo: boolean
  /** What holds for a service without a choice: `MANUAL` is no. */
  mode: PreferencesMode
  /** The choice for every service; null: none was made. `LEGACY` knows no choices. */
  preference: boolean | null
  /** Ids of the services switched off, or `all`. */
  off: readonly string[] | 'all'
  /** `it_IT`, `en_GB`, `es_ES`, `de_DE`, `fr_FR`; empty when none was chosen. */
  languages: readonly string[]
  /** Minutes from the acceptance of a message to the payment of its notice; null: never. */
  paysAfterMinutes: number | null
}

export interface Population {
  /** Null: no profile, which for IO is the same as an inbox switched off altogether. */
  findProfile(fiscalCode: string, service: string): Profile | null
  /** Minutes, or null: never. */
  paysAfterMinutes(fiscalCode: string): number | null
  /** From now on this citizen is as stated; what is not said is reachable and Italian. */
  state(fiscalCode: string, citizen: Partial<Citizen>): void
  /** What was stated on that day of UTC, as far as it concerns the service. */
  changesOn(date: string, service: string): Changes
}

export interface StatedCitizen {
  fiscalCode: string
  citizen: Partial<Citizen>
}

export interface Profile {
  senderAllowed: boolean
  /** Null: none was ever set. An empty list is told as it is. */
  languages: readonly string[] | null
  mode: PreferencesMode
}

/** IO adds this recipient to every new service; here it is always reachable. */
export const testRecipient = 'AAAAAA00A00A000A'

const ordinaryShares: PopulationShares = {
  notOnIo: 0.25,
  serviceOff: 0.04,
  english: 0.05,
  german: 0.02,
}

const reachable: Citizen = {
  onIo: true,
  mode: 'AUTO',
  preference: null,
  off: [],
  languages: ['it_IT'],
  paysAfterMinutes: null,
}

/** Stated changes kept for the feed; older ones are forgotten. */
const maximumChanges = 100_000

/** `initially` are citizens who are as stated from the beginning: no change for the feed. */
export function createPopulation(
  seed: number,
  given: Partial<PopulationShares>,
  now: () => number = () => 0,
  initially: readonly StatedCitizen[] = [],
): Population {
  const shares = { ...ordinaryShares, ...given }
  const stated = new Map<string, Citizen>([[testRecipient, reachable]])
  for (const { fiscalCode, citizen } of initially) {
    stated.set(fiscalCode, { ...reachable, ...citizen })
  }
  const changes: { date: string; fiscalCode: string; before: Citizen | null; after: Citizen }[] = []

  const profileOf = (fiscalCode: string, service: string): Profile | null => {
    const citizen = stated.get(fiscalCode)
    if (citizen !== undefined) return statedProfile(citizen, service)
    if (shareOf(fiscalCode, seed) < shares.notOnIo) return null
    const senderAllowed = shareOf(`${fiscalCode} ${service}`, seed) >= shares.serviceOff
    const languages = languagesOf(shareOf(fiscalCode, seed + 1), shares)
    return { senderAllowed, languages, mode: 'AUTO' }
  }
  const isReached = (citizen: Citizen | null, fiscalCode: string, service: string) => {
    if (citizen !== null) return statedProfile(citizen, service)?.senderAllowed === true
    if (shareOf(fiscalCode, seed) < shares.notOnIo) return false
    return shareOf(`${fiscalCode} ${service}`, seed) >= shares.serviceOff
  }

  return {
    findProfile: profileOf,
    paysAfterMinutes: (fiscalCode) => stated.get(fiscalCode)?.paysAfterMinutes ?? null,
    state(fiscalCode, citizen) {
      const after = { ...reachable, ...citizen }
      const before = stated.get(fiscalCode) ?? null
      if (changes.length === maximumChanges) changes.splice(0, maximumChanges / 2)
      changes.push({ date: new Date(now()).toISOString().slice(0, 10), fiscalCode, before, after })
      stated.set(fiscalCode, after)
    },
    changesOn(date, service) {
      const last = new Map<string, boolean>()
      for (const { date: day, fiscalCode, before, after } of changes) {
        if (day !== date) continue
        const reached = isReached(after, fiscalCode, service)
        if (reached !== isReached(before, fiscalCode, service)) last.set(fiscalCode, reached)
      }
      const hashesOf = (wanted: boolean) =>
        [...last].filter(([, reached]) => reached === wanted).map(([code]) => feedHash(code))
      return { subscriptions: hashesOf(true), unsubscriptions: hashesOf(false) }
    },
  }
}

function statedProfile(citizen: Citizen, service: string): Profile | null {
  const { mode, preference, off, languages } = citizen
  if (!citizen.onIo) return null
  const isOff = off === 'all' || off.includes(service)
  const chosen = mode === 'LEGACY' ? null : preference
  return {
    senderAllowed: !isOff && (chosen ?? mode !== 'MANUAL'),
    languages: languages.length === 0 ? null : languages,
    mode,
  }
}

function languagesOf(share: number, shares: PopulationShares): readonly string[] | null {
  if (share < shares.english) return ['en_GB']
  if (share < shares.english + shares.german) return ['de_DE']
  const rest = (share - shares.english - shares.german) / (1 - shares.english - shares.german)
  return rest < 0.9 ? ['it_IT'] : null
}
