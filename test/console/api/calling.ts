// A program that calls the API of a console that really listens, with a token of its own.
import type { TokenPermission } from '../../../src/domain/api-token.ts'
import { INSTITUTION, type Installation } from '../../installation.ts'
import type { Visited } from '../visiting.ts'

export interface Answered {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any
  headers: Headers
}

export interface Calling {
  token: string
  get(path: string, headers?: Record<string, string>): Promise<Answered>
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
  /** Bytes, as a file is handed over. */
  upload(path: string, bytes: string, key: string): Promise<Answered>
}

let tokens = 0

export interface CallerOptions {
  permissions?: TokenPermission[]
  services?: string[] | null
  institution?: string
  expiresAt?: Temporal.Instant | null
}

export async function callAs(
  here: Installation,
  visited: Visited,
  options: CallerOptions = {},
): Promise<Calling> {
  tokens += 1
  const wish = { permissions: ['read', 'prepare', 'decide'] as TokenPermission[], services: null }
  const token = await here.app.store.apiTokens.add(
    {
      ...{ institution: INSTITUTION, name: `programma-${tokens}`, expiresAt: null },
      ...{ ...wish, ...options },
    },
    { actor: 'ced', origin: 'console' },
    Temporal.Now.instant(),
  )
  if (token === null) throw new Error('the name is taken')
  return callWith(visited, token)
}

export function callWith(visited: Visited, token: string): Calling {
  const call = async (path: string, init: RequestInit): Promise<Answered> => {
    const headers = { authorization: `Bearer ${token}`, ...(init.headers as object) }
    const response = await visited.fetch(`/api/v1${path}`, { ...init, headers })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    const body = isJson ? JSON.parse(text) : text
    return { status: response.status, body, headers: response.headers }
  }
  const json = { 'content-type': 'application/json' }
  return {
    token,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body = {}, headers = {}) =>
      call(path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { ...json, ...headers },
      }),
    upload: (path, bytes, key) =>
      call(path, {
        method: 'POST',
        body: bytes,
        headers: { 'content-type': 'application/octet-stream', 'idempotency-key': key },
      }),
  }
}
