// How somebody gets a password: by a link that serves once, as the first of all, or in place of the
// one they have. Invariants: a link is taken in the same transaction as what it gives; the first
// administrator is made once, also where two ask at the same time.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PasswordFault, passwordFault } from '../../domain/password.ts'
import type { Parts } from '../../parts.ts'
import { isBreached } from './breached.ts'
import { by, type Entering, type Next } from './entering.ts'
import { hashPassword } from './passwords.ts'

const FIRST_RUN_MINUTES = 60
const FIRST_RUN_FILE = 'first-run-token'

export interface Newcomer {
  login: string
  name: string
  password: string
}

/** Why a person could not be made, or a password not be chosen. */
export type ChoiceFault = PasswordFault | 'no-login' | 'no-name' | 'gone'

type Chosen = Extract<Next, { kind: 'enrol' }>

export type Choosing = ReturnType<typeof openChoosing>

export function openChoosing(parts: Parts, entering: Entering) {
  const { store, config, now, log, dataDirectory } = parts
  const { people, signIns, credentials } = store

  /** Why it cannot be chosen by who is called so; null: it can. */
  async function faultOf(password: string, about: readonly string[]) {
    const names = config.institutions.flatMap(({ id, name }) => [id, name])
    const fault = passwordFault(password, [...about, ...names])
    if (fault !== null) return fault
    const list = config.installation.console?.breachedPasswords
    if (list === undefined) return null
    return (await isBreached(password, list.slice('file:'.length))) ? 'breached' : null
  }

  /** Whoever has just chosen a password is shown the second factor, also where it may wait. */
  async function goOn(mark: string, personId: number): Promise<Chosen> {
    await entering.beginEnrolment(mark, personId, '/', null)
    return { kind: 'enrol' }
  }

  /** Kept beside the data, for who may read there: nobody else learns it, not even the log. */
  async function firstRunToken(): Promise<string | null> {
    const path = join(dataDirectory, FIRST_RUN_FILE)
    if (await people.areThere()) {
      await rm(path, { force: true })
      return null
    }
    const kept = (await readFile(path, 'utf8').catch(() => '')).trim()
    if (kept !== '' && (await signIns.findLink(kept, now()))?.purpose === 'first-run') return kept
    const expiresAt = now().add({ minutes: FIRST_RUN_MINUTES })
    const token = await signIns.addLink({ personId: null, purpose: 'first-run' }, expiresAt)
    // Removed first: what was there may be readable by others, and would stay so.
    await rm(path, { force: true })
    await writeFile(path, `${token}\n`, { mode: 0o600, flag: 'wx' })
    log.warn({ file: path }, 'first-run token written: open the console and give it')
    return token
  }

  /** Of a link that may still be taken. */
  async function invited(token: string) {
    const link = await signIns.findLink(token, now())
    const person = link?.personId ? await people.find(link.personId) : null
    return person && person.disabledAt === null ? person : null
  }

  return {
    firstRunToken,
    /** Whether the console waits for its first administrator. */
    isFirstRun: async () => !(await people.areThere()),

    invited,

    /** Who has the first-run token becomes administrator of every institution. */
    async beFirst(
      mark: string,
      token: string,
      { login, name, password }: Newcomer,
    ): Promise<Chosen | { kind: 'faulty'; fault: ChoiceFault }> {
      const link = await signIns.findLink(token.trim(), now())
      if (link?.purpose !== 'first-run') return { kind: 'faulty', fault: 'gone' }
      if (!isLogin(login)) return { kind: 'faulty', fault: 'no-login' }
      if (name.trim() === '') return { kind: 'faulty', fault: 'no-name' }
      const fault = await faultOf(password, [login, name])
      if (fault !== null) return { kind: 'faulty', fault }
      const phc = await hashPassword(password)
      const grants = config.institutions.map(({ id: institution }) => {
        return { institution, role: 'administrator', services: null } as const
      })
      const person = { login, name: name.trim().slice(0, 200), email: null, grants }
      const at = now()
      const made = { ...person, password: phc }
      const id = await store.takenLinks.beFirst(token.trim(), made, at)
      if (id === null) return { kind: 'faulty', fault: 'gone' }
      await people.addActs(id, { ...by(login), verb: 'became the first administrator' }, at)
      await firstRunToken()
      return goOn(mark, id)
    },

    /** Who has the link of an invitation, or of a reset, chooses a password. */
    async accept(
      mark: string,
      token: string,
      password: string,
    ): Promise<Chosen | { kind: 'faulty'; fault: ChoiceFault }> {
      const person = await invited(token)
      if (person === null) return { kind: 'faulty', fault: 'gone' }
      const fault = await faultOf(password, [person.login, person.name])
      if (fault !== null) return { kind: 'faulty', fault }
      const phc = await hashPassword(password)
      const taken = await store.takenLinks.choose(token, phc, now())
      if (taken === null) return { kind: 'faulty', fault: 'gone' }
      const act = { ...by(person.login), verb: 'chose a password by a link' }
      await people.addActs(person.id, { ...act, detail: { purpose: taken.purpose } }, now())
      return goOn(mark, person.id)
    },

    /** Of who is signed in and has just shown it. Null: done; other sessions of theirs end. */
    async change(
      { id, login, name, session }: { id: number; login: string; name: string; session: number },
      password: string,
    ): Promise<{ kind: 'faulty'; fault: PasswordFault } | { kind: 'done'; token: string }> {
      const fault = await faultOf(password, [login, name])
      if (fault !== null) return { kind: 'faulty', fault }
      await credentials.setPassword(id, await hashPassword(password))
      await store.sessions.endOf(id, { but: session })
      const token = await store.sessions.renew(session)
      await people.addActs(id, { ...by(login), verb: 'changed the password' }, now())
      return { kind: 'done', token }
    },
  }
}

/** As it stands in acts, and perhaps in the shell: short, no blanks. */
export function isLogin(login: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._@-]{1,63}$/u.test(login)
}
