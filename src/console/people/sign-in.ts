// The way in: a name and a password, the code of a phone, or the provider. Invariant: a page says
// the same of an account that is not there as of one whose password is wrong.
import type { StaffLanguage, Words } from '../../domain/words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { button, type Fault, faultOf, faultSummary } from '../parts/form.ts'
import { callout } from '../parts/show.ts'
import type { Asking, OpenAnswer, OpenRoute } from '../visit.ts'
import {
  askingForm,
  codeField,
  linkButton,
  localPath,
  loginField,
  passwordField,
} from './asking-form.ts'
import { closedText, fromOf, goOn, type Next } from './next.ts'

const words = {
  title: { it: 'Entra', en: 'Sign in' },
  enter: { it: 'Entra', en: 'Sign in' },
  or: { it: 'Oppure con nome utente e password', en: 'Or with user name and password' },
  provider: { it: 'Entra con {name}', en: 'Sign in with {name}' },
  lost: {
    it: 'Non riesci a entrare? L’amministratore del tuo ente può darti un nuovo collegamento di accesso.',
    en: 'You cannot get in? The administrator of your institution can give you a new link.',
  },
  wrong: {
    it: 'Nome utente o password non sono giusti.',
    en: 'User name or password are not right.',
  },
  empty: { it: 'Scrivi nome utente e password.', en: 'Write user name and password.' },
  out: { it: 'Sei uscito.', en: 'You have signed out.' },
  expired: {
    it: 'È passato troppo tempo: comincia da capo.',
    en: 'It took too long: begin again.',
  },
  codeTitle: { it: 'Codice del telefono', en: 'Code of your phone' },
  codeHint: {
    it: 'Le 6 cifre che ora mostra l’app dei codici. Senza telefono: uno dei codici di riserva, come abcd-efgh-jkmn.',
    en: 'The 6 digits that your authenticator shows now. Without your phone: one of the recovery codes, such as abcd-efgh-jkmn.',
  },
  codeWrong: {
    it: 'Il codice non è giusto, o è già stato usato: aspetta il prossimo.',
    en: 'The code is not right, or was used already: wait for the next one.',
  },
  verify: { it: 'Continua', en: 'Continue' },
  refused: { it: 'Non puoi entrare', en: 'You cannot come in' },
  back: { it: 'Torna all’accesso', en: 'Back to the sign-in' },
} satisfies Record<string, Words>

const refusedWords: Record<string, Words> = {
  unknown: {
    it: '{name} ti conosce, ma qui nessuno ti ha invitato. Chiedi all’amministratore del tuo ente.',
    en: '{name} knows you, but nobody has invited you here. Ask the administrator of your institution.',
  },
  taken: {
    it: 'Questa identità di {name} è già collegata a un’altra persona.',
    en: 'This identity of {name} is linked to somebody else already.',
  },
  'other-person': {
    it: '{name} ha risposto per un’altra persona: esci da {name} ed entra con la tua identità.',
    en: '{name} answered for somebody else: sign out there, and come with your own identity.',
  },
  failed: {
    it: '{name} non ha confermato l’accesso. Riprova; se continua, avvisa il CED.',
    en: '{name} did not confirm the sign-in. Try again; if it goes on, tell your IT department.',
  },
  away: {
    it: '{name} non risponde. Riprova tra poco, o entra con nome utente e password se li hai.',
    en: '{name} does not answer. Try again soon, or use user name and password if you have them.',
  },
}

export const signInRoutes: readonly OpenRoute[] = [
  {
    method: 'GET',
    path: '/sign-in',
    async handle(asking) {
      const { people } = asking.app.desk
      const to = localPath(asking.query.get('to'))
      if (asking.signedIn) return { kind: 'redirect', to: asking.toRoot(to) }
      if (await people.isFirstRun()) return { kind: 'redirect', to: asking.toRoot('/first-run') }
      return signInPage(asking, to, '', [])
    },
  },
  {
    method: 'POST',
    path: '/sign-in',
    async handle(asking) {
      const { form, language, app, now } = asking
      const to = localPath(form.get('to'))
      const login = (form.get('login') ?? '').slice(0, 200)
      const password = (form.get('password') ?? '').slice(0, 1_000)
      const again = (text: string) => signInPage(asking, to, login, [{ field: 'login', text }])
      if (login.trim() === '' || password === '') return again(words.empty[language])
      const tried = { login, password, to }
      const next = await app.desk.people.signIn(asking.mark, tried, fromOf(asking))
      if (next.kind === 'wrong') return again(words.wrong[language])
      if (next.kind === 'closed') return again(closedText(next.until, now, language))
      return goOn(asking, next)
    },
  },
  { method: 'GET', path: '/sign-in/code', handle: async (asking) => codePage(asking, []) },
  {
    method: 'POST',
    path: '/sign-in/code',
    async handle(asking) {
      const { form, language, now, app } = asking
      const typed = (form.get('code') ?? '').slice(0, 50)
      const next: Next = await app.desk.people.code(asking.mark, typed, fromOf(asking))
      const again = (text: string) => codePage(asking, [{ field: 'code', text }])
      if (next.kind === 'wrong') return again(words.codeWrong[language])
      if (next.kind === 'closed') return again(closedText(next.until, now, language))
      return goOn(asking, next)
    },
  },
  // By a link and no form, which may not lead to another site; it begins what this browser asked.
  {
    method: 'GET',
    path: '/sign-in/provider',
    async handle(asking) {
      const to = localPath(asking.query.get('to'))
      const { signedIn } = asking
      if (asking.query.get('for') === 'prove' && signedIn !== null) {
        const { id: personId, session: sessionId } = signedIn
        return toProvider(asking, to, { purpose: 'prove', personId, sessionId })
      }
      return toProvider(asking, to, { purpose: 'enter' })
    },
  },
  {
    method: 'GET',
    path: '/sign-in/provider/back',
    async handle(asking) {
      const { app, mark, url } = asking
      const next = await app.desk.people.provider.finish(mark, url, fromOf(asking))
      return next.kind === 'refused' ? refusedPage(asking, next.why) : goOn(asking, next)
    },
  },
]

/** Sends the browser to the provider; says so where that is away. */
export async function toProvider(
  asking: Asking,
  to: string,
  purpose: Parameters<Asking['app']['desk']['people']['provider']['start']>[2],
): Promise<OpenAnswer> {
  const { provider } = asking.app.desk.people
  if (provider.name === null) return { kind: 'missing' }
  try {
    const url = await provider.start(asking.mark, to, purpose)
    return { kind: 'redirect', to: url.href }
  } catch (error) {
    asking.app.log.warn({ error: String((error as Error).name) }, 'provider not reached')
    return refusedPage(asking, 'away')
  }
}

function refusedPage({ language, app, toRoot }: Asking, why: string): OpenAnswer {
  const name = app.desk.people.provider.name ?? ''
  const text = fill(refusedWords[why] as Words, language, { name })
  const content = html`<p>${text}</p>
<p><a class="btn btn-outline-primary" href="${toRoot('/sign-in')}">${words.back[language]}</a></p>`
  return { kind: 'page', title: words.refused[language], content, status: 403 }
}

function signInPage(asking: Asking, to: string, login: string, faults: Fault[]): OpenAnswer {
  const { language, toRoot, query } = asking
  const fields = html`<input type="hidden" name="to" value="${to}">
${loginField(language, login, faultOf(faults, 'login'))}
${passwordField(language)}
${button(words.enter[language])}`
  const content = html`${faultSummary(faults, language)}${noteOf(query, language)}
${providerLink(asking, to)}
${askingForm(asking, toRoot('/sign-in'), fields)}
<p class="form-text mt-4">${words.lost[language]}</p>`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.title[language], content, status }
}

function noteOf(query: URLSearchParams, language: StaffLanguage): Html | null {
  if (query.has('out')) return callout('success', null, words.out[language])
  if (query.has('expired')) return callout('warning', null, words.expired[language])
  return null
}

/** First of all where there is one: most people of the institution come by it. */
function providerLink({ app, language, toRoot }: Asking, to: string): Html | null {
  const { name } = app.desk.people.provider
  if (name === null) return null
  const href = toRoot(`/sign-in/provider?to=${encodeURIComponent(to)}`)
  return html`${linkButton(href, fill(words.provider, language, { name }))}
<h2 class="h5">${words.or[language]}</h2>`
}

function codePage(asking: Asking, faults: Fault[]): OpenAnswer {
  const { language, toRoot } = asking
  const fault = faultOf(faults, 'code')
  const fields = html`${codeField(language, words.codeHint[language], { fault })}
${button(words.verify[language])}`
  const content = html`${faultSummary(faults, language)}
${askingForm(asking, toRoot('/sign-in/code'), fields)}
<p><a href="${toRoot('/sign-in')}">${words.back[language]}</a></p>`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.codeTitle[language], content, status }
}
