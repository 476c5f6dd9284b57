// Tokens of programs that use the API. Invariants: a token is shown when it is made and kept as
// a hash; what is expired or revoked is found by nobody, and stays listed; making and revoking
// one are acts.
import { createHash, randomBytes } from 'node:crypto'
import { isTokenLike, TOKEN_PREFIX, type TokenPermission } from '../domain/api-token.ts'
import { addAct } from './acts.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface ApiToken {
  id: number
  institution: string
  name: string
  permissions: TokenPermission[]
  /** Null: of all. */
  services: string[] | null
}

export interface ListedToken extends ApiToken {
  ending: string
  createdAt: Temporal.Instant
  createdBy: string
  expiresAt: Temporal.Instant | null
  usedAt: Temporal.Instant | null
  revokedAt: Temporal.Instant | null
  revokedBy: string | null
}

export interface NewToken extends Omit<ApiToken, 'id'> {
  expiresAt: Temporal.Instant | null
}

export type ApiTokens = ReturnType<typeof createApiTokens>

/** Tokens of one institution, revoked ones among them. */
export const MOST_TOKENS = 200

export function createApiTokens(pool: Pool, institutions: Institutions) {
  return {
    /** The token itself, for once; null: the name is taken, or there are too many. */
    async add(
      { institution, name, permissions, services, expiresAt }: NewToken,
      by: { actor: string; origin: string },
      now: Temporal.Instant,
    ): Promise<string | null> {
      const token = `${TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`
      const institutionId = await institutions.idOf(institution)
      return transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(
          `insert into api_tokens (institution_id, name, token_hash, ending, permissions, services,
             created_at, created_by, expires_at)
           select $1, $2, $3, $4, $5, $6, $7, $8, $9
           where (select count(*) from api_tokens where institution_id = $1) < $10
           on conflict (institution_id, name) do nothing`,
          [
            ...[institutionId, name, hashOf(token), token.slice(-4), permissions, services],
            ...[now.toString(), by.actor, expiresAt?.toString() ?? null, MOST_TOKENS],
          ],
        )
        if (rowCount !== 1) return null
        const detail = { permissions, services, expiresAt: expiresAt?.toString() ?? null }
        const act = { ...by, verb: `made the token ${name}`, subject: `token/${name}`, detail }
        await addAct(tx, institutionId, act, now)
        return token
      })
    },

    /** Null: there is none, or it is expired or revoked. */
    async find(token: string, now: Temporal.Instant): Promise<ApiToken | null> {
      if (!isTokenLike(token)) return null
      const { rows } = await pool.query<ApiToken & { isStale: boolean }>(
        `select t.id, i.name as institution, t.name, t.permissions, t.services,
           coalesce(t.used_at < $2::timestamptz - interval '1 minute', true) as "isStale"
         from api_tokens t join institutions i on i.id = t.institution_id
         where t.token_hash = $1 and t.revoked_at is null
           and (t.expires_at is null or t.expires_at > $2)`,
        [hashOf(token), now.toString()],
      )
      if (!rows[0]) return null
      const { isStale, ...found } = rows[0]
      // To the minute: every call would else write.
      const at = [found.id, now.toString()]
      if (isStale) await pool.query('update api_tokens set used_at = $2 where id = $1', at)
      return found
    },

    /** The newest first. */
    async list(institution: string): Promise<ListedToken[]> {
      const { rows } = await pool.query<ListedToken>(
        `select t.id, i.name as institution, t.name, t.permissions, t.services, t.ending,
           t.created_at as "createdAt", t.created_by as "createdBy", t.expires_at as "expiresAt",
           t.used_at as "usedAt", t.revoked_at as "revokedAt", t.revoked_by as "revokedBy"
         from api_tokens t join institutions i on i.id = t.institution_id
         where i.name = $1 order by t.id desc limit $2`,
        [institution, MOST_TOKENS],
      )
      return rows
    },

    /** At once; false: it is not there, or was revoked before. */
    async revoke(
      institution: string,
      id: number,
      by: { actor: string; origin: string },
      now: Temporal.Instant,
    ): Promise<boolean> {
      const institutionId = await institutions.idOf(institution)
      return transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ name: string }>(
          `update api_tokens set revoked_at = $3, revoked_by = $4
           where institution_id = $1 and id = $2 and revoked_at is null returning name`,
          [institutionId, id, now.toString(), by.actor],
        )
        if (!rows[0]) return false
        const { name } = rows[0]
        const act = { ...by, verb: `revoked the token ${name}`, subject: `token/${name}` }
        await addAct(tx, institutionId, act, now)
        return true
      })
    },
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
