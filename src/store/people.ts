// People who sign in to the console: who they are and what they were granted. Invariants: whoever
// is disabled is found by nobody who signs in; an institution that has an administrator keeps one.
import type { ConsoleRole, Grant } from '../domain/access.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import type { StaffLanguage } from '../domain/words.ts'
import { addAct, type InstitutionAct } from './acts.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Vault } from './vault.ts'

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

/** A person as who administers them sees them. */
export interface PersonRow extends Person {
  hasPassword: boolean
  hasSecondFactor: boolean
  hasProvider: boolean
  createdAt: Temporal.Instant
  disabledAt: Temporal.Instant | null
  signedInAt: Temporal.Instant | null
}

/** What of one institution they are: `institution` is that of the grants that are set. */
export type OwnGrant = Omit<Grant, 'institution'>

export type GrantsSet =
  | { kind: 'set'; before: OwnGrant[] }
  /** Nobody would administer it any more. */
  | { kind: 'last-administrator' }

export type People = ReturnType<typeof createPeople>

export const PERSON_COLUMNS = `p.id, p.login, p.name, p.email, p.language,
  coalesce((select json_agg(json_build_object('institution', i.name, 'role', g.role,
      'services', g.services) order by i.name, g.role)
    from grants g join institutions i on i.id = g.institution_id where g.person_id = p.id),
    '[]'::json) as grants`

const ROW_COLUMNS = `${PERSON_COLUMNS}, p.password is not null as "hasPassword",
  p.totp_sealed is not null as "hasSecondFactor", p.subject is not null as "hasProvider",
  p.created_at as "createdAt", p.disabled_at as "disabledAt", p.signed_in_at as "signedInAt"`

/** Of one institution: nobody administers more people in one place. */
const MOST_PEOPLE = 1_000
/** Who changes grants waits for whoever changes them. */
const GRANTS_LOCK = 7273

export function createPeople(pool: Pool, institutions: Institutions, vault: Vault) {
  async function setGrants(
    tx: Queryable,
    personId: number,
    institution: string,
    grants: readonly OwnGrant[],
  ): Promise<GrantsSet> {
    const owner = await institutions.idOf(institution)
    await tx.query('select pg_advisory_xact_lock($1, $2)', [GRANTS_LOCK, owner])
    const { rows: before } = await tx.query<OwnGrant>(
      `delete from grants where person_id = $1 and institution_id = $2 returning role, services`,
      [personId, owner],
    )
    for (const { role, services } of grants) {
      await tx.query(
        'insert into grants (person_id, institution_id, role, services) values ($1, $2, $3, $4)',
        [personId, owner, role satisfies ConsoleRole, services],
      )
    }
    const was = before.some(isAdministrator)
    if (was && !(await isAdministered(tx, owner))) return { kind: 'last-administrator' }
    return { kind: 'set', before }
  }

  async function row(where: string, values: unknown[]): Promise<PersonRow | null> {
    const { rows } = await pool.query<PersonRow>(
      `select ${ROW_COLUMNS} from people p where ${where} limit 1`,
      values,
    )
    return rows[0] ?? null
  }

  return {
    /** Throws where the login is taken. */
    async add(person: NewPerson, now: Temporal.Instant): Promise<number> {
      return transaction(pool, (client) => addPerson(client, institutions, person, now))
    },

    /** Whether anybody can sign in. */
    async areThere(): Promise<boolean> {
      const { rows } = await pool.query('select from people where disabled_at is null limit 1')
      return rows.length > 0
    },

    find: (id: number) => row('p.id = $1', [id]),
    findByLogin: (login: string) => row('p.login = $1', [login]),
    findBySubject: (subject: string) => row('p.subject = $1 and p.disabled_at is null', [subject]),

    /** Who was invited and has neither a password nor a provider yet, by address or login. */
    findInvited: (by: { email: string } | { login: string }) =>
      row(
        `p.disabled_at is null and p.password is null and p.subject is null
           and ${'email' in by ? 'lower(p.email)' : 'lower(p.login)'} = lower($1)`,
        ['email' in by ? by.email : by.login],
      ),

    /** Of one institution, by name. */
    async ofInstitution(institution: string): Promise<PersonRow[]> {
      const { rows } = await pool.query<PersonRow>(
        `select ${ROW_COLUMNS} from people p where p.id in (select g.person_id from grants g
           join institutions i on i.id = g.institution_id where i.name = $1)
         order by p.name, p.id limit ${MOST_PEOPLE}`,
        [institution],
      )
      return rows
    },

    /** All, also those who may nothing anywhere. */
    async all(): Promise<PersonRow[]> {
      const { rows } = await pool.query<PersonRow>(
        `select ${ROW_COLUMNS} from people p order by p.login limit ${MOST_PEOPLE}`,
      )
      return rows
    },

    /** Replaces what they are in one institution; without any they are nobody there. */
    async setGrants(
      personId: number,
      institution: string,
      grants: readonly OwnGrant[],
    ): Promise<GrantsSet> {
      const given = await transaction(pool, async (client) => {
        const set = await setGrants(client, personId, institution, grants)
        if (set.kind === 'last-administrator') throw new LastAdministrator()
        return set
      }).catch((error) => {
        if (error instanceof LastAdministrator) return { kind: 'last-administrator' } as const
        throw error
      })
      return given
    },

    /** Nobody signs in as them, and their sessions end. False: an institution would have nobody. */
    async disable(personId: number, now: Temporal.Instant): Promise<boolean> {
      return transaction(pool, async (client) => {
        await client.query('update people set disabled_at = $2 where id = $1', [
          personId,
          now.toString(),
        ])
        const { rows } = await client.query<{ institution: number }>(
          `select distinct institution_id as institution from grants
           where person_id = $1 and role = 'administrator' and services is null order by 1`,
          [personId],
        )
        for (const { institution } of rows) {
          await client.query('select pg_advisory_xact_lock($1, $2)', [GRANTS_LOCK, institution])
          if (!(await isAdministered(client, institution))) throw new LastAdministrator()
        }
        await client.query('delete from sessions where person_id = $1', [personId])
        await client.query('delete from people_links where person_id = $1', [personId])
        return true
      }).catch((error) => {
        if (error instanceof LastAdministrator) return false
        throw error
      })
    },

    async enable(personId: number): Promise<void> {
      await pool.query('update people set disabled_at = null where id = $1', [personId])
    },

    async setLanguage(personId: number, language: StaffLanguage | null): Promise<void> {
      await pool.query('update people set language = $2 where id = $1', [personId, language])
    },

    /** What is told of them in the acts of one institution. */
    async addActOf(
      institution: string,
      login: string,
      act: Omit<InstitutionAct, 'subject'>,
      now: Temporal.Instant,
    ): Promise<void> {
      await addAct(
        pool,
        await institutions.idOf(institution),
        { ...act, subject: `person/${login}` },
        now,
      )
    },

    /** A mail to them, such as one with a link: its secret is forgotten once it has left. */
    async addMail(institution: string, mail: StaffMail, now: Temporal.Instant): Promise<void> {
      await addStaffMail(pool, await institutions.idOf(institution), mail, now, vault)
    },

    /** What is told of them in the acts of every institution that they belong to. */
    async addActs(
      personId: number,
      act: Omit<InstitutionAct, 'subject'>,
      now: Temporal.Instant,
    ): Promise<void> {
      await transaction(pool, async (client) => {
        const { rows } = await client.query<{ login: string; institution: number }>(
          `select distinct p.login, g.institution_id as institution
           from people p join grants g on g.person_id = p.id where p.id = $1 order by 2`,
          [personId],
        )
        for (const { login, institution } of rows) {
          await addAct(client, institution, { ...act, subject: `person/${login}` }, now)
        }
      })
    },
  }
}

class LastAdministrator extends Error {}

/** Inside the caller's transaction; the id. Throws where the login is taken. */
export async function addPerson(
  tx: Queryable,
  institutions: Institutions,
  person: NewPerson,
  now: Temporal.Instant,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    'insert into people (login, name, email, created_at) values ($1, $2, $3, $4) returning id',
    [person.login, person.name, person.email, now.toString()],
  )
  const { id } = rows[0] as { id: number }
  for (const { institution, role, services } of person.grants) {
    await tx.query(
      'insert into grants (person_id, institution_id, role, services) values ($1, $2, $3, $4)',
      [id, await institutions.idOf(institution), role satisfies ConsoleRole, services],
    )
  }
  return id
}

function isAdministrator({ role, services }: OwnGrant): boolean {
  return role === 'administrator' && services === null
}

async function isAdministered(tx: Queryable, institutionId: number): Promise<boolean> {
  const { rows } = await tx.query(
    `select from grants g join people p on p.id = g.person_id
     where g.institution_id = $1 and g.role = 'administrator' and g.services is null
       and p.disabled_at is null limit 1`,
    [institutionId],
  )
  return rows.length > 0
}
