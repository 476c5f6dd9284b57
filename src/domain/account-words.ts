// What the terms of an account and the states of a message are called: in Italian as the operators’
// guide has them, in English as everything else does.
import type { AccountTerm } from './flow-account.ts'
import type { MessageState } from './message.ts'
import type { Words } from './words.ts'

export const accountWords: Record<'read' | AccountTerm | MessageState, Words> = {
  read: { it: 'lette', en: 'read' },
  sent: { it: 'inviati', en: 'sent' },
  undeliverable: { it: 'non raggiungibili', en: 'undeliverable' },
  rejected: { it: 'rifiutati da IO', en: 'rejected' },
  refused: { it: 'scartati', en: 'refused' },
  duplicate: { it: 'già inviati', en: 'duplicate' },
  skipped: { it: 'esclusi', en: 'skipped' },
  waiting: { it: 'in attesa', en: 'waiting' },
  held: { it: 'da decidere', en: 'held' },
  uncertain: { it: 'esito incerto', en: 'uncertain' },
  cancelled: { it: 'annullati', en: 'cancelled' },
  recorded: { it: 'in simulazione', en: 'recorded' },
  claimed: { it: 'in partenza', en: 'claimed' },
  sending: { it: 'in invio', en: 'sending' },
}
