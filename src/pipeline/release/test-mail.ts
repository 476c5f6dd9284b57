// The mails to staff about test batches: a tester's personal link, and what a tester has reported.
// They hold counts, instants and numbers of flows; never a citizen's data, nor what a tester wrote.
// The link is not in the body but beside it, so that it can be sealed until the mail has left.
import { minuteAt } from '../../domain/civil-date.ts'
import type { StaffMail } from '../../domain/staff-mail.ts'
import type { TestCounts } from '../../domain/test-answer.ts'

export interface Invitation {
  email: string
  url: string
  messages: number
  flowId: number
  expiresAt: Temporal.Instant
  zone: string
}

/** What a tester is asked, with their link. */
export function testMail(invitation: Invitation): StaffMail {
  const { email, url, messages, flowId, expiresAt, zone } = invitation
  const many = messages === 1 ? 'arriva su IO un messaggio' : `arrivano su IO ${messages} messaggi`
  return {
    recipients: [email],
    subject: `Prova da controllare: flusso ${flowId}`,
    body: [
      `Prima di un invio ai cittadini ti ${many} di prova: il titolo comincia con [PROVA].`,
      'Controlla tutto: nome, importo, scadenza, testo, collegamenti. Poi di’ se va bene:',
      '',
      '{secret}',
      '',
      `Il collegamento è personale e vale fino al ${minuteAt(expiresAt, zone)}; fino ad allora`,
      'puoi cambiare risposta. Un messaggio inviato ai cittadini non si può ritirare: se qualcosa',
      'non torna, segnalalo.',
      '',
      'I messaggi riportano i dati veri di altre persone: non inoltrarli. Non pagarli.',
    ].join('\n'),
    secret: url,
  }
}

/** Who prepares the flow hears of a report at once, and when the last message is confirmed. */
export function answeredMail(
  flowId: number,
  { tester, reported, counts }: { tester: string; reported: number; counts: TestCounts },
  recipients: readonly string[],
): StaffMail | null {
  if (reported > 0) {
    return {
      recipients,
      subject: `Prova con segnalazione: flusso ${flowId}`,
      body: [
        `${tester} ha segnalato un problema nei messaggi di prova del flusso ${flowId}.`,
        '',
        `Che cosa ha scritto: staffetta flows test ${flowId}`,
      ].join('\n'),
    }
  }
  if (counts.confirmed < counts.messages) return null
  return {
    recipients,
    subject: `Prova confermata: flusso ${flowId}`,
    body: [
      `I collaudatori hanno confermato tutti i messaggi di prova del flusso ${flowId}.`,
      '',
      `Ora si può controllare e approvare: staffetta flows check ${flowId}`,
    ].join('\n'),
  }
}
