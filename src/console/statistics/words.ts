// What the pages of statistics say. Invariant: each formula stands in words as it is counted in
// `domain/statistics.ts`.
import type { EndedStand } from '../../domain/statistics.ts'
import type { Words } from '../../domain/words.ts'

export const title: Words = { it: 'Statistiche', en: 'Statistics' }

export const words = {
  period: { it: 'Periodo', en: 'Period' },
  parts: { it: 'Viste', en: 'Views' },
  byYear: { it: 'Statistiche per anno', en: 'By year' },
  byEmission: { it: 'Dati per emissione', en: 'By emission' },
  byMonth: { it: 'Dati per mese', en: 'By month' },
  service: { it: 'Servizio', en: 'Service' },
  all: { it: 'Tutti', en: 'All' },
  list: { it: 'Elenca', en: 'List' },
  none: {
    it: 'Nessun invio nel {period}. I dati appaiono dopo il primo flusso.',
    en: 'Nothing was sent in {period}. Figures appear after the first flow.',
  },
  total: { it: 'Totale messaggi', en: 'All messages' },
  ofTotal: {
    it: '{messages} conclusi e {refused} scartati',
    en: '{messages} ended, {refused} refused',
  },
  inbox: { it: 'Disponibili su IO', en: 'Available on IO' },
  notOnIo: { it: 'Non su IO', en: 'Not on IO' },
  read: { it: 'Letti (Premium)', en: 'Read (Premium)' },
  refused: { it: 'Errori prima dell’invio (scarti)', en: 'Errors before sending (refused)' },
  errors: { it: 'Errori IO', en: 'Errors of IO' },
  allErrors: { it: 'Totale errori: {errors} ({share})', en: 'All errors: {errors} ({share})' },
  onIo: { it: 'Adesione a IO', en: 'Recipients on IO' },
  time: { it: 'Tempo medio fino alla disponibilità su IO', en: 'Mean time until available on IO' },
  states: { it: 'Stati dei messaggi', en: 'States of messages' },
  state: { it: 'Stato', en: 'State' },
  description: { it: 'Descrizione', en: 'Description' },
  count: { it: 'Totale', en: 'Total' },
  share: { it: '%', en: '%' },
  sum: { it: 'Totale messaggi conclusi', en: 'All messages that ended' },
  aside: { it: 'Fuori dal totale', en: 'Of no total' },
  cancelled: {
    it: 'Annullati prima di partire: pagati, sostituiti o fermati',
    en: 'Cancelled before they left: paid, replaced or stopped',
  },
  recorded: {
    it: 'Solo registrati: il servizio era in Simulazione, o in Solo colleghi',
    en: 'Only recorded: the service was in dry-run, or for testers only',
  },
  open: {
    it: 'Non ancora conclusi, di qualunque periodo',
    en: 'Not ended yet, of any period',
  },
  waiting: { it: 'In attesa', en: 'Waiting' },
  held: { it: 'Da decidere', en: 'To be decided' },
  uncertain: { it: 'Con esito incerto', en: 'With an unknown outcome' },
  payments: { it: 'Pagamenti', en: 'Payments' },
  paid: { it: 'Pagati', en: 'Paid' },
  readWithPayment: { it: 'Letti con avviso di pagamento', en: 'Read, with a payment' },
  paidShare: { it: 'Pagati sui letti con avviso', en: 'Paid of those read with a payment' },
  premium: {
    it: 'IO dice dei letti e dei pagati solo per i messaggi Premium.',
    en: 'IO tells what was read and paid of Premium messages only.',
  },
  purposes: { it: 'Per tipo di invio', en: 'By purpose' },
  purpose: { it: 'Tipo di invio', en: 'Purpose' },
  services: { it: 'Per servizio', en: 'By service' },
  months: { it: 'Messaggi per mese', en: 'Messages by month' },
  month: { it: 'Mese', en: 'Month' },
  emissions: { it: 'Messaggi per emissione', en: 'Messages by emission' },
  emission: { it: 'Emissione', en: 'Emission' },
  noEmission: { it: 'Senza emissione', en: 'No emission' },
  messages: { it: 'Messaggi', en: 'Messages' },
  adhesion: { it: 'Adesione a IO per mese, in %', en: 'Recipients on IO by month, in %' },
  back: { it: 'Tutto l’anno', en: 'The whole year' },
  formulas: { it: 'Come si leggono le percentuali', en: 'How the shares are counted' },
} satisfies Record<string, Words>

/** Each a sentence of its own. */
export const formulas: readonly Words[] = [
  {
    it: 'Contano i messaggi che si sono conclusi nel periodo, il giorno in cui sono partiti o si sono conclusi; gli scarti, il giorno in cui è arrivato il loro file. Le prove sui colleghi non contano.',
    en: 'Counted are messages that ended in the period, on the day when they left or ended, and refused records on the day when their file came. Tests to colleagues do not count.',
  },
  {
    it: 'Gli errori prima dell’invio sono le righe scartate: fanno parte del totale. Percentuale degli errori = (scarti + errori IO) / (messaggi conclusi + scarti).',
    en: 'Errors before sending are refused records: they belong to the total. Share of errors = (refused + errors of IO) / (messages that ended + refused).',
  },
  {
    it: 'Gli errori IO sono i messaggi che IO non ha accettato, ha rifiutato dopo, o non è riuscita a elaborare.',
    en: 'Errors of IO are messages that IO did not accept, rejected later, or failed to process.',
  },
  {
    it: 'La percentuale dei letti è al netto degli errori e di chi non si può raggiungere: letti / (messaggi conclusi − errori IO − non su IO − servizio disattivato).',
    en: 'The share of what was read is net of errors and of whom IO cannot reach: read / (messages that ended − errors of IO − not on IO − service switched off).',
  },
  {
    it: 'La percentuale dei pagamenti è sui messaggi letti che hanno un avviso di pagamento: pagati / letti con avviso.',
    en: 'The share of payments is of the messages that were read and have a payment: paid / read with a payment.',
  },
  {
    it: 'Adesione a IO = messaggi a chi ha un profilo su IO / messaggi conclusi.',
    en: 'Recipients on IO = messages to whoever has a profile on IO / messages that ended.',
  },
  {
    it: 'Il tempo medio va da quando IO accetta il messaggio a quando Staffetta sa che è disponibile.',
    en: 'The mean time goes from when IO accepts a message to when Staffetta knows that it is available.',
  },
]

/** What each state of a message that has ended means. */
export const endingWords: Record<EndedStand, Words> = {
  available: { it: 'Nella casella di IO del cittadino', en: 'In the citizen’s inbox on IO' },
  taken: {
    it: 'IO l’ha preso in carico e lo sta elaborando',
    en: 'IO has taken it and is processing it',
  },
  'handed-over': {
    it: 'IO l’ha ricevuto e non ha ancora detto altro',
    en: 'IO has received it and said nothing more yet',
  },
  late: {
    it: 'IO l’ha preso e da un giorno o più non dice altro',
    en: 'IO has taken it and said nothing for a day or more',
  },
  odd: {
    it: 'IO risponde con uno stato che Staffetta non conosce',
    en: 'IO answers with a state that Staffetta does not know',
  },
  'not-on-io': { it: 'Il cittadino non è su IO', en: 'The citizen is not on IO' },
  'not-reached': {
    it: 'Secondo IO il cittadino non riceve questo servizio',
    en: 'IO says that the citizen does not get this service',
  },
  'switched-off': {
    it: 'Il cittadino ha disattivato il servizio',
    en: 'The citizen has switched the service off',
  },
  failed: {
    it: 'IO non è riuscita a metterlo nella casella',
    en: 'IO failed to put it into the inbox',
  },
  refused: {
    it: 'IO non ha accettato il messaggio o il destinatario',
    en: 'IO did not accept the message or its recipient',
  },
  'wrong-data': {
    it: 'IO ha rifiutato i dati del messaggio',
    en: 'IO refused the data of the message',
  },
}

export const purposeWords: Record<'first' | 'reminder' | 'campaign' | 'errata', Words> = {
  first: { it: 'Primi invii', en: 'First messages' },
  reminder: { it: 'Promemoria e solleciti', en: 'Reminders' },
  campaign: { it: 'Campagne', en: 'Campaigns' },
  errata: { it: 'Errata corrige', en: 'Errata' },
}
