// What people decide of the life of a flow, composed: suspend, resume, stop. A part of `flows.ts`;
// the rule is `domain/flow-moves.ts`, and the store decides on the locked row.
import type { Asked, Decided } from '../domain/decision.ts'
import type { Parts } from '../parts.ts'
import type { Stopped } from '../store/flow-life.ts'

export interface FlowLife {
  /** Nothing of it leaves from now on, but what is in flight. */
  suspend(flowId: number, asked: Asked): Promise<Decided>
  /** It goes on, at once. */
  resume(flowId: number, asked: Asked): Promise<Decided>
  /**
   * Nothing of it ever leaves again, but what is in flight. `atMost`: for how many messages the
   * person has said so; refused where more would never leave. Null: however many.
   */
  stop(flowId: number, asked: Asked & { atMost: number | null }): Promise<Decided<Stopped>>
  /** How many messages would never leave, were it stopped now. */
  left(flowId: number): Promise<number>
  /** For the daemon: cancels what came back to stopped flows meanwhile; answers how many. */
  finishStops(): Promise<number>
}

export function openLife({ store, now }: Parts): FlowLife {
  const { flowLives } = store
  return {
    suspend: (flowId, asked) => flowLives.suspend(flowId, asked, now()),
    resume: (flowId, asked) => flowLives.resume(flowId, asked, now()),
    stop: (flowId, asked) => flowLives.stop(flowId, asked, now()),
    left: flowLives.left,
    finishStops: () => flowLives.finishStops(now()),
  }
}
