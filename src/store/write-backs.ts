// The reports of a drop to each of its targets: when one is due, how it stands, and what a person
// decides about it. A report has a row from its first failure on, or once it is written.
// Invariant: what a report told and that it was written are one transaction; a report that fails
// changes nothing about a message, and is never a cause of sending.
import type { ReceiptResolution, ReceiptState } from '../domain/receipt.ts'
import type { Told } from '../pipeline/write-back/report.ts'
import type { DueReport, FailedReport, ReportTarget } from '../pipeline/write-back.ts'
import { addFlowAct } from './acts.ts'
import { type Client, type Pool, transaction } from './database.ts'
import { OF_DROP } from './flow-relations.ts'
import { rememberTold } from './receipts.ts'
import { warnOfReport } from './write-back-mails.ts'

/** Which feeds report to whom, and after how long at the latest. */
type ReportTerms = Pick<ReportTarget, 'institution' | 'feed' | 'target' | 'reportAfterHours'>

export interface WrittenReport {
  target: string
  number: number
  records: number
  final: boolean
  writtenAt: Temporal.Instant
}

/** A report that is not written yet, because it failed. */
export interface FailingReport {
  institution: string
  feed: string
  flowId: number
  target: string
  number: number
  since: Temporal.Instant
  tries: number
  /** Null: it is given up, until a person starts it again. */
  nextTryAt: Temporal.Instant | null
  code: string
  problem: string
}

/** Who decides about the receipts of a flow, and why. */
export interface ReceiptAct {
  flowId: number
  /** Null: every target. */
  target: string | null
  actor: string
  /** `cli` or `console`. */
  origin: string
  note: string | null
}

export type WriteBacks = ReturnType<typeof createWriteBacks>

export function createWriteBacks(pool: Pool) {
  return {
    /** Reports that are due now, of the feeds that report at all: of every drop, or of this one. */
    async due(
      targets: readonly ReportTerms[],
      now: Temporal.Instant,
      dropId: number | null = null,
    ): Promise<DueReport[]> {
      const { rows } = await pool.query<DueReport>(DUE, [
        targets.map((target) => target.institution),
        targets.map((target) => target.feed),
        targets.map((target) => target.target),
        targets.map((target) => target.reportAfterHours),
        now.toString(),
        dropId,
      ])
      return rows
    },

    /** The reports that were written about a flow's drop, in order. */
    async list(flowId: number): Promise<WrittenReport[]> {
      const { rows } = await pool.query<WrittenReport>(
        `select w.target, w.number, w.records, w.final, w.written_at as "writtenAt"
         from write_backs w join flows f on f.drop_id = w.drop_id
         where f.id = $1 and w.written_at is not null order by w.target, w.number`,
        [flowId],
      )
      return rows
    },

    /** Reports that fail, or are given up, longest first. Null filters mean all. */
    async failing(filter: { flowId: number | null; institution: string | null }) {
      const { rows } = await pool.query<FailingReport>(FAILING, [filter.flowId, filter.institution])
      return rows
    },

    /** How many receipts of a flow stand how, by target. */
    async counts(flowId: number) {
      const { rows } = await pool.query<{ target: string; state: ReceiptState; n: number }>(
        `select target, state, count(*) as n from receipts where flow_id = $1
         group by target, state order by target, state`,
        [flowId],
      )
      return rows
    },

    /** The target has the report, or has been asked for all that was due in it. */
    async written(report: DueReport, told: Told, now: Temporal.Instant): Promise<void> {
      await transaction(pool, async (tx) => {
        await rememberTold(tx, report, told, now)
        const records = told.records.length
        // A try of single receipts that told nothing is no report: the next has its number.
        const isWritten = records > 0 || !report.retriesOnly
        const isLast = report.final && !report.retriesOnly
        await tx.query(WRITTEN, [
          ...[report.dropId, report.number, report.target, records],
          ...[isLast, isWritten ? now.toString() : null],
        ])
        await tx.query(POSTPONE, [report.flowId, report.target, now.toString()])
        if (isLast) await tx.query(TOLD, [report.flowId, report.target])
      })
    },

    /** The report is tried later, or given up: then so is what it was trying. */
    async failed(failed: FailedReport, now: Temporal.Instant): Promise<void> {
      const { report, failure, since, nextTryAt } = failed
      const { dropId, number, target, flowId, tries } = report
      await transaction(pool, async (tx) => {
        await warnOfReport(tx, failed, now)
        await tx.query(FAILED, [
          ...[dropId, number, target, tries + 1, since.toString(), nextTryAt?.toString() ?? null],
          ...[failure.code, failure.message.slice(0, PROBLEM_LENGTH)],
          nextTryAt === null ? now.toString() : null,
        ])
        if (nextTryAt === null) await tx.query(GIVE_UP, [flowId, target, now.toString()])
      })
    },

    /**
     * A person starts again what has failed or was given up: it is tried at once, and has its whole
     * horizon anew. What is uncertain stays so. A target that the flow did not tell, it tells now.
     */
    async retry(act: ReceiptAct, now: Temporal.Instant): Promise<Restarted> {
      return transaction(pool, async (tx) => {
        const reports = (await restart(tx, act)) + (await join(tx, act))
        const { rowCount } = await tx.query(
          `update receipts set state = 'owed', attempts = 0, at = $3, try_at = $3
           where flow_id = $1 and ($2::text is null or target = $2)
             and state in ('failed', 'given-up', 'owed')`,
          [act.flowId, act.target, now.toString()],
        )
        const restarted = { reports, receipts: rowCount ?? 0 }
        if (reports + restarted.receipts > 0) await addAct(tx, act, 'retried the receipts', {}, now)
        return restarted
      })
    },

    /**
     * What a person knows of receipts that were not given: the target has them, or is to be told.
     * Answers how many of the line there were.
     */
    async resolve(
      act: ReceiptAct & { line: number; as: ReceiptResolution },
      now: Temporal.Instant,
    ): Promise<number> {
      const { flowId, target, line, as } = act
      return transaction(pool, async (tx) => {
        const { rowCount } = await tx.query(RESOLVE, [flowId, line, target, as, now.toString()])
        const resolved = rowCount ?? 0
        if (resolved === 0) return 0
        if (as === 'owed') await restart(tx, act)
        const verb = `resolved the receipt of line ${line} as ${as}`
        await addAct(tx, act, verb, { line, as }, now)
        return resolved
      })
    },
  }
}

export interface Restarted {
  reports: number
  receipts: number
}

const PROBLEM_LENGTH = 2000

/** SQL: a first message of the flow `f` that is so; each is found by an index of few rows. */
const firstIs = (condition: string) =>
  `select from messages m where m.flow_id = f.id and m.purpose = 'first' and ${condition}`

/**
 * Due when every first message has ended and none still waits for IO's processing, or when
 * `reportAfterHours` have passed (then a supplement follows); after a final report only what failed
 * on its own, or what a person says is owed. One that failed waits for its next try.
 */
const DUE = `
  with again as materialized (select distinct flow_id, target from receipts where try_at <= $5)
  select c."dropId", c."flowId", c.institution, c.feed, c.target, c."dropKey", c.number, c.final,
    not c.fresh as "retriesOnly", coalesce(w.tries, 0) as tries, w.failing_since as "failingSince"
  from (
    select *, not ended and (final or (late and number = 0)) as fresh from (
      select f.drop_id as "dropId", f.id as "flowId", i.name as institution, f.feed, wanted.target,
        d.key as "dropKey", coalesce(done.number + 1, 0) as number,
        not wanted.target = any(f.telling) as ended,
        f.state in ('sent', 'incomplete')
          and not exists (${firstIs(`m.track_at is not null and m.delivery <> 'processed'`)})
          and not exists (${firstIs(`m.state = 'held'`)})
          and not exists (${firstIs(`m.state = 'uncertain'`)}) as final,
        d.mapped_at + wanted.hours * interval '1 hour' <= $5 as late, again.target is not null as again
      from (select id from flows where telling <> '{}' union select flow_id from again) open
        join flows f on f.id = open.id and ${OF_DROP}
        join institutions i on i.id = f.institution_id
        join unnest($1::text[], $2::text[], $3::text[], $4::float8[])
          as wanted (institution, feed, target, hours)
          on wanted.institution = i.name and wanted.feed = f.feed and wanted.target = any(f.tells)
        join drops d on d.id = f.drop_id and d.state = 'mapped'
        left join lateral (
          select max(w.number) as number from write_backs w
          where w.drop_id = f.drop_id and w.target = wanted.target and w.written_at is not null
        ) done on true
        left join again on again.flow_id = f.id and again.target = wanted.target
      where $6::bigint is null or f.drop_id = $6) candidates) c
    left join write_backs w
      on w.drop_id = c."dropId" and w.target = c.target and w.number = c.number
  where (c.fresh or c.again) and w.given_up_at is null and coalesce(w.next_try_at <= $5, true)
  order by c."dropId", c.target`

const FAILING = `
  select i.name as institution, f.feed, f.id as "flowId", w.target, w.number,
    w.failing_since as since, w.tries, w.next_try_at as "nextTryAt", w.code, w.problem
  from write_backs w join flows f on f.drop_id = w.drop_id and ${OF_DROP}
    join institutions i on i.id = w.institution_id
  where w.written_at is null and w.failing_since is not null
    and ($1::bigint is null or f.id = $1) and ($2::text is null or i.name = $2)
  order by w.failing_since`

const WRITTEN = `
  insert into write_backs as w (drop_id, number, target, institution_id, records, final, written_at)
  select id, $2, $3, institution_id, $4, $5, $6::timestamptz from drops where id = $1
  on conflict (drop_id, target, number) do update set records = excluded.records,
    final = excluded.final, written_at = excluded.written_at, tries = 0, failing_since = null,
    next_try_at = null, code = null, problem = null
  where w.written_at is null`

/** What was due, and was not even read, would else be due again at once. */
const POSTPONE = `
  update receipts set try_at = $3::timestamptz + interval '1 hour'
  where flow_id = $1 and target = $2 and try_at <= $3`

/** It has its last report: whatever is due of it from now on are single receipts. */
const TOLD = 'update flows set telling = array_remove(telling, $2) where id = $1'

const FAILED = `
  insert into write_backs (drop_id, number, target, institution_id, records, final, tries,
    failing_since, next_try_at, code, problem, given_up_at)
  select id, $2, $3, institution_id, 0, false, $4, $5, $6, $7, $8, $9 from drops where id = $1
  on conflict (drop_id, target, number) do update set tries = excluded.tries,
    failing_since = excluded.failing_since, next_try_at = excluded.next_try_at,
    code = excluded.code, problem = excluded.problem, given_up_at = excluded.given_up_at`

/** A call that began, and whose end nobody will ask for any more, may have been taken. */
const GIVE_UP = `
  update receipts set try_at = null, at = $3,
    state = case state when 'begun' then 'uncertain' else 'given-up' end
  where flow_id = $1 and target = $2 and state in ('begun', 'failed', 'owed')`

/** Reports that had failed are due at once. Answers how many. */
async function restart(tx: Client, { flowId, target }: ReceiptAct): Promise<number> {
  const { rowCount } = await tx.query(
    `update write_backs w set tries = 0, failing_since = null, next_try_at = null,
       given_up_at = null, warned_at = null, code = null, problem = null
     from flows f where f.id = $1 and w.drop_id = f.drop_id and ($2::text is null or w.target = $2)
       and w.written_at is null and w.failing_since is not null`,
    [flowId, target],
  )
  return rowCount ?? 0
}

/** A target that came to the feed after the flow: its report is due. Answers how many joined. */
async function join(tx: Client, { flowId, target }: ReceiptAct): Promise<number> {
  const { rowCount } = await tx.query(
    `update flows set tells = tells || $2::text, telling = telling || $2::text
     where id = $1 and not $2 = any(tells)`,
    [flowId, target],
  )
  return rowCount ?? 0
}

const RESOLVE = `
  update receipts t set state = $4, attempts = 0, at = $5::timestamptz,
    try_at = case when $4 = 'owed' then $5::timestamptz end
  from source_records r
  where r.flow_id = $1 and r.line = $2 and t.flow_id = r.flow_id and t.record = r.record
    and t.target = $3 and t.state in ('uncertain', 'given-up', 'failed')`

async function addAct(
  tx: Client,
  { flowId, target, actor, origin, note }: ReceiptAct,
  verb: string,
  more: object,
  now: Temporal.Instant,
): Promise<void> {
  const detail = { ...more, ...(target && { target }), ...(note && { note }) }
  const to = target === null ? '' : ` for ${target}`
  await addFlowAct(tx, { flowId, actor, origin, verb: `${verb}${to}`, detail }, now)
}
