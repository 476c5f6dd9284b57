// Requests of programs that make something, by the key that each gives: asked again, the first
// answer is given again. Invariants: of one key one is done at a time; what failed leaves its
// key free; an answer is kept as long as what it made, and holds nobody's data.
import type { Client, Pool } from './database.ts'
import type { Institutions } from './institutions.ts'
import type { Vault } from './vault.ts'

export interface KeptAnswer {
  status: number
  answer: unknown
  /** SHA-256 of the file that came along; null: none did. */
  content: Buffer | null
}

export type BegunRequest =
  | { kind: 'begun' }
  | ({ kind: 'done' } & KeptAnswer)
  /** It is being done at this moment. */
  | { kind: 'busy' }
  /** The key was used for something else. */
  | { kind: 'other' }

export type ApiRequests = ReturnType<typeof createApiRequests>

/** Somebody else has answered it, or given it up: what was made for it must not stay. */
export class RequestOverError extends Error {}

/** Whoever began it so long ago has broken off. */
const BROKEN_OFF_MINUTES = 15

export function createApiRequests(pool: Pool, vault: Vault, institutions: Institutions) {
  return {
    /** `asked`: all that was asked for, but for the bytes of a file. */
    async begin(
      institution: string,
      key: string,
      asked: string,
      now: Temporal.Instant,
    ): Promise<BegunRequest> {
      const id = await institutions.idOf(institution)
      const fingerprint = vault.hash('api-request', asked)
      const { rowCount } = await pool.query(
        `insert into api_requests as r (institution_id, key, fingerprint, began_at)
         values ($1, $2, $3, $4)
         on conflict (institution_id, key) do update set began_at = $4
           where r.status is null and r.fingerprint = $3
             and r.began_at < $4::timestamptz - interval '${BROKEN_OFF_MINUTES} minutes'`,
        [id, key, fingerprint, now.toString()],
      )
      if (rowCount === 1) return { kind: 'begun' }
      const { rows } = await pool.query<
        { fingerprint: Buffer } & { [Name in keyof KeptAnswer]: KeptAnswer[Name] | null }
      >(
        `select fingerprint, status, answer, content from api_requests
         where institution_id = $1 and key = $2`,
        [id, key],
      )
      const row = rows[0]
      // Whoever had it has just given it up: the next try begins it.
      if (row === undefined) return { kind: 'busy' }
      if (!row.fingerprint.equals(fingerprint)) return { kind: 'other' }
      if (row.status === null) return { kind: 'busy' }
      return { kind: 'done', status: row.status, answer: row.answer, content: row.content }
    },

    /** What has been answered stays so. */
    async finish(institution: string, key: string, kept: KeptAnswer): Promise<void> {
      await pool.query(FINISH, finished(await institutions.idOf(institution), key, kept))
    },

    /** Nothing came of it: the key is free. */
    async abandon(institution: string, key: string): Promise<void> {
      await pool.query(
        `delete from api_requests where institution_id = $1 and key = $2 and status is null`,
        [await institutions.idOf(institution), key],
      )
    },
  }
}

/** With what it made, in one transaction; throws `RequestOverError`. */
export async function finishRequest(
  tx: Client,
  institutionId: number,
  key: string,
  kept: KeptAnswer,
): Promise<void> {
  const { rowCount } = await tx.query(FINISH, finished(institutionId, key, kept))
  if (rowCount !== 1) throw new RequestOverError()
}

const FINISH = `update api_requests set status = $3, answer = $4, content = $5
  where institution_id = $1 and key = $2 and status is null`

function finished(institutionId: number, key: string, { status, answer, content }: KeptAnswer) {
  return [institutionId, key, status, JSON.stringify(answer), content]
}
