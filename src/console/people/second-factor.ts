// Setting the second factor up: an image for the phone, a first code that shows it works, then the
// codes on paper, which are shown this once.
import type { Words } from '../../domain/words.ts'
import { html } from '../../html.ts'
import { button, type Fault, faultOf, faultSummary } from '../parts/form.ts'
import { callout } from '../parts/show.ts'
import type { Asking, OpenAnswer, OpenRoute } from '../visit.ts'
import { askingForm, codeField } from './asking-form.ts'
import { fromOf, goOn } from './next.ts'
import { isProved, proofPath } from './proof.ts'

const words = {
  title: { it: 'Codici sul telefono', en: 'Codes on your phone' },
  why: {
    it: 'Per entrare serve, oltre alla password, un codice che cambia ogni 30 secondi: lo mostra un’app del telefono, come quelle di autenticazione di Google o Microsoft, o FreeOTP. Funziona anche senza rete.',
    en: 'To come in you need, beside your password, a code that changes every 30 seconds: an app of your phone shows it, such as the authenticators of Google or Microsoft, or FreeOTP. It works without a network too.',
  },
  scan: {
    it: '1. Apri l’app e inquadra questa immagine.',
    en: '1. Open the app and scan this image.',
  },
  image: { it: 'Immagine da inquadrare con l’app dei codici', en: 'Image for your authenticator' },
  type: {
    it: 'Se non puoi inquadrarla, scrivi nell’app questa chiave:',
    en: 'If you cannot scan it, type this key into the app:',
  },
  write: {
    it: '2. Scrivi qui il codice che l’app mostra.',
    en: '2. Write the code that the app shows.',
  },
  hint: { it: '6 cifre', en: '6 digits' },
  confirm: { it: 'Conferma', en: 'Confirm' },
  skip: { it: 'Non ora', en: 'Not now' },
  wrong: {
    it: 'Il codice non è giusto. Controlla che l’ora del telefono sia quella automatica e scrivi il prossimo.',
    en: 'The code is not right. Check that your phone sets its clock by itself, and write the next one.',
  },
  codesTitle: { it: 'Codici di riserva', en: 'Recovery codes' },
  codes: {
    it: 'Scrivili o stampali adesso e tienili al sicuro: non li vedrai più. Se perdi il telefono, ognuno vale una volta al posto del codice.',
    en: 'Write them down or print them now and keep them safe: you will not see them again. If you lose your phone, each serves once in place of the code.',
  },
  done: { it: 'Li ho salvati, continua', en: 'I have saved them, go on' },
  renew: { it: 'Rifai i codici sul telefono', en: 'Set up the codes on your phone' },
  renewWhy: {
    it: 'L’app di prima e i codici di riserva di prima non varranno più, quando avrai confermato.',
    en: 'Your former app and recovery codes will not serve any more, once you have confirmed.',
  },
  begin: { it: 'Mostra l’immagine', en: 'Show the image' },
} satisfies Record<string, Words>

/** So long after they showed that it is they. */
export const PROOF_MINUTES = 10

export const secondFactorRoutes: readonly OpenRoute[] = [
  {
    method: 'GET',
    path: '/sign-in/second-factor',
    handle: (asking) => enrolmentPage(asking, []),
  },
  {
    method: 'POST',
    path: '/sign-in/second-factor',
    async handle(asking) {
      const { app, form, language, mark } = asking
      const typed = (form.get('code') ?? '').slice(0, 50)
      const done = await app.desk.people.enrol(mark, typed, fromOf(asking))
      if (done.kind === 'expired') return goOn(asking, done)
      if (done.kind === 'wrong') {
        return enrolmentPage(asking, [{ field: 'code', text: words.wrong[language] }])
      }
      return recoveryPage(asking, done)
    },
  },
  {
    method: 'POST',
    path: '/sign-in/second-factor/skip',
    async handle(asking) {
      const next = await asking.app.desk.people.enterWithout(asking.mark, fromOf(asking))
      return next.kind === 'wrong' || next.kind === 'closed'
        ? { kind: 'missing' }
        : goOn(asking, next)
    },
  },
  {
    method: 'GET',
    path: '/account/second-factor',
    async handle(asking) {
      const { language, toRoot } = asking
      if (!isProved(asking, PROOF_MINUTES)) return toProof(asking)
      const form = askingForm(
        asking,
        toRoot('/account/second-factor'),
        button(words.begin[language]),
      )
      const content = html`<p>${words.why[language]}</p>
${callout('info', null, words.renewWhy[language])}
${form}`
      return { kind: 'page', title: words.renew[language], content }
    },
  },
  {
    method: 'POST',
    path: '/account/second-factor',
    async handle(asking) {
      const { app, mark, signedIn, toRoot } = asking
      if (signedIn === null || !isProved(asking, PROOF_MINUTES)) return toProof(asking)
      await app.desk.people.beginEnrolment(mark, signedIn.id, '/account', signedIn.session)
      return { kind: 'redirect', to: toRoot('/sign-in/second-factor') }
    },
  },
]

function toProof({ toRoot }: Asking): OpenAnswer {
  return { kind: 'redirect', to: toRoot(proofPath('/account/second-factor')) }
}

async function enrolmentPage(asking: Asking, faults: Fault[]): Promise<OpenAnswer> {
  const { app, language, toRoot, mark } = asking
  const enrolment = await app.desk.people.enrolment(mark)
  if (enrolment === null) return goOn(asking, { kind: 'expired' })
  const { qr, secret, mayWait } = enrolment
  const grouped = secret.replace(/(.{4})(?=.)/g, '$1 ')
  const fault = faultOf(faults, 'code')
  const fields = html`${codeField(language, words.hint[language], { fault, isDigits: true })}
${button(words.confirm[language])}`
  const skip = askingForm(
    asking,
    toRoot('/sign-in/second-factor/skip'),
    button(words.skip[language], { tone: 'secondary' }),
  )
  const content = html`${faultSummary(faults, language)}
<p>${words.why[language]}</p>
<p>${words.scan[language]}</p>
<p><img class="qr" src="${qr}" width="220" height="220" alt="${words.image[language]}"></p>
<p>${words.type[language]} <code class="typed-key">${grouped}</code></p>
<p>${words.write[language]}</p>
${askingForm(asking, toRoot('/sign-in/second-factor'), fields)}
${mayWait ? skip : null}`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.title[language], content, status }
}

function recoveryPage(
  { language, toRoot }: Asking,
  { recoveryCodes, to, token }: { recoveryCodes: readonly string[]; to: string; token: string },
): OpenAnswer {
  const codes = recoveryCodes.map(
    (code) => html`<li><code>${code}</code></li>
`,
  )
  const content = html`<p>${words.codes[language]}</p>
<ol class="recovery-codes">
${codes}</ol>
<p><a class="btn btn-primary" href="${toRoot(to)}">${words.done[language]}</a></p>`
  return { kind: 'page', title: words.codesTitle[language], content, session: token }
}
