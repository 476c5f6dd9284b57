// One's own account: language, password, second factor, the sessions that are open and the last
// sign-ins, so that a stranger's is noticed. And the way out.
import { type ConsoleRole, consoleRoleWords } from '../../domain/access.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { button, type Fault, faultOf, faultSummary, postForm, selectField } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { facts, time } from '../parts/show.ts'
import type { Answer, Asking, OpenRoute, OwnRoute, Visit } from '../visit.ts'
import { accountWords as words } from './account-words.ts'
import {
  askingForm,
  currentPasswordField,
  linkButton,
  localPath,
  newPasswordFields,
} from './asking-form.ts'
import { chosenPassword, faultOfChoice } from './joining.ts'
import { closedText, fromOf } from './next.ts'
import { isProved, proofPath } from './proof.ts'
import { PROOF_MINUTES } from './second-factor.ts'

export const accountRoutes: readonly OwnRoute[] = [
  {
    method: 'GET',
    path: '/',
    async handle(visit) {
      if (visit.place.id !== '') return { kind: 'redirect', to: visit.to('/') }
      return { kind: 'redirect', to: visit.toRoot('/account') }
    },
  },
  { method: 'GET', path: '/account', handle: (visit) => accountPage(visit, []) },
  // Asked by the page's script when somebody wants to go on: it was found, so it goes on.
  {
    method: 'GET',
    path: '/account/alive',
    async handle({ app, visitor, now }) {
      await app.store.sessions.touch(visitor.session.id, now)
      const bytes = (async function* () {
        yield '{"alive":true}'
      })()
      return { kind: 'file', name: 'alive.json', type: 'application/json', bytes, inline: true }
    },
  },
  { method: 'POST', path: '/account/language', handle: setLanguage },
  { method: 'POST', path: '/account/password', handle: setPassword },
  { method: 'POST', path: '/account/sessions/end-others', handle: (visit) => endOthers(visit) },
  {
    method: 'POST',
    path: '/account/sessions/:session/end',
    async handle(visit) {
      const only = Number(visit.params['session'])
      if (!Number.isSafeInteger(only)) return { kind: 'missing' }
      const count = await visit.app.store.sessions.endOf(visit.visitor.id, { only })
      return ended(visit, count)
    },
  },
  {
    method: 'POST',
    path: '/sign-out',
    async handle({ app, visitor, toRoot }) {
      const { id, login, session } = visitor
      await app.desk.people.signOut({ id, login, session: session.id })
      return { kind: 'redirect', to: toRoot('/sign-in?out=1'), session: null }
    },
  },
]

/** The account gets the subject that they have at their provider. */
export const linkRoutes: readonly OpenRoute[] = [
  {
    method: 'GET',
    path: '/account/provider',
    async handle(asking) {
      const name = asking.app.desk.people.provider.name
      if (name === null) return { kind: 'missing' }
      if (!isProved(asking, PROOF_MINUTES)) return toProof(asking)
      const { language, toRoot } = asking
      const content = html`<p>${fill(words.linkWhy, language, { name })}</p>
${askingForm(asking, toRoot('/account/provider'), button(fill(words.link, language, { name })))}`
      return { kind: 'page', title: fill(words.link, language, { name }), content }
    },
  },
  {
    method: 'POST',
    path: '/account/provider',
    // A form may lead to no other site, so its answer is a page with a link.
    async handle(asking) {
      const { app, mark, language, signedIn } = asking
      const { provider } = app.desk.people
      if (provider.name === null) return { kind: 'missing' }
      if (signedIn === null || !isProved(asking, PROOF_MINUTES)) return toProof(asking)
      const { id: personId, session: sessionId } = signedIn
      const purpose = { purpose: 'link', personId, sessionId } as const
      const url = await provider.start(mark, '/account', purpose)
      const name = provider.name
      const content = linkButton(url.href, fill(words.goOn, language, { name }))
      return { kind: 'page', title: fill(words.link, language, { name }), content }
    },
  },
]

function toProof({ toRoot }: Asking) {
  return { kind: 'redirect', to: toRoot(proofPath('/account/provider')) } as const
}

async function setLanguage({ app, form, visitor, toRoot }: Visit): Promise<Answer> {
  const asked = form.get('language')
  const language = asked === 'it' || asked === 'en' ? asked : null
  await app.store.people.setLanguage(visitor.id, language)
  // It comes from the page itself, with the prefix on it.
  const to = form.has('to') ? localPath(form.get('to')) : toRoot('/account')
  return { kind: 'redirect', to, said: words.saved[language ?? 'it'] }
}

async function setPassword(visit: Visit): Promise<Answer> {
  const { app, form, language, visitor, now, address } = visit
  const { password, fault } = chosenPassword(visit)
  if (fault !== null) return accountPage(visit, [fault])
  const { id, login, name, session } = visitor
  const current = (form.get('current') ?? '').slice(0, 1_000)
  const { people } = app.desk
  const proved = await people.proveByPassword(id, current, fromOf({ address, agent: '' }))
  if (proved.kind !== 'right') {
    const isClosed = proved.kind === 'closed'
    const text = isClosed ? closedText(proved.until, now, language) : words.wrong[language]
    return accountPage(visit, [{ field: 'current', text }])
  }
  const person = { id, login, name, session: session.id }
  const changed = await people.change(person, password)
  if (changed.kind === 'faulty') return accountPage(visit, [faultOfChoice(changed.fault, language)])
  const { token } = changed
  const to = visit.toRoot('/account')
  return { kind: 'redirect', to, said: words.changed[language], session: token }
}

async function endOthers(visit: Visit): Promise<Answer> {
  const { app, visitor } = visit
  return ended(visit, await app.store.sessions.endOf(visitor.id, { but: visitor.session.id }))
}

function ended({ language, toRoot }: Visit, count: number): Answer {
  const said = fill(words.ended, language, { count })
  return { kind: 'redirect', to: toRoot('/account'), said }
}

async function accountPage(visit: Visit, faults: Fault[]): Promise<Answer> {
  const { app, language, visitor } = visit
  const person = await app.store.people.find(visitor.id)
  const content = html`${faultSummary(faults, language)}
${visit.place.id === '' ? html`<p>${words.nobody[language]}</p>` : null}
${facts([
  [words.login[language], visitor.login],
  [words.name[language], visitor.name],
  [words.email[language], person?.email ?? null],
  [words.rights[language], rights(visit)],
])}
${languagePart(visit, person?.language ?? null)}
${await passwordPart(visit, person?.hasPassword ?? false, faults)}
${await factorPart(visit, person)}
${await sessionsPart(visit)}
${await pastPart(visit)}`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.title[language], section: 'account', content, status }
}

function rights({ app, language, visitor }: Visit): Html {
  const lines = visitor.grants.map(({ institution, role, services }) => {
    const name = app.config.institutions.find(({ id }) => id === institution)?.name ?? institution
    const of = services === null ? words.allServices[language] : services.join(', ')
    return html`<li>${name}: ${consoleRoleWords[role as ConsoleRole][language]} (${of})</li>
`
  })
  return html`<ul class="list-unstyled mb-0">${lines}</ul>`
}

function languagePart(visit: Visit, chosen: string | null): Html {
  const { language, toRoot } = visit
  const select = selectField({
    ...{ name: 'language', label: words.language[language], value: chosen ?? '' },
    options: [
      ['', words.byBrowser[language]],
      ['it', 'Italiano'],
      ['en', 'English'],
    ],
  })
  const fields = html`${select}${button(words.save[language], { tone: 'secondary' })}`
  return html`<h2>${words.language[language]}</h2>
${postForm(visit, toRoot('/account/language'), fields)}`
}

async function passwordPart(visit: Visit, hasPassword: boolean, faults: Fault[]): Promise<Html> {
  const { app, language, toRoot } = visit
  const { name } = app.desk.people.provider
  const head = html`<h2>${words.password[language]}</h2>`
  const link =
    name === null
      ? null
      : html`<p><a href="${toRoot('/account/provider')}">${fill(words.link, language, { name })}</a></p>`
  if (!hasPassword) {
    const text = fill(words.noPassword, language, { name: name ?? 'OpenID Connect' })
    return html`${head}<p>${text}</p>`
  }
  const fault = (field: string) => faultOf(faults, field)
  const fields = html`${currentPasswordField(words.current[language], fault('current'))}
${newPasswordFields(language, { password: fault('password'), again: fault('again') })}
${button(words.change[language], { tone: 'secondary' })}`
  return html`${head}
<details${faults.length > 0 ? html` open` : null}><summary>${words.change[language]}</summary>
${postForm(visit, toRoot('/account/password'), fields)}</details>
${link}`
}

async function factorPart(
  { app, language, toRoot, visitor }: Visit,
  person: { hasSecondFactor: boolean; hasPassword: boolean } | null,
): Promise<Html | null> {
  if (person === null) return null
  const left = await app.store.credentials.recoveryCodesLeft(visitor.id)
  const text = person.hasSecondFactor
    ? fill(words.factorOn, language, { left })
    : words.factorOff[language]
  return html`<h2>${words.factor[language]}</h2>
<p>${text} <a href="${toRoot('/account/second-factor')}">${words.factorSet[language]}</a></p>`
}

async function sessionsPart(visit: Visit): Promise<Html> {
  const { app, language, visitor, now, toRoot } = visit
  const open = await app.store.sessions.ofPerson(visitor.id, now)
  const rows = open.map(({ id, createdAt, seenAt, address, agent }) => {
    const isHere = id === visitor.session.id
    const end = button(words.end[language], { tone: 'secondary' })
    const act = isHere
      ? words.here[language]
      : postForm(visit, toRoot(`/account/sessions/${id}/end`), end)
    const cells = [time(visit, createdAt), time(visit, seenAt), address, browserOf(agent), act]
    return { href: null, cells }
  })
  const columns = ['since', 'seen', 'address', 'browser', 'act'] as const
  const table = listTable({
    caption: words.sessions[language],
    columns: columns.map((column) => ({ title: words[column][language] })),
    ...{ rows, empty: words.sessionsEmpty[language] },
  })
  const others = button(words.endOthers[language], { tone: 'secondary' })
  return html`<h2>${words.sessions[language]}</h2>
<p>${words.rules[language]}</p>
${table}
${rows.length > 1 ? postForm(visit, toRoot('/account/sessions/end-others'), others) : null}`
}

async function pastPart(visit: Visit): Promise<Html> {
  const { app, language, visitor } = visit
  const past = await app.store.sessions.pastOf(visitor.id)
  const columns = ['when', 'address', 'browser'] as const
  const table = listTable({
    caption: words.past[language],
    columns: columns.map((column) => ({ title: words[column][language] })),
    rows: past.map(({ at, address, agent }) => {
      return { href: null, cells: [time(visit, at), address, browserOf(agent)] }
    }),
    empty: words.pastEmpty[language],
  })
  return html`<h2>${words.past[language]}</h2>
${table}`
}

/** Of what a browser says of itself, what people call it. */
function browserOf(agent: string): string {
  const names = [
    ['Edg/', 'Edge'],
    ['OPR/', 'Opera'],
    ['Firefox/', 'Firefox'],
    ['Chrome/', 'Chrome'],
    ['Safari/', 'Safari'],
  ] as const
  const systems = ['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS X', 'Linux']
  const name = names.find(([mark]) => agent.includes(mark))?.[1]
  const system = systems.find((one) => agent.includes(one))
  return name ? [name, system].filter(Boolean).join(', ') : agent.slice(0, 60)
}
