// How the rows of references stand in their table: found by the hash of their key, sealed to it.
// Pure; shared by who loads and looks up rows, and who waits for them.
import type { Vault } from './vault.ts'

/** What a row is found by. */
export function rowHash(vault: Vault, reference: string, key: string): Buffer {
  return vault.hash('reference', `${reference}\0${key}`)
}

/** What a row's sealed values are bound to. */
export function rowContext(institutionId: number, reference: string, keyHash: Buffer): string {
  return `reference/${institutionId}/${reference}/${keyHash.toString('hex')}`
}
