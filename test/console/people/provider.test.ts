// Coming in by OpenID Connect, against a real provider: who was invited, who has a group, who has
// neither; a second factor there, or else here; and a provider that is away.
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INSTITUTION, type Installation, openInstallation } from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'
import { browse, type Shown } from './browsing.ts'
import { CLIENT_ID, CLIENT_SECRET, openTestProvider, type TestProvider } from './provider.ts'

let provider: TestProvider
let here: Installation
let visited: Visited

beforeAll(async () => {
  provider = await openTestProvider('http://127.0.0.1/sign-in/provider/back')
  process.env['PROVA_OIDC_SECRET'] = CLIENT_SECRET
  const oidc = {
    ...{ issuer: provider.issuer, clientId: CLIENT_ID, clientSecret: 'env:PROVA_OIDC_SECRET' },
    name: 'Accesso unico',
    groups: {
      grants: [
        { group: 'tributi', institution: INSTITUTION, role: 'operator', services: ['mensa'] },
        { group: 'dirigenti', institution: INSTITUTION, role: 'approver' },
      ],
    },
  }
  here = await openInstallation({
    configuration: { 'staffetta.yaml': { console: { url: 'http://127.0.0.1', oidc } } },
  })
  visited = await openVisited(here)
  const grants = [{ institution: INSTITUTION, role: 'administrator', services: null }] as const
  const somebody = { login: 'ced', name: 'CED', email: 'ced@comune.example', grants }
  await here.app.store.people.add(somebody, Temporal.Now.instant())
})
afterAll(async () => {
  delete process.env['PROVA_OIDC_SECRET']
  await visited.close()
  await here[Symbol.asyncDispose]()
  await provider.close()
})

const tributi = {
  sub: 'u-1',
  amr: ['pwd', 'otp'],
  claims: {
    ...{ email: 'tributi@comune.example', email_verified: true, name: 'Ufficio tributi' },
    ...{ preferred_username: 'tributi', groups: ['tributi', 'altri'] },
  },
}

async function enter(): Promise<Shown> {
  const browser = browse(visited.url)
  const page = await browser.open('/sign-in')
  expect(page.text).toContain('Entra con Accesso unico')
  return browser.open('/sign-in/provider?to=/account')
}

const person = (login: string) => here.app.store.people.findByLogin(login)

describe('by a provider', () => {
  it('who has a group comes in as it says, and is asked for nothing more', async () => {
    provider.become(tributi)
    const account = await enter()
    expect([account.status, account.path]).toEqual([200, '/account'])
    expect(account.text).toContain('Operatore')
    expect((await person('tributi'))?.grants).toEqual([
      { institution: INSTITUTION, role: 'operator', services: ['mensa'] },
    ])
  })

  it('it is asked with PKCE, a state and a nonce', () => {
    const asked = provider.asked()
    expect(asked.get('code_challenge_method')).toBe('S256')
    for (const name of ['code_challenge', 'state', 'nonce']) {
      expect(asked.get(name)?.length).toBeGreaterThan(20)
    }
  })

  it('other groups count at the next sign-in of the same subject', async () => {
    const { claims } = tributi
    provider.become({
      ...tributi,
      claims: { ...claims, email: 'x@y.example', groups: ['dirigenti'] },
    })
    expect((await enter()).text).toContain('Approvatore')
    expect((await person('tributi'))?.grants.map(({ role }) => role)).toEqual(['approver'])
    const [act] = await here.query<{ detail: object }>(
      "select detail from acts where verb = 'changed grants by groups' order by id desc limit 1",
    )
    expect(act?.detail).toEqual({ before: ['operator: mensa'], after: ['approver'] })
  })

  it('who was not invited and has no group does not come in', async () => {
    provider.become({ sub: 'u-2', claims: { email: 'altri@comune.example', email_verified: true } })
    const refused = await enter()
    expect(refused.status).toBe(403)
    expect(refused.text).toContain('qui nessuno ti ha invitato')
  })

  it('who was invited is known by an address, if the provider calls it verified', async () => {
    const claims = { email: 'CED@comune.example', email_verified: false }
    provider.become({ sub: 'u-3', amr: ['mfa'], claims })
    expect((await enter()).status).toBe(403)
    provider.become({ sub: 'u-3', amr: ['mfa'], claims: { ...claims, email_verified: true } })
    expect((await enter()).path).toBe('/account')
    expect((await person('ced'))?.hasProvider).toBe(true)
  })

  it('groups leave an institution its last administrator', async () => {
    expect((await person('ced'))?.grants.map(({ role }) => role)).toEqual(['administrator'])
  })

  it('without a second factor there, one is set up here and asked for', async () => {
    const somebody = { ...tributi, sub: 'u-4', amr: ['pwd'] }
    const claims = { ...tributi.claims, preferred_username: 'ragioneria', email: 'r@c.example' }
    provider.become({ ...somebody, claims })
    const browser = browse(visited.url)
    const factor = await browser.open('/sign-in/provider')
    expect(factor.path).toBe('/sign-in/second-factor')
    const key = (/typed-key">([^<]+)</.exec(factor.text)?.[1] ?? '').replaceAll(' ', '')
    const code = new TOTP({ secret: Secret.fromBase32(key) }).generate()
    expect((await browser.send('/sign-in/second-factor', { code })).status).toBe(200)
    expect((await enter()).path).toBe('/sign-in/code')
  })

  it('who cancels, or comes back to another browser, does not come in', async () => {
    provider.become(null)
    const cancelled = await enter()
    expect([cancelled.status, cancelled.text.includes('non ha confermato')]).toEqual([403, true])
    const stranger = browse(visited.url)
    const back = await stranger.open('/sign-in/provider/back?code=abc&state=def')
    expect(back.path).toBe('/sign-in?expired=1')
  })

  it('proves again that it is they, with a fresh sign-in there, and nobody else', async () => {
    provider.become(tributi)
    const browser = browse(visited.url)
    await browser.open('/sign-in/provider')
    const proved = await browser.open('/sign-in/provider?for=prove&to=/account')
    expect([proved.status, proved.path]).toEqual([200, '/account'])
    expect([provider.asked().get('prompt'), provider.asked().get('max_age')]).toEqual([
      'login',
      '0',
    ])
    provider.become({ ...tributi, sub: 'u-3' })
    const elsewhere = browse(visited.url)
    elsewhere.cookies.set('staffetta', browser.cookies.get('staffetta') ?? '')
    expect((await elsewhere.open('/sign-in/provider?for=prove&to=/account')).status).toBe(403)
  })

  it('that is away keeps nobody else out', async () => {
    await here.reopen()
    const again = await openVisited(here)
    await provider.close()
    const browser = browse(again.url)
    const away = await browser.open('/sign-in/provider')
    expect([away.status, away.text.includes('Accesso unico non risponde')]).toEqual([403, true])
    expect((await browser.open('/sign-in')).status).toBe(200)
    await again.close()
  })
})
