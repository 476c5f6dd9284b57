// Flows as people look for them: pages of them by filters, newest first, and one with what is known
// of its drop. Only reads. Invariant: each query says of which institution and of which services,
// so that what is not theirs is not there.
import type { FlowState } from '../domain/flow.ts'
import type { Delivery, MessageState } from '../domain/message.ts'
import type { DropProblem } from '../pipeline/map.ts'
import type { Pool } from './database.ts'
import { OWN } from './flow-ends.ts'
import { FLOW_FIELDS, FLOW_TABLES, type FlowRow } from './flows.ts'

/** What whoever looks may see. */
export interface FlowScope {
  institution: string
  /** Null: of all. */
  services: readonly string[] | null
}

/** Null means all. */
export interface FlowFilter {
  state: FlowState | null
  service: string | null
  feed: string | null
  /** Of some notice of it. */
  emission: string | null
  /** When its drop came, or it was made: `[from, to)`. */
  arrivedFrom: Temporal.Instant | null
  arrivedTo: Temporal.Instant | null
  /** When it began to be sent. */
  sentFrom: Temporal.Instant | null
  sentTo: Temporal.Instant | null
  /** Its number, or a part of its file's name. */
  text: string | null
  preparedBy: string | null
  /** Something was refused, by us or by IO. */
  withErrors: boolean
  withUncertain: boolean
  /** Those that carry test messages too. */
  tests: boolean
}

export interface ListedFlow extends FlowRow {
  /** Its drop was handed over by a person. */
  isUploaded: boolean
  approvedBy: string[]
  sendingAt: Temporal.Instant | null
}

/** A flow with what is known of its drop; null without one. */
export interface ShownFlow extends ListedFlow {
  suspendedAt: Temporal.Instant | null
  stoppedAt: Temporal.Instant | null
  replacedBy: number | null
  mappingName: string | null
  drop: {
    state: 'received' | 'mapped' | 'failed'
    receivedAt: Temporal.Instant
    mappedAt: Temporal.Instant | null
    bytes: number
    /** While it is being read: bytes that have been. */
    progressBytes: number
    sha256: string
    records: number
    problem: DropProblem | null
    /** Its bytes are kept. */
    isKept: boolean
    parts: { part: number; name: string; mediaType: string; bytes: number }[]
  } | null
}

/** A drop that may have no flow. */
export interface ShownDrop {
  id: number
  feed: string
  key: string
  state: 'received' | 'mapped' | 'failed'
  bytes: number
  progressBytes: number
  records: number
  problem: DropProblem | null
  receivedAt: Temporal.Instant
  flowId: number | null
}

/** Its own messages, counted by where they stand. */
export interface OutcomeCount {
  state: MessageState
  code: string | null
  delivery: Delivery | null
  messages: number
  read: number
  paid: number
}

export type FlowList = ReturnType<typeof createFlowList>

export function createFlowList(pool: Pool) {
  return {
    /** Newest first, from before this flow on; or those after it, as near as can be. */
    async page(
      scope: FlowScope,
      filter: FlowFilter,
      from: { before: number | null; after: number | null },
      limit: number,
    ): Promise<ListedFlow[]> {
      const { rows } = await pool.query<ListedFlow>(
        `select ${LISTED} where ${MATCHES}
           and ($16::bigint is null or f.id < $16) and ($17::bigint is null or f.id > $17)
         order by case when $17::bigint is null then -f.id else f.id end limit $18`,
        [...valuesOf(scope, filter), from.before, from.after, limit],
      )
      return from.after === null ? rows : rows.reverse()
    },

    /** At most so many are counted. */
    async count(scope: FlowScope, filter: FlowFilter, most: number): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*) as n from (select f.id ${FROM} where ${MATCHES} limit $16) matching`,
        [...valuesOf(scope, filter), most],
      )
      return rows[0]?.n ?? 0
    },

    /** Null where it is not there, or not theirs. */
    async find(scope: FlowScope, id: number): Promise<ShownFlow | null> {
      const { rows } = await pool.query<ShownRow>(SHOWN, [scope.institution, scope.services, id])
      return rows[0] ? shownOf(rows[0]) : null
    },

    /** One of a feed of these services, or of a feed of none where all are theirs. */
    async findDrop(scope: FlowScope, feeds: readonly string[], id: number) {
      const { rows } = await pool.query<ShownDrop>(DROP, [scope.institution, feeds, id])
      return rows[0] ?? null
    },

    async outcomes(id: number): Promise<OutcomeCount[]> {
      const { rows } = await pool.query<OutcomeCount>(OUTCOMES, [id])
      return rows
    },

    /** Services and feeds of flows that are there, whatever the configuration says now. */
    async names(scope: FlowScope): Promise<{ services: string[]; feeds: string[] }> {
      const { rows } = await pool.query<{ services: string[]; feeds: string[] }>(NAMES, [
        ...[scope.institution, scope.services],
      ])
      return rows[0] ?? { services: [], feeds: [] }
    },

    /** Of these flows, what they are about: the emission of their notices, where it is one. */
    async emissions(ids: readonly number[]): Promise<Map<number, string>> {
      const { rows } = await pool.query<{ id: number; emission: string }>(EMISSIONS, [ids])
      return new Map(rows.map(({ id, emission }) => [id, emission]))
    },
  }
}

type Drop = NonNullable<ShownFlow['drop']>
type ShownRow = Omit<ShownFlow, 'drop'> & { [Name in keyof Drop as `drop_${Name}`]: Drop[Name] }

function shownOf(row: ShownRow): ShownFlow {
  const names = Object.keys(row).filter((name) => name.startsWith('drop_'))
  const drop = Object.fromEntries(
    names.map((name) => [name.slice('drop_'.length), row[name as keyof ShownRow]]),
  )
  const own = Object.entries(row).filter(([name]) => !name.startsWith('drop_'))
  const flow = Object.fromEntries(own) as Omit<ShownFlow, 'drop'>
  return { ...flow, drop: flow.dropId === null ? null : (drop as unknown as Drop) }
}

const FROM = `from flows f join institutions i on i.id = f.institution_id
  left join drops d on d.id = f.drop_id`

const LISTED_COLUMNS = `${FLOW_FIELDS}, coalesce(d.origin = 'upload', false) as "isUploaded",
  f.approved_by as "approvedBy", f.sending_at as "sendingAt"`

const LISTED = `${LISTED_COLUMNS} from ${FLOW_TABLES}`

const SCOPE = `i.name = $1 and ($2::text[] is null or f.service = any($2))`

/** Percent, underscore and backslash stand for themselves. */
const ESCAPED = `replace(replace(replace($11, '\\', '\\\\'), '%', '\\%'), '_', '\\_')`

const MATCHES = `${SCOPE}
  and ($3::text is null or f.state = $3) and ($4::text is null or f.service = $4)
  and ($5::text is null or f.feed = $5)
  and ($6::text is null or exists (select from notices n
    where n.flow_id = f.id and n.institution_id = f.institution_id and n.emission = $6))
  and ($7::timestamptz is null or coalesce(d.received_at, f.created_at) >= $7)
  and ($8::timestamptz is null or coalesce(d.received_at, f.created_at) < $8)
  and ($9::timestamptz is null or f.sending_at >= $9)
  and ($10::timestamptz is null or f.sending_at < $10)
  and ($11::text is null or f.id::text = $11 or d.key ilike '%' || ${ESCAPED} || '%'
    or f.campaign ilike '%' || ${ESCAPED} || '%')
  and ($12::text is null or $12 = any(f.prepared_by))
  and (not $13 or exists (select from source_records r
      where r.flow_id = f.id and r.fate = 'refused')
    or exists (select from messages m where m.flow_id = f.id and m.purpose in ${OWN}
      and m.state in ('rejected', 'held')) or f.problem is not null)
  and (not $14 or exists (select from messages m
    where m.flow_id = f.id and m.state = 'uncertain'))
  and ($15 or f.origin <> 'test')`

function valuesOf({ institution, services }: FlowScope, filter: FlowFilter): unknown[] {
  const at = (instant: Temporal.Instant | null) => instant?.toString() ?? null
  return [
    ...[institution, services, filter.state, filter.service, filter.feed, filter.emission],
    ...[at(filter.arrivedFrom), at(filter.arrivedTo), at(filter.sentFrom), at(filter.sentTo)],
    ...[filter.text, filter.preparedBy, filter.withErrors, filter.withUncertain, filter.tests],
  ]
}

const SHOWN = `
  select ${LISTED_COLUMNS}, f.suspended_at as "suspendedAt", f.stopped_at as "stoppedAt",
    f.replaced_by as "replacedBy", v.name as "mappingName",
    d.state as drop_state, d.received_at as "drop_receivedAt", d.mapped_at as "drop_mappedAt",
    d.bytes as drop_bytes, d.progress_bytes as "drop_progressBytes",
    encode(d.sha256, 'hex') as drop_sha256, d.records as drop_records, d.problem as drop_problem,
    exists (select from drop_chunks c where c.drop_id = d.id) as "drop_isKept",
    (select json_agg(json_build_object('part', p.part, 'name', p.name, 'mediaType', p.media_type,
      'bytes', p.bytes) order by p.part) from drop_parts p where p.drop_id = d.id) as drop_parts
  from ${FLOW_TABLES} where ${SCOPE} and f.id = $3`

const DROP = `
  select d.id, d.feed, d.key, d.state, d.bytes, d.progress_bytes as "progressBytes", d.records,
    d.problem, d.received_at as "receivedAt",
    (select max(f.id) from flows f where f.drop_id = d.id) as "flowId"
  from drops d join institutions i on i.id = d.institution_id
  where i.name = $1 and d.feed = any($2) and d.id = $3`

const OUTCOMES = `
  select state, code, delivery, count(*) as messages, count(read_at) as read,
    count(paid_at) as paid
  from messages where flow_id = $1 and purpose in ${OWN}
  group by state, code, delivery order by count(*) desc, state, code, delivery limit 200`

const NAMES = `
  select coalesce(array_agg(distinct f.service), '{}') as services,
    coalesce(array_agg(distinct f.feed) filter (where f.feed is not null), '{}') as feeds
  from flows f join institutions i on i.id = f.institution_id where ${SCOPE}`

/** One notice of each is looked at. */
const EMISSIONS = `
  select f.id, n.emission from unnest($1::bigint[]) as f (id) cross join lateral (
    select n.emission from messages m join notices n on n.id = m.notice_id
    where m.flow_id = f.id limit 1) n
  where n.emission is not null`
