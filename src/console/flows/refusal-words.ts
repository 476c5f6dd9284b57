// Why a decision about a flow was refused, as a page says it: what to do is a page too, where the
// command line names a command.
import type { DecisionRefusal, RefusedDecision } from '../../domain/decision.ts'
import { refusalText } from '../../domain/decision-words.ts'
import { testRemedy } from '../../domain/test-words.ts'
import { fill, type StaffLanguage, type Words } from '../../domain/words.ts'

/** The sentence for who asked about this flow. */
export function refusedText(
  flow: number,
  refused: RefusedDecision,
  language: StaffLanguage,
): string {
  const words = onPages[refused.because]
  if (words !== undefined) return fill(words, language, { flow, ...refused.figures })
  if (refused.because === 'tester-refused') {
    return testRemedy(refused, language) ?? refusalText(flow, refused, language)
  }
  return refusalText(flow, refused, language)
}

const onPages: Partial<Record<DecisionRefusal, Words>> = {
  'not-ready': {
    it: 'Il flusso {flow} è ancora in preparazione, o il suo file non si è potuto leggere.',
    en: 'Flow {flow} is still being prepared, or its file could not be read.',
  },
  expired: {
    it: 'Il tempo per approvare il flusso {flow} è scaduto: «Ricontrolla» lo propone di nuovo.',
    en: 'The time to approve flow {flow} is over: “Check again” asks for it anew.',
  },
  'sent-back': {
    it: 'Il flusso {flow} è stato rimandato: «Ricontrolla» lo propone di nuovo.',
    en: 'Flow {flow} was sent back: “Check again” asks for it anew.',
  },
  blocked: {
    it: 'Il flusso {flow} è bloccato dai controlli: la scheda «Controlli» dice quali.',
    en: 'Flow {flow} is blocked by the checks: the tab “Checks” says which.',
  },
  'no-such-finding': {
    it: 'I controlli non trovano più questo nel flusso {flow}, o non blocca.',
    en: 'The checks no longer find this in flow {flow}, or it does not block.',
  },
  'whole-lot': {
    it: 'Riguarda il flusso {flow} per intero: non c’è una parte da lasciare fuori.',
    en: 'It concerns flow {flow} as a whole: there is no part to leave out.',
  },
  'total-asked': {
    it: 'Il flusso {flow} ha dei pagamenti: scrivi il loro totale, come lo dice l’ufficio.',
    en: 'Flow {flow} has payments: write their total, as its office says it.',
  },
  'count-asked': {
    it: 'Il flusso {flow} non ha pagamenti: scrivi il numero dei suoi messaggi.',
    en: 'Flow {flow} has no payments: write the number of its messages.',
  },
  'no-testers': {
    it: 'Aggiungi almeno un collega alla prova: i colleghi stanno sotto `testers` di institution.yaml.',
    en: 'Add at least one colleague: they stand under `testers` of institution.yaml.',
  },
  'tester-without-mail': {
    it: 'Non possono rispondere: {testers}. Scegli altri, o spunta «Scrivo io le risposte».',
    en: 'They cannot answer: {testers}. Choose others, or tick “I write down the answers”.',
  },
}
