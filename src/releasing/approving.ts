// The approval of flows, composed: what the stage asks people, what they answer, and when it is
// over. A part of `flows.ts`; the rules are in `domain/approval.ts`, and the store decides on the
// locked row.
import { type Config, findFeed, zoneOf } from '../config/config.ts'
import * as views from '../config/stage-views.ts'
import { whyNotApproved } from '../domain/approval.ts'
import { endingMail, expiredMail } from '../domain/approval-mails.ts'
import type { Asked, Decided, RefusedDecision } from '../domain/decision.ts'
import type { CheckCode, ReleaseReport, ReleaseRules } from '../domain/release-check.ts'
import type { Parts } from '../parts.ts'
import {
  type ApprovalAsked,
  type Approved,
  type ApprovePorts,
  approveFlow,
  lookBefore,
  mailThatAsks,
  recheckFlow,
  recipientsOf,
  sendBackFlow,
} from '../pipeline/release/approve.ts'
import type { CheckedFlow, ReleasePorts } from '../pipeline/release.ts'
import type { EndingFlow } from '../store/approval-ends.ts'
import type { ApprovalRow, FlowToApprove } from '../store/approvals.ts'

/** All that who is to approve needs: nothing of it is decided yet. */
export interface ApprovalView {
  standing: FlowToApprove
  /** As it is found now; null: it can no longer be looked at. */
  report: ReleaseReport | null
  blocking: readonly CheckCode[]
  rules: ReleaseRules
  /** How many citizens it is approved for. */
  recipients: number
  /** Why this person may not approve it as it is; null: they may. */
  refused: RefusedDecision | null
  /** Void ones too, oldest first. */
  approvals: readonly ApprovalRow[]
  /** The mapping of its feed is another now than the one that made it: redoing it would use it. */
  isMappingChanged: boolean
}

export interface Approvals {
  /** The flow as who approves sees it, checked anew, and why they may not; nothing is decided. */
  toApprove(flowId: number, actor: string): Promise<ApprovalView>
  /** A person approves what they have looked at; nothing is sent where that has changed. */
  approve(flowId: number, approval: ApprovalAsked): Promise<Decided<Approved>>
  /** Back to who prepares it. */
  sendBack(flowId: number, asked: Asked): Promise<Decided>
  /** Whether the mapping of its feed, as it is configured, is not the one that made it. */
  hasOtherMapping(flow: MappedFlow): boolean
  /** Checked and asked for anew. */
  recheck(flowId: number, asked: Asked): Promise<Decided<CheckedFlow>>
  /**
   * For the daemon: ends approvals whose time is over, tells of those that end soon, and lets go
   * what is approved for this hour. Answers how many flows of each.
   */
  tendApprovals(): Promise<{ expired: number; warned: number; released: number }>
}

export function openApprovals(parts: Parts, releasing: ReleasePorts): Approvals {
  const { config, store, now } = parts
  const ports: ApprovePorts = {
    ...releasing,
    approvals: { ...store.approvals, ...releasing.approvals },
    zoneOf: (institution) => zoneOf(config, institution),
  }
  const mails = {
    expired: (flow: EndingFlow) => ({
      recipients: views.toldOf(config, flow.institution),
      ...expiredMail(flow, flow.wasApproved),
    }),
    ending: (flow: EndingFlow) => ({
      recipients: views.toldOf(config, flow.institution),
      ...endingMail(flow, flow.until, flow.wasApproved),
    }),
  }
  return {
    async toApprove(flowId, actor) {
      const { report, blocking } = await lookBefore(flowId, ports)
      const found = await store.approvals.standing(flowId)
      const rules = ports.rulesOf(await ports.checks.get(flowId))
      const standing = { ...found, blocking, approval: rules.approval }
      const why = whyNotApproved(standing, { actor, digest: standing.digest }, now())
      const refused = why && { kind: 'refused' as const, state: standing.state, ...why }
      const approvals = await store.approvals.ofFlow(flowId)
      const isMappingChanged = hasOtherMapping(config, standing)
      return {
        ...{ standing, refused, recipients: recipientsOf(standing, report) },
        report,
        blocking,
        rules,
        approvals,
        isMappingChanged,
      }
    },
    approve: (flowId, approval) => approveFlow(flowId, approval, ports),
    sendBack: (flowId, asked) => sendBackFlow(flowId, asked, ports),
    hasOtherMapping: (flow) => hasOtherMapping(config, flow),
    recheck: (flowId, asked) => recheckFlow(flowId, asked, ports),
    async tendApprovals() {
      const ended = await store.approvals.expire(mails, now())
      return { ...ended, released: await store.approvals.releaseDue(now()) }
    },
  }
}

/** What the stage asks of people: see `ReleasePorts.approvals`. */
export function askingPort({ config, store }: Parts): ReleasePorts['approvals'] {
  const ports = {
    toldOf: (institution: string) => views.toldOf(config, institution),
    zoneOf: (institution: string) => zoneOf(config, institution),
  }
  return {
    ask: (flow, rules, report, now) =>
      store.approvals.ask(
        flow.id,
        rules,
        (until, preparedBy) => mailThatAsks(flow, rules, report, preparedBy, until, ports),
        now,
      ),
  }
}

type MappedFlow = Pick<FlowToApprove, 'institution' | 'feed' | 'mappingHash'>

function hasOtherMapping(config: Config, { institution, feed, mappingHash }: MappedFlow): boolean {
  const found = feed === null ? undefined : findFeed(config, institution, feed)
  if (found === undefined || mappingHash === null) return false
  return views.mapFeedOf(config, found).version.sha256 !== mappingHash
}
