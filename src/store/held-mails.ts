// The mail about messages that wait until a person decides. It holds counts and codes, never a
// person's data. What tells of itself is not here: limits of a service, systems that do not answer,
// payments that are not fresh.
import type { StaffMail } from '../domain/staff-mail.ts'

/** Why they are held, after their number. */
export const heldTexts = {
  HOLD_LATE: 'in ritardo più di quanto il modello ammette',
  HOLD_DUE_DATE_PASSED: 'la scadenza è passata prima che partissero',
  HOLD_TEXT_CHANGED: 'il testo non è più quello controllato',
  HOLD_SERVICE: 'il loro servizio non è nella configurazione',
  HOLD_CLOSED: 'il calendario non ha un’ora aperta in tutto un anno',
  HOLD_ANSWER: 'trattenuti dalla risposta di un sistema',
  HOLD_NOT_APPROVED: 'arrivati o cambiati dopo l’approvazione: staffetta flows approve FLUSSO',
  uncertain: 'esito incerto: la risposta di IO si è persa, e potrebbero essere arrivati',
} as const
export type HeldCode = keyof typeof heldTexts

export interface HeldLot {
  code: HeldCode
  messages: number
}

export function heldMail(
  institution: string,
  lots: readonly HeldLot[],
  recipients: readonly string[],
): StaffMail {
  const sum = lots.reduce((all, { messages }) => all + messages, 0)
  const lines = lots.map(
    ({ code, messages }) => `  ${countText(messages)}  ${heldTexts[code]} (${code})`,
  )
  const noun = sum === 1 ? 'messaggio da decidere' : 'messaggi da decidere'
  return {
    recipients,
    subject: `${countText(sum)} ${noun} (${institution})`,
    body: [
      `Di ${institution} non partono finché qualcuno non decide:`,
      '',
      ...lines,
      '',
      'Che cosa fare: staffetta resolve --list li elenca, con il flusso, e dice che cosa si può',
      'decidere. Chi nel frattempo paga è tolto da solo, se il suo messaggio non è incerto.',
      'Il rimedio sta alla voce di ogni codice in docs/operations.md.',
    ].join('\n'),
  }
}

/** `12.345` */
function countText(count: number): string {
  return count.toLocaleString('it', { useGrouping: 'always' })
}
