// Why a decision about a flow was refused, in the words of who asked: one sentence a refusal, with
// what to do where something can be done. `{flow}` and the refusal’s figures are filled in.
import type { DecisionRefusal, RefusedDecision } from './decision.ts'
import { fill, type StaffLanguage, type Words } from './words.ts'

const decisionRefusalWords: Record<DecisionRefusal, Words> = {
  ended: {
    it: 'Il flusso {flow} è finito: i suoi messaggi sono partiti, o non partono più.',
    en: 'Flow {flow} has ended: its messages have left, or never will.',
  },
  stopped: {
    it: 'Il flusso {flow} è stato interrotto, e un’interruzione è definitiva.',
    en: 'Flow {flow} was stopped, and that is final.',
  },
  leaving: {
    it: 'Il flusso {flow} ha già cominciato a partire.',
    en: 'Flow {flow} has already begun to leave.',
  },
  'not-suspended': {
    it: 'Il flusso {flow} non è sospeso.',
    en: 'Flow {flow} is not suspended.',
  },
  'suspended-already': {
    it: 'Il flusso {flow} è già sospeso.',
    en: 'Flow {flow} is suspended already.',
  },
  'not-ready': {
    it: 'Il flusso {flow} è ancora in preparazione, o il suo file non si è potuto leggere: `staffetta flows show {flow}`.',
    en: 'Flow {flow} is still being prepared, or its file could not be read: `staffetta flows show {flow}`.',
  },
  changed: {
    it: 'Il flusso {flow} non è più quello che hai visto: guardalo di nuovo.',
    en: 'Flow {flow} is no longer what you have looked at: look at it again.',
  },
  preparer: {
    it: 'Chi ha preparato il flusso {flow} (caricato, corretto o sbloccato) non lo approva: serve un’altra persona.',
    en: 'Who has prepared flow {flow} (uploaded, corrected or overridden) does not approve it: another person is needed.',
  },
  'approved-by-you': {
    it: 'Hai già approvato il flusso {flow}: serve un’altra persona.',
    en: 'You have approved flow {flow} already: another person is needed.',
  },
  'approved-already': {
    it: 'Il flusso {flow} è già approvato.',
    en: 'Flow {flow} is approved already.',
  },
  'not-asked': {
    it: 'Il flusso {flow} non aspetta questa decisione.',
    en: 'Flow {flow} does not wait for this decision.',
  },
  expired: {
    it: 'Il tempo per approvare il flusso {flow} è scaduto: `staffetta flows recheck {flow}`.',
    en: 'The time to approve flow {flow} is over: `staffetta flows recheck {flow}`.',
  },
  'sent-back': {
    it: 'Il flusso {flow} è stato rimandato: `staffetta flows recheck {flow}` lo ripropone.',
    en: 'Flow {flow} was sent back: `staffetta flows recheck {flow}` asks for it anew.',
  },
  blocked: {
    it: 'Il flusso {flow} è bloccato dai controlli: `staffetta flows check {flow}` dice quali.',
    en: 'Flow {flow} is blocked by the checks: `staffetta flows check {flow}` says which.',
  },
  'no-such-finding': {
    it: 'I controlli non hanno trovato questo nel flusso {flow}, o non blocca: `staffetta flows check {flow}` dice che cosa.',
    en: 'The checks have found no such thing in flow {flow}, or it does not block: `staffetta flows check {flow}` says what.',
  },
  'whole-lot': {
    it: 'Riguarda il flusso {flow} per intero: non c’è una parte da lasciare fuori. `staffetta flows check {flow}` dice che cosa fare.',
    en: 'It concerns flow {flow} as a whole: there is no part to leave out. `staffetta flows check {flow}` says what to do.',
  },
  'total-asked': {
    it: 'Il flusso {flow} ha dei pagamenti: serve il loro totale (--total), come lo dice l’ufficio. Nulla è cambiato.',
    en: 'Flow {flow} has payments: name their total (--total), as its office says it. Nothing was changed.',
  },
  'count-asked': {
    it: 'Il flusso {flow} non ha pagamenti: serve il numero dei suoi messaggi (--messages). Nulla è cambiato.',
    en: 'Flow {flow} has no payments: name the number of its messages (--messages). Nothing was changed.',
  },
  'other-total': {
    it: 'Il totale del flusso {flow} è un altro: nulla è cambiato. Chiedi all’ufficio.',
    en: 'Flow {flow} has another total: nothing was changed. Ask its office.',
  },
  'other-count': {
    it: 'Il numero indicato non è quello del flusso {flow}: nulla è cambiato. Guardalo di nuovo.',
    en: 'The number given is not that of flow {flow}: nothing was changed. Look at it again.',
  },
  'not-of-drop': {
    it: 'Il flusso {flow} non viene da un file. Una campagna si interrompe e si esegue di nuovo.',
    en: 'Flow {flow} came of no drop. Of a campaign: stop it, and run the campaign again.',
  },
  'drop-gone': {
    it: 'Il file del flusso {flow} non è più conservato: depositalo di nuovo.',
    en: 'The drop of flow {flow} is kept no more: hand it over again.',
  },
  'feed-gone': {
    it: 'Il collegamento del flusso {flow} non è più nella configurazione.',
    en: 'The configuration no longer has the feed of flow {flow}.',
  },
  replaced: {
    it: 'Il flusso {flow} è stato sostituito da un altro.',
    en: 'Flow {flow} was replaced by another.',
  },
  'is-test': {
    it: 'Il flusso {flow} è una prova di un altro.',
    en: 'Flow {flow} is a test of another.',
  },
  'service-gone': {
    it: 'La configurazione non ha più il servizio che invia il flusso {flow}.',
    en: 'The configuration no longer has the service that sends flow {flow}.',
  },
  'nobody-reached': {
    it: 'Il flusso {flow} non ha raggiunto nessuno.',
    en: 'Flow {flow} has reached nobody.',
  },
  'service-dry-run': {
    it: 'Il servizio del flusso {flow} è in simulazione: non parte nulla.',
    en: 'The service of flow {flow} is a dry run: nothing leaves.',
  },
  'no-testers': {
    it: 'L’ente non ha collaudatori: vanno sotto `testers` di institution.yaml.',
    en: 'The institution has no testers: they stand under `testers` of institution.yaml.',
  },
  'tester-refused': {
    it: 'IO non permette al servizio di scrivere a un collaudatore.',
    en: 'IO does not let the service write to one of the testers.',
  },
  'tester-without-mail': {
    it: 'Un collaudatore non ha un indirizzo di posta, e non può rispondere.',
    en: 'A tester has no mail address, and cannot answer.',
  },
}

/** The sentence for who asked about this flow. */
export function refusalText(
  flow: number,
  { because, figures }: RefusedDecision,
  language: StaffLanguage,
): string {
  return fill(decisionRefusalWords[because], language, { flow, ...figures })
}
