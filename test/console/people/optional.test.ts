// A console where the second factor is left to each person: it is offered to who chooses a
// password, may wait, and may be set up later on one's own account.
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INSTITUTION, type Installation, openInstallation } from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'
import { type Browsing, browse } from './browsing.ts'

const PASSWORD = 'un gatto sul tetto che scotta'

let now = Temporal.Now.instant()
let here: Installation
let visited: Visited
let browser: Browsing

beforeAll(async () => {
  const console = { url: 'http://127.0.0.1', secondFactor: 'optional' }
  here = await openInstallation({
    now: () => now,
    configuration: { 'staffetta.yaml': { console } },
  })
  visited = await openVisited(here, () => now)
  browser = browse(visited.url)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

describe('a second factor that is optional', () => {
  it('is offered with the password, and may wait', async () => {
    const token = (await here.app.desk.people.firstRunToken()) ?? ''
    await browser.open('/first-run')
    const person = { login: 'ced', name: 'CED', password: PASSWORD, again: PASSWORD }
    const offered = await browser.send('/first-run', { ...person, token })
    expect(offered.text).toContain('Non ora')
    const home = await browser.send('/sign-in/second-factor/skip')
    expect([home.status, home.path]).toEqual([200, `/${INSTITUTION}/`])
  })

  it('is not asked for at the sign-in', async () => {
    const other = browse(visited.url)
    await other.open('/sign-in')
    const home = await other.send('/sign-in', { login: 'ced', password: PASSWORD })
    expect(home.path).toBe(`/${INSTITUTION}/`)
  })

  it('is set up on one’s own account, after a proof, and asked for from then on', async () => {
    now = now.add({ minutes: 15 })
    const asked = await browser.open('/account/second-factor')
    expect(asked.path).toMatch(/^\/prove/)
    await browser.send('/prove', { to: '/account/second-factor', password: PASSWORD })
    const factor = await browser.send('/account/second-factor')
    const key = (/typed-key">([^<]+)</.exec(factor.text)?.[1] ?? '').replaceAll(' ', '')
    const totp = new TOTP({ secret: Secret.fromBase32(key) })
    const code = totp.generate({ timestamp: now.epochMilliseconds })
    const codes = await browser.send('/sign-in/second-factor', { code })
    expect(codes.text.match(/<li><code>/g)).toHaveLength(10)
    expect((await browser.open('/account')).text).toContain('Ti restano 10 codici di riserva')
    const other = browse(visited.url)
    await other.open('/sign-in')
    const next = await other.send('/sign-in', { login: 'ced', password: PASSWORD })
    expect(next.path).toBe('/sign-in/code')
  })

  it('goes with an invitation by mail, whose link nobody else sees', async () => {
    const path = `/${INSTITUTION}/settings/people/new`
    await browser.open(path)
    const email = 'tributi@comune.example'
    const fields = { login: 'tributi', name: 'Ufficio tributi', role: 'operator', email }
    const given = await browser.send(path, { ...fields, 'by-mail': 'on' })
    expect(given.text).toContain('Il collegamento parte ora per e-mail a tributi@comune.example')
    expect(given.text).not.toContain('/invitation/')
    const [mail] = await here.app.store.mails.waiting(10)
    expect([mail?.recipients, mail?.subject]).toEqual([
      [email],
      'Staffetta: il tuo accesso per Comune di Esempio',
    ])
    const link = /http:\/\/127\.0\.0\.1(\/invitation\/\S+)/.exec(mail?.body ?? '')?.[1] ?? ''
    const person = browse(visited.url)
    expect((await person.open(link)).text).toContain('Ciao Ufficio tributi')
    const chosen = 'tre conigli nel cappello verde'
    expect((await person.send(link, { password: chosen, again: chosen })).status).toBe(200)
    const [row] = await here.query<{ body: string }>('select body from staff_mails limit 1')
    expect(row?.body).not.toContain('/invitation/')
  })

  it('tells a person by mail of failures with their name, once', async () => {
    const stranger = browse(visited.url)
    await stranger.open('/sign-in')
    for (let tried = 0; tried < 5; tried += 1) {
      await stranger.send('/sign-in', { login: 'tributi', password: 'sbagliata' })
      now = now.add({ minutes: 1 })
    }
    await stranger.send('/sign-in', { login: 'tributi', password: 'sbagliata' })
    const mails = await here.app.store.mails.waiting(10)
    const told = mails.filter(({ subject }) => subject.includes('tentativi di accesso'))
    expect(told).toHaveLength(1)
    expect(told[0]?.body).toContain('ha provato 5 volte a entrare')
  })

  it('keeps its page from who has begun nothing', async () => {
    const stranger = browse(visited.url)
    expect((await stranger.open('/sign-in/second-factor')).path).toBe('/sign-in?expired=1')
    expect((await stranger.open('/sign-in/code')).status).toBe(200)
    const tried = await stranger.send('/sign-in/code', { code: '123456' })
    expect(tried.path).toBe('/sign-in?expired=1')
  })
})
