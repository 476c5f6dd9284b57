// What must hold of people also where two act at the same time: one first administrator, one use of
// a code and of a link, and no institution without an administrator.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INSTITUTION, type Installation, openInstallation } from '../installation.ts'

let here: Installation
beforeAll(async () => {
  here = await openInstallation()
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const at = Temporal.Instant.from('2026-11-23T08:00:00Z')
const administrator = { institution: INSTITUTION, role: 'administrator', services: null } as const
const from = { address: '10.0.0.1', agent: 'prova' }
const person = (login: string) => ({ login, name: login, email: null, grants: [administrator] })

describe('of two at the same time', () => {
  it('one becomes the first administrator', async () => {
    const { signIns, takenLinks } = here.app.store
    const link = { personId: null, purpose: 'first-run' } as const
    const tokens = await Promise.all([1, 2].map(() => signIns.addLink(link, at.add({ hours: 1 }))))
    const made = await Promise.all(
      tokens.map((token, n) =>
        takenLinks.beFirst(token, { ...person(`primo-${n}`), password: 'phc' }, at),
      ),
    )
    expect(made.filter((id) => id !== null)).toHaveLength(1)
  })

  it('one takes a link', async () => {
    const { people, signIns, takenLinks } = here.app.store
    const personId = await people.add(person('invitato'), at)
    const token = await signIns.addLink({ personId, purpose: 'invitation' }, at.add({ hours: 1 }))
    const taken = await Promise.all([1, 2].map(() => takenLinks.choose(token, 'phc', at)))
    expect(taken.filter((one) => one !== null)).toEqual([{ personId, purpose: 'invitation' }])
  })

  it('one uses a code, and one a recovery code', async () => {
    const { credentials, people } = here.app.store
    const { id } = (await people.findByLogin('invitato'))!
    await credentials.setSecondFactor(id, { secret: 'ABCD', step: 5, recoveryCodes: ['aaaa'] })
    expect(await credentials.useStep(id, 5)).toBe(false)
    const used = await Promise.all([1, 2].map(() => credentials.useStep(id, 6)))
    expect(used.sort()).toEqual([false, true])
    const recovered = await Promise.all([1, 2].map(() => credentials.useRecoveryCode(id, 'aaaa')))
    expect(recovered.sort()).toEqual([false, true])
  })

  it('one administrator stays, however they take each other away', async () => {
    const { people } = here.app.store
    const all = await people.ofInstitution(INSTITUTION)
    expect(all).toHaveLength(2)
    const [one, two] = all
    const done = await Promise.all([
      people.disable(one!.id, at),
      people.setGrants(two!.id, INSTITUTION, []).then(({ kind }) => kind === 'set'),
    ])
    expect(done.sort()).toEqual([false, true])
  })
})

describe('what is kept', () => {
  it('has no token and no secret in clear', async () => {
    const { sessions, credentials, people } = here.app.store
    const [somebody] = (await people.all()).filter(({ disabledAt }) => disabledAt === null)
    const token = await sessions.open(somebody!.id, from, at)
    const secret = 'JBSWY3DPEHPK3PXP'
    await credentials.setSecondFactor(somebody!.id, { secret, step: 1, recoveryCodes: ['bbbb'] })
    const tables = ['people', 'sessions', 'recovery_codes', 'people_links', 'begun_sign_ins']
    for (const table of tables) {
      const rows = await here.query<{ row: string }>(`select t::text as row from ${table} t`)
      expect(rows.some(({ row }) => row.includes(token) || row.includes(secret))).toBe(false)
    }
    expect((await credentials.ofPerson(somebody!.id))?.totpSecret).toBe(secret)
  })

  it('is forgotten when it is over', async () => {
    const { sessions, signIns } = here.app.store
    await signIns.begin('mark', { step: 'x' }, at.add({ minutes: 10 }))
    expect(await signIns.begun('mark', at)).toEqual({ step: 'x' })
    expect(await signIns.begun('mark', at.add({ minutes: 10 }))).toBe(null)
    const later = at.add({ hours: 30 })
    await signIns.sweep(later)
    await sessions.sweep(later)
    const [left] = await here.query<{ left: number }>(
      'select (select count(*) from sessions)::int + (select count(*) from begun_sign_ins)::int as left',
    )
    expect(left?.left).toBe(0)
  })
})
