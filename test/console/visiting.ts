// A console that really listens, over an installation of one test, and people who visit it: each
// has a session of their own and is what they were granted. Forms are sent as a browser sends them.
import { openConsole } from '../../src/console/server.ts'
import type { ConsoleRole } from '../../src/domain/access.ts'
import { INSTITUTION, type Installation } from '../installation.ts'

export interface Visited {
  /** `http://127.0.0.1:PORT` */
  url: string
  /** Every route that it answers: `GET /:institution/flows`. */
  routes: readonly string[]
  /** Somebody with these roles in the example institution, signed in. */
  as(roles: readonly ConsoleRole[], options?: VisitorOptions): Promise<Visiting>
  /** Asks for a path without a session. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export interface VisitorOptions {
  login?: string
  /** Null: of all. */
  services?: readonly string[] | null
  institution?: string
}

export interface Visiting {
  login: string
  csrf: string
  /** `staffetta=…`, as a browser sends it. */
  cookie: string
  /** The same person and session, at the pages of another institution. */
  of(institution: string): Visiting
  /** A page of their institution: `/flows`. Redirects are not followed. */
  get(path: string): Promise<Page>
  post(path: string, fields?: Record<string, string | readonly string[]>): Promise<Page>
  /** A form with files: fields first. */
  upload(path: string, fields: Record<string, string>, files: Record<string, File>): Promise<Page>
}

export interface Page {
  status: number
  text: string
  /** Where it sends the browser; null: nowhere. */
  location: string | null
  headers: Headers
}

let visitors = 0

export async function openVisited(
  here: Pick<Installation, 'app'>,
  now = () => Temporal.Now.instant(),
): Promise<Visited> {
  const { app } = here
  const log = { info() {}, error() {} }
  const url = 'http://127.0.0.1'
  const tests = { open: async () => null, answer: async () => false }
  const listening = await openConsole({ listen: '127.0.0.1:0', url, app, tests, log, now })
  const fetched = (path: string, init: RequestInit = {}) =>
    fetch(`${listening.url}${path}`, { redirect: 'manual', ...init })
  return {
    url: listening.url,
    routes: listening.routes,
    fetch: fetched,
    close: () => listening.close(),
    async as(roles, options = {}) {
      const { institution = INSTITUTION, services = null } = options
      visitors += 1
      const login = options.login ?? `visitor-${visitors}`
      const grants = roles.map((role) => ({ institution, role, services }))
      const person = { login, name: login, email: null, grants }
      const id = await app.store.people.add(person, now())
      const token = await app.store.sessions.open(
        id,
        { address: '127.0.0.1', agent: 'test' },
        now(),
      )
      const session = await app.store.sessions.find(token, now())
      if (session === null) throw new Error('the session is not found')
      const { csrf } = session
      const cookie = `staffetta=${token}`
      const headers = { cookie, 'accept-language': 'it' }
      const pageOf = async (response: Response): Promise<Page> => ({
        status: response.status,
        text: await response.text(),
        location: response.headers.get('location'),
        headers: response.headers,
      })
      const visitingOf = (of: string): Visiting => {
        const at = (path: string) => `/${of}${path}`
        return {
          ...{ login, csrf, cookie, of: visitingOf },
          get: async (path) => pageOf(await fetched(at(path), { headers })),
          async post(path, fields = {}) {
            const body = new URLSearchParams({ csrf })
            for (const [name, value] of Object.entries(fields)) {
              for (const one of [value].flat()) body.append(name, String(one))
            }
            return pageOf(await fetched(at(path), { method: 'POST', headers, body }))
          },
          async upload(path, fields, files) {
            const body = new FormData()
            for (const [name, value] of Object.entries({ csrf, ...fields }))
              body.append(name, value)
            for (const [name, file] of Object.entries(files)) body.append(name, file)
            return pageOf(await fetched(at(path), { method: 'POST', headers, body }))
          },
        }
      }
      return visitingOf(institution)
    },
  }
}
