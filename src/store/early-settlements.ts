// Settlements that came before their bill: remembered for a while by keyed hashes, so that the bill
// is born closed and nobody is asked for what they have paid. Each is used once.
// Invariant: asked for, and written, only while the series is locked.
import type { NewBill, SettledState } from '../pipeline/map/lot.ts'
import type { Queryable } from './database.ts'
import type { Vault } from './vault.ts'

export interface EarlySettlements {
  institutionId: number
  seriesIds: readonly number[]
  namedBy: 'key' | 'noticeNumber'
  hashes: readonly Buffer[]
  state: SettledState
  dropId: number
  /** When it is forgotten. */
  until: Temporal.Instant
  /** What ends before this is remembered anew: lists that come daily must not rewrite all rows. */
  renewBefore: Temporal.Instant
}

/** The keyed hash of a notice number, as notices and settlements are found by it. */
export function noticeNumberHash(vault: Vault, noticeNumber: string): Buffer {
  return vault.hash('notice-number', noticeNumber)
}

/** Remembers what was named and has no notice yet; what was said last holds. */
export async function rememberEarly(tx: Queryable, early: EarlySettlements): Promise<void> {
  const { institutionId, seriesIds, namedBy, hashes, state, dropId } = early
  if (hashes.length === 0) return
  await tx.query(
    `insert into early_settlements
       (series_id, named_by, hash, institution_id, state, drop_id, until)
     select series_id, $3, hash, $4, $5, $6, $7
     from unnest($1::int[]) as series_id, unnest($2::bytea[]) as hash
     on conflict (series_id, named_by, hash) do update
       set state = excluded.state, drop_id = excluded.drop_id, until = excluded.until
       where early_settlements.state <> excluded.state or early_settlements.until < $8`,
    [
      ...[seriesIds, hashes, namedBy, institutionId, state, dropId],
      ...[early.until.toString(), early.renewBefore.toString()],
    ],
  )
}

/** Forgets those whose time is over. */
export async function forgetEarly(tx: Queryable, now: Temporal.Instant): Promise<void> {
  await tx.query('delete from early_settlements where until <= $1', [now.toString()])
}

/** Whether the series has any bill to come that was settled before. */
export async function hasEarly(tx: Queryable, seriesId: number): Promise<boolean> {
  const { rows } = await tx.query<{ there: boolean }>(
    'select exists (select from early_settlements where series_id = $1) as there',
    [seriesId],
  )
  return rows[0]?.there ?? false
}

/** How those of these new bills ended that a settlement named before; it is forgotten then. */
export async function takeEarly(
  tx: Queryable,
  vault: Vault,
  seriesId: number,
  bills: readonly NewBill[],
  now: Temporal.Instant,
): Promise<Map<string, SettledState>> {
  const byKey = new Map<string, string[]>()
  const byNumber = new Map<string, string[]>()
  const add = (map: Map<string, string[]>, hash: Buffer, key: string) => {
    const name = hash.toString('latin1')
    map.set(name, [...(map.get(name) ?? []), key])
  }
  for (const { key, noticeNumber } of bills) {
    add(byKey, vault.hash('key', key), key)
    if (noticeNumber !== null) add(byNumber, noticeNumberHash(vault, noticeNumber), key)
  }
  const hashesOf = (map: Map<string, string[]>) =>
    [...map.keys()].map((hash) => Buffer.from(hash, 'latin1'))
  const { rows } = await tx.query<{ named_by: string; hash: Buffer; state: SettledState }>(
    `delete from early_settlements where series_id = $1 and until > $4
       and ((named_by = 'key' and hash = any($2)) or (named_by = 'noticeNumber' and hash = any($3)))
     returning named_by, hash, state`,
    [seriesId, hashesOf(byKey), hashesOf(byNumber), now.toString()],
  )
  const found = new Map<string, SettledState>()
  for (const { named_by, hash, state } of rows) {
    const keys = (named_by === 'key' ? byKey : byNumber).get(hash.toString('latin1')) ?? []
    // A payment weighs more than a withdrawal.
    for (const key of keys) if (found.get(key) !== 'settled') found.set(key, state)
  }
  return found
}
