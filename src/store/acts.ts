// Acts: every act of a person or of the daemon, as a row with who, when, from where and what.
// Append-only: nothing here changes or removes a row.
import type { CheckFinding } from '../domain/release-check.ts'
import type { Pool, Queryable } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface FlowAct {
  flowId: number
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
  verb: string
  /** `note` is shown in the history: why, in the words of who acted. */
  detail?: { note?: string; [name: string]: unknown }
}

export interface ActRow {
  at: Temporal.Instant
  actor: string
  origin: string
  verb: string
  /** Why, in the words of who acted; null when they gave none. */
  note: string | null
  /** Of the checks, where they were why. */
  findings?: CheckFinding[]
}

/** Who acts on a service, and when. */
export interface ServiceAct {
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
  at: Temporal.Instant
}

export type Acts = ReturnType<typeof createActs>

export function createActs(pool: Pool, institutions: Institutions) {
  return {
    /** An act of its own, that changes nothing else; its id. */
    async add(institution: string, act: InstitutionAct, now: Temporal.Instant): Promise<number> {
      return addAct(pool, await institutions.idOf(institution), act, now)
    },

    /** How many exports with people’s data somebody has made since. */
    async personalExports(actor: string, since: Temporal.Instant): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*) as n from acts where actor = $1 and at > $2
           and subject like 'export/%' and detail->>'personal' = 'true'`,
        [actor, since.toString()],
      )
      return rows[0]?.n ?? 0
    },

    /** Newest first, from before this act on; or those after it, as near as can be. */
    async page(
      scope: ActScope,
      filter: ActFilter,
      { before, after }: { before: number | null; after: number | null },
      limit: number,
    ): Promise<ListedAct[]> {
      const { rows } = await pool.query<ListedAct>(
        `select ${LISTED} where ${MATCHES}
           and ($8::bigint is null or a.id < $8) and ($9::bigint is null or a.id > $9)
         order by case when $9::bigint is null then -a.id else a.id end limit $10`,
        [...valuesOf(scope, filter), before, after, limit],
      )
      return after === null ? rows : rows.reverse()
    },

    /** The last act of this verb; null: there is none. */
    async last(
      institution: string,
      verb: string,
    ): Promise<{ at: Temporal.Instant; subject: string } | null> {
      const { rows } = await pool.query<{ at: Temporal.Instant; subject: string }>(
        `select a.at, a.subject from acts a join institutions i on i.id = a.institution_id
         where i.name = $1 and a.verb = $2 order by a.id desc limit 1`,
        [institution, verb],
      )
      return rows[0] ?? null
    },

    /** The history of a flow, and of its drop's coming, oldest first. */
    async ofFlow(flowId: number): Promise<ActRow[]> {
      const { rows } = await pool.query<ActRow & { findings: CheckFinding[] | null }>(
        `select at, actor, origin, verb, detail->>'note' as note,
           detail->'findings' as findings from acts
         where subject = any(array['flow/' || $1::bigint,
           (select 'drop/' || drop_id from flows where id = $1)]) order by id`,
        [flowId],
      )
      return rows.map(({ findings, ...act }) => ({ ...act, ...(findings && { findings }) }))
    },
  }
}

/** What whoever looks may see; of all services: acts on the whole installation too. */
export interface ActScope {
  institution: string
  /** Null: of all. */
  services: readonly string[] | null
}

/** Null means all. */
export interface ActFilter {
  actor: string | null
  /** What a subject begins with: `flow`, `person`, … */
  kind: string | null
  /** The whole of a subject: `flow/31`. */
  subject: string | null
  /** `[from, to)` */
  from: Temporal.Instant | null
  to: Temporal.Instant | null
}

export interface ListedAct extends ActRow {
  id: number
  subject: string
  /** Messages that it concerned, where it says so. */
  messages: number | null
}

const LISTED = `a.id, a.at, a.actor, a.origin, a.verb, a.subject, a.detail->>'note' as note,
  case when jsonb_typeof(a.detail->'messages') = 'number'
    then (a.detail->>'messages')::float8 end as messages from acts a`

/** An act on what is no service’s is seen by who sees all. */
const MATCHES = `(a.institution_id = (select id from institutions where name = $1) or ($2::text[] is null and a.institution_id is null))
  and ($2::text[] is null or a.subject = any(select 'service/' || unnest($2::text[]))
    or exists (select from flows f where a.subject like 'flow/%' and f.service = any($2)
      and f.id = substring(a.subject from '^flow/(\\d{1,18})$')::bigint))
  and ($3::text is null or a.actor = $3)
  and ($4::text is null or a.subject = $4 or a.subject like $4 || '/%')
  and ($5::text is null or a.subject = $5)
  and ($6::timestamptz is null or a.at >= $6) and ($7::timestamptz is null or a.at < $7)`

function valuesOf(
  { institution, services }: ActScope,
  { actor, kind, subject, from, to }: ActFilter,
): unknown[] {
  const at = (instant: Temporal.Instant | null) => instant?.toString() ?? null
  return [institution, services, actor, kind, subject, at(from), at(to)]
}

/** Adds an act on a flow inside the caller's transaction; its id. */
export async function addFlowAct(
  tx: Queryable,
  act: FlowAct,
  now: Temporal.Instant,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into acts (institution_id, at, actor, origin, verb, subject, detail)
     select institution_id, $2, $3, $4, $5, 'flow/' || id, $6 from flows where id = $1
     returning id`,
    [act.flowId, now.toString(), act.actor, act.origin, act.verb, JSON.stringify(act.detail ?? {})],
  )
  return (rows[0] as { id: number }).id
}

/** Adds an act on a service inside the caller's transaction. */
export async function addServiceAct(
  tx: Queryable,
  institutionId: number,
  service: string,
  { at, ...act }: ServiceAct & { verb: string; detail?: object },
): Promise<void> {
  await addAct(tx, institutionId, { ...act, subject: `service/${service}` }, at)
}

/** Who decides, from where and why. The note is kept in clear: no person's data. */
export interface PersonAct {
  actor: string
  /** `cli` or `console`. */
  origin: string
  note: string
}

/** An act on something of an institution. */
export interface InstitutionAct {
  actor: string
  /** `daemon`, `cli` or `console`. */
  origin: string
  verb: string
  /** `service/tari`, `notices`, … */
  subject: string
  /** `note`: why, in the words of who acted. No person's data. */
  detail?: object
}

/** Adds an act inside the caller's transaction; its id. */
export async function addAct(
  tx: Queryable,
  institutionId: number,
  { actor, origin, verb, subject, detail = {} }: InstitutionAct,
  now: Temporal.Instant,
): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(
    `insert into acts (institution_id, at, actor, origin, verb, subject, detail)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [institutionId, now.toString(), actor, origin, verb, subject, JSON.stringify(detail)],
  )
  return (rows[0] as { id: number }).id
}
