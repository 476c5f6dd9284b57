// The API at the server of the console: who calls is found by a token alone, never by a cookie;
// what is asked for and what is answered pass the schemas of its operation. Invariants: bodies,
// pages and calls in a minute are bounded; whatever goes wrong is a problem with a code, and
// quotes nothing.
import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import packageFile from '../../../package.json' with { type: 'json' }
import type { App } from '../../app.ts'
import { canonicalJson } from '../../domain/act-chain.ts'
import { tokenActor } from '../../domain/api-token.ts'
import type { Log } from '../../log.ts'
import { languageOf } from '../reader.ts'
import { createThrottle } from '../throttle.ts'
import { openApi } from './openapi.ts'
import type { ApiToken, Operation } from './operation.ts'
import { API_PREFIX, operations } from './operations.ts'
import { ApiProblem, type FaultyPart, problemBody, problemStatus } from './problem.ts'

export interface ApiOptions {
  app: App
  log: Pick<Log, 'error'>
  now(): Temporal.Instant
}

const BODY_BYTES = 64 * 1024
const CALLS_A_MINUTE = 600
/** Of one address, without a token that counts. */
const FAILURES_A_MINUTE = 60
/** Faulty parts that are named. */
const MOST_ERRORS = 20

export async function addApi(server: FastifyInstance, options: ApiOptions): Promise<void> {
  const throttles = {
    token: createThrottle(CALLS_A_MINUTE),
    address: createThrottle(FAILURES_A_MINUTE),
  }
  await server.register(
    async (api) => {
      readJsonAndBytes(api)
      api.setNotFoundHandler((request, reply) => {
        sendProblem(request, reply, new ApiProblem('API_NOT_FOUND'))
      })
      api.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
        sendProblem(request, reply, problemOf(error, options))
      })
      const description = openApi(packageFile.version)
      api.get('/openapi.json', (_, reply) => reply.send(description))
      for (const one of operations) {
        api.route({
          ...{ method: one.method, url: one.path, bodyLimit: BODY_BYTES },
          handler: (request, reply) => serve(one, request, reply, options, throttles),
        })
      }
    },
    { prefix: API_PREFIX },
  )
}

/** JSON is read whole; bytes are handed on as they come. */
function readJsonAndBytes(api: FastifyInstance): void {
  api.removeAllContentTypeParsers()
  api.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: BODY_BYTES },
    api.getDefaultJsonParser('error', 'error'),
  )
  api.addContentTypeParser('application/octet-stream', (_, payload, done) => done(null, payload))
}

type Throttles = Record<'token' | 'address', ReturnType<typeof createThrottle>>

async function serve(
  one: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  options: ApiOptions,
  throttles: Throttles,
): Promise<unknown> {
  const { app } = options
  const now = options.now()
  const token = await tokenOf(request, app, now)
  const isWithin =
    token === null
      ? throttles.address(request.ip, now)
      : throttles.token(`${token.institution}/${token.name}`, now)
  if (!isWithin) throw new ApiProblem('API_RATE', { retryAfter: 60 })
  if (token === null) throw new ApiProblem('API_TOKEN')
  if (!token.permissions.includes(one.permission)) throw new ApiProblem('API_PERMISSION')
  const asked = readAsked(one, request)
  const place = app.config.institutions.find(({ id }) => id === token.institution)
  if (place === undefined) throw new ApiProblem('API_TOKEN')
  const bytes = one.takesFile ? hashed(request.body as AsyncIterable<Buffer>) : null
  const call = {
    ...{ app, token, now, ...asked, file: bytes },
    scope: { institution: token.institution, services: token.services },
    language: languageOf(request.headers['accept-language']),
    key: '',
    asked: (note: string | null) => ({ actor: tokenActor(token.name), origin: 'api', note }),
  }
  const answerOf = async (key: string) =>
    one.answer.parse(await one.handle({ ...call, key })) as unknown
  const status = one.status ?? 200
  if (!one.makes) return reply.code(status).send(await answerOf(''))
  const key = keyOf(request)
  const { apiRequests } = app.store
  const whole = canonicalJson({ id: one.id, ...asked })
  const begun = await apiRequests.begin(token.institution, key, whole, now)
  if (begun.kind === 'other') throw new ApiProblem('API_KEY_USED')
  if (begun.kind === 'busy') throw new ApiProblem('API_KEY_BUSY', { retryAfter: 5 })
  if (begun.kind === 'done') {
    if (bytes !== null && !(await bytes.whole()).equals(begun.content ?? Buffer.alloc(0))) {
      throw new ApiProblem('API_KEY_USED')
    }
    return reply.code(begun.status).header('idempotency-replayed', 'true').send(begun.answer)
  }
  try {
    const answer = await answerOf(key)
    const content = bytes === null ? null : await bytes.whole()
    await apiRequests.finish(token.institution, key, { status, answer, content })
    return reply.code(status).send(answer)
  } catch (error) {
    await apiRequests.abandon(token.institution, key)
    throw error
  }
}

async function tokenOf(
  request: FastifyRequest,
  app: App,
  now: Temporal.Instant,
): Promise<ApiToken | null> {
  const found = /^Bearer ([\x21-\x7e]{1,100})$/i.exec(request.headers.authorization ?? '')
  return found ? app.store.apiTokens.find(found[1] as string, now) : null
}

function keyOf({ headers }: FastifyRequest): string {
  const key = headers['idempotency-key']
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new ApiProblem('API_KEY_MISSING')
  }
  return key
}

/** Each part through its schema; throws `API_INVALID` with every fault. */
function readAsked(one: Operation, request: FastifyRequest) {
  const errors: FaultyPart[] = []
  const read = (
    where: 'path' | 'query' | 'body',
    schema: z.ZodType | undefined,
    given: unknown,
  ) => {
    if (schema === undefined) {
      if (where === 'query' && Object.keys(given as object).length > 0) {
        errors.push({ in: where, detail: 'it takes none' })
      }
      return null
    }
    const result = schema.safeParse(given)
    if (result.success) return result.data
    for (const { path, message } of result.error.issues) {
      errors.push({ in: [where, ...path.map(String)].join('.').slice(0, 100), detail: message })
    }
    return null
  }
  const asked = {
    params: read('path', one.params, { ...(request.params as object) }),
    query: read('query', one.query, { ...(request.query as object) }),
    body: one.takesFile ? null : read('body', one.body, request.body),
  }
  if (one.takesFile && !isStream(request.body)) {
    errors.push({ in: 'header.content-type', detail: 'application/octet-stream' })
  }
  if (errors.length === 0) return asked
  throw new ApiProblem('API_INVALID', { errors: errors.slice(0, MOST_ERRORS) })
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/** The same bytes, and the SHA-256 of all of them once they have been read to their end. */
function hashed(from: AsyncIterable<Buffer>) {
  const hash = createHash('sha256')
  const rest = from[Symbol.asyncIterator]()
  async function* bytes() {
    for (;;) {
      const { value, done } = await rest.next()
      if (done) return
      hash.update(value)
      yield value
    }
  }
  async function whole(): Promise<Buffer> {
    for await (const _ of bytes());
    return hash.digest()
  }
  return { bytes: bytes(), whole }
}

function problemOf(
  error: Error & { statusCode?: number; code?: string },
  { log }: ApiOptions,
): ApiProblem {
  if (error instanceof ApiProblem) return error
  const status = error.statusCode ?? 500
  if (status === 413) return new ApiProblem('API_TOO_LARGE')
  if (status < 500) return new ApiProblem('API_INVALID', { status })
  log.error({ code: error.code ?? error.name }, 'api call failed')
  return new ApiProblem('API_FAILED')
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ApiProblem): void {
  const { retryAfter } = problem.more
  const status = problemStatus(problem)
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter))
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  const body = problemBody(problem, languageOf(request.headers['accept-language']))
  reply.code(status).type('application/problem+json').send(JSON.stringify(body))
}
