// Every page behind a sign-in: who asks is found by their session, what they ask for is judged by
// the one table, a form must come from a page of ours. Invariant: what somebody may not see and
// what is not there answer alike, so that nobody learns which.
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import type { StaffLanguage } from '../domain/words.ts'
import { html } from '../html.ts'
import { frameOf } from './frame.ts'
import { plainPage, sendPage } from './page.ts'
import { languageOf } from './reader.ts'
import { PAGE_BODY_BYTES, readSent, withoutNul } from './sent.ts'
import { isByScript, isOurs, setToken, tokenOf } from './session-cookie.ts'
import { plainShell, shell } from './shell.ts'
import { consoleWords } from './test-words.ts'
import {
  type Answer,
  type NewSession,
  type OwnRoute,
  type PageRoute,
  type Place,
  permissionsOf,
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
  /** Told of every session that was found: its requests are counted by themselves. */
  sessionFound(token: string): void
}

/** Null: nobody is signed in. */
export async function sessionOf(
  request: FastifyRequest,
  { app, origin, now, sessionFound }: GuardOptions,
): Promise<Session | null> {
  const token = tokenOf(request, origin)
  if (token === null) return null
  const session = await app.store.sessions.find(token, now(), !isByScript(request))
  if (session !== null) sessionFound(token)
  return session
}

export function addPages(
  server: FastifyInstance,
  routes: readonly PageRoute[],
  options: GuardOptions,
): void {
  for (const route of routes) {
    const url = `/:institution${route.path}`
    server.route({
      ...{ method: route.method, url, bodyLimit: PAGE_BODY_BYTES },
      handler: (request, reply) => serve(route, request, reply, options),
    })
  }
}

/** Pages of no institution, for whoever is signed in. */
export function addOwnPages(
  server: FastifyInstance,
  routes: readonly OwnRoute[],
  options: GuardOptions,
): void {
  for (const route of routes) {
    server.route({
      ...{ method: route.method, url: route.path },
      handler: (request, reply) => serve(route, request, reply, options),
    })
  }
}

interface Params {
  institution?: string
  [name: string]: string | undefined
}

async function serve(
  route: PageRoute | OwnRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  options: GuardOptions,
): Promise<unknown> {
  const { app, origin } = options
  const session = await sessionOf(request, options)
  if (session === null) return signInFirst(route, request, reply, options)
  const language = session.person.language ?? languageOf(request.headers['accept-language'])
  const { institution: asked, ...params } = request.params as Params
  const permission = 'permission' in route ? route.permission : null
  const place = permission === null ? lastPlaceOf(app, session) : placeOf(app, asked)
  const { prefix } = options
  if (place === null) return say(reply, 404, 'notFound', language, prefix)
  const { may, services } = permissionsOf(session.person.grants, place.id)
  if (permission !== null && !may(permission)) return say(reply, 404, 'notFound', language, prefix)
  const sent = await readSent(route, request)
  if (route.method === 'POST') {
    const isSigned = isOurs(request, origin) && sent.form.get('csrf') === session.csrf
    if (!isSigned) return say(reply, 403, 'forged', language, prefix)
  }
  if (permission !== null && session.place !== place.id) {
    await app.store.sessions.stayAt(session.id, place.id)
  }
  const visit = visitOf(request, session, { place, language, may, services }, options, {
    ...sent,
    params: params as Record<string, string>,
  })
  return answer(await route.handle(visit), visit, session, request, reply, options)
}

function visitOf(
  request: FastifyRequest,
  { person, csrf, provedAt, id, createdAt, seenAt }: Session,
  where: Pick<Visit, 'place' | 'language' | 'may' | 'services'>,
  { app, prefix, now }: GuardOptions,
  sent: Pick<Visit, 'form' | 'files' | 'params'>,
): Visit {
  const base = where.place.id === '' ? prefix : `${prefix}/${where.place.id}`
  return {
    ...{ app, ...where, ...sent },
    visitor: { ...person, csrf, provedAt, session: { id, createdAt, seenAt } },
    query: withoutNul(new URL(request.url, 'http://console').searchParams),
    here: request.method === 'GET' ? `${prefix}${request.url}` : `${base}/`,
    address: request.ip,
    now: now(),
    to: (path) => `${base}${path}`,
    toRoot: (path) => `${prefix}${path}`,
    asked: (note) => ({ actor: person.login, origin: 'console', note }),
  }
}

/** Nobody is signed in: the way to it and back. A script is told in figures alone. */
function signInFirst(
  route: PageRoute | OwnRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  { prefix }: GuardOptions,
) {
  if (isByScript(request)) return reply.code(401).send('')
  const { institution } = request.params as Params
  const start = institution === undefined ? '/' : `/${institution}/`
  const back = route.method === 'GET' ? request.url : start
  return reply.redirect(`${prefix}/sign-in?to=${encodeURIComponent(back)}`, 303)
}

function placeOf({ config }: App, id: string | undefined): Place | null {
  const found = config.institutions.find((one) => one.id === id)
  return found ? { id: found.id, name: found.name, timeZone: found.timeZone } : null
}

/** Where they were last, if it still is theirs; else the first of theirs; else nowhere. */
export function lastPlaceOf(app: App, { place, person }: Pick<Session, 'place' | 'person'>): Place {
  const theirs = person.grants.map(({ institution }) => institution)
  const ids = place !== null && theirs.includes(place) ? [place] : theirs
  const places = ids.flatMap((id) => placeOf(app, id) ?? [])
  return places[0] ?? { id: '', name: 'Staffetta', timeZone: 'Europe/Rome' }
}

async function answer(
  given: Answer,
  visit: Visit,
  { said }: Session,
  request: FastifyRequest,
  reply: FastifyReply,
  { app, origin, prefix }: GuardOptions,
): Promise<unknown> {
  const { language } = visit
  const token = changedToken(given, reply, origin) ?? tokenOf(request, origin) ?? ''
  switch (given.kind) {
    case 'page':
      if (said !== null) await app.store.sessions.say(token, null)
      return sendPage(
        reply,
        given.status ?? 200,
        language,
        shell(visit, given, said, await frameOf(visit)),
      )
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
      return say(reply, 404, 'notFound', language, prefix)
  }
}

/** Gives the browser the token that its session has from now on. */
export function changedToken(
  given: { session?: NewSession } | Answer,
  reply: FastifyReply,
  origin: string,
): string | null {
  if (!('session' in given) || given.session === undefined) return null
  setToken(reply, origin, given.session)
  return given.session
}

/** `prefix`: of whoever is signed in, who is shown the way back. */
export function say(
  reply: FastifyReply,
  status: number,
  what: 'notFound' | 'forged',
  language: StaffLanguage,
  prefix: string | null = null,
) {
  const { title, text } = what === 'notFound' ? pageMissing[language] : consoleWords[language][what]
  if (prefix === null) return sendPage(reply, status, language, plainPage(language, title, text))
  const toRoot = (path: string) => `${prefix}${path}`
  const back = html`<p>${text}</p>
<p><a href="${toRoot('/')}">${toDashboard[language]}</a></p>`
  return sendPage(reply, status, language, plainShell({ language, toRoot }, title, back))
}

const toDashboard = { it: 'Torna al cruscotto', en: 'Back to the dashboard' }

const pageMissing = {
  it: {
    title: 'Pagina non trovata',
    text: 'Non c’è, o non è tra quelle che puoi vedere.',
  },
  en: {
    title: 'Page not found',
    text: 'It is not there, or not among those that you may see.',
  },
}
