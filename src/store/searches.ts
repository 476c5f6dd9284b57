// What somebody searched for by a person's data: sealed for a day under a random id, so that no
// fiscal code stands in an address, a history or a log. Invariant: found only by whoever searched,
// in the institution and list that it was for, and never once its time is over.
import { randomUUID } from 'node:crypto'
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'
import type { Vault } from './vault.ts'

export interface SearchPlace {
  institution: string
  /** Whose search it is. */
  personId: number
  /** `messages`, `notices` … */
  list: string
}

/** Hours that a search is kept. */
const KEPT_HOURS = 24
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export type Searches = ReturnType<typeof createSearches>

export function createSearches(pool: Pool, vault: Vault, institutions: Institutions) {
  const contextOf = (id: string) => `search/${id}`
  return {
    /** Answers its id; what is over is forgotten meanwhile. */
    async keep(place: SearchPlace, filter: object, now: Temporal.Instant): Promise<string> {
      const id = randomUUID()
      const sealed = vault.seal(contextOf(id), JSON.stringify(filter))
      const over = now.add({ hours: KEPT_HOURS }).toString()
      const institutionId = await institutions.idOf(place.institution)
      await pool.query('delete from searches where expires_at <= $1', [now.toString()])
      await pool.query(
        `insert into searches (id, institution_id, person_id, list, sealed, expires_at)
         values ($1, $2, $3, $4, $5, $6)`,
        [id, institutionId, place.personId, place.list, sealed, over],
      )
      return id
    },

    /** Null: it is over, of somebody else, or was never there. */
    async find(place: SearchPlace, id: string, now: Temporal.Instant): Promise<unknown> {
      if (!ID.test(id)) return null
      const { rows } = await pool.query<{ sealed: Buffer }>(
        `select s.sealed from searches s join institutions i on i.id = s.institution_id
         where s.id = $1 and i.name = $2 and s.person_id = $3 and s.list = $4
           and s.expires_at > $5`,
        [id, place.institution, place.personId, place.list, now.toString()],
      )
      const [row] = rows
      return row ? JSON.parse(vault.open(contextOf(id), row.sealed).toString('utf8')) : null
    },
  }
}
