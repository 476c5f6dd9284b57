// The brake, composed: the rules of the feed or campaign, and the store that suspends. A part of
// `sending.ts`; nothing here decides anything.
import { brakeRulesOf } from '../config/release-view.ts'
import { toldOf } from '../config/stage-views.ts'
import type { Parts } from '../parts.ts'
import type { BrakePorts } from '../pipeline/send/brake.ts'

export function openBrake({ config, store, now, log }: Parts): BrakePorts {
  return {
    rulesOf: (origin) => brakeRulesOf(config, origin),
    usualCents: store.brakes.usualCents,
    async suspend(flow, braked) {
      const notify = toldOf(config, flow.institution)
      const isSuspended = await store.brakes.suspend(flow, braked, notify, now())
      const { flowId } = flow
      if (isSuspended) log.warn({ flowId, ...braked }, 'flow braked')
      return isSuspended
    },
  }
}
