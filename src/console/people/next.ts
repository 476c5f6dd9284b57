// What a page answers after a step of a sign-in: the next page, or why there is none. The same for
// a password, a code, a link and a provider.
import type { PeopleDesk } from '../../desk/people.ts'
import { fillText, type StaffLanguage, type Words } from '../../domain/words.ts'
import type { Asking, OpenAnswer } from '../visit.ts'

export type Next = Awaited<ReturnType<PeopleDesk['signIn']>>
type OnTheWay = Exclude<Next, { kind: 'wrong' | 'closed' }>

/** Where the browser goes from here. */
export function goOn({ language, toRoot }: Asking, next: OnTheWay): OpenAnswer {
  switch (next.kind) {
    case 'in': {
      const said = next.failures === 0 ? null : failuresText(next.failures, language)
      const to = toRoot(next.to)
      return { kind: 'redirect', to, session: next.token, ...(said !== null && { said }) }
    }
    case 'code':
      return { kind: 'redirect', to: toRoot('/sign-in/code') }
    case 'enrol':
      return { kind: 'redirect', to: toRoot('/sign-in/second-factor') }
    case 'expired':
      return { kind: 'redirect', to: toRoot('/sign-in?expired=1') }
  }
}

export function fromOf({ address, agent }: Pick<Asking, 'address' | 'agent'>) {
  return { address, agent }
}

/** Nothing is tried before; in whole minutes, upwards. */
export function closedText(
  until: Temporal.Instant,
  now: Temporal.Instant,
  language: StaffLanguage,
): string {
  const minutes = Math.max(1, Math.ceil(until.since(now).total('minutes')))
  const words = minutes === 1 ? closedOne : closed
  return fillText(words[language], { minutes })
}

function failuresText(failures: number, language: StaffLanguage): string {
  return fillText((failures === 1 ? failedOnce : failedOften)[language], { failures })
}

const closed: Words = {
  it: 'Troppi tentativi non riusciti. Aspetta {minutes} minuti e riprova; se non ricordi la password, chiedi all’amministratore.',
  en: 'Too many attempts failed. Wait {minutes} minutes and try again; if you forgot the password, ask your administrator.',
}
const closedOne: Words = {
  it: 'Troppi tentativi non riusciti. Aspetta un minuto e riprova; se non ricordi la password, chiedi all’amministratore.',
  en: 'Too many attempts failed. Wait a minute and try again; if you forgot the password, ask your administrator.',
}
const failedOften: Words = {
  it: 'Prima di questo accesso ce ne sono stati {failures} non riusciti con il tuo nome utente. Se non eri tu, cambia la password e avvisa l’amministratore.',
  en: 'Before this sign-in, {failures} with your user name failed. If it was not you, change the password and tell your administrator.',
}
const failedOnce: Words = {
  it: 'Prima di questo accesso ce n’è stato uno non riuscito con il tuo nome utente.',
  en: 'Before this sign-in, one with your user name failed.',
}
