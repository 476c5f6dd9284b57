// What the brake says when it stops a flow, in both languages, and the one mail about it.
// Invariant: counts and causes; never a person’s data.
import type { Braked } from './brake.ts'
import { ioMeaning } from './codes.ts'
import type { StaffMail } from './staff-mail.ts'
import { fill, type StaffLanguage, type Words } from './words.ts'

export const BRAKED_CODE = 'FLOW_BRAKED'

/** `31 of the last 100 messages were refused; mostly IO_PAYLOAD: IO refused the payload.` */
export function brakedText({ by, count, of, cause }: Braked, language: StaffLanguage): string {
  const figures = { count, of, cause: causeText(cause, language) }
  return fill(sentences[by], language, figures)
}

/** What to do about it; commands name the flow. */
export function brakedRemedy({ by }: Braked, flowId: number, language: StaffLanguage): string {
  return fill(remedies[by], language, { flow: flowId })
}

/** The one mail to staff: what, of how many, why, what to do and who may. In Italian. */
export function brakedMail(
  flow: { id: number; institution: string; name: string },
  braked: Braked,
  recipients: readonly string[],
): StaffMail {
  return {
    recipients,
    subject: `Flusso sospeso automaticamente: ${flow.name}`,
    body: [
      `Staffetta ha sospeso da sola l’invio del flusso ${flow.id} (${flow.institution}/${flow.name}).`,
      '',
      brakedText(braked, 'it'),
      '',
      `Che cosa fare: ${brakedRemedy(braked, flow.id, 'it')}`,
      '',
      'Nulla va perso: quello che non è partito aspetta, e gli altri flussi continuano. Può riprenderlo',
      'chi è operatore o più; fermarlo per sempre, chi può approvare.',
      `Lo stato del flusso: staffetta flows show ${flow.id}`,
    ].join('\n'),
  }
}

function causeText(cause: string | null, language: StaffLanguage): string {
  if (cause === null) return '–'
  const words = language === 'it' ? causes[cause] : ioMeaning(cause)?.replace(/\.$/, '')
  return words ? `${words} (${cause})` : cause
}

/** In Italian; the English ones are those of the codes. */
const causes: Record<string, string> = {
  IO_PAYLOAD: 'IO rifiuta il messaggio per come è fatto',
  IO_RECIPIENT_FORBIDDEN: 'il servizio non può scrivere a questi destinatari',
  IO_ANSWER_LOST: 'la risposta di IO si è persa',
  IO_ANSWER_ODD: 'IO risponde qualcosa che il suo contratto non prevede',
  IO_SUBMIT_FAULT: 'IO ha un guasto mentre prende il messaggio',
  HOLD_TEXT_CHANGED: 'il testo non è più quello controllato',
  HOLD_SERVICE: 'il servizio non è più nella configurazione, o ha cambiato conto',
}

const sentences: Record<Braked['by'], Words> = {
  refused: {
    it: 'Degli ultimi {of} messaggi IO ne ha rifiutati {count}; la causa più frequente: {cause}.',
    en: 'Of the last {of} messages IO has refused {count}; the commonest cause: {cause}.',
  },
  'same-cause': {
    it: 'Degli ultimi {of} messaggi {count} si sono fermati per la stessa causa: {cause}.',
    en: 'Of the last {of} messages {count} have stopped for the same cause: {cause}.',
  },
  outliers: {
    it: 'Degli ultimi {of} messaggi con un pagamento {count} chiedono almeno dieci volte l’importo usuale del flusso: può mancare la virgola.',
    en: 'Of the last {of} messages with a payment {count} ask at least ten times the usual amount of the flow: a decimal comma may be missing.',
  },
}

const mend: Words = {
  it: 'rimuovi la causa, poi `staffetta flows resume {flow}`; se il flusso è sbagliato, `staffetta flows stop {flow} --because MOTIVO`.',
  en: 'mend the cause, then `staffetta flows resume {flow}`; if the flow is wrong, `staffetta flows stop {flow} --because TEXT`.',
}

const compare: Words = {
  it: 'confronta gli importi con chi li ha emessi. Se sono giusti, `staffetta flows resume {flow}`; altrimenti `staffetta flows stop {flow} --because MOTIVO` e `staffetta flows errata {flow}` per chi è già stato raggiunto.',
  en: 'compare the amounts with who issued them. If they are right, `staffetta flows resume {flow}`; else `staffetta flows stop {flow} --because TEXT`, and `staffetta flows errata {flow}` for those already reached.',
}

const remedies: Record<Braked['by'], Words> = {
  refused: mend,
  'same-cause': mend,
  outliers: compare,
}
