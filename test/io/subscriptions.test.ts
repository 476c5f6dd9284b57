// The subscriptions feed over HTTP: the sandbox's own days, and answers that are no day.
// Invariant: only a whole day of the date that was asked is a day.
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createIoClient, type IoClient, NotAllowedByModeError } from '../../src/io/client.ts'
import { FEED_BODY_LIMIT_BYTES } from '../../src/io/subscriptions.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { clientOptions, serviceAt } from './given.ts'

const day = Temporal.PlainDate.from('2026-03-02')
const citizen = 'RSSMRA80A01H501U'
const hashOf = (code: string) => createHash('sha256').update(code).digest('hex')
const midnight = (date: Temporal.PlainDate) => date.toZonedDateTime('UTC').epochMilliseconds

let sandbox: Sandbox
let client: IoClient
let clock = midnight(day)
let fault: SandboxFault | null = null

beforeAll(async () => {
  sandbox = await startSandbox({
    now: () => clock,
    fault: () => fault,
    population: { notOnIo: 1 },
    keys: {
      'canary-key': { service: 'tari', account: 'a', groups: ['ApiSubscriptionsFeedRead'] },
      'ordinary-key': { service: 'tari', account: 'a' },
    },
  })
  client = createIoClient(clientOptions)
  sandbox.stateCitizen(citizen, {})
  clock = midnight(day.add({ days: 1 }))
})

afterAll(async () => {
  await client.close()
  await sandbox.stop()
})

async function ask(answer: SandboxFault['answer'] | null = null, key = 'canary-key') {
  fault = answer === null ? null : { answer }
  const service = serviceAt(sandbox.url, { key: { reveal: () => key } })
  const { rateRemaining, ...said } = await client.subscriptions(service, day)
  return said
}

const dayOf = (dateUTC: string, subscriptions: unknown[], unsubscriptions: unknown[] = []) => ({
  status: 200,
  body: JSON.stringify({ dateUTC, subscriptions, unsubscriptions }),
})

describe('a day of the feed', () => {
  test('tells who came, by hash, from the next midnight of UTC', async () => {
    const changes = { subscriptions: [hashOf(citizen)], unsubscriptions: [] }
    expect(await ask()).toEqual({ kind: 'day', changes })
    clock -= 1
    expect(await ask()).toEqual({ kind: 'not-yet' })
    clock += 1
  })

  test('is forbidden to an account without the permission, and pauses no service', async () => {
    expect(await ask(null, 'ordinary-key')).toEqual({ kind: 'refused', code: 'IO_FEED_FORBIDDEN' })
  })

  test('may be far longer than any other answer of IO', async () => {
    const many = Array.from({ length: 30_000 }, (_, n) => hashOf(String(n)))
    const answer = dayOf('2026-03-02', many)
    expect(answer.body.length).toBeGreaterThan(clientOptions.bodyLimitBytes)
    const said = await ask(answer)
    expect(said.kind === 'day' && said.changes.subscriptions).toEqual(many)
  })

  test('is given up when it is longer than its own bound', async () => {
    const answer = { status: 200, body: Buffer.alloc(FEED_BODY_LIMIT_BYTES + 1, ' ') }
    expect(await ask(answer)).toEqual({ kind: 'refused', code: 'IO_FEED_ODD' })
  })

  test.each<[string, SandboxFault['answer']]>([
    ['of another date', dayOf('2026-03-01', [])],
    [
      'with a hash of the length that the contract wrongly states',
      dayOf('2026-03-02', ['a'.repeat(16)]),
    ],
    ['with one bad hash among good ones', dayOf('2026-03-02', [], [hashOf('a'), 'x'.repeat(64)])],
    ['with something else in a list', dayOf('2026-03-02', [null])],
    ['without its lists', { status: 200, body: '{"dateUTC":"2026-03-02"}' }],
    ['in HTML', { status: 200, body: '<html>' }],
    ['behind a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }],
    ['refused as a bad date', { status: 400, body: '{"title":"Invalid ShortDateString"}' }],
    ['on a path that the gateway does not know', { status: 404, body: '{"statusCode":404}' }],
    [
      'compressed, which nobody asked for',
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('{}') },
    ],
  ])('%s is none', async (_, answer) => {
    expect(await ask(answer)).toEqual({ kind: 'refused', code: 'IO_FEED_ODD' })
  })

  test.each<[string, SandboxFault['answer'], object]>([
    ['a refused key concerns the service', { status: 401 }, { code: 'IO_KEY', scope: 'service' }],
    [
      'a limit concerns the account',
      { status: 429, headers: { 'x-rate-limit-retry-after': '3' } },
      { code: 'IO_RATE', scope: 'account', retryAfterSeconds: 3 },
    ],
    ['a fault of IO waits', { status: 503 }, { code: 'IO_FEED_FAULT', scope: 'message' }],
  ])('%s', async (_, answer, deferred) => {
    expect(await ask(answer)).toMatchObject({ kind: 'deferred', deferred })
  })

  test('is asked for without a call when the key cannot be read', async () => {
    const before = sandbox.truth.calls.total
    expect(await ask(null, 'two\nlines')).toMatchObject({ deferred: { code: 'IO_KEY' } })
    expect(sandbox.truth.calls.total).toBe(before)
  })

  test('is asked for by colleagues-only services too, and never in dry-run', async () => {
    fault = null
    const testers = serviceAt(sandbox.url, { mode: 'testers' })
    expect(await client.subscriptions(testers, day)).toMatchObject({ kind: 'day' })
    const silent = serviceAt(sandbox.url, { mode: 'dry-run' })
    await expect(client.subscriptions(silent, day)).rejects.toThrow(NotAllowedByModeError)
  })
})
