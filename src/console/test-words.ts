// The words of the testers' pages, in the two languages in which colleagues read them. Invariant:
// what is said of a link that opens nothing is the same whether it never was one or is over.
import type { StaffLanguage } from '../domain/words.ts'

interface Said {
  title: string
  text: string
}

interface ConsoleWords {
  notFound: Said
  tooMany: Said
  tooLarge: Said
  notUnderstood: Said
  failed: Said
  forged: Said
  title: string
  intro: string
  private: string
  until: string
  message: string
  reminder: string
  line: string
  noticeNumber: string
  states: { sent: string; coming: string; failed: string }
  ok: string
  problem: string
  note: string
  noteHint: string
  send: string
  allOk: string
  thanks: string
  errors: { title: string; none: string; noteMissing: string; noteUnmeant: string }
}

export const consoleWords: Record<StaffLanguage, ConsoleWords> = {
  it: {
    notFound: {
      title: 'Questo collegamento non è valido',
      text:
        'Può essere scaduto, o sostituito da uno più recente: guarda l’ultima mail che hai ' +
        'ricevuto. Se la prova ti serve ancora, chiedila a chi prepara l’invio.',
    },
    tooMany: { title: 'Troppe richieste', text: 'Aspetta un minuto e riprova.' },
    tooLarge: { title: 'Il testo è troppo lungo', text: 'Torna indietro e accorcialo.' },
    notUnderstood: { title: 'Richiesta non riconosciuta', text: 'Torna indietro e riprova.' },
    failed: {
      title: 'Qualcosa non ha funzionato',
      text: 'La risposta può non essere arrivata: riprova tra qualche minuto.',
    },
    forged: {
      title: 'La richiesta non viene da questa pagina',
      text: 'Non è stato fatto nulla. Torna indietro, ricarica la pagina e riprova.',
    },
    title: 'Prova prima dell’invio',
    intro:
      'Ti sono stati mandati su IO questi messaggi di prova: il titolo comincia con [PROVA]. ' +
      'Aprili uno per uno e controlla nome, importo, scadenza, testo e collegamenti.',
    private: 'Riportano i dati veri di altre persone: non inoltrarli, e non pagarli.',
    until: 'Puoi rispondere, e cambiare risposta, fino al {until}.',
    message: 'Messaggio {item}',
    reminder: 'promemoria {template}',
    line: 'riga {line}',
    noticeNumber: 'codice avviso finto {number}',
    states: { sent: 'inviato', coming: 'in arrivo', failed: 'non inviato ({code})' },
    ok: 'Tutto corretto',
    problem: 'Segnala un problema',
    note: 'Che cosa non va?',
    noteHint: 'Al massimo {length} caratteri.',
    send: 'Invia le risposte',
    allOk: 'Tutto corretto in tutti i messaggi',
    thanks: 'Grazie: le tue risposte sono arrivate.',
    errors: {
      title: 'Le risposte non sono state inviate',
      none: 'Scegli una risposta per almeno un messaggio.',
      noteMissing: 'Messaggio {item}: scrivi che cosa non va.',
      noteUnmeant: 'Messaggio {item}: hai scritto che cosa non va ma scelto «Tutto corretto».',
    },
  },
  en: {
    notFound: {
      title: 'This link is not valid',
      text:
        'It may be over, or replaced by a newer one: look at the last mail that you were sent. ' +
        'If the test is still needed, ask who prepares the sending.',
    },
    tooMany: { title: 'Too many requests', text: 'Wait a minute and try again.' },
    tooLarge: { title: 'The text is too long', text: 'Go back and shorten it.' },
    notUnderstood: { title: 'Request not understood', text: 'Go back and try again.' },
    failed: {
      title: 'Something went wrong',
      text: 'Your answer may not have arrived: try again in a few minutes.',
    },
    forged: {
      title: 'The request does not come from this page',
      text: 'Nothing was done. Go back, load the page again and retry.',
    },
    title: 'Test before sending',
    intro:
      'You were sent these test messages on IO: in Italian their title begins with [PROVA]. ' +
      'Open them one by one and look at name, amount, due date, text and links.',
    private: 'They show the real data of other people: do not forward them, and do not pay them.',
    until: 'You can answer, and change your answer, until {until}.',
    message: 'Message {item}',
    reminder: 'reminder {template}',
    line: 'line {line}',
    noticeNumber: 'false notice number {number}',
    states: { sent: 'sent', coming: 'on its way', failed: 'not sent ({code})' },
    ok: 'All correct',
    problem: 'Report a problem',
    note: 'What is wrong?',
    noteHint: 'At most {length} characters.',
    send: 'Send the answers',
    allOk: 'All correct in all messages',
    thanks: 'Thank you: your answers have arrived.',
    errors: {
      title: 'The answers were not sent',
      none: 'Choose an answer for at least one message.',
      noteMissing: 'Message {item}: write what is wrong.',
      noteUnmeant: 'Message {item}: you wrote what is wrong but chose “All correct”.',
    },
  },
}
