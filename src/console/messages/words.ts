// What the archive of messages says: its filters, its columns and what it finds. Typed by language,
// so that a missing one does not compile.
import type { Words } from '../../domain/words.ts'

export const words = {
  title: { it: 'Messaggi', en: 'Messages' },
  search: { it: 'Cerca', en: 'Search' },
  clear: { it: 'Azzera filtri', en: 'Clear filters' },
  any: { it: 'Tutti', en: 'Any' },
  more: { it: 'Altri filtri', en: 'More filters' },
  newMessage: { it: 'Nuovo messaggio', en: 'New message' },
  noCause: { it: 'nessuna', en: 'none' },
  caption: { it: 'Messaggi trovati', en: 'Messages found' },
  before: {
    it: 'Scrivi un codice fiscale o un numero d’avviso, oppure scegli un flusso.',
    en: 'Write a fiscal code or a notice number, or choose a flow.',
  },
  nothing: {
    it: 'Nessun messaggio trovato. Si cercano solo i messaggi che Staffetta conserva ancora, e i dati di un cittadino solo per intero: le ricerche per parti di un codice non sono possibili.',
    en: 'No message found. Only what Staffetta still keeps is looked through, and a citizen’s data only as a whole: parts of a code cannot be searched for.',
  },
  tooWide: {
    it: 'La ricerca è troppo ampia: dopo 5 secondi è stata fermata. Restringila con un flusso, un periodo o un codice fiscale.',
    en: 'The search is too wide: it was stopped after 5 seconds. Narrow it by a flow, a period or a fiscal code.',
  },
  over: {
    it: 'Questa ricerca è scaduta, o è di un’altra persona: scrivila di nuovo.',
    en: 'This search is over, or another person’s: write it again.',
  },
  personalHint: {
    it: 'Non compare nell’indirizzo della pagina. Si cerca solo per intero.',
    en: 'It does not stand in the page’s address. Only a whole one is found.',
  },
  sealed: { it: 'come l’hai scritto', en: 'as you wrote it' },
  wrongFiscalCode: {
    it: 'Il codice fiscale di una persona ha 16 caratteri, come RSSMRA80A01Z999X: controlla quello che hai scritto.',
    en: 'A person’s fiscal code has 16 characters, as RSSMRA80A01Z999X: check what you wrote.',
  },
  wrongNumber: {
    it: 'Il numero d’avviso ha 18 cifre, senza lettere.',
    en: 'A notice number has 18 digits, and no letters.',
  },
  wrongAmount: {
    it: 'Scrivi l’importo così: 12,50.',
    en: 'Write the amount as 12.50.',
  },
  notPremium: { it: 'Premium non attivo', en: 'No Premium' },
  notSent: { it: '–', en: '–' },
  neverSent: { it: 'non inviato', en: 'not sent' },
  maybeSent: { it: 'forse inviato', en: 'perhaps sent' },
  read: { it: 'Letto', en: 'Read' },
  unread: { it: 'Non letto', en: 'Not read' },
  paid: { it: 'Pagato', en: 'Paid' },
  toPay: { it: 'Da pagare', en: 'To pay' },
  sheet: { it: 'messaggi', en: 'messages' },
  count: { it: 'Filtri', en: 'Filters' },
} satisfies Record<string, Words>

export const filterWords = {
  fiscalCode: { it: 'Codice fiscale', en: 'Fiscal code' },
  noticeNumber: { it: 'Numero d’avviso', en: 'Notice number' },
  document: { it: 'Numero documento o sezionale', en: 'Document number' },
  customer: { it: 'Codice anagrafico', en: 'Customer code' },
  service: { it: 'Servizio', en: 'Service' },
  flow: { it: 'Flusso (JOB)', en: 'Flow' },
  notice: { it: 'Comunicazione', en: 'Notice' },
  emission: { it: 'Emissione o anno', en: 'Emission or year' },
  state: { it: 'Stato', en: 'State' },
  cause: { it: 'Causa', en: 'Cause' },
  sentFrom: { it: 'Inviati dal', en: 'Sent from' },
  sentTo: { it: 'Inviati fino al', en: 'Sent until' },
  dueFrom: { it: 'Scadenza dal', en: 'Due from' },
  dueTo: { it: 'Scadenza fino al', en: 'Due until' },
  amountFrom: { it: 'Importo da (€)', en: 'Amount from (€)' },
  amountTo: { it: 'Importo fino a (€)', en: 'Amount up to (€)' },
  read: { it: 'Letti', en: 'Read' },
  paid: { it: 'Pagati', en: 'Paid' },
  errors: { it: 'Con errore', en: 'With an error' },
  uncertain: { it: 'Incerti', en: 'Uncertain' },
  tests: { it: 'Solo prove', en: 'Tests only' },
  endedFrom: { it: 'Partiti o conclusi dal', en: 'Left or ended from' },
  endedTo: { it: 'Partiti o conclusi al', en: 'Left or ended to' },
  purpose: { it: 'Tipo di invio', en: 'Purpose' },
  payment: { it: 'Con avviso di pagamento', en: 'With a payment' },
} satisfies Record<string, Words>

export const columnWords = {
  sent: { it: 'Inviato il', en: 'Sent' },
  service: { it: 'Servizio', en: 'Service' },
  subject: { it: 'Oggetto', en: 'Subject' },
  recipient: { it: 'Destinatario', en: 'Recipient' },
  number: { it: 'N. avviso o documento', en: 'Notice number or document' },
  amount: { it: 'Importo', en: 'Amount' },
  due: { it: 'Scadenza', en: 'Due' },
  state: { it: 'Stato', en: 'State' },
  read: { it: 'Letto', en: 'Read' },
  paid: { it: 'Pagato', en: 'Paid' },
  flow: { it: 'Flusso', en: 'Flow' },
} satisfies Record<string, Words>

export const planned: Words = { it: 'previsto {at}', en: 'planned {at}' }
