// A sandbox to be asked over HTTP: a situation is loaded, a call made, the answer read whole.
// Every test starts from the ordinary situation.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts'

export const citizen = 'AAAAAA00A00A000A'
export const content = { subject: 'Avviso TARI', markdown: 'a'.repeat(80) }
export const payment_data = { amount: 100, notice_number: '301000000000000001' }
export const good = { fiscal_code: citizen, content }
export const pattern =
  '^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$'
export const matching = (regexp: string) => `string that matches the pattern "${regexp}"`

/** A good message with these keys laid over its content, and those over itself. */
export const withContent = (part: object, rest: object = {}) => ({
  ...good,
  ...rest,
  content: { ...content, ...part },
})

export interface Answered {
  status: number
  type: string | null
  headers: Headers
  text: string
  /** Null when it is not JSON. */
  body: Record<string, unknown> | null
}

/** A situation, a call, and the problem that IO answers with. */
export type Row = [
  name: string,
  scenario: object,
  call: [method: string, path: string, body?: unknown],
  status: number,
  title: string,
  detail: string,
]

/** The permissions of an ordinary institution, as far as they matter, and more. */
export const groups = (...more: string[]) => ({
  groups: ['ApiMessageWrite', 'ApiMessageRead', 'ApiLimitedProfileRead', ...more],
})

export const lacking = 'You do not have enough permission to complete the operation you requested'
export const post = (body: unknown): Row[2] => ['POST', '/messages', body]
export const ask = (fiscal_code: unknown): Row[2] => ['POST', '/profiles', { fiscal_code }]

export interface Given {
  sandbox: Sandbox
  origin: string
  clock: { now: number }
  /** `/profiles`, with a key; another header by name. */
  ask(method: string, path: string, body?: unknown, headers?: object): Promise<Answered>
  /** `/_sandbox/…`. */
  control(method: string, what: string, body?: unknown): Promise<Answered>
  load(scenario: object): Promise<void>
}

/** For a whole file: one sandbox, whose clock stands still. */
export function givenSandbox(options: SandboxOptions = {}): Given {
  const clock = { now: Date.UTC(2026, 0, 15, 12) }
  const given = { clock } as Given
  beforeAll(async () => {
    given.sandbox = await startSandbox({
      anyKey: true,
      callsPerWindow: 0,
      now: () => clock.now,
      ...options,
    })
    given.origin = new URL(given.sandbox.url).origin
  })
  afterEach(async () => {
    await given.control('DELETE', 'scenario')
    await given.control('DELETE', 'faults')
  })
  afterAll(() => given.sandbox.stop())

  given.ask = (method, path, body, headers = {}) =>
    call(method, given.sandbox.url + path, body, {
      'Ocp-Apim-Subscription-Key': 'any',
      ...headers,
    })
  given.control = (method, what, body) => call(method, `${given.origin}/_sandbox/${what}`, body, {})
  given.load = async (scenario) => {
    const { status, text } = await given.control('PUT', 'scenario', scenario)
    if (status !== 204) throw new Error(text)
  }
  return given
}

/** A test for each row. */
export function testEach(given: Given, rows: Row[]): void {
  test.each(rows)('%s', async (_, scenario, [method, path, body], status, title, detail) => {
    await given.load(scenario)
    const answered = await given.ask(method, path, body)
    expect(answered.body).toEqual({ detail, status, title })
    expect(answered).toMatchObject({ status, type: 'application/problem+json' })
  })
}

async function call(method: string, url: string, body: unknown, headers: object) {
  const answer = await fetch(url, {
    method,
    headers: headers as Record<string, string>,
    redirect: 'manual',
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    headers: answer.headers,
    text,
    body:
      /(?:\+|^application\/)json$/.test(answer.headers.get('content-type') ?? '') && text
        ? JSON.parse(text)
        : null,
  }
}
