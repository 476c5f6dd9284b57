// Sessions of the console: opened by whoever has shown who they are, found by the hash of their
// token, over after rest or a day of work. Invariant: the token itself is nowhere in the database.
import { createHash, randomBytes } from 'node:crypto'
import { type Pool, transaction } from './database.ts'
import { PERSON_COLUMNS, type Person } from './people.ts'

/** A session that nobody used for so long is over. */
export const IDLE_MINUTES = 30
/** However it was used. */
export const MOST_HOURS = 10
/** How exactly it is known when it was used last. */
const SEEN_SECONDS = 30
/** Sign-ins that a person is shown. */
const PAST_SIGN_INS = 20

export interface Session {
  id: number
  person: Person
  csrf: string
  createdAt: Temporal.Instant
  seenAt: Temporal.Instant
  /** When they last showed that it is they. */
  provedAt: Temporal.Instant
  /** The institution whose pages they saw last. */
  place: string | null
  /** To be said on the page that is shown now; it is said once. */
  said: string | null
}

export interface OpenSession {
  id: number
  createdAt: Temporal.Instant
  seenAt: Temporal.Instant
  address: string
  agent: string
}

export interface PastSignIn {
  at: Temporal.Instant
  address: string
  agent: string
}

export type Sessions = ReturnType<typeof createSessions>

const isOpen = `s.seen_at > $2::timestamptz - interval '${IDLE_MINUTES} minutes'
  and s.created_at > $2::timestamptz - interval '${MOST_HOURS} hours'`

export function createSessions(pool: Pool) {
  return {
    /** Answers the token, which nobody can be told again. */
    async open(
      personId: number,
      from: { address: string; agent: string },
      now: Temporal.Instant,
    ): Promise<string> {
      const token = newToken()
      const agent = from.agent.slice(0, 200)
      await transaction(pool, async (client) => {
        await client.query(
          `insert into sessions (token_hash, person_id, csrf, created_at, seen_at, proved_at,
             address, agent) values ($1, $2, $3, $4, $4, $4, $5, $6)`,
          [
            ...[hashOf(token), personId, randomBytes(24).toString('base64url'), now.toString()],
            ...[from.address, agent],
          ],
        )
        await client.query(
          `insert into past_sign_ins (person_id, at, address, agent) values ($1, $2, $3, $4)`,
          [personId, now.toString(), from.address, agent],
        )
        await client.query(
          `delete from past_sign_ins where person_id = $1 and id not in
             (select id from past_sign_ins where person_id = $1 order by id desc limit $2)`,
          [personId, PAST_SIGN_INS],
        )
        await client.query('update people set signed_in_at = $2, failures = 0 where id = $1', [
          personId,
          now.toString(),
        ])
      })
      return token
    },

    /**
     * Null: it never was, is over, or its person is disabled. `isPresent` false: a program asked by
     * itself, which is no sign that anybody sits there.
     */
    async find(token: string, now: Temporal.Instant, isPresent = true): Promise<Session | null> {
      const { rows } = await pool.query<
        Person & Omit<Session, 'person' | 'id'> & { session: number }
      >(
        `select ${PERSON_COLUMNS}, s.id as session, s.csrf, s.created_at as "createdAt",
           s.seen_at as "seenAt", s.proved_at as "provedAt", s.place, s.said
         from sessions s join people p on p.id = s.person_id
         where s.token_hash = $1 and p.disabled_at is null and ${isOpen}`,
        [hashOf(token), now.toString()],
      )
      const row = rows[0]
      if (row === undefined) return null
      const { session, csrf, createdAt, seenAt, provedAt, place, said, ...person } = row
      if (isPresent && now.since(seenAt).total('seconds') > SEEN_SECONDS) {
        await pool.query('update sessions set seen_at = $2 where id = $1', [
          session,
          now.toString(),
        ])
      }
      return { id: session, person, csrf, createdAt, seenAt, provedAt, place, said }
    },

    /** Somebody sits there: it begins to rest anew. */
    async touch(id: number, now: Temporal.Instant): Promise<void> {
      await pool.query('update sessions set seen_at = $2 where id = $1', [id, now.toString()])
    },

    /** What the next page says; null: nothing any more. */
    async say(token: string, said: string | null): Promise<void> {
      await pool.query('update sessions set said = $2 where token_hash = $1', [hashOf(token), said])
    },

    async stayAt(id: number, place: string): Promise<void> {
      await pool.query('update sessions set place = $2 where id = $1', [id, place])
    },

    /** They showed that it is they. The session has another token from now on: the answer. */
    async prove(id: number, now: Temporal.Instant): Promise<string> {
      const token = newToken()
      await pool.query('update sessions set token_hash = $2, proved_at = $3 where id = $1', [
        ...[id, hashOf(token), now.toString()],
      ])
      return token
    },

    /** What they may has changed: the same session, with another token. */
    async renew(id: number): Promise<string> {
      const token = newToken()
      await pool.query('update sessions set token_hash = $2 where id = $1', [id, hashOf(token)])
      return token
    },

    async end(token: string): Promise<void> {
      await pool.query('delete from sessions where token_hash = $1', [hashOf(token)])
    },

    /** Of one person: the last used first. */
    async ofPerson(personId: number, now: Temporal.Instant): Promise<OpenSession[]> {
      const { rows } = await pool.query<OpenSession>(
        `select s.id, s.created_at as "createdAt", s.seen_at as "seenAt", s.address, s.agent
         from sessions s where s.person_id = $1 and ${isOpen} order by s.seen_at desc limit 100`,
        [personId, now.toString()],
      )
      return rows
    },

    /** Their last sign-ins, the latest first. */
    async pastOf(personId: number): Promise<PastSignIn[]> {
      const { rows } = await pool.query<PastSignIn>(
        'select at, address, agent from past_sign_ins where person_id = $1 order by id desc',
        [personId],
      )
      return rows
    },

    /** Ends one of theirs, or all but one; null: all. Answers how many. */
    async endOf(personId: number, which: { only: number } | { but: number | null }) {
      const isOnly = 'only' in which
      const { rowCount } = await pool.query(
        `delete from sessions where person_id = $1
           and ${isOnly ? 'id = $2' : '($2::bigint is null or id <> $2)'}`,
        [personId, isOnly ? which.only : which.but],
      )
      return rowCount ?? 0
    },

    /** Forgets what is over. Answers how many. */
    async sweep(now: Temporal.Instant): Promise<number> {
      const { rowCount } = await pool.query(
        `delete from sessions s where not (s.seen_at > $1::timestamptz - interval '${IDLE_MINUTES} minutes'
           and s.created_at > $1::timestamptz - interval '${MOST_HOURS} hours')`,
        [now.toString()],
      )
      return rowCount ?? 0
    },
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
