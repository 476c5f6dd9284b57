// Acts: every act of a person or of the daemon, as a row with who, when, from where and what.
// Append-only: nothing here changes or removes a row.
import type { CheckFinding } from '../domain/release-check.ts'
import type { Pool, Queryable } from './database.ts'

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

export function createActs(pool: Pool) {
  return {
    /** The history of a flow, oldest first. */
    async ofFlow(flowId: number): Promise<ActRow[]> {
      const { rows } = await pool.query<ActRow & { findings: CheckFinding[] | null }>(
        `select at, actor, origin, verb, detail->>'note' as note,
           detail->'findings' as findings from acts
         where subject = 'flow/' || $1::bigint order by id`,
        [flowId],
      )
      return rows.map(({ findings, ...act }) => ({ ...act, ...(findings && { findings }) }))
    },
  }
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
