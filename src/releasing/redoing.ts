// A flow made again, composed: its drop mapped anew by the mapping of now. Nobody else maps the
// drop meanwhile, so that what reads it is the configuration of who asked. A part of `app.ts`.
import { findFeed } from '../config/config.ts'
import * as views from '../config/stage-views.ts'
import type { Asked, Decided } from '../domain/decision.ts'
import type { Parts } from '../parts.ts'
import type { MapResult } from '../pipeline/map.ts'
import type { Redone, RedoTarget } from '../store/redo.ts'

export interface Redoing {
  /**
   * Maps the drop of a flow again, as a flow of its own; what of the old one has not left never
   * does. `mapped`: how far that came.
   */
  redo(flowId: number, asked: Asked): Promise<Decided<Redone & { mapped: MapResult }>>
  /** The same up to the new flow: its drop waits for whoever maps, who is to be woken for it. */
  beginRedo(flowId: number, asked: Asked): Promise<Decided<Redone & { dropId: number }>>
}

/** `map` maps a drop that nobody else is mapping. */
export function openRedo(parts: Parts, map: (dropId: number) => Promise<MapResult>): Redoing {
  const { store, now } = parts

  /** `then` comes under the same lease: nobody maps the drop before. */
  async function begin<More>(
    flowId: number,
    asked: Asked,
    then: (dropId: number) => Promise<More>,
  ): Promise<Decided<Redone & More>> {
    const { institution, feed, dropId, state } = await store.flows.get(flowId)
    const refused = (because: 'not-of-drop' | 'feed-gone' | 'not-ready') =>
      ({ kind: 'refused', because, state }) as const
    if (dropId === null || feed === null) return refused('not-of-drop')
    const target = targetOf(parts, institution, feed, dropId)
    if (target === null) return refused('feed-gone')
    const redone = await store.leases.hold(`map/${dropId}`, async () => {
      const decided = await store.redo(flowId, asked, target, now())
      return decided.kind === 'refused' ? decided : { ...decided, ...(await then(dropId)) }
    })
    return redone ?? refused('not-ready')
  }

  return {
    redo: (flowId, asked) =>
      begin(flowId, asked, async (dropId) => ({ mapped: await map(dropId) })),
    beginRedo: (flowId, asked) => begin(flowId, asked, async (dropId) => ({ dropId })),
  }
}

/** As its feed says it now; null when the configuration no longer has it, or it sends nothing. */
function targetOf(
  { config }: Parts,
  institution: string,
  feed: string,
  dropId: number,
): RedoTarget | null {
  const found = findFeed(config, institution, feed)
  if (found === undefined) return null
  const { mapping, service, account, calendar, tells } = views.mapFeedOf(config, found)
  if (mapping.shape !== 'notice' || service === null || account === null) return null
  const place = { zone: calendar.zone, calendarVersion: calendar.version }
  return {
    institution,
    feed,
    dropId,
    service,
    account,
    tells,
    series: mapping.spec.series,
    ...place,
  }
}
