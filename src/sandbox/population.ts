// The citizens of the sandbox: who is on IO, what they switched off, which language they chose.
// Everything follows from the fiscal code and the seed; a test may state a citizen of its own.
import { shareOf } from './hash.ts'

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

export interface Citizen {
  onIo: boolean
  /** Ids of the services switched off, or `all`. */
  off: readonly string[] | 'all'
  /** `it_IT`, `en_GB`, `es_ES`, `de_DE`, `fr_FR`; empty when none was chosen. */
  languages: readonly string[]
}

export interface Population {
  /** Null: no profile, which for IO is the same as an inbox switched off altogether. */
  findProfile(fiscalCode: string, service: string): Profile | null
  /** From now on this citizen is as stated; what is not said is reachable and Italian. */
  state(fiscalCode: string, citizen: Partial<Citizen>): void
}

export interface Profile {
  senderAllowed: boolean
  languages: readonly string[]
}

/** IO adds this recipient to every new service; here it is always reachable. */
export const testRecipient = 'AAAAAA00A00A000A'

const ordinaryShares: PopulationShares = {
  notOnIo: 0.25,
  serviceOff: 0.04,
  english: 0.05,
  german: 0.02,
}

export function createPopulation(seed: number, given: Partial<PopulationShares>): Population {
  const shares = { ...ordinaryShares, ...given }
  const stated = new Map<string, Citizen>([[testRecipient, reachable]])

  return {
    findProfile(fiscalCode, service) {
      const citizen = stated.get(fiscalCode)
      if (citizen !== undefined) {
        if (!citizen.onIo) return null
        const off = citizen.off === 'all' || citizen.off.includes(service)
        return { senderAllowed: !off, languages: citizen.languages }
      }
      if (shareOf(fiscalCode, seed) < shares.notOnIo) return null
      const senderAllowed = shareOf(`${fiscalCode} ${service}`, seed) >= shares.serviceOff
      return { senderAllowed, languages: languagesOf(shareOf(fiscalCode, seed + 1), shares) }
    },
    state(fiscalCode, citizen) {
      stated.set(fiscalCode, { ...reachable, ...citizen })
    },
  }
}

const reachable: Citizen = { onIo: true, off: [], languages: ['it_IT'] }

function languagesOf(share: number, shares: PopulationShares): readonly string[] {
  if (share < shares.english) return ['en_GB']
  if (share < shares.english + shares.german) return ['de_DE']
  const rest = (share - shares.english - shares.german) / (1 - shares.english - shares.german)
  return rest < 0.9 ? ['it_IT'] : []
}
