// Messages that wait for a person, in their words: what happened to one whose outcome nobody knows,
// why one is held, and what each decision does. Every code that may stand there has its words; what
// has none is said so. The rules are in `resolution.ts`.
import type { IoCode } from './codes.ts'
import type { StaffLanguage, Words } from './words.ts'

interface QuestionWords {
  what: Words
  advice: Words
}

type QuestionCode = Extract<
  IoCode,
  | `HOLD_${string}`
  | 'IO_ANSWER_LOST'
  | 'IO_ANSWER_ODD'
  | 'IO_SUBMIT_FAULT'
  | 'IO_AMOUNT_CEILING'
  | 'IO_FEATURE'
>

const maybeThere: Words = {
  it: 'Chiedi al cittadino, o cerca il messaggio sul portale di IO. Se non lo sai e c’è un avviso di pagamento, considera inviato: un doppione confonde più di un silenzio.',
  en: 'Ask the citizen, or look for it on IO’s portal. If you cannot know and it is a payment notice, take it as sent: hearing twice confuses more than silence.',
}

const words: Record<QuestionCode, QuestionWords> = {
  IO_ANSWER_LOST: {
    what: {
      it: 'La richiesta è partita e la risposta di IO si è persa',
      en: 'The request left and IO’s answer was lost',
    },
    advice: maybeThere,
  },
  IO_ANSWER_ODD: {
    what: { it: 'IO ha risposto in modo non previsto', en: 'IO answered something unforeseen' },
    advice: maybeThere,
  },
  IO_SUBMIT_FAULT: {
    what: {
      it: 'IO ha avuto un guasto mentre prendeva il messaggio',
      en: 'IO failed while it was taking the message',
    },
    advice: maybeThere,
  },
  HOLD_SENDER_GONE: {
    what: {
      it: 'Staffetta si è fermata mentre inviava, prima di sapere l’esito',
      en: 'Staffetta stopped while sending, before it knew',
    },
    advice: maybeThere,
  },
  HOLD_JOURNAL_AHEAD: {
    what: {
      it: 'La banca dati è stata ripristinata e non ricorda questo invio',
      en: 'The database was restored and does not know this attempt',
    },
    advice: maybeThere,
  },
  HOLD_TEXT_CHANGED: {
    what: {
      it: 'Il testo di adesso è diverso da quello controllato',
      en: 'The text of now differs from the one that was checked',
    },
    advice: {
      it: 'Lascialo partire se il testo di adesso va bene; altrimenti annullalo.',
      en: 'Let it go if the text of now is right; else cancel it.',
    },
  },
  HOLD_SERVICE: {
    what: {
      it: 'Il servizio non è più nella configurazione',
      en: 'The service is no longer in the configuration',
    },
    advice: {
      it: 'Chiedi di rimettere il servizio, poi lascialo partire.',
      en: 'Have the service put back, then let it go.',
    },
  },
  HOLD_DUE_DATE_PASSED: {
    what: {
      it: 'La scadenza è passata mentre il messaggio aspettava',
      en: 'The due date passed while it was waiting',
    },
    advice: {
      it: 'Di solito si annulla: il cittadino leggerebbe una data già passata.',
      en: 'Most often cancelled: the citizen would read a date that is over.',
    },
  },
  HOLD_NOT_APPROVED: {
    what: {
      it: 'È arrivato o cambiato dopo l’approvazione del flusso',
      en: 'It came or changed after its flow was approved',
    },
    advice: {
      it: 'Parte con una nuova approvazione del flusso; da qui si può solo annullare.',
      en: 'A new approval of the flow lets it go; here it can only be cancelled.',
    },
  },
  HOLD_LATE: {
    what: { it: 'È in ritardo più di quanto previsto', en: 'It is later than it may be' },
    advice: {
      it: 'Lascialo partire se serve ancora.',
      en: 'Let it go if it still helps.',
    },
  },
  HOLD_PAYMENTS_STALE: {
    what: {
      it: 'I pagamenti noti sono troppo vecchi: potrebbe aver già pagato',
      en: 'What is known of payments is too old: they may have paid',
    },
    advice: {
      it: 'Parte da solo quando arrivano notizie fresche dei pagamenti. Conviene aspettare.',
      en: 'It goes by itself once there is news of payments. Better wait.',
    },
  },
  HOLD_CLOSED: {
    what: {
      it: 'Il calendario non ha un’ora in cui può partire',
      en: 'The calendar has no hour in which it may leave',
    },
    advice: {
      it: 'Chiedi di aprire un’ora nel calendario, poi lascialo partire.',
      en: 'Have an hour opened in the calendar, then let it go.',
    },
  },
  HOLD_ANSWER: {
    what: {
      it: 'La risposta di un sistema lo trattiene',
      en: 'A system’s answer holds it',
    },
    advice: {
      it: 'Verifica la posizione nel gestionale prima di decidere.',
      en: 'Look at the position at its source before you decide.',
    },
  },
  HOLD_UNANSWERED: {
    what: {
      it: 'Un sistema da interrogare non ha risposto',
      en: 'A system that is asked has not answered',
    },
    advice: {
      it: 'Lascialo partire solo se puoi fare a meno di quella risposta.',
      en: 'Let it go only if its answer is not needed.',
    },
  },
  IO_AMOUNT_CEILING: {
    what: {
      it: 'L’importo supera quello che il servizio può chiedere',
      en: 'The amount is above what the service may ask',
    },
    advice: {
      it: 'Fai alzare il limite sul portale di IO: poi il servizio riprende e partono tutti.',
      en: 'Have the ceiling raised on IO’s portal: once the service goes on, all of them leave.',
    },
  },
  IO_FEATURE: {
    what: {
      it: 'Alla chiave del servizio manca una funzione',
      en: 'The key of the service lacks a feature',
    },
    advice: {
      it: 'Fai abilitare la funzione sul portale di IO: poi il servizio riprende.',
      en: 'Have the feature enabled on IO’s portal: then the service goes on.',
    },
  },
}

const unknown: QuestionWords = {
  what: { it: 'Causa non registrata', en: 'Cause not recorded' },
  advice: maybeThere,
}

/** What happened, or why it is held. */
export function questionText(code: string | null, language: StaffLanguage): string {
  return wordsOf(code).what[language]
}

/** What to look at before deciding. */
export function questionAdvice(code: string | null, language: StaffLanguage): string {
  return wordsOf(code).advice[language]
}

function wordsOf(code: string | null): QuestionWords {
  return code !== null && Object.hasOwn(words, code) ? words[code as QuestionCode] : unknown
}
