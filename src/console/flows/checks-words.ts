// What the panel of the checks says. What was found is said by `domain/release-words.ts`; what to
// do about it is said here without commands, since a page has buttons.
import type { CheckCode } from '../../domain/release-check.ts'
import type { Words } from '../../domain/words.ts'

export const adviceWords: Record<CheckCode, Words> = {
  FLOW_AMOUNTS: {
    it: 'Confronta gli importi con l’ufficio che li ha emessi: può mancare la virgola.',
    en: 'Compare the amounts with the office that issued them: a comma may be lost.',
  },
  FLOW_PAST_DUE: {
    it: 'Chiedi all’ufficio se il file è quello giusto.',
    en: 'Ask the office whether this is the right file.',
  },
  FLOW_REPEATED_FILE: {
    it: 'Chiedi alla fonte perché ha mandato di nuovo lo stesso file.',
    en: 'Ask the source why it sent the same file again.',
  },
  FLOW_TOLD_ALREADY: {
    it: 'Di solito vanno lasciati fuori.',
    en: 'They are usually left out.',
  },
  FLOW_PAID_ALREADY: {
    it: 'Di solito vanno lasciati fuori.',
    en: 'They are usually left out.',
  },
  FLOW_PROBLEMS: {
    it: 'Guarda le righe con problemi, e correggi il file o il modello.',
    en: 'Look at the records with problems, and correct the file or the mapping.',
  },
  FLOW_MASS: {
    it: 'IO è per comunicazioni che riguardano la singola persona.',
    en: 'IO is for what concerns the single person.',
  },
  FLOW_TITLES: {
    it: 'Togli il dato dal titolo nel modello e mettilo nel testo.',
    en: 'Take it out of the title in the mapping, and say it in the text.',
  },
  FLOW_TEST_REPORTED: {
    it: 'Leggi le segnalazioni nella scheda «Prova», correggi e ripeti la prova.',
    en: 'Read what was reported in the tab “Test”, correct it and test again.',
  },
  FLOW_TEST_MISSING: {
    it: 'Manda la prova dalla scheda «Prova».',
    en: 'Send the test from the tab “Test”.',
  },
}

export const amountWords = {
  count: { it: 'avvisi di pagamento', en: 'payment notices' },
  total: { it: 'totale', en: 'total' },
  minimum: { it: 'minimo', en: 'smallest' },
  median: { it: 'mediana', en: 'median' },
  p99: { it: '99 su 100 non superano', en: '99 of 100 are at most' },
  maximum: { it: 'massimo', en: 'largest' },
  whole: { it: 'importi senza decimali', en: 'amounts without decimals' },
} satisfies Record<string, Words>

export const words = {
  checkedAt: { it: 'Controllato il', en: 'Checked' },
  nothing: {
    it: 'I controlli non hanno trovato nulla.',
    en: 'The checks have found nothing.',
  },
  none: {
    it: 'Il flusso non è ancora stato controllato.',
    en: 'The flow has not been checked yet.',
  },
  again: { it: 'Controlla ora', en: 'Check now' },
  overridden: { it: 'sbloccato', en: 'overridden' },
  leftOut: {
    it: 'Non c’è nulla da fare: gli altri messaggi del flusso partono.',
    en: 'Nothing is to be done: the other messages of the flow go.',
  },
  leaveOut: { it: 'Lascia fuori questi messaggi', en: 'Leave these messages out' },
  override: { it: 'Sblocca con motivazione', en: 'Override with a reason' },
  leaves: { it: 'Che cosa parte', en: 'What leaves' },
  messages: { it: 'Messaggi', en: 'Messages' },
  recipients: { it: 'Destinatari', en: 'Recipients' },
  read: { it: 'Righe lette', en: 'Records read' },
  refused: { it: 'Scartate', en: 'Refused' },
  out: { it: 'Lasciate fuori', en: 'Left out' },
  others: { it: 'Doppie, escluse o annullate', en: 'Duplicate, skipped or cancelled' },
  toldAlready: { it: 'Già comunicati', en: 'Told already' },
  paidAlready: { it: 'Già pagati', en: 'Paid already' },
  lengths: { it: 'Lunghezza dei testi', en: 'Length of the texts' },
  lengthsText: {
    it: 'da {shortest} a {longest} caratteri; titoli fino a {title}',
    en: '{shortest} to {longest} characters; titles of up to {title}',
  },
  titles: { it: 'Titoli con un dato personale', en: 'Titles with a person’s data' },
  reach: { it: 'Raggiunti su IO l’ultima volta', en: 'Reached on IO last time' },
  duration: { it: 'Durata dell’invio', en: 'Sending takes' },
  test: { it: 'Prova', en: 'Test' },
  testText: {
    it: 'confermati {confirmed} messaggi su {messages}, segnalati {reported}',
    en: '{confirmed} of {messages} messages confirmed, {reported} reported',
  },
  amounts: { it: 'Importi', en: 'Amounts' },
  amountsCaption: {
    it: 'Importi di questo flusso e dell’invio precedente',
    en: 'Amounts of this flow and of the one before',
  },
  noAmounts: { it: 'Nessun avviso di pagamento.', en: 'No payment notices.' },
  thisFlow: { it: 'questo flusso', en: 'this flow' },
  before: { it: 'invio precedente', en: 'the one before' },
  change: { it: 'differenza', en: 'change' },
  own: {
    it: 'Destinatari di entrambi: {comparable}; lontani dieci volte dal proprio importo: {far}.',
    en: 'Recipients of both: {comparable}; tenfold away from their own amount: {far}.',
  },
  due: { it: 'Scadenze', en: 'Due dates' },
  dueCaption: { it: 'Scadenze per mese', en: 'Due dates by month' },
  dueText: {
    it: '{past} passate su {count} ({percent} %); dal {first} al {last}, mediana {median}',
    en: '{past} of {count} have passed ({percent} %); from {first} to {last}, median {median}',
  },
  noDue: { it: 'Nessun messaggio ha una scadenza.', en: 'No message has a due date.' },
  month: { it: 'Mese', en: 'Month' },
  later: { it: 'oltre', en: 'later' },
} satisfies Record<string, Words>
