import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Installation, openInstallation } from '../../installation.ts'
import { openVisited, type Visited, type Visiting } from '../visiting.ts'

const LIST = '/settings/tokens'
let here: Installation
let visited: Visited
let administrator: Visiting

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  administrator = await visited.as(['administrator'], { login: 'ced' })
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const tokenIn = (text: string) => /staffetta_[\w-]{43}/.exec(text)?.[0] ?? ''
const flows = (token: string) =>
  visited.fetch('/api/v1/flows', { headers: { authorization: `Bearer ${token}` } })

describe('a token', () => {
  it('is shown once when it is made, works, and signs what it does', async () => {
    const wish = { name: 'protocollo', permission: ['read', 'prepare'], service: ['mensa'] }
    const made = await administrator.post(`${LIST}/new`, wish)
    expect(made.status).toBe(200)
    const token = tokenIn(made.text)
    expect((await flows(token)).status).toBe(200)
    const listed = (await administrator.get(LIST)).text
    expect(tokenIn(listed)).toBe('')
    expect(listed).toContain(`…${token.slice(-4)}`)
    expect(listed).toContain('leggere, preparare')
  })

  it('that is revoked after a question counts no more, and stays listed', async () => {
    const made = await administrator.post(`${LIST}/new`, { name: 'vecchio', permission: 'read' })
    const token = tokenIn(made.text)
    const [{ id } = { id: 0 }] = await here.app.store.apiTokens.list('comune-di-esempio')
    const asked = await administrator.get(`${LIST}/${id}/revoke`)
    expect(asked.text).toContain('Sei sicuro?')
    expect((await flows(token)).status).toBe(200)
    expect((await administrator.post(`${LIST}/${id}/revoke`)).status).toBe(303)
    expect((await flows(token)).status).toBe(401)
    const listed = (await administrator.get(LIST)).text
    expect(listed).toContain('Chiave vecchio revocata.')
    expect(listed).toMatch(/Revocata<\/span> <time[^>]*>[^<]*<\/time> \(ced\)/)
    expect((await administrator.post(`${LIST}/${id}/revoke`)).status).toBe(404)
    const acts = await administrator.get('/activity?kind=token&name=vecchio')
    expect(acts.text).toContain('revocata la chiave API vecchio')
  })

  it('needs a name of its own, a permission and a day to come', async () => {
    const faulty = { name: 'Con Spazi', expires: '2020-01-01' }
    const { status, text } = await administrator.post(`${LIST}/new`, faulty)
    expect(status).toBe(422)
    for (const field of ['name', 'permissions', 'expires']) expect(text).toContain(`#${field}`)
    const taken = await administrator.post(`${LIST}/new`, { name: 'vecchio', permission: 'read' })
    expect([taken.status, tokenIn(taken.text)]).toEqual([422, ''])
    expect(taken.text).toContain('C’è già, o c’è stata')
  })

  it('of a service that is not there is not made for all instead', async () => {
    const wish = { name: 'altro', permission: 'read', service: 'non-c-e' }
    expect((await administrator.post(`${LIST}/new`, wish)).status).toBe(404)
  })
})

describe('the other settings', () => {
  it('say which file changes them, and mask the codes of testers', async () => {
    for (const page of ['testers', 'alerts']) {
      const { text, status } = await administrator.get(`/settings/${page}`)
      expect(status).toBe(200)
      expect(text).toContain('comune-di-esempio/institution.yaml')
    }
    const [tester] = here.app.config.institutions[0]!.testers
    const { text } = await administrator.get('/settings/testers')
    expect(text).toContain(tester!.name)
    expect(text).not.toContain(tester!.fiscalCode)
  })

  it('say truthfully that nothing of citizens is deleted yet', async () => {
    const { text } = await administrator.get('/settings/retention')
    expect(text).toContain('Oggi nulla di ciò che riguarda i cittadini si cancella da solo')
  })

  it('are led to from one page; of people and tokens only who administers all', async () => {
    const some = await visited.as(['administrator'], { services: ['mensa'] })
    expect((await administrator.get('/settings')).text).toContain('/settings/tokens')
    expect((await some.get('/settings')).text).not.toContain('/settings/tokens')
  })
})
