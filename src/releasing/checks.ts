// The release checks, composed: what the stage `release` needs, and what a person does about what
// was found. A part of `app.ts`; nothing here decides anything.
import { releaseRulesOf } from '../config/release-view.ts'
import * as views from '../config/stage-views.ts'
import type { Decided } from '../domain/decision.ts'
import type { Parts } from '../parts.ts'
import {
  type LeaveOutAsked,
  leaveOutConcerned,
  type OverrideAsked,
  type OverridePorts,
  overrideFinding,
} from '../pipeline/release/override.ts'
import { type CheckedFlow, checkFlow } from '../pipeline/release.ts'
import { askingPort } from './approving.ts'

export interface FlowChecking {
  /** Looks at a flow again: what is found may let it go, or keep it back. */
  check(flowId: number): Promise<Decided<CheckedFlow>>
  /** For the daemon: ends flows that wait though nothing of them is left; answers how many. */
  endEmptied(): Promise<number>
  /** Lets a finding be, when the person names the total that the flow really has. */
  override(flowId: number, asked: OverrideAsked): Promise<Decided<CheckedFlow>>
  /** Leaves out what a finding concerns, and looks at the rest. */
  leaveOut(
    flowId: number,
    asked: LeaveOutAsked,
  ): Promise<Decided<CheckedFlow & { leftOut: number }>>
}

/** Flows that one look ends; the next sees the rest. */
const EMPTIED_AT_ONCE = 100

export function openChecks(parts: Parts): FlowChecking {
  const ports = releasePorts(parts)
  return {
    check: (flowId) => checkFlow(flowId, ports),
    async endEmptied() {
      const ids = await parts.store.flowChecks.emptied(EMPTIED_AT_ONCE)
      for (const id of ids) await checkFlow(id, ports)
      return ids.length
    },
    override: (flowId, asked) => overrideFinding(flowId, asked, ports),
    leaveOut: (flowId, asked) => leaveOutConcerned(flowId, asked, ports),
  }
}

/** What the stage `release` needs. */
export function releasePorts(parts: Parts): OverridePorts {
  const { config, store, now } = parts
  const { flowChecks } = store
  return {
    checks: {
      ...flowChecks,
      facts: async ({ id }, at) => ({
        ...(await flowChecks.facts(id, at)),
        test: await store.testAnswers.counts(id),
      }),
    },
    flows: store.flows,
    approvals: askingPort(parts),
    rulesOf: (flow) => releaseRulesOf(config, flow),
    toldOf: (institution) => views.toldOf(config, institution),
    now,
  }
}
