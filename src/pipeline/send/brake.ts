// endings of a flow’s messages → a flow that goes on, or is suspended. A session watches the last
// of each flow that it sends; when they are too bad it suspends the flow, and staff hears of it
// once. Invariants: from the verdict on nothing of the flow begins, but what was in flight; its
// endings count no more; after it was resumed it is watched from nothing.
import {
  type Braked,
  type BrakeRules,
  type BrakeWindow,
  endingOf,
  type Held,
  openWindow,
} from '../../domain/brake.ts'
import type { Outcome } from '../../domain/outcome.ts'
import type { ClaimedMessage, MessageOrigin } from './one.ts'

export interface BrakePorts {
  /** Null: nothing brakes flows of this origin. */
  rulesOf(origin: MessageOrigin): BrakeRules | null
  /** The median of a flow’s payments, in cents; null: it has none. */
  usualCents(flowId: number): Promise<number | null>
  /** Suspends it, with an act and a mail; false: somebody has before. */
  suspend(flow: BrakedFlow, braked: Braked): Promise<boolean>
}

export type BrakedFlow = Pick<ClaimedMessage, 'flowId' | 'institution' | 'feed' | 'campaign'>

/** How a message came out, told to who watches its flow. */
export type Follow = (ended: Outcome | Held) => Promise<void>

export interface Brake {
  /** To be asked as a message is taken up; what it came to is told to the answer. */
  follow(message: ClaimedMessage): Follow
  /** Whether the flow is being suspended at this moment: nothing more of it may begin. */
  isOn(flowId: number): boolean
}

/** Flows that one session watches at once; the one watched longest is forgotten first. */
const MOST_FLOWS = 1000

interface Watched {
  window: BrakeWindow
  usualCents: number | null
}

/** Without ports nothing is ever braked. */
export function createBrake(ports: BrakePorts | undefined): Brake {
  const watched = new Map<number, Promise<Watched>>()
  const braking = new Set<number>()

  function watch(message: ClaimedMessage, rules: BrakeRules, by: BrakePorts): Promise<Watched> {
    const { flowId } = message
    const known = watched.get(flowId)
    if (known !== undefined) return known
    const [longest] = watched.keys()
    if (watched.size >= MOST_FLOWS && longest !== undefined) watched.delete(longest)
    const opened = by
      .usualCents(flowId)
      .then((usualCents) => ({ window: openWindow(rules), usualCents }))
    watched.set(flowId, opened)
    opened.catch(() => watched.delete(flowId))
    return opened
  }

  async function suspend(flow: BrakedFlow, braked: Braked, by: BrakePorts): Promise<void> {
    const { flowId } = flow
    braking.add(flowId)
    watched.delete(flowId)
    try {
      await by.suspend(flow, braked)
    } finally {
      braking.delete(flowId)
    }
  }

  return {
    isOn: (flowId) => braking.has(flowId),
    follow(message) {
      const rules = ports?.rulesOf(message) ?? null
      if (ports === undefined || rules === null) return heedNothing
      const flow = watch(message, rules, ports)
      return async (ended) => {
        const { window, usualCents } = await flow
        // What was in flight when the flow was braked says nothing of it after it was resumed.
        if (watched.get(message.flowId) !== flow) return
        const amountCents = message.data.payment?.amountCents ?? null
        const ending = endingOf(ended, amountCents, usualCents)
        const braked = ending && window.add(ending)
        if (braked) await suspend(message, braked, ports)
      }
    },
  }
}

const heedNothing: Follow = async () => {}
