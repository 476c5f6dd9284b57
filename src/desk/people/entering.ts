// How somebody comes in: a name and a password, then a code. Invariants: an account that is not
// there, one without a password and a wrong password take the same time and have the same answer;
// after failures nothing is tried for a while; each step of a browser follows the one before.
import { setTimeout as delay } from 'node:timers/promises'
import { triedKeys } from '../../domain/sign-in-delay.ts'
import { fill, type Words } from '../../domain/words.ts'
import type { Parts } from '../../parts.ts'
import type { Credentials } from '../../store/credentials.ts'
import type { PersonRow } from '../../store/people.ts'
import { openBegun } from './begun.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { newRecoveryCodes, newSecret, plainRecoveryCode, qrOf, stepOf } from './second-factor.ts'

/** Where a request comes from. */
export interface From {
  address: string
  agent: string
}

export interface Entered {
  kind: 'in'
  token: string
  /** Where they wanted to go. */
  to: string
  /** Failed sign-ins since the last that succeeded. */
  failures: number
}

/** What comes next; `expired`: this browser took too long, or never began. */
export type Next =
  | Entered
  | { kind: 'code' }
  | { kind: 'enrol' }
  | { kind: 'wrong' }
  | { kind: 'closed'; until: Temporal.Instant }
  | { kind: 'expired' }

/** A failed sign-in is answered no sooner than that, whoever was named. */
const FAILED_MILLISECONDS = 300
/** So many failures in a row are told to their person by mail. */
const TOLD_FAILURES = 5

type Refused = Extract<Next, { kind: 'wrong' | 'closed' }>

export type Entering = ReturnType<typeof openEntering>

export function openEntering(parts: Parts) {
  const { store, now, log } = parts
  const { credentials, signIns, people, sessions } = store
  const begun = openBegun(parts)
  const isRequired = () => parts.config.installation.console?.secondFactor !== 'optional'

  /** The person has shown who they are: a session of theirs. */
  async function enter(mark: string, personId: number, to: string, from: From): Promise<Entered> {
    const at = now()
    const known = await credentials.ofPerson(personId)
    const person = await people.find(personId)
    if (known === null || person === null) throw new Error('whoever signs in is not there')
    const token = await sessions.open(personId, from, at)
    await begun.forget(mark)
    const keys = triedKeys(person.login, from.address).filter(({ kind }) => kind !== 'address')
    await signIns.succeeded(keys)
    await people.addActs(
      personId,
      { ...by(person.login), verb: 'signed in', detail: { address: from.address } },
      at,
    )
    return { kind: 'in', token, to, failures: known.failures }
  }

  /** After a password, or a provider that asked for nothing else: what is still to be shown. */
  async function goOn(mark: string, known: Credentials, to: string, from: From): Promise<Next> {
    if (known.totpSecret !== null) {
      await begun.put(mark, { step: 'code', personId: known.id, to })
      return { kind: 'code' }
    }
    if (!isRequired()) return enter(mark, known.id, to, from)
    await beginEnrolment(mark, known.id, to, null)
    return { kind: 'enrol' }
  }

  function beginEnrolment(mark: string, personId: number, to: string, sessionId: number | null) {
    return begun.put(mark, { step: 'enrol', personId, to, secret: newSecret(), sessionId })
  }

  async function failed(
    login: string,
    personId: number | null,
    { address }: From,
  ): Promise<Refused> {
    const at = now()
    const until = await signIns.failed(triedKeys(login, address), at)
    log.info({ closed: until !== null }, 'sign-in failed')
    if (personId !== null) {
      const failures = await credentials.failed(personId)
      const detail = { address, failures, ...(until && { closedUntil: until.toString() }) }
      const person = await people.find(personId)
      const act = { ...by(person?.login ?? login), verb: 'failed to sign in', detail }
      await people.addActs(personId, act, at)
      if (person !== null && failures === TOLD_FAILURES) await tellOfFailures(person, address, at)
    }
    return until === null ? { kind: 'wrong' } : { kind: 'closed', until }
  }

  /** Once for each row of failures, so that nobody fills a mailbox by guessing. */
  async function tellOfFailures(person: PersonRow, address: string, at: Temporal.Instant) {
    const { email, name, language, grants } = person
    const [grant] = grants
    if (email === null || !grant || parts.config.installation.mail === undefined) return
    const figures = { name, failures: TOLD_FAILURES, address }
    const [subject, body] = [failuresMail.subject, failuresMail.body].map((words) =>
      fill(words, language ?? 'it', figures),
    ) as [string, string]
    await people.addMail(grant.institution, { recipients: [email], subject, body }, at)
  }

  return {
    enter,
    goOn,
    beginEnrolment,

    /** Throws `BusyError`. */
    async signIn(
      mark: string,
      { login, password, to }: { login: string; password: string; to: string },
      from: From,
    ): Promise<Next> {
      const until = await signIns.closedUntil(triedKeys(login, from.address), now())
      if (until !== null) return { kind: 'closed', until }
      const started = performance.now()
      const known = await credentials.ofLogin(login.trim())
      const { isRight, isWeak } = await verifyPassword(password, known?.password ?? null)
      if (known === null || !isRight) {
        const next = await failed(login, known?.id ?? null, from)
        // What is written down of an account that is there takes a little longer.
        await delay(Math.max(0, started + FAILED_MILLISECONDS - performance.now()))
        return next
      }
      if (isWeak) await credentials.setPassword(known.id, await hashPassword(password))
      return goOn(mark, known, to, from)
    },

    /** The code of the phone, or one on paper. */
    async code(mark: string, typed: string, from: From): Promise<Next> {
      const at = await begun.find(mark, 'code')
      const known = at && (await credentials.ofPerson(at.personId))
      const person = at && (await people.find(at.personId))
      if (!at || !known || !person) return { kind: 'expired' }
      const until = await signIns.closedUntil(triedKeys(person.login, from.address), now())
      if (until !== null) return { kind: 'closed', until }
      if (await isTheirs(known, typed)) return enter(mark, at.personId, at.to, from)
      return failed(person.login, at.personId, from)
    },

    /** What a phone is to read; null: this browser sets nothing up. */
    async enrolment(mark: string) {
      const at = await begun.find(mark, 'enrol')
      const person = at && (await people.find(at.personId))
      if (!at || !person) return null
      const mayWait = !isRequired() && at.sessionId === null
      return { secret: at.secret, qr: qrOf(at.secret, person.login), mayWait }
    },

    /** With a first code of the phone: its recovery codes, which nobody can be told again. */
    async enrol(
      mark: string,
      typed: string,
      from: From,
    ): Promise<
      | { kind: 'done'; token: string; to: string; recoveryCodes: string[] }
      | { kind: 'wrong' }
      | { kind: 'expired' }
    > {
      const at = await begun.find(mark, 'enrol')
      if (at === null) return { kind: 'expired' }
      const step = stepOf(at.secret, typed, now())
      if (step === null) return { kind: 'wrong' }
      const recoveryCodes = newRecoveryCodes()
      const factor = { secret: at.secret, step, recoveryCodes }
      await credentials.setSecondFactor(at.personId, factor)
      const person = await people.find(at.personId)
      const act = { ...by(person?.login ?? ''), verb: 'set up the second factor' }
      await people.addActs(at.personId, act, now())
      if (at.sessionId !== null) {
        await begun.forget(mark)
        const token = await sessions.prove(at.sessionId, now())
        return { kind: 'done', token, to: at.to, recoveryCodes }
      }
      const { token, to } = await enter(mark, at.personId, at.to, from)
      return { kind: 'done', token, to, recoveryCodes }
    },

    /** Without a second factor, where it is left to them. */
    async enterWithout(mark: string, from: From): Promise<Next> {
      const at = await begun.find(mark, 'enrol')
      if (at === null || isRequired() || at.sessionId !== null) return { kind: 'expired' }
      return enter(mark, at.personId, at.to, from)
    },

    /** Whether it is the password of who is signed in. */
    proveByPassword: (personId: number, typed: string, from: From) =>
      proof(
        personId,
        from,
        async ({ password }) => (await verifyPassword(typed, password)).isRight,
      ),

    /** Whoever is signed in shows once more that it is they, by password or code. */
    async prove(
      personId: number,
      sessionId: number,
      typed: string,
      from: From,
    ): Promise<{ kind: 'in'; token: string } | Refused> {
      const proved = await proof(personId, from, async (known) => {
        if (/^[\d\s]{6,8}$/.test(typed) && (await isTheirs(known, typed))) return true
        return (await verifyPassword(typed, known.password)).isRight
      })
      if (proved.kind !== 'right') return proved
      return { kind: 'in', token: await sessions.prove(sessionId, now()) }
    },
  }

  async function proof(
    personId: number,
    from: From,
    isRight: (known: Credentials) => Promise<boolean>,
  ): Promise<{ kind: 'right' } | Refused> {
    const known = await credentials.ofPerson(personId)
    const person = await people.find(personId)
    if (known === null || person === null) return { kind: 'wrong' }
    const until = await signIns.closedUntil(triedKeys(person.login, from.address), now())
    if (until !== null) return { kind: 'closed', until }
    return (await isRight(known)) ? { kind: 'right' } : failed(person.login, personId, from)
  }

  async function isTheirs({ id, totpSecret }: Credentials, typed: string): Promise<boolean> {
    const step = totpSecret === null ? null : stepOf(totpSecret, typed, now())
    if (step !== null) return credentials.useStep(id, step)
    const recovery = plainRecoveryCode(typed)
    return recovery !== null && credentials.useRecoveryCode(id, recovery)
  }
}

const failuresMail: { subject: Words; body: Words } = {
  subject: {
    it: 'Staffetta: tentativi di accesso non riusciti',
    en: 'Staffetta: sign-ins that failed',
  },
  body: {
    it: `Ciao {name},

qualcuno ha provato {failures} volte a entrare in Staffetta con il tuo nome utente, senza riuscirci;
l'ultima volta dall'indirizzo {address}. Per un po' l'accesso resta chiuso, poi si riapre da solo.

Se eri tu, non devi fare niente. Se non eri tu, avvisa il tuo CED.
`,
    en: `Hello {name},

somebody tried {failures} times to come into Staffetta with your user name, in vain; the last time from
the address {address}. The sign-in stays closed for a while, then it opens by itself.

If it was you, there is nothing to do. If it was not, tell your IT department.
`,
  },
}

/** Acts of people in the console. */
export function by(actor: string) {
  return { actor, origin: 'console' } as const
}
