// One operation of the API: its address, what it takes and answers as schemas, and what does it.
// The same schemas check every call and every answer, and make the description of the API.
import type { z } from 'zod'
import type { App } from '../../app.ts'
import type { TokenPermission } from '../../domain/api-token.ts'
import type { Asked } from '../../domain/decision.ts'
import type { StaffLanguage } from '../../domain/words.ts'

export type ApiToken = NonNullable<Awaited<ReturnType<App['store']['apiTokens']['find']>>>

/** Bytes as they come. */
export interface SentBytes {
  bytes: AsyncIterable<Buffer>
}

export interface Call<Params, Query, Body> {
  app: App
  token: ApiToken
  /** Of the institution of the token; services null: all. */
  scope: { institution: string; services: readonly string[] | null }
  language: StaffLanguage
  params: Params
  query: Query
  body: Body
  /** Null unless the operation takes a file. */
  file: SentBytes | null
  /** Of what makes something; else empty. */
  key: string
  now: Temporal.Instant
  /** Who decides, for what asks it. */
  asked(note: string | null): Asked
}

interface Described<Params, Query, Body, Answer> {
  /** In the description: `listFlows`. */
  id: string
  method: 'GET' | 'POST'
  /** Below `/api/v1`: `/flows/:flow`. */
  path: string
  /** Groups it in the description. */
  tag: 'flows' | 'messages' | 'drops' | 'statistics' | 'token'
  summary: string
  description?: string
  permission: TokenPermission
  params?: z.ZodType<Params>
  query?: z.ZodType<Query>
  body?: z.ZodType<Body>
  /** Its body is a file, as bytes. */
  takesFile?: boolean
  /** It makes something: it wants an `Idempotency-Key`. */
  makes?: boolean
  answer: z.ZodType<Answer>
  /** 200 unless said. */
  status?: number
}

export interface Operation extends Described<unknown, unknown, unknown, unknown> {
  handle(call: Call<unknown, unknown, unknown>): Promise<unknown>
}

/** Keeps the types of its schemas together where it is written; the server needs none. */
export function operation<Params, Query, Body, Answer>(
  described: Described<Params, Query, Body, Answer>,
  handle: (call: Call<Params, Query, Body>) => Promise<Answer>,
): Operation {
  return { ...described, handle } as Operation
}
