// The client against the sandbox: a whole conversation, and what a lost answer leaves behind.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { NewMessage } from '../../src/domain/new-message.ts'
import { createIoClient, type IoClient, type IoService } from '../../src/io/client.ts'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { clientOptions, message, serviceAt, tester } from './given.ts'

let sandbox: Sandbox
let client: IoClient
let service: IoService
let clock = 1_700_000_000_000
let fault: (path: string) => SandboxFault | null = () => null

beforeAll(async () => {
  sandbox = await startSandbox({
    now: () => clock,
    fault: ({ path }) => fault(path),
    keys: {
      'canary-key': { service: 'tari', account: 'a', maxAllowedPaymentAmount: 20_000 },
      'sibling-key': { service: 'mensa', account: 'a' },
    },
  })
  client = createIoClient(clientOptions)
  service = serviceAt(sandbox.url)
})

afterAll(async () => {
  await client.close()
  await sandbox.stop()
})

test('a message is allowed, accepted, and processed a second later', async () => {
  const profile = await client.profile(service, tester)
  expect(profile).toEqual({ allowed: true, languages: ['it_IT'], rateRemaining: 149 })
  const { outcome, httpStatus, rateRemaining } = await client.submit(service, message)
  expect({ httpStatus, rateRemaining }).toEqual({ httpStatus: 201, rateRemaining: 148 })
  if (outcome.kind !== 'accepted') throw new Error(`not accepted: ${outcome.kind}`)
  const status = () => client.status(service, tester, outcome.ioId)
  expect(await status()).toMatchObject({ delivery: 'accepted', rateRemaining: 147 })
  clock += 1_000
  expect(await status()).toMatchObject({ delivery: 'processed', read: null, paid: null })
  const sibling = { ...service, key: { reveal: () => 'sibling-key' } }
  expect(await client.status(sibling, tester, outcome.ioId)).toMatchObject({
    deferred: { code: 'IO_FORBIDDEN', scope: 'message' },
  })
})

test('citizens who are not on IO, or switched the service off, are undeliverable', async () => {
  sandbox.stateCitizen('BBBBBB00A00A000A', { onIo: false })
  sandbox.stateCitizen('CCCCCC00A00A000A', { off: ['tari'] })
  expect(await client.profile(service, 'BBBBBB00A00A000A')).toMatchObject({
    outcome: { kind: 'undeliverable', code: 'no-profile' },
  })
  expect(await client.profile(service, 'CCCCCC00A00A000A')).toMatchObject({
    outcome: { kind: 'undeliverable', code: 'sender-blocked' },
  })
})

test('what the key lacks is learnt from the refusal', async () => {
  const payment = { amount: 20_001, notice_number: '301000000000000001' }
  const withContent = (part: object, rest: object = {}): NewMessage => ({
    ...message,
    ...rest,
    content: { ...message.content, ...part },
  })
  const featureOf = async (asked: NewMessage) => {
    const { outcome } = await client.submit(service, asked)
    return outcome.kind === 'deferred' ? outcome.feature : outcome
  }
  expect(await featureOf(withContent({ payment_data: payment }))).toEqual({
    name: 'amount',
    maximumCents: 20_000,
  })
  const payee = { fiscal_code: '00000000000' }
  expect(await featureOf(withContent({ payment_data: { ...payment, payee } }))).toEqual({
    name: 'payee',
  })
  expect(await featureOf(withContent({}, { feature_level_type: 'ADVANCED' }))).toEqual({
    name: 'premium',
  })
  expect(await featureOf(withContent({ third_party_data: { id: 'x' } }))).toEqual({
    name: 'third-party',
  })
})

test('a wrong key pauses the service, a wrong path too, and neither burns anything', async () => {
  const before = sandbox.truth.acceptedCount()
  const wrongKey = { ...service, key: { reveal: () => 'wrong' } }
  const wrongPath = { ...service, baseUrl: sandbox.url.replace('/api/v1', '/api/v2') }
  for (const [asked, code] of [
    [wrongKey, 'IO_KEY'],
    [wrongPath, 'IO_PATH'],
  ] as const) {
    const outcome = { kind: 'deferred', code, scope: 'service', counts: false }
    expect(await client.profile(asked, tester)).toMatchObject({ outcome })
    expect(await client.submit(asked, message)).toMatchObject({ outcome })
  }
  expect(sandbox.truth.acceptedCount()).toBe(before)
})

test('above the rate IO says how long to wait', async () => {
  clock += 60_000
  const answers = []
  for (let call = 0; call < 151; call += 1) answers.push(await client.profile(service, tester))
  expect(answers[149]).toMatchObject({ allowed: true, rateRemaining: 0 })
  expect(answers[150]).toMatchObject({
    outcome: { kind: 'deferred', code: 'IO_RATE', scope: 'account', retryAfterSeconds: 5 },
  })
  clock += 60_000
})

test('a lost answer is uncertain whether or not IO accepted, and is not asked again', async () => {
  for (const [connection, accepted] of [
    ['reset-before', 0],
    ['reset-after', 1],
  ] as const) {
    const before = sandbox.truth.acceptedCount()
    const submitsBefore = sandbox.truth.calls.submit
    fault = (path) => (path === '/messages' ? { connection } : null)
    const { outcome } = await client.submit(service, message)
    fault = () => null
    expect(outcome).toMatchObject({ kind: 'uncertain', code: 'IO_ANSWER_LOST' })
    expect(sandbox.truth.acceptedCount() - before).toBe(accepted)
    expect(sandbox.truth.calls.submit - submitsBefore).toBe(accepted)
  }
})

test('what IO refuses for its shape, the client refuses before it leaves', async () => {
  const submits = sandbox.truth.calls.submit
  const late = { ...message, content: { ...message.content, due_date: '2026-10-31' } }
  expect(await client.submit(service, late)).toMatchObject({ outcome: { kind: 'rejected' } })
  expect(sandbox.truth.calls.submit).toBe(submits)
})
