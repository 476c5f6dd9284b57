// Pages for whoever has not signed in yet: they have a frame of their own, and a mark by which what
// a browser has begun is found again. Invariant: a form is taken from the browser to which its page
// was given, and from no other site.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { changedToken, type GuardOptions, say, sessionOf } from './guarded.ts'
import { sendPage } from './page.ts'
import { languageOf } from './reader.ts'
import { readSent, withoutNul } from './sent.ts'
import { forgetMark, formTokenOf, isOurs, markOf } from './session-cookie.ts'
import { plainShell } from './shell.ts'
import type { Asking, OpenRoute } from './visit.ts'

export function addOpenPages(
  server: FastifyInstance,
  routes: readonly OpenRoute[],
  options: GuardOptions,
): void {
  for (const route of routes) {
    server.route({
      ...{ method: route.method, url: route.path },
      handler: (request, reply) => serve(route, request, reply, options),
    })
  }
}

async function serve(
  route: OpenRoute,
  request: FastifyRequest,
  reply: FastifyReply,
  options: GuardOptions,
): Promise<unknown> {
  const { app, prefix, origin, now } = options
  const session = await sessionOf(request, options)
  const accepted = languageOf(request.headers['accept-language'])
  const language = session?.person.language ?? accepted
  const mark = markOf(request, reply, origin)
  const csrf = formTokenOf(mark)
  const { form } = await readSent(route, request)
  if (route.method === 'POST' && !(isOurs(request, origin) && form.get('csrf') === csrf)) {
    return say(reply, 403, 'forged', language)
  }
  const url = new URL(`${prefix}${request.url}`, origin)
  const asking: Asking = {
    ...{ app, language, form, mark, csrf, url, now: now(), address: request.ip },
    params: request.params as Record<string, string>,
    query: withoutNul(url.searchParams),
    agent: request.headers['user-agent'] ?? '',
    signedIn: session && {
      id: session.person.id,
      session: session.id,
      provedAt: session.provedAt,
    },
    toRoot: (path) => `${prefix}${path}`,
  }
  const given = await route.handle(asking)
  if (given.kind === 'missing') return say(reply, 404, 'notFound', language)
  const token = changedToken(given, reply, origin)
  // Whoever has signed in begins nothing any more with what they had before.
  if (token !== null) forgetMark(reply, origin)
  if (given.kind === 'page') {
    const shown = plainShell(asking, given.title, given.content)
    return sendPage(reply, given.status ?? 200, language, shown)
  }
  if (given.said !== undefined && token !== null) await app.store.sessions.say(token, given.said)
  return reply.redirect(given.to, 303)
}
