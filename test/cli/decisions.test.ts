import { userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SandboxCall } from '../../src/sandbox/gateway.ts'
import {
  children,
  configure,
  type Installation,
  openInstallation,
  parent,
} from '../installation.ts'
import { call } from './call-command.ts'
import { run } from './run-command.ts'

let here: Installation
let flow: number
let ids: number[]

const loseAnswers = (call: SandboxCall) =>
  call.path === '/messages' ? ({ connection: 'reset-after' } as const) : null

beforeAll(async () => {
  here = await openInstallation()
  flow = await here.drop(children(5))
  here.answer(loseAnswers)
  await here.send()
  here.answer(() => null)
  ids = (await here.firsts(flow)).map(({ id }) => id)
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])
const look = (...argv: string[]) => call(here, argv)
const states = async () => (await here.firsts(flow)).map(({ state }) => state)

test('resolve --list shows what waits, why and how to look, and no fiscal code', async () => {
  const { code, out } = await staffetta('resolve', '--list')
  expect(code).toBe(0)
  expect(out).toContain('IO_ANSWER_LOST: The request left and its answer was lost.')
  expect(out).toContain('Ask the citizen')
  expect(out).toMatch(/\n {4}«.+»\n/)
  const json = JSON.parse((await look('resolve', '--list', '--flow', String(flow), '--json')).out)
  expect(json).toHaveLength(5)
  expect(json[0]).toMatchObject({ id: ids[0], line: 2, state: 'uncertain', code: 'IO_ANSWER_LOST' })
  expect(json[0].recipient).toMatch(/^\w{6}•{6}\w{4}$/)
  for (let n = 0; n < 5; n++) expect(out + JSON.stringify(json)).not.toContain(parent(n))
})

test.each([
  [['resolve'], 'say --as sent'],
  [['resolve', '7', '--as', 'gone'], 'say --as sent'],
  [['resolve', '--as', 'sent'], 'missing argument: MESSAGE, or --flow'],
  [['resolve', 'x', '--as', 'sent'], '"x" is not a message’s number'],
  [['resolve', '7', '--flow', '1', '--as', 'sent'], 'not both'],
  [['resolve', '7', '8', '--as', 'sent', '--io-id', '01JEXAMPLE000000000000000A'], 'one message'],
  [['resolve', '7', '--as', 'sent', '--note', 'AAAAAA00A00A000A'], 'names a fiscal code'],
  [['resolve', '--flow', '1', '--as', 'resend', '--code', 'X', 'y'], 'is not a message’s number'],
  [['resume', 'no/such'], 'there is no service "no/such"'],
])('%j is wrong usage, and says what is missing', async (argv, text) => {
  const { code, err } = await look(...argv)
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(text) })
})

test('resolve of many asks first, and without a terminal wants --yes', async () => {
  const argv = ['resolve', String(ids[0]), String(ids[1]), '--as', 'sent']
  const asked = await staffetta(...argv)
  expect(asked.code).toBe(2)
  expect(asked.err).toContain('2 messages: they count as sent')
  expect(asked.err).toContain('--yes')
  expect(await states()).toEqual(Array(5).fill('uncertain'))
  const done = await staffetta(...argv, '--yes', '--note', 'visti sul portale')
  expect(done).toMatchObject({ code: 0, out: '2 resolved as sent.\n' })
  const { out } = await look('flows', 'show', String(flow))
  expect(out).toContain(`${userInfo().username} (cli): resolved 2 as sent`)
  expect(out).toContain('visti sul portale')
})

test('resolve as resend says what it risks', async () => {
  const { code, out } = await staffetta('resolve', String(ids[2]), '--as', 'resend')
  expect(code).toBe(0)
  expect(out).toContain('citizens may hear twice')
  await here.send()
  expect((await states())[2]).toBe('sent')
})

test('resolve of what has ended meanwhile ends with 1, and says so', async () => {
  const { code, err } = await staffetta('resolve', String(ids[2]), '--as', 'resend')
  expect(code).toBe(1)
  expect(err).toContain(`message ${ids[2]} is sent: IO’s answer came late`)
})

test('a user whom `staff` does not name may not decide', async () => {
  const file = 'comune-di-esempio/institution.yaml'
  const { configDirectory } = here.playground
  await configure(configDirectory, { [file]: { staff: { someone: 'operator' } } })
  const denied = await staffetta('resolve', String(ids[3]), '--as', 'cancelled')
  expect(denied.code).toBe(1)
  expect(denied.err).toContain('may not do this for comune-di-esempio')
  expect((await states())[3]).toBe('uncertain')
  const { username } = userInfo()
  await configure(configDirectory, { [file]: { staff: { [username]: 'viewer' } } })
  expect((await staffetta('resume', 'comune-di-esempio/mensa')).code).toBe(1)
  expect((await staffetta('resume', 'installation')).err).toContain('as administrator')
  await configure(configDirectory, { [file]: { staff: { [username]: 'administrator' } } })
  expect((await staffetta('resume', 'comune-di-esempio/mensa')).code).toBe(0)
})

test('resolve --flow decides all that is uncertain in it', async () => {
  const { code, out } = await staffetta(
    ...['resolve', '--flow', String(flow), '--as', 'cancelled', '--yes'],
  )
  expect({ code, out }).toEqual({ code: 0, out: '2 resolved as cancelled.\n' })
  expect((await look('resolve', '--list')).out).toBe('Nothing waits for a decision.\n')
  expect((await here.app.store.flows.get(flow)).state).toBe('sent')
})

test('resume shows what is paused since when, and lifts it', async () => {
  expect((await look('resume')).out).toBe('Nothing is paused.\n')
  await here.query(
    `update installation set paused_because = 'restored from a copy', paused_since = now()`,
  )
  const since = Temporal.Now.instant()
  const [institution, service] = ['comune-di-esempio', 'mensa']
  await here.app.store.pauses.pause({ institution, service, since, code: 'IO_KEY', detail: '' }, [])
  const shown = await staffetta('resume')
  expect(shown.out).toContain('restored from a copy')
  expect(shown.out).toContain('IO_KEY: IO does not accept the service key.')
  const listed = JSON.parse((await look('resume', '--json')).out)
  expect(listed).toMatchObject({
    installation: { pausedBecause: 'restored from a copy' },
    services: [{ service: 'mensa', code: 'IO_KEY' }],
    limits: [],
  })
  expect((await staffetta('resume', 'installation')).out).toContain('Resumed.')
  expect((await staffetta('resume', 'comune-di-esempio/mensa')).out).toContain('Resumed')
  expect((await look('resume')).out).toBe('Nothing is paused.\n')
  const acts = await here.query(
    `select subject from acts where verb = 'resumed' and origin = 'cli' order by id`,
  )
  expect(acts).toMatchObject([{ subject: 'installation' }, { subject: 'service/mensa' }])
})
