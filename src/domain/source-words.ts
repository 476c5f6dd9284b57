// What is wrong with a source, in Italian: what has happened and what to do, by code. In English
// the codes say it themselves.
import { type SourceCode, sourceCodes } from './codes.ts'
import type { StaffLanguage } from './words.ts'

const sourceWords: Record<SourceCode, string> = {
  SRC_UNREACHABLE: 'La fonte non risponde: guarda se è accesa e se la rete ci arriva.',
  SRC_HOST_KEY:
    'Il server mostra un’impronta che non conosciamo. Chiedi a chi lo gestisce se l’ha cambiata, poi scrivila in `hostKeys`.',
  SRC_TLS: 'Il certificato della fonte non è valido, o non è di un’autorità che conosciamo.',
  SRC_CREDENTIALS: 'Nome o password rifiutati, o non leggibili: correggi a che cosa rimandano.',
  SRC_CONNECTION_LOST: 'Il collegamento è caduto: si riprova da soli.',
  SRC_DIRECTORY: 'Una cartella non c’è, o non si può leggere.',
  SRC_DIRECTORY_BOUNDS: 'La cartella ha troppi file: sposta quelli vecchi.',
  SRC_FILE_ACCESS: 'Un file non si può leggere, spostare o scrivere: guarda i permessi.',
  SRC_FILE_BOUNDS: 'Un file è più grande di quanto il collegamento ammette.',
  SRC_FILE_CHANGED: 'Un file cambiava mentre lo leggevamo: si riprova da soli.',
  SRC_FILE_COMPANION: 'Un file aspetta quello che gli fa coppia.',
  SRC_MAILBOX: 'La casella non c’è, o i suoi messaggi non si possono leggere.',
  SRC_MAILBOX_BOUNDS: 'La casella ha troppi messaggi che non ci riguardano: spostali.',
  SRC_MAIL: 'Una mail è fatta male o troppo grande: è stata messa da parte.',
  SRC_SETTINGS: 'Le impostazioni del collegamento non bastano: correggile.',
  SRC_WSDL: 'Il WSDL non si può usare, o non va d’accordo con le chiamate.',
  SRC_TEMPLATE: 'Un modello di chiamata non si può riempire.',
  SRC_ANSWER: 'Il servizio ha risposto qualcosa di inatteso.',
  SRC_ANSWER_BOUNDS: 'Una risposta è troppo grande.',
  SRC_REFUSED: 'Il servizio ha rifiutato la chiamata.',
  SRC_BUSY: 'Il servizio è occupato o chiuso per ora: si riprova da soli.',
  SRC_WINDOW: 'C’è più da leggere di quanto il collegamento ammette.',
  SRC_JOB: 'Un’estrazione ordinata non è riuscita, o non è mai arrivata.',
  SRC_DRIVER: 'Manca il programma che parla con la base dati: va installato.',
  SRC_VIEW: 'La base dati rifiuta la richiesta: manca la vista, o un permesso.',
  SRC_VIEW_CHANGED: 'Alla vista manca una colonna, o una colonna ha cambiato tipo.',
  SRC_VIEW_COLUMN: 'Una colonna della vista non si può leggere come dice il collegamento.',
  SRC_VIEW_KEY: 'Le colonne indicate non distinguono le righe della vista.',
  SRC_VIEW_START: 'Nessuna colonna dice quali righe sono più vecchie della data di inizio.',
  SRC_VIEW_SLOW: 'La base dati è troppo lenta, o la vista è bloccata da altri.',
  SRC_VIEW_VALUE: 'La base dati rifiuta un valore.',
  SRC_VIEW_BOUNDS: 'La vista ha righe o valori oltre i limiti.',
  SRC_RECEIPT: 'Un esito non si è potuto riferire, o troppi sono stati rifiutati.',
  SRC_RESULT: 'Il file degli esiti non si è potuto scrivere.',
  SRC_STOPPED: 'Staffetta si stava fermando: si riprova da soli.',
  SRC_DROP_TOO_LARGE: 'La fonte ha mandato più dati di quanti se ne ammettono.',
  SRC_DISK_FULL: 'C’è poco spazio sul nostro disco: fai posto, poi si riprende da soli.',
  SRC_UNEXPECTED: 'Il connettore si è fermato in un modo non previsto: il registro dice di più.',
}

/** What a code of a source means and what to do; null of any other. */
export function sourceMeaning(code: string | null, language: StaffLanguage): string | null {
  if (code === null || !Object.hasOwn(sourceCodes, code)) return null
  return language === 'it' ? sourceWords[code as SourceCode] : sourceCodes[code as SourceCode]
}
