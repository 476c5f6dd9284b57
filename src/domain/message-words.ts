// Where a message stands, in the words of offices: a short state, with its tone and sign, and a
// sentence that says what happened and what to do. Between the store's states and every page that
// shows one. Every state has its words; a delivery or a code refines them.
import type { Delivery, MessageState, Purpose } from './message.ts'
import { questionText } from './question-words.ts'
import { fill, type StaffLanguage, type Words } from './words.ts'

/** As an office sees a message: one word a state that it would act on differently. */
export type MessageStand =
  | 'waiting'
  | 'sending'
  | 'handed-over'
  | 'taken'
  | 'late'
  | 'available'
  | 'failed'
  | 'odd'
  | 'not-on-io'
  | 'switched-off'
  | 'not-reached'
  | 'refused'
  | 'wrong-data'
  | 'to-decide'
  | 'uncertain'
  | 'cancelled'
  | 'recorded'

interface StandLook {
  tone: 'grey' | 'blue' | 'green' | 'orange' | 'red' | 'purple'
  /** Shown beside the word, never instead of it. */
  sign: string
  word: Words
  /** What it means, and what to do. `{at}` is when. */
  sentence: Words
}

/** What is asked to tell a stand. */
export interface Standing {
  state: MessageState
  code: string | null
  delivery: Delivery | null
}

export const standLooks: Record<MessageStand, StandLook> = {
  waiting: {
    ...{ tone: 'grey', sign: '◷' },
    word: { it: 'In attesa', en: 'Waiting' },
    sentence: { it: 'Parte il {at}.', en: 'It leaves on {at}.' },
  },
  sending: {
    ...{ tone: 'blue', sign: '…' },
    word: { it: 'In invio', en: 'Sending' },
    sentence: { it: 'Sta partendo adesso.', en: 'It is leaving now.' },
  },
  'handed-over': {
    ...{ tone: 'blue', sign: '✓' },
    word: { it: 'Inviato a IO', en: 'Handed to IO' },
    sentence: {
      it: 'IO l’ha ricevuto il {at}; non ha ancora detto se è nella casella del cittadino.',
      en: 'IO received it on {at}; it has not said yet whether it is in the citizen’s inbox.',
    },
  },
  taken: {
    ...{ tone: 'blue', sign: '✓' },
    word: { it: 'Preso in carico', en: 'Taken by IO' },
    sentence: {
      it: 'IO l’ha preso in carico il {at} e lo sta elaborando: può volerci tempo.',
      en: 'IO took it on {at} and is processing it: that may take a while.',
    },
  },
  late: {
    ...{ tone: 'orange', sign: '◷' },
    word: { it: 'In ritardo su IO', en: 'Late on IO' },
    sentence: {
      it: 'IO l’ha preso il {at} e da un giorno non dice altro. Non reinviarlo: il cittadino potrebbe riceverlo due volte.',
      en: 'IO took it on {at} and has said nothing for a day. Do not send it again: the citizen might get it twice.',
    },
  },
  available: {
    ...{ tone: 'green', sign: '✓✓' },
    word: { it: 'Disponibile su IO', en: 'Available on IO' },
    sentence: {
      it: 'Inviato il {at}, è nella casella di IO del cittadino. Non è una notifica legale.',
      en: 'Sent on {at}, it is in the citizen’s inbox on IO. It is not legal service.',
    },
  },
  failed: {
    ...{ tone: 'red', sign: '✕' },
    word: { it: 'Non riuscito su IO', en: 'Failed on IO' },
    sentence: {
      it: 'IO l’ha preso il {at} e non è riuscita a metterlo nella casella del cittadino. Usa un altro canale.',
      en: 'IO took it on {at} and failed to put it into the inbox. Use another channel.',
    },
  },
  odd: {
    ...{ tone: 'orange', sign: '?' },
    word: { it: 'Inviato, stato ignoto', en: 'Sent, state unknown' },
    sentence: {
      it: 'Inviato il {at}. IO risponde con uno stato che Staffetta non conosce.',
      en: 'Sent on {at}. IO answers with a state that Staffetta does not know.',
    },
  },
  'not-on-io': {
    ...{ tone: 'grey', sign: '○' },
    word: { it: 'Non è su IO', en: 'Not on IO' },
    sentence: {
      it: 'Il {at} il cittadino non era su IO. Usa il canale tradizionale.',
      en: 'On {at} the citizen was not on IO. Use the usual channel.',
    },
  },
  'switched-off': {
    ...{ tone: 'grey', sign: '⊘' },
    word: { it: 'Servizio disattivato', en: 'Service switched off' },
    sentence: {
      it: 'Il cittadino ha disattivato questo servizio su IO: è una sua scelta, non ritentare. Usa un altro canale.',
      en: 'The citizen switched this service off on IO: it is their choice. Use another channel.',
    },
  },
  'not-reached': {
    ...{ tone: 'grey', sign: '○' },
    word: { it: 'Non raggiungibile su IO', en: 'Not reachable on IO' },
    sentence: {
      it: 'Il {at} IO ha detto che il cittadino non riceve questo servizio. Usa un altro canale.',
      en: 'On {at} IO said that the citizen does not get this service. Use another channel.',
    },
  },
  refused: {
    ...{ tone: 'red', sign: '✕' },
    word: { it: 'Rifiutato da IO', en: 'Refused by IO' },
    sentence: {
      it: 'IO non l’ha accettato ({at}). La causa è nella cronologia.',
      en: 'IO did not accept it ({at}). The timeline says why.',
    },
  },
  'wrong-data': {
    ...{ tone: 'red', sign: '✕' },
    word: { it: 'Errore nei dati', en: 'Data error' },
    sentence: {
      it: 'IO ha rifiutato i dati del messaggio ({at}). Correggi la riga alla fonte e inviala di nuovo.',
      en: 'IO refused the data of the message ({at}). Correct the record at its source and send it again.',
    },
  },
  'to-decide': {
    ...{ tone: 'purple', sign: '?' },
    word: { it: 'Da decidere', en: 'To decide' },
    sentence: {
      it: 'È fermo e aspetta una persona. Nulla è partito.',
      en: 'It is held and waits for a person. Nothing has left.',
    },
  },
  uncertain: {
    ...{ tone: 'purple', sign: '?' },
    word: { it: 'Esito incerto', en: 'Outcome unknown' },
    sentence: {
      it: 'La richiesta è partita ma IO non ha risposto: il cittadino potrebbe averlo ricevuto.',
      en: 'The request left but IO did not answer: the citizen may have received it.',
    },
  },
  cancelled: {
    ...{ tone: 'grey', sign: '⊘' },
    word: { it: 'Annullato', en: 'Cancelled' },
    sentence: {
      it: 'Annullato il {at}: non parte più.',
      en: 'Cancelled on {at}: it never leaves.',
    },
  },
  recorded: {
    ...{ tone: 'grey', sign: '◌' },
    word: { it: 'In simulazione', en: 'Recorded' },
    sentence: {
      it: 'Registrato il {at} in simulazione: non è stato inviato, e non partirà.',
      en: 'Recorded on {at} as a dry run: it was not sent, and never will be.',
    },
  },
}

const ofDelivery: Record<Delivery, MessageStand> = {
  accepted: 'taken',
  processed: 'available',
  rejected: 'refused',
  failed: 'failed',
  unknown: 'odd',
  stuck: 'late',
}

const ofUndeliverable: Record<string, MessageStand> = {
  'no-profile': 'not-on-io',
  IO_REJECTED_NO_PROFILE: 'not-on-io',
  'sender-blocked': 'switched-off',
  IO_REJECTED_SENDER_BLOCKED: 'switched-off',
  'not-subscribed': 'not-reached',
  IO_PROCESSING_REJECTED: 'refused',
  IO_PROCESSING_FAILED: 'failed',
}

const ofState: Record<
  Exclude<MessageState, 'sent' | 'undeliverable' | 'rejected'>,
  MessageStand
> = {
  waiting: 'waiting',
  claimed: 'sending',
  sending: 'sending',
  held: 'to-decide',
  uncertain: 'uncertain',
  cancelled: 'cancelled',
  recorded: 'recorded',
}

/** Where a message stands, as an office sees it. */
export function standOf({ state, code, delivery }: Standing): MessageStand {
  if (state === 'sent') return delivery === null ? 'handed-over' : ofDelivery[delivery]
  if (state === 'undeliverable') return ofUndeliverable[code ?? ''] ?? 'not-reached'
  if (state === 'rejected') return code === 'IO_PAYLOAD' ? 'wrong-data' : 'refused'
  return ofState[state]
}

/** The word of a state, for lists and exports. */
export function standText(standing: Standing, language: StaffLanguage): string {
  return standLooks[standOf(standing)].word[language]
}

/** The sentence; `at` as the reader's language writes an instant. */
export function standSentence(standing: Standing, at: string, language: StaffLanguage): string {
  return fill(standLooks[standOf(standing)].sentence, language, { at })
}

export const purposeWords: Record<Purpose, Words> = {
  first: { it: 'Primo invio', en: 'First message' },
  reminder: { it: 'Promemoria', en: 'Reminder' },
  campaign: { it: 'Campagna', en: 'Campaign' },
  errata: { it: 'Errata corrige', en: 'Errata' },
  test: { it: 'Prova', en: 'Test' },
}

const causes: Record<string, Words> = {
  missing: { it: 'la fonte non lo nomina più', en: 'its source no longer names it' },
  stopped: { it: 'il flusso è stato interrotto', en: 'its flow was stopped' },
  replaced: { it: 'il file è stato rifatto come altro flusso', en: 'its drop was mapped again' },
  settled: { it: 'è già pagato', en: 'it is paid already' },
  cancelled: { it: 'la comunicazione è stata ritirata', en: 'its notice was withdrawn' },
  superseded: {
    it: 'una versione più nuova ha il suo messaggio',
    en: 'a later version has its own',
  },
  postponed: { it: 'la scadenza è stata spostata', en: 'its notice was postponed' },
  late: { it: 'era troppo tardi per la sua regola', en: 'it was later than its rule allows' },
  overtaken: { it: 'è partito un altro al suo posto', en: 'another left instead' },
  crowded: { it: 'quel giorno il destinatario aveva già un messaggio', en: 'its day was taken' },
  answered: {
    it: 'il sistema interrogato dice di non inviarlo',
    en: 'a system said not to send it',
  },
  'do-not-contact': { it: 'il destinatario non vuole essere contattato', en: 'do not contact' },
  'given-up': { it: 'una persona ha rinunciato', en: 'a person gave it up' },
  skipped: { it: 'una persona ha saltato il giorno', en: 'a person skipped its day' },
  'let-go': { it: 'una persona l’ha lasciato andare', en: 'a person let it go' },
  'no-profile': { it: 'il cittadino non è su IO', en: 'the citizen is not on IO' },
  'sender-blocked': { it: 'servizio disattivato dal cittadino', en: 'service switched off' },
  IO_PAYLOAD: { it: 'IO ha rifiutato i dati', en: 'IO refused the data' },
  IO_RECIPIENT_FORBIDDEN: {
    it: 'il servizio non può scrivere a questo destinatario',
    en: 'the service may not write to this recipient',
  },
  IO_RATE: { it: 'IO ha chiesto di rallentare', en: 'IO asked to slow down' },
  IO_UNREACHABLE: { it: 'IO non raggiungibile', en: 'IO could not be reached' },
  IO_PROFILE_FAULT: { it: 'IO non ha risposto sul profilo', en: 'IO said nothing of the profile' },
  IO_STATUS_FAULT: { it: 'IO non ha risposto sullo stato', en: 'IO said nothing of the state' },
  IO_NOT_SENT: { it: 'non era ancora partito nulla', en: 'nothing had left' },
  IO_KEY: { it: 'IO non accetta la chiave del servizio', en: 'IO does not accept the key' },
  IO_FORBIDDEN: { it: 'il servizio non ha il permesso', en: 'the service may not do this' },
  IO_PROCESSING_REJECTED: {
    it: 'IO l’ha rifiutato dopo averlo preso, senza dire perché',
    en: 'IO rejected it after taking it, and does not say why',
  },
  IO_REJECTED_NO_PROFILE: { it: 'il cittadino non è su IO', en: 'the citizen is not on IO' },
  IO_REJECTED_SENDER_BLOCKED: {
    it: 'servizio disattivato dal cittadino',
    en: 'service switched off',
  },
  IO_PROCESSING_FAILED: { it: 'IO non è riuscita a elaborarlo', en: 'IO failed to process it' },
  IO_PROCESSING_SILENT: { it: 'IO tace da un giorno', en: 'IO has said nothing for a day' },
  'not-subscribed': { it: 'il cittadino non riceve il servizio', en: 'not subscribed' },
}

/** Why a message is where it is; an unknown code stands for itself. */
export function messageCause(code: string, language: StaffLanguage): string {
  if (Object.hasOwn(causes, code)) return (causes[code] as Words)[language]
  const text = questionText(code, language)
  return text === questionText(null, language) ? code : text
}

/** What people look for by its cause: each code with its words, the first letter large. */
export function messageCauses(language: StaffLanguage): (readonly [string, string])[] {
  const held = ['HOLD_DUE_DATE_PASSED', 'HOLD_NOT_APPROVED', 'HOLD_TEXT_CHANGED', 'IO_ANSWER_LOST']
  return [...Object.keys(causes), ...held].map((code) => {
    const text = messageCause(code, language)
    return [code, text.charAt(0).toUpperCase() + text.slice(1)]
  })
}
