// A flow: the lot of messages that came of one drop, upload, campaign run or operator.
// It carries the five states that Italian offices know, with a reason below each.
import type { Words } from './words.ts'

/** Inattivo · Attivo · In invio · Inviato · Invio incompleto. */
export type FlowState = 'inactive' | 'active' | 'sending' | 'sent' | 'incomplete'

/**
 * `replay`: its drop was mapped again · `correction`: refused records of another, mapped again ·
 * `errata`, `test`: about another flow.
 */
export type FlowOrigin =
  | 'drop'
  | 'upload'
  | 'campaign'
  | 'operator'
  | 'replay'
  | 'correction'
  | 'errata'
  | 'test'

/** The grey label below the state. `problem` carries its own text. */
export type FlowReason =
  | 'loading'
  | 'with-errors'
  /** Its drop was mapped again, as another flow. */
  | 'replaced'
  /** Nobody approved it in time. */
  | 'expired'
  /** Who was to approve it wants it changed. */
  | 'sent-back'
  | 'awaiting-approval'
  /** A check has found what a person must override. */
  | 'blocked'
  | 'approved'
  /** In place of its own reason while it is suspended: by a person, or by itself. */
  | Suspension
  | 'stopped'
  | 'errors'
  | 'uncertain'
  | 'recorded'
  | null

/** Why nothing of a flow leaves for now; it stands beside its state. */
export type Suspension = 'suspended' | 'braked'

const moves: Record<FlowState, readonly FlowState[]> = {
  inactive: ['active', 'incomplete'],
  active: ['inactive', 'sending', 'sent', 'incomplete'],
  sending: ['sent', 'incomplete'],
  sent: ['sending', 'incomplete'],
  incomplete: ['sending', 'sent'],
}

/**
 * Whether a flow may go from one state to another; `sent → sending` happens when a person retries,
 * `inactive → incomplete` when one stops what nobody approved.
 */
export function mayMoveFlow(from: FlowState, to: FlowState): boolean {
  return from === to || moves[from].includes(to)
}

/** As people read them; the Italian ones are those that offices know. */
export const flowStateWords: Record<FlowState, Words> = {
  inactive: { it: 'Inattivo', en: 'Inactive' },
  active: { it: 'Attivo', en: 'Active' },
  sending: { it: 'In invio', en: 'Sending' },
  sent: { it: 'Inviato', en: 'Sent' },
  incomplete: { it: 'Invio incompleto', en: 'Incompletely sent' },
}

export const flowReasonWords: Record<Exclude<FlowReason, null>, Words> = {
  loading: { it: 'in caricamento', en: 'loading' },
  'with-errors': { it: 'con errori', en: 'with errors' },
  replaced: { it: 'sostituito', en: 'replaced' },
  expired: { it: 'scaduto', en: 'expired' },
  'sent-back': { it: 'rimandato', en: 'sent back' },
  'awaiting-approval': { it: 'in attesa di approvazione', en: 'awaiting approval' },
  blocked: { it: 'bloccato dai controlli', en: 'blocked by the checks' },
  approved: { it: 'approvato', en: 'approved' },
  suspended: { it: 'sospeso', en: 'suspended' },
  braked: { it: 'sospeso automaticamente', en: 'suspended by itself' },
  stopped: { it: 'interrotto', en: 'stopped' },
  errors: { it: 'con errori di invio', en: 'with errors of sending' },
  uncertain: { it: 'con esiti incerti', en: 'with unknown outcomes' },
  recorded: { it: 'simulazione', en: 'dry-run' },
}
