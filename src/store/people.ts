// People who sign in to the console: who they are and what they were granted. Invariant: whoever
// is disabled is found by nobody.
import type { ConsoleRole, Grant } from '../domain/access.ts'
import type { StaffLanguage } from '../domain/words.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface Person {
  id: number
  /** The actor of their acts. */
  login: string
  name: string
  email: string | null
  /** Null: as their browser says. */
  language: StaffLanguage | null
  grants: Grant[]
}

export interface NewPerson {
  login: string
  name: string
  email: string | null
  grants: readonly Grant[]
}

export type People = ReturnType<typeof createPeople>

export const PERSON_COLUMNS = `p.id, p.login, p.name, p.email, p.language,
  coalesce((select json_agg(json_build_object('institution', i.name, 'role', g.role,
      'services', g.services) order by i.name, g.role)
    from grants g join institutions i on i.id = g.institution_id where g.person_id = p.id),
    '[]'::json) as grants`

export function createPeople(pool: Pool, institutions: Institutions) {
  return {
    /** Throws where the login is taken. */
    async add(person: NewPerson, now: Temporal.Instant): Promise<number> {
      const owners = await Promise.all(
        person.grants.map(({ institution }) => institutions.idOf(institution)),
      )
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ id: number }>(
          `insert into people (login, name, email, created_at) values ($1, $2, $3, $4)
           returning id`,
          [person.login, person.name, person.email, now.toString()],
        )
        const { id } = rows[0] as { id: number }
        for (const [index, { role, services }] of person.grants.entries()) {
          await client.query(
            `insert into grants (person_id, institution_id, role, services)
             values ($1, $2, $3, $4)`,
            [id, owners[index], role satisfies ConsoleRole, services],
          )
        }
        return id
      })
    },

    /** Whether anybody can sign in. */
    async areThere(): Promise<boolean> {
      const { rows } = await pool.query('select from people where disabled_at is null limit 1')
      return rows.length > 0
    },
  }
}
