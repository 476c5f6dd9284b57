// What may keep a test batch from leaving, and what to do about it: the sentence after the refusal,
// in both languages. A tester is named as the configuration names them.
import type { RefusedDecision } from './decision.ts'
import { fill, type StaffLanguage, type Words } from './words.ts'

/** Why IO refuses a colleague, by its code. */
const ofTester: Record<string, Words> = {
  'no-profile': {
    it: '{tester} non ha l’app IO, o non vi è mai entrato con quel codice fiscale.',
    en: '{tester} has no IO app, or has never signed in with that fiscal code.',
  },
  'sender-blocked': {
    it: '{tester} ha disattivato il servizio: lo riattiva nell’app, alla voce Servizi.',
    en: '{tester} has switched the service off: they switch it on in the app, under Services.',
  },
  IO_RECIPIENT_FORBIDDEN: {
    it:
      'IO non permette al servizio di scrivere a {tester}: finché il servizio non è attivo, il ' +
      'suo codice fiscale va tra i destinatari autorizzati, sul portale.',
    en:
      'IO does not let the service write to {tester}: until the service is active, their fiscal ' +
      'code must be among the authorised recipients, on the portal.',
  },
  IO_KEY: {
    it: 'IO rifiuta la chiave del servizio: `staffetta check --online` dice quale.',
    en: 'IO refuses the key of the service: `staffetta check --online` says which.',
  },
}

const otherwise: Words = {
  it: 'IO non ha detto se si può scrivere a {tester} ({code}): riprova tra qualche minuto.',
  en: 'IO has not said whether {tester} can be written to ({code}): try again in a few minutes.',
}

const mute: Record<'email' | 'console', Words> = {
  email: {
    it:
      'Senza `email` in institution.yaml: {testers}. Aggiungila, o scegli altri con --tester; ' +
      'se nessuno ne ha una, --no-answers li prova lo stesso e --answer scrive ciò che dicono.',
    en:
      'Without `email` in institution.yaml: {testers}. Add it, or choose others with --tester; ' +
      'if none has one, --no-answers tries them, and --answer writes down what they say.',
  },
  console: {
    it:
      'Le pagine per rispondere non ci sono: servono `console` e `mail` in staffetta.yaml. ' +
      'Senza, --no-answers manda la prova e --answer scrive ciò che dicono.',
    en:
      'There are no pages to answer on: `console` and `mail` of staffetta.yaml make them. ' +
      'Without, --no-answers sends the test and --answer writes down what they say.',
  },
}

/** What to do about a refusal; null: the refusal says it all. */
export function testRemedy(
  { because, figures = {} }: RefusedDecision,
  language: StaffLanguage,
): string | null {
  if (because === 'tester-refused') {
    return fill(ofTester[String(figures['code'])] ?? otherwise, language, figures)
  }
  if (because !== 'tester-without-mail') return null
  return fill(mute[figures['missing'] === 'console' ? 'console' : 'email'], language, figures)
}
