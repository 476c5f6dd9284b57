// Sessions of the console: opened by whoever has shown who they are, found by the hash of their
// token, over after rest or a day of work. Invariant: the token itself is nowhere in the database.
import { createHash, randomBytes } from 'node:crypto'
import type { Pool } from './database.ts'
import { PERSON_COLUMNS, type Person } from './people.ts'

/** A session that nobody used for so long is over. */
export const IDLE_MINUTES = 30
/** However it was used. */
export const MOST_HOURS = 10
/** How exactly it is known when it was used last. */
const SEEN_SECONDS = 30

export interface Session {
  person: Person
  csrf: string
  createdAt: Temporal.Instant
  /** When they last showed that it is they. */
  provedAt: Temporal.Instant
  /** To be said on the page that is shown now; it is said once. */
  said: string | null
}

export type Sessions = ReturnType<typeof createSessions>

export function createSessions(pool: Pool) {
  return {
    /** Answers the token, which nobody can be told again. */
    async open(
      personId: number,
      from: { address: string; agent: string },
      now: Temporal.Instant,
    ): Promise<string> {
      const token = randomBytes(32).toString('base64url')
      await pool.query(
        `insert into sessions (token_hash, person_id, csrf, created_at, seen_at, proved_at,
           address, agent) values ($1, $2, $3, $4, $4, $4, $5, $6)`,
        [
          ...[hashOf(token), personId, randomBytes(24).toString('base64url'), now.toString()],
          ...[from.address, from.agent.slice(0, 200)],
        ],
      )
      await pool.query('update people set signed_in_at = $2 where id = $1', [
        personId,
        now.toString(),
      ])
      return token
    },

    /** Null: it never was, is over, or its person is disabled. */
    async find(token: string, now: Temporal.Instant): Promise<Session | null> {
      const { rows } = await pool.query<
        Person & Omit<Session, 'person'> & { seenAt: Temporal.Instant }
      >(
        `select ${PERSON_COLUMNS}, s.csrf, s.created_at as "createdAt", s.seen_at as "seenAt",
           s.proved_at as "provedAt", s.said
         from sessions s join people p on p.id = s.person_id
         where s.token_hash = $1 and p.disabled_at is null
           and s.seen_at > $2::timestamptz - interval '${IDLE_MINUTES} minutes'
           and s.created_at > $2::timestamptz - interval '${MOST_HOURS} hours'`,
        [hashOf(token), now.toString()],
      )
      const row = rows[0]
      if (row === undefined) return null
      const { csrf, createdAt, seenAt, provedAt, said, ...person } = row
      if (now.since(seenAt).total('seconds') > SEEN_SECONDS) {
        await pool.query('update sessions set seen_at = $2 where token_hash = $1', [
          hashOf(token),
          now.toString(),
        ])
      }
      return { person, csrf, createdAt, provedAt, said }
    },

    /** What the next page says; null: nothing any more. */
    async say(token: string, said: string | null): Promise<void> {
      await pool.query('update sessions set said = $2 where token_hash = $1', [hashOf(token), said])
    },

    async end(token: string): Promise<void> {
      await pool.query('delete from sessions where token_hash = $1', [hashOf(token)])
    },
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
