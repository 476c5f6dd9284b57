// Records that wait for rows of references or answers of systems: who waits for what, until when,
// and how a wait ends without its row. A row here stands beside each record of fate `waiting`, and
// goes with that fate. Invariant: whoever adds or ends waits holds the lock of their series.
import type { Wait } from '../mapping/mapping.ts'
import type { LotRecord } from '../pipeline/map/lot.ts'
import { answerHash, IS_ANSWERED } from './answers.ts'
import { type Pool, type Queryable, transaction } from './database.ts'
import { recordContext, type WriteTarget } from './lot-rows.ts'
import { rowHash } from './reference-rows.ts'
import type { Vault } from './vault.ts'
import type { Enqueue } from './wake.ts'

/** For people: how many records of a flow wait for rows of a reference, and until when. */
export interface WaitCount {
  /** Or the system that has not answered yet. */
  reference: string
  /** When the system is asked again; null: a reference. */
  askAt: Temporal.Instant | null
  records: number
  until: Temporal.Instant
}

export interface RecordsToAsk {
  mappingVersionId: number
  records: Int32Array
}

export type Waits = ReturnType<typeof createWaits>

export function createWaits(pool: Pool, enqueue: Enqueue) {
  return {
    /** Mapped drops with records that can go on: a row has come, or a time is over. */
    async due(now: Temporal.Instant, limit: number): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(
        `select distinct drop_id as id from record_waits w where ${CAN_GO_ON} or ask_at <= $1
         order by 1 limit $2`,
        [now.toString(), limit],
      )
      return rows.map((row) => row.id)
    },

    /**
     * The records of a drop whose systems are to be asked now, and those that can go on; with the
     * version of the mapping by which they were read. Null: none.
     */
    async toAsk(dropId: number, now: Temporal.Instant): Promise<RecordsToAsk | null> {
      const { rows } = await pool.query<{ record: number; mappingVersionId: number }>(
        `select distinct w.record, f.mapping_version_id as "mappingVersionId"
         from record_waits w join flows f on f.id = w.flow_id
         where w.drop_id = $2 and (w.ask_at <= $1 or ${CAN_GO_ON}) order by w.record`,
        [now.toString(), dropId],
      )
      const [first] = rows
      if (first === undefined) return null
      const records = Int32Array.from(rows, ({ record }) => record)
      return { mappingVersionId: first.mappingVersionId, records }
    },

    /** What has still no answer is asked about later: at `at`, or where that is null soon. */
    async askLater(
      dropId: number,
      at: Temporal.Instant | null,
      now: Temporal.Instant,
    ): Promise<void> {
      const soon = now.add({ seconds: ASK_AGAIN_SECONDS })
      const later = at !== null && Temporal.Instant.compare(at, soon) > 0 ? at : soon
      await transaction(pool, async (client) => {
        const { rowCount } = await client.query(
          `update record_waits w set ask_at = $3
           where drop_id = $1 and ask_at <= $2 and not ${IS_ANSWERED}`,
          [dropId, now.toString(), later.toString()],
        )
        if (rowCount) await enqueue(client, 'map', String(dropId), later)
      })
    },

    async ofFlow(flowId: number): Promise<WaitCount[]> {
      const { rows } = await pool.query<WaitCount>(
        `select reference, count(distinct record) as records, max(until) as until,
           min(ask_at) as "askAt"
         from record_waits where flow_id = $1 group by reference order by reference`,
        [flowId],
      )
      return rows
    },
  }
}

/** SQL, of a wait `w` at the instant $1. */
export const CAN_GO_ON = `(w.until <= $1 or (w.ask_at is not null and ${IS_ANSWERED})
  or (w.ask_at is null and exists (select from reference_rows r
    where r.institution_id = w.institution_id and r.reference = w.reference
      and r.key_hash = w.row_hash)))`

/** How soon a system is asked again, at the earliest, about what it did not answer. */
const ASK_AGAIN_SECONDS = 300

function hashOf(vault: Vault, { reference, shape, key }: Wait): Buffer {
  if (shape === undefined) return rowHash(vault, reference, key)
  return answerHash(vault, { system: reference, shape }, key)
}

/** Adds the waits of these records; the time counts from when the flow was made. */
export async function addWaits(
  tx: Queryable,
  vault: Vault,
  target: WriteTarget,
  records: LotRecord[],
  now: Temporal.Instant,
): Promise<void> {
  const waiting = records.flatMap(({ record, detail, waits = [] }) =>
    waits.map((wait: Wait) => ({ ...wait, record, notice: (detail as { key: string }).key })),
  )
  if (waiting.length === 0) return
  const { flowId, dropId, institutionId, seriesId } = target
  await tx.query(
    `insert into record_waits (flow_id, record, reference, row_hash, institution_id, drop_id,
       series_id, key_hash, until, ask_at)
     select f.id, t.record, t.reference, t.row_hash, $3, $2, $4, t.key_hash,
       f.created_at + t.hours * interval '1 hour', case when t.is_asked then $11::timestamptz end
     from flows f cross join unnest($5::int[], $6::text[], $7::bytea[], $8::bytea[], $9::int[],
       $10::boolean[]) as t (record, reference, row_hash, key_hash, hours, is_asked)
     where f.id = $1 on conflict do nothing`,
    [
      ...[flowId, dropId, institutionId, seriesId],
      waiting.map(({ record }) => record),
      waiting.map(({ reference }) => reference),
      waiting.map((wait) => hashOf(vault, wait)),
      waiting.map(({ notice }) => vault.hash('key', notice)),
      waiting.map(({ hours }) => hours),
      waiting.map(({ shape }) => shape !== undefined),
      now.toString(),
    ],
  )
}

/** Writes the jobs that end the waits of a flow when their time is over. */
export async function wakeAtEnds(
  tx: Queryable,
  enqueue: Enqueue,
  { flowId, dropId }: { flowId: number; dropId: number },
): Promise<void> {
  const { rows } = await tx.query<{ until: Temporal.Instant }>(
    'select distinct until from record_waits where flow_id = $1',
    [flowId],
  )
  for (const { until } of rows) await enqueue(tx, 'map', String(dropId), until)
}

/** Wakes the drops that waited for rows which this drop of a reference has brought. */
export async function wakeWaiting(
  tx: Queryable,
  enqueue: Enqueue,
  referenceDropId: number,
  now: Temporal.Instant,
): Promise<void> {
  const { rows } = await tx.query<{ id: number }>(
    `select distinct w.drop_id as id from record_waits w join reference_rows r
       on r.institution_id = w.institution_id and r.reference = w.reference
       and r.key_hash = w.row_hash
     where r.drop_id = $1`,
    [referenceDropId],
  )
  for (const { id } of rows) await enqueue(tx, 'map', String(id), now)
}

/** Whether records of the series wait, but for those of a flow. */
export async function hasWaits(
  tx: Queryable,
  seriesId: number,
  exceptFlowId: number,
): Promise<boolean> {
  const { rows } = await tx.query<{ there: boolean }>(
    `select exists (select from record_waits
       where series_id = $1 and flow_id <> $2) as there`,
    [seriesId, exceptFlowId],
  )
  return rows[0]?.there ?? false
}

export interface WaitsEnd {
  seriesId: number
  /** The flow that ends the waits of others; its own go on. */
  flowId: number
  /** Of the notices that they would make, hashed; null: all that its feed's flows wait for. */
  keyHashes: Uint8Array[] | null
  fate: 'duplicate' | 'skipped'
  because: string
}

/** Ends waiting records of other flows before their row has come. */
export async function endWaits(tx: Queryable, vault: Vault, end: WaitsEnd): Promise<void> {
  const { seriesId, flowId, keyHashes } = end
  for (let ended = AT_ONCE; ended === AT_ONCE; ) {
    const { rows } = await tx.query<EndedWait>(TAKE_ENDED, [seriesId, keyHashes, flowId, AT_ONCE])
    ended = rows.length
    await writeEnds(tx, vault, rows, end)
  }
}

/** Ends all waiting records of one flow before their row has come. */
export async function endWaitsOf(
  tx: Queryable,
  vault: Vault,
  flowId: number,
  end: Pick<WaitsEnd, 'fate' | 'because'>,
): Promise<void> {
  for (let ended = AT_ONCE; ended === AT_ONCE; ) {
    const { rows } = await tx.query<EndedWait>(TAKE_OF_FLOW, [flowId, AT_ONCE])
    ended = rows.length
    await writeEnds(tx, vault, rows, end)
  }
}

const TAKE_OF_FLOW = `
  select r.flow_id, r.record, r.sealed from source_records r join (
    select distinct flow_id, record from record_waits where flow_id = $1 limit $2) w
    using (flow_id, record)`

interface EndedWait {
  flow_id: number
  record: number
  sealed: Buffer
}

/** Records whose end is written in one statement. */
const AT_ONCE = 2000

const TAKE_ENDED = `
  select r.flow_id, r.record, r.sealed from source_records r join (
    select distinct flow_id, record from record_waits
    where series_id = $1 and flow_id <> $3 and case
      when $2::bytea[] is not null then key_hash = any($2)
      else flow_id in (select o.id from flows f join flows o
        on o.institution_id = f.institution_id and o.feed = f.feed where f.id = $3) end
    limit $4) w using (flow_id, record)`

async function writeEnds(
  tx: Queryable,
  vault: Vault,
  rows: EndedWait[],
  { fate, because }: Pick<WaitsEnd, 'fate' | 'because'>,
): Promise<void> {
  if (rows.length === 0) return
  const sealed = rows.map((row) => {
    const context = recordContext(row.flow_id, row.record)
    const { key } = JSON.parse(vault.open(context, row.sealed).toString('utf8')) as { key: string }
    return vault.seal(context, JSON.stringify({ key, because }))
  })
  await tx.query(WRITE_ENDS, [
    rows.map((row) => row.flow_id),
    rows.map((row) => row.record),
    sealed,
    fate,
  ])
}

const WRITE_ENDS = `
  with ended as (
    select * from unnest($1::bigint[], $2::int[], $3::bytea[]) as t (flow_id, record, sealed)),
  forgotten as (
    delete from record_waits w using ended e
    where w.flow_id = e.flow_id and w.record = e.record)
  update source_records r set fate = $4, sealed = e.sealed from ended e
  where r.flow_id = e.flow_id and r.record = e.record`
