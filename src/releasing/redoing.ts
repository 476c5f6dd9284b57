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
}

/** `map` maps a drop that nobody else is mapping. */
export function openRedo(parts: Parts, map: (dropId: number) => Promise<MapResult>): Redoing {
  const { store, now } = parts
  return {
    async redo(flowId, asked) {
      const { institution, feed, dropId, state } = await store.flows.get(flowId)
      const refused = (because: 'not-of-drop' | 'feed-gone' | 'not-ready') =>
        ({ kind: 'refused', because, state }) as const
      if (dropId === null || feed === null) return refused('not-of-drop')
      const target = targetOf(parts, institution, feed, dropId)
      if (target === null) return refused('feed-gone')
      const redone = await store.leases.hold(`map/${dropId}`, async () => {
        const decided = await store.redo(flowId, asked, target, now())
        return decided.kind === 'refused' ? decided : { ...decided, mapped: await map(dropId) }
      })
      return redone ?? refused('not-ready')
    },
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
