// The mails about systems that are asked: one that does not answer, that answers again, that was
// asked as often as a day allows. Written with the event that they tell of. They hold the
// connector's own words and counts, never a key that was asked about.
import type { FailureAlarm } from '../domain/failure-alarm.ts'
import type { StaffMail } from '../domain/staff-mail.ts'

/** A system, and who hears of it. */
export interface AskedSystem {
  institution: string
  name: string
  notify: readonly string[]
}

export function failedMail(
  { institution, name, notify }: AskedSystem,
  { code, message }: { code: string; message: string },
  alarm: FailureAlarm,
): StaffMail {
  const then =
    alarm === 'person'
      ? 'Serve una persona: da solo il sistema non tornerà a rispondere.'
      : 'Staffetta continua a chiedere, e riprende da sola quando la causa non c’è più.'
  return {
    recipients: notify,
    subject: `Sistema da guardare: ${name} (${code})`,
    body: [
      `Il sistema "${name}" di ${institution} non risponde.`,
      '',
      `${code}: ${message}`,
      '',
      then,
      WAITING,
      `Quanto aspetta: staffetta systems. Rimossa la causa: staffetta systems retry ${name}`,
      `Il rimedio sta alla voce ${code} di docs/operations.md.`,
    ].join('\n'),
  }
}

export function answersMail({ institution, name, notify }: AskedSystem): StaffMail {
  return {
    recipients: notify,
    subject: `Sistema di nuovo attivo: ${name}`,
    body: `Il sistema "${name}" di ${institution} risponde di nuovo.`,
  }
}

export function enoughMail(
  { institution, name, notify }: AskedSystem,
  perDay: number | null,
): StaffMail {
  return {
    recipients: notify,
    subject: `Sistema interrogato abbastanza per oggi: ${name}`,
    body: [
      `Al sistema "${name}" di ${institution} sono state fatte tutte le richieste di oggi che`,
      `\`perDay\` consente (${perDay}), e ne servono altre. Domani riprende da solo.`,
      '',
      WAITING,
      'Se ogni giorno non bastano, chi gestisce il sistema può dire se `perDay` può crescere.',
    ].join('\n'),
  }
}

const WAITING =
  'Ciò che attende una risposta segue `onFailure` del file del sistema; il resto continua.'
