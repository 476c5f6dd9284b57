// What a message's sender is told of it, and how messages end, row by row.
// The sections are those of the contract with IO's service side.
import { describe, expect, test } from 'vitest'
import { startSandbox } from '../../src/sandbox/server.ts'
import {
  ask,
  citizen,
  content,
  givenSandbox,
  good,
  groups,
  lacking,
  matching,
  pattern,
  payment_data,
  post,
  type Row,
  testEach,
  withContent,
} from './given.ts'

const given = givenSandbox()
const id = '01HMRBX079WA5SGYBQP1A7FSKH'
const status = (code = citizen): Row[2] => ['GET', `/messages/${code}/${id}`]
const payee = { fiscal_code: '00000000000' }

describe('§1.4 the status of a message', () => {
  const reader = groups('ApiMessageReadAdvanced')
  const paid = { ...content, payment_data: { ...payment_data, payee } }
  const advanced = (rest: object = {}) => ({
    ...reader,
    message: { feature_level_type: 'ADVANCED', content: paid },
    stored_status: { status: 'PROCESSED', isRead: true },
    ...rest,
  })

  testEach(given, [
    [
      'a wrong code',
      {},
      status('abc'),
      400,
      `Invalid ${matching(pattern)}`,
      `value ["abc"] at [root] is not a valid [${matching(pattern)}]`,
    ],
    [
      'no group that reads messages',
      { groups: ['ApiMessageWrite'] },
      status('abc'),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'another service of the institution',
      { message: { sender_is_caller: false } },
      status(),
      403,
      'You are not allowed here',
      'You are not allowed to read this message, you can only read messages that you have sent',
    ],
    [
      'an address outside, before the message',
      { message: null, service: { authorized_cidrs: ['10.0.0.0/8'] } },
      status(),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'no such message',
      { message: null },
      status(),
      404,
      'Message not found',
      'The message that you requested was not found in the system.',
    ],
    [
      'pagoPA that fails',
      advanced({ pagopa_payment_info: { http_status: 502, title: 'Bad gateway' } }),
      status(),
      500,
      'Internal server error',
      'Error retrieving Payment Status: ' +
        'Failed to fetch payment status from PagoPa ecommerce api: status: 502, Bad gateway',
    ],
    [
      'pagoPA that does not answer',
      advanced({ pagopa_payment_info: { http_status: 0, title: 'timeout' } }),
      status(),
      500,
      'Internal server error',
      'Error retrieving Payment Status: timeout',
    ],
    [
      'a reader without a profile any more',
      advanced({ profile: null }),
      status(),
      500,
      'Internal server error',
      'Error retrieving information about read status preferences',
    ],
  ])

  const seen = async (scenario: object) => {
    await given.load(scenario)
    const answered = await given.ask(...status())
    expect(answered.status).toBe(200)
    const { message, ...rest } = answered.body as { message: Record<string, unknown> }
    return { message, rest: rest as Record<string, unknown> }
  }

  test('has neither reason nor notification, and the content as stored', async () => {
    const rejection_reason = 'USER_NOT_FOUND'
    const stored_status = { status: 'REJECTED', rejection_reason }
    const { message, rest } = await seen({ message: { content: null }, stored_status })
    expect(rest).toEqual({ status: 'REJECTED' })
    expect(message).toEqual({
      created_at: '2026-01-15T12:00:00.000Z',
      fiscal_code: citizen,
      id,
      sender_service_id: '01SVC',
      time_to_live: 3600,
      feature_level_type: 'STANDARD',
    })
    expect((await seen({ message: { content } })).message['content']).toEqual(content)
  })

  test('is ACCEPTED while nothing is recorded', async () => {
    expect((await seen({ stored_status: null })).rest).toEqual({ status: 'ACCEPTED' })
    expect((await seen({ message: { stored_status: null } })).rest['status']).toBe('ACCEPTED')
    expect((await seen({ stored_status: { status: 'THROTTLED' } })).rest['status']).toBe(
      'THROTTLED',
    )
  })

  test.each<[string, object, string | undefined]>([
    ['READ', advanced(), 'READ'],
    ['UNREAD', advanced({ stored_status: { status: 'PROCESSED', isRead: false } }), 'UNREAD'],
    ['UNAVAILABLE, denied', advanced({ recipient_shares_read_status: false }), 'UNAVAILABLE'],
    ['UNAVAILABLE, LEGACY', advanced({ profile: { preferences_mode: 'LEGACY' } }), 'UNAVAILABLE'],
    ['absent, STANDARD', advanced({ message: { content: paid } }), undefined],
    [
      'absent, pending',
      advanced({ message: { feature_level_type: 'ADVANCED', content: paid, pending: true } }),
      undefined,
    ],
    ['absent, without the group', advanced(groups()), undefined],
  ])('read_status is %s', async (_, scenario, read_status) => {
    const { rest } = await seen(scenario)
    expect(rest['read_status']).toBe(read_status)
    if (read_status === undefined) expect(rest).not.toHaveProperty('payment_status')
  })

  const duplicated = { http_status: 409, faultCodeCategory: 'PAYMENT_DUPLICATED' }
  test.each<[string, object, string | undefined]>([
    ['NOT_PAID of a 200', advanced({ pagopa_payment_info: { http_status: 200 } }), 'NOT_PAID'],
    ['NOT_PAID of a 404', advanced({ pagopa_payment_info: { http_status: 404 } }), 'NOT_PAID'],
    ['PAID of a duplicate', advanced({ pagopa_payment_info: duplicated }), 'PAID'],
    [
      'NOT_PAID of another 409',
      advanced({ pagopa_payment_info: { http_status: 409, faultCodeCategory: 'PAYMENT_EXPIRED' } }),
      'NOT_PAID',
    ],
    [
      'PAID of the category alone',
      advanced({ pagopa_payment_info: { faultCodeCategory: 'PAYMENT_DUPLICATED' } }),
      'PAID',
    ],
    [
      'NOT_PAID of the category with another fault’s detail',
      advanced({
        pagopa_payment_info: { ...duplicated, faultCodeDetail: 'PAA_PAGAMENTO_SCADUTO' },
      }),
      'NOT_PAID',
    ],
    [
      'PAID of the category with its own detail',
      advanced({
        pagopa_payment_info: { ...duplicated, faultCodeDetail: 'PPT_PAGAMENTO_DUPLICATO' },
      }),
      'PAID',
    ],
    ...[{ amount: 0 }, { amount: '100' }, { notice_number: '4' }, { payee: {} }].map(
      (odd): [string, object, undefined] => [
        `absent of a payment with ${JSON.stringify(odd)}`,
        advanced({
          pagopa_payment_info: { http_status: 500 },
          message: {
            feature_level_type: 'ADVANCED',
            content: { ...paid, payment_data: { ...paid.payment_data, ...odd } },
          },
        }),
        undefined,
      ],
    ),
    [
      'absent without the payee',
      advanced({
        pagopa_payment_info: duplicated,
        message: { feature_level_type: 'ADVANCED', content: { ...content, payment_data } },
      }),
      undefined,
    ],
    [
      'absent before PROCESSED',
      advanced({ pagopa_payment_info: duplicated, stored_status: null }),
      undefined,
    ],
    [
      'absent without a payment',
      advanced({ message: { feature_level_type: 'ADVANCED', content } }),
      undefined,
    ],
  ])('payment_status is %s', async (_, scenario, payment_status) => {
    expect((await seen(scenario)).rest['payment_status']).toBe(payment_status)
  })
})

describe('§3 what happens after the 201', () => {
  const accept = async () => (await given.ask(...post(good))).body?.['id'] as string
  const end = async (sent: string) => {
    given.clock.now += 1_000
    return (await given.ask('GET', `/messages/${citizen}/${sent}`)).body?.['status']
  }

  test.each<[string, object, string]>([
    ['PROCESSED', {}, 'PROCESSED'],
    ['REJECTED without a profile', { profile: null }, 'REJECTED'],
    ['REJECTED with the inbox off', { profile: { inbox_enabled: false } }, 'REJECTED'],
    [
      'REJECTED where the service is blocked',
      { profile: { preferences_mode: 'LEGACY', blocked: { '01SVC': ['INBOX'] } } },
      'REJECTED',
    ],
    [
      'PROCESSED, activated',
      { service: { category: 'SPECIAL' }, activation: 'ACTIVE' },
      'PROCESSED',
    ],
    ['REJECTED without a choice', { profile: { preferences_mode: 'MANUAL' } }, 'REJECTED'],
    ['REJECTED, not activated', { service: { category: 'SPECIAL' } }, 'REJECTED'],
  ])('a message ends %s', async (_, scenario, expected) => {
    await given.load(scenario)
    const sent = await accept()
    const answered = await given.ask('GET', `/messages/${citizen}/${sent}`)
    expect(answered.body).toMatchObject({ status: 'ACCEPTED', message: { id: sent } })
    expect(answered.body?.['message']).not.toHaveProperty('content')
    expect(await end(sent)).toBe(expected)
  })

  test('consent that changes between check and processing rejects the message', async () => {
    await given.load({})
    expect((await given.ask(...ask(citizen))).body).toMatchObject({ sender_allowed: true })
    const sent = await accept()
    await given.load({ service_preference: { inbox_enabled: false } })
    expect(await end(sent)).toBe('REJECTED')
  })

  test('a message that was due before is not touched by what changes later', async () => {
    await given.load({})
    const sent = await accept()
    given.clock.now += 1_000
    await given.load({ profile: null })
    expect(await end(sent)).toBe('PROCESSED')
  })

  test.each([
    ['stuckShare', 'ACCEPTED'],
    ['failedShare', 'FAILED'],
  ])('with %s a message is %s for ever, without content', async (share, expected) => {
    const clock = { now: Date.UTC(2026, 0, 15) }
    const own = await startSandbox({ anyKey: true, [share]: 1, now: () => clock.now })
    const headers = { 'Ocp-Apim-Subscription-Key': 'any' }
    try {
      const sent = await fetch(`${own.url}/messages`, {
        method: 'POST',
        headers,
        body: JSON.stringify(good),
      })
      const { id } = (await sent.json()) as { id: string }
      clock.now += 30 * 86_400_000
      const found = await fetch(`${own.url}/messages/${citizen}/${id}`, { headers })
      const { status, message } = (await found.json()) as { status: string; message: object }
      expect(status).toBe(expected)
      expect(message).not.toHaveProperty('content')
    } finally {
      await own.stop()
    }
  })

  test('the payee that was left out is filled in during processing', async () => {
    await given.load({ service: { max_allowed_payment_amount: 100 } })
    const { body } = await given.ask(...post(withContent({ payment_data })))
    const stored = async () => {
      const found = await given.ask('GET', `/messages/${citizen}/${body?.['id']}`)
      const message = found.body?.['message'] as Record<string, unknown> | undefined
      return message?.['content']
    }
    expect(await stored()).toBeUndefined()
    given.clock.now += 1_000
    const payee = { fiscal_code: '01234567890' }
    expect(await stored()).toMatchObject({ payment_data: { payee } })
  })
})
