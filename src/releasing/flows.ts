// What people decide of flows, composed: the same functions for the command line and the console.
// A part of `app.ts`; nothing here decides anything.
import type { Parts } from '../parts.ts'
import { type Approvals, openApprovals } from './approving.ts'
import { type FlowChecking, openChecks, releasePorts } from './checks.ts'
import { type ErrataDecisions, openErrata } from './errata.ts'
import { type FlowLife, openLife } from './life.ts'
import { type FlowTests, openTests } from './testing.ts'

export interface FlowDecisions
  extends FlowLife,
    ErrataDecisions,
    FlowChecking,
    Approvals,
    FlowTests {}

export function openFlows(parts: Parts): FlowDecisions {
  return {
    ...openLife(parts),
    ...openTests(parts),
    ...openErrata(parts),
    ...openChecks(parts),
    ...openApprovals(parts, releasePorts(parts)),
  }
}
