// Who administers people: invitations, what each may do, and ways out. Invariants: who administers
// one institution sees and changes what people are there, and nothing of another; what concerns the
// account as a whole, only who administers every institution that its person belongs to; nobody is
// given what the giver could not take away.
import type { Grant } from '../../domain/access.ts'
import { servicesFor } from '../../domain/access.ts'
import { isEmailOfIo } from '../../domain/email-address.ts'
import { fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import type { Parts } from '../../parts.ts'
import type { OwnGrant, PersonRow } from '../../store/people.ts'
import { isLogin } from './choosing.ts'
import { grantText } from './provider.ts'

/** A link by mail may wait over a week-end. */
const INVITATION_HOURS = 96
const RESET_HOURS = 24

/** Who administers: where, and from where. */
export interface Administrator {
  login: string
  grants: readonly Grant[]
  institution: string
  /** `console` or `cli`: then it is the shell that gives the right. */
  origin: 'console' | 'cli'
}

export interface Invitation {
  login: string
  name: string
  email: string | null
  grants: readonly OwnGrant[]
}

export type InvitationFault = 'no-login' | 'no-name' | 'no-email' | 'no-grant' | 'there'

/** `link` null: it went by mail. */
export interface GivenLink {
  link: string | null
  email: string | null
  hours: number
}

export type Administering = ReturnType<typeof openAdministering>

export function openAdministering({ config, store, now }: Parts) {
  const { people, signIns, credentials, sessions } = store
  const { mail, console: pages } = config.installation
  const pagesUrl = pages?.url.replace(/\/+$/, '') ?? ''

  async function give(
    { institution }: Administrator,
    person: { id: number; login: string; name: string; email: string | null },
    purpose: 'invitation' | 'reset',
    language: StaffLanguage,
    byMail: boolean,
  ): Promise<GivenLink> {
    const hours = purpose === 'invitation' ? INVITATION_HOURS : RESET_HOURS
    const token = await signIns.addLink({ personId: person.id, purpose }, now().add({ hours }))
    const link = `${pagesUrl}/invitation/${token}`
    const { email, name, login } = person
    if (!byMail || mail === undefined || email === null) return { link, email: null, hours }
    const place = config.institutions.find(({ id }) => id === institution)?.name ?? institution
    const figures = { name, login, place, hours }
    const subject = fill(mailWords[purpose].subject, language, figures)
    const body = fill(mailWords[purpose].body, language, figures)
    await people.addMail(institution, { recipients: [email], subject, body, secret: link }, now())
    return { link: null, email, hours }
  }

  /** Whether the whole account is theirs to change. */
  function isWholly(by: Administrator, { grants }: Pick<PersonRow, 'grants'>): boolean {
    if (by.origin === 'cli') return true
    const places = new Set([by.institution, ...grants.map(({ institution }) => institution)])
    return [...places].every((one) => servicesFor(by.grants, one, 'administer') === null)
  }

  const actOf = (by: Administrator, verb: string, detail: object = {}) => {
    return { actor: by.login, origin: by.origin, verb, detail }
  }

  return {
    isWholly,

    /** Of an institution that they administer as a whole; null: it is not theirs to see. */
    async find(by: Administrator, id: number): Promise<PersonRow | null> {
      const person = await people.find(id)
      const isThere = person?.grants.some(({ institution }) => institution === by.institution)
      return isThere ? person : null
    },

    /** A new account, or one that is there already and gets rights here too. */
    async invite(
      by: Administrator,
      asked: Invitation,
      language: StaffLanguage,
      byMail: boolean,
    ): Promise<
      | { kind: 'faulty'; fault: InvitationFault }
      | { kind: 'invited'; id: number; given: GivenLink }
      | { kind: 'joined'; id: number }
    > {
      const login = asked.login.trim()
      if (!isLogin(login)) return { kind: 'faulty', fault: 'no-login' }
      if (asked.name.trim() === '') return { kind: 'faulty', fault: 'no-name' }
      const email = asked.email?.trim() || null
      if (email !== null && !isEmailOfIo(email)) return { kind: 'faulty', fault: 'no-email' }
      if (asked.grants.length === 0) return { kind: 'faulty', fault: 'no-grant' }
      const { institution } = by
      const there = await people.findByLogin(login)
      const detail = { after: asked.grants.map(grantText) }
      if (there !== null) {
        const isHere = there.grants.some((grant) => grant.institution === institution)
        if (isHere || there.disabledAt !== null) return { kind: 'faulty', fault: 'there' }
        await people.setGrants(there.id, institution, asked.grants)
        await people.addActOf(institution, there.login, actOf(by, 'gave access', detail), now())
        return { kind: 'joined', id: there.id }
      }
      const grants = asked.grants.map((grant) => ({ ...grant, institution }))
      const person = { login, name: asked.name.trim().slice(0, 200), email }
      const id = await people.add({ ...person, grants }, now())
      await people.addActOf(institution, login, actOf(by, 'invited', detail), now())
      return {
        ...{ kind: 'invited', id },
        given: await give(by, { id, ...person }, 'invitation', language, byMail),
      }
    },

    /** What they are here, from now on: it counts at their next request. */
    async setGrants(
      by: Administrator,
      { id, login }: Pick<PersonRow, 'id' | 'login'>,
      grants: readonly OwnGrant[],
    ): Promise<'set' | 'last-administrator'> {
      const set = await people.setGrants(id, by.institution, grants)
      if (set.kind === 'last-administrator') return set.kind
      const detail = { before: set.before.map(grantText), after: grants.map(grantText) }
      const verb = grants.length === 0 ? 'took access away' : 'changed grants'
      await people.addActOf(by.institution, login, actOf(by, verb, detail), now())
      return 'set'
    },

    /** False: an institution would have no administrator, or it is not theirs to do. */
    async disable(by: Administrator, person: PersonRow): Promise<boolean> {
      if (!isWholly(by, person) || !(await people.disable(person.id, now()))) return false
      await people.addActs(person.id, actOf(by, 'disabled'), now())
      return true
    },

    async enable(by: Administrator, person: PersonRow): Promise<boolean> {
      if (!isWholly(by, person)) return false
      await people.enable(person.id)
      await people.addActs(person.id, actOf(by, 'enabled'), now())
      return true
    },

    /** Answers how many; null: not theirs to do. */
    async endSessions(by: Administrator, person: PersonRow): Promise<number | null> {
      if (!isWholly(by, person)) return null
      const ended = await sessions.endOf(person.id, { but: null })
      await people.addActs(person.id, actOf(by, 'ended sessions', { sessions: ended }), now())
      return ended
    },

    /** They come in by nothing any more but a new link. Null: not theirs to do. */
    async reset(
      by: Administrator,
      person: PersonRow,
      language: StaffLanguage,
      byMail: boolean,
    ): Promise<GivenLink | null> {
      if (!isWholly(by, person)) return null
      await credentials.clear(person.id)
      await people.addActs(person.id, actOf(by, 'reset the sign-in'), now())
      return give(by, person, 'reset', language, byMail)
    },
  }
}

const mailWords: Record<'invitation' | 'reset', { subject: Words; body: Words }> = {
  invitation: {
    subject: {
      it: 'Staffetta: il tuo accesso per {place}',
      en: 'Staffetta: your access for {place}',
    },
    body: {
      it: `Ciao {name},

hai un accesso a Staffetta per {place}. Il tuo nome utente è {login}.
Apri questo collegamento e scegli come entrare. Vale {hours} ore e una volta sola:

{secret}

Se non te l’aspettavi, non aprirlo e avvisa il tuo CED.
`,
      en: `Hello {name},

you have access to Staffetta for {place}. Your user name is {login}.
Open this link and choose how to come in. It holds for {hours} hours and serves once:

{secret}

If you did not expect it, do not open it and tell your IT department.
`,
    },
  },
  reset: {
    subject: { it: 'Staffetta: scegli una nuova password', en: 'Staffetta: choose a new password' },
    body: {
      it: `Ciao {name},

il tuo accesso a Staffetta per {place} è stato rifatto. Il tuo nome utente è {login}.
Apri questo collegamento e scegli una nuova password. Vale {hours} ore e una volta sola:

{secret}

Se non te l’aspettavi, avvisa il tuo CED.
`,
      en: `Hello {name},

your access to Staffetta for {place} was made anew. Your user name is {login}.
Open this link and choose a new password. It holds for {hours} hours and serves once:

{secret}

If you did not expect it, tell your IT department.
`,
    },
  },
}
