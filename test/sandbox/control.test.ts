// The switches of the sandbox: scenarios, faults, the truth; and the limits of its gateway.
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/server.ts'
import { citizen, content, givenSandbox, good, payment_data, withContent } from './given.ts'

const given = givenSandbox()
const profile = { fiscal_code: citizen }
const accepted = () => given.sandbox.truth.acceptedCount()

describe('a scenario', () => {
  test('makes one situation of every code and any key, until it is taken away', async () => {
    given.sandbox.stateCitizen('BBBBBB00A00A000A', { onIo: false })
    await given.load({ profile: {} })
    for (const fiscal_code of [citizen, 'BBBBBB00A00A000A']) {
      const answered = await given.ask(
        'POST',
        '/profiles',
        { fiscal_code },
        {
          'Ocp-Apim-Subscription-Key': crypto.randomUUID(),
        },
      )
      expect(answered.body).toEqual({ sender_allowed: true })
    }
    expect((await given.control('DELETE', 'scenario')).status).toBe(204)
    const answered = await given.ask('POST', '/profiles', { fiscal_code: 'BBBBBB00A00A000A' })
    expect(answered.status).toBe(404)
  })

  test('fills in the organization’s code as payee', async () => {
    const payee = async (organization_fiscal_code?: string) => {
      const max_allowed_payment_amount = 100
      await given.load({ service: { max_allowed_payment_amount, organization_fiscal_code } })
      const sent = await given.ask('POST', '/messages', withContent({ payment_data }))
      given.clock.now += 1_000
      const found = await given.ask('GET', `/messages/${citizen}/${sent.body?.['id']}`)
      const message = found.body?.['message'] as { content: { payment_data: { payee: object } } }
      return message.content.payment_data.payee
    }
    expect(await payee()).toEqual({ fiscal_code: '01234567890' })
    expect(await payee('00000000001')).toEqual({ fiscal_code: '00000000001' })
  })

  test('has no rate limit, unless it says one', async () => {
    const ask = () => given.ask('POST', '/profiles', profile)
    await given.load({})
    expect((await ask()).headers.get('x-rate-limit-remaining')).toBeNull()
    await given.load({ rate_limit: { calls: 2, seconds: 7 } })
    expect((await ask()).headers.get('x-rate-limit-remaining')).toBe('1')
    expect((await ask()).headers.get('x-rate-limit-remaining')).toBe('0')
    const limited = await ask()
    expect(limited.status).toBe(429)
    expect(limited.headers.get('x-rate-limit-retry-after')).toBe('7')
  })

  test('tells the whole window in every answer while the limit is off', async () => {
    const own = await startSandbox({ anyKey: true, callsPerWindow: 2 })
    const remaining = async (path: string, scenario?: object) => {
      if (scenario !== undefined) {
        const url = new URL('/_sandbox/scenario', own.url)
        await fetch(url, { method: 'PUT', body: JSON.stringify(scenario) })
      }
      const headers = { 'Ocp-Apim-Subscription-Key': 'any' }
      return (await fetch(own.url + path, { headers })).headers.get('x-rate-limit-remaining')
    }
    try {
      expect(await remaining(`/profiles/${citizen}`)).toBe('1')
      expect(await remaining(`/profiles/${citizen}`, {})).toBe('2')
      for (const path of ['/profiles/abc', '/nowhere', `/profiles/${citizen}`]) {
        expect(await remaining(path)).toBe('2')
      }
      const unlimited = { groups: ['ApiLimitedProfileRead', 'ApiNoRateLimit'] }
      expect(await remaining(`/profiles/${citizen}`, unlimited)).toBeNull()
    } finally {
      await own.stop()
    }
  })

  test('takes the names of groups and headers in any case', async () => {
    await given.load({ groups: ['apilimitedprofileread', 'APIMESSAGEWRITE'] })
    expect((await given.ask('POST', '/profiles', profile)).status).toBe(200)
    await given.load({ gateway_headers_missing: ['X-User-Id'] })
    expect((await given.ask('POST', '/profiles', profile)).status).toBe(403)
  })

  test.each<[unknown, string]>([
    [{ profil: null }, 'profil is not a known key: did you mean profile?'],
    [
      { zzzzzzzz: 1 },
      expect.stringContaining('zzzzzzzz is not a known key: there are groups, ') as string,
    ],
    [
      { service: { categori: 'SPECIAL' } },
      'service.categori is not a known key: did you mean category?',
    ],
    [
      { service: { category: 'SPECAL' } },
      'service.category is "SPECAL", not one of STANDARD, SPECIAL: did you mean SPECIAL?',
    ],
    [
      { groups: ['ApiMessageWrit'] },
      'groups[0]: "ApiMessageWrit" is not known: did you mean ApiMessageWrite?',
    ],
    [{ groups: 'ApiMessageWrite' }, 'groups is not a list'],
    [
      { gateway_headers_missing: ['x-user-mail'] },
      expect.stringContaining('did you mean x-user-email?') as string,
    ],
    [{ profile: { inbox_enabled: 'yes' } }, 'profile.inbox_enabled is not true or false'],
    [{ rate_limit: { calls: 0 } }, 'rate_limit.calls is 0, not a whole number from 1 to 1000000'],
    [
      { remote_content_configurations: { x: 'owned by caler' } },
      expect.stringContaining('did you mean owned by caller?') as string,
    ],
    [
      { stored_status: { read: true } },
      'stored_status.read is not a known key: there are status, isRead, isArchived, rejection_reason',
    ],
    [[], 'the body is not an object'],
    ['{', expect.stringContaining('not JSON') as string],
  ])('that is %j is refused and changes nothing', async (scenario, message) => {
    await given.load({ profile: null })
    const refused = await given.control('PUT', 'scenario', scenario)
    expect(refused).toMatchObject({ status: 400, body: { statusCode: 400, message } })
    expect((await given.ask('POST', '/profiles', profile)).status).toBe(404)
  })
})

describe('a fault', () => {
  const lost = { status: 'lost' }
  const send = async () => {
    const before = accepted()
    const answered = await given.ask('POST', '/messages', good).catch(() => lost)
    return { ...answered, stored: accepted() - before }
  }
  const loadFaults = async (faults: object) => {
    const { status, text } = await given.control('PUT', 'faults', faults)
    if (status !== 204) throw new Error(text)
  }

  test.each<[string, object, number | 'lost', number]>([
    ['429', {}, 429, 0],
    ['500', {}, 500, 0],
    ['502', {}, 502, 0],
    ['503', {}, 503, 0],
    ['504', {}, 504, 0],
    ['504', { after_commit: true }, 504, 1],
    ['401', {}, 401, 0],
    ['html', {}, 502, 0],
    ['slow', { milliseconds: 5 }, 201, 1],
    ['reset_before', {}, 'lost', 0],
    ['reset_after', {}, 'lost', 1],
    ['dropped', {}, 'lost', 1],
    ['no_id', {}, 201, 1],
    ['redirect', {}, 302, 0],
  ])('%s %j', async (name, rest, status, stored) => {
    await loadFaults({ [name]: { share: 1, seed: 1, ...rest } })
    expect(await send()).toMatchObject({ status, stored })
    await given.control('DELETE', 'faults')
    expect(await send()).toMatchObject({ status: 201, stored: 1 })
  })

  const faulty = async (faults: object) => {
    await loadFaults(faults)
    return given.ask('POST', '/messages', good)
  }

  test('429 says when to come back, in IO’s own header', async () => {
    const { headers, body } = await faulty({ '429': { share: 1, seconds: 4 } })
    expect(headers.get('x-rate-limit-retry-after')).toBe('4')
    expect(headers.get('retry-after')).toBeNull()
    const message = 'Rate limit is exceeded. Try again in 4 seconds.'
    expect(body).toEqual({ statusCode: 429, message })
  })

  test('429 comes in bursts', async () => {
    await loadFaults({ '429': { share: 0.02, seed: 3, calls: 10 } })
    const statuses: number[] = []
    for (let call = 0; call < 200; call += 1) {
      statuses.push((await given.ask('POST', '/profiles', profile)).status)
    }
    const bursts =
      statuses
        .map(String)
        .join(' ')
        .match(/429(?: 429)*/g) ?? []
    expect(bursts.length).toBeGreaterThan(0)
    for (const burst of bursts.slice(0, -1)) expect(burst.split(' ').length % 10).toBe(0)
  })

  test('html is a page, and redirect a place', async () => {
    const page = await faulty({ html: { share: 1 } })
    expect(page).toMatchObject({ type: 'text/html', body: null })
    expect(page.text).toContain('<h1>502 Bad Gateway</h1>')
    const { headers } = await faulty({ redirect: { share: 1, location: 'http://127.0.0.1:9/x' } })
    expect(headers.get('location')).toBe('http://127.0.0.1:9/x')
  })

  test('no_id is a 201 whose body lacks it', async () => {
    expect(await faulty({ no_id: { share: 1 } })).toMatchObject({ status: 201, body: {} })
  })

  test('gzip_bomb is small on the wire and large behind it', async () => {
    await loadFaults({ gzip_bomb: { share: 1, megabytes: 3 } })
    const { request } = await import('node:http')
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const headers = { 'Ocp-Apim-Subscription-Key': 'any' }
      const path = `${given.sandbox.url}/profiles/${citizen}`
      request(path, { headers }, (answer) => {
        expect(answer.headers['content-encoding']).toBe('gzip')
        answer.toArray().then((chunks) => resolve(Buffer.concat(chunks)), reject)
      })
        .on('error', reject)
        .end()
    })
    expect(bytes.length).toBeLessThan(10_000)
    expect(gunzipSync(bytes).length).toBe(3 * 1_048_576)
  })

  test('401 begins in mid-run', async () => {
    await loadFaults({ '401': { share: 1, from_call: 3 } })
    const statuses: number[] = []
    for (let call = 0; call < 4; call += 1) {
      statuses.push((await given.ask('POST', '/profiles', profile)).status)
    }
    expect(statuses).toEqual([200, 200, 401, 401])
  })

  test('clock_offset moves the date and what is dated by it', async () => {
    const answered = await faulty({ clock_offset: { share: 1, seconds: -3_600 } })
    const date = new Date(given.clock.now - 3_600_000)
    expect(answered.headers.get('date')).toBe(date.toUTCString())
    const found = await given.ask('GET', `/messages/${citizen}/${answered.body?.['id']}`)
    expect(found.body).toMatchObject({ message: { created_at: date.toISOString() } })
  })

  test('hits the share that its seed says, on the endpoints that it names', async () => {
    const statuses = async (seed: number) => {
      const own = await startSandbox({ anyKey: true, callsPerWindow: 0 })
      try {
        const faults = { '503': { share: 0.3, seed, on: ['profile'] } }
        const url = new URL('/_sandbox/faults', own.url)
        await fetch(url, { method: 'PUT', body: JSON.stringify(faults) })
        const ask = (path: string, body: object) =>
          fetch(own.url + path, {
            method: 'POST',
            headers: { 'Ocp-Apim-Subscription-Key': 'any' },
            body: JSON.stringify(body),
          }).then((answer) => answer.status)
        const seen: number[] = []
        for (let call = 0; call < 100; call += 1) seen.push(await ask('/profiles', profile))
        expect(await ask('/messages', good)).toBe(201)
        return seen
      } finally {
        await own.stop()
      }
    }
    const seen = await statuses(7)
    expect(seen.filter((status) => status === 503).length / seen.length).toBeCloseTo(0.3, 0)
    expect(await statuses(7)).toEqual(seen)
    expect(await statuses(8)).not.toEqual(seen)
  })

  test.each<[object, string]>([
    [{ slo: { share: 1 } }, 'slo is not a known key: did you mean slow?'],
    [
      { slow: { share: 1, miliseconds: 5 } },
      'slow.miliseconds is not a known key: did you mean milliseconds?',
    ],
    [{ slow: { share: 2 } }, 'slow.share is 2, not a number from 0 to 1'],
    [{ slow: {} }, 'slow.share is missing'],
    [
      { slow: { share: 1, on: ['profiles'] } },
      expect.stringContaining('did you mean profile?') as string,
    ],
  ])('that is %j is refused and changes nothing', async (faults, message) => {
    await loadFaults({ '503': { share: 1 } })
    const refused = await given.control('PUT', 'faults', faults)
    expect(refused).toMatchObject({ status: 400, body: { statusCode: 400, message } })
    expect((await send()).status).toBe(503)
  })
})

describe('the truth', () => {
  test('is a line for each accepted message, told or not', async () => {
    const before = accepted()
    await given.ask('POST', '/messages', withContent({ payment_data }))
    await given.control('PUT', 'faults', { reset_after: { share: 1 } })
    await given.ask('POST', '/messages', good).catch(() => null)
    const { type, text } = await given.control('GET', 'truth')
    expect(type).toBe('application/x-ndjson')
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(before + 2)
    expect(lines.at(-2)).toEqual({
      id: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      service_id: expect.any(String),
      fiscal_code: citizen,
      notice_number: payment_data.notice_number,
      accepted_at: new Date(given.clock.now).toISOString(),
      content_hash: expect.stringMatching(/^[0-9a-f]{8}$/),
    })
    expect(lines.at(-1)).toMatchObject({ notice_number: null })
  })

  test('is whole beyond one chunk', async () => {
    const own = await startSandbox({ anyKey: true, callsPerWindow: 0 })
    const headers = { 'Ocp-Apim-Subscription-Key': 'any' }
    const body = JSON.stringify(good)
    try {
      for (let sent = 0; sent < 1_100; sent += 100) {
        const batch = Array.from({ length: 100 }, () =>
          fetch(`${own.url}/messages`, { method: 'POST', headers, body }),
        )
        for (const { status } of await Promise.all(batch)) expect(status).toBe(201)
      }
      const answer = await fetch(new URL('/_sandbox/truth', own.url))
      const ids = (await answer.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id)
      expect(new Set(ids).size).toBe(1_100)
    } finally {
      await own.stop()
    }
  })

  test('is among the switches that an unknown one is told of', async () => {
    const { status, body } = await given.control('GET', 'truht')
    expect(status).toBe(404)
    expect(body?.['message']).toContain('GET /_sandbox/truth')
  })
})

describe('the gateway', () => {
  test('refuses the 151st call of an account within five seconds, in its own way', async () => {
    const clock = { now: 1_000 }
    const own = await startSandbox({ anyKey: true, now: () => clock.now })
    const ask = (key: string) =>
      fetch(`${own.url}/profiles/${citizen}`, { headers: { 'Ocp-Apim-Subscription-Key': key } })
    try {
      for (let call = 1; call <= 150; call += 1) {
        const answer = await ask(`key-${call % 3}`)
        expect(answer.headers.get('x-rate-limit-remaining')).toBe(String(150 - call))
        expect(answer.status).toBe(200)
      }
      const limited = await ask('key-1')
      expect(limited.status).toBe(429)
      expect(limited.headers.get('x-rate-limit-retry-after')).toBe('5')
      expect(limited.headers.get('retry-after')).toBeNull()
      expect(await limited.json()).toEqual({
        statusCode: 429,
        message: 'Rate limit is exceeded. Try again in 5 seconds.',
      })
      clock.now += 5_000
      expect((await ask('key-1')).status).toBe(200)
    } finally {
      await own.stop()
    }
  })

  test('knows the agreements: 250 calls, or no limit', async () => {
    const own = await startSandbox({
      keys: {
        fast: { service: 'a', account: 'a', groups: ['ApiLimitedProfileRead', 'ApiRateLimit250'] },
        free: { service: 'b', account: 'b', groups: ['ApiLimitedProfileRead', 'ApiNoRateLimit'] },
      },
    })
    const remaining = async (key: string) => {
      const headers = { 'Ocp-Apim-Subscription-Key': key }
      const answer = await fetch(`${own.url}/profiles/${citizen}`, { headers })
      return answer.headers.get('x-rate-limit-remaining')
    }
    try {
      expect(await remaining('fast')).toBe('249')
      expect(await remaining('free')).toBeNull()
    } finally {
      await own.stop()
    }
  })

  test('refuses a body over one megabyte in its own format', async () => {
    const body = JSON.stringify({ ...good, content: { ...content, pad: ' '.repeat(1_048_576) } })
    expect(await given.ask('POST', '/messages', body)).toMatchObject({
      status: 413,
      body: { statusCode: 413, message: 'Request body too large' },
    })
  })
})

test('a citizen who pays after some minutes is paid by then', async () => {
  const clock = { now: 0 }
  const own = await startSandbox({
    now: () => clock.now,
    processingDelayMilliseconds: 0,
    keys: {
      key: {
        service: 'a',
        account: 'a',
        maxAllowedPaymentAmount: 100,
        groups: [
          'ApiMessageWrite',
          'ApiMessageWriteAdvanced',
          'ApiMessageRead',
          'ApiMessageReadAdvanced',
        ],
      },
    },
  })
  own.stateCitizen(citizen, { paysAfterMinutes: 2 })
  const headers = { 'Ocp-Apim-Subscription-Key': 'key' }
  try {
    const body = JSON.stringify(withContent({ payment_data }, { feature_level_type: 'ADVANCED' }))
    const sent = await fetch(`${own.url}/messages`, { method: 'POST', headers, body })
    const { id } = (await sent.json()) as { id: string }
    const paid = async () => {
      const found = await fetch(`${own.url}/messages/${citizen}/${id}`, { headers })
      return ((await found.json()) as { payment_status: string }).payment_status
    }
    clock.now = 119_999
    expect(await paid()).toBe('NOT_PAID')
    clock.now = 120_000
    expect(await paid()).toBe('PAID')
  } finally {
    await own.stop()
  }
})
