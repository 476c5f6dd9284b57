// Showing once more that it is they, before something that weighs much: by password, code, or the
// provider, which then asks again too.
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { button, type Fault, faultOf, faultSummary, textField } from '../parts/form.ts'
import type { Asking, OpenAnswer, OpenRoute } from '../visit.ts'
import { askingForm, linkButton, localPath } from './asking-form.ts'
import { closedText, fromOf } from './next.ts'

const words = {
  title: { it: 'Conferma che sei tu', en: 'Confirm that it is you' },
  why: {
    it: 'Quello che stai per fare conta: scrivi di nuovo la password, o il codice del telefono.',
    en: 'What you are about to do matters: write your password again, or the code of your phone.',
  },
  field: { it: 'Password o codice', en: 'Password or code' },
  confirm: { it: 'Conferma', en: 'Confirm' },
  back: { it: 'Torna indietro senza confermare', en: 'Go back without confirming' },
  provider: { it: 'Conferma con {name}', en: 'Confirm with {name}' },
  wrong: { it: 'Non è giusto: riprova.', en: 'It is not right: try again.' },
} satisfies Record<string, Words>

export const proveRoutes: readonly OpenRoute[] = [
  {
    method: 'GET',
    path: '/prove',
    handle: (asking) => provePage(asking, localPath(asking.query.get('to')), []),
  },
  {
    method: 'POST',
    path: '/prove',
    async handle(asking) {
      const { app, form, language, now, signedIn, toRoot } = asking
      const to = localPath(form.get('to'))
      if (signedIn === null) return toSignIn(asking, to)
      const typed = (form.get('password') ?? '').slice(0, 1_000)
      const { id, session } = signedIn
      const proved = await app.desk.people.prove(id, session, typed, fromOf(asking))
      if (proved.kind === 'in') {
        return { kind: 'redirect', to: toRoot(to), session: proved.token }
      }
      const isClosed = proved.kind === 'closed'
      const text = isClosed ? closedText(proved.until, now, language) : words.wrong[language]
      return provePage(asking, to, [{ field: 'password', text }])
    },
  },
]

function toSignIn({ toRoot }: Asking, to: string): OpenAnswer {
  return { kind: 'redirect', to: toRoot(`/sign-in?to=${encodeURIComponent(to)}`) }
}

async function provePage(asking: Asking, to: string, faults: Fault[]): Promise<OpenAnswer> {
  const { app, language, signedIn, toRoot } = asking
  if (signedIn === null) return toSignIn(asking, to)
  const person = await app.store.people.find(signedIn.id)
  const hasOwn = person?.hasPassword || person?.hasSecondFactor
  const fault = faultOf(faults, 'password')
  const fields = html`<input type="hidden" name="to" value="${to}">
${textField({
  ...{ name: 'password', label: words.field[language], type: 'password', fault, required: true },
  attributes: { autocomplete: 'current-password' },
})}
${button(words.confirm[language])}`
  const content = html`${faultSummary(faults, language)}
<p>${words.why[language]}</p>
${person?.hasProvider ? providerLink(asking, to) : null}
${hasOwn ? askingForm(asking, toRoot('/prove'), fields) : null}
<p><a href="${toRoot(to)}">${words.back[language]}</a></p>`
  const status = faults.length > 0 ? 422 : 200
  return { kind: 'page', title: words.title[language], content, status }
}

function providerLink({ app, language, toRoot }: Asking, to: string): Html | null {
  const { name } = app.desk.people.provider
  if (name === null) return null
  const href = toRoot(`/sign-in/provider?for=prove&to=${encodeURIComponent(to)}`)
  return linkButton(href, fill(words.provider, language, { name }))
}
