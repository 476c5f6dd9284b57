// The payment notice number («codice avviso»): 18 digits, of which the first is the auxiliary
// digit.
// Invariant: kept as text, since a leading zero counts.
import { isNoticeNumber } from './message-values.ts'

export type NoticeNumberReading = { kind: 'good'; number: string } | { kind: 'bad'; why: string }

/** Reads a notice number; blanks are dropped, since printed notices group the digits by four. */
export function readNoticeNumber(text: string): NoticeNumberReading {
  const number = text.replace(/\s+/g, '')
  if (isNoticeNumber(number)) return { kind: 'good', number }
  return { kind: 'bad', why: whatItIs(number) }
}

/** Completes the sentence "«…» …", in Italian for the office that reads it. */
function whatItIs(number: string): string {
  if (/^\d[.,]?\d*E\+?\d+$/i.test(number)) {
    return 'è scritto con l’esponente: un foglio di calcolo ne ha perso le ultime cifre'
  }
  if (!/^\d+$/.test(number)) return 'non è fatto di sole cifre'
  if (number.length === 17) return 'ha 17 cifre: forse è un IUV, o manca lo zero iniziale'
  if (number.length !== 18) return `ha ${number.length} cifre invece di 18`
  return 'comincia con una cifra diversa da 0, 1, 2 e 3'
}
