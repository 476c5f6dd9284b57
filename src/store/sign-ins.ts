// Ways into the console that are not sessions yet: links that serve once, sign-ins that a browser
// has begun, and who tried in vain. Invariants: tokens are kept as hashes; what is over is found by
// nobody; a link that was taken is gone.
import { createHash, randomBytes } from 'node:crypto'
import { opensAfter, type TriedKey } from '../domain/sign-in-delay.ts'
import type { Pool, Queryable } from './database.ts'
import type { Vault } from './vault.ts'

export type LinkPurpose = 'invitation' | 'reset' | 'first-run'

export interface PersonLink {
  /** Null: of whoever comes first. */
  personId: number | null
  purpose: LinkPurpose
}

/** Failures are forgotten so long after the last of them. */
const FORGET_HOURS = 24
const CONTEXT = 'begun-sign-in'

export type SignIns = ReturnType<typeof createSignIns>

export function createSignIns(pool: Pool, vault: Vault) {
  const keyOf = ({ kind, text }: TriedKey) => vault.hash('sign-in', `${kind} ${text}`)
  return {
    /** A new link; those of the same person, or of the first run, end. Answers its token. */
    async addLink(link: PersonLink, expiresAt: Temporal.Instant): Promise<string> {
      const token = randomBytes(24).toString('base64url')
      await pool.query('delete from people_links where person_id = $1', [link.personId])
      await pool.query(
        `insert into people_links (token_hash, person_id, purpose, expires_at)
         values ($1, $2, $3, $4)`,
        [hashOf(token), link.personId, link.purpose, expiresAt.toString()],
      )
      return token
    },

    async findLink(token: string, now: Temporal.Instant): Promise<PersonLink | null> {
      const { rows } = await pool.query<PersonLink>(
        `select person_id as "personId", purpose from people_links
         where token_hash = $1 and expires_at > $2`,
        [hashOf(token), now.toString()],
      )
      return rows[0] ?? null
    },

    /** Begins a sign-in of this browser in place of the one that it had begun. */
    async begin(mark: string, begun: object, expiresAt: Temporal.Instant): Promise<void> {
      await pool.query(
        `insert into begun_sign_ins (mark_hash, sealed, expires_at) values ($1, $2, $3)
         on conflict (mark_hash) do update set sealed = $2, expires_at = $3`,
        [hashOf(mark), vault.seal(CONTEXT, JSON.stringify(begun)), expiresAt.toString()],
      )
    },

    /** What this browser has begun, as it was given; null: nothing, or too long ago. */
    async begun(mark: string, now: Temporal.Instant): Promise<unknown> {
      const { rows } = await pool.query<{ sealed: Buffer }>(
        'select sealed from begun_sign_ins where mark_hash = $1 and expires_at > $2',
        [hashOf(mark), now.toString()],
      )
      const row = rows[0]
      return row ? JSON.parse(vault.open(CONTEXT, row.sealed).toString('utf8')) : null
    },

    async forget(mark: string): Promise<void> {
      await pool.query('delete from begun_sign_ins where mark_hash = $1', [hashOf(mark)])
    },

    /** Until when nothing is tried for any of these; null: it may be tried now. */
    async closedUntil(
      keys: readonly TriedKey[],
      now: Temporal.Instant,
    ): Promise<Temporal.Instant | null> {
      const { rows } = await pool.query<{ until: Temporal.Instant | null }>(
        `select max(closed_until) as until from sign_in_failures
         where key_hash = any($1) and closed_until > $2`,
        [keys.map(keyOf), now.toString()],
      )
      return rows[0]?.until ?? null
    },

    /** Writes a failure down for each. Answers until when nothing is tried any more, or null. */
    async failed(
      keys: readonly TriedKey[],
      now: Temporal.Instant,
    ): Promise<Temporal.Instant | null> {
      let latest: Temporal.Instant | null = null
      for (const key of keys) {
        const { rows } = await pool.query<{ failures: number }>(
          `insert into sign_in_failures as f (key_hash, failures, last_at) values ($1, 1, $2)
           on conflict (key_hash) do update set last_at = $2, failures = case
             when f.last_at > $2::timestamptz - interval '${FORGET_HOURS} hours'
             then f.failures + 1 else 1 end
           returning failures`,
          [keyOf(key), now.toString()],
        )
        const seconds = opensAfter(key.kind, (rows[0] as { failures: number }).failures)
        if (seconds === 0) continue
        const until = now.add({ seconds })
        await pool.query('update sign_in_failures set closed_until = $2 where key_hash = $1', [
          keyOf(key),
          until.toString(),
        ])
        if (latest === null || Temporal.Instant.compare(until, latest) > 0) latest = until
      }
      return latest
    },

    async succeeded(keys: readonly TriedKey[]): Promise<void> {
      await pool.query('delete from sign_in_failures where key_hash = any($1)', [keys.map(keyOf)])
    },

    /** Forgets what is over. */
    async sweep(now: Temporal.Instant): Promise<void> {
      const at = [now.toString()]
      await pool.query('delete from begun_sign_ins where expires_at <= $1', at)
      await pool.query('delete from people_links where expires_at <= $1', at)
      await pool.query(
        `delete from sign_in_failures
         where last_at <= $1::timestamptz - interval '${FORGET_HOURS} hours'`,
        at,
      )
    },
  }
}

/** Inside the caller's transaction. False: it was taken before, or is over. */
export async function takeLink(
  tx: Queryable,
  token: string,
  now: Temporal.Instant,
): Promise<PersonLink | null> {
  const { rows } = await tx.query<PersonLink>(
    `delete from people_links where token_hash = $1 and expires_at > $2
     returning person_id as "personId", purpose`,
    [hashOf(token), now.toString()],
  )
  return rows[0] ?? null
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
