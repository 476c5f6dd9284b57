// The mails about the approval of a flow, to those whom its institution names. Italian, since the
// offices read them. They hold counts, names of feeds and of who acted: never a person's data.
import { formatEuro } from './money.ts'
import { type NamedFlow, nameInMail, type StaffMail } from './staff-mail.ts'
import { countIn } from './words.ts'

/** A flow as a mail names it. */
export interface FlowInMail extends NamedFlow {
  /** Its own messages that wait. */
  messages: number
  /** Of its payments, in cents; null: it has none. */
  totalCents: number | null
  /** Of its institution, in which hours are told. */
  zone: string
}

type Mail = Pick<StaffMail, 'subject' | 'body'>

/** It waits for its approval. */
export function askedMail(flow: FlowInMail, until: Temporal.Instant, needed: number): Mail {
  const people = needed === 2 ? 'due persone diverse' : 'una persona che possa approvarlo'
  return {
    subject: `Da approvare: ${nameInMail(flow)}, ${messagesOf(flow)}`,
    body: [
      `Il flusso ${flow.id} di ${nameInMail(flow)} è pronto e aspetta ${people}: ${sizeOf(flow)}.`,
      `Scade ${timeOf(until, flow)}: dopo non parte, finché qualcuno non lo chiede di nuovo.`,
      '',
      `Per vederlo: staffetta flows show ${flow.id}`,
      `Per approvarlo: staffetta flows approve ${flow.id}`,
      `Per rimandarlo: staffetta flows send-back ${flow.id} --because MOTIVO`,
    ].join('\n'),
  }
}

/** One has approved it, and another must. */
export function approvedByOneMail(flow: FlowInMail, actor: string, until: Temporal.Instant): Mail {
  return {
    subject: `Serve un’altra approvazione: ${nameInMail(flow)}`,
    body: [
      `${actor} ha approvato il flusso ${flow.id} di ${nameInMail(flow)}: ${sizeOf(flow)}.`,
      `Parte quando lo approva anche un’altra persona, entro ${timeOf(until, flow)}.`,
      '',
      `Per approvarlo: staffetta flows approve ${flow.id}`,
    ].join('\n'),
  }
}

/** It goes back to who prepares it. `note`: why, in the words of who sent it back. */
export function sentBackMail(flow: FlowInMail, actor: string, note: string | null): Mail {
  return {
    subject: `Rimandato: ${nameInMail(flow)}`,
    body: [
      `${actor} ha rimandato il flusso ${flow.id} di ${nameInMail(flow)}, che non parte.`,
      ...(note === null ? [] : [`Motivo: ${note}`]),
      '',
      `Corretto il modello, il file si legge di nuovo: staffetta flows redo ${flow.id} --because MOTIVO`,
      `Se va bene com’è, si chiede di nuovo: staffetta flows recheck ${flow.id}`,
    ].join('\n'),
  }
}

/** Nobody approved it in time, or nothing of it had left when its approval ended. */
export function expiredMail(flow: FlowInMail, wasApproved: boolean): Mail {
  const because = wasApproved
    ? 'era approvato ma non è partito in tempo, e l’approvazione è scaduta'
    : 'nessuno lo ha approvato in tempo'
  return {
    subject: `Approvazione scaduta: ${nameInMail(flow)}`,
    body: [
      `Il flusso ${flow.id} di ${nameInMail(flow)} non parte: ${because}. Nulla è stato inviato.`,
      '',
      `Per chiederlo di nuovo, con i controlli rifatti: staffetta flows recheck ${flow.id}`,
    ].join('\n'),
  }
}

/** Its approval ends soon. */
export function endingMail(flow: FlowInMail, until: Temporal.Instant, wasApproved: boolean): Mail {
  const [what, act] = wasApproved
    ? [
        'L’approvazione scade',
        'È approvato ma nulla ne è ancora partito. Perché: staffetta flows show',
      ]
    : ['Non è ancora approvato, e scade', 'Per approvarlo: staffetta flows approve']
  return {
    subject: `Scade ${timeOf(until, flow)}: ${nameInMail(flow)}`,
    body: [
      `Flusso ${flow.id} di ${nameInMail(flow)}: ${sizeOf(flow)}.`,
      `${what} ${timeOf(until, flow)}.`,
      '',
      `${act} ${flow.id}`,
    ].join('\n'),
  }
}

function sizeOf(flow: FlowInMail): string {
  const { totalCents } = flow
  return totalCents === null
    ? messagesOf(flow)
    : `${messagesOf(flow)}, ${formatEuro(totalCents)} in tutto`
}

function messagesOf({ messages }: FlowInMail): string {
  return `${countIn('it', messages)} ${messages === 1 ? 'messaggio' : 'messaggi'}`
}

/** `il 3/12/2026 alle 9:05`, in the institution's zone. */
function timeOf(at: Temporal.Instant, { zone }: FlowInMail): string {
  const { day, month, year, hour, minute } = at.toZonedDateTimeISO(zone)
  return `il ${day}/${month}/${year} alle ${hour}:${String(minute).padStart(2, '0')}`
}
