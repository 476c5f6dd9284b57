// From the first run to a second person: token, password, second factor, invitation, and what keeps
// strangers out. All through the pages, as a browser without scripts shows them.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INSTITUTION, type Installation, openInstallation } from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'
import { type Browsing, browse, type Shown } from './browsing.ts'

const PASSWORD = 'un gatto sul tetto che scotta'

let now = Temporal.Now.instant()
let here: Installation
let visited: Visited

beforeAll(async () => {
  here = await openInstallation({
    now: () => now,
    configuration: { 'staffetta.yaml': { console: { url: 'http://127.0.0.1' } } },
  })
  visited = await openVisited(here, () => now)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const keyOf = ({ text }: Shown) => (/typed-key">([^<]+)</.exec(text)?.[1] ?? '').replaceAll(' ', '')

/** The code that a phone shows; each call one period later, since one serves once. */
function codeOf(secret: string): string {
  now = now.add({ seconds: 30 })
  const totp = new TOTP({ secret: Secret.fromBase32(secret) })
  return totp.generate({ timestamp: now.epochMilliseconds })
}

async function verbs(): Promise<string[]> {
  const rows = await here.query<{ act: string }>(
    "select actor || ' ' || verb as act from acts where subject like 'person/%' order by id",
  )
  return rows.map(({ act }) => act)
}

const first = { secret: '', codes: [] as string[] }

describe('the first run', () => {
  it('sends whoever comes to its page', async () => {
    const shown = await browse(visited.url).open('/')
    expect([shown.status, shown.path]).toEqual([200, '/first-run'])
  })

  it('writes a token that only its owner can read, and the same again', async () => {
    const token = await here.app.desk.people.firstRunToken()
    const path = join(here.app.dataDirectory, 'first-run-token')
    expect(await readFile(path, 'utf8')).toBe(`${token}\n`)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await here.app.desk.people.firstRunToken()).toBe(token)
  })

  it('makes another token when an hour is over, and the former serves no more', async () => {
    const former = await here.app.desk.people.firstRunToken()
    now = now.add({ minutes: 61 })
    expect(await here.app.desk.people.firstRunToken()).not.toBe(former)
    const browser = browse(visited.url)
    await browser.open('/first-run')
    const person = { login: 'ced', name: 'Ufficio CED', password: PASSWORD, again: PASSWORD }
    const shown = await browser.send('/first-run', { ...person, token: former ?? '' })
    expect(shown.status).toBe(422)
    expect(shown.text).toContain('Il codice non è giusto, o è scaduto')
  })

  it('refuses a password that is short, obvious or typed otherwise the second time', async () => {
    const token = (await here.app.desk.people.firstRunToken()) ?? ''
    const browser = browse(visited.url)
    await browser.open('/first-run')
    const tryIt = async (password: string, again = password) => {
      const fields = { token, login: 'ced', name: 'Ufficio CED', password, again }
      const { status, text } = await browser.send('/first-run', fields)
      return [status, /<a href="#\w+">([^<]+)</.exec(text)?.[1]?.slice(0, 40)]
    }
    expect(await tryIt('corta')).toEqual([422, 'La password ha meno di 14 caratteri: ne '])
    expect(await tryIt('ComunediEsempio2026')).toEqual([
      422,
      'La password è facile da indovinare: è fa',
    ])
    expect(await tryIt(PASSWORD, 'altra')).toEqual([422, 'Le due password non sono uguali.'])
  })

  it('makes an administrator of every institution, with a second factor', async () => {
    const token = (await here.app.desk.people.firstRunToken()) ?? ''
    const browser = browse(visited.url)
    await browser.open('/first-run')
    const person = { login: 'ced', name: 'Ufficio CED', password: PASSWORD, again: PASSWORD }
    const factor = await browser.send('/first-run', { ...person, token })
    expect([factor.status, factor.path]).toEqual([200, '/sign-in/second-factor'])
    expect(factor.text).toContain('src="data:image/svg+xml;base64,')
    first.secret = keyOf(factor)
    const wrong = await browser.send('/sign-in/second-factor', { code: '000000' })
    expect(wrong.status).toBe(422)
    const codes = await browser.send('/sign-in/second-factor', { code: codeOf(first.secret) })
    first.codes = [...codes.text.matchAll(/<li><code>([^<]+)</g)].map(([, code]) => code ?? '')
    expect([codes.status, first.codes.length]).toEqual([200, 10])
    const home = await browser.open('/')
    expect([home.status, home.path]).toEqual([200, `/${INSTITUTION}/`])
    expect(home.text).toContain('Ufficio CED')
    const [row] = await here.app.store.people.all()
    expect(row?.grants).toEqual(
      here.app.config.institutions.map(({ id }) => {
        return { institution: id, role: 'administrator', services: null }
      }),
    )
    expect(await here.app.desk.people.firstRunToken()).toBe(null)
  })

  it('is over once there is somebody', async () => {
    const shown = await browse(visited.url).open('/first-run')
    expect(shown.path).toBe('/sign-in')
  })
})

/** As far as the page after the password. */
async function signIn(browser: Browsing, login: string, password: string): Promise<Shown> {
  await browser.open('/sign-in')
  return browser.send('/sign-in', { login, password })
}

describe('the sign-in', () => {
  it('asks for the code after the password, and goes where one wanted to go', async () => {
    const browser = browse(visited.url)
    const asked = await browser.open(`/${INSTITUTION}/settings/people`)
    const to = new URL(asked.path, visited.url).searchParams.get('to')
    expect(to).toBe(`/${INSTITUTION}/settings/people`)
    const code = await browser.send('/sign-in', { login: 'CED', password: PASSWORD, to: to ?? '' })
    expect(code.path).toBe('/sign-in/code')
    expect(browser.cookies.has('staffetta')).toBe(false)
    const list = await browser.send('/sign-in/code', { code: codeOf(first.secret) })
    expect([list.status, list.path]).toEqual([200, `/${INSTITUTION}/settings/people`])
  })

  it('leads to no other site', async () => {
    const browser = browse(visited.url)
    for (const to of ['https://altrove.example/', '//altrove.example/', '/\\altrove.example']) {
      const { text } = await browser.open(`/sign-in?to=${encodeURIComponent(to)}`)
      expect(/name="to" value="([^"]*)"/.exec(text)?.[1]).toBe('/')
    }
  })

  it('takes no code a second time', async () => {
    const code = codeOf(first.secret)
    const one = browse(visited.url)
    await signIn(one, 'ced', PASSWORD)
    expect((await one.send('/sign-in/code', { code })).path).toBe(`/${INSTITUTION}/`)
    const two = browse(visited.url)
    await signIn(two, 'ced', PASSWORD)
    expect((await two.send('/sign-in/code', { code })).status).toBe(422)
  })

  it('takes a recovery code once, in place of the phone', async () => {
    const [code = ''] = first.codes
    const one = browse(visited.url)
    await signIn(one, 'ced', PASSWORD)
    const typed = code.replaceAll('-', ' ').toUpperCase()
    expect((await one.send('/sign-in/code', { code: typed })).path).toBe(`/${INSTITUTION}/`)
    const two = browse(visited.url)
    await signIn(two, 'ced', PASSWORD)
    expect((await two.send('/sign-in/code', { code })).status).toBe(422)
  })

  it('gives a new session each time, whose cookie no script gets', async () => {
    const browser = browse(visited.url)
    const tokens: unknown[] = []
    for (const code of [codeOf(first.secret), codeOf(first.secret)]) {
      await signIn(browser, 'ced', PASSWORD)
      await browser.send('/sign-in/code', { code })
      tokens.push(browser.cookies.get('staffetta'))
      await browser.open('/account')
      await browser.send('/sign-out')
    }
    expect(browser.attributes.get('staffetta')).toMatch(/Path=\/; .*HttpOnly; SameSite=Lax/)
    expect(new Set(tokens).size).toBe(2)
    expect((await browser.open('/account')).path).toMatch(/^\/sign-in/)
  })

  it('says the same of a wrong password and of nobody', async () => {
    const known = await signIn(browse(visited.url), 'ced', 'non è questa la password')
    const unknown = await signIn(browse(visited.url), 'nessuno', 'non è questa la password')
    const told = ({ status, text }: Shown) => [status, /<a href="#login">([^<]+)</.exec(text)?.[1]]
    expect(told(known)).toEqual([422, 'Nome utente o password non sono giusti.'])
    expect(told(unknown)).toEqual(told(known))
  })

  it('tries nothing for a while after failures, whether the account is there or not', async () => {
    for (const login of ['ced', 'altro-nessuno']) {
      const browser = browse(visited.url)
      for (let tried = 0; tried < 5; tried += 1) await signIn(browser, login, 'sbagliata')
      const closed = await signIn(browser, login, PASSWORD)
      expect(closed.text).toContain('Troppi tentativi non riusciti. Aspetta')
    }
    now = now.add({ minutes: 5 })
    const browser = browse(visited.url)
    expect((await signIn(browser, 'ced', PASSWORD)).path).toBe('/sign-in/code')
    const home = await browser.send('/sign-in/code', { code: codeOf(first.secret) })
    expect(home.text).toMatch(/ce ne sono stati \d+ non riusciti con il tuo nome utente/)
  })

  it('refuses a form without the token of its browser, or of another site', async () => {
    const body = new URLSearchParams({ login: 'ced', password: PASSWORD })
    const bare = await fetch(`${visited.url}/sign-in`, { method: 'POST', body })
    expect(bare.status).toBe(403)
    const other = browse(visited.url, { origin: 'https://altrove.example' })
    await other.open('/sign-in')
    expect((await other.send('/sign-in', { login: 'ced', password: PASSWORD })).status).toBe(403)
    const cross = browse(visited.url, { 'sec-fetch-site': 'cross-site' })
    await cross.open('/sign-in')
    expect((await cross.send('/sign-in', { login: 'ced', password: PASSWORD })).status).toBe(403)
  })
})

async function signedIn(): Promise<Browsing> {
  const browser = browse(visited.url)
  await signIn(browser, 'ced', PASSWORD)
  await browser.send('/sign-in/code', { code: codeOf(first.secret) })
  return browser
}

describe('a session', () => {
  it('ends after half an hour without use, and after ten hours of use', async () => {
    const browser = await signedIn()
    now = now.add({ minutes: 29 })
    expect((await browser.open('/account')).status).toBe(200)
    now = now.add({ minutes: 31 })
    expect((await browser.open('/account')).path).toMatch(/^\/sign-in/)
    const other = await signedIn()
    for (let half = 0; half < 23; half += 1) {
      now = now.add({ minutes: 26 })
      await other.open('/account')
    }
    expect((await other.open('/account')).status).toBe(200)
    now = now.add({ minutes: 10 })
    expect((await other.open('/account')).path).toMatch(/^\/sign-in/)
  })

  it('is not kept up by a page that renews itself, but by who asks to go on', async () => {
    const browser = await signedIn()
    const token = browser.cookies.get('staffetta') ?? ''
    const script = { cookie: `staffetta=${token}`, 'sec-fetch-dest': 'empty' }
    const ask = (path: string) =>
      fetch(`${visited.url}${path}`, { headers: script, redirect: 'manual' })
    now = now.add({ minutes: 20 })
    expect((await ask('/account')).status).toBe(200)
    now = now.add({ minutes: 9 })
    expect((await ask('/account/alive')).status).toBe(200)
    now = now.add({ minutes: 29 })
    expect((await ask('/account')).status).toBe(200)
    now = now.add({ minutes: 2 })
    expect((await ask('/account')).status).toBe(401)
  })

  it('may be ended from another, and all others when the password changes', async () => {
    const one = await signedIn()
    const two = await signedIn()
    const before = two.cookies.get('staffetta')
    await two.open('/account')
    const next = 'due gatti sotto il tetto freddo'
    const fields = { current: PASSWORD, password: next, again: next }
    const changed = await two.send('/account/password', fields)
    expect(changed.text).toContain('Password cambiata. Le altre sessioni sono chiuse.')
    expect(two.cookies.get('staffetta')).not.toBe(before)
    expect((await one.open('/account')).path).toMatch(/^\/sign-in/)
    await two.open('/account')
    const back = { current: next, password: PASSWORD, again: PASSWORD }
    await two.send('/account/password', back)
    const three = await signedIn()
    await three.open('/account')
    const others = await three.send('/account/sessions/end-others')
    expect(others.text).toContain('Chiuse 1 sessioni.')
    expect((await two.open('/account')).path).toMatch(/^\/sign-in/)
  })
})

describe('an invitation', () => {
  it('asks whoever gives rights to show that it is they', async () => {
    const browser = await signedIn()
    now = now.add({ minutes: 11 })
    const asked = await browser.open(`/${INSTITUTION}/settings/people/new`)
    expect(asked.path).toMatch(/^\/prove\?to=/)
    const to = `/${INSTITUTION}/settings/people/new`
    const wrong = await browser.send('/prove', { to, password: 'sbagliata' })
    expect(wrong.status).toBe(422)
    const right = await browser.send('/prove', { to, password: PASSWORD })
    expect([right.status, right.path]).toEqual([200, to])
  })

  it('gives a link that serves once, by which its person chooses a password', async () => {
    const browser = await signedIn()
    await browser.open(`/${INSTITUTION}/settings/people/new`)
    const fields = { login: 'tributi', name: 'Ufficio tributi', role: 'operator' }
    const given = await browser.send(`/${INSTITUTION}/settings/people/new`, fields)
    const link = /value="http:\/\/127\.0\.0\.1(\/invitation\/[^"]+)"/.exec(given.text)?.[1] ?? ''
    const person = browse(visited.url)
    const page = await person.open(link)
    expect(page.text).toContain('Ciao Ufficio tributi: scegli come entrare')
    const chosen = 'tre conigli nel cappello verde'
    const factor = await person.send(link, { password: chosen, again: chosen })
    await person.send('/sign-in/second-factor', { code: codeOf(keyOf(factor)) })
    const home = await person.open('/')
    expect(home.text).toContain('Ufficio tributi')
    expect((await person.open(`/${INSTITUTION}/settings/people`)).status).toBe(404)
    expect((await browse(visited.url).open(link)).status).toBe(404)
  })

  it('is followed by changes that count at once', async () => {
    const browser = await signedIn()
    const { id } = (await here.app.store.people.findByLogin('tributi'))!
    const path = `/${INSTITUTION}/settings/people/${id}`
    await browser.open(path)
    await browser.send(`${path}/grants`, { role: 'auditor', 'services-auditor': 'mensa' })
    const { grants } = (await here.app.store.people.findByLogin('tributi'))!
    expect(grants).toEqual([{ institution: INSTITUTION, role: 'auditor', services: ['mensa'] }])
    const { detail } = (
      await here.query<{ detail: object }>(
        "select detail from acts where verb = 'changed grants' order by id desc limit 1",
      )
    )[0]!
    expect(detail).toEqual({ before: ['operator'], after: ['auditor: mensa'] })
  })

  it('leaves the last administrator where they are', async () => {
    const browser = await signedIn()
    const { id } = (await here.app.store.people.findByLogin('ced'))!
    const path = `/${INSTITUTION}/settings/people/${id}`
    await browser.open(path)
    for (const act of ['remove', 'disable']) {
      const refused = await browser.send(`${path}/${act}`)
      expect([refused.status, refused.text.includes('È l’ultimo amministratore')]).toEqual([
        422,
        true,
      ])
    }
    expect((await browser.open(path)).status).toBe(200)
  })

  it('is made anew for who lost the phone: what served before serves no more', async () => {
    const browser = await signedIn()
    const { id } = (await here.app.store.people.findByLogin('tributi'))!
    const path = `/${INSTITUTION}/settings/people/${id}`
    await browser.open(path)
    const given = await browser.send(`${path}/reset`)
    expect(given.text).toContain('/invitation/')
    const person = browse(visited.url)
    expect((await signIn(person, 'tributi', 'tre conigli nel cappello verde')).status).toBe(422)
  })

  it('ends with the person: who is disabled has no session and no way in', async () => {
    const visitor = await visited.as(['viewer'], { login: 'passeggero' })
    const browser = await signedIn()
    const { id } = (await here.app.store.people.findByLogin('passeggero'))!
    const path = `/${INSTITUTION}/settings/people/${id}`
    await browser.open(path)
    expect((await browser.send(`${path}/disable`)).text).toContain('Disattivato.')
    expect((await visitor.get('/')).status).toBe(303)
  })
})

it('every step is an act, and no password is among them', async () => {
  const told = await verbs()
  for (const act of [
    'ced became the first administrator',
    'ced set up the second factor',
    'ced signed in',
    'ced failed to sign in',
    'ced signed out',
    'ced changed the password',
    'ced invited',
    'tributi chose a password by a link',
    'ced changed grants',
    'ced reset the sign-in',
    'ced disabled',
  ]) {
    expect(told).toContain(act)
  }
  const [{ acts } = { acts: '' }] = await here.query<{ acts: string }>(
    "select string_agg(detail::text, '') as acts from acts",
  )
  expect(acts).not.toMatch(/gatt|conigli|sbagliata/)
})
