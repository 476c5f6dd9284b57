// How somebody gets an account of their own: the first of all by the token of the first run, the
// others by the link of an invitation, which also serves who is to choose a new password.
import type { PeopleDesk } from '../../desk/people.ts'
import { passwordFaultWords } from '../../domain/password.ts'
import { fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import { html } from '../../html.ts'
import { button, type Fault, faultOf, faultSummary, textField } from '../parts/form.ts'
import { facts } from '../parts/show.ts'
import type { Asking, OpenAnswer, OpenRoute } from '../visit.ts'
import {
  againFault,
  askingForm,
  linkButton,
  loginField,
  nameField,
  newPasswordFields,
} from './asking-form.ts'
import { goOn } from './next.ts'
import { toProvider } from './sign-in.ts'

const words = {
  firstTitle: { it: 'Primo avvio', en: 'First run' },
  first: {
    it: 'Nessuno ha ancora un accesso. Chi ha installato Staffetta trova un codice nel file {file} della cartella dei dati: vale un’ora. Con quello crei il primo amministratore, che poi invita gli altri.',
    en: 'Nobody has access yet. Who installed Staffetta finds a code in the file {file} of the data directory: it holds for an hour. With it you make the first administrator, who invites the others.',
  },
  token: { it: 'Codice di primo avvio', en: 'First-run code' },
  create: { it: 'Crea l’amministratore', en: 'Make the administrator' },
  title: { it: 'Il tuo accesso', en: 'Your access' },
  hello: {
    it: 'Ciao {name}: scegli come entrare da ora in poi.',
    en: 'Hello {name}: choose how you come in from now on.',
  },
  login: { it: 'Nome utente', en: 'User name' },
  choose: { it: 'Scegli la password', en: 'Choose the password' },
  provider: { it: 'Entra con {name}', en: 'Sign in with {name}' },
  or: { it: 'Oppure scegli una password', en: 'Or choose a password' },
  goneTitle: { it: 'Collegamento non più valido', en: 'Link not valid any more' },
  gone: {
    it: 'È già stato usato, o è scaduto. Chiedine un altro all’amministratore del tuo ente.',
    en: 'It was used already, or is over. Ask the administrator of your institution for another.',
  },
} satisfies Record<string, Words>

type ChoiceFault = Extract<Awaited<ReturnType<PeopleDesk['beFirst']>>, { kind: 'faulty' }>['fault']

const faultWords: Record<ChoiceFault, readonly [string, Words]> = {
  'too-short': ['password', passwordFaultWords['too-short']],
  'too-long': ['password', passwordFaultWords['too-long']],
  obvious: ['password', passwordFaultWords.obvious],
  breached: ['password', passwordFaultWords.breached],
  'no-login': [
    'login',
    {
      it: 'Il nome utente ha da 2 a 64 lettere, cifre, punti o trattini, senza spazi.',
      en: 'A user name has 2 to 64 letters, digits, dots or hyphens, without blanks.',
    },
  ],
  'no-name': ['name', { it: 'Scrivi il tuo nome e cognome.', en: 'Write your name.' }],
  gone: [
    'token',
    {
      it: 'Il codice non è giusto, o è scaduto: quello che vale ora sta nel file.',
      en: 'The code is not right, or is over: the one that holds now stands in the file.',
    },
  ],
}

/** As a page shows it, at its field. */
export function faultOfChoice(fault: ChoiceFault, language: StaffLanguage): Fault {
  const [field, text] = faultWords[fault]
  return { field, text: text[language] }
}

/** The passwords of a form, if both are the same. */
export function chosenPassword({ form, language }: Pick<Asking, 'form' | 'language'>) {
  const password = (form.get('password') ?? '').slice(0, 1_000)
  const isSame = password === (form.get('again') ?? '')
  return { password, fault: isSame ? null : { field: 'again', text: againFault[language] } }
}

export const joiningRoutes: readonly OpenRoute[] = [
  { method: 'GET', path: '/first-run', handle: (asking) => firstRunPage(asking, []) },
  {
    method: 'POST',
    path: '/first-run',
    async handle(asking) {
      const { app, form, language, mark } = asking
      const { password, fault } = chosenPassword(asking)
      if (fault !== null) return firstRunPage(asking, [fault])
      const text = (name: string) => (form.get(name) ?? '').trim().slice(0, 200)
      const person = { login: text('login'), name: text('name'), password }
      const made = await app.desk.people.beFirst(mark, text('token'), person)
      if (made.kind !== 'faulty') return goOn(asking, made)
      return firstRunPage(asking, [faultOfChoice(made.fault, language)])
    },
  },
  { method: 'GET', path: '/invitation/:token', handle: (asking) => invitationPage(asking, []) },
  {
    method: 'POST',
    path: '/invitation/:token',
    async handle(asking) {
      const { app, language, mark, params } = asking
      const { password, fault } = chosenPassword(asking)
      if (fault !== null) return invitationPage(asking, [fault])
      const token = params['token'] ?? ''
      const chosen = await app.desk.people.accept(mark, token, password)
      if (chosen.kind !== 'faulty') return goOn(asking, chosen)
      if (chosen.fault === 'gone') return gonePage(asking)
      return invitationPage(asking, [faultOfChoice(chosen.fault, language)])
    },
  },
  {
    method: 'GET',
    path: '/invitation/:token/provider',
    async handle(asking) {
      const person = await asking.app.desk.people.invited(asking.params['token'] ?? '')
      if (person === null) return gonePage(asking)
      return toProvider(asking, '/', { purpose: 'accept', personId: person.id })
    },
  },
]

async function firstRunPage(asking: Asking, faults: Fault[]): Promise<OpenAnswer> {
  const { app, form, language, toRoot } = asking
  if (!(await app.desk.people.isFirstRun())) {
    return { kind: 'redirect', to: toRoot('/sign-in') }
  }
  const value = (name: string) => form.get(name) ?? ''
  const fault = (name: string) => faultOf(faults, name)
  const fields = html`${textField({
    ...{ name: 'token', label: words.token[language], value: value('token') },
    ...{ fault: fault('token'), required: true },
    attributes: { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' },
  })}
${nameField(language, value('name'), fault('name'))}
${loginField(language, value('login'), fault('login'))}
${newPasswordFields(language, { password: fault('password'), again: fault('again') })}
${button(words.create[language])}`
  const content = html`${faultSummary(faults, language)}
<p>${fill(words.first, language, { file: 'first-run-token' })}</p>
${askingForm(asking, toRoot('/first-run'), fields)}`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.firstTitle[language], content, status }
}

async function invitationPage(asking: Asking, faults: Fault[]): Promise<OpenAnswer> {
  const { app, language, params, toRoot } = asking
  const token = params['token'] ?? ''
  const person = await app.desk.people.invited(token)
  if (person === null) return gonePage(asking)
  const { name: provider } = app.desk.people.provider
  const action = toRoot(`/invitation/${encodeURIComponent(token)}`)
  const byProvider =
    provider === null
      ? null
      : html`${linkButton(`${action}/provider`, fill(words.provider, language, { name: provider }))}
<h2 class="h5">${words.or[language]}</h2>`
  const password = faultOf(faults, 'password')
  const fields = html`<input type="hidden" name="login" value="${person.login}" autocomplete="username">
${newPasswordFields(language, { password, again: faultOf(faults, 'again') })}
${button(words.choose[language])}`
  const content = html`${faultSummary(faults, language)}
<p>${fill(words.hello, language, { name: person.name })}</p>
${facts([[words.login[language], person.login]])}
${byProvider}
${askingForm(asking, action, fields)}`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.title[language], content, status }
}

function gonePage({ language }: Asking): OpenAnswer {
  const content = html`<p>${words.gone[language]}</p>`
  return { kind: 'page', title: words.goneTitle[language], content, status: 404 }
}
