// A flow: the lot of messages that came of one drop, upload, campaign run or operator.
// It carries the five states that Italian offices know, with a reason below each.

/** Inattivo · Attivo · In invio · Inviato · Invio incompleto. */
export type FlowState = 'inactive' | 'active' | 'sending' | 'sent' | 'incomplete'

export type FlowOrigin = 'drop' | 'upload' | 'campaign' | 'operator' | 'replay' | 'errata'

/** The grey label below the state. `problem` carries its own text. */
export type FlowReason =
  | 'loading'
  | 'with-errors'
  | 'awaiting-approval'
  /** The amounts are far from those of the emission before: a person must name the total. */
  | 'implausible'
  | 'approved'
  | 'suspended'
  | 'stopped'
  | 'errors'
  | 'uncertain'
  | 'recorded'
  | null

const moves: Record<FlowState, readonly FlowState[]> = {
  inactive: ['active'],
  active: ['inactive', 'sending', 'sent', 'incomplete'],
  sending: ['sent', 'incomplete'],
  sent: ['sending', 'incomplete'],
  incomplete: ['sending', 'sent'],
}

/**
 * Whether a flow may go from one state to another; `sent → sending` happens when a person retries.
 */
export function mayMoveFlow(from: FlowState, to: FlowState): boolean {
  return from === to || moves[from].includes(to)
}

/** The words of the console, in Italian. */
export const flowStateLabels: Record<FlowState, string> = {
  inactive: 'Inattivo',
  active: 'Attivo',
  sending: 'In invio',
  sent: 'Inviato',
  incomplete: 'Invio incompleto',
}

export const flowReasonLabels: Record<Exclude<FlowReason, null>, string> = {
  loading: 'in caricamento',
  'with-errors': 'con errori',
  'awaiting-approval': 'in attesa di approvazione',
  implausible: 'importi da confermare',
  approved: 'approvato',
  suspended: 'sospeso',
  stopped: 'interrotto',
  errors: 'con errori di invio',
  uncertain: 'con esiti incerti',
  recorded: 'simulazione',
}
