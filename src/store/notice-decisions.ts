// What a person decides about notices: paid elsewhere, or withdrawn. All that they chose ends in
// one transaction, with the act that says who and why, and what was to be sent of it is cancelled.
import { addAct, type PersonAct } from './acts.ts'
import { closeNotices } from './closings.ts'
import type { Client, Pool } from './database.ts'
import { recloseIncomplete } from './flow-ends.ts'
import {
  type Chosen,
  type ChosenCount,
  countChosen,
  decisive,
  lockChosen,
  type NoticeFilter,
} from './notice-choice.ts'
import type { Vault } from './vault.ts'

export interface ClosedByPerson {
  /** Of the chosen ones, those that were open. */
  closed: number
  /** Of the chosen ones, those that had ended before. */
  before: { settled: number; cancelled: number }
  /** Others of their groups that ended with them. */
  along: number
  /** Messages that will not leave. */
  messages: number
}

/** Notices ended in one statement. */
const AT_ONCE = 5000
/** Named in the act itself; all of them are in `notice_acts`. */
const MOST_NAMED = 100

export type NoticeDecisions = ReturnType<typeof createNoticeDecisions>

export function createNoticeDecisions(pool: Pool, vault: Vault) {
  return {
    /** How many of what is meant are open, and how many have ended. */
    count: (filter: NoticeFilter): Promise<ChosenCount[]> => countChosen(pool, vault, filter),

    /** Ends the chosen notices; `onProgress` hears how many of them have been done. */
    close(
      filter: NoticeFilter,
      as: 'settled' | 'cancelled',
      act: PersonAct,
      now: Temporal.Instant,
      onProgress: (done: number, all: number) => void = () => {},
    ): Promise<ClosedByPerson> {
      return decisive(pool, async (tx) => {
        const chosen = await lockChosen(tx, vault, filter)
        const open = chosen.filter(({ state }) => state === 'open' || state === 'expired')
        const result: ClosedByPerson = {
          ...{ closed: open.length, along: 0, messages: 0 },
          before: { settled: countOf(chosen, 'settled'), cancelled: countOf(chosen, 'cancelled') },
        }
        const silenced = new Set<number>()
        let done = 0
        for (const ofSeries of bySeries(open)) {
          const [{ institutionId, seriesId }] = ofSeries as [Chosen]
          const ids = ofSeries.map(({ id }) => id)
          const said = { ...act, verb: verbOf(as, ids.length), detail: detailOf(filter, ids) }
          const actId = await addNoticesAct(tx, institutionId, said, now)
          for (let start = 0; start < ids.length; start += AT_ONCE) {
            const names = ids.slice(start, start + AT_ONCE)
            const place = { institutionId, seriesIds: [seriesId], by: 'id', names } as const
            const { flows } = await closeNotices(tx, { ...place, as, endedBy: 'person' }, now)
            for (const id of flows) silenced.add(id)
            done += names.length
            onProgress(done, open.length)
          }
          const ended = await nameEnded(tx, { institutionId, seriesId, ids, actId }, now)
          result.along += ended.notices - ids.length
          result.messages += ended.messages
        }
        await recloseIncomplete(tx, silenced, now)
        return result
      })
    },
  }
}

function countOf(chosen: Chosen[], wanted: Chosen['state']): number {
  return chosen.filter(({ state }) => state === wanted).length
}

/** What a person decided about several series is as many acts: each stands in its institution. */
function bySeries(chosen: Chosen[]): Chosen[][] {
  return [...Map.groupBy(chosen, ({ seriesId }) => seriesId).values()]
}

function verbOf(as: string, n: number): string {
  return `${as} ${n} ${n === 1 ? 'notice' : 'notices'}`
}

/** How they were named, where that names no person; and the first of them. */
export function detailOf({ name }: NoticeFilter, ids: readonly number[]): object {
  const emission = name.by === 'emission' ? { emission: name.emission } : {}
  return { by: name.by, ...emission, notices: ids.slice(0, MOST_NAMED) }
}

/** The act of a decision about notices; its id. */
export function addNoticesAct(
  tx: Client,
  institutionId: number,
  { note, detail, ...act }: PersonAct & { verb: string; detail: object },
  now: Temporal.Instant,
): Promise<number> {
  return addAct(tx, institutionId, { ...act, subject: 'notices', detail: { ...detail, note } }, now)
}

/** What the act is about, so that each notice shows it. */
export async function nameNotices(
  tx: Client,
  ids: readonly number[],
  actId: number,
): Promise<void> {
  await tx.query(
    'insert into notice_acts (notice_id, act_id) select id, $2 from unnest($1::bigint[]) as id',
    [ids, actId],
  )
}

interface Ended {
  institutionId: number
  seriesId: number
  ids: number[]
  actId: number
}

/** The act names all that ended with it, those of their groups too. */
async function nameEnded(
  tx: Client,
  { institutionId, seriesId, ids, actId }: Ended,
  now: Temporal.Instant,
): Promise<{ notices: number; messages: number }> {
  const { rows } = await tx.query<{ notices: number; messages: number }>(
    `with ended as (
       select id from notices where id = any($3)
       union
       select other.id from notices n join notices other on other.institution_id = $1
         and other.series_id = $2 and other.group_hash = n.group_hash
       where n.id = any($3) and n.group_hash is not null
         and other.ended_by = 'person' and other.ended_at = $4),
     named as (insert into notice_acts (notice_id, act_id) select id, $5 from ended)
     select count(*) as notices, (
       select count(*) from messages m join ended on m.notice_id = ended.id
       where m.state = 'cancelled' and m.closed_at = $4) as messages
     from ended`,
    [institutionId, seriesId, ids, now.toString(), actId],
  )
  return rows[0] as { notices: number; messages: number }
}
