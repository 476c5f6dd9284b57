// flow → may go. Decides whether a mapped flow may leave, and writes who decided. Today every flow
// that was read to its end is approved by the installation itself, and says so in its history;
// tests on colleagues, checks and the approval of a second person have their place here.
import type { FlowState } from '../domain/flow.ts'

export interface ReleasePorts {
  flows: {
    get(id: number): Promise<{ state: FlowState; releasedAt: Temporal.Instant | null }>
    /** Wakes the sender at every instant of the plan. False: it had already gone. */
    release(id: number, approvedBy: string[], now: Temporal.Instant): Promise<boolean>
  }
  acts: {
    record(act: FlowAct, now: Temporal.Instant): Promise<void>
  }
  now(): Temporal.Instant
}

interface FlowAct {
  flowId: number
  actor: string
  origin: string
  verb: string
}

/** The actor of decisions that the installation takes by itself. */
export const AUTOMATIC = 'staffetta'

/** Releases a flow that is ready. Safe to repeat: a flow goes once. */
export async function releaseFlow(id: number, ports: ReleasePorts): Promise<boolean> {
  const flow = await ports.flows.get(id)
  if (flow.state !== 'active' || flow.releasedAt !== null) return false
  const now = ports.now()
  const released = await ports.flows.release(id, [AUTOMATIC], now)
  if (released) {
    await ports.acts.record(
      { flowId: id, actor: AUTOMATIC, origin: 'daemon', verb: 'approved' },
      now,
    )
  }
  return released
}
