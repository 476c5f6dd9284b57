// The two kinds of errors: those of the gateway and those of the functions, in their dialects.
// The sections are those of the contract with IO's service side.
import { describe, expect, test } from 'vitest'
import {
  ask,
  citizen,
  givenSandbox,
  good,
  groups,
  matching,
  pattern,
  post,
  testEach,
  withContent,
} from './given.ts'

const given = givenSandbox()
const id = '01HMRBX079WA5SGYBQP1A7FSKH'

describe('§0.2 errors of the gateway', () => {
  test.each([
    ['without a key', { 'Ocp-Apim-Subscription-Key': '' }, '/messages', 401],
    ['at a wrong path', {}, '/message', 404],
    ['below a message', {}, `/messages/${citizen}/${id}/more`, 404],
  ])('%s are not problem+json', async (_, headers, path, statusCode) => {
    const answered = await given.ask('POST', path, good, headers)
    expect(answered).toMatchObject({ status: statusCode, type: 'application/json' })
    expect(answered.body).toEqual({ statusCode, message: expect.any(String) })
  })

  test('an account with a client certificate is refused with nothing but the status', async () => {
    await given.load(groups('ApiAuthenticationClientCertificate'))
    expect(await given.ask(...ask(citizen))).toMatchObject({ status: 403, text: '' })
  })

  test('a call past the gateway is refused by the host of the functions', async () => {
    await given.load({ gateway_headers_missing: ['x-functions-key'] })
    expect(await given.ask(...ask(citizen))).toMatchObject({ status: 401, text: '' })
  })
})

describe('§1.1 errors of the functions', () => {
  test('have three keys and the headers of the functions', async () => {
    await given.load({ profile: null })
    const { headers, body } = await given.ask(...ask(citizen))
    expect(Object.keys(body ?? {})).toEqual(['detail', 'status', 'title'])
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; upgrade-insecure-requests",
    )
    expect(headers.get('strict-transport-security')).toBe('max-age=15552000; includeSubDomains')
    expect(headers.get('x-frame-options')).toBe('DENY')
  })

  test('of what a function throws: 500, and the sandbox goes on', async () => {
    // Written out, such an object is too deep for the runtime's stack.
    const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
    const loaded = await given.control('PUT', 'scenario', `{"message":{"content":${deep}}}`)
    expect(loaded.status).toBe(204)
    const { status, body } = await given.ask('GET', `/messages/${citizen}/${id}`)
    expect({ status, title: body?.['title'] }).toEqual({
      status: 500,
      title: 'Internal server error',
    })
    expect((await given.ask(...ask(citizen))).status).toBe(200)
  })

  const subject = '[string of length >= 10 and < 121]'
  const code = `[${matching(pattern)}]`
  const shape =
    '{ feature_level_type: FeatureLevelType, ' +
    'time_to_live: (integer >= 3600 and < 604800 | 604800) }'
  testEach(given, [
    [
      'in dialect 1: a subject of nine characters',
      {},
      post(withContent({ subject: '123456789' })),
      400,
      'Invalid message structure',
      `value "123456789" at root.content.subject is not a valid ${subject}`,
    ],
    [
      'in dialect 2: a path parameter',
      {},
      ['GET', '/profiles/abc'],
      400,
      `Invalid ${matching(pattern)}`,
      `value ["abc"] at [root] is not a valid ${code}`,
    ],
    [
      'in dialect 3: the body of a profile',
      {},
      ask('abc'),
      400,
      'Invalid FiscalCodePayload',
      `value ["abc"] at [root.0.fiscal_code] is not a valid ${code}`,
    ],
    [
      'in dialect 3: no body of a profile',
      {},
      ['POST', '/profiles'],
      400,
      'Invalid FiscalCodePayload',
      `value [undefined] at [root.0] is not a valid [{ fiscal_code: ${matching(pattern)} }]\n` +
        'value [undefined] at [root.1] is not a valid [Partial<{  }>]',
    ],
    [
      'of a byte order mark and nothing else: 500, since it is a body',
      {},
      post('\uFEFF'),
      500,
      'Internal server error',
      'Unexpected end of JSON input',
    ],
    [
      'in dialect 1: no body, which is not the same',
      {},
      ['POST', '/messages'],
      400,
      'Invalid message structure',
      ['Exact<NewMessage>', shape]
        .map((type) => `value undefined at root is not a valid [${type}]`)
        .join('\n'),
    ],
    [
      'of malformed JSON: 500, before every other check',
      { groups: [] },
      post('{bad'),
      500,
      'Internal server error',
      "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
    ],
  ])
})
