// What the page of an errata says: to whom it goes, what is left out, how many to type.
// Italian and English beside each other.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Prepara errata corrige', en: 'Prepare an errata' },
  explains: {
    it: 'L’errata va esattamente a chi il flusso ha raggiunto su IO, con il titolo «Errata corrige: …». È un flusso nuovo, con i suoi controlli, la sua prova e la sua approvazione.',
    en: 'The errata goes to exactly those whom the flow has reached on IO, with the title “Errata corrige: …”. It is a flow of its own, with its checks, its test and its approval.',
  },
  subject: { it: 'Titolo, se deve essere un altro', en: 'Title, where it is to be another' },
  subjectHint: {
    it: 'Vuoto: il titolo del messaggio che corregge.',
    en: 'Empty: the title of the message that it corrects.',
  },
  it: { it: 'Testo in italiano', en: 'Text in Italian' },
  en: { it: 'Testo in inglese', en: 'Text in English' },
  alsoEnglish: { it: 'Anche in inglese', en: 'In English too' },
  textHint: {
    it: 'Da 80 a 10.000 caratteri. I campi del modello si scrivono tra doppie graffe.',
    en: '80 to 10,000 characters. Fields of the mapping stand in double braces.',
  },
  payment: {
    it: 'Porta con sé l’avviso di pagamento e la scadenza, come sono ora',
    en: 'It carries the payment and the due date, as they are now',
  },
  look: { it: 'Guarda a chi va e come si legge', en: 'See whom it reaches and how it reads' },
  make: { it: 'Prepara il flusso dell’errata', en: 'Make the flow of the errata' },
  back: { it: 'Lascia com’è', en: 'Leave it as it is' },
  toWhom: { it: 'A chi va', en: 'Whom it reaches' },
  reached: { it: 'Comunicazioni arrivate a IO', en: 'Notices that were told' },
  messages: { it: 'Messaggi dell’errata', en: 'Messages of the errata' },
  longest: { it: 'Testo più lungo (caratteri)', en: 'Longest text (characters)' },
  refused: {
    it: 'Per {n} il testo non si può scrivere: restano fuori.',
    en: 'For {n} the text cannot be written: they are left out.',
  },
  uncertain: {
    it: '{n} con esito incerto restano fuori finché non è deciso.',
    en: '{n} with an unknown outcome are left out until that is decided.',
  },
  waiting: {
    it: '{n} messaggi del flusso possono ancora partire, e chi li riceve poi non avrà l’errata: prima interrompi il flusso.',
    en: '{n} messages of the flow may still leave, and who gets them later gets no errata: stop the flow first.',
  },
  reminders: {
    it: '{n} suoi promemoria partiranno ancora con il testo di prima: interrompi il flusso per fermarli.',
    en: '{n} reminders of it still leave with the text of before: stop the flow to stop them.',
  },
  earlier: {
    it: 'Ha già un’errata, il flusso {flows}: chi l’ha ricevuta ne avrà un’altra.',
    en: 'It has an errata already, flow {flows}: who has had that gets another.',
  },
  type: {
    it: 'Per prepararla, scrivi quanti messaggi sono',
    en: 'To make it, type how many messages they are',
  },
  otherCount: {
    it: 'Il numero non è quello dei messaggi: guarda di nuovo.',
    en: 'That is not the number of the messages: look again.',
  },
  noText: { it: 'Scrivi il testo in italiano.', en: 'Write the text in Italian.' },
  source: { it: 'testo', en: 'text' },
  made: {
    it: 'Questa è l’errata del flusso {flow}: {messages} messaggi, che partono dopo i controlli e l’approvazione.',
    en: 'This is the errata of flow {flow}: {messages} messages, which leave after checks and approval.',
  },
} satisfies Record<string, Words>
