import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, createServer as createSocket } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { run, type Started, start } from '../cli/run-command.ts'
import { administer } from '../database.ts'
import type { Installation } from '../installation.ts'
import { canteenFile, children, INSTITUTION, openInstallation } from '../installation.ts'

// The pages of a daemon in a process of its own, behind a proxy with a prefix that speaks TLS for
// it: what whoever is at work there notices of a reload, of a kill and of a database that is away.

const PREFIX = '/staffetta'
const patience = { timeout: 60_000, interval: 50 }
const nodes: Started[] = []
let here: Installation
let proxy: Server
let address: string
let cookie: string
let csrf: string

beforeAll(async () => {
  const port = await freePort()
  proxy = await openProxy(port)
  address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${PREFIX}`
  here = await openInstallation({
    configuration: {
      'staffetta.yaml': {
        console: { listen: `127.0.0.1:${port}`, url: `https://console.comune.example${PREFIX}` },
      },
    },
  })
  const { people, sessions } = here.app.store
  const now = Temporal.Now.instant()
  const grants = (['operator', 'administrator'] as const).map((role) => ({
    ...{ institution: INSTITUTION, role, services: null },
  }))
  const id = await people.add({ login: 'sportello', name: 'Sportello', email: null, grants }, now)
  const token = await sessions.open(id, { address: '127.0.0.1', agent: 'test' }, now)
  cookie = `__Host-staffetta=${token}`
  csrf = (await sessions.find(token, now))?.csrf ?? ''
})
afterEach(async () => {
  for (const { child, ended } of nodes.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
})
afterAll(async () => {
  proxy.closeAllConnections()
  proxy.close()
  await here[Symbol.asyncDispose]()
})

it('a reload leaves sessions, and of an upload that it cuts nothing is kept', async () => {
  const node = await runNode()
  const page = await look('/flows')
  expect(page.status).toBe(200)
  // Whoever follows a link stays behind the prefix.
  const links = [...page.text.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, to]) => to)
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((to) => !to?.startsWith(`${PREFIX}/`))).toEqual([])
  expect((await ask('/')).headers.get('location')).toMatch(new RegExp(`^${PREFIX}/`))

  const cut = beginUpload()
  await vi.waitFor(async () => expect(await holding()).toBe(1), patience)
  node.child.kill('SIGHUP')
  await node.printed('configuration reloaded')
  expect(await cut).toBe('cut')
  await vi.waitFor(async () => expect((await look('/flows')).status).toBe(200), patience)
  expect(await keptDrops()).toBe(0)
  // The same form, sent again.
  expect((await upload('mensa-2026-03.csv')).status).toBe(303)
  expect(await keptDrops()).toBe(1)
})

it('a kill during an upload keeps nothing of it, and the next process serves', async () => {
  const before = await keptDrops()
  const node = await runNode()
  const cut = beginUpload()
  await vi.waitFor(async () => expect(await holding()).toBe(1), patience)
  node.child.kill('SIGKILL')
  expect(await cut).toBe('cut')
  expect((await look('/')).status).toBe(502)
  await runNode()
  expect((await look('/')).status).toBe(200)
  await vi.waitFor(async () => expect(await holding()).toBe(0), patience)
  expect(await keptDrops()).toBe(before)
})

it('a node of the console alone takes files, which another maps', async () => {
  await runNode('--roles', 'console')
  expect((await upload('mensa-2026-04.csv')).status).toBe(303)
  const [drop] = await here.query<{ id: number; state: string }>(
    'select id::int, state from drops order by id desc limit 1',
  )
  expect(drop?.state).toBe('received')
  await here.app.map(drop?.id ?? 0)
  expect((await look('/flows')).text).toContain('mensa-2026-04.csv')
})

it('while the database is away the page says so, and it comes back by itself', async () => {
  const node = await runNode('--roles', 'console')
  const database = new URL(here.databaseUrl).pathname.slice(1)
  const setAway = (isAway: boolean) =>
    administer(`alter database "${database}" with allow_connections ${!isAway}`)
  await setAway(true)
  try {
    await administer(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
    )
    const { status, text } = await look('/')
    expect([status, text]).toEqual([500, expect.stringContaining('Qualcosa non ha funzionato')])
    expect(text).not.toContain(database)
  } finally {
    await setAway(false)
  }
  await vi.waitFor(async () => expect((await look('/')).status).toBe(200), patience)
  expect(node.child.exitCode).toBeNull()
})

it('the command line lets go on what the console stopped, and the other way round', async () => {
  await runNode('--roles', 'console')
  const { configDirectory } = here.playground
  const isStopped = async () => /Fermo dal/.test((await look('/stop-all')).text)
  expect(await isStopped()).toBe(false)
  const stopped = await post('/stop-all', { because: 'importi sbagliati' })
  expect(stopped.status).toBe(303)
  const told = await run(['resume', '--config', configDirectory])
  expect(told.out + told.err).toContain('importi sbagliati')
  expect((await run(['resume', 'installation', '--config', configDirectory])).code).toBe(0)
  expect(await isStopped()).toBe(false)

  const note = ['--because', 'importi ancora sbagliati']
  expect((await run(['stop-all', ...note, '--config', configDirectory])).code).toBe(0)
  expect((await look('/stop-all')).text).toContain('importi ancora sbagliati')
  await post('/stop-all/resume')
  expect(await isStopped()).toBe(false)
  expect(here.app.stopAll.standing()).toBeNull()
})

async function runNode(...more: string[]): Promise<Started> {
  const argv = ['run', '--config', here.playground.configDirectory, ...more]
  const node = start(argv)
  nodes.push(node)
  await node.printed('console opened')
  return node
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { cookie, 'accept-language': 'it' }
  return fetch(`${address}${path}`, { redirect: 'manual', headers, ...init })
}

async function look(path: string): Promise<{ status: number; text: string }> {
  const answer = await ask(`/${INSTITUTION}${path}`)
  return { status: answer.status, text: await answer.text() }
}

async function post(path: string, fields: Record<string, string> = {}): Promise<Response> {
  const body = new URLSearchParams({ csrf, ...fields })
  return ask(`/${INSTITUTION}${path}`, { method: 'POST', body })
}

async function upload(name: string): Promise<Response> {
  const body = new FormData()
  body.append('csrf', csrf)
  body.append('feed', 'mensa')
  body.append('file', new File([canteenFile(children(nodes.length + 3)), name], name))
  return ask(`/${INSTITUTION}/flows/upload`, { method: 'POST', body })
}

/** Sends the half of a file and waits: how it ends. */
function beginUpload(): Promise<'cut' | number> {
  const { promise, resolve } = Promise.withResolvers<'cut' | number>()
  const sent = request(`${address}/${INSTITUTION}/flows/upload`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'multipart/form-data; boundary=half' },
  })
  sent.on('error', () => resolve('cut'))
  sent.on('response', (answer) => {
    answer.on('error', () => {}).resume()
    resolve(answer.statusCode === 502 ? 'cut' : (answer.statusCode ?? 0))
  })
  const field = (name: string, value: string) =>
    `--half\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  sent.write(field('csrf', csrf) + field('feed', 'mensa'))
  const head = 'content-disposition: form-data; name="file"; filename="mensa-half.csv"'
  sent.write(`--half\r\n${head}\r\ncontent-type: text/csv\r\n\r\n`)
  sent.write(canteenFile(children(20_000)).slice(0, 900_000))
  return promise
}

/** Transactions that have written and are still open: an upload that is under way. */
async function holding(): Promise<number> {
  const [row] = await here.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and backend_xid is not null`,
  )
  return row?.n ?? 0
}

async function keptDrops(): Promise<number> {
  const [row] = await here.query<{ n: number }>('select count(*)::int as n from drops')
  return row?.n ?? 0
}

/** Takes its prefix off, as some do, and answers 502 where nobody does behind it. */
async function openProxy(port: number): Promise<Server> {
  const server = createServer((asked, answer) => {
    const path = asked.url?.replace(PREFIX, '') ?? '/'
    const headers = { ...asked.headers, 'x-forwarded-for': '192.0.2.7' }
    const options = { host: '127.0.0.1', port, path, method: asked.method, headers, agent: false }
    const passed = request(options, (back) => {
      answer.writeHead(back.statusCode ?? 500, back.headers)
      back.on('error', () => answer.destroy()).pipe(answer)
    })
    passed.on('error', () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()))
    asked.on('error', () => passed.destroy()).pipe(passed)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function freePort(): Promise<number> {
  const server = createSocket().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
