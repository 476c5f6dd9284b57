// What the page says on which a flow is approved, and why somebody may not.
// Its buttons are named as offices know them.
import type { DecisionRefusal } from '../../domain/decision.ts'
import type { Words } from '../../domain/words.ts'

/** Why this person may not, where the page says it shorter. */
export const refusedWhy: Partial<Record<DecisionRefusal, Words>> = {
  preparer: {
    it: 'Chi ha preparato non può approvare: serve un’altra persona.',
    en: 'Who has prepared it cannot approve it: another person is needed.',
  },
  'approved-by-you': {
    it: 'Tu l’hai già approvato: serve un’altra persona.',
    en: 'You have approved it already: another person is needed.',
  },
  blocked: {
    it: 'I controlli lo bloccano: prima va corretto, o sbloccato con motivazione da un amministratore.',
    en: 'The checks block it: it must be corrected first, or overridden with a reason by an administrator.',
  },
}

export const words = {
  title: { it: 'Approvazione', en: 'Approval' },
  list: { it: 'Da approvare', en: 'To approve' },
  open: { it: 'Apri il flusso', en: 'Open the flow' },
  source: { it: 'Servizio e fonte', en: 'Service and source' },
  messages: { it: 'Messaggi che partono', en: 'Messages that leave' },
  recipients: { it: 'Destinatari', en: 'Recipients' },
  reminders: { it: 'Promemoria, poi', en: 'Reminders, later' },
  total: { it: 'Totale', en: 'Total' },
  notices: { it: '{n} avvisi di pagamento', en: '{n} payment notices' },
  before: {
    it: 'invio precedente: {total}, {n} avvisi',
    en: 'the one before: {total}, {n} notices',
  },
  leaves: { it: 'Parte il', en: 'Leaves' },
  test: { it: 'Prova sui colleghi', en: 'Test on colleagues' },
  noTest: { it: 'nessuna', en: 'none' },
  testSays: {
    it: 'confermati {confirmed} messaggi su {messages}, segnalati {reported}',
    en: '{confirmed} of {messages} messages confirmed, {reported} reported',
  },
  prepared: { it: 'Preparato da', en: 'Prepared by' },
  nobody: {
    it: 'nessuno: è arrivato dalla fonte',
    en: 'nobody: it came from its source',
  },
  approved: { it: 'Approvazioni', en: 'Approvals' },
  given: { it: '{given} di {needed}', en: '{given} of {needed}' },
  until: { it: 'Da approvare entro il', en: 'To be approved until' },
  digest: { it: 'Impronta di ciò che parte', en: 'Digest of what leaves' },
  texts: { it: 'Che cosa leggeranno', en: 'What they will read' },
  checks: { it: 'Controlli', en: 'Checks' },
  noChecks: {
    it: 'Non si può più controllare: non ha nulla in attesa.',
    en: 'It can no longer be checked: nothing of it waits.',
  },
  changes: { it: 'Che cosa è cambiato', en: 'What has changed' },
  changed: {
    it: 'È cambiato dopo essere stato approvato da {actors}: quell’approvazione non vale più.',
    en: 'It has changed since {actors} approved it: that approval holds no more.',
  },
  overridden: {
    it: 'Dopo l’approvazione di {actors} è stato sbloccato un controllo: non vale più.',
    en: 'A finding was overridden after {actors} approved it: that approval holds no more.',
  },
  otherMapping: {
    it: 'Il modello è cambiato da quando il file è stato letto: «Rielabora» lo applica.',
    en: 'Its mapping has changed since its file was read: “Process again” uses it.',
  },
  decide: { it: 'La tua decisione', en: 'Your decision' },
  proof: {
    it: 'Prima di approvare, conferma che sei tu. Poi torni qui.',
    en: 'Before you approve, show that it is you. Then you come back here.',
  },
  prove: { it: 'Conferma che sei tu', en: 'Show that it is you' },
  typeRecipients: {
    it: 'Scrive a {n} destinatari, e non si torna indietro. Scrivi quanti sono',
    en: 'It writes to {n} recipients and cannot be recalled. Type how many they are',
  },
  typeHeld: {
    it: '{n} messaggi arrivati o cambiati dopo l’approvazione ripartono. Scrivi quanti sono',
    en: '{n} messages that came or changed since it was approved go. Type how many they are',
  },
  typeHint: { it: 'Solo cifre.', en: 'Digits alone.' },
  badRecipients: {
    it: 'Non è il numero dei destinatari: guarda di nuovo.',
    en: 'That is not the number of the recipients: look again.',
  },
  at: { it: 'Non prima del (se vuoi programmarlo)', en: 'Not before (if you want to schedule it)' },
  atHint: {
    it: 'Serve soltanto per «Approva e programma».',
    en: 'Needed only for “Approve and schedule”.',
  },
  badAt: {
    it: 'Scrivi un giorno e un’ora che vengono, entro {days} giorni.',
    en: 'Give a day and an hour to come, within {days} days.',
  },
  approveNow: { it: 'Approva e invia', en: 'Approve and send' },
  approveLater: { it: 'Approva e programma', en: 'Approve and schedule' },
  done: { it: 'Approvato: ecco il certificato.', en: 'Approved: here is the certificate.' },
  another: {
    it: 'Approvato. Deve approvarlo anche un’altra persona, poi parte.',
    en: 'Approved. Another person must approve it too, then it leaves.',
  },
  sendBack: { it: 'Rimanda con nota', en: 'Send back with a note' },
  note: { it: 'Che cosa va cambiato', en: 'What is to be changed' },
  noteHint: {
    it: 'La legge chi prepara il flusso. Non scrivere dati di persone.',
    en: 'Who prepares the flow reads it. No person’s data.',
  },
  noNote: { it: 'Scrivi che cosa va cambiato.', en: 'Say what is to be changed.' },
  sentBack: {
    it: 'Il flusso {flow} è rimandato a chi lo prepara: non parte.',
    en: 'Flow {flow} is sent back to who prepares it: it does not leave.',
  },
} satisfies Record<string, Words>
