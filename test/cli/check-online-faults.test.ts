// What people read when a source is not as the feed says: for each fault one line that names it and
// its way out, and nothing else goes wrong. The systems are those of the demo; the mail server is
// the one of the tests, so that no other need be installed.
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Office } from '../../scripts/demo/office.ts'
import { openPlayground, type Playground } from '../../scripts/playground.ts'
import type { CheckLine } from '../../src/connector.ts'
import { readConfig, sourceChecks } from '../../src/offline.ts'
import { configure, INSTITUTION } from '../installation.ts'
import { certificate, privateKey } from '../io/certificates.ts'
import { addTaskMailbox, type TaskMailbox } from '../office-mail.ts'
import { run } from './run-command.ts'

const otherKey = 'SHA256:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB'

let playground: Playground
let office: Office
let mail: TaskMailbox
/** The configuration as everything in it works. */
let sound: string

beforeAll(async () => {
  playground = await openPlayground({ office: true })
  office = playground.office as Office
  mail = await addTaskMailbox(playground, office)
  process.env['STAFFETTA_TEST_WRONG'] = 'un-altra-parola'
  sound = playground.configDirectory
})

afterAll(async () => {
  await mail.server.stop()
  await playground.stop()
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('STAFFETTA_')) delete process.env[name]
  }
})

let copies = 0

/** The configuration with these values changed, by file below the institution and dotted path. */
async function changed(files: Record<string, Record<string, unknown>>): Promise<string> {
  const copy = join(playground.directory, `config-${++copies}`)
  await cp(sound, copy, { recursive: true })
  const named = Object.entries(files).map(([file, values]) => [`${INSTITUTION}/${file}`, values])
  await configure(copy, Object.fromEntries(named))
  return copy
}

/** The lines that are not ok, of one feed or system. */
async function faults(directory: string, wanted: string, seconds?: number): Promise<CheckLine[]> {
  const { config, problems } = await readConfig(directory)
  if (config === null) throw new Error(JSON.stringify(problems))
  const found = (await sourceChecks(config, seconds)).find(
    ({ name }) => Object.values(name)[0] === `${INSTITUTION}/${wanted}`,
  )
  const lines = (await found?.check(new AbortController().signal)) ?? []
  return lines.filter(({ ok }) => !ok)
}

const of = (name: string, values: Record<string, unknown>) => ({ [`feeds/${name}.yaml`]: values })
const wrong = 'env:STAFFETTA_TEST_WRONG'
const unset = 'env:STAFFETTA_TEST_NOT_SET'
const downUrl = 'http://127.0.0.1:1/ws'

/** What is wrong, the file, what it says instead, and what the line must say. */
const cases: [string, string, Record<string, unknown>, string, RegExp][] = [
  ['an SFTP password', 'bollette', { 'settings.password': wrong }, 'log in as', /`password`/],
  ['a variable', 'bollette', { 'settings.password': unset }, 'log in as', /NOT_SET is not set/],
  ['an SFTP directory', 'bollette', { 'settings.directory': '/no' }, 'list /no', /Make it, or/],
  [
    'an SFTP port',
    'bollette',
    { 'settings.port': 1 },
    'connect to',
    /REFUSED.*See whether it is up/,
  ],
  ['a folder', 'mensa', { 'settings.directory': '/no/such' }, 'list /no', /ENOENT.*Make it, or/],
  ['a database password', 'dovuti-mensa', { 'settings.password': wrong }, 'log in', /Correct/],
  [
    ...(['the password of who writes', 'dovuti-mensa'] as const),
    ...([{ 'settings.receipt.password': wrong }, 'as staffetta_scrive', /Correct/] as const),
  ],
  ['a database port', 'dovuti-mensa', { 'settings.port': 1 }, 'log in', /See whether it is up/],
  ['encryption', 'dovuti-mensa', { 'settings.tls': {} }, 'log in', /not support SSL.*Ask who runs/],
  ['a mail password', 'pratiche', { 'settings.password': wrong }, 'log in as', /`password`/],
  ['a mail port', 'pratiche', { 'settings.port': 1 }, 'connect to', /See whether it is up/],
  ['the name of a mail server', 'pratiche', { 'settings.host': '127.0.0.1' }, 'connect', /`host`/],
  ['an authority', 'pratiche', { 'settings.tls': {} }, 'connect to', /nothing was sent.*`tls.ca`/],
  ['a mailbox', 'pratiche', { 'settings.archiveMailbox': 'No' }, 'find No', /create it/],
  ['a SOAP password', 'protocollo', { 'settings.secrets.password': wrong }, 'call', /`secrets`/],
  ['a SOAP address', 'protocollo', { 'settings.endpoint': downUrl }, 'call', /`endpoint`/],
  ['the path of a WSDL', 'protocollo', { 'settings.wsdl': 'no.wsdl' }, 'no.wsdl', /paths begin at/],
]

it.each(cases)(
  '%s that is not right is one line, and says the way out',
  async (_what, feed, values, tried, remedy) => {
    const lines = await faults(await changed(of(feed, values)), feed)
    expect(lines).toMatchObject([{ what: expect.stringContaining(tried) }])
    expect(lines[0]?.remedy).toMatch(remedy)
    expect(JSON.stringify(lines)).not.toContain(process.env['STAFFETTA_TEST_WRONG'])
  },
)

it('a changed host key is shown beside the trusted one, before any credential', async () => {
  const before = playground.sftp.attempts.length
  const copy = await changed(of('bollette', { 'settings.hostKeys': [otherKey] }))
  const lines = await faults(copy, 'bollette')
  expect(lines).toHaveLength(1)
  expect(lines[0]?.remedy).toContain(playground.sftp.fingerprint)
  expect(lines[0]?.remedy).toContain(otherKey)
  expect(lines[0]?.remedy).toContain('only then put the new one under `hostKeys`')
  expect(playground.sftp.attempts).toHaveLength(before)
})

it('a column that was renamed is named beside the nearest', async () => {
  const { canteen } = office
  const rename = (from: string, to: string) =>
    canteen.administer(`alter view app.dovuti_mensa rename column ${from} to ${to}`)
  await rename('importo', 'importo_euro')
  const lines = await faults(sound, 'dovuti-mensa')
  await rename('importo_euro', 'importo')
  expect(lines).toHaveLength(1)
  expect(lines[0]?.remedy).toMatch(/no column `importo`: `importo_euro`.*Have the view corrected/)
})

it('an import of a WSDL is named and not fetched', async () => {
  const wsdl = await readFile(join(sound, INSTITUTION, 'wsdl/protocollo.wsdl'), 'utf8')
  const url = 'http://vecchio.invalid/tipi.xsd'
  const imports = `$1<xs:import namespace="urn:tipi" schemaLocation="${url}"/>`
  const path = join(playground.directory, 'con-import.wsdl')
  await writeFile(path, wsdl.replace(/(<xs:schema [^>]*>)/, imports))
  const lines = await faults(
    await changed(of('protocollo', { 'settings.wsdl': path })),
    'protocollo',
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]?.remedy).toMatch(/nothing is ever fetched: http:\/\/vecchio\.invalid.*`imports`/)
})

it('a certificate for another name is told apart from one that nobody knows', async () => {
  const asked: unknown[] = []
  const server = createServer({ key: privateKey, cert: certificate }, (request, response) => {
    asked.push(request.url)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const said = async (host: string, tls: object) => {
    const values = { 'settings.endpoint': `https://${host}:${port}/ws`, 'settings.tls': tls }
    const [line] = await faults(await changed(of('protocollo', values)), 'protocollo')
    return line?.remedy
  }
  const { ca } = mail
  expect(await said('127.0.0.1', { ca })).toMatch(/another name: write the `endpoint`/)
  expect(await said('localhost', {})).toMatch(/put the authority that signed it under `tls.ca`/)
  server.closeAllConnections()
  server.close()
  expect(asked).toEqual([])
})

it('a database with a certificate for another name gets no password', async () => {
  const heard: unknown[] = []
  const server = createTcpServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write('S') // As PostgreSQL says that it goes on encrypted.
      const secureContext = createSecureContext({ key: privateKey, cert: certificate })
      const secure = new TLSSocket(socket, { isServer: true, secureContext })
      secure.on('error', () => {}).on('data', (data) => heard.push(data))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { ca } = mail
  const values = { 'settings.port': port, 'settings.tls': { ca } }
  const lines = await faults(await changed(of('dovuti-mensa', values)), 'dovuti-mensa')
  server.close()
  expect(lines).toHaveLength(1)
  expect(lines[0]?.remedy).toMatch(/does not match certificate.*`tls.serverName` for another name/)
  expect(heard).toEqual([])
})

it('a source that says nothing is left after so many seconds, and the line says it', async () => {
  const silent = createTcpServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const values = { 'settings.port': port, 'settings.connectTimeoutSeconds': 600 }
  for (const feed of ['bollette', 'pratiche']) {
    const lines = await faults(await changed(of(feed, values)), feed, 1)
    expect(lines).toMatchObject([{ remedy: expect.stringContaining('not answer within 1 second') }])
  }
  silent.close()
})

it('with everything in its place there is a line for each feed and system, and 0', async () => {
  const { code, out } = await run(['check', '--online', '--config', sound])
  expect(out).not.toContain('FAIL')
  expect(code).toBe(0)
  const files = ['bollette', 'contatti', 'incassi', 'mensa']
  for (const feed of [...files, 'dovuti-mensa', 'pratiche', 'protocollo']) {
    expect(out).toMatch(new RegExp(`^ok    ${INSTITUTION}/${feed}: `, 'm'))
  }
  for (const system of ['anagrafe', 'pagamenti', 'protocollo-entrata', 'protocollo-uscita']) {
    expect(out).toMatch(new RegExp(`^ok    system ${INSTITUTION}/${system}: `, 'm'))
  }
}, 60_000)

it('several at once are a line each, for people and for scripts, and 1', async () => {
  const copy = await changed({
    ...of('bollette', { 'settings.password': wrong }),
    ...of('dovuti-mensa', { 'settings.port': 1 }),
    'systems/protocollo-uscita.yaml': { 'settings.secrets.password': wrong },
  })
  const { code, out } = await run(['check', '--online', '--config', copy])
  expect(code).toBe(1)
  expect(out.match(/^FAIL {2}[^:]+/gm)).toEqual([
    `FAIL  ${INSTITUTION}/bollette`,
    `FAIL  ${INSTITUTION}/dovuti-mensa`,
    `FAIL  system ${INSTITUTION}/protocollo-uscita`,
  ])
  const { online } = JSON.parse((await run(['check', '--online', '--json', '--config', copy])).out)
  expect(online.filter(({ ok }: CheckLine) => !ok)).toEqual([
    expect.objectContaining({ feed: `${INSTITUTION}/bollette`, remedy: expect.any(String) }),
    expect.objectContaining({ feed: `${INSTITUTION}/dovuti-mensa`, remedy: expect.any(String) }),
    expect.objectContaining({ system: `${INSTITUTION}/protocollo-uscita` }),
  ])
}, 60_000)
