// Refused records as people deal with them: counted by cause, listed, looked at one by one, and
// what they decide: corrected, ignored. What is mapped again is `correction-lots.ts`'s.
// Invariants: each query says of which services; a record keeps its fate, and one that is dealt
// with is not dealt with twice: who comes second is told.
import type { Asked } from '../domain/decision.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Correction } from '../mapping/correction.ts'
import { addFlowAct } from './acts.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { recordContext } from './lot-rows.ts'
import type { Vault } from './vault.ts'

/** Of one institution; null means all. */
export interface RefusalFilter {
  institution: string
  /** Those that whoever looks may see. */
  services: readonly string[] | null
  service: string | null
  feed: string | null
  /** Of flows that were made in `[from, to)`. */
  from: Temporal.Instant | null
  to: Temporal.Instant | null
  flowId: number | null
  /** Empty: of those of which it is not known. */
  code: string | null
  field: string | null
  /** `open`: somebody has to do something about them. */
  standing: 'open' | 'settled' | 'all'
}

/** What was decided of a refused record; null: nothing yet. */
export type RefusalDecision = 'corrected' | 'reworked' | 'ignored' | null

export interface RefusalCause {
  /** Null: not known, of records that were read long ago. */
  code: string | null
  field: string | null
  records: number
  flows: number
}

export interface RefusalRow {
  flowId: number
  record: number
  line: number
  service: string
  feed: string | null
  at: Temporal.Instant
  code: string | null
  field: string | null
  decided: RefusalDecision
  actor: string | null
  madeFlowId: number | null
  /** For whoever decides: it must be the one that they have seen. 0: as it came. */
  edition: number
}

/** One refused record, without what it says. */
export interface RefusedPlace extends RefusalRow {
  institution: string
  dropId: number | null
  dropKey: string | null
  /** Its drop is there and its bytes are kept. */
  isKept: boolean
  /** In which the drop was read. */
  encoding: string | null
  note: string | null
  decidedAt: Temporal.Instant | null
  /** Of that flow: it was mapped again as a whole. */
  replacedBy: number | null
}

/** What a refused record says: it may quote a person. */
export interface RefusedDetail {
  key: string | null
  refusals: readonly Refusal[]
  correction: Correction | null
}

export interface RecordName {
  flowId: number
  record: number
}

/** How many records are decided about at once. */
export const IGNORED_AT_ONCE = 1000

export function createCorrections(pool: Pool, vault: Vault) {
  return {
    /** The most frequent first. */
    async causes(filter: RefusalFilter): Promise<RefusalCause[]> {
      const { rows } = await pool.query<RefusalCause>(
        `select r.code, r.field, count(*) as records, count(distinct r.flow_id) as flows
         from ${REFUSED} group by r.code, r.field order by records desc, r.code, r.field limit 500`,
        valuesOf(filter),
      )
      return rows
    },

    async count(filter: RefusalFilter): Promise<number> {
      const sql = `select count(*) as n from ${REFUSED}`
      const { rows } = await pool.query<{ n: number }>(sql, valuesOf(filter))
      return rows[0]?.n ?? 0
    },

    /** The newest flows first, each in the order of its file, from after this record on. */
    async list(
      filter: RefusalFilter,
      after: RecordName | null,
      limit: number,
    ): Promise<RefusalRow[]> {
      const { rows } = await pool.query<RefusalRow>(
        `select ${ROW} from ${REFUSED}
           and ($11::bigint is null or f.id < $11 or (f.id = $11 and r.record > $12::integer))
         order by f.id desc, r.record limit $13`,
        [...valuesOf(filter), after?.flowId ?? null, after?.record ?? null, limit],
      )
      return rows
    },

    /** Null where it is not there, not refused, or not of these services. */
    async find(
      institution: string,
      services: readonly string[] | null,
      { flowId, record }: RecordName,
    ): Promise<RefusedPlace | null> {
      const { rows } = await pool.query<RefusedPlace>(PLACE, [
        ...[institution, services, flowId, record],
      ])
      return rows[0] ?? null
    },

    /** What those that were corrected, and are not mapped again yet, are; of one flow. */
    async corrected(
      institution: string,
      services: readonly string[] | null,
      flowId: number,
    ): Promise<{ record: number; edition: number }[]> {
      const { rows } = await pool.query<{ record: number; edition: number }>(
        `select c.record, c.edition from corrections c join flows f on f.id = c.flow_id
           join institutions i on i.id = f.institution_id
         where i.name = $1 and ($2::text[] is null or f.service = any($2)) and f.id = $3
           and c.state = 'corrected' order by c.record`,
        [institution, services, flowId],
      )
      return rows
    },

    /** What one says; that it was shown is written down in the same transaction. */
    async reveal(
      { flowId, record }: RecordName,
      { actor, origin }: Asked,
      now: Temporal.Instant,
    ): Promise<RefusedDetail> {
      return transaction(pool, async (tx) => {
        const verb = `revealed record ${record}`
        await addFlowAct(tx, { flowId, actor, origin, verb }, now)
        return readDetail(tx, vault, { flowId, record })
      })
    },

    /** The same for a program of ours that maps it, or for an export that is an act itself. */
    detail: (name: RecordName) => readDetail(pool, vault, name),

    /**
     * Keeps what a person says stands in its fields. False: another has decided about it since
     * `edition` was seen.
     */
    async correct(
      { flowId, record }: RecordName,
      edition: number,
      correction: Correction,
      { actor, origin, note }: Asked,
      now: Temporal.Instant,
    ): Promise<boolean> {
      return transaction(pool, async (tx) => {
        const sealed = vault.seal(correctionContext(flowId, record), JSON.stringify(correction))
        const { rowCount } = await tx.query(CORRECT, [
          ...[flowId, record, edition, sealed, note, actor, now.toString()],
        ])
        if (rowCount !== 1) return false
        const detail = { fields: Object.keys(correction), ...(note !== null && { note }) }
        const verb = `corrected record ${record}`
        await addFlowAct(tx, { flowId, actor, origin, verb, detail }, now)
        return true
      })
    },

    /** Nothing more is done about these; answers those that were still open. */
    async ignore(
      institution: string,
      services: readonly string[] | null,
      names: readonly RecordName[],
      { actor, origin, note }: Asked,
      now: Temporal.Instant,
    ): Promise<RecordName[]> {
      if (names.length > IGNORED_AT_ONCE) throw new Error(`more than ${IGNORED_AT_ONCE} at once`)
      return transaction(pool, async (tx) => {
        const { rows } = await tx.query<RecordName>(IGNORE, [
          ...[institution, services, names.map(({ flowId }) => flowId)],
          ...[names.map(({ record }) => record), note, actor, now.toString()],
        ])
        for (const [flowId, ofFlow] of Map.groupBy(rows, (one) => one.flowId)) {
          const records = ofFlow.map(({ record }) => record)
          const verb = `ignored ${records.length} refused`
          const detail = { records, ...(note !== null && { note }) }
          await addFlowAct(tx, { flowId, actor, origin, verb, detail }, now)
        }
        return rows
      })
    },
  }
}

/** What a sealed correction is bound to. */
export function correctionContext(flowId: number, record: number): string {
  return `correction/${flowId}/${record}`
}

export function openCorrection(
  vault: Vault,
  { flowId, record }: RecordName,
  sealed: Buffer | null,
): Correction | null {
  if (sealed === null) return null
  return JSON.parse(vault.open(correctionContext(flowId, record), sealed).toString('utf8'))
}

async function readDetail(
  db: Pick<Client, 'query'>,
  vault: Vault,
  name: RecordName,
): Promise<RefusedDetail> {
  const { rows } = await db.query<{ sealed: Buffer; correction: Buffer | null }>(
    `select r.sealed, c.sealed as correction from source_records r
       left join corrections c on c.flow_id = r.flow_id and c.record = r.record
     where r.flow_id = $1 and r.record = $2 and r.fate = 'refused'`,
    [name.flowId, name.record],
  )
  const row = rows[0]
  if (!row) throw new Error(`record ${name.record} of flow ${name.flowId} is not refused`)
  const context = recordContext(name.flowId, name.record)
  const { key = null, refusals = [] } = JSON.parse(vault.open(context, row.sealed).toString('utf8'))
  return { key, refusals, correction: openCorrection(vault, name, row.correction) }
}

function valuesOf(filter: RefusalFilter): unknown[] {
  const { institution, services, service, feed, from, to, flowId, code, field, standing } = filter
  const period = [from?.toString() ?? null, to?.toString() ?? null]
  return [institution, services, service, feed, ...period, flowId, code, field, standing]
}

/** SQL: refused records `r` of flows `f`, with what was decided `c`; $1 to $10, a filter. */
const REFUSED = `
  flows f join source_records r on r.flow_id = f.id and r.fate = 'refused'
    left join corrections c on c.flow_id = r.flow_id and c.record = r.record
  where f.institution_id = (select id from institutions where name = $1)
    and ($2::text[] is null or f.service = any($2)) and ($3::text is null or f.service = $3)
    and ($4::text is null or f.feed = $4)
    and ($5::timestamptz is null or f.created_at >= $5)
    and ($6::timestamptz is null or f.created_at < $6) and ($7::bigint is null or f.id = $7)
    and ($8::text is null or coalesce(r.code, '') = $8)
    and ($9::text is null or coalesce(r.field, '') = $9)
    and f.origin <> 'test' and (f.replaced_by is null or f.id = $7)
    and case $10::text when 'open' then c.state is null or c.state = 'corrected'
      when 'settled' then c.state in ('reworked', 'ignored') else true end`

const ROW = `r.flow_id as "flowId", r.record, r.line, f.service, f.feed, f.created_at as at, r.code,
  r.field, c.state as decided, c.actor, c.made_flow_id as "madeFlowId",
  coalesce(c.edition, 0) as edition`

const PLACE = `
  select ${ROW}, i.name as institution, d.id as "dropId", d.key as "dropKey", d.encoding, c.note,
    c.at as "decidedAt", f.replaced_by as "replacedBy",
    d.id is not null and (not exists (
        select from drop_parts p where p.drop_id = d.id and p.chunks > 0)
      or exists (select from drop_chunks k where k.drop_id = d.id)) as "isKept"
  from flows f join institutions i on i.id = f.institution_id
    join source_records r on r.flow_id = f.id and r.fate = 'refused'
    left join drops d on d.id = f.drop_id
    left join corrections c on c.flow_id = r.flow_id and c.record = r.record
  where i.name = $1 and ($2::text[] is null or f.service = any($2)) and f.id = $3
    and r.record = $4 and f.origin <> 'test'`

const CORRECT = `
  insert into corrections as c
    (flow_id, record, institution_id, state, edition, sealed, note, actor, at)
  select r.flow_id, r.record, r.institution_id, 'corrected', $3::integer + 1, $4, $5, $6, $7
  from source_records r join flows f on f.id = r.flow_id
  where r.flow_id = $1 and r.record = $2 and r.fate = 'refused' and f.replaced_by is null
  on conflict (flow_id, record) do update set state = 'corrected', edition = excluded.edition,
    sealed = excluded.sealed, note = excluded.note, actor = excluded.actor, at = excluded.at
  where c.edition = $3::integer and c.state in ('corrected', 'ignored')`

const IGNORE = `
  insert into corrections as c (flow_id, record, institution_id, state, note, actor, at)
  select r.flow_id, r.record, r.institution_id, 'ignored', $5, $6, $7
  from unnest($3::bigint[], $4::integer[]) named (flow_id, record)
    join source_records r on r.flow_id = named.flow_id and r.record = named.record
    join flows f on f.id = r.flow_id join institutions i on i.id = f.institution_id
  where i.name = $1 and ($2::text[] is null or f.service = any($2)) and r.fate = 'refused'
  order by r.flow_id, r.record
  on conflict (flow_id, record) do update set state = 'ignored', note = excluded.note,
    actor = excluded.actor, at = excluded.at
  where c.state = 'corrected'
  returning flow_id as "flowId", record`
