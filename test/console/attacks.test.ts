import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openConsole } from '../../src/console/server.ts'
import { type ConsoleRole, consoleRoles } from '../../src/domain/access.ts'
import {
  child,
  children,
  INSTITUTION,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { matrix } from './access-matrix.ts'
import { openVisited, type Visited, type Visiting } from './visiting.ts'

// What somebody tries who wants more than is theirs: forms of other sites, ids of other services,
// addresses that lead elsewhere, bodies that never end, numbers that are none.

let here: Installation
let visited: Visited
let everything: Visiting
let flow: number
let refused: number
let message: number
let recipient: string
let now = Temporal.Now.instant()

beforeAll(async () => {
  here = await openInstallation({ now: () => now })
  visited = await openVisited(here, () => now)
  flow = await here.drop(children(3), 'mensa-riservata.csv')
  await here.send()
  refused = await here.drop([child(9, { due: '2026-02-31' })], 'mensa-scarti.csv')
  message = (await here.firsts(flow))[0]?.id as number
  const scope = { institution: INSTITUTION, services: null }
  recipient = (await here.app.store.messageView.find(scope, message))?.recipient ?? ''
  everything = await visited.as(consoleRoles)
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const form = 'application/x-www-form-urlencoded'

function suspend(headers: Record<string, string>, body: Record<string, string>) {
  return visited.fetch(`/${INSTITUTION}/flows/${flow}/suspend`, {
    method: 'POST',
    headers: { cookie: everything.cookie, 'content-type': form, ...headers },
    body: new URLSearchParams(body).toString(),
  })
}

describe('a form that no page of ours has sent', () => {
  it.each([
    ['from another site', { origin: 'https://altrove.example' }],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }],
    ['from elsewhere without a name', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ])('%s is refused, though it has the token', async (_, headers) => {
    expect((await suspend(headers, { csrf: everything.csrf })).status).toBe(403)
  })

  it('is refused without the token, with another’s, and with it in the address', async () => {
    const other = await visited.as(consoleRoles)
    expect((await suspend({}, {})).status).toBe(403)
    expect((await suspend({}, { csrf: other.csrf })).status).toBe(403)
    const path = `/${INSTITUTION}/flows/${flow}/suspend?csrf=${everything.csrf}`
    const init = { method: 'POST', headers: { cookie: everything.cookie } }
    expect((await visited.fetch(path, init)).status).toBe(403)
  })

  it('is no form by another method, or as something else', async () => {
    const path = `/${INSTITUTION}/flows/${flow}/suspend`
    const { cookie, csrf } = everything
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect((await visited.fetch(path, { method, headers: { cookie } })).status).toBe(404)
    }
    const asked = { cookie, 'x-http-method-override': 'POST' }
    expect((await visited.fetch(`${path}?_method=POST`, { headers: asked })).status).toBe(404)
    const json = { cookie, 'content-type': 'application/json' }
    const body = JSON.stringify({ csrf })
    expect((await visited.fetch(path, { method: 'POST', headers: json, body })).status).toBe(415)
    const text = { cookie, 'content-type': 'text/plain' }
    const init = { method: 'POST', headers: text, body: `csrf=${csrf}` }
    expect((await visited.fetch(path, init)).status).toBe(415)
  })
})

describe('whoever sees one service only', () => {
  const pages = matrix
    .filter(({ route, at }) => route.startsWith('GET') && at === undefined)
    .map(({ route }) => route.slice(4))

  it('finds nothing of another on any page, whatever the address asks for', async () => {
    const visitor = await visited.as(consoleRoles, { services: ['protocollo'] })
    const asked = `service=mensa&flow=${flow}&feed=mensa&state=sent&tests=on&standing=all&format=csv`
    for (const page of pages) {
      for (const query of ['', `?${asked}`, `?${asked}&notice=1&recipient=${recipient}`]) {
        const { text, status } = await visitor.get(`${page}${query}`)
        expect([page, status < 500]).toEqual([page, true])
        expect([page, text.includes('mensa-riservata')]).toEqual([page, false])
        expect([page, text.includes('mensa-scarti')]).toEqual([page, false])
        expect([page, text.includes(`/flows/${flow}"`)]).toEqual([page, false])
      }
    }
  })

  it('decides nothing of another by an id in a field', async () => {
    const visitor = await visited.as(['operator'], { services: ['protocollo'] })
    const before = await standing()
    await visitor.post('/refusals/records', {
      ...{ act: 'ignore', reason: 'perché sì', record: `${refused}.1.0` },
    })
    await visitor.post('/refusals/records', {
      ...{ act: 'rework', record: [`${refused}.1.0`, `${flow}.1.0`], filter: `flow=${refused}` },
    })
    await visitor.post('/uncertain', { as: 'resend', message: String(message), note: 'riprova' })
    await visitor.post('/reminders/cancel', {
      ...{ emission: 'mensa', service: 'mensa', reason: 'x', typed: '0' },
    })
    await visitor.upload(
      '/flows/upload',
      { feed: 'mensa' },
      { file: new File(['PRATICA\n1\n'], 'mensa.csv') },
    )
    expect(await standing()).toEqual(before)
  })

  const standing = () =>
    here.query(`select (select count(*)::int from drops) as drops,
      (select count(*)::int from flows) as flows,
      (select count(*)::int from acts where verb !~ 'export|sign') as acts`)
})

describe('whoever sees one service, and decides about another', () => {
  /** Sees the canteen, and has the rights of the role for another service alone. */
  async function split(role: ConsoleRole, sees: ConsoleRole): Promise<Visiting> {
    const visitor = await visited.as([sees], { services: ['mensa'] })
    const { people } = here.app.store
    const person = await people.findByLogin(visitor.login)
    await people.setGrants(person?.id ?? 0, INSTITUTION, [
      { role: sees, services: ['mensa'] },
      { role, services: ['protocollo'] },
    ])
    return visitor
  }

  it('takes away no data of the first', async () => {
    const visitor = await split('operator', 'viewer')
    const exported = await visitor.post(`/messages/export?flow=${flow}&format=csv`, {
      purpose: 'per vedere',
    })
    expect(exported.status).toBe(200)
    expect(exported.text).not.toContain(parent(0))
    const access = (format: string) =>
      visitor.post(`/recipients/${recipient}/access?format=${format}`, { purpose: 'per vedere' })
    expect((await access('json')).status).toBe(404)
    expect((await access('csv')).status).toBe(404)
    expect((await visitor.post(`/messages/${message}/reveal`)).status).toBe(404)
    expect((await visitor.post(`/messages/${message}/certificate`)).status).toBe(404)
    const note = { note: 'non vuole' }
    expect((await visitor.post(`/recipients/${recipient}/contact`, note)).status).toBe(404)
  })

  it('settles no refusal of the first', async () => {
    const visitor = await split('operator', 'configurator')
    const one = `/refusals/${refused}/1`
    expect((await visitor.get(one)).status).toBe(200)
    expect((await visitor.post(`${one}/reveal`)).status).toBe(404)
    expect((await visitor.post(`${one}/ignore`, { reason: 'perché sì' })).status).toBe(404)
    expect((await visitor.post(`${one}/rework`)).status).toBe(404)
    const fields = { act: 'ignore', reason: 'perché sì', record: `${refused}.1.0` }
    expect((await visitor.post('/refusals/records', fields)).status).toBe(422)
  })
})

describe('an address', () => {
  it.each([
    '//altrove.example',
    '/\\altrove.example',
    'https://altrove.example/',
    'javascript:alert(1)',
    '/\taltrove',
    '/%0d%0aLocation: https://altrove.example',
  ])('%s is no way back from the sign-in', async (to) => {
    const page = await visited.fetch(`/sign-in?to=${encodeURIComponent(to)}`, {
      headers: { cookie: everything.cookie },
    })
    const next = new URL(page.headers.get('location') ?? '', 'http://here.example')
    expect(next.host).toBe('here.example')
  })

  it.each([
    '/guide/images/..%2f..%2foperatori.md',
    '/guide/images/%2e%2e%2f%2e%2e%2fpackage.json',
    '/messages/1%00',
    '/messages/1e0',
    '/flows/0x1',
    '/mappings/..%2f..%2fstaffetta.yaml',
    '/mappings/__proto__',
    '/services/constructor',
    '/feeds/toString',
    '/refusals/1/1.5',
    '/recipients/..%2f..%2f',
  ])('%s is not there', async (path) => {
    expect((await everything.get(path)).status).toBe(404)
  })

  it.each([
    '/assets/..%2f..%2fserver.ts',
    '/assets/%2e%2e/server.ts',
    '/assets//etc/passwd',
    '/assets/.env',
  ])('%s gives no other file', async (path) => {
    expect((await visited.fetch(path)).status).toBeGreaterThanOrEqual(400)
  })

  it.each(['1e30', '99999999999999999999', '-1', '1.5', 'NaN', '%00', '\u0000', '🦆'])(
    'with %s where a number or a day belongs shows a page',
    async (value) => {
      const names = ['after', 'before', 'flow', 'notice', 'from', 'to', 'month', 'year', 'size']
      const lists = ['flows', 'messages', 'refusals/records', 'uncertain', 'activity', 'reminders']
      for (const list of [...lists, 'statistics', 'accounts']) {
        const query = names.map((name) => `${name}=${encodeURIComponent(value)}`).join('&')
        const { status } = await everything.get(`/${list}?${query}`)
        expect([list, status]).toEqual([list, 200])
      }
    },
  )
})

describe('the word of a proxy', () => {
  it('counts for the address that it saw, not for what it was told', async () => {
    const ask = (told: string) =>
      visited.fetch('/sign-in', { headers: { 'x-forwarded-for': `${told}, 10.1.1.7` } })
    now = now.add({ minutes: 2 })
    const statuses: number[] = []
    for (let n = 0; n < 610; n += 1) statuses.push((await ask(`203.0.113.${n % 250}`)).status)
    expect(statuses.filter((status) => status === 429)).toHaveLength(10)
    now = now.add({ minutes: 2 })
  })
})

describe('a body', () => {
  it('of fields that are too long together is refused, of a form with files too', async () => {
    const long = 'x'.repeat(200_000)
    const fields = { feed: 'mensa', a: long, b: long, c: long }
    const file = new File(['PRATICA\n1\n'], 'mensa.csv')
    expect((await everything.upload('/flows/upload', fields, { file })).status).toBe(413)
    expect((await everything.post('/flows/upload', fields)).status).toBe(413)
  })

  it('that breaks off leaves nothing, and its place to the next', async () => {
    const drops = async () =>
      (await here.query<{ n: number }>('select count(*)::int as n from drops'))[0]?.n
    const before = await drops()
    for (let n = 0; n < 4; n += 1) {
      const { hostname, port } = new URL(visited.url)
      const socket = connect(Number(port), hostname)
      const part = (name: string, more = '') =>
        `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`
      socket.write(
        `POST /${INSTITUTION}/flows/upload HTTP/1.1\r\nHost: x\r\n` +
          `Cookie: ${everything.cookie}\r\n` +
          'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n' +
          `${part('csrf')}${everything.csrf}\r\n${part('feed')}mensa\r\n` +
          `${part('file', '; filename="mensa.csv"')}PRATICA\n${'1234567\n'.repeat(20_000)}`,
      )
      await once(socket, 'ready').catch(() => {})
      socket.end()
      socket.destroy()
    }
    const file = new File([`PRATICA\n${now}\n`], 'mensa-nuova.csv')
    const send = () => everything.upload('/flows/upload', { feed: 'mensa' }, { file })
    await expect.poll(async () => (await send()).status, { timeout: 20_000 }).toBe(303)
    expect(await drops()).toBe((before ?? 0) + 1)
  })
})

describe('exports', () => {
  it('beyond those that may be made at once are refused with a page', async () => {
    const path = `/messages/export?flow=${flow}&format=xlsx`
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => everything.post(path, { purpose: 'tutti insieme' })),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 200, 422, 422, 422, 422])
    expect((await everything.get(path)).status).toBe(200)
  })
})

describe('the name of a file', () => {
  it('breaks no header, and stays the name of a file', async () => {
    const name = 'mensa"\r\nSet-Cookie: a=b;.csv'.replaceAll(/[\r\n]/g, '_')
    const upload = new File([`PRATICA\n${now}x\n`], `../../${name}`)
    const sent = await everything.upload('/flows/upload', { feed: 'mensa' }, { file: upload })
    expect(sent.status).toBe(303)
    const [part] = await here.query<{ name: string }>(
      'select name from drop_parts order by drop_id desc limit 1',
    )
    expect(part?.name).not.toMatch(/[/\\\r\n]/)
  })
})

describe('a session', () => {
  it('is not one that a stranger has chosen', async () => {
    const chosen = 'staffetta=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    const { status } = await visited.fetch(`/${INSTITUTION}/`, { headers: { cookie: chosen } })
    expect(status).toBe(303)
  })

  it('opens nothing of the API', async () => {
    const { status } = await visited.fetch(`/api/v1/${INSTITUTION}/flows`, {
      headers: { cookie: everything.cookie },
    })
    expect([401, 404]).toContain(status)
  })

  it('is of this host alone, whatever host is asked for', async () => {
    const page = await visited.fetch('/sign-in', { headers: { host: 'altrove.example' } })
    const { status, text } = await everything.get('/')
    expect(page.headers.get('location') ?? '').not.toContain('altrove')
    expect([status, text.includes('altrove')]).toEqual([200, false])
  })
})

describe('what is written down', () => {
  it('has no fiscal code, of whoever was looked for or revealed', async () => {
    const lines: string[] = []
    const told = (...said: unknown[]) => void lines.push(JSON.stringify(said))
    const listening = await openConsole({
      ...{ listen: '127.0.0.1:0', url: 'http://127.0.0.1', app: here.app, now: () => now },
      tests: { open: async () => null, answer: async () => false },
      log: { info: told, error: told },
    })
    const code = parent(0)
    const body = new URLSearchParams({ csrf: everything.csrf, fiscalCode: code })
    const headers = { cookie: everything.cookie }
    const at = `${listening.url}/${INSTITUTION}/messages/search`
    const found = await fetch(at, { method: 'POST', headers, body, redirect: 'manual' })
    expect(found.headers.get('location')).not.toContain(code)
    await everything.post(`/messages/${message}/reveal`)
    const acts = await here.query('select * from acts')
    expect(JSON.stringify([acts, lines])).not.toContain(code)
    await listening.close()
  })

  it('tells who has revealed a message, each time', async () => {
    const count = async () =>
      (
        await here.query<{ n: number }>(
          "select count(*)::int as n from acts where verb like 'revealed message%' and actor = $1",
          [everything.login],
        )
      )[0]?.n ?? 0
    const before = await count()
    await everything.post(`/messages/${message}/reveal`)
    await everything.post(`/messages/${message}/reveal`)
    expect(await count()).toBe(before + 2)
    const { text } = await everything.get(`/messages/${message}`)
    expect(text).not.toContain(parent(0))
  })
})
