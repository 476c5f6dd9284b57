// Where people are administered: who there is, invitations, roles, ways out. Invariant: they are
// for who administers all services of the institution; what is another's is not there.
import { type ConsoleRole, consoleRoleWords } from '../../domain/access.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import {
  button,
  checkField,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  textField,
} from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, facts, time } from '../parts/show.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import { linkButton } from './asking-form.ts'
import { grantFields, type OwnGrant, readGrants } from './grant-fields.ts'
import { requireProof } from './proof.ts'
import { PROOF_MINUTES } from './second-factor.ts'
import { settingsWords as words } from './settings-words.ts'

type Desk = Visit['app']['desk']['people']['administering']
type Row = NonNullable<Awaited<ReturnType<Desk['find']>>>
type GivenLink = NonNullable<Awaited<ReturnType<Desk['reset']>>>

const LIST = '/settings/people'
const permission = 'administer'

export const settingsRoutes: readonly PageRoute[] = [
  { method: 'GET', path: LIST, permission, handle: (visit) => wholly(visit, listPage) },
  {
    ...{ method: 'GET', path: `${LIST}/new`, permission },
    handle: (visit) => wholly(visit, async () => proved(visit, '/new') ?? newPage(visit, [], [])),
  },
  { method: 'POST', path: `${LIST}/new`, permission, handle: (visit) => wholly(visit, invite) },
  {
    ...{ method: 'GET', path: `${LIST}/:person`, permission },
    handle: (visit) => ofPerson(visit, (person) => personPage(visit, person, [])),
  },
  ...(['grants', 'remove', 'disable', 'enable', 'end-sessions', 'reset'] as const).map(
    (act): PageRoute => ({
      ...{ method: 'POST', path: `${LIST}/:person/${act}`, permission },
      handle: (visit) =>
        ofPerson(
          visit,
          async (person) => proved(visit, `/${person.id}`) ?? acts[act](visit, person),
        ),
    }),
  ),
]

/** Whoever administers some services only has no say in who else does. */
async function wholly(visit: Visit, page: (visit: Visit) => Promise<Answer>): Promise<Answer> {
  return visit.services('administer') === null ? page(visit) : missing
}

async function ofPerson(visit: Visit, page: (person: Row) => Promise<Answer>): Promise<Answer> {
  return wholly(visit, async () => {
    const id = Number(visit.params['person'])
    if (!Number.isInteger(id) || id > 2 ** 31) return missing
    const person = await visit.app.desk.people.administering.find(administrator(visit), id)
    return person === null ? missing : page(person)
  })
}

/** To give rights asks for a proof; null: it was given a short while ago. */
function proved(visit: Visit, path: string): Answer | null {
  return requireProof(visit, PROOF_MINUTES, `${LIST}${path}`)
}

function administrator({ visitor, place }: Visit) {
  const { login, grants } = visitor
  return { login, grants, institution: place.id, origin: 'console' } as const
}

type Act = 'grants' | 'remove' | 'disable' | 'enable' | 'end-sessions' | 'reset'

const acts: Record<Act, (visit: Visit, person: Row) => Promise<Answer>> = {
  async grants(visit, person) {
    const grants = readGrants(visit)
    const { language } = visit
    if (grants.length === 0) {
      return personPage(visit, person, [{ field: 'roles', text: words.noGrant[language] }])
    }
    return setGrants(visit, person, grants, words.saved[language])
  },
  remove: (visit, person) => setGrants(visit, person, [], words.removed[visit.language]),
  async disable(visit, person) {
    const { app, language } = visit
    const done = await app.desk.people.administering.disable(administrator(visit), person)
    if (!done) return personPage(visit, person, [{ field: null, text: words.last[language] }])
    return toPerson(visit, person, words.wasDisabled[language])
  },
  async enable(visit, person) {
    const { app, language } = visit
    const done = await app.desk.people.administering.enable(administrator(visit), person)
    return done ? toPerson(visit, person, words.wasEnabled[language]) : missing
  },
  async 'end-sessions'(visit, person) {
    const { app, language } = visit
    const count = await app.desk.people.administering.endSessions(administrator(visit), person)
    if (count === null) return missing
    return toPerson(visit, person, fill(words.ended, language, { count }))
  },
  async reset(visit, person) {
    const { app, form, language } = visit
    const { administering } = app.desk.people
    const byMail = form.get('by-mail') === 'on'
    const given = await administering.reset(administrator(visit), person, language, byMail)
    return given === null ? missing : linkPage(visit, person.name, given)
  },
}

async function setGrants(
  visit: Visit,
  person: Row,
  grants: readonly OwnGrant[],
  said: string,
): Promise<Answer> {
  const { app, language, to, toRoot, visitor } = visit
  const { administering } = app.desk.people
  const set = await administering.setGrants(administrator(visit), person, grants)
  if (set === 'last-administrator') {
    return personPage(visit, person, [{ field: null, text: words.last[language] }])
  }
  // What they may here themselves has changed: so has the token of their session.
  if (person.id === visitor.id) {
    const session = await app.store.sessions.renew(visitor.session.id)
    return { kind: 'redirect', to: toRoot('/account'), said, session }
  }
  return grants.length === 0
    ? { kind: 'redirect', to: to(LIST), said }
    : toPerson(visit, person, said)
}

function toPerson({ to }: Visit, { id }: Row, said: string): Answer {
  return { kind: 'redirect', to: to(`${LIST}/${id}`), said }
}

async function invite(visit: Visit): Promise<Answer> {
  const { app, form, language, to } = visit
  const needed = proved(visit, '/new')
  if (needed !== null) return needed
  const text = (name: string) => (form.get(name) ?? '').trim().slice(0, 254)
  const grants = readGrants(visit)
  const asked = { login: text('login'), name: text('name'), email: text('email') || null, grants }
  const byMail = form.get('by-mail') === 'on'
  const { administering } = app.desk.people
  const done = await administering.invite(administrator(visit), asked, language, byMail)
  if (done.kind === 'faulty') {
    const [field, said] = invitationFaults[done.fault]
    return newPage(visit, [{ field, text: said[language] }], grants)
  }
  if (done.kind === 'invited') return linkPage(visit, asked.name, done.given)
  return { kind: 'redirect', to: to(`${LIST}/${done.id}`), said: words.joined[language] }
}

const invitationFaults = {
  'no-login': ['login', words.noLogin],
  'no-name': ['name', words.noName],
  'no-email': ['email', words.noEmail],
  'no-grant': ['roles', words.noGrant],
  there: ['login', words.there],
} as const

function crumbs({ language, to }: Visit, isBelow: boolean) {
  const settings = { title: words.settings[language], href: to('/settings') }
  return isBelow ? [settings, { title: words.title[language], href: to(LIST) }] : [settings]
}

async function listPage(visit: Visit): Promise<Answer> {
  const { app, language, place, to } = visit
  const people = await app.store.people.ofInstitution(place.id)
  const rows = people.map((person) => {
    const roles = ownGrants(person, place.id).map(({ role, services }) => {
      const of = services === null ? '' : ` (${services.join(', ')})`
      return `${consoleRoleWords[role as ConsoleRole][language]}${of}`
    })
    const cells = [
      ...[person.name, person.login, roles.join('; ')],
      time(visit, person.signedInAt) ?? words.never[language],
      ...[factorOf(visit, person), stateOf(visit, person)],
    ]
    return { href: to(`${LIST}/${person.id}`), cells }
  })
  const columns = ['name', 'login', 'roles', 'lastAccess', 'factor', 'state'] as const
  const table = listTable({
    caption: words.title[language],
    columns: columns.map((column) => ({ title: words[column][language] })),
    ...{ rows, empty: words.empty[language] },
  })
  const content = html`${linkButton(to(`${LIST}/new`), words.invite[language])}
${table}`
  return {
    ...{ kind: 'page', title: words.title[language], section: 'settings', content },
    crumbs: crumbs(visit, false),
  }
}

function ownGrants({ grants }: Pick<Row, 'grants'>, institution: string) {
  return grants.filter((grant) => grant.institution === institution)
}

function factorOf({ language }: Visit, person: Row): string {
  if (person.hasSecondFactor) return words.byCode[language]
  return person.hasProvider ? words.byProvider[language] : words.none[language]
}

function stateOf({ language }: Visit, person: Row): Html {
  if (person.disabledAt !== null) return badge('grey', '◌', words.disabled[language])
  if (person.hasPassword || person.hasProvider) return badge('green', '✓', words.active[language])
  return badge('blue', '●', words.invited[language])
}

async function newPage(visit: Visit, faults: Fault[], grants: OwnGrant[]): Promise<Answer> {
  const { app, form, language, to } = visit
  const fault = (name: string) => faultOf(faults, name)
  const value = (name: string) => form.get(name) ?? ''
  const off = { autocomplete: 'off', spellcheck: 'false' }
  const hasMail = app.config.installation.mail !== undefined
  const byMail = checkField({ name: 'by-mail', label: words.byMail[language], checked: true })
  const fields = html`${textField({
    ...{ name: 'name', label: words.name[language], value: value('name'), fault: fault('name') },
    ...{ required: true, attributes: { ...off, maxlength: 200 } },
  })}
${textField({
  ...{ name: 'login', label: words.login[language], hint: words.loginHint[language] },
  ...{ value: value('login'), fault: fault('login'), required: true },
  attributes: { ...off, autocapitalize: 'none', maxlength: 64 },
})}
${textField({
  ...{ name: 'email', label: words.email[language], type: 'email', fault: fault('email') },
  ...{ value: value('email'), attributes: off, hint: words.emailHint[language] },
})}
${hasMail ? byMail : null}
${grantFields(visit, grants, fault('roles'))}
${button(words.send[language])}`
  const content = html`${faultSummary(faults, language)}
${postForm(visit, to(`${LIST}/new`), fields)}`
  const title = words.invite[language]
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title, section: 'settings', crumbs: crumbs(visit, true), content, status }
}

async function personPage(visit: Visit, person: Row, faults: Fault[]): Promise<Answer> {
  const { app, language, place, to } = visit
  const own = ownGrants(person, place.id) as OwnGrant[]
  const isWhole = app.desk.people.administering.isWholly(administrator(visit), person)
  const at = (act: Act) => to(`${LIST}/${person.id}/${act}`)
  const roles = html`${grantFields(visit, own, faultOf(faults, 'roles'))}
${button(words.save[language])}`
  const remove = button(words.remove[language], { tone: 'danger' })
  const content = html`${faultSummary(faults, language)}
${facts([
  [words.login[language], person.login],
  [words.email[language], person.email],
  [words.state[language], stateOf(visit, person)],
  [words.lastAccess[language], time(visit, person.signedInAt) ?? words.never[language]],
  [words.factor[language], factorOf(visit, person)],
])}
${postForm(visit, at('grants'), roles)}
<h2>${words.account[language]}</h2>
${isWhole ? await accountActs(visit, person, at) : callout('info', null, words.elsewhere[language])}
${folded(words.remove[language], words.removeWhy[language], postForm(visit, at('remove'), remove))}`
  const status = faults.length > 0 ? 422 : 200
  return {
    ...{ kind: 'page', title: person.name, section: 'settings', content, status },
    crumbs: crumbs(visit, true),
  }
}

async function accountActs(visit: Visit, person: Row, at: (act: Act) => string): Promise<Html> {
  const { app, language, now } = visit
  const { length: count } = await app.store.sessions.ofPerson(person.id, now)
  const second = (text: string) => button(text, { tone: 'secondary' })
  const end = second(fill(words.end, language, { count }))
  const hasMail = app.config.installation.mail !== undefined && person.email !== null
  const byMail = checkField({ name: 'by-mail', label: words.byMail[language], checked: true })
  const reset = html`${hasMail ? byMail : null}${second(words.reset[language])}`
  const disable = button(words.disable[language], { tone: 'danger' })
  return html`${count > 0 ? postForm(visit, at('end-sessions'), end) : null}
${folded(words.reset[language], words.resetWhy[language], postForm(visit, at('reset'), reset))}
${
  person.disabledAt === null
    ? folded(
        words.disable[language],
        words.disableWhy[language],
        postForm(visit, at('disable'), disable),
      )
    : postForm(visit, at('enable'), second(words.enable[language]))
}`
}

/** What weighs much takes two steps: what it does is read before its button. */
function folded(title: string, why: string, form: Html): Html {
  return html`<details class="folded-act"><summary>${title}</summary>
<p>${why}</p>
${form}</details>`
}

/** The link is on this page alone. */
function linkPage(visit: Visit, name: string, { link, email, hours }: GivenLink): Answer {
  const { language, to } = visit
  const text =
    link === null
      ? fill(words.linkMailed, language, { email, hours })
      : fill(words.linkShown, language, { name, hours })
  const field =
    link === null
      ? null
      : textField({
          ...{ name: 'link', label: words.link[language], value: link },
          attributes: { readonly: true, autocomplete: 'off' },
        })
  const content = html`<p>${text}</p>
${field}
<p><a class="btn btn-primary" href="${to(LIST)}">${words.back[language]}</a></p>`
  const title = words.link[language]
  return { kind: 'page', title, section: 'settings', crumbs: crumbs(visit, true), content }
}
