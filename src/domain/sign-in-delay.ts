// How long nobody may try again after sign-ins that failed: the same account from the same place
// soonest, the account from anywhere later, so that strangers do not keep somebody out for long,
// and a place latest, since a whole office stands behind one address.

/** What failures are counted by; `text` is a login, an address, or both. */
export interface TriedKey {
  kind: TriedKind
  text: string
}

export type TriedKind = 'account-there' | 'account' | 'address'

interface Bounds {
  /** Failures that cost nothing. */
  free: number
  /** After the first one beyond; each further one doubles it. */
  firstSeconds: number
  mostSeconds: number
}

export const signInBounds: Record<TriedKind, Bounds> = {
  'account-there': { free: 4, firstSeconds: 60, mostSeconds: 3_600 },
  account: { free: 20, firstSeconds: 30, mostSeconds: 600 },
  address: { free: 50, firstSeconds: 10, mostSeconds: 600 },
}

/** The keys of one try. */
export function triedKeys(login: string, address: string): readonly TriedKey[] {
  const account = login.trim().toLowerCase().slice(0, 200)
  return [
    { kind: 'account-there', text: `${account} ${address}` },
    { kind: 'account', text: account },
    { kind: 'address', text: address },
  ]
}

/** Seconds until it may be tried again, after so many failures in a row; 0: at once. */
export function opensAfter(kind: TriedKind, failures: number): number {
  const { free, firstSeconds, mostSeconds } = signInBounds[kind]
  if (failures <= free) return 0
  // Beyond 2^20 the bound holds anyway.
  return Math.min(mostSeconds, firstSeconds * 2 ** Math.min(failures - free - 1, 20))
}
