// The IUV, which names a payment to its creditor, and the notice number that is made of it.
// Source: pagoPA, "Specifiche attuative dei codici identificativi di versamento": 17 digits, 15
// after an application code, or an ISO 11649 reference (`RF…`), which has no notice number.
// Invariant: a notice number is made only where the lengths fit; nothing is padded or cut.
import { type NoticeNumberReading, readNoticeNumber } from './notice-number.ts'

export type IuvReading = { kind: 'good'; iuv: string } | { kind: 'bad'; why: string }

/** How an institution's notice numbers begin. */
export interface IuvPrefix {
  auxDigit: 0 | 1 | 2 | 3
  /** Two digits: the application code with 0, the segregation code with 3. */
  code?: string | undefined
}

/** Reads an IUV; blanks are dropped, since treasuries break it at the end of their lines. */
export function readIuv(text: string): IuvReading {
  const iuv = text.replace(/\s+/g, '').toUpperCase()
  if (/^(?:\d{15}|\d{17})$/.test(iuv)) return { kind: 'good', iuv }
  if (/^RF\d\d[A-Z0-9]{1,21}$/.test(iuv)) {
    if (remainderBy97(iuv.slice(4) + iuv.slice(0, 4)) === 1) return { kind: 'good', iuv }
    return { kind: 'bad', why: 'è un riferimento RF con le cifre di controllo sbagliate' }
  }
  return { kind: 'bad', why: whatItIs(iuv) }
}

/**
 * The notice number of an IUV: the auxiliary digit, the application code where it is 0, the IUV. An
 * IUV of 17 digits begins with the segregation code by itself, and is refused with another one.
 */
export function noticeNumberOf(
  text: string,
  { auxDigit, code = '' }: IuvPrefix,
): NoticeNumberReading {
  const read = readIuv(text)
  if (read.kind === 'bad') return read
  const { iuv } = read
  if (iuv.startsWith('RF')) {
    return { kind: 'bad', why: 'è un riferimento RF, che non ha un codice avviso' }
  }
  const isWhole = auxDigit !== 0 && iuv.length === 17
  if (isWhole && !iuv.startsWith(code)) {
    return { kind: 'bad', why: `non comincia con il codice di segregazione ${code}` }
  }
  const number = `${auxDigit}${isWhole ? '' : code}${iuv}`
  if (number.length === 18) return readNoticeNumber(number)
  const wanted = auxDigit === 0 ? 15 : 17
  return { kind: 'bad', why: `ha ${iuv.length} cifre invece delle ${wanted} di un IUV dell’ente` }
}

function whatItIs(iuv: string): string {
  if (/^\d[.,]?\d*E\+?\d+$/.test(iuv)) {
    return 'è scritto con l’esponente: un foglio di calcolo ne ha perso le ultime cifre'
  }
  if (!/^\d+$/.test(iuv)) return 'non è fatto di sole cifre'
  if (iuv.length === 18) return 'ha 18 cifre: è già un codice avviso, non un IUV'
  return `ha ${iuv.length} cifre: un IUV ne ha 15 o 17`
}

/** ISO 7064: letters count from 10; taken digit by digit, since the number is too large. */
function remainderBy97(text: string): number {
  let remainder = 0
  for (const character of text) {
    for (const digit of String(Number.parseInt(character, 36))) {
      remainder = (remainder * 10 + Number(digit)) % 97
    }
  }
  return remainder
}
