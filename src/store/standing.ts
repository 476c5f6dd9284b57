// The notices that stand, as a lot asks for them and ends them: by the keys of its records, by what
// a settlement named before, and by what a snapshot no longer names.
// Invariant: asked for while the series is locked, so that what is answered stays true in the lot.
import type { EndedBy, NoticeState, ToldText } from '../domain/notice.ts'
import type { Postponement } from '../domain/postponement.ts'
import type { FoundNotice, MapLot } from '../pipeline/map/lot.ts'
import { closeNotices } from './closings.ts'
import type { Client } from './database.ts'
import { hasEarly, takeEarly } from './early-settlements.ts'
import { closeMissing, countMissing } from './missing.ts'
import type { Vault } from './vault.ts'

export interface LotPlace {
  institutionId: number
  seriesId: number
  flowId: number
  dropId: number
  /** The drop is mapped again: what later ones have made is not its to change. */
  again?: { isOvertaken: boolean } | null
}

type Standing = 'find' | 'findSettled' | 'end' | 'countMissing' | 'closeMissing'

/** The part of a lot that concerns what stood before it. `silenced`: see `createWriter`. */
export function standingPorts(
  client: Client,
  vault: Vault,
  place: LotPlace,
  silenced: Set<number>,
): Pick<MapLot, Standing> {
  const { institutionId, seriesId } = place
  /** Whether a settlement named anything early; nobody adds more while the series is locked. */
  let isAnyEarly: boolean | null = null
  return {
    find: (keys) => findNotices(client, vault, place, keys),
    async findSettled(bills, now) {
      isAnyEarly ??= await hasEarly(client, seriesId)
      return isAnyEarly ? takeEarly(client, vault, seriesId, bills, now) : new Map()
    },
    async end(names, as, now) {
      const ended = { institutionId, seriesIds: [seriesId], by: 'id', names } as const
      const { flows } = await closeNotices(client, { ...ended, as, endedBy: 'action' }, now)
      for (const id of flows) silenced.add(id)
    },
    countMissing: () => countMissing(client, place),
    async closeMissing(as, now) {
      const { closed, flows } = await closeMissing(client, place, as, now)
      for (const id of flows) silenced.add(id)
      return closed
    },
  }
}

interface FoundRow {
  id: number
  flow_id: number
  state: NoticeState
  ended_by: EndedBy | null
  unheard: boolean
  told_text: Buffer | null
  told_last: boolean | null
  newer: boolean
  key_hash: Buffer
  content_hash: Buffer
  matter_hash: Buffer
  due_at: Temporal.Instant | null
  postponed_from: Temporal.Instant | null
}

/** A first message that was cancelled with its notice never left; a person's `given-up` is not. */
const findSql = (newer: string) => `
  select id, flow_id, state, ended_by, key_hash, content_hash, matter_hash, due_at, postponed_from,
    ended_by = 'missing' and coalesce((
      select m.state = 'cancelled' and m.code = n.state from messages m
      where m.notice_id = n.id and m.purpose = 'first' order by m.id desc limit 1), false) as unheard,
    case when ended_by = 'replay' then (
      select m.text_hash from messages m where m.notice_id = n.id and m.purpose = 'first'
        and m.state in ('sent', 'uncertain') order by m.id desc limit 1) end as told_text,
    case when ended_by = 'replay' then (
      select m.state in ('sent', 'uncertain') from messages m
      where m.notice_id = n.id and m.purpose = 'first' order by m.id desc limit 1) end as told_last,
    ${newer} as newer
  from notices n where institution_id = $1 and series_id = $2 and key_hash = any($3)`

const FIND = findSql('false')

/** $4 the drop: what came of a later one is newer, and so is what no drop made since it came. */
const FIND_AGAIN = findSql(`(select coalesce(o.drop_id > $4, o.created_at > d.received_at)
  from flows o cross join drops d where o.id = n.flow_id and d.id = $4)`)

async function findNotices(
  client: Client,
  vault: Vault,
  { institutionId, seriesId, dropId, again }: LotPlace,
  keys: string[],
): Promise<Map<string, FoundNotice>> {
  const byHash = new Map(keys.map((key) => [vault.hash('key', key).toString('latin1'), key]))
  const hashes = [...byHash.keys()].map((hash) => Buffer.from(hash, 'latin1'))
  const values = [institutionId, seriesId, hashes]
  const { rows } = again
    ? await client.query<FoundRow>(FIND_AGAIN, [...values, dropId])
    : await client.query<FoundRow>(FIND, values)
  return new Map(
    rows.map((row) => [
      byHash.get(row.key_hash.toString('latin1')) as string,
      {
        id: row.id,
        flowId: row.flow_id,
        state: row.state,
        endedBy: row.ended_by,
        isUnheard: row.unheard === true,
        isNewer: row.newer,
        told: toldOf(row),
        postponed: postponementOf(row),
        contentHash: row.content_hash,
        matterHash: row.matter_hash,
      },
    ]),
  )
}

function toldOf({ told_text: textHash, told_last: isLast }: FoundRow): ToldText | null {
  return textHash && { textHash, isLast: isLast === true }
}

function postponementOf({ due_at: to, postponed_from: from }: FoundRow): Postponement | null {
  return to && from && { from: from.toString(), to: to.toString() }
}
