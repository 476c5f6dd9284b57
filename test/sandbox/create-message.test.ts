// `POST /messages` as IO answers it, row by row: every check in its place, to the letter.
// The sections are those of the contract with IO's service side.
import { describe, expect, test } from 'vitest'
import {
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
const permission = 'You do not have enough permissions to send'
const noScope =
  'You are not part of any valid scope, you should ask the administrator to give you the required permissions.'
const remote = (rest: object = {}) =>
  withContent({ third_party_data: { id: 'x', configuration_id: id, ...rest } })
const third = groups('ApiThirdPartyMessageWrite')
const payee = { fiscal_code: '00000000000' }

describe('§1.2 the order of checks', () => {
  const missing = (...gateway_headers_missing: string[]) => ({ gateway_headers_missing })
  testEach(given, [
    ...['x-user-id', 'x-subscription-id'].map(
      (header): Row => [
        `1: without ${header} the user is anonymous`,
        missing(header),
        post(null),
        403,
        'Anonymous user',
        'The request could not be associated to a user, missing userId or subscriptionId.',
      ],
    ),
    ...[missing('x-user-groups'), { groups: [] }, { groups: ['Unheard'] }].map(
      (scenario): Row => [
        `1: no valid scopes with ${JSON.stringify(scenario)}`,
        scenario,
        post(null),
        403,
        'User has no valid scopes',
        noScope,
      ],
    ),
    [
      '1: other scopes',
      { groups: ['ApiInfoRead'] },
      post(null),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      '2: no service',
      { service: { missing: true } },
      post(null),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      '2: no e-mail of the account',
      { ...missing('x-user-email'), service: { missing: true } },
      post(null),
      500,
      'Internal server error',
      'Missing, empty or invalid x-user-email header',
    ],
    [
      '4: the code in the path, after the payload',
      {},
      ['POST', '/messages/abc', { content: { ...content, eu_covid_cert: { auth_code: '' } } }],
      400,
      `Invalid ${matching(pattern)}`,
      `value ["abc"] at [root] is not a valid [${matching(pattern)}]`,
    ],
    [
      '5: a certificate, before a payee',
      {},
      post(
        withContent({ eu_covid_cert: { auth_code: '' }, payment_data: { ...payment_data, payee } }),
      ),
      403,
      'You are not allowed here',
      `${permission} an EUCovidCert message`,
    ],
    [
      '5: a payee, before ADVANCED',
      {},
      post(
        withContent(
          { payment_data: { ...payment_data, payee } },
          { feature_level_type: 'ADVANCED' },
        ),
      ),
      403,
      'You are not allowed here',
      `${permission} a payment message with payee`,
    ],
    [
      '5: ADVANCED, before the address',
      { service: { authorized_cidrs: ['10.0.0.0/8'] } },
      post(withContent({}, { feature_level_type: 'ADVANCED' })),
      403,
      'You are not allowed here',
      `${permission} a Premium message`,
    ],
    [
      '5: third-party data on a STANDARD message',
      {},
      post(remote()),
      403,
      'You are not allowed here',
      `${permission} a third party message`,
    ],
    [
      '6: an address outside, before the place of the code',
      { service: { authorized_cidrs: ['10.0.0.0/8', '192.0.2.1'] }, client_ip: '192.0.2.2' },
      post({ content }),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      '6: no address',
      { client_ip: null },
      post(good),
      500,
      'Internal server error',
      'IP address cannot be extracted from the request',
    ],
    [
      '6: only the second of a forwarded chain is an address',
      { service: { authorized_cidrs: ['10.0.0.0/8'] }, client_ip: 'unknown, 192.0.2.2:443' },
      post(good),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      '6: a network that no address has',
      { service: { authorized_cidrs: ['999.1.1.1'] }, client_ip: '192.0.2.2' },
      post(good),
      500,
      'Internal server error',
      'Invalid field value: 999',
    ],
    [
      '7: the code in both places',
      third,
      ['POST', `/messages/${citizen}`, withContent({ third_party_data: { id: 'x' } })],
      400,
      'Bad parameters',
      'The fiscalcode parameter must be specified in the path or in the payload but not in both',
    ],
    [
      '7: the code in no place',
      {},
      post({ content }),
      400,
      'Bad parameters',
      'The fiscalcode parameter must be specified in the path or in the payload',
    ],
    [
      '8: no configuration id, before the attachments',
      third,
      post(withContent({ third_party_data: { id: 'x', has_attachments: true } })),
      403,
      'No configuration id for remote content',
      'You did not send any configuration id for your remote content in third_party_data',
    ],
    ...[
      [
        400,
        400,
        'Validation error',
        'The request to get the remote content configuration is invalid.',
      ],
      [403, 403, 'You are not allowed here', lacking],
      [
        404,
        404,
        'Remote Content Configuration NOT FOUND',
        'Cannot find any Remote Content Configuration with the given id',
      ],
      [
        500,
        500,
        'Internal server error',
        'Generic error happened while trying to get remote content configuration.',
      ],
      [
        429,
        500,
        'Internal server error',
        'Unknown response while trying to get remote content configuration.',
      ],
      [
        0,
        500,
        'Internal server error',
        'Cannot retrieve the remote content configuration. Service unreachable.',
      ],
    ].map(
      ([lookup, status, title, detail]): Row => [
        `9: the lookup answers ${lookup}`,
        { ...third, remote_content_lookup_http_status: lookup },
        post(remote()),
        Number(status),
        String(title),
        String(detail),
      ],
    ),
    [
      '9: the configuration is not there',
      third,
      post(remote()),
      404,
      'Remote Content Configuration NOT FOUND',
      'Cannot find any Remote Content Configuration with the given id',
    ],
    [
      '9: the configuration is another account’s, before the attachments',
      { ...third, remote_content_configurations: { [id]: 'owned by another account' } },
      post(remote({ has_attachments: true })),
      403,
      'Not your configuration',
      "You're not the owner of the configuration related to the given configuration_id",
    ],
    [
      '10: attachments of a STANDARD message, before the recipient',
      {
        ...groups('ApiThirdPartyMessageWrite', 'ApiLimitedMessageWrite'),
        remote_content_configurations: { [id]: 'owned by caller' },
      },
      post(remote({ has_attachments: true })),
      403,
      'Attachments call forbidden',
      'You are not allowed to send messages with attachmens with STANDARD messages, please use ADVANCED',
    ],
    [
      '11: a recipient who is not listed, before the amount: the limited group wins',
      groups('ApiLimitedMessageWrite'),
      post(withContent({ payment_data })),
      403,
      'Recipient forbidden',
      'You are not allowed to issue requests for the recipient.',
    ],
    [
      '12: an amount above the maximum',
      { service: { max_allowed_payment_amount: 100 } },
      post(withContent({ payment_data: { ...payment_data, amount: 101 } })),
      400,
      'Error while sending payment metadata',
      'The requested amount (101 cents) exceeds the maximum allowed for this service (100 cents)',
    ],
    [
      '12: a new service asks nothing',
      {},
      post(withContent({ payment_data: { ...payment_data, amount: 1 } })),
      400,
      'Error while sending payment metadata',
      'The requested amount (1 cents) exceeds the maximum allowed for this service (0 cents)',
    ],
  ])

  test.each<[string, object, unknown, string?]>([
    ['a good message', {}, good],
    ['the code in the path', {}, { content }, `/${citizen}`],
    ['unknown keys', {}, withContent({ due_dat: 'x' }, { ttl: 1 })],
    ['an emoji subject of ten units', {}, withContent({ subject: '😀'.repeat(5) })],
    ['a date that rolls over', {}, withContent({ due_date: '2026-02-30T10:00:00Z' })],
    [
      'an address inside',
      { client_ip: '192.0.2.1', service: { authorized_cidrs: ['192.0.2.1'] } },
      good,
    ],
    ...[['192.0.2.0/33'], ['192.0.2.1/32 '], ['2001:db8::/64'], ['any']].map(
      (authorized_cidrs): [string, object, unknown] => [
        `any address where no network has IO’s form, as ${authorized_cidrs}`,
        { client_ip: '198.51.100.1', service: { authorized_cidrs } },
        good,
      ],
    ),
    [
      'an address inside, dressed as IPv6',
      { client_ip: '::ffff:192.0.2.77', service: { authorized_cidrs: ['192.0.2.9/24'] } },
      good,
    ],
    [
      'authorized recipients, which the ordinary group ignores',
      { service: { authorized_recipients: [] } },
      good,
    ],
    [
      'a listed recipient of the limited group',
      { ...groups('ApiLimitedMessageWrite'), service: { authorized_recipients: [citizen] } },
      good,
    ],
    [
      'an amount at the maximum',
      { service: { max_allowed_payment_amount: 100 } },
      withContent({ payment_data }),
    ],
    [
      'remote content of one’s own',
      { ...third, remote_content_configurations: { [id]: 'owned by caller' } },
      remote(),
    ],
    [
      'attachments of an ADVANCED message, without the third-party group',
      { ...groups('ApiMessageWriteAdvanced'), remote_content_lookup_http_status: 200 },
      { ...remote({ has_attachments: true }), feature_level_type: 'ADVANCED' },
    ],
    ['a citizen without a profile', { profile: null }, good],
  ])('14: %s is accepted', async (_, scenario, body, path = '') => {
    await given.load(scenario)
    const answered = await given.ask('POST', `/messages${path}`, body)
    expect(answered).toMatchObject({ status: 201, type: 'application/json' })
    const { id } = answered.body as { id: string }
    expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    expect(answered.headers.get('location')).toBe(`/api/v1/messages/${citizen}/${id}`)
  })
})
