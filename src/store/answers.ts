// What systems answered: found by the hash of what was asked, sealed, and forgotten when it is too
// old for any drop or message to use. Invariant: an answer is used only where the question was the
// same: the same system, key and fields.
import type { AskedTable, Row } from '../mapping/mapping.ts'
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'
import type { Vault } from './vault.ts'

/** A question's system, and how its answers are told from those to others. */
type Asked = Pick<AskedTable, 'system' | 'shape'>

export type Answers = ReturnType<typeof createAnswers>

export function createAnswers(pool: Pool, vault: Vault, institutions: Institutions) {
  return {
    /** The answers of these keys that are no older; keys without one are absent. */
    async find(
      institution: string,
      asked: Asked,
      keys: readonly string[],
      since: Temporal.Instant,
    ): Promise<Map<string, Row>> {
      const found = new Map<string, Row>()
      if (keys.length === 0) return found
      const id = await institutions.idOf(institution)
      const byHash = new Map(
        keys.map((key) => [answerHash(vault, asked, key).toString('latin1'), key] as const),
      )
      const { rows } = await pool.query<{ key_hash: Buffer; sealed: Buffer }>(
        `select key_hash, sealed from system_answers
         where institution_id = $1 and system = $2 and key_hash = any($3) and asked_at >= $4`,
        [
          ...[id, asked.system, [...byHash.keys()].map((hash) => Buffer.from(hash, 'latin1'))],
          since.toString(),
        ],
      )
      for (const { key_hash, sealed } of rows) {
        const clear = vault.open(answerContext(id, asked.system, key_hash), sealed).toString('utf8')
        found.set(byHash.get(key_hash.toString('latin1')) as string, JSON.parse(clear))
      }
      return found
    },

    /** Keeps these answers, in place of older ones; committed when it resolves. */
    async keep(
      institution: string,
      asked: Asked,
      answers: ReadonlyMap<string, Row>,
      at: Temporal.Instant,
    ): Promise<void> {
      if (answers.size === 0) return
      const id = await institutions.idOf(institution)
      const rows = [...answers].map(([key, row]) => {
        const hash = answerHash(vault, asked, key)
        const context = answerContext(id, asked.system, hash)
        return { hash, sealed: vault.seal(context, JSON.stringify(row)) }
      })
      // In one order, so that two who keep the same answers do not wait for each other in a ring.
      rows.sort((a, b) => Buffer.compare(a.hash, b.hash))
      await pool.query(
        `insert into system_answers as s (institution_id, system, key_hash, asked_at, sealed)
         select $1, $2, key_hash, $3, sealed from unnest($4::bytea[], $5::bytea[])
           as t (key_hash, sealed)
         on conflict (institution_id, system, key_hash) do update
           set asked_at = excluded.asked_at, sealed = excluded.sealed
           where s.asked_at <= excluded.asked_at`,
        [
          ...[id, asked.system, at.toString()],
          ...[rows.map(({ hash }) => hash), rows.map(({ sealed }) => sealed)],
        ],
      )
    },

    /**
     * Forgets the answers of a system from before this instant, but for those that a waiting record
     * needs; none of the institution while one of its drops is being asked about.
     */
    async forget(institution: string, system: string, before: Temporal.Instant): Promise<number> {
      const { rowCount } = await pool.query(FORGET, [
        ...[await institutions.idOf(institution), system, before.toString()],
      ])
      return rowCount ?? 0
    },

    /** Forgets those of systems that the configuration no longer has. */
    async forgetOthers(institution: string, systems: readonly string[]): Promise<void> {
      await pool.query(
        'delete from system_answers where institution_id = $1 and not system = any($2)',
        [await institutions.idOf(institution), systems],
      )
    },
  }
}

/** What an answer is found by. */
export function answerHash(vault: Vault, { system, shape }: Asked, key: string): Buffer {
  return vault.hash('answer', `${system}\0${shape}\0${key}`)
}

function answerContext(institutionId: number, system: string, keyHash: Buffer): string {
  return `answer/${institutionId}/${system}/${keyHash.toString('hex')}`
}

const FORGET = `
  delete from system_answers a where institution_id = $1 and system = $2 and asked_at < $3
    and not exists (select from record_waits w where w.institution_id = $1
      and w.reference = $2 and w.row_hash = a.key_hash)
    and not exists (select from drop_askings k join drops d on d.id = k.drop_id
      where d.institution_id = $1 and d.state = 'received')`

/**
 * SQL, of a wait `w`: whether the system has answered since it was asked for the drop; an older
 * answer would have been used, or is too old.
 */
export const IS_ANSWERED = `exists (select from system_answers a
  join drop_askings k on k.drop_id = w.drop_id and a.asked_at >= k.since
  where a.institution_id = w.institution_id and a.system = w.reference
    and a.key_hash = w.row_hash)`
