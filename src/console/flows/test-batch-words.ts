// What the page of a test batch says, to who prepares it and to who reads its answers.
// Italian and English beside each other.
import type { StaffLanguage, Words } from '../../domain/words.ts'

const sampleColumns: Record<StaffLanguage, readonly string[]> = {
  it: ['N.', 'Riga', 'Perché', 'Caratteri'],
  en: ['No.', 'Line', 'Why', 'Characters'],
}

export const words = {
  sampleColumns,
  none: {
    it: 'Questo flusso non ha ancora avuto una prova.',
    en: 'This flow has had no test yet.',
  },
  last: { it: 'L’ultima prova', en: 'The last test' },
  isVoid: {
    it: 'Il flusso è cambiato dopo la prova: le risposte non contano più, va provato di nuovo.',
    en: 'The flow has changed since: the answers count no more, it must be tested again.',
  },
  confirmed: {
    it: 'Confermati {confirmed} messaggi su {messages}, segnalati {reported}.',
    en: '{confirmed} of {messages} messages confirmed, {reported} reported.',
  },
  sentBy: { it: 'Inviata da {actor} il', en: 'Sent by {actor} at' },
  until: { it: 'si può rispondere fino al', en: 'they can answer until' },
  testFlow: { it: 'Il flusso della prova', en: 'The flow of the test' },
  matrix: { it: 'Risposte dei colleghi', en: 'Answers of the colleagues' },
  tester: { it: 'Collega', en: 'Colleague' },
  record: { it: 'Messaggio {item}', en: 'Message {item}' },
  reminder: { it: '(promemoria {template})', en: '(reminder {template})' },
  line: { it: 'riga {line}', en: 'line {line}' },
  noLink: { it: '(senza posta: risponde a voce)', en: '(no mail: answers by voice)' },
  ok: { it: 'Tutto corretto', en: 'All correct' },
  problem: { it: 'Segnala errore', en: 'Reports a problem' },
  noAnswer: { it: 'senza risposta', en: 'no answer' },
  onItsWay: { it: 'in invio', en: 'on its way' },
  notArrived: { it: 'non arrivato', en: 'did not arrive' },
  notes: { it: 'Che cosa hanno scritto', en: 'What they wrote' },
  notesHidden: {
    it: 'Ci sono note dei colleghi: possono citare dati personali, e il tuo ruolo non li prevede.',
    en: 'There are notes: they may quote personal data, which your role does not have.',
  },
  writtenBy: { it: 'scritto da {by}', en: 'written by {by}' },
  voice: { it: 'Scrivi una risposta data a voce', en: 'Write down an answer given by voice' },
  which: { it: 'Quale messaggio', en: 'Which message' },
  allRecords: { it: 'Tutti', en: 'All' },
  said: { it: 'Che cosa ha detto', en: 'What they said' },
  note: { it: 'Parole sue, o come l’ha detto', en: 'Their words, or how they said it' },
  noteHint: {
    it: 'Per esempio: al telefono, dopo aver guardato tutti i messaggi.',
    en: 'Such as: on the phone, having looked at all messages.',
  },
  noSaid: { it: 'Scegli che cosa ha detto.', en: 'Choose what they said.' },
  noNote: { it: 'Scrivi come l’ha detto.', en: 'Say how they said it.' },
  writeDown: { it: 'Scrivi la risposta', en: 'Write it down' },
  written: {
    it: 'Risposta scritta: confermati {confirmed} messaggi su {messages}, segnalati {reported}.',
    en: 'Written down: {confirmed} of {messages} confirmed, {reported} reported.',
  },
  prepare: { it: 'Prova su colleghi', en: 'Test on colleagues' },
  again: { it: 'Prova di nuovo', en: 'Test again' },
  noTesters: {
    it: 'Aggiungi almeno un collega a `testers` di institution.yaml: senza, non si può provare.',
    en: 'Add at least one colleague to `testers` of institution.yaml: nothing can be tested without.',
  },
  chooseRecords: { it: 'I messaggi di prova', en: 'The messages to test' },
  random: { it: 'Quanti a caso', en: 'How many by chance' },
  seed: { it: 'Sorteggio', en: 'Draw' },
  seedHint: { it: 'La stessa parola dà gli stessi.', en: 'The same word gives the same.' },
  phones: { it: 'Mostra come si vedono sul telefono', en: 'Show how they look on a phone' },
  logged: {
    it: 'Mostra dati personali: resta scritto chi li guarda.',
    en: 'It shows personal data: who looks is written down.',
  },
  show: { it: 'Mostra', en: 'Show' },
  sample: { it: 'Messaggi scelti e perché', en: 'The chosen messages, and why' },
  nothingLeft: { it: 'Non c’è più nulla da provare.', en: 'Nothing is left to test.' },
  chooseTesters: { it: 'I colleghi', en: 'The colleagues' },
  chooseOne: { it: 'Scegli almeno un collega.', en: 'Choose at least one colleague.' },
  noAnswers: {
    it: 'Scrivo io le risposte che danno a voce',
    en: 'I write down the answers that they give by voice',
  },
  explains: {
    it: 'I colleghi ricevono il testo vero, ma al proprio indirizzo. Il titolo comincia con [PROVA], e al posto del numero d’avviso ce n’è uno finto.',
    en: 'Colleagues get the real text at their own address. The title begins with [PROVA], and a false number stands for that of the notice.',
  },
  send: {
    it: 'Invia prova ({messages} messaggi a ciascun collega scelto)',
    en: 'Send the test ({messages} messages to each chosen colleague)',
  },
  sent: {
    it: 'Prova inviata: {messages} messaggi a {testers}.',
    en: 'Test sent: {messages} messages to {testers}.',
  },
} satisfies Record<string, Words | typeof sampleColumns>
