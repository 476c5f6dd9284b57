import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { call } from './call-command.ts'

let here: Installation
beforeAll(async () => {
  here = await openInstallation({
    configuration: { 'staffetta.yaml': { console: { url: 'https://staffetta.comune.example' } } },
  })
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const people = (...argv: string[]) => call(here, ['people', ...argv])

describe('staffetta people', () => {
  test('says who may sign in, or that nobody can yet', async () => {
    expect((await people()).out).toContain('Nobody can sign in yet')
  })

  test('adds an administrator of every institution, by a link that serves once', async () => {
    const { code, out } = await people('add', 'ced', '--name', 'Ufficio CED')
    expect(code).toBe(0)
    const token = /https:\/\/staffetta\.comune\.example\/invitation\/(\S+)/.exec(out)?.[1] ?? ''
    expect((await here.app.desk.people.invited(token))?.login).toBe('ced')
    expect((await people('list')).out).toMatch(
      /ced +Ufficio CED +.*comune-di-esempio administrator/,
    )
  })

  test('adds somebody with a role, for some services', async () => {
    const scope = ['--institution', INSTITUTION, '--service', 'mensa']
    await people('add', 'tributi', '--role', 'operator', '--role', 'viewer', ...scope)
    const person = await here.app.store.people.findByLogin('tributi')
    expect(person?.grants).toEqual([
      { institution: INSTITUTION, role: 'operator', services: ['mensa'] },
      { institution: INSTITUTION, role: 'viewer', services: ['mensa'] },
    ])
  })

  test('gives a new link to who lost everything, and ends their sessions', async () => {
    const { app } = here
    const { id } = (await app.store.people.findByLogin('ced'))!
    const now = Temporal.Now.instant()
    const token = await app.store.sessions.open(id, { address: '10.0.0.1', agent: '' }, now)
    expect((await people('reset', 'ced')).out).toMatch(/\/invitation\/\S+/)
    expect(await app.store.sessions.find(token, now)).toBe(null)
  })

  test('disables, but never the last administrator', async () => {
    expect(await people('disable', 'tributi')).toMatchObject({ code: 0 })
    const { code } = await people('disable', 'ced')
    expect(code).toBe(1)
    expect((await people('reset', 'nessuno')).code).toBe(1)
  })

  test('refuses what it does not know', async () => {
    const refused = [['add', 'x1', '--role', 'capo'], ['remove', 'ced'], ['add']]
    const said = await Promise.all(refused.map((argv) => people(...argv)))
    expect(said.map(({ code, err }) => [code, err])).toEqual([
      [2, 'there is no role "capo"'],
      [2, 'there is no verb "remove": list, add, reset, disable'],
      [2, 'missing argument: LOGIN'],
    ])
  })
})
