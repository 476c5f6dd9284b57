// The brake: what the last messages of a flow came to, and when that is too bad to go on. Pure: one
// ending after the other in, a verdict out. What the citizen decides (not on IO, service switched
// off) and what is only late says nothing of a flow and never gets here.
// Invariant: only the last 200 endings count, in constant memory and time for each.
import type { Outcome } from './outcome.ts'
import { isAbove } from './percent.ts'

export interface BrakeRules {
  /** Above this share of the window refused. */
  refusedPercent: number
  /** Above so many in the window refused, held or uncertain for one cause. */
  sameCause: number
  /** Above this share of those with a payment far above the usual amount. */
  outlierPercent: number
}

/** How one message ended, as far as the brake minds. */
export interface Ending {
  /** A code of `ioCodes`; null: it was sent. */
  cause: string | null
  isRefused: boolean
  /** Whether it asks ten times the usual amount or more; null: it asks for no payment. */
  isOutlier: boolean | null
}

/** Why a flow was braked. */
export interface Braked {
  by: 'refused' | 'same-cause' | 'outliers'
  /** So many of the `of` last that count. */
  count: number
  of: number
  /** The commonest cause; null of outliers. */
  cause: string | null
}

export interface BrakeWindow {
  /** Takes the next ending; why the flow must be braked, or null: it goes on. */
  add(ending: Ending): Braked | null
}

/** Endings that are remembered. */
export const WINDOW_ENDINGS = 200

/** A share of fewer says little: the first three may all be odd. */
export const LEAST_ENDINGS = 50

/** A payment so many times the usual one is an outlier. */
const OUTLIER_FACTOR = 10

/** An empty window; nothing is braked before `LEAST_ENDINGS`. */
export function openWindow(rules: BrakeRules): BrakeWindow {
  const ring: Ending[] = []
  const causes = new Map<string, number>()
  let next = 0
  let refused = 0
  let payments = 0
  let outliers = 0

  function count({ cause, isRefused, isOutlier }: Ending, by: 1 | -1): void {
    if (isRefused) refused += by
    if (isOutlier !== null) payments += by
    if (isOutlier) outliers += by
    if (cause === null) return
    const left = (causes.get(cause) ?? 0) + by
    if (left === 0) causes.delete(cause)
    else causes.set(cause, left)
  }

  function verdict(): Braked | null {
    const of = ring.length
    const [cause, same] = commonest(causes)
    if (of >= LEAST_ENDINGS && isAbove(refused, of, rules.refusedPercent)) {
      return { by: 'refused', count: refused, of, cause }
    }
    if (same > rules.sameCause) return { by: 'same-cause', count: same, of, cause }
    if (payments >= LEAST_ENDINGS && isAbove(outliers, payments, rules.outlierPercent)) {
      return { by: 'outliers', count: outliers, of: payments, cause: null }
    }
    return null
  }

  return {
    add(ending) {
      const oldest = ring[next]
      if (oldest !== undefined) count(oldest, -1)
      ring[next] = ending
      next = (next + 1) % WINDOW_ENDINGS
      count(ending, 1)
      // One that was sent for a usual amount makes nothing worse.
      return ending.cause === null && !ending.isOutlier ? null : verdict()
    },
  }
}

/** It was kept from leaving, by its text or its service: a code of `ioCodes`. */
export interface Held {
  kind: 'held'
  code: string
}

/**
 * What an outcome is to the brake; null: nothing. `usualCents`: the median of the flow, which half
 * of its payments do not exceed.
 */
export function endingOf(
  outcome: Outcome | Held,
  amountCents: number | null,
  usualCents: number | null,
): Ending | null {
  if (outcome.kind === 'undeliverable' || outcome.kind === 'deferred') return null
  const isKnown = amountCents !== null && usualCents !== null
  return {
    cause: outcome.kind === 'accepted' ? null : outcome.code,
    isRefused: outcome.kind === 'rejected',
    isOutlier: isKnown ? amountCents >= OUTLIER_FACTOR * usualCents : null,
  }
}

function commonest(causes: ReadonlyMap<string, number>): [cause: string | null, count: number] {
  let most: [string | null, number] = [null, 0]
  for (const [cause, count] of causes) if (count > most[1]) most = [cause, count]
  return most
}
