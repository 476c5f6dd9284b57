// The sandbox over HTTP: IO's answers to the letter, gateway and functions alike.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SandboxFault } from '../../src/sandbox/fault.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import type { Group } from '../../src/sandbox/services.ts'

const citizen = 'AAAAAA00A00A000A'
const absent = 'BBBBBB00A00A000A'
const blocking = 'CCCCCC00A00A000A'
const configuration = '01HMRBX079WA5SGYBQP1A7FSKH'
const ordinary: Group[] = ['ApiMessageWrite', 'ApiMessageRead', 'ApiLimitedProfileRead']
const every: Group[] = [
  ...ordinary,
  'ApiMessageReadAdvanced',
  'ApiMessageWriteAdvanced',
  'ApiMessageWriteWithPayee',
  'ApiThirdPartyMessageWrite',
]

const content = { subject: 'Avviso TARI', markdown: 'a'.repeat(80) }
const payment_data = { amount: 100, notice_number: '301000000000000001' }
const good = { fiscal_code: citizen, content }

let sandbox: Sandbox
let clock = 1_700_000_000_000
let fault: SandboxFault | null = null

beforeAll(async () => {
  sandbox = await startSandbox({
    callsPerWindow: 0,
    now: () => clock,
    fault: () => fault,
    configurations: { [configuration]: 'a', '01HMRBX079WA5SGYBQP1A7FSKZ': 'other' },
    keys: {
      tari: { service: 'tari', account: 'a', maxAllowedPaymentAmount: 100, groups: ordinary },
      mensa: { service: 'mensa', account: 'a' },
      all: { service: 'all', account: 'a', maxAllowedPaymentAmount: 9_999_999_999, groups: every },
      nothing: { service: 'nothing', account: 'a', groups: [] },
      reader: { service: 'reader', account: 'a', groups: ['ApiInfoRead'] },
      limited: {
        service: 'limited',
        account: 'a',
        groups: [...ordinary, 'ApiLimitedMessageWrite'],
        authorizedRecipients: [blocking],
      },
    },
  })
  sandbox.stateCitizen(absent, { onIo: false })
  sandbox.stateCitizen(blocking, { off: ['tari'], languages: [] })
})

afterAll(() => sandbox.stop())

interface Answered {
  status: number
  type: string | null
  headers: Headers
  body: unknown
}

async function call(
  key: string | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answered> {
  const answer = await fetch(sandbox.url + path, {
    method,
    headers: key === null ? {} : { 'Ocp-Apim-Subscription-Key': key },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const { status, headers } = answer
  return { status, headers, type: headers.get('content-type'), body: await answer.json() }
}

const post = (body: unknown, key = 'tari') => call(key, 'POST', '/messages', body)
const withContent = (part: object, rest: object = {}) => ({
  ...good,
  ...rest,
  content: { ...content, ...part },
})

async function accept(body: object, key = 'tari'): Promise<string> {
  const answered = await post(body, key)
  expect(answered.status).toBe(201)
  return (answered.body as { id: string }).id
}

describe('the gateway', () => {
  test.each<[string, string | null, string, string, number, string]>([
    [
      'no key',
      null,
      'POST',
      '/messages',
      401,
      'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
    ],
    [
      'a wrong key',
      'wrong',
      'POST',
      '/messages',
      401,
      'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
    ],
    ['a wrong path', 'tari', 'POST', '/message', 404, 'Resource not found'],
    ['a wrong method', 'tari', 'PUT', '/messages', 404, 'Resource not found'],
    ['a path too long', 'tari', 'GET', `/messages/${citizen}/1/2`, 404, 'Resource not found'],
    ['no list', 'tari', 'GET', '/messages', 404, 'Resource not found'],
  ])('answers %s in its own format', async (_, key, method, path, statusCode, message) => {
    const answered = await call(key, method, path)
    expect(answered).toMatchObject({ status: statusCode, type: 'application/json' })
    expect(answered.body).toEqual({ statusCode, message })
  })

  test('limits an account across its services, and says so in its own header', async () => {
    let now = 1_000
    const small = await startSandbox({
      callsPerWindow: 2,
      now: () => now,
      anyKey: true,
      keys: { other: { service: 'other', account: 'other' } },
    })
    const ask = (key: string) =>
      fetch(`${small.url}/profiles`, {
        method: 'POST',
        headers: { 'Ocp-Apim-Subscription-Key': key },
        body: JSON.stringify({ fiscal_code: citizen }),
      })
    try {
      expect((await ask('one')).headers.get('x-rate-limit-remaining')).toBe('1')
      expect((await ask('two')).headers.get('x-rate-limit-remaining')).toBe('0')
      now += 2_000
      const limited = await ask('one')
      expect(limited.status).toBe(429)
      expect(limited.headers.get('x-rate-limit-remaining')).toBe('0')
      expect(limited.headers.get('x-rate-limit-retry-after')).toBe('3')
      expect(limited.headers.get('retry-after')).toBeNull()
      expect(await limited.json()).toEqual({
        statusCode: 429,
        message: 'Rate limit is exceeded. Try again in 3 seconds.',
      })
      expect((await ask('other')).status).toBe(200)
      now += 3_000
      expect((await ask('two')).status).toBe(200)
      expect(small.truth.calls).toMatchObject({ total: 5, profile: 4, limited: 1 })
    } finally {
      await small.stop()
    }
  })
})

describe('a profile', () => {
  const ask = (code: unknown, key = 'tari') => call(key, 'POST', '/profiles', { fiscal_code: code })

  test('tells whether the sender is allowed, and the languages if there are any', async () => {
    expect((await ask(citizen)).body).toEqual({
      sender_allowed: true,
      preferred_languages: ['it_IT'],
    })
    expect((await ask(blocking)).body).toEqual({ sender_allowed: false })
    expect((await ask(blocking, 'mensa')).body).toEqual({ sender_allowed: true })
    const inPath = await call('tari', 'GET', `/profiles/${citizen}`)
    expect(inPath.body).toEqual((await ask(citizen)).body)
  })

  test('that is not there is a problem, unlike a wrong path', async () => {
    const answered = await ask(absent)
    expect(answered.type).toBe('application/problem+json')
    expect(answered.body).toEqual({
      detail: 'The profile you requested was not found in the system.',
      status: 404,
      title: 'Profile not found',
    })
  })

  const pattern =
    '^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$'
  const expected = `string that matches the pattern "${pattern}"`

  test('of no fiscal code is refused in the third dialect', async () => {
    expect((await ask(undefined)).body).toEqual({
      detail: `value [undefined] at [root.0.fiscal_code] is not a valid [${expected}]`,
      status: 400,
      title: 'Invalid FiscalCodePayload',
    })
    expect((await ask('abc')).body).toMatchObject({
      detail: `value ["abc"] at [root.0.fiscal_code] is not a valid [${expected}]`,
    })
  })

  test('of a wrong code in the path is refused in the second dialect', async () => {
    expect((await call('tari', 'GET', '/profiles/abc')).body).toEqual({
      detail: `value ["abc"] at [root] is not a valid [${expected}]`,
      status: 400,
      title: `Invalid ${expected}`,
    })
  })

  test('needs permissions', async () => {
    expect(await ask(citizen, 'nothing')).toMatchObject({
      status: 403,
      body: { title: 'User has no valid scopes' },
    })
    expect(await ask(citizen, 'reader')).toMatchObject({
      status: 403,
      body: { title: 'You are not allowed here' },
    })
    expect(await ask(citizen, 'limited')).toMatchObject({
      status: 403,
      body: { title: 'Recipient forbidden' },
    })
    expect((await ask(blocking, 'limited')).status).toBe(200)
  })
})

describe('a new message', () => {
  test('is accepted with an id and a relative place', async () => {
    const answered = await post(good)
    const { id } = answered.body as { id: string }
    expect(answered).toMatchObject({ status: 201, type: 'application/json' })
    expect(answered.body).toEqual({ id })
    expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    expect(answered.headers.get('location')).toBe(`/api/v1/messages/${citizen}/${id}`)
    expect(answered.headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('is accepted for a citizen who is not on IO, too', async () => {
    expect((await post({ ...good, fiscal_code: absent })).status).toBe(201)
  })

  test('of the wrong shape is refused in the first dialect, which echoes the value', async () => {
    const answered = await post({ ...good, content: { subject: 'Rossi' }, time_to_live: 1 })
    expect(answered.body).toEqual({
      detail:
        'value "Rossi" at root.content.subject is not a valid ' +
        '[string of length >= 10 and < 121]\n' +
        'value undefined at root.content.markdown is not a valid ' +
        '[string of length >= 80 and < 10001]\n' +
        'value 1 at root.time_to_live is not a valid [integer >= 3600 and < 604800]\n' +
        'value 1 at root.time_to_live is not a valid [604800]\n' +
        'value 1 at root.time_to_live is not a valid [integer >= 3600 and < 604800]\n' +
        'value 1 at root.time_to_live is not a valid [604800]',
      status: 400,
      title: 'Invalid message structure',
    })
  })

  test('in malformed JSON is a 500, in no JSON at all a 400', async () => {
    expect(await post('{"fiscal_code":')).toMatchObject({
      status: 500,
      body: { title: 'Internal server error', status: 500 },
    })
    expect((await call('tari', 'POST', '/messages')).body).toMatchObject({
      title: 'Invalid message structure',
      detail: expect.stringMatching(/^value undefined at root is not a valid /),
    })
  })

  test('has its recipient in the body or in the path, not in both and not in none', async () => {
    const inPath = (body: object) => call('tari', 'POST', `/messages/${citizen}`, body)
    const text = 'The fiscalcode parameter must be specified in the path or in the payload'
    expect((await inPath({ content })).status).toBe(201)
    expect((await inPath(good)).body).toEqual({
      title: 'Bad parameters',
      status: 400,
      detail: `${text} but not in both`,
    })
    expect((await post({ content })).body).toEqual({
      title: 'Bad parameters',
      status: 400,
      detail: text,
    })
  })

  const remote = (rest: object) => withContent({ third_party_data: { id: 'x', ...rest } })
  const payee = { fiscal_code: '00000000000' }
  const permission = 'You do not have enough permissions to send'

  test.each<[string, string, object, number, string, string]>([
    [
      'without scopes',
      'nothing',
      good,
      403,
      'User has no valid scopes',
      'You are not part of any valid scope, you should ask the administrator to give you the required permissions.',
    ],
    [
      'without the right to write',
      'reader',
      good,
      403,
      'You are not allowed here',
      'You do not have enough permission to complete the operation you requested',
    ],
    [
      'with a payee',
      'tari',
      withContent({ payment_data: { ...payment_data, payee } }),
      403,
      'You are not allowed here',
      `${permission} a payment message with payee`,
    ],
    [
      'of the premium kind',
      'tari',
      withContent({}, { feature_level_type: 'ADVANCED' }),
      403,
      'You are not allowed here',
      `${permission} a Premium message`,
    ],
    [
      'of a third party',
      'tari',
      remote({}),
      403,
      'You are not allowed here',
      `${permission} a third party message`,
    ],
    [
      'with a certificate',
      'tari',
      withContent({ eu_covid_cert: { auth_code: 'x' } }),
      403,
      'You are not allowed here',
      `${permission} an EUCovidCert message`,
    ],
    [
      'without a configuration',
      'all',
      remote({}),
      403,
      'No configuration id for remote content',
      'You did not send any configuration id for your remote content in third_party_data',
    ],
    [
      'of an unknown configuration',
      'all',
      remote({ configuration_id: '0'.repeat(26) }),
      404,
      'Remote Content Configuration NOT FOUND',
      'Cannot find any Remote Content Configuration with the given id',
    ],
    [
      'of another’s configuration',
      'all',
      remote({ configuration_id: '01HMRBX079WA5SGYBQP1A7FSKZ' }),
      403,
      'Not your configuration',
      "You're not the owner of the configuration related to the given configuration_id",
    ],
    [
      'with attachments, not premium',
      'all',
      remote({ configuration_id: configuration, has_attachments: true }),
      403,
      'Attachments call forbidden',
      'You are not allowed to send messages with attachmens with STANDARD messages, please use ADVANCED',
    ],
    [
      'to nobody of the authorized',
      'limited',
      good,
      403,
      'Recipient forbidden',
      'You are not allowed to issue requests for the recipient.',
    ],
    [
      'of an amount above the ceiling',
      'tari',
      withContent({ payment_data: { ...payment_data, amount: 101 } }),
      400,
      'Error while sending payment metadata',
      'The requested amount (101 cents) exceeds the maximum allowed for this service (100 cents)',
    ],
    [
      'of a payment, by a new service',
      'mensa',
      withContent({ payment_data: { ...payment_data, amount: 1 } }),
      400,
      'Error while sending payment metadata',
      'The requested amount (1 cents) exceeds the maximum allowed for this service (0 cents)',
    ],
  ])('%s is refused', async (_, key, body, status, title, detail) => {
    const before = sandbox.truth.acceptedCount()
    const answered = await post(body, key)
    expect(answered.body).toEqual({ detail, status, title })
    expect(answered.status).toBe(status)
    expect(sandbox.truth.acceptedCount()).toBe(before)
  })

  test('is refused by the first of IO’s checks when several fail', async () => {
    const manyFaults = withContent({
      payment_data: { ...payment_data, amount: 101, payee },
      third_party_data: { id: 'x', has_attachments: true },
    })
    expect((await post(manyFaults, 'nothing')).body).toMatchObject({
      title: 'User has no valid scopes',
    })
    expect((await post({ ...manyFaults, time_to_live: 1 })).body).toMatchObject({
      title: 'Invalid message structure',
    })
    expect((await post(manyFaults)).body).toMatchObject({
      detail: `${permission} a payment message with payee`,
    })
  })

  test('with every permission is accepted', async () => {
    const full = withContent(
      {
        payment_data: { ...payment_data, payee },
        third_party_data: { id: 'x', configuration_id: configuration, has_attachments: true },
      },
      { feature_level_type: 'ADVANCED' },
    )
    expect((await post(full, 'all')).status).toBe(201)
    expect((await post(withContent({ payment_data }))).status).toBe(201)
    expect((await post({ ...good, fiscal_code: blocking }, 'limited')).status).toBe(201)
  })
})

describe('a status', () => {
  const ask = (code: string, id: string, key = 'tari') =>
    call(key, 'GET', `/messages/${code}/${id}`)

  test('is ACCEPTED without content, then PROCESSED as IO stored it', async () => {
    const due_date = '2026-10-31T23:59:59+01:00'
    const id = await accept(withContent({ due_date, payment_data, typo: 1 }))
    const created_at = new Date(clock).toISOString()
    const message = {
      created_at,
      fiscal_code: citizen,
      id,
      sender_service_id: 'tari',
      time_to_live: 3600,
      feature_level_type: 'STANDARD',
    }
    expect((await ask(citizen, id)).body).toEqual({ message, status: 'ACCEPTED' })
    clock += 1_000
    expect((await ask(citizen, id)).body).toEqual({
      message: {
        ...message,
        content: {
          ...content,
          due_date: '2026-10-31T22:59:59.000Z',
          payment_data: {
            ...payment_data,
            invalid_after_due_date: false,
            payee: { fiscal_code: '00000000000' },
          },
        },
      },
      status: 'PROCESSED',
    })
  })

  test.each([
    ['not on IO', absent],
    ['who switched the service off', blocking],
  ])('of a citizen %s is REJECTED, without a reason or content', async (_, fiscal_code) => {
    const id = await accept({ ...good, fiscal_code })
    clock += 1_000
    const { body } = await ask(fiscal_code, id)
    expect(body).toMatchObject({ status: 'REJECTED' })
    expect(Object.keys(body as object)).toEqual(['message', 'status'])
    expect((body as { message: object }).message).not.toHaveProperty('content')
  })

  test('is told to its own sender only', async () => {
    const id = await accept(good)
    expect((await ask(citizen, id, 'mensa')).body).toEqual({
      detail:
        'You are not allowed to read this message, you can only read messages that you have sent',
      status: 403,
      title: 'You are not allowed here',
    })
    expect((await ask(citizen, id, 'reader')).status).toBe(403)
  })

  test('of no message, or of another’s, is a problem', async () => {
    const id = await accept(good)
    for (const [code, asked] of [
      [citizen, '0'.repeat(26)],
      [absent, id],
    ] as const) {
      expect((await ask(code, asked)).body).toEqual({
        detail: 'The message that you requested was not found in the system.',
        status: 404,
        title: 'Message not found',
      })
    }
    expect((await ask('abc', id)).status).toBe(400)
  })

  test('of a premium message tells reading and payment, to whom may know', async () => {
    const premium = withContent({ payment_data }, { feature_level_type: 'ADVANCED' })
    const id = await accept(premium, 'all')
    expect((await ask(citizen, id, 'all')).body).not.toHaveProperty('read_status')
    clock += 1_000
    expect((await ask(citizen, id, 'all')).body).toMatchObject({
      read_status: expect.stringMatching(/^(READ|UNREAD|UNAVAILABLE)$/),
      payment_status: 'NOT_PAID',
    })
    sandbox.pay(payment_data.notice_number)
    expect((await ask(citizen, id, 'all')).body).toMatchObject({ payment_status: 'PAID' })
  })

  test('can be forced', async () => {
    const id = await accept(good)
    sandbox.forceStatus(id, 'FAILED')
    expect((await ask(citizen, id)).body).toMatchObject({ status: 'FAILED' })
  })
})

describe('a fault', () => {
  const during = async (given: SandboxFault) => {
    const before = sandbox.truth.acceptedCount()
    fault = given
    const ended = await fetch(`${sandbox.url}/messages`, {
      method: 'POST',
      headers: { 'Ocp-Apim-Subscription-Key': 'tari' },
      body: JSON.stringify(good),
      signal: AbortSignal.timeout(300),
    }).then(
      (answer) => answer.status,
      () => 'lost',
    )
    fault = null
    return { ended, accepted: sandbox.truth.acceptedCount() - before }
  }

  test.each<[string, SandboxFault, string | number, number]>([
    ['an answer of its own', { answer: { status: 502, body: '<html>' } }, 502, 0],
    ['a reset before it is processed', { connection: 'reset-before' }, 'lost', 0],
    ['a reset after it was accepted', { connection: 'reset-after' }, 'lost', 1],
    ['silence before it is processed', { connection: 'hang-before' }, 'lost', 0],
    ['silence after it was accepted', { connection: 'hang-after' }, 'lost', 1],
    ['a delay', { delayMilliseconds: 5 }, 201, 1],
    ['a delay and a reset', { delayMilliseconds: 5, connection: 'reset-after' }, 'lost', 1],
  ])('may be %s', async (_, given, ended, accepted) => {
    expect(await during(given)).toEqual({ ended, accepted })
  })
})

test('the truth counts what was accepted twice', async () => {
  const own = await startSandbox({ anyKey: true, callsPerWindow: 0 })
  const send = (body: object) =>
    fetch(`${own.url}/messages`, {
      method: 'POST',
      headers: { 'Ocp-Apim-Subscription-Key': 'any' },
      body: JSON.stringify(body),
    })
  try {
    for (const body of [withContent({ payment_data }), withContent({ payment_data }), good]) {
      await send(body)
    }
    expect(own.truth.acceptedCount()).toBe(3)
    const counts = [...own.truth.acceptedCounts()]
    expect(counts).toHaveLength(2)
    expect(counts[0]).toEqual([`${citizen} ${payment_data.notice_number}`, 2])
    expect(counts[1]?.[1]).toBe(1)
    expect([...own.truth.accepted()].map(({ service }) => service)).toEqual(
      Array(3).fill('sandbox-service-1'),
    )
  } finally {
    await own.stop()
  }
})
