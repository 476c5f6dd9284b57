// Who may ask for what in the console: every route of its server has a row here, and
// `access-matrix.test.ts` asks the real server as each role. A row is written by hand, in words of
// roles: it is what the product says, beside what `domain/access.ts` does.
//
// A route of yours: a row with its path as the registry has it (without the institution), who may,
// and where it has parameters, how its address is made of the things of the test's installation.
import { API_PREFIX, operations } from '../../src/console/api/operations.ts'
import type { ConsoleRole } from '../../src/domain/access.ts'

/** O osservatore, P operatore, A approvatore, C configuratore, M amministratore, R revisore. */
const letters = {
  O: 'viewer',
  P: 'operator',
  A: 'approver',
  C: 'configurator',
  M: 'administrator',
  R: 'auditor',
} as const satisfies Record<string, ConsoleRole>

/** Ids of what stands in the installation of the test; the owner of a page adds what it needs. */
export interface Things {
  /** Of service `mensa`, sent. */
  flow: number
  /** What made it. */
  drop: number
  /** Of that flow, with what it is about and whom it went to. */
  message: number
  notice: number
  recipient: string
  /** Of service `mensa`: its first record is refused. */
  refused: number
  /** Somebody who administers the institution. */
  person: number
  /** Of a program. */
  token: number
}

export interface MatrixRow {
  /** `GET /flows/:flow` */
  route: string
  roles: readonly ConsoleRole[]
  /** With real ids; absent: the path of the route, which has no parameters. */
  at?: (things: Things) => string
  /** What it shows belongs to one service: it is not there for who may only see another one. */
  isOfService?: boolean
  /** Of a form, beside its token: enough to be judged; being refused for it is an answer too. */
  form?: Readonly<Record<string, string>>
}

function row(who: string, route: string, more: Omit<MatrixRow, 'route' | 'roles'> = {}): MatrixRow {
  const roles = [...who].map((letter) => letters[letter as keyof typeof letters])
  if (roles.includes(undefined as never)) throw new Error(`no such role: ${who}`)
  return { route, roles, ...more }
}

/** Of one flow, and so of its service. */
function ofFlow(who: string, route: string, form: Record<string, string> = {}): MatrixRow {
  const path = route.slice(route.indexOf(' ') + 1)
  const at = ({ flow }: Things) => path.replace(':flow', String(flow))
  return row(who, route, { at, isOfService: true, form })
}

/** Of one person: for who administers all services of the institution. */
function ofPerson(route: string, form: Record<string, string> = {}): MatrixRow {
  const path = route.slice(route.indexOf(' ') + 1)
  const at = ({ person }: Things) => path.replace(':person', String(person))
  return row('M', route, { at, isOfService: true, form })
}

/** Of one token: for who administers all services of the institution. */
function ofToken(route: string): MatrixRow {
  const path = route.slice(route.indexOf(' ') + 1)
  const at = ({ token }: Things) => path.replace(':token', String(token))
  return row('M', route, { at, isOfService: true })
}

/** Of one refused record, and so of its service. */
function ofRefused(who: string, route: string, form: Record<string, string> = {}): MatrixRow {
  const path = route.slice(route.indexOf(' ') + 1)
  const at = ({ refused }: Things) => path.replace(':flow', String(refused)).replace(':record', '1')
  return row(who, route, { at, isOfService: true, form })
}

/** Of a draft that another person began: theirs alone, whatever the roles of who asks. */
function ofNobody(route: string): MatrixRow {
  const path = route.slice(route.indexOf(' ') + 1)
  const at = () => path.replace(':mapping', 'mensa').replace(':draft', '1')
  return row('', route, { at })
}

const ofMessage =
  (path: string) =>
  ({ message }: Things) =>
    `/messages/${message}${path}`
const ofRecipient =
  (path: string) =>
  ({ recipient }: Things) =>
    `/recipients/${recipient}${path}`

/** Pages of an institution, in the order of the registry. */
export const matrix: readonly MatrixRow[] = [
  row('OPACMR', 'GET /'),
  row('OPAM', 'GET /messages'),
  row('OPAM', 'POST /messages/search', { form: { fiscalCode: 'x' } }),
  row('OPAM', 'GET /messages/export', { at: () => '/messages/export?flow=1&format=csv' }),
  row('PAM', 'POST /messages/export', { at: () => '/messages/export?flow=1&format=csv' }),
  row('OPAM', 'GET /messages/:message', { at: ofMessage(''), isOfService: true }),
  row('PAM', 'POST /messages/:message/reveal', { at: ofMessage('/reveal'), isOfService: true }),
  row('PAM', 'POST /messages/:message/decide', { at: ofMessage('/decide'), isOfService: true }),
  row('PAM', 'POST /messages/:message/certificate', {
    at: ofMessage('/certificate'),
    isOfService: true,
  }),
  row('OPAM', 'GET /notices/:notice', {
    at: ({ notice }) => `/notices/${notice}`,
    isOfService: true,
  }),
  row('PAM', 'POST /notices/:notice/paper', {
    at: ({ notice }) => `/notices/${notice}/paper`,
    isOfService: true,
  }),
  row('P', 'POST /notices/:notice/decide', {
    at: ({ notice }) => `/notices/${notice}/decide`,
    isOfService: true,
  }),
  row('OPAM', 'GET /recipients/:recipient', { at: ofRecipient(''), isOfService: true }),
  row('P', 'POST /recipients/:recipient/contact', {
    at: ofRecipient('/contact'),
    isOfService: true,
  }),
  row('PAM', 'POST /recipients/:recipient/access', {
    at: ofRecipient('/access?format=json'),
    isOfService: true,
  }),
  row('OPACMR', 'GET /dashboard/sending'),
  row('OPACM', 'GET /flows'),
  row('OPACM', 'GET /flows/export'),
  row('P', 'GET /flows/upload'),
  row('P', 'POST /flows/upload'),
  row('P', 'GET /drops/:drop', { at: ({ drop }) => `/drops/${drop}`, isOfService: true }),
  row('P', 'GET /drops/:drop/progress', {
    at: ({ drop }) => `/drops/${drop}/progress`,
    isOfService: true,
  }),
  ofFlow('OPACM', 'GET /flows/:flow'),
  ofFlow('OPACM', 'GET /flows/:flow/progress'),
  ofFlow('OPACM', 'GET /flows/:flow/checks'),
  ofFlow('P', 'POST /flows/:flow/checks'),
  ofFlow('OPACM', 'GET /flows/:flow/problems'),
  ofFlow('PAM', 'POST /flows/:flow/problems'),
  ofFlow('OPACM', 'GET /flows/:flow/records'),
  ofFlow('OPACM', 'GET /flows/:flow/outcomes'),
  ofFlow('OPACM', 'GET /flows/:flow/test'),
  ofFlow('P', 'POST /flows/:flow/test'),
  ofFlow('P', 'POST /flows/:flow/test/answers'),
  ofFlow('OPACM', 'GET /flows/:flow/documents'),
  ofFlow('PAM', 'POST /flows/:flow/documents/original', { part: '0' }),
  ofFlow('PAM', 'POST /flows/:flow/documents/receipts'),
  ofFlow('OPACM', 'GET /flows/:flow/history'),
  ofFlow('PAM', 'POST /flows/:flow/suspend'),
  ofFlow('PAM', 'POST /flows/:flow/resume'),
  ofFlow('P', 'POST /flows/:flow/recheck'),
  ofFlow('PAM', 'GET /flows/:flow/stop'),
  ofFlow('PAM', 'POST /flows/:flow/stop'),
  ofFlow('P', 'GET /flows/:flow/redo'),
  ofFlow('P', 'POST /flows/:flow/redo'),
  ofFlow('P', 'GET /flows/:flow/leave-out'),
  ofFlow('P', 'POST /flows/:flow/leave-out'),
  ofFlow('M', 'GET /flows/:flow/override'),
  ofFlow('M', 'POST /flows/:flow/override'),
  ofFlow('P', 'GET /flows/:flow/errata'),
  ofFlow('P', 'POST /flows/:flow/errata'),
  ofFlow('OPACM', 'GET /flows/:flow/certificate'),
  row('AM', 'GET /approvals'),
  ofFlow('AM', 'GET /approvals/:flow'),
  ofFlow('AM', 'POST /approvals/:flow'),
  ofFlow('AM', 'POST /approvals/:flow/send-back'),
  row('OPAM', 'GET /reminders'),
  row('P', 'POST /reminders/cancel', { form: { emission: 'TARI 2026' } }),
  row('OPAM', 'GET /reminders/:date', { at: () => '/reminders/2026-12-01' }),
  row('P', 'POST /reminders/:date/skip', { at: () => '/reminders/2026-12-01/skip' }),
  row('P', 'POST /reminders/:date/move', { at: () => '/reminders/2026-12-01/move' }),
  row('PCM', 'GET /refusals'),
  row('PCM', 'GET /refusals/records'),
  row('P', 'POST /refusals/records'),
  row('PCM', 'GET /refusals/export'),
  row('PM', 'POST /refusals/export', { form: { purpose: 'da restituire' } }),
  ofRefused('PCM', 'GET /refusals/:flow/:record'),
  ofRefused('PM', 'POST /refusals/:flow/:record/reveal'),
  ofRefused('P', 'POST /refusals/:flow/:record/correct'),
  ofRefused('P', 'POST /refusals/:flow/:record/ignore'),
  ofRefused('P', 'POST /refusals/:flow/:record/rework'),
  row('PAM', 'GET /uncertain'),
  row('PAM', 'POST /uncertain'),
  row('PAM', 'GET /accounts'),
  row('PAM', 'GET /accounts/export'),
  row('P', 'GET /messages/new'),
  row('P', 'POST /messages/new'),
  row('P', 'GET /lots/new'),
  row('P', 'POST /lots/new'),
  ofNobody('GET /lots/:draft'),
  ofNobody('POST /lots/:draft'),
  row('OPACMR', 'GET /mappings'),
  row('OPACMR', 'GET /mappings/:mapping', { at: () => '/mappings/mensa' }),
  row('PCM', 'GET /mappings/:mapping/try', { at: () => '/mappings/mensa/try' }),
  row('PCM', 'POST /mappings/:mapping/try', { at: () => '/mappings/mensa/try' }),
  ofNobody('GET /mappings/:mapping/try/:draft'),
  ofNobody('POST /mappings/:mapping/try/:draft/forget'),
  row('CM', 'GET /feeds'),
  row('CM', 'GET /feeds/:feed', { at: () => '/feeds/mensa', isOfService: true }),
  row('CM', 'POST /feeds/:feed/poll', { at: () => '/feeds/mensa/poll', isOfService: true }),
  row('CM', 'POST /feeds/:feed/check', { at: () => '/feeds/mensa/check', isOfService: true }),
  row('CM', 'GET /services'),
  row('CM', 'GET /services/:service', { at: () => '/services/mensa', isOfService: true }),
  row('CM', 'POST /services/:service/resume', {
    at: () => '/services/mensa/resume',
    isOfService: true,
  }),
  row('CM', 'POST /services/:service/check', {
    at: () => '/services/mensa/check',
    isOfService: true,
  }),
  row('CM', 'GET /status'),
  row('CM', 'GET /status/diagnosis'),
  row('M', 'POST /status/reload', { isOfService: true }),
  row('PAM', 'GET /stop-all'),
  row('PAM', 'POST /stop-all'),
  row('M', 'POST /stop-all/resume', { isOfService: true }),
  row('OPACMR', 'GET /guide'),
  row('OPACMR', 'GET /guide/images/:image', { at: () => '/guide/images/dashboard.png' }),
  row('OPACMR', 'GET /statistics'),
  row('OPACMR', 'GET /statistics/export'),
  row('OPACMR', 'GET /statistics/emissions'),
  row('OPACMR', 'GET /statistics/emissions/export'),
  row('OPACMR', 'GET /statistics/months'),
  row('OPACMR', 'GET /statistics/months/export'),
  row('MR', 'GET /activity'),
  row('MR', 'GET /activity/export'),
  row('MR', 'GET /activity/verification', { isOfService: true }),
  row('MR', 'GET /activity/verification/progress', { isOfService: true }),
  row('MR', 'POST /activity/verify', { isOfService: true }),
  row('M', 'GET /settings'),
  row('M', 'GET /settings/testers'),
  row('M', 'GET /settings/alerts', { isOfService: true }),
  row('M', 'GET /settings/retention'),
  row('M', 'GET /settings/tokens', { isOfService: true }),
  row('M', 'GET /settings/tokens/new', { isOfService: true }),
  row('M', 'POST /settings/tokens/new', { isOfService: true }),
  ofToken('GET /settings/tokens/:token/revoke'),
  ofToken('POST /settings/tokens/:token/revoke'),
  row('M', 'GET /settings/people', { isOfService: true }),
  row('M', 'GET /settings/people/new', { isOfService: true }),
  row('M', 'POST /settings/people/new', { isOfService: true }),
  ofPerson('GET /settings/people/:person'),
  ofPerson('POST /settings/people/:person/grants', { role: 'viewer' }),
  ofPerson('POST /settings/people/:person/end-sessions'),
  ofPerson('POST /settings/people/:person/reset'),
  ofPerson('POST /settings/people/:person/disable'),
  ofPerson('POST /settings/people/:person/enable'),
  // Last: nobody is there afterwards.
  ofPerson('POST /settings/people/:person/remove'),
]

/** Of no institution, for whoever is signed in. */
export const ownMatrix: readonly string[] = [
  'GET /',
  'GET /account',
  'GET /account/alive',
  'POST /account/language',
  'POST /account/password',
  'POST /account/sessions/end-others',
  'POST /account/sessions/:session/end',
  'POST /sign-out',
]

/** For everybody: pages before the sign-in, those of testers, styles and scripts. */
export const openMatrix: readonly string[] = [
  'GET /sign-in',
  'POST /sign-in',
  'GET /sign-in/code',
  'POST /sign-in/code',
  'GET /sign-in/provider',
  'GET /sign-in/provider/back',
  'GET /sign-in/second-factor',
  'POST /sign-in/second-factor',
  'POST /sign-in/second-factor/skip',
  'GET /first-run',
  'POST /first-run',
  'GET /invitation/:token',
  'POST /invitation/:token',
  'GET /invitation/:token/provider',
  // They send whoever has no session to sign in.
  'GET /prove',
  'POST /prove',
  'GET /account/second-factor',
  'POST /account/second-factor',
  'GET /account/provider',
  'POST /account/provider',
  'GET /prova/:token',
  'POST /prova/:token',
  'GET /console.css',
]

/** Each answers to tokens alone, never to a session: see `test/console/api`. */
export const apiMatrix: readonly string[] = [
  'GET /api/v1/openapi.json',
  ...operations.map(({ method, path }) => `${method} ${API_PREFIX}${path}`),
]
