// Every page behind a sign-in: who asks is found by their session, what they ask for is judged by
// the one table, a form must come from a page of ours. Invariant: what somebody may not see and
// what is not there answer alike, so that nobody learns which.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import type { StaffLanguage } from '../domain/words.ts'
import { plainPage, sendPage } from './page.ts'
import { languageOf } from './reader.ts'
import { shell } from './shell.ts'
import { consoleWords } from './test-words.ts'
import {
  type Answer,
  type PageRoute,
  type Place,
  permissionsOf,
  type SentFile,
  type Visit,
} from './visit.ts'

export type Session = NonNullable<Awaited<ReturnType<App['store']['sessions']['find']>>>

export interface GuardOptions {
  app: App
  /** Of the address, as browsers see it: empty, or `/staffetta`. */
  prefix: string
  /** `https://staffetta.comune.example`: forms come from there alone. */
  origin: string
  now(): Temporal.Instant
}

/** `__Host-` wants TLS and no path; a console on the loopback without TLS has another name. */
export function cookieName(origin: string): string {
  return origin.startsWith('https:') ? '__Host-staffetta' : 'staffetta'
}

export function tokenOf(request: FastifyRequest, origin: string): string | null {
  return request.cookies[cookieName(origin)] ?? null
}

/** Null: nobody is signed in. */
export async function sessionOf(
  request: FastifyRequest,
  { app, origin, now }: GuardOptions,
): Promise<Session | null> {
  const token = tokenOf(request, origin)
  return token === null ? null : app.store.sessions.find(token, now())
}

/** Whether what was sent comes from a page of this console, and of this session. */
export function isOurs(request: FastifyRequest, origin: string): boolean {
  const { origin: from, 'sec-fetch-site': site } = request.headers
  if (from !== undefined) return from === origin
  return site === undefined || site === 'same-origin'
}

export function addPages(
  server: FastifyInstance,
  routes: readonly PageRoute[],
  options: GuardOptions,
): void {
  for (const route of routes) {
    const url = `/:institution${route.path === '/' ? '/' : route.path}`
    server.route({
      method: route.method,
      url,
      handler: (request, reply) => serve(route, request, reply, options),
    })
  }
}

interface Params {
  institution?: string
  [name: string]: string | undefined
}

async function serve(
  route: PageRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  options: GuardOptions,
): Promise<unknown> {
  const { app, prefix, origin, now } = options
  const session = await sessionOf(request, options)
  if (session === null) {
    const back =
      route.method === 'GET' ? request.url : `/${(request.params as Params).institution}/`
    return reply.redirect(`${prefix}/sign-in?to=${encodeURIComponent(back)}`, 303)
  }
  const { person } = session
  const language = person.language ?? languageOf(request.headers['accept-language'])
  const { institution: id = '', ...params } = request.params as Params
  const place = placeOf(app, id)
  const { may, services } = permissionsOf(person.grants, id)
  if (place === null || !may(route.permission)) return say(reply, 404, 'notFound', language)
  const sent = await readSent(route, request)
  if (
    route.method === 'POST' &&
    (!isOurs(request, origin) || sent.form.get('csrf') !== session.csrf)
  ) {
    return say(reply, 403, 'forged', language)
  }
  const visit: Visit = {
    ...{ app, place, language, may, services, ...sent },
    visitor: { ...person, csrf: session.csrf, provedAt: session.provedAt },
    params: params as Record<string, string>,
    query: new URL(request.url, 'http://console').searchParams,
    address: request.ip,
    now: now(),
    to: (path) => `${prefix}/${id}${path}`,
    toRoot: (path) => `${prefix}${path}`,
    asked: (note) => ({ actor: person.login, origin: 'console', note }),
  }
  return answer(await route.handle(visit), visit, session, request, reply, options)
}

function placeOf(app: App, id: string): Place | null {
  const found = app.config.institutions.find((one) => one.id === id)
  return found ? { id, name: found.name, timeZone: found.timeZone } : null
}

async function answer(
  given: Answer,
  visit: Visit,
  { said }: Session,
  request: FastifyRequest,
  reply: FastifyReply,
  { app, origin }: GuardOptions,
): Promise<unknown> {
  const { language } = visit
  const token = tokenOf(request, origin) ?? ''
  switch (given.kind) {
    case 'page':
      if (said !== null) await app.store.sessions.say(token, null)
      return sendPage(reply, given.status ?? 200, language, shell(visit, given, said))
    case 'fragment':
      return sendPage(reply, 200, language, given.html)
    case 'redirect':
      if (given.said !== undefined) await app.store.sessions.say(token, given.said)
      return reply.redirect(given.to, 303)
    case 'file': {
      const how = given.inline ? 'inline' : 'attachment'
      return reply
        .header('content-disposition', `${how}; filename*=UTF-8''${encodeURIComponent(given.name)}`)
        .type(given.type)
        .send(Readable.from(given.bytes, { objectMode: false }))
    }
    case 'missing':
      return say(reply, 404, 'notFound', language)
  }
}

interface Sent {
  form: URLSearchParams
  files: AsyncIterable<SentFile>
}

/** A form with files is read as far as its first file, so that nobody's bytes come before them. */
async function readSent(route: PageRoute, request: FastifyRequest): Promise<Sent> {
  if (route.method === 'GET') return { form: new URLSearchParams(), files: none() }
  if (!route.takesFiles || !request.isMultipart()) {
    const body = request.body
    return { form: body instanceof URLSearchParams ? body : new URLSearchParams(), files: none() }
  }
  const form = new URLSearchParams()
  const parts = request.parts()[Symbol.asyncIterator]()
  for (;;) {
    const { value: part, done } = await parts.next()
    if (done) return { form, files: none() }
    if (part.type === 'file') return { form, files: filesFrom(part, parts, form) }
    form.append(part.fieldname, String(part.value))
  }
}

type Part = Awaited<ReturnType<ReturnType<FastifyRequest['parts']>['next']>>['value']

async function* filesFrom(
  first: Part,
  rest: AsyncIterator<Part>,
  form: URLSearchParams,
): AsyncGenerator<SentFile> {
  for (let part: Part = first; ; ) {
    if (part.type === 'file') {
      const { fieldname: field, filename: name, mimetype: mediaType, file } = part
      yield { field, name, mediaType, bytes: file as AsyncIterable<Buffer> }
    } else form.append(part.fieldname, String(part.value))
    const next = await rest.next()
    if (next.done) return
    part = next.value
  }
}

async function* none(): AsyncGenerator<SentFile> {}

function say(
  reply: FastifyReply,
  status: number,
  what: 'notFound' | 'forged',
  language: StaffLanguage,
) {
  const { title, text } = what === 'notFound' ? pageMissing[language] : consoleWords[language][what]
  return sendPage(reply, status, language, plainPage(language, title, text))
}

const pageMissing = {
  it: {
    title: 'Pagina non trovata',
    text: 'Non c’è, o non è per te. Torna al cruscotto con il tasto indietro del browser.',
  },
  en: {
    title: 'Page not found',
    text: 'It is not there, or not for you. Go back to the dashboard with your browser.',
  },
}
