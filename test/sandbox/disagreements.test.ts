// Where IO's documents and its code disagree, the sandbox is with the code, row by row.
// The section is that of the contract with IO's service side.
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  ask,
  citizen,
  givenSandbox,
  groups,
  matching,
  post,
  testEach,
  withContent,
} from './given.ts'

const given = givenSandbox()
const id = '01HMRBX079WA5SGYBQP1A7FSKH'
const structure = 'Invalid message structure'
const at = 'at root.content.third_party_data'
const third = groups('ApiThirdPartyMessageWrite')
const remote = (rest: object) =>
  withContent({ third_party_data: { id: 'x', configuration_id: id, ...rest } })

describe('§9 where documents and code disagree, the code', () => {
  testEach(given, [
    [
      'wants a configuration id, which the specification calls optional',
      third,
      post(remote({ configuration_id: undefined })),
      403,
      'No configuration id for remote content',
      'You did not send any configuration id for your remote content in third_party_data',
    ],
    [
      'wants a configuration id that is a ULID, not the 32 digits of the guide',
      third,
      post(remote({ configuration_id: 'f'.repeat(32) })),
      400,
      structure,
      `value "${'f'.repeat(32)}" ${at}.configuration_id is not a valid ` +
        `[${matching('^[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]{26}$')}]`,
    ],
    [
      'wants a word for a precondition, not the guide’s true',
      third,
      post(remote({ has_precondition: true })),
      400,
      structure,
      `value true ${at}.has_precondition is not a valid [HasPrecondition]`,
    ],
    [
      'wants a level for attachments, unlike the guide’s first example',
      { ...third, remote_content_configurations: { [id]: 'owned by caller' } },
      post(remote({ has_attachments: true })),
      403,
      'Attachments call forbidden',
      'You are not allowed to send messages with attachmens with STANDARD messages, please use ADVANCED',
    ],
    [
      'wants 80 characters, unlike the guide’s second example',
      {},
      post(withContent({ markdown: 'a'.repeat(50) })),
      400,
      structure,
      `value "${'a'.repeat(50)}" at root.content.markdown is not a valid ` +
        '[string of length >= 80 and < 10001]',
    ],
    [
      'answers 500 to the trailing comma of that example, not 400',
      {},
      post('{"content":{},}'),
      500,
      'Internal server error',
      'Expected double-quoted property name in JSON at position 14 (line 1 column 15)',
    ],
    [
      'has a 404 of its own for a configuration, which the specification leaves out',
      third,
      post(remote({})),
      404,
      'Remote Content Configuration NOT FOUND',
      'Cannot find any Remote Content Configuration with the given id',
    ],
    [
      'knows two levels, not three',
      {},
      post(withContent({}, { feature_level_type: 'PREMIUM' })),
      400,
      structure,
      Array(2)
        .fill('value "PREMIUM" at root.feature_level_type is not a valid [FeatureLevelType]')
        .join('\n'),
    ],
  ])

  test('tells neither notifications nor the reason of a rejection', async () => {
    const stored_status = { status: 'REJECTED', rejection_reason: 'SERVICE_NOT_ALLOWED' }
    await given.load({ stored_status, message: { content: null } })
    const { body } = await given.ask('GET', `/messages/${citizen}/${id}`)
    expect(Object.keys(body ?? {})).toEqual(['message', 'status'])
  })

  test('never says THROTTLED of what it processes', async () => {
    await given.load({})
    const { body } = await given.ask(...post(withContent({})))
    const statuses = []
    for (const wait of [0, 500, 500, 86_400_000]) {
      given.clock.now += wait
      const found = await given.ask('GET', `/messages/${citizen}/${body?.['id']}`)
      statuses.push(found.body?.['status'])
    }
    expect(statuses).toEqual(['ACCEPTED', 'ACCEPTED', 'PROCESSED', 'PROCESSED'])
  })

  test('tells of a profile no e-mail and no version', async () => {
    await given.load({ profile: { preferred_languages: ['it_IT'] } })
    const { body } = await given.ask(...ask(citizen))
    expect(Object.keys(body ?? {}).sort()).toEqual(['preferred_languages', 'sender_allowed'])
  })

  test('takes any offset of a due date, and none as UTC', async () => {
    await given.load({})
    for (const [due_date, stored] of [
      ['2026-10-31T23:59:59+01:00', '2026-10-31T22:59:59.000Z'],
      ['2026-10-31T23:59:59', '2026-10-31T23:59:59.000Z'],
      ['2026-02-30T10:00:00Z', '2026-03-02T10:00:00.000Z'],
    ]) {
      const { body } = await given.ask(...post(withContent({ due_date })))
      given.clock.now += 1_000
      const found = await given.ask('GET', `/messages/${citizen}/${body?.['id']}`)
      expect(found.body).toMatchObject({ message: { content: { due_date: stored } } })
    }
  })

  test('names citizens in the feed by 64 hexadecimal digits, not 16', async () => {
    await given.load({ groups: ['ApiSubscriptionsFeedRead'], changes_that_day: [citizen] })
    const { body } = await given.ask('GET', '/subscriptions-feed/2026-01-14')
    const hash = createHash('sha256').update(citizen).digest('hex')
    expect(body?.['subscriptions']).toEqual([hash])
    expect(hash).toHaveLength(64)
  })

  test('says when to come back in a header of its own', async () => {
    await given.load({ rate_limit: { calls: 1, seconds: 5 } })
    await given.ask(...ask(citizen))
    const { status, headers } = await given.ask(...ask(citizen))
    expect(status).toBe(429)
    expect(headers.get('x-rate-limit-retry-after')).toBe('5')
    expect(headers.get('retry-after')).toBeNull()
  })
})
