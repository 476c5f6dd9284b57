// `check --online` against the playground's servers: what it reaches, and what it never names.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openPlayground, type Playground } from '../../scripts/playground.ts'
import { run } from './run-command.ts'

const bodies: string[] = []
let playground: Playground

beforeAll(async () => {
  playground = await openPlayground({
    sandbox: {
      anyKey: false,
      keys: { 'key-of-the-canteen-service': { service: 'mensa', account: 'esempio' } },
      fault(call) {
        bodies.push(`${call.method} ${call.path} ${call.body}`)
        return null
      },
    },
  })
})
afterAll(() => playground.stop())

it('says which sources and keys work, and what to do about the others; ends with 1', async () => {
  const { code, out } = await run(['check', '--online', '--config', playground.configDirectory])
  expect(code).toBe(1)
  expect(out).toContain(`ok    comune-di-esempio/mensa: key of mensa at ${playground.sandbox.url}`)
  expect(out).toMatch(/FAIL {2}comune-di-esempio\/acqua: key of acqua .*: IO_KEY, HTTP 401/)
  expect(out).toContain('Set the variable or the file that `key` refers to')
  expect(out).toMatch(/ok {4}comune-di-esempio\/bollette: /)
})

it('asks IO once a service, and names nobody', () => {
  expect(bodies).toEqual(Array(3).fill('POST /profiles {}'))
})

it('gives scripts a line a feed and a line a service', async () => {
  const argv = ['check', '--online', '--json', '--config', playground.configDirectory]
  const { online } = JSON.parse((await run(argv)).out)
  const services = online.filter(({ service }: { service?: string }) => service !== undefined)
  expect(services).toEqual([
    expect.objectContaining({ service: 'comune-di-esempio/acqua', ok: false }),
    expect.objectContaining({ service: 'comune-di-esempio/mensa', ok: true }),
    expect.objectContaining({ service: 'comune-di-esempio/sportello', ok: false }),
  ])
  expect(online.length).toBeGreaterThan(2)
})

it('says that IO cannot be reached', async () => {
  const { url } = playground.sandbox
  await playground.sandbox.stop()
  const { code, out } = await run(['check', '--online', '--config', playground.configDirectory])
  expect(code).toBe(1)
  expect(out).toContain(`key of mensa at ${url} (mode live): IO_UNREACHABLE`)
})
