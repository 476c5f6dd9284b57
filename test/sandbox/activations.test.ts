// Activations of SPECIAL services as IO answers them.
// The section is that of the contract with IO's service side.
import { describe, expect, test } from 'vitest'
import { ask, citizen, givenSandbox, lacking, matching, pattern, testEach } from './given.ts'

const given = givenSandbox()

describe('§1.6 activations', () => {
  const special = { service: { category: 'SPECIAL' } }
  const read = (body: unknown): [string, string, unknown] => ['POST', '/activations/', body]
  testEach(given, [
    [
      'are for SPECIAL services',
      {},
      read({ fiscal_code: citizen }),
      403,
      'You are not allowed here',
      lacking,
    ],
    [
      'may not be there',
      special,
      read({ fiscal_code: citizen }),
      404,
      'Not Found',
      'Activation not found for the user',
    ],
    [
      'are written with both keys',
      {},
      ['PUT', '/activations/', { status: 'active' }],
      400,
      'Invalid ActivationPayload',
      `value [undefined] at [root.0.fiscal_code] is not a valid [${matching(pattern)}]\n` +
        'value ["active"] at [root.0.status] is not a valid [ActivationStatus]',
    ],
  ])

  test('are read as they were written, with a version', async () => {
    await given.load({ ...special, activation: 'PENDING' })
    const found = { service_id: '01SVC', fiscal_code: citizen }
    const asked = await given.ask(...read({ fiscal_code: citizen }))
    expect(asked.body).toEqual({ ...found, status: 'PENDING', version: 0 })
    const body = { fiscal_code: citizen, status: 'ACTIVE' }
    expect((await given.ask('PUT', '/activations/', body)).body).toEqual({
      ...found,
      status: 'ACTIVE',
      version: 1,
    })
    expect((await given.ask(...ask(citizen))).body).toMatchObject({ sender_allowed: true })
  })
})
