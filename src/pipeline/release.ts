// flow → may go. Looks at a mapped flow: counts its facts, finds what is wrong with it, leaves out
// what the feed lets it leave out, and then keeps it back, asks people, or lets it go. What was
// found is kept with the flow, so that who decides sees it. A person decides in `release/`.
// Invariant: nothing goes past a finding that blocks, unless a person has overridden that very one.
import { BY_ITSELF, type Decided } from '../domain/decision.ts'
import type { FlowOrigin, FlowReason, FlowState } from '../domain/flow.ts'
import { whyNotBefore } from '../domain/flow-moves.ts'
import type {
  Approval,
  CheckCode,
  CheckFinding,
  LotFacts,
  ReleaseReport,
  ReleaseRules,
} from '../domain/release-check.ts'
import {
  findBlocking,
  findLeaving,
  findProblems,
  isOfTest,
  type Override,
} from '../domain/release-checks.ts'
import { findingText, keptBackMail, nothingLeftMail, remedyText } from '../domain/release-words.ts'
import type { StaffMail } from '../domain/staff-mail.ts'

export interface ReleasePorts {
  checks: {
    get(id: number): Promise<ReleasableFlow>
    /** What is known of the flow as its messages stand now. */
    facts(flow: ReleasableFlow, now: Temporal.Instant): Promise<LotFacts>
    overrides(id: number): Promise<readonly Override[]>
    /**
     * Cancels what a finding concerns and has not left; answers how many messages that were. Null:
     * the flow is not as it was seen.
     */
    leaveOut(seen: ReleasableFlow, leaving: Leaving, now: Temporal.Instant): Promise<number | null>
    /** Keeps what was found; nothing happens to a flow that is not as it was seen. */
    keep(seen: ReleasableFlow, report: ReleaseReport): Promise<void>
    /** Keeps it back; when it was not before, with an act and a mail. */
    keepBack(seen: ReleasableFlow, kept: KeptBack, now: Temporal.Instant): Promise<boolean>
    /** Ends it, unless something of it may still leave, or it has changed: then false. */
    endEmpty(seen: ReleasableFlow, empty: EmptyFlow, now: Temporal.Instant): Promise<boolean>
  }
  flows: {
    /** Wakes the sender at every instant of the plan. False: it is no longer as it was seen. */
    release(id: number, approval: FlowApproval, now: Temporal.Instant): Promise<boolean>
  }
  approvals: {
    /**
     * Asks people, or finds that enough have approved what the flow now is: then it may go, and
     * has gone. Answers whether it has.
     */
    ask(
      seen: ReleasableFlow,
      rules: ReleaseRules,
      report: ReleaseReport,
      now: Temporal.Instant,
    ): Promise<boolean>
  }
  rulesOf(flow: ReleasableFlow): ReleaseRules
  /** Who of an institution is told by mail. */
  toldOf(institution: string): readonly string[]
  now(): Temporal.Instant
}

/** A flow as it was seen: what follows from it happens only while it is still so. */
export interface ReleasableFlow {
  id: number
  institution: string
  feed: string | null
  campaign: string | null
  /** Absent where nobody needs it: see `rulesOf`. */
  service?: string
  origin: FlowOrigin
  state: FlowState
  /** Its own, also while it is suspended. */
  reason: FlowReason
  releasedAt: Temporal.Instant | null
  /** Until when people may approve it; null: they have not been asked. */
  approveBy: Temporal.Instant | null
  /** What was mapped, in hex: another one when records have joined it. */
  contentHash: string | null
  /** What of it somebody has begun to leave out; null: nothing, or all of that has been. */
  leavingOut: CheckCode | null
}

export interface Act {
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
  verb: string
  detail?: { note?: string; [name: string]: unknown }
}

/** `seen`: how it must still be; absent: it must not be kept back. */
export type FlowApproval = Act & { seen?: Pick<ReleasableFlow, 'reason' | 'contentHash'> }

export interface KeptBack {
  act: Act
  report: ReleaseReport
  /** In Italian; `findings`, the worst first, for who reads it in another language. */
  problem: {
    code: string
    detail: string
    line: null
    remedy: string
    findings: readonly CheckFinding[]
  }
  mail: StaffMail
}

/** A flow of which nothing is left to leave. */
export interface EmptyFlow {
  act: Act
  report: ReleaseReport
  /** What records that still join it need. */
  approval: Approval
  /** Null: nothing was found that people should know of, or they do. */
  mail: StaffMail | null
}

/** What is left out, and by whom. */
export interface Leaving {
  code: CheckCode
  act: Act
  /** Told as it goes on: how many of how many. */
  onProgress?: (done: number, all: number) => void
}

/** What a look at a flow has led to. */
export type Looked =
  /** It was let go now. */
  | { kind: 'released'; report: ReleaseReport }
  /** People are asked. */
  | { kind: 'asked'; report: ReleaseReport }
  | { kind: 'blocked'; report: ReleaseReport; blocking: readonly CheckFinding[] }
  /** Nothing of it is left to leave: nobody is asked, and it has ended. */
  | { kind: 'empty'; report: ReleaseReport }
  /** Another has let it go, or changed it, at this moment. */
  | { kind: 'nothing'; report: ReleaseReport }

/** After leaving records out the rest is looked at again, at most so often. */
const MOST_ROUNDS = 3

/**
 * Looks at a flow that is ready, unless people are asked about it, and releases it, keeps it back
 * or asks people; one that is kept back goes on once nothing is found any more. Answers whether it
 * was let go. Safe to repeat: a flow goes once, and is kept back with one mail.
 */
export async function releaseFlow(id: number, ports: ReleasePorts): Promise<boolean> {
  const flow = await ports.checks.get(id)
  if (!isReady(flow) || flow.approveBy !== null) return false
  return (await lookAt(flow, ports)).kind === 'released'
}

/**
 * Looks at a flow again, whatever was found before: it may be let go, kept back or shown to people
 * by that. Of one that has gone, or has ended, the facts of now, and nothing happens to it.
 */
export async function checkFlow(id: number, ports: ReleasePorts): Promise<Decided<CheckedFlow>> {
  const flow = await ports.checks.get(id)
  if (flow.state === 'inactive') {
    return { kind: 'refused', because: whyNotBefore(flow) ?? 'not-ready', state: flow.state }
  }
  if (!isReady(flow)) {
    const report = await reportOf(flow, ports.rulesOf(flow), ports)
    return { kind: 'done', report, led: 'nothing', blocking: [] }
  }
  const { report, ...looked } = await lookAt(flow, ports)
  const blocking = looked.kind === 'blocked' ? looked.blocking : []
  return { kind: 'done', report, led: looked.kind, blocking }
}

export interface CheckedFlow {
  report: ReleaseReport
  led: Looked['kind']
  blocking: readonly CheckFinding[]
}

/** Whether it can still be looked at: it was read to its end, and has not been let go. */
export function isReady({ state, releasedAt }: ReleasableFlow): boolean {
  return state === 'active' && releasedAt === null
}

async function lookAt(flow: ReleasableFlow, ports: ReleasePorts): Promise<Looked> {
  const rules = ports.rulesOf(flow)
  const overrides = await ports.checks.overrides(flow.id)
  const report = await settledReport(flow, rules, overrides, ports)
  const wantsPeople = flow.origin !== 'test' && rules.approval !== 'none'
  const blocking = findBlocking(report.findings, report.facts, overrides).filter(
    (finding) => !wantsPeople || !isOfTest(finding),
  )
  const now = ports.now()
  const keeps = blocking.length > 0
  const isWaiting = keeps || wantsPeople || flow.reason === 'blocked'
  if (report.facts.messages === 0 && isWaiting) {
    const empty = emptyFlow(flow, report, blocking, ports)
    if (await ports.checks.endEmpty(flow, empty, now)) return { kind: 'empty', report }
  }
  if (keeps) {
    await ports.checks.keepBack(flow, keptBack(flow, report, blocking, ports), now)
    return { kind: 'blocked', report, blocking }
  }
  await ports.checks.keep(flow, report)
  const released = wantsPeople
    ? await ports.approvals.ask(flow, rules, report, now)
    : await ports.flows.release(flow.id, approvalOf(flow), now)
  const otherwise = wantsPeople ? 'asked' : 'nothing'
  return { kind: released ? 'released' : otherwise, report }
}

/** By itself; of one that people were asked about, its history says why they no longer are. */
function approvalOf(seen: ReleasableFlow): FlowApproval {
  const note = 'la configurazione non chiede più di approvarlo'
  const detail = seen.approveBy === null ? {} : { note }
  return { ...BY_ITSELF, verb: 'approved', detail, seen }
}

/** The report once nothing more is to be left out. */
async function settledReport(
  flow: ReleasableFlow,
  rules: ReleaseRules,
  overrides: readonly Override[],
  ports: ReleasePorts,
): Promise<ReleaseReport> {
  // One who was broken off has decided it: what they left is not judged by the share of the rest.
  if (flow.leavingOut !== null) await leaveOutItself(flow, flow.leavingOut, ports)
  for (let round = 1; ; round++) {
    const report = await reportOf(flow, rules, ports)
    const leaving = findLeaving(report.findings, report.facts, overrides)
    if (leaving.length === 0 || round === MOST_ROUNDS) return report
    for (const { code } of leaving) await leaveOutItself(flow, code, ports)
  }
}

function leaveOutItself(flow: ReleasableFlow, code: CheckCode, ports: ReleasePorts) {
  const act = { ...BY_ITSELF, verb: `left-out ${code}` }
  return ports.checks.leaveOut(flow, { code, act }, ports.now())
}

async function reportOf(
  flow: ReleasableFlow,
  rules: ReleaseRules,
  ports: ReleasePorts,
): Promise<ReleaseReport> {
  const checkedAt = ports.now()
  const facts = await ports.checks.facts(flow, checkedAt)
  const findings = flow.origin === 'test' ? [] : findProblems(facts, rules)
  return { checkedAt, facts, findings }
}

/** Staff hears of it once: when it was kept back before, they know. */
function emptyFlow(
  flow: ReleasableFlow,
  report: ReleaseReport,
  blocking: readonly CheckFinding[],
  ports: ReleasePorts,
): EmptyFlow {
  const found = blocking.filter((finding) => !isOfTest(finding))
  const isNews = found.length > 0 && flow.reason !== 'blocked'
  const mail = isNews ? nothingLeftMail(flow, found, ports.toldOf(flow.institution)) : null
  const { approval } = ports.rulesOf(flow)
  return { act: { ...BY_ITSELF, verb: 'nothing to send' }, report, approval, mail }
}

function keptBack(
  flow: ReleasableFlow,
  report: ReleaseReport,
  blocking: readonly CheckFinding[],
  ports: ReleasePorts,
): KeptBack {
  const [worst] = blocking as [CheckFinding]
  const detail = blocking.map((finding) => findingText(finding, 'it')).join(' ')
  const remedy = remedyText(worst, flow.id, 'it')
  const codes = blocking.map(({ code }) => code)
  return {
    act: { ...BY_ITSELF, verb: 'kept-back', detail: { note: detail, codes, findings: blocking } },
    report,
    problem: { code: worst.code, detail, line: null, remedy, findings: blocking },
    mail: keptBackMail(flow, blocking, ports.toldOf(flow.institution)),
  }
}
