// Why a service is paused or limited, in Italian: what has happened and what to do, by the code of
// IO's answer. In English the codes say it themselves.
import { ioMeaning } from './codes.ts'
import type { StaffLanguage } from './words.ts'

const pauseWords: Readonly<Record<string, string>> = {
  IO_KEY: 'IO rifiuta la chiave del servizio: mettine una valida dove la configurazione la cerca.',
  IO_FORBIDDEN: 'IO non permette questa chiamata al servizio: guarda sul portale se è attivo.',
  IO_PATH: 'L’indirizzo di IO è sbagliato: correggi `baseUrl` dell’account.',
  IO_CONFIGURATION: 'La configurazione dei contenuti remoti non esiste su IO.',
  IO_AMOUNT_CEILING: 'L’importo è oltre quello che il servizio può chiedere: alzalo sul portale.',
  IO_FEATURE: 'La chiave non ha un permesso che serve al messaggio: chiedilo sul portale.',
}

/** What keeps a service from sending, and what to do; null of a code that is none of IO's. */
export function pauseMeaning(code: string, language: StaffLanguage): string | null {
  return (language === 'it' ? pauseWords[code] : undefined) ?? ioMeaning(code)
}
