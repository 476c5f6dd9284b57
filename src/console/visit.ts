// One request of a person who is signed in, as a page gets it: who, where, what was sent, and the
// ways on from here. Invariant: everything in it has been judged already: the institution is one of
// theirs, the permission of the route is given, a form carries the token of its session.
import type { App } from '../app.ts'
import type { Grant, Permission } from '../domain/access.ts'
import { mayThere, servicesFor } from '../domain/access.ts'
import type { Asked } from '../domain/decision.ts'
import type { StaffLanguage } from '../domain/words.ts'
import type { Html } from '../html.ts'

export interface Visitor {
  id: number
  /** The actor of their acts. */
  login: string
  name: string
  grants: readonly Grant[]
  /** Each form of their session carries it. */
  csrf: string
  /** When they last showed that it is they. */
  provedAt: Temporal.Instant
  /** Of this visit, among theirs. */
  session: SessionMark
}

export interface SessionMark {
  id: number
  createdAt: Temporal.Instant
  seenAt: Temporal.Instant
}

/** The institution whose pages are shown. */
export interface Place {
  id: string
  name: string
  timeZone: string
}

/** What was sent besides fields: one at a time, in their order. */
export interface SentFile {
  field: string
  name: string
  mediaType: string
  bytes: AsyncIterable<Buffer>
}

export interface Visit {
  app: App
  visitor: Visitor
  place: Place
  language: StaffLanguage
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  /** Fields of the form; empty of a GET. Of a form with files: those that stood before a file. */
  form: URLSearchParams
  /** Empty unless the route takes files. Must be read to its end, each file before the next. */
  files: AsyncIterable<SentFile>
  /** What was asked for, as a browser goes back to it; of a form, the dashboard. */
  here: string
  /** Where they come from, as the proxy says. */
  address: string
  now: Temporal.Instant
  /** The address of a page of this institution: `/flows/12` → `/prefix/comune/flows/12`. */
  to(path: string): string
  /** The same of a page of no institution: `/account`. */
  toRoot(path: string): string
  /** Whether their grants give it here, for this service; null: for any. */
  may(permission: Permission, service?: string | null): boolean
  /** Services for which they have it: null: all. */
  services(permission: Permission): readonly string[] | null
  /** Who decides, for what asks it. */
  asked(note: string | null): Asked & { origin: 'console' }
}

/** What a page answers. */
export type Answer =
  | Shown
  /** Part of a page, for what asked for that alone. */
  | { kind: 'fragment'; html: Html }
  /** `said`: on the next page that they see. `to` as `Visit.to` gives it. */
  | { kind: 'redirect'; to: string; said?: string; session?: NewSession }
  | {
      kind: 'file'
      name: string
      type: string
      bytes: AsyncIterable<Buffer | string>
      /** Shown in the browser and not saved. */
      inline?: boolean
    }
  /** There is no such thing, or not for them. */
  | { kind: 'missing' }

/** The token of the session from now on; null: it is over. */
export type NewSession = string | null

export interface Shown {
  kind: 'page'
  /** Unique among the pages: it is the browser's title too. */
  title: string
  /** The entry of the menu that it belongs to. */
  section: Section
  /** The way here, without this page. */
  crumbs?: readonly Crumb[]
  content: Html
  /** 422 where a form comes back with its faults; absent: 200. */
  status?: number
  session?: NewSession
}

export interface Crumb {
  title: string
  /** As `Visit.to` gives it. */
  href: string
}

export const sections = [
  'dashboard',
  'flows',
  'approvals',
  'messages',
  'reminders',
  'refusals',
  'uncertain',
  'statistics',
  'accounts',
  'mappings',
  'feeds',
  'services',
  'status',
  'settings',
  'activity',
  'account',
  /** Entries below others. */
  'new-message',
  'new-lot',
  'guide',
] as const
export type Section = (typeof sections)[number]

/** A page, or what a form of one asks for. */
export interface PageRoute {
  method: 'GET' | 'POST'
  /** Below the institution: `/flows/:flow`. */
  path: string
  permission: Permission
  /** Its form carries files: the first field must be the token. */
  takesFiles?: boolean
  handle(visit: Visit): Promise<Answer>
}

/**
 * A page of no institution, for whoever is signed in: `/account`. Its frame is that of the
 * institution where they were last; `place.id` is empty for who belongs to none.
 */
export type OwnRoute = Omit<PageRoute, 'permission' | 'takesFiles'>

/** A page for whoever has not signed in: `/sign-in`. */
export interface OpenRoute {
  method: 'GET' | 'POST'
  path: string
  handle(asking: Asking): Promise<OpenAnswer>
}

/** One request of somebody who is nobody yet. */
export interface Asking {
  app: App
  language: StaffLanguage
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  form: URLSearchParams
  address: string
  agent: string
  now: Temporal.Instant
  /** Of their browser, while it signs in: what it has begun is found by it. */
  mark: string
  /** Each form carries it. */
  csrf: string
  /** Whether a session is open in this browser: of whom. */
  signedIn: { id: number; session: number; provedAt: Temporal.Instant } | null
  /** The whole address as it was asked for, as browsers see it. */
  url: URL
  toRoot(path: string): string
}

export type OpenAnswer =
  | {
      kind: 'page'
      title: string
      content: Html
      status?: number
      session?: NewSession
    }
  /** `said` where it opens a session, or goes on with one: on the next page. */
  | { kind: 'redirect'; to: string; said?: string; session?: NewSession }
  | { kind: 'missing' }

export const missing: Answer = { kind: 'missing' }

/** `Visit` without what its server alone knows. */
export function permissionsOf(grants: readonly Grant[], institution: string) {
  return {
    may(permission: Permission, service: string | null = null) {
      if (service === null) return mayThere(grants, institution, permission)
      const services = servicesFor(grants, institution, permission)
      return services === null || services.includes(service)
    },
    services: (permission: Permission) => servicesFor(grants, institution, permission),
  }
}
