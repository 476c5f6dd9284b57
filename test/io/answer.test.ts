// The table of outcomes, row by row: what each reply of IO means.
import { describe, expect, test } from 'vitest'
import { readProfile, readStatus, readSubmit } from '../../src/io/answer.ts'
import type { Reply, Silence } from '../../src/io/exchange.ts'
import { message } from './given.ts'

const lost: Silence = { kind: 'silence', left: true, reason: 'ECONNRESET' }
const unsent: Silence = { kind: 'silence', left: false, reason: 'ECONNREFUSED' }

function reply(status: number, body: object | string | null, headers = {}): Reply {
  const text = typeof body === 'object' && body !== null ? JSON.stringify(body) : body
  return { kind: 'reply', status, headers, body: text }
}

function problem(status: number, title: string, detail = ''): Reply {
  return reply(status, { detail, status, title })
}

const gateway = (status: number) => reply(status, { statusCode: status, message: 'x' })
const html = (status: number) => reply(status, '<html>no</html>')
const permission = (what: string) =>
  problem(403, 'You are not allowed here', `You do not have enough permissions to send ${what}`)

/** The parts of an outcome that the table speaks of. */
function submitOf(exchanged: Reply | Silence) {
  const { outcome } = readSubmit(exchanged, message)
  const { kind } = outcome
  if (kind === 'deferred') return [kind, outcome.code, outcome.scope, outcome.counts]
  return 'code' in outcome ? [kind, outcome.code] : [kind, outcome.ioId]
}

describe('a submit', () => {
  test.each<[string, Reply | Silence, unknown[]]>([
    ['201 with an id', reply(201, { id: '01J' }), ['accepted', '01J']],
    [
      '400 about the payload',
      problem(400, 'Invalid message structure'),
      ['rejected', 'IO_PAYLOAD'],
    ],
    ['400 about the recipient’s place', problem(400, 'Bad parameters'), ['rejected', 'IO_PAYLOAD']],
    ['401', gateway(401), ['deferred', 'IO_KEY', 'service', false]],
    ['401 as HTML', html(401), ['deferred', 'IO_KEY', 'service', false]],
    [
      '403 Recipient forbidden',
      problem(403, 'Recipient forbidden'),
      ['rejected', 'IO_RECIPIENT_FORBIDDEN'],
    ],
    [
      '403 Production call forbidden',
      problem(403, 'Production call forbidden'),
      ['deferred', 'IO_FORBIDDEN', 'service', false],
    ],
    [
      '403 of a group',
      problem(403, 'You are not allowed here'),
      ['deferred', 'IO_FORBIDDEN', 'service', false],
    ],
    [
      '403 of a client certificate, empty',
      reply(403, ''),
      ['deferred', 'IO_FORBIDDEN', 'service', false],
    ],
    [
      '403 about a payee',
      permission('a payment message with payee'),
      ['deferred', 'IO_FEATURE', 'feature', true],
    ],
    [
      '403 about Premium',
      permission('a Premium message'),
      ['deferred', 'IO_FEATURE', 'feature', true],
    ],
    [
      '403 about third parties',
      permission('a third party message'),
      ['deferred', 'IO_FEATURE', 'feature', true],
    ],
    [
      '403 about attachments',
      problem(403, 'Attachments call forbidden'),
      ['rejected', 'IO_PAYLOAD'],
    ],
    [
      '403 without a configuration',
      problem(403, 'No configuration id for remote content'),
      ['rejected', 'IO_PAYLOAD'],
    ],
    [
      '403 of another’s configuration',
      problem(403, 'Not your configuration'),
      ['deferred', 'IO_CONFIGURATION', 'service', false],
    ],
    [
      '404 of a configuration',
      problem(404, 'Remote Content Configuration NOT FOUND'),
      ['deferred', 'IO_CONFIGURATION', 'service', false],
    ],
    ['404 of the gateway', gateway(404), ['deferred', 'IO_PATH', 'service', false]],
    ['429', gateway(429), ['deferred', 'IO_RATE', 'account', false]],
    ['429 cut short', reply(429, null), ['deferred', 'IO_RATE', 'account', false]],
    ['refused before it left', unsent, ['deferred', 'IO_UNREACHABLE', 'account', false]],
    ['lost after it left', lost, ['uncertain', 'IO_ANSWER_LOST']],
    ['500 as a problem', problem(500, 'Internal server error'), ['uncertain', 'IO_SUBMIT_FAULT']],
    ['502 as HTML', html(502), ['uncertain', 'IO_SUBMIT_FAULT']],
    ['504 of the gateway', gateway(504), ['uncertain', 'IO_SUBMIT_FAULT']],
    ['201 without an id', reply(201, {}), ['uncertain', 'IO_ANSWER_ODD']],
    ['201 with an id that is no id', reply(201, { id: 'a/b' }), ['uncertain', 'IO_ANSWER_ODD']],
    ['201 cut short', reply(201, null), ['uncertain', 'IO_ANSWER_LOST']],
    ['201 as HTML', html(201), ['uncertain', 'IO_ANSWER_ODD']],
    ['200', reply(200, { id: '01J' }), ['uncertain', 'IO_ANSWER_ODD']],
    ['a redirect', reply(308, ''), ['uncertain', 'IO_ANSWER_ODD']],
    ['400 as HTML', html(400), ['uncertain', 'IO_ANSWER_ODD']],
    ['403 as HTML', html(403), ['uncertain', 'IO_ANSWER_ODD']],
    ['404 as HTML', html(404), ['uncertain', 'IO_ANSWER_ODD']],
    ['404 of a profile', problem(404, 'Profile not found'), ['uncertain', 'IO_ANSWER_ODD']],
    ['413', gateway(413), ['uncertain', 'IO_ANSWER_ODD']],
  ])('%s', (_, exchanged, expected) => {
    expect(submitOf(exchanged)).toEqual(expected)
  })

  test('names the feature that the key lacks', () => {
    const featureOf = (answered: Reply) => {
      const { outcome } = readSubmit(answered, message)
      return outcome.kind === 'deferred' ? outcome.feature : null
    }
    expect(featureOf(permission('a payment message with payee'))).toEqual({ name: 'payee' })
    expect(featureOf(permission('a Premium message'))).toEqual({ name: 'premium' })
    expect(featureOf(permission('a third party message'))).toEqual({ name: 'third-party' })
  })

  test.each([
    ['learns the ceiling', 'maximum allowed for this service (100 cents)', 100],
    ['learns that nothing may be asked yet', 'maximum allowed for this service (0 cents)', 0],
    ['that does not say it is below the amount', 'too much', 14_499],
    [
      'that contradicts itself is below the amount',
      'maximum allowed for this service (99999 cents)',
      14_499,
    ],
  ])('above a ceiling %s', (_, detail, maximumCents) => {
    const { outcome } = readSubmit(
      problem(400, 'Error while sending payment metadata', detail),
      message,
    )
    expect(outcome).toMatchObject({
      kind: 'deferred',
      code: 'IO_AMOUNT_CEILING',
      scope: 'feature',
      feature: { name: 'amount', maximumCents },
    })
  })

  test('repeats nothing of the payload that a detail echoes', () => {
    const detail = 'value "RSSMRA80A01H501U" at root.content.subject is not a valid [string]'
    const { outcome } = readSubmit(problem(400, 'Invalid message structure', detail), message)
    expect(outcome).toEqual({
      kind: 'rejected',
      code: 'IO_PAYLOAD',
      detail:
        'HTTP 400: Invalid message structure: at root.content.subject is not a valid [string]',
    })
  })

  test('carries the HTTP status and the rate that remains', () => {
    const limited = reply(201, { id: '01J' }, { 'x-rate-limit-remaining': '149' })
    expect(readSubmit(limited, message)).toMatchObject({ httpStatus: 201, rateRemaining: 149 })
    expect(readSubmit(lost, message)).toMatchObject({ httpStatus: null, rateRemaining: null })
  })
})

describe('the wait that IO asks for', () => {
  test.each<[Record<string, string>, number | null]>([
    [{ 'x-rate-limit-retry-after': '3' }, 3],
    [{ 'retry-after': '4' }, 4],
    [{ 'x-rate-limit-retry-after': '2', 'retry-after': '9' }, 2],
    [{ 'retry-after': '1.2' }, 2],
    [{ 'retry-after': '999999' }, 3_600],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, null],
    [{ 'retry-after': '-1' }, null],
    [{}, null],
  ])('%j is %j seconds', (headers, seconds) => {
    const { outcome } = readSubmit(reply(429, '', headers), message)
    expect(outcome).toMatchObject({ retryAfterSeconds: seconds })
  })
})

describe('a profile', () => {
  test('that allows the sender gives its languages', () => {
    const found = reply(200, { sender_allowed: true, preferred_languages: ['de_DE'], more: 1 })
    expect(readProfile(found)).toEqual({ allowed: true, languages: ['de_DE'], rateRemaining: null })
    expect(readProfile(reply(200, { sender_allowed: true }))).toMatchObject({ languages: [] })
  })

  test.each<[string, Reply | Silence, object]>([
    [
      '404 problem',
      problem(404, 'Profile not found'),
      { kind: 'undeliverable', code: 'no-profile' },
    ],
    [
      'sender not allowed',
      reply(200, { sender_allowed: false }),
      { kind: 'undeliverable', code: 'sender-blocked' },
    ],
    ['404 of the gateway', gateway(404), { kind: 'deferred', code: 'IO_PATH', scope: 'service' }],
    ['404 as HTML', html(404), { kind: 'deferred', code: 'IO_PROFILE_FAULT', scope: 'message' }],
    ['400', problem(400, 'Invalid FiscalCodePayload'), { kind: 'rejected', code: 'IO_PAYLOAD' }],
    ['401', gateway(401), { kind: 'deferred', code: 'IO_KEY', scope: 'service', counts: false }],
    [
      '403 Recipient forbidden',
      problem(403, 'Recipient forbidden'),
      { kind: 'rejected', code: 'IO_RECIPIENT_FORBIDDEN' },
    ],
    ['429', gateway(429), { kind: 'deferred', code: 'IO_RATE', scope: 'account', counts: false }],
    [
      '500',
      problem(500, 'x'),
      { kind: 'deferred', code: 'IO_PROFILE_FAULT', scope: 'message', counts: true },
    ],
    [
      '503',
      html(503),
      { kind: 'deferred', code: 'IO_PROFILE_FAULT', scope: 'account', counts: true },
    ],
    ['200 as HTML', html(200), { kind: 'deferred', code: 'IO_PROFILE_FAULT' }],
    ['200 cut short', reply(200, null), { kind: 'deferred', code: 'IO_PROFILE_FAULT' }],
    ['a redirect', reply(302, ''), { kind: 'deferred', code: 'IO_PROFILE_FAULT' }],
    ['no answer', lost, { kind: 'deferred', code: 'IO_PROFILE_FAULT', scope: 'account' }],
    ['no connection', unsent, { kind: 'deferred', code: 'IO_UNREACHABLE', counts: false }],
  ])('answered by %s', (_, exchanged, outcome) => {
    expect(readProfile(exchanged)).toMatchObject({ allowed: false, outcome })
  })
})

describe('a status', () => {
  test.each([
    ['ACCEPTED', 'accepted'],
    ['PROCESSED', 'processed'],
    ['REJECTED', 'rejected'],
    ['FAILED', 'failed'],
    ['THROTTLED', 'unknown'],
    ['SOMETHING_NEW', 'unknown'],
  ])('%s is %s, and keeps IO’s own word', (ioStatus, delivery) => {
    expect(readStatus(reply(200, { status: ioStatus, message: {} }))).toEqual({
      delivery,
      ioStatus,
      premium: false,
      read: null,
      paid: null,
      rateRemaining: null,
    })
  })

  test('of a premium message tells reading and payment', () => {
    const message = { feature_level_type: 'ADVANCED' }
    const status = (read_status: string, payment_status: string) =>
      readStatus(reply(200, { status: 'PROCESSED', message, read_status, payment_status }))
    expect(status('READ', 'NOT_PAID')).toMatchObject({ premium: true, read: 'read', paid: false })
    expect(status('UNREAD', 'PAID')).toMatchObject({ read: 'unread', paid: true })
    expect(status('UNAVAILABLE', 'NEW')).toMatchObject({ read: 'unavailable', paid: null })
  })

  test.each<[string, Reply | Silence, string, string]>([
    ['401', gateway(401), 'IO_KEY', 'service'],
    [
      '403 of a sibling service',
      problem(403, 'You are not allowed here'),
      'IO_FORBIDDEN',
      'message',
    ],
    ['404 of the gateway', gateway(404), 'IO_PATH', 'service'],
    ['429', gateway(429), 'IO_RATE', 'account'],
    ['400', problem(400, 'x'), 'IO_STATUS_FAULT', 'message'],
    ['500', problem(500, 'x'), 'IO_STATUS_FAULT', 'message'],
    ['200 without a status', reply(200, {}), 'IO_STATUS_FAULT', 'message'],
    ['no answer', lost, 'IO_STATUS_FAULT', 'message'],
    ['no connection', unsent, 'IO_UNREACHABLE', 'account'],
  ])('answered by %s waits', (_, exchanged, code, scope) => {
    expect(readStatus(exchanged)).toMatchObject({ deferred: { code, scope } })
  })

  test('of a message that IO does not find is unknown', () => {
    expect(readStatus(problem(404, 'Message not found'))).toMatchObject({
      delivery: 'unknown',
      ioStatus: 'NOT_FOUND',
      premium: false,
    })
  })
})
