// The profile endpoints as IO answers them, row by row of the table of citizens.
// The section is that of the contract with IO's service side.
import { describe, expect, test } from 'vitest'
import { ask, citizen, givenSandbox, groups, lacking, testEach } from './given.ts'

const given = givenSandbox()

describe('§1.3 the table of profiles', () => {
  const special = { service: { category: 'SPECIAL' } }
  const mode = (preferences_mode: string) => ({ profile: { preferences_mode } })
  test.each<[string, object, boolean]>([
    ['AUTO, no choice', mode('AUTO'), true],
    ['MANUAL, no choice', mode('MANUAL'), false],
    ['AUTO, chosen off', { ...mode('AUTO'), service_preference: { inbox_enabled: false } }, false],
    ['MANUAL, chosen on', { ...mode('MANUAL'), service_preference: { inbox_enabled: true } }, true],
    ['LEGACY', { ...mode('LEGACY'), service_preference: { inbox_enabled: false } }, true],
    [
      'LEGACY, blocked for the inbox',
      { profile: { preferences_mode: 'LEGACY', blocked: { '01SVC': ['INBOX'] } } },
      false,
    ],
    [
      'LEGACY, blocked for e-mail or for another service',
      {
        profile: {
          preferences_mode: 'LEGACY',
          blocked: { '01SVC': ['EMAIL'], other: ['INBOX'] },
        },
      },
      true,
    ],
    ['SPECIAL, not activated', special, false],
    ['SPECIAL, ACTIVE', { ...special, ...mode('MANUAL'), activation: 'ACTIVE' }, true],
    ['SPECIAL, INACTIVE', { ...special, activation: 'INACTIVE' }, false],
    ['SPECIAL, PENDING for less than a day', { ...special, activation: 'PENDING' }, true],
  ])('%s', async (_, scenario, sender_allowed) => {
    await given.load(scenario)
    const inBody = await given.ask(...ask(citizen))
    expect(inBody).toMatchObject({ status: 200, body: { sender_allowed } })
    expect(Object.keys(inBody.body ?? {})).toEqual(['sender_allowed'])
    expect((await given.ask('GET', `/profiles/${citizen}`)).body).toEqual(inBody.body)
  })

  test('a PENDING activation lets messages through for a day', async () => {
    await given.load({ service: { category: 'SPECIAL' }, activation: 'PENDING' })
    const before = given.clock.now
    given.clock.now += 86_399_999
    expect((await given.ask(...ask(citizen))).body).toEqual({ sender_allowed: true })
    given.clock.now += 1
    expect((await given.ask(...ask(citizen))).body).toEqual({ sender_allowed: false })
    given.clock.now = before
  })

  test('languages stand there when the citizen set any', async () => {
    await given.load({ profile: { preferred_languages: ['de_DE', 'it_IT'] } })
    expect((await given.ask(...ask(citizen))).body).toEqual({
      sender_allowed: true,
      preferred_languages: ['de_DE', 'it_IT'],
    })
  })

  test('languages may be an empty list, which is told as it is', async () => {
    await given.load({ profile: { preferred_languages: [] } })
    expect((await given.ask(...ask(citizen))).body).toEqual({
      sender_allowed: true,
      preferred_languages: [],
    })
  })

  const notFound = 'The profile you requested was not found in the system.'
  const recipient = 'You are not allowed to issue requests for the recipient.'
  testEach(given, [
    ['no profile', { profile: null }, ask(citizen), 404, 'Profile not found', notFound],
    [
      'an inbox switched off altogether',
      { profile: { inbox_enabled: false } },
      ask(citizen),
      404,
      'Profile not found',
      notFound,
    ],
    [
      'no group that writes',
      { groups: ['ApiLimitedProfileRead'], profile: null },
      ask(citizen),
      403,
      'Recipient forbidden',
      recipient,
    ],
    [
      'a limited key and a recipient who is not listed',
      groups('ApiLimitedMessageWrite'),
      ask(citizen),
      403,
      'Recipient forbidden',
      recipient,
    ],
    [
      'no group that reads profiles',
      { groups: ['ApiMessageWrite'] },
      ask('abc'),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'malformed JSON',
      { profile: null },
      ['POST', '/profiles', '{"fiscal_code":'],
      500,
      'Internal server error',
      'Unexpected end of JSON input',
    ],
    [
      'a code in the path, after the service',
      { service: { missing: true } },
      ['GET', '/profiles/abc'],
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'an address outside, after the code',
      { service: { authorized_cidrs: ['10.0.0.0/8'] }, profile: null },
      ask(citizen),
      403,
      'You are not allowed here',
      lacking,
    ],
  ])
})
