// finding → overridden, or left out. What a person says of a finding that keeps a flow back: that
// it is right as it is, naming the total as they know it; or that what it concerns shall not leave.
// Either makes them one of its preparers, and the flow is looked at again at once.
// Invariant: what is typed is compared with what stands, never shown as the answer to type.
import type { Asked, Decided, DecisionRefusal, RefusedDecision } from '../../domain/decision.ts'
import { whyNotBefore } from '../../domain/flow-moves.ts'
import { formatEuro } from '../../domain/money.ts'
import {
  type CheckCode,
  type CheckFinding,
  isConcerning,
  type ReleaseReport,
} from '../../domain/release-check.ts'
import { concernedBy, type Override } from '../../domain/release-checks.ts'
import {
  type Act,
  type CheckedFlow,
  checkFlow,
  isReady,
  type Leaving,
  type ReleasableFlow,
  type ReleasePorts,
} from '../release.ts'

export interface OverridePorts extends ReleasePorts {
  checks: ReleasePorts['checks'] & {
    /** Keeps it, with its act. False: the flow is not as it was seen. */
    override(seen: ReleasableFlow, said: PersonOverride, now: Temporal.Instant): Promise<boolean>
  }
}

export type PersonOverride = Override & { act: Act }

/** What a person overrides: exactly one of the two, as they know it themselves. */
export interface OverrideAsked extends Asked {
  code: CheckCode
  /** The sum of its payments; null: it has none, and its messages are counted instead. */
  totalCents: number | null
  messages: number | null
}

export type LeaveOutAsked = Asked & Pick<Leaving, 'code' | 'onProgress'>

/** Overrides a finding, and looks at the flow again: with nothing else against it, it goes on. */
export async function overrideFinding(
  id: number,
  asked: OverrideAsked,
  ports: OverridePorts,
): Promise<Decided<CheckedFlow>> {
  const seen = await findStanding(id, asked.code, ports)
  if (seen.kind === 'refused') return seen
  const { flow, report, finding } = seen
  const { facts } = report
  const refused = whyOther(asked, facts)
  if (refused !== null) return { kind: 'refused', because: refused, state: flow.state }
  const { actor, origin, note, code } = asked
  const totalCents = facts.amounts?.totalCents ?? null
  const named = totalCents === null ? `${facts.messages} messages` : formatEuro(totalCents)
  const detail = { note: `${named}: ${note ?? ''}`, code, totalCents, messages: facts.messages }
  const said = {
    ...{ code, totalCents, messages: facts.messages, concerned: concernedBy(finding, facts) },
    act: { actor, origin, verb: `overrode ${code}`, detail },
  }
  const done = await ports.checks.override(flow, said, ports.now())
  if (!done) return { kind: 'refused', because: 'changed', state: flow.state }
  return checkFlow(id, ports)
}

/** Leaves out what a finding concerns, and looks at the rest: harmless as it is, it goes on. */
export async function leaveOutConcerned(
  id: number,
  asked: LeaveOutAsked,
  ports: OverridePorts,
): Promise<Decided<CheckedFlow & { leftOut: number }>> {
  const { actor, origin, note, code, onProgress } = asked
  const seen = await findStanding(id, code, ports)
  if (seen.kind === 'refused') return seen
  const { flow } = seen
  if (!isConcerning(code)) {
    return { kind: 'refused', because: 'whole-lot', state: flow.state }
  }
  const detail = note === null ? {} : { note }
  const act = { actor, origin, verb: `left-out ${code}`, detail }
  const leaving = { code, act, ...(onProgress && { onProgress }) }
  const leftOut = await ports.checks.leaveOut(flow, leaving, ports.now())
  if (leftOut === null) return { kind: 'refused', because: 'changed', state: flow.state }
  const checked = await checkFlow(id, ports)
  return checked.kind === 'refused' ? checked : { ...checked, leftOut }
}

/** The flow as it stands now, with the finding that is asked about; or why there is none. */
async function findStanding(
  id: number,
  code: CheckCode,
  ports: OverridePorts,
): Promise<
  | { kind: 'standing'; flow: ReleasableFlow; report: ReleaseReport; finding: CheckFinding }
  | RefusedDecision
> {
  const before = await ports.checks.get(id)
  if (!isReady(before)) {
    return { kind: 'refused', because: whyNotBefore(before) ?? 'leaving', state: before.state }
  }
  const checked = await checkFlow(id, ports)
  if (checked.kind === 'refused') return checked
  const flow = await ports.checks.get(id)
  const finding = checked.report.findings.find((one) => one.code === code)
  const isBlocking = finding?.level === 'blocking'
  if (finding === undefined || !isBlocking) {
    return { kind: 'refused', because: 'no-such-finding', state: flow.state }
  }
  return { kind: 'standing', flow, report: checked.report, finding }
}

function whyOther(
  { totalCents, messages }: OverrideAsked,
  facts: ReleaseReport['facts'],
): DecisionRefusal | null {
  const total = facts.amounts?.totalCents ?? null
  if (total !== null) {
    if (totalCents === null) return 'total-asked'
    return totalCents === total ? null : 'other-total'
  }
  if (messages === null) return 'count-asked'
  return messages === facts.messages ? null : 'other-count'
}
