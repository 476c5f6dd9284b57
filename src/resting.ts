// The composition of rests: a flow's drop, the mapping that read it, and the stage that says which
// records are left. A part of `app.ts`; nothing here decides anything.
import { restOf } from './archive/rest.ts'
import { getFeed, getMapping } from './config/config.ts'
import { feedRestTerms } from './config/stage-views.ts'
import type { AccountTerm } from './domain/flow-account.ts'
import { RestError } from './mapping/rest/rest-error.ts'
import type { Parts } from './parts.ts'
import { makeRest, type Rest, type RestPart } from './pipeline/write-back/rest.ts'
import type { DueReport } from './pipeline/write-back.ts'

interface RestOptions {
  /** The terms of the account that belong to it; null: as the feed says. */
  terms: readonly AccountTerm[] | null
  /** Hears of every record that was read. */
  tell(records: number): void
}

/** Rests for people, of whatever flow and whenever they are asked for. */
export function openRests(parts: Pick<Parts, 'config' | 'store'>) {
  return async (flowId: number, tell: (records: number) => void): Promise<Rest | null> =>
    flowRest(parts, await parts.store.flows.get(flowId), { terms: null, tell })
}

/** The rest of a flow; null for one that came of no drop. Throws `RestError`. */
async function flowRest(
  { config, store }: Pick<Parts, 'config' | 'store'>,
  flow: { id: number; institution: string; feed: string | null; dropId: number | null },
  { terms, tell }: RestOptions,
): Promise<Rest | null> {
  const { id: flowId, dropId, institution, feed: name } = flow
  if (dropId === null || name === null) return null
  const feed = getFeed(config, institution, name)
  const { record } = getMapping(config, institution, feed.mapping).spec
  return makeRest(
    { flowId, dropId, record, terms: terms ?? feedRestTerms(feed) },
    {
      rests: store.rests,
      cut: async (drop, spec, isWanted) =>
        restOf(await store.drops.sources(drop), spec, (number, line) => {
          tell(number)
          return isWanted(number, line)
        }),
    },
  )
}

/**
 * The rest that goes with a report: with the last one, when nothing can be sent any more. Null also
 * where it cannot be written: the report goes all the same, and the log says why.
 */
export async function reportedRest(
  parts: Pick<Parts, 'config' | 'store' | 'log'>,
  { flowId, dropId, institution, feed, final, retriesOnly }: DueReport,
  terms: readonly AccountTerm[],
): Promise<RestPart[] | null> {
  if (!final || retriesOnly) return null
  const flow = { id: flowId, institution, feed, dropId }
  try {
    const rest = await flowRest(parts, flow, { terms, tell() {} })
    return rest?.parts ?? null
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    const { code, detail, remedy } = error
    parts.log.warn({ institution, feed, drop: dropId, code, detail, remedy }, 'rest not written')
    return null
  }
}
