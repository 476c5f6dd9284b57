// What the pages of a notice, of a recipient and of a certificate say. Typed by language, so that a
// missing one does not compile.
import type { EndedBy, NoticeState } from '../../domain/notice.ts'
import type { Words } from '../../domain/words.ts'

export const noticeStateWords: Record<NoticeState, Words> = {
  open: { it: 'Aperta', en: 'Open' },
  settled: { it: 'Chiusa: pagata', en: 'Closed: paid' },
  cancelled: { it: 'Chiusa: ritirata', en: 'Closed: withdrawn' },
  expired: { it: 'Aperta, scaduta', en: 'Open, past its due date' },
}

export const endedByWords: Record<EndedBy, Words> = {
  settlement: { it: 'da un file di pagamenti', en: 'by a settlement' },
  payment: { it: 'da IO, che la dà per pagata', en: 'by IO, which says that it is paid' },
  action: { it: 'dalla fonte', en: 'by its source' },
  missing: { it: 'perché la fonte non la nomina più', en: 'as its source no longer names it' },
  answer: { it: 'dalla risposta di un sistema', en: 'by a system’s answer' },
  person: { it: 'da una persona', en: 'by a person' },
  replay: { it: 'perché il file è stato rifatto', en: 'as its drop was mapped again' },
}

export const words = {
  title: { it: 'Comunicazione {id}', en: 'Notice {id}' },
  list: { it: 'Messaggi', en: 'Messages' },
  state: { it: 'Stato', en: 'State' },
  ended: { it: 'Dal', en: 'Since' },
  recipient: { it: 'Destinatario', en: 'Recipient' },
  everything: { it: 'tutto quello che gli è stato detto', en: 'everything said to them' },
  service: { it: 'Servizio', en: 'Service' },
  flow: { it: 'Flusso', en: 'Flow' },
  feed: { it: 'Collegamento', en: 'Feed' },
  emission: { it: 'Emissione', en: 'Emission' },
  since: { it: 'Conosciuta dal', en: 'Known since' },
  amount: { it: 'Importo', en: 'Amount' },
  whole: { it: 'rata unica: vale per tutte le rate', en: 'asks for all instalments at once' },
  number: { it: 'Numero di avviso', en: 'Notice number' },
  due: { it: 'Scadenza', en: 'Due' },
  postponed: {
    it: '(spostata da una persona; la fonte dice {day})',
    en: '(moved by a person; its source says {day})',
  },
  blocked: {
    it: 'Il destinatario è nell’elenco di chi non va contattato: non parte più nulla.',
    en: 'The recipient is not to be contacted: nothing leaves any more.',
  },
  messages: { it: 'Messaggi di questa comunicazione', en: 'Messages of this notice' },
  noMessages: { it: 'Nessun messaggio.', en: 'No message.' },
  columns: {
    it: ['Messaggio', 'Tipo', 'Partito o previsto il', 'Stato', 'Causa', 'Letto il', 'Pagato il'],
    en: ['Message', 'Kind', 'Left or planned', 'State', 'Cause', 'Read', 'Paid'],
  },
  reminder: { it: 'Promemoria {n}', en: 'Reminder {n}' },
  notReleased: { it: 'il flusso non è ancora autorizzato', en: 'its flow has not been let go' },
  group: { it: 'Altre rate dello stesso debito', en: 'Other instalments of the same debt' },
  groupColumns: {
    it: ['Comunicazione', 'Stato', 'Scadenza', 'Importo'],
    en: ['Notice', 'State', 'Due', 'Amount'],
  },
  acts: { it: 'Che cosa puoi fare', en: 'What you can do' },
  act: { it: 'Decidi', en: 'Decide' },
  settle: {
    it: 'È già pagata, in banca o allo sportello',
    en: 'It is paid, at the bank or the counter',
  },
  cancel: {
    it: 'Va ritirata: sgravio, o avviso sbagliato',
    en: 'It is withdrawn: relief, a wrong bill',
  },
  postpone: { it: 'Sposta la scadenza', en: 'Move its due date' },
  day: { it: 'Nuova scadenza', en: 'New due date' },
  dayHint: { it: 'Solo se sposti la scadenza.', en: 'Only to move the due date.' },
  note: { it: 'Perché', en: 'Why' },
  noteHint: { it: 'Nessun dato del cittadino.', en: 'No citizen’s data.' },
  noteMissing: { it: 'Scrivi perché: almeno 3 caratteri.', en: 'Say why: at least 3 characters.' },
  choose: { it: 'Scegli che cosa farne.', en: 'Choose what becomes of it.' },
  dayMissing: {
    it: 'Scrivi la nuova scadenza: da domani in poi.',
    en: 'Write the new day: tomorrow or later.',
  },
  notDone: {
    it: 'Non è cambiato nulla: la comunicazione è già chiusa, o il suo modello non permette di spostarla.',
    en: 'Nothing has changed: it has ended already, or its mapping does not let it be moved.',
  },
  done: {
    it: 'Fatto. Messaggi che non partono più: {n}.',
    en: 'Done. Messages that will not leave: {n}.',
  },
  doneMoved: {
    it: 'Fatto: la scadenza è spostata e i promemoria sono pianificati di nuovo.',
    en: 'Done: it is moved, and its reminders are planned anew.',
  },
  bill: { it: 'Documento', en: 'Document' },
  takePaper: { it: 'Scarica il documento della riga', en: 'Download the document of the record' },
  noPaper: {
    it: 'Il documento non c’è: la riga non ne nomina uno, o il file ricevuto non è più conservato.',
    en: 'There is no document: the record names none, or the received file is kept no more.',
  },
  arrived: { it: 'Arrivata con', en: 'It came with' },
  original: { it: 'File originale del flusso', en: 'Original file of the flow' },
  person: { it: 'Destinatario', en: 'Recipient' },
  personHint: {
    it: 'Tutto quello che l’ente gli ha detto con Staffetta, dal più recente.',
    en: 'All that the institution has told them by Staffetta, newest first.',
  },
  notContacted: {
    it: 'Non va contattato dal {day}: {because}',
    en: 'Not to be contacted since {day}: {because}',
  },
  block: { it: 'Non contattarlo più', en: 'Do not contact them any more' },
  unblock: { it: 'Torna a contattarlo', en: 'Contact them again' },
  blockHint: {
    it: 'Quello che aspetta di partire viene annullato, e non riparte.',
    en: 'What waits to leave is cancelled, and stays so.',
  },
  blockDone: { it: 'Fatto. Messaggi annullati: {n}.', en: 'Done. Messages cancelled: {n}.' },
  unblockDone: {
    it: 'Fatto: può ricevere di nuovo messaggi.',
    en: 'Done: they may get messages again.',
  },
  access: {
    it: 'Richiesta di accesso ai dati (art. 15 GDPR)',
    en: 'Access request (GDPR, article 15)',
  },
  accessHint: {
    it: 'Tutti i messaggi con i loro testi e i dati conservati, in un formato leggibile anche da un programma, fino a 10.000 messaggi: il file dice in fondo (isWhole) se ci sono tutti. L’esportazione resta nel registro attività.',
    en: 'All messages with their texts and the data that is kept, readable by a program too, up to 10,000 messages: its end (isWhole) says whether that is all. It is written down.',
  },
  json: { it: 'Scarica tutto (JSON)', en: 'Download all (JSON)' },
  certificate: { it: 'Attestazione di invio', en: 'Certificate of sending' },
  print: { it: 'Stampa', en: 'Print' },
  institution: { it: 'Ente', en: 'Institution' },
  fiscalCode: { it: 'Codice fiscale del destinatario', en: 'Recipient’s fiscal code' },
  subject: { it: 'Oggetto', en: 'Subject' },
  sentAt: { it: 'Preso da IO il', en: 'Taken by IO on' },
  availableAt: {
    it: 'Risulta disponibile nella casella di IO dal',
    en: 'Known to be in the inbox since',
  },
  ioId: { it: 'Identificativo assegnato da IO', en: 'Id given by IO' },
  textHash: {
    it: 'Impronta del testo in Staffetta (HMAC-SHA-256, 16 byte)',
    en: 'Staffetta’s hash of the text (HMAC-SHA-256, 16 bytes)',
  },
  bodyHash: { it: 'Impronta SHA-256 del testo riportato sotto', en: 'SHA-256 of the text below' },
  model: { it: 'Modello e versione', en: 'Mapping and version' },
  madeBy: { it: 'Attestazione prodotta da {who} il {at}', en: 'Made by {who} on {at}' },
  proves: { it: 'Che cosa prova', en: 'What it proves' },
  provesText: {
    it: 'Che l’ente ha inviato questo messaggio ad app IO, e che IO l’ha accettato con l’identificativo indicato.',
    en: 'That the institution handed this message to app IO, and that IO took it under this id.',
  },
  provesSame: {
    it: 'Anche che il testo è quello riportato: l’impronta registrata prima dell’invio coincide con quella di oggi.',
    en: 'Also that its text is the one below: the hash kept before sending is that of today.',
  },
  provesNot: { it: 'Che cosa non prova', en: 'What it does not prove' },
  provesNotText: {
    it: 'Che il cittadino l’abbia letto. Non è una notifica con valore legale: per quella serve SEND, la PEC o la posta raccomandata.',
    en: 'That the citizen has read it. It is not legal service: for that use SEND, certified mail or registered post.',
  },
  textOther: {
    it: 'Il testo non si può più ricostruire come è stato inviato: non è riportato.',
    en: 'The text can no longer be made as it was sent: it is not shown.',
  },
  text: { it: 'Testo', en: 'Text' },
} satisfies Record<string, Words | Record<'it' | 'en', readonly string[]>>
