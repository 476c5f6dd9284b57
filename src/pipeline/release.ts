// flow → may go. Decides whether a mapped flow may leave, and writes who decided. A flow that was
// read to its end is approved by the installation itself, and says so in its history, unless its
// amounts are far from those of the emission before: then a person must name its total.
import { type EmissionAmounts, findAmountJump } from '../domain/emission.ts'
import type { FlowReason, FlowState } from '../domain/flow.ts'
import { formatEuro } from '../domain/money.ts'

export interface ReleasePorts {
  flows: {
    get(id: number): Promise<ReleasableFlow>
    /** The amounts of its payments, and of the emission of its feed that was let go before it. */
    emission(
      id: number,
    ): Promise<{ amounts: EmissionAmounts | null; before: EmissionAmounts | null }>
    /** Keeps it back, with an act and a mail, once. */
    keepBack(kept: KeptBack, now: Temporal.Instant): Promise<boolean>
    /**
     * Wakes the sender at every instant of the plan. False: it had already gone, or the total is
     * another.
     */
    release(id: number, approval: FlowApproval, now: Temporal.Instant): Promise<boolean>
  }
  /** Who of an institution is told by mail. */
  toldOf(institution: string): readonly string[]
  now(): Temporal.Instant
}

export interface ReleasableFlow {
  institution: string
  feed: string | null
  state: FlowState
  reason: FlowReason
  releasedAt: Temporal.Instant | null
}

interface Act {
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
  verb: string
  detail?: { note?: string; [name: string]: unknown }
}

export type FlowApproval = Act & { totalCents?: number }

export interface KeptBack {
  flowId: number
  act: Act
  problem: { code: string; detail: string; line: null; remedy: string }
  mail: { recipients: readonly string[]; subject: string; body: string }
}

/** What a person says to let a flow go that was kept back. */
export interface Confirmation {
  actor: string
  origin: string
  /** The sum of its payments, in cents, as they read it elsewhere. */
  totalCents: number
  /** Why the amounts are right. */
  note: string
}

export type Confirmed =
  | { kind: 'approved' }
  /** It is not kept back: it has gone, or has never been asked about. */
  | { kind: 'not-asked'; state: FlowState; reason: FlowReason }
  | { kind: 'other-total' }

/** The actor of decisions that the installation takes by itself. */
export const AUTOMATIC = 'staffetta'

/** Releases a flow that is ready, or keeps it back. Safe to repeat: a flow goes once. */
export async function releaseFlow(id: number, ports: ReleasePorts): Promise<boolean> {
  const flow = await ports.flows.get(id)
  if (flow.state !== 'active' || flow.releasedAt !== null || flow.reason === 'implausible') {
    return false
  }
  const now = ports.now()
  const { amounts, before } = await ports.flows.emission(id)
  const jump = findAmountJump(amounts, before)
  const act = { actor: AUTOMATIC, origin: 'daemon' }
  if (amounts === null || before === null || jump === null) {
    return ports.flows.release(id, { ...act, verb: 'approved' }, now)
  }
  const problem = amountProblem(id, amounts, before, jump)
  const mail = keptBackMail(id, flow, problem.detail, ports.toldOf(flow.institution))
  await ports.flows.keepBack(
    {
      flowId: id,
      act: { ...act, verb: 'kept-back', detail: { note: problem.detail } },
      problem,
      mail,
    },
    now,
  )
  return false
}

/** Lets a flow go that was kept back, when the person names the total that it really has. */
export async function confirmFlow(
  id: number,
  { totalCents, note, ...who }: Confirmation,
  ports: ReleasePorts,
): Promise<Confirmed> {
  const { state, reason } = await ports.flows.get(id)
  if (reason !== 'implausible') return { kind: 'not-asked', state, reason }
  const detail = {
    note: `${formatEuro(totalCents)}: ${note}`,
    overrode: 'FLOW_AMOUNTS',
    totalCents,
  }
  const approval = { ...who, verb: 'approved', totalCents, detail }
  const released = await ports.flows.release(id, approval, ports.now())
  if (released) return { kind: 'approved' }
  const { reason: since, state: meanwhile } = await ports.flows.get(id)
  if (since === 'implausible') return { kind: 'other-total' }
  return { kind: 'not-asked', state: meanwhile, reason: since }
}

function amountProblem(id: number, now: EmissionAmounts, before: EmissionAmounts, jump: number) {
  const times = Math.round(Math.max(jump, 1 / jump))
  const than = jump > 1 ? `${times} volte quella` : `${times} volte più piccola di quella`
  const medians = `${formatEuro(now.medianCents)} contro ${formatEuro(before.medianCents)}`
  const total = ({ totalCents, count }: EmissionAmounts) =>
    `${formatEuro(totalCents)} in ${count} avvisi`
  return {
    code: 'FLOW_AMOUNTS',
    detail:
      `La mediana degli importi è ${than} dell’invio precedente: ${medians}. ` +
      `Totale ${total(now)}; prima ${total(before)}.`,
    line: null,
    remedy:
      'Confronta gli importi con l’ufficio che li ha emessi: può mancare la virgola. Se sono ' +
      `giusti, \`staffetta flows approve ${id} --total TOTALE --because MOTIVO\`.`,
  }
}

function keptBackMail(
  id: number,
  { feed }: ReleasableFlow,
  detail: string,
  recipients: readonly string[],
) {
  return {
    recipients,
    subject: `Importi da confermare: ${feed ?? `flusso ${id}`}`,
    body: [
      `Il flusso ${id} è pronto ma non parte: ${detail}`,
      '',
      'Nessun messaggio è partito. Confrontate gli importi con chi li ha emessi: può mancare la',
      'virgola dei decimali. Se sono giusti, lo sblocca chi scrive il totale:',
      `staffetta flows approve ${id} --total TOTALE --because MOTIVO`,
    ].join('\n'),
  }
}
