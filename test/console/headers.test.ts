// What every answer of the console carries, behind TLS and without it, and how many requests each
// asker has: one of an office does not shut the others out.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Console, openConsole } from '../../src/console/server.ts'
import { INSTITUTION, type Installation, openInstallation } from '../installation.ts'
import { browse } from './people/browsing.ts'
import { openVisited, type Visited } from './visiting.ts'

let here: Installation
let visited: Visited
let secure: Console
let now = Temporal.Now.instant()

beforeAll(async () => {
  here = await openInstallation({ now: () => now })
  visited = await openVisited(here, () => now)
  secure = await openConsole({
    ...{ listen: '127.0.0.1:0', url: 'https://staffetta.comune.example/io', app: here.app },
    tests: { open: async () => null, answer: async () => false },
    ...{ log: { info() {}, error() {} }, now: () => now },
  })
})
afterAll(async () => {
  await secure.close()
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'"

describe('every answer', () => {
  it.each([
    ['/first-run', 200],
    ['/nowhere/at/all', 404],
    [`/${INSTITUTION}/`, 303],
    ['/prova/nessuna', 404],
    ['/%E0%A4%A', 404],
  ])('of %s forbids what pages do not need', async (path, status) => {
    const { headers, status: answered } = await visited.fetch(path)
    expect(answered).toBe(status)
    expect(headers.get('content-security-policy')).toBe(policy)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(headers.get('strict-transport-security')).toBe(null)
  })

  it('behind TLS says so for two years, and its cookies are of this host alone', async () => {
    const answer = await fetch(`${secure.url}/io/first-run`)
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=63072000')
    const [cookie = ''] = answer.headers.getSetCookie()
    expect(cookie).toMatch(
      /^__Host-staffetta-begun=[\w-]{32}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('leads below the prefix of the proxy', async () => {
    const answer = await fetch(`${secure.url}/io/${INSTITUTION}/flows?x=1`, { redirect: 'manual' })
    const to = encodeURIComponent(`/${INSTITUTION}/flows?x=1`)
    expect(answer.headers.get('location')).toBe(`/io/sign-in?to=${to}`)
  })
})

describe('a body', () => {
  it('that is too large, or of another kind, is not read', async () => {
    const post = (body: string, type: string) =>
      visited.fetch('/sign-in', { method: 'POST', headers: { 'content-type': type }, body })
    const form = 'application/x-www-form-urlencoded'
    expect((await post(`login=${'x'.repeat(17_000)}`, form)).status).toBe(413)
    expect((await post('{}', 'application/json')).status).toBe(415)
  })
})

describe('requests', () => {
  it('without a session are counted by address, else by session, and files are free', async () => {
    const visitor = await visited.as(['viewer'])
    await visitor.get('/')
    const ask = async () => (await visited.fetch('/sign-in')).status
    now = now.add({ minutes: 2 })
    for (let hundred = 0; hundred < 6; hundred += 1) {
      const asked = await Promise.all(Array.from({ length: 100 }, ask))
      expect(new Set(asked)).toEqual(new Set([200]))
    }
    expect(await ask()).toBe(429)
    expect((await visitor.get('/')).status).toBe(200)
    expect((await visited.fetch('/assets/console.css')).status).toBe(200)
    const guessed = await visited.fetch('/sign-in', { headers: { cookie: 'staffetta=indovinato' } })
    expect([guessed.status, guessed.headers.get('retry-after')]).toEqual([429, '60'])
    now = now.add({ minutes: 2 })
    expect((await browse(visited.url).open('/sign-in')).status).toBe(200)
  })
})
