// The mails about reminders that wait for news of payments. They hold names of feeds and instants,
// never a person's data.
import { formatDateAfter } from '../domain/date-words.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import type { PaymentOutage } from '../pipeline/send/freshness.ts'

export function staleMail({ institution, feed, until, zone, notify }: PaymentOutage): StaffMail {
  const since = until === null ? 'mai' : dateTimeText('dal', until, zone)
  const known =
    until === null
      ? 'non è ancora arrivato nulla'
      : `le ultime notizie sono ${dateTimeText('del', until, zone)}`
  return {
    recipients: notify,
    subject: `Promemoria trattenuti: i pagamenti non sono aggiornati (${feed})`,
    body: [
      until === null
        ? `I pagamenti del collegamento "${feed}" di ${institution} non sono mai stati aggiornati:`
        : `I pagamenti del collegamento "${feed}" di ${institution} non sono aggiornati ${since}:`,
      `${known}.`,
      '',
      'Finché non arrivano, i promemoria e le campagne che ne dipendono restano trattenuti: chi ha',
      'già pagato non deve essere sollecitato. I primi avvisi partono lo stesso.',
      '',
      'Che cosa fare: staffetta feeds dice se la fonte è raggiunta. Quando i pagamenti arrivano, i',
      'promemoria ripartono da soli. Per farli partire comunque: staffetta resolve.',
      'Il rimedio sta alla voce HOLD_PAYMENTS_STALE di docs/operations.md.',
    ].join('\n'),
  }
}

/** `beside`: other feeds without news, on which the same reminders rely. */
export function freshMail(
  { institution, feed, until, zone, notify }: PaymentOutage,
  beside: readonly string[],
): StaffMail {
  const at = until === null ? '' : ` ${dateTimeText('al', until, zone)}`
  const known = `I pagamenti del collegamento "${feed}" di ${institution} sono aggiornati${at}.`
  if (beside.length > 0) {
    const others = beside.join(', ')
    return {
      recipients: notify,
      subject: `Pagamenti aggiornati (${feed}), promemoria ancora trattenuti (${others})`,
      body: [
        known,
        `I promemoria che dipendono anche da ${others} restano trattenuti finché non ci sono notizie`,
        'anche da lì; poi ripartono da soli.',
      ].join('\n'),
    }
  }
  return {
    recipients: notify,
    subject: `Promemoria di nuovo in partenza: pagamenti aggiornati (${feed})`,
    body: [
      known,
      'I promemoria trattenuti ripartono da soli; quelli di chi ha pagato sono annullati.',
    ].join('\n'),
  }
}

/** `dal 20 novembre 2026, ore 06:00` */
function dateTimeText(article: string, at: Temporal.Instant, zone: string): string {
  const local = at.toZonedDateTimeISO(zone).toPlainDateTime()
  const time = local.toPlainTime().toString({ smallestUnit: 'minute' })
  return `${formatDateAfter(article, local.toPlainDate().toString())}, ore ${time}`
}
