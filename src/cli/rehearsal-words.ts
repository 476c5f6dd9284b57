// The Italian words of a rehearsal's page: what each code means to an office, when a rule fires,
// and days, counts and durations as they are written in Italian.
// Invariant: no value of a record is ever part of them.
import type { AccountTerm } from '../domain/flow-account.ts'
import { refusalMeaning } from '../domain/refusal-words.ts'

const others: Record<string, string> = {
  FLOW_AMOUNTS: 'importi lontani da quelli dell’emissione precedente',
  FLOW_PAST_DUE: 'troppe scadenze già passate',
  FLOW_REPEATED_FILE: 'file già elaborato sotto un altro nome',
  FLOW_TOLD_ALREADY: 'avvisi già comunicati allo stesso cittadino',
  FLOW_PAID_ALREADY: 'avvisi già pagati',
  FLOW_PROBLEMS: 'troppe righe scartate',
  FLOW_MASS: 'comunicazione di massa, che IO esclude',
  SNAP_EMPTY: 'elenco vuoto: nulla è stato chiuso',
  SNAP_KEYS: 'elenco con chiavi illeggibili: nulla è stato chiuso',
  SNAP_MISSING: 'elenco a cui manca troppo: nulla è stato chiuso',
  HOLD_DUE_DATE_PASSED: 'la scadenza è passata prima dell’invio',
  HOLD_PAYMENTS_STALE: 'le notizie dei pagamenti erano troppo vecchie',
  HOLD_LATE: 'in ritardo più di quanto il modello permette',
  HOLD_CLOSED: 'nessuna ora utile nel calendario',
  HOLD_TEXT_CHANGED: 'il testo è cambiato dopo la lettura',
  HOLD_SERVICE: 'il servizio non è nella configurazione',
  HOLD_ANSWER: 'la risposta di un sistema trattiene il messaggio',
  HOLD_UNANSWERED: 'un sistema non ha risposto prima dell’invio',
  DROP_ENCODING: 'caratteri che non sono nella codifica dichiarata',
  DROP_CSV_HEADER: 'manca una colonna nell’intestazione',
  DROP_ZIP_TRUNCATED: 'ZIP incompleto',
  DROP_ZIP_MEMBER: 'nello ZIP non c’è il file atteso',
  DROP_FILE_NAME: 'nome del file non previsto',
  DROP_FOOTER: 'riga di chiusura mancante, o che non torna',
  DROP_FORMAT: 'formato diverso da quello del modello',
}

/** What a code means, in a few words; the code itself where there are none. */
export function meaningOf(code: string): string {
  return refusalMeaning(code) ?? others[code] ?? code
}

export const termWords: Record<AccountTerm, string> = {
  sent: 'inviati',
  undeliverable: 'non raggiungibili',
  rejected: 'rifiutati da IO',
  refused: 'scartati',
  duplicate: 'già inviati',
  skipped: 'esclusi',
  waiting: 'in attesa',
  held: 'da decidere',
  uncertain: 'esito incerto',
  cancelled: 'annullati',
  recorded: 'in simulazione',
}

/** `-7d 09:30` → `7 giorni prima, ore 9:30`. */
export function timeWords(at: string): string {
  const [, sign, days = '0', hour, minute] = /^([+-])(\d+)d (\d\d):(\d\d)$/.exec(at) ?? []
  if (sign === undefined) return at
  const time = `ore ${Number(hour)}:${minute}`
  const count = Number(days)
  if (count === 0) return `il giorno della scadenza, ${time}`
  const when = sign === '-' ? 'prima' : 'dopo'
  return `${count === 1 ? '1 giorno' : `${count} giorni`} ${when}, ${time}`
}

/** `2025-03-01` → `sab 1/3/2025`. */
export function dayWords(day: string): string {
  const date = Temporal.PlainDate.from(day)
  return `${weekdays[date.dayOfWeek - 1]} ${dateWords(day)}`
}

/** `2025-03-01` → `1/3/2025`. */
export function dateWords(day: string): string {
  const date = Temporal.PlainDate.from(day)
  return `${date.day}/${date.month}/${date.year}`
}

const weekdays = ['lun', 'mar', 'mer', 'gio', 'ven', 'sab', 'dom']

/** `2025-03-01 07:00` → `sab 1/3/2025, 7:00`. */
export function minuteWords(at: string): string {
  const [day = '', time = ''] = at.split(' ')
  return `${dayWords(day)}, ${time.replace(/^0/, '')}`
}

/** `12345` → `12.345`. */
export function countWords(count: number): string {
  return count.toLocaleString('it', { useGrouping: 'always' })
}

/** So many of what is counted: `1 riga`, `12.345 righe`. */
export function numberWords(count: number, one: string, many: string): string {
  return `${countWords(count)} ${count === 1 ? one : many}`
}

/** Seconds as people say them; null: as fast as IO goes. */
export function durationWords(seconds: number | null): string {
  if (seconds === null) return 'senza limite'
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  const [of, unit] = seconds < 48 * 3600 ? [3600, 'ore'] : [86_400, 'giorni']
  return `${(seconds / of).toLocaleString('it', { maximumFractionDigits: 1 })} ${unit}`
}
