import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { operations } from '../../../src/console/api/operations.ts'
import { children, type Installation, openInstallation } from '../../installation.ts'
import { openVisited, type Visited } from '../visiting.ts'
import { type Calling, callAs } from './calling.ts'

let here: Installation
let visited: Visited
const programs: Calling[] = []

beforeAll(async () => {
  here = await openInstallation()
  visited = await openVisited(here)
  await here.drop(children(2))
  await here.send()
  // A token is held to so many calls in a minute.
  for (let n = 0; n < 3; n += 1) programs.push(await callAs(here, visited))
})
afterAll(async () => {
  await visited.close()
  await here[Symbol.asyncDispose]()
})

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    ...['', '0', '-1', '1e9', '999999999999999', '1', '\u0000', '%', "'; drop table acts; --"],
    ...['../../etc', '__proto__', 'true', 'null', '2026-02-31', '0000-01-01', '9999-12-31'],
    ...['2026-01-01T00:00:00Z', '2026-01-01T25:00:00Z', '2026-12-31T23:59:60+23:59', 'mensa'],
  ),
)
const oddValue = fc.oneof(oddText, fc.jsonValue({ maxDepth: 2 }), fc.double(), fc.maxSafeInteger())

type Shape = {
  type?: string
  enum?: unknown[]
  properties?: Record<string, Shape>
  anyOf?: Shape[]
}

/** Of the schema’s own form more often than not, and never quite sure to be. */
function arbitraryOf(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.enum) return fc.oneof(fc.constantFrom(...shape.enum), oddValue)
  if (shape.anyOf) return fc.oneof(...shape.anyOf.map(arbitraryOf))
  if (shape.type === 'object') {
    const fields = Object.entries(shape.properties ?? {}).map(([name, one]) => [
      name,
      arbitraryOf(one),
    ])
    return fc.oneof(
      { weight: 9, arbitrary: fc.record(Object.fromEntries(fields), { requiredKeys: [] }) },
      { weight: 1, arbitrary: oddValue },
    )
  }
  if (shape.type === 'integer') return fc.oneof(fc.integer(), oddValue)
  return fc.oneof(oddText, oddValue)
}

const shapeOf = (schema: z.ZodType | undefined): Shape =>
  schema ? (z.toJSONSchema(schema, { io: 'input' }) as Shape) : { type: 'object' }

/** What an address can carry. */
const inAddress = (value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return encodeURIComponent((text ?? 'x').toWellFormed())
}

const asked = fc.constantFrom(...operations).chain((one) =>
  fc.record({
    one: fc.constant(one),
    params: fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }).map(String), oddText), {
      minLength: 2,
      maxLength: 2,
    }),
    query: arbitraryOf(shapeOf(one.query)),
    body: arbitraryOf(shapeOf(one.body)),
    key: fc.oneof(fc.uuid(), fc.constantFrom('x', 'same')),
    type: fc.constantFrom('application/json', 'application/octet-stream', 'text/plain'),
  }),
)

it('whatever is sent to it is answered, with a problem and a code where it is wrong', async () => {
  let calls = 0
  await fc.assert(
    fc.asyncProperty(asked, async ({ one, params, query, body, key, type }) => {
      let left = [...params]
      const path = one.path.replace(/:\w+/g, () => inAddress(left.shift() ?? '1') || '1')
      const pairs = Object.entries(typeof query === 'object' && query ? query : { odd: query })
      const search = pairs
        .map(([name, value]) => `${inAddress(name)}=${inAddress(value)}`)
        .join('&')
      calls += 1
      const program = programs[calls % programs.length]!
      const answer =
        one.method === 'GET'
          ? await program.get(`${path}?${search}`)
          : await program.post(`${path}?${search}`, JSON.stringify(body) ?? 'x', {
              ...{
                'idempotency-key': key,
                'content-type': one.takesFile ? type : 'application/json',
              },
            })
      expect([answer.status, one.id]).not.toEqual([500, one.id])
      if (answer.status >= 400) expect(answer.body.code).toMatch(/^API_/)
      else expect(one.answer.safeParse(answer.body).success).toBe(true)
      left = []
    }),
    { numRuns: 500 },
  )
}, 120_000)

it('bodies that are no JSON, too large or of another kind are refused', async () => {
  const program = programs[0]!
  const keyed = { 'idempotency-key': 'k' }
  const bodies: [string, number][] = [
    ['{', 422],
    ['[]', 422],
    ['{"__proto__": {"x": 1}}', 422],
    [`{"subject": "${'x'.repeat(70_000)}"}`, 413],
  ]
  for (const [body, status] of bodies) {
    const answer = await program.post('/messages', body, keyed)
    expect([status, 400]).toContain(answer.status)
    expect(answer.body.code).toMatch(/^API_(?:INVALID|TOO_LARGE)$/)
  }
  const form = { ...keyed, 'content-type': 'application/x-www-form-urlencoded' }
  expect((await program.post('/messages', 'a=1', form)).body.status).toBe(415)
})
