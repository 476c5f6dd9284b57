// The linter and the sandbox are two tellings of IO's rules: for any body, by a key with any
// permissions, they must answer alike.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type IoGroup, ordinaryGroups } from '../src/domain/io-groups.ts'
import { lintMessage, type MessageLint } from '../src/domain/message-lint.ts'
import { type Sandbox, startSandbox } from '../src/sandbox/server.ts'

const configuration = '01HMRD0QSXB8T4BYBBMKTJQ4SN'

/** Key → its permissions. */
const keys: Record<string, readonly IoGroup[]> = {
  ordinary: ordinaryGroups,
  payee: [...ordinaryGroups, 'ApiMessageWriteWithPayee'],
  premium: [...ordinaryGroups, 'ApiMessageWriteAdvanced'],
  thirdParty: [...ordinaryGroups, 'ApiThirdPartyMessageWrite'],
  everything: [
    ...ordinaryGroups,
    'ApiMessageWriteWithPayee',
    'ApiMessageWriteAdvanced',
    'ApiThirdPartyMessageWrite',
    'ApiMessageWriteEUCovidCert',
  ],
  reader: ['ApiInfoRead', 'ApiMessageRead'],
  configurator: ['ApiRemoteContentConfigurationWrite'],
  nothing: [],
}

let sandbox: Sandbox

beforeAll(async () => {
  const services = Object.entries(keys).map(([key, groups]) => [
    key,
    { service: key, account: 'account', groups, maxAllowedPaymentAmount: 9_999_999_999 },
  ])
  sandbox = await startSandbox({
    callsPerWindow: 0,
    configurations: { [configuration]: 'account' },
    keys: Object.fromEntries(services),
  })
})

afterAll(() => sandbox.stop())

const context = (key: string) => ({
  groups: new Set(keys[key]),
  now: Temporal.Instant.from('2026-01-15T10:00:00Z'),
  readYaml: () => ({ data: {} }),
})

async function answerTo(body: string, key: string) {
  const response = await fetch(`${sandbox.url}/messages`, {
    method: 'POST',
    headers: { 'ocp-apim-subscription-key': key, 'content-type': 'application/json' },
    body,
  })
  const { title, detail } = (await response.json()) as { title?: string; detail?: string }
  return { status: response.status, title: title ?? null, detail: detail ?? '' }
}

async function expectAgreement(body: string, key: string) {
  const { status, title, detail } = await answerTo(body, key)
  const lint = lintMessage(body, context(key))
  expect({ body, key, status: lint.status, title: lint.title }).toEqual({
    body,
    key,
    status,
    title,
  })
  expect(lint.accepted).toBe(status === 201)
  // Of no JSON the linter says less than IO, which quotes the body.
  if (status !== 201 && status !== 500)
    expect({ body, said: saidBy(lint) }).toEqual({ body, said: lines(detail) })
  return status
}

/** The lines of IO's detail without the values, each once: IO says two of its keys twice. */
function lines(detail: string): Set<string> {
  return new Set(
    detail.split('\n').map((line) => line.replace(/^value .* at root/s, 'value at root')),
  )
}

function saidBy({ problems }: MessageLint): Set<string> {
  return new Set(problems.flatMap((problem) => problem.detail.split('\n')))
}

/** Mostly what IO takes, at times what it does not, at times nothing. */
const mostly = (good: fc.Arbitrary<unknown>, ...bad: unknown[]) =>
  fc.oneof(
    { weight: 40, arbitrary: good },
    { weight: 1, arbitrary: fc.constantFrom(null, '', 0, [], {}, true, ...bad) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
const rarely = (good: fc.Arbitrary<unknown>, ...bad: unknown[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: mostly(good, ...bad) },
  )
const ofLength = (minimum: number, maximum: number) =>
  fc
    .constantFrom(minimum, minimum + 1, maximum - 1, maximum)
    .chain((length) => fc.constantFrom('a'.repeat(length), '😀'.repeat(length / 2).padEnd(length)))
const oneOf = (...values: unknown[]) => fc.constantFrom(...values)

const code = mostly(oneOf('AAAAAA00A00A000A', 'PRVPRV80A01H501X'), 'aaaaaa00a00a000a', '0123')
const payload = fc.record({
  fiscal_code: code,
  time_to_live: rarely(oneOf(3600, 604_800), 3599, 604_801, 3600.5, '3600'),
  feature_level_type: rarely(oneOf('STANDARD', 'ADVANCED'), 'advanced'),
  default_addresses: rarely(oneOf({ email: 'a@example.it' }, {}), { email: 'a' }),
  unknown_key: rarely(oneOf(1)),
  content: mostly(
    fc.record({
      subject: mostly(ofLength(10, 120), 'a'.repeat(9), 'a'.repeat(121)),
      markdown: mostly(ofLength(80, 10_000), 'a'.repeat(79), 'a'.repeat(10_001)),
      require_secure_channels: rarely(fc.boolean(), 'true'),
      due_date: rarely(
        oneOf('2026-02-30T10:00:00Z', '2026-01-01T24:00:00', '2026-01-01T10:00:00.5+02:00'),
        ...['2026-01-01', '2026-13-01T00:00:00Z', '2026-01-32T00:00:00Z', '2026-01-01T10:00:60Z'],
        ...['2026-01-01t10:00:00z', '2026-01-01T10:00:00+0200', '2026-01-01T24:00:01Z'],
      ),
      payment_data: rarely(
        fc.record({
          amount: mostly(oneOf(1, 9_999_999_999), -1, 10_000_000_000, 1.5, '1'),
          notice_number: mostly(oneOf('302000000000000121'), '402000000000000121', '3'),
          invalid_after_due_date: rarely(fc.boolean()),
          payee: rarely(oneOf({ fiscal_code: '01234567890' }), { fiscal_code: '1' }),
        }),
      ),
      third_party_data: rarely(
        fc.record({
          id: mostly(oneOf('a')),
          configuration_id: mostly(oneOf(configuration), 'a'),
          has_attachments: rarely(fc.boolean()),
          has_remote_content: rarely(fc.boolean()),
          has_precondition: rarely(oneOf('ALWAYS', 'ONCE', 'NEVER'), 'NONE'),
          original_receipt_date: rarely(oneOf('2026-02-30T10:00:00Z'), '2026-01-01'),
        }),
      ),
      eu_covid_cert: rarely(oneOf({ auth_code: 'a' })),
      legal_data: rarely(oneOf({ sender_mail_from: 'a', message_unique_id: 'a' })),
      prescription_data: rarely(oneOf({ nre: '123456789012345' }), { nre: '1' }),
    }),
  ),
})

describe('the linter and the sandbox', () => {
  it('agree on every message, whatever the key may do', async () => {
    const seen = new Set<number>()
    const bodies = payload.map((value) => JSON.stringify(value))
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom(...Object.keys(keys)), async (body, key) => {
        seen.add(await expectAgreement(body, key))
      }),
      { numRuns: 500 },
    )
    expect([...seen].sort()).toEqual([201, 400, 403])
  })

  it('agree on every body that is hardly a message', async () => {
    const odd = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.string(),
      fc.constantFrom(
        '',
        '\n',
        ' {}',
        '\uFEFF{}',
        '\uFEFF',
        '\uFEFF\uFEFF{}',
        '{',
        '[]',
        'null',
        '"a"',
        '1',
        '{"content":{}}',
      ),
    )
    await fc.assert(
      fc.asyncProperty(odd, async (body) => void (await expectAgreement(body, 'ordinary'))),
      { numRuns: 200 },
    )
  })

  it.each([1_048_576, 1_048_577])('agree on a body of %i bytes', async (bytes) => {
    const body = JSON.stringify('è').padEnd(bytes - 1)
    expect(Buffer.byteLength(body)).toBe(bytes)
    const { status } = await answerTo(body, 'ordinary')
    expect(lintMessage(body, context('ordinary')).status).toBe(status)
  })
})
