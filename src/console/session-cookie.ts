// The cookies of the console: that of a session, and that of a browser which is signing in. And by
// what a form is known to come from a page of ours. Invariant: no script can read them, and behind
// TLS no neighbour of this host can set them.
import { createHash, randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** `__Host-` wants TLS and no path; a console on the loopback without TLS has another name. */
export function cookieName(origin: string): string {
  return origin.startsWith('https:') ? '__Host-staffetta' : 'staffetta'
}

const markName = (origin: string) => `${cookieName(origin)}-begun`

export function tokenOf(request: FastifyRequest, origin: string): string | null {
  return request.cookies[cookieName(origin)] ?? null
}

/** The session lasts as long as the store says: the cookie ends with the browser at the latest. */
export function setToken(reply: FastifyReply, origin: string, token: string | null): void {
  set(reply, origin, cookieName(origin), token)
}

/** Of a browser that is signing in; made at its first page. */
export function markOf(request: FastifyRequest, reply: FastifyReply, origin: string): string {
  const known = request.cookies[markName(origin)]
  if (known !== undefined && /^[\w-]{32}$/.test(known)) return known
  const made = randomBytes(24).toString('base64url')
  set(reply, origin, markName(origin), made)
  return made
}

export function forgetMark(reply: FastifyReply, origin: string): void {
  set(reply, origin, markName(origin), null)
}

/** What the forms of a browser that is signing in carry: who cannot read its cookie has none. */
export function formTokenOf(mark: string): string {
  return createHash('sha256').update(`form ${mark}`).digest('base64url')
}

function set(reply: FastifyReply, origin: string, name: string, value: string | null): void {
  const options = {
    path: '/',
    httpOnly: true,
    secure: origin.startsWith('https:'),
    sameSite: 'lax',
  } as const
  if (value === null) reply.clearCookie(name, options)
  else reply.setCookie(name, value, options)
}

/**
 * Whether what was sent comes from a page of this console, as far as browsers say. With
 * `Referrer-Policy: no-referrer` a form of our own has the origin `null`: then they say it by
 * `Sec-Fetch-Site`, or not at all without TLS. Every form carries a token too.
 */
export function isOurs(request: FastifyRequest, origin: string): boolean {
  const { origin: from, 'sec-fetch-site': site } = request.headers
  if (site !== undefined && site !== 'same-origin') return false
  return from === undefined || from === 'null' || from === origin
}

/** A script of the page asks by itself: no sign that anybody sits there. */
export function isByScript(request: FastifyRequest): boolean {
  return request.method === 'GET' && request.headers['sec-fetch-dest'] === 'empty'
}
