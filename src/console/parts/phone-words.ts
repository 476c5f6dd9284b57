// What the app itself writes around a message, in its languages, and what stands beside the picture
// of it for who works here. The app’s own words in Italian: io-app `locales/it`.
import type { Language } from '../../domain/language.ts'
import type { StaffLanguage } from '../../domain/words.ts'

interface AppWords {
  due: string
  expired: string
  notices: string
  noticeCode: string
  amount: string
  payee: string
  pay: string
  remind: string
  newMessage: string
  openApp: string
  unreadable: string
  now: string
}

export const appWords: Record<Language, AppWords> = {
  it: {
    due: 'Scade il {date} alle ore {time}',
    expired: 'Scaduto il {date} alle ore {time}',
    notices: 'Avvisi pagoPA',
    noticeCode: 'Codice avviso',
    amount: 'Importo',
    payee: 'Ente creditore',
    pay: 'Paga',
    remind: 'Aggiungi promemoria',
    newMessage: 'Hai un nuovo messaggio',
    openApp: 'Entra nell’app per leggerlo',
    unreadable: 'Il contenuto del messaggio non può essere mostrato.',
    now: 'adesso',
  },
  en: {
    due: 'Due on {date} at {time}',
    expired: 'Expired on {date} at {time}',
    notices: 'pagoPA notices',
    noticeCode: 'Notice Code',
    amount: 'Amount',
    payee: 'Creditor',
    pay: 'Pay',
    remind: 'Add a reminder',
    newMessage: 'You have a new message',
    openApp: 'Open the app to read it',
    unreadable: 'The content of the message cannot be shown.',
    now: 'now',
  },
  de: {
    due: 'Fällig am {date} um {time} Uhr',
    expired: 'Abgelaufen am {date} um {time} Uhr',
    notices: 'pagoPA-Zahlungsmitteilungen',
    noticeCode: 'Code der Zahlungsmitteilung',
    amount: 'Betrag',
    payee: 'Gläubiger',
    pay: 'Bezahlen',
    remind: 'Erinnerung hinzufügen',
    newMessage: 'Du hast eine neue Nachricht',
    openApp: 'Öffne die App, um sie zu lesen',
    unreadable: 'Der Inhalt der Nachricht kann nicht angezeigt werden.',
    now: 'jetzt',
  },
}

export const phoneWords = {
  it: {
    label: 'Come lo vede il cittadino',
    dark: 'Tema scuro',
    large: 'Testo grande',
    arrival: 'Come arriva: notifica ed elenco',
    push: 'Notifica sul telefono',
    pushHidden: 'Se il cittadino ha spento l’anteprima',
    list: 'Nell’elenco dei messaggi',
    opens: 'apre {action}',
    dead: 'non apre nulla: {action}',
    differs: 'Anteprima fedele nei testi e nei pulsanti, non nei pixel. I link qui non si aprono.',
    lost: 'Il cittadino non lo vede come l’hai scritto:',
    noButtons: 'Con l’app in questa lingua i pulsanti non si vedono.',
  },
  en: {
    label: 'How the citizen sees it',
    dark: 'Dark theme',
    large: 'Large text',
    arrival: 'How it arrives: notification and list',
    push: 'Notification on the phone',
    pushHidden: 'Where the citizen has switched previews off',
    list: 'In the list of messages',
    opens: 'opens {action}',
    dead: 'opens nothing: {action}',
    differs: 'Faithful in texts and buttons, not in pixels. Links do not open here.',
    lost: 'The citizen does not see it as you wrote it:',
    noButtons: 'An app in this language shows no buttons.',
  },
} satisfies Record<StaffLanguage, Record<string, string>>
