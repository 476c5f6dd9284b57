// What a link gives to who takes it: the first administrator their account, somebody invited their
// password. Invariants: the link is gone in the same transaction; of two who take one at the same
// time, one gets it; there is one first administrator.
import { clearCredentials } from './credentials.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addPerson, type NewPerson } from './people.ts'
import { type PersonLink, takeLink } from './sign-ins.ts'

const FIRST_RUN_LOCK = 7274

export type TakenLinks = ReturnType<typeof createTakenLinks>

export function createTakenLinks(pool: Pool, institutions: Institutions) {
  return {
    /** Null: the link is no first run's any more, or somebody was first. */
    async beFirst(
      token: string,
      { password, ...person }: NewPerson & { password: string },
      now: Temporal.Instant,
    ): Promise<number | null> {
      return transaction(pool, async (client) => {
        await client.query('select pg_advisory_xact_lock($1, 0)', [FIRST_RUN_LOCK])
        const { rows } = await client.query('select from people where disabled_at is null limit 1')
        const link = await takeLink(client, token, now)
        if (rows.length > 0 || link?.purpose !== 'first-run') return null
        const id = await addPerson(client, institutions, person, now)
        await client.query('update people set password = $2 where id = $1', [id, password])
        return id
      })
    },

    /** The person comes in by this password and nothing else. Null: the link is over. */
    async choose(
      token: string,
      password: string,
      now: Temporal.Instant,
    ): Promise<(PersonLink & { personId: number }) | null> {
      return transaction(pool, async (client) => {
        const link = await takeLink(client, token, now)
        if (link === null || link.personId === null) return null
        await clearCredentials(client, link.personId)
        await client.query('update people set password = $2 where id = $1', [
          link.personId,
          password,
        ])
        return { ...link, personId: link.personId }
      })
    },
  }
}
