// Why records were refused, in the words of the office that mends them: what is wrong, and what to
// do. Without the data of any record: each refusal says more of its own. Every code has its words.
import { type RefusalCode, refusalCodes } from './codes.ts'
import type { StaffLanguage, Words } from './words.ts'

interface CauseWords {
  /** Italian, within a sentence; in English its meaning in `codes.ts`. */
  wrong: string
  todo: Words
}

const words: Record<RefusalCode, CauseWords> = {
  REC_FIELD_MISSING: {
    wrong: 'manca un dato che serve',
    todo: { it: 'Completa il dato nel gestionale.', en: 'Fill it in at the source.' },
  },
  REC_FISCAL_CODE_FORM: {
    wrong: 'codice fiscale di forma sbagliata',
    todo: {
      it: 'Correggi l’anagrafica. Le ditte (11 cifre) non sono su IO.',
      en: 'Correct the person’s record. IO reaches no company (11 digits).',
    },
  },
  REC_FISCAL_CODE_CHECK: {
    wrong: 'codice fiscale con il carattere di controllo sbagliato',
    todo: {
      it: 'Di solito è un errore di battitura: confronta con il documento.',
      en: 'Most often a typing mistake: compare it with a document.',
    },
  },
  REC_AMOUNT_FORM: {
    wrong: 'importo scritto male',
    todo: {
      it: 'Controlla virgola e decimali: un importo letto male arriva al cittadino.',
      en: 'Check its decimals: a wrong amount reaches the citizen.',
    },
  },
  REC_AMOUNT_RANGE: {
    wrong: 'importo fuori dai limiti di IO',
    todo: {
      it: 'Deve stare fra 0,01 e 99.999.999,99 euro.',
      en: 'It must be from 0.01 to 99,999,999.99 euro.',
    },
  },
  REC_DATE_FORM: {
    wrong: 'data scritta male o inesistente',
    todo: { it: 'Scrivila come nelle altre righe.', en: 'Write it as the other records do.' },
  },
  REC_NOTICE_NUMBER_FORM: {
    wrong: 'numero di avviso non valido',
    todo: {
      it: 'Controlla che non sia lo IUV, e che il foglio di calcolo non l’abbia arrotondato.',
      en: 'See that it is not the IUV, and that no spreadsheet has rounded it.',
    },
  },
  REC_VAT_NUMBER_FORM: {
    wrong: 'partita IVA di forma sbagliata',
    todo: { it: 'Controlla gli zeri iniziali.', en: 'Look for lost zeros in front.' },
  },
  REC_VAT_NUMBER_CHECK: {
    wrong: 'partita IVA con la cifra di controllo sbagliata',
    todo: { it: 'Di solito è un errore di battitura.', en: 'Most often a typing mistake.' },
  },
  REC_IUV_FORM: {
    wrong: 'IUV non valido',
    todo: {
      it: 'Controlla che la colonna contenga lo IUV e non il numero d’avviso.',
      en: 'See that the column holds the IUV, not the notice number.',
    },
  },
  REC_VALUE_UNKNOWN: {
    wrong: 'valore non previsto dal modello',
    todo: {
      it: 'Correggi il valore, o chiedi di aggiungerlo al modello.',
      en: 'Correct it, or have it added to the mapping.',
    },
  },
  REC_VALUE_FORM: {
    wrong: 'valore di un altro tipo',
    todo: { it: 'Correggi il valore.', en: 'Correct the value.' },
  },
  REC_LOOKUP_MISSING: {
    wrong: 'non trovato nell’anagrafica di appoggio o nel sistema',
    todo: {
      it: 'Invia la riga che manca all’anagrafica, poi rielabora.',
      en: 'Send the missing row, then map the record again.',
    },
  },
  REC_LOOKUP_UNANSWERED: {
    wrong: 'il sistema da interrogare non ha risposto',
    todo: {
      it: 'Quando risponde di nuovo, rielabora.',
      en: 'Once it answers, map the record again.',
    },
  },
  REC_TEXT_LENGTH: {
    wrong: 'testo più corto o più lungo di quanto IO accetta',
    todo: {
      it: 'Il titolo va da 10 a 120 caratteri, il testo da 80 a 10.000.',
      en: 'A title has 10 to 120 characters, a text 80 to 10,000.',
    },
  },
  REC_BUTTON: {
    wrong: 'pulsante che non aprirebbe nulla',
    todo: { it: 'Correggi l’indirizzo o il telefono.', en: 'Correct its address or number.' },
  },
  REC_PAYLOAD: {
    wrong: 'messaggio che IO rifiuterebbe',
    todo: { it: 'Apri la riga: dice quale regola.', en: 'The record says which rule.' },
  },
  REC_KEY_REPEATED: {
    wrong: 'stessa chiave due volte nello stesso file, con dati diversi',
    todo: {
      it: 'Decidi quale delle due righe vale, e correggi l’altra.',
      en: 'Decide which of the two holds, and correct the other.',
    },
  },
  REC_COLUMNS: {
    wrong: 'colonne in più o in meno',
    todo: {
      it: 'Di solito un separatore è finito dentro un valore.',
      en: 'Most often a delimiter stands inside a value.',
    },
  },
  REC_LINE_LENGTH: {
    wrong: 'riga più corta o più lunga del tracciato',
    todo: { it: 'Confronta la riga con il tracciato.', en: 'Compare it with its layout.' },
  },
  REC_LINE_TAB: {
    wrong: 'tabulazione in una riga a larghezza fissa',
    todo: {
      it: 'Falla sostituire con spazi: quello che segue è spostato.',
      en: 'Have blanks written: what follows has moved.',
    },
  },
  REC_LINE_TYPE: {
    wrong: 'riga di un tipo non dichiarato',
    todo: { it: 'Chiedi al fornitore del gestionale.', en: 'Ask who runs the source.' },
  },
  REC_JSON: {
    wrong: 'oggetto JSON non leggibile',
    todo: { it: 'Serve un oggetto per riga.', en: 'Have one object written a line.' },
  },
  REC_PATH: {
    wrong: 'percorso che porta a più valori',
    todo: { it: 'Il modello deve dire quale.', en: 'The mapping must say which.' },
  },
  REC_GROUPS_EMPTY: {
    wrong: 'gruppi di colonne tutti vuoti',
    todo: { it: 'Se non c’è nulla da pagare, ignora.', en: 'If nothing is due, ignore it.' },
  },
  REC_GROUPS_TOTAL: {
    wrong: 'gruppi di colonne che non danno il totale dichiarato',
    todo: { it: 'Correggi gli importi nel gestionale.', en: 'Correct the amounts at the source.' },
  },
  REC_CELL_ERROR: {
    wrong: 'cella con un errore',
    todo: {
      it: 'Correggi la formula, riapri il foglio e salvalo.',
      en: 'Correct the formula, open the sheet and save it.',
    },
  },
  REC_CELL_DIGITS: {
    wrong: 'numero con più di 15 cifre, le ultime perse dal foglio di calcolo',
    todo: {
      it: 'Imposta la colonna come testo e riscrivi i numeri.',
      en: 'Make the column text and write the numbers again.',
    },
  },
  REC_ROW_HIDDEN: {
    wrong: 'riga nascosta nel foglio',
    todo: { it: 'Togli il filtro dal foglio.', en: 'Remove the filter.' },
  },
  REC_FILE_MISSING: {
    wrong: 'manca il file che la riga nomina',
    todo: { it: 'Fallo inviare insieme al file.', en: 'Have it sent with the file.' },
  },
  REC_MAIL_LABEL: {
    wrong: 'etichetta ripetuta nel messaggio di posta',
    todo: { it: 'Correggi il messaggio di posta.', en: 'Correct the mail.' },
  },
  REC_FIELD_TOO_LONG: {
    wrong: 'valore troppo lungo',
    todo: {
      it: 'Cerca virgolette che non si chiudono.',
      en: 'Look for a quote that was never closed.',
    },
  },
}

const unknown = {
  wrong: { it: 'Causa non registrata', en: 'Cause not recorded' },
  todo: { it: 'Apri le righe per leggerla.', en: 'The records say it.' },
} satisfies Record<string, Words>

/** What a code means, within an Italian sentence; null of any other. */
export function refusalMeaning(code: string): string | null {
  return isCode(code) ? words[code].wrong : null
}

/** What is wrong with records of this code, as a title; null: it is not known. */
export function causeText(code: string | null, language: StaffLanguage): string {
  if (code === null || !isCode(code)) return unknown.wrong[language]
  const text = language === 'it' ? words[code].wrong : refusalCodes[code].replace(/\.$/, '')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** What the office can do about them. */
export function causeRemedy(code: string | null, language: StaffLanguage): string {
  return (code !== null && isCode(code) ? words[code] : unknown).todo[language]
}

function isCode(code: string): code is RefusalCode {
  return Object.hasOwn(words, code)
}
