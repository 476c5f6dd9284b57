// A day that a person skips: what had been planned for it is cancelled, and runs of campaigns are
// answered before their time. One transaction, with an act on each flow that its history shows, and
// on each notice. Invariant: first messages are never skipped, and what is claimed leaves.
import { addAct, addFlowAct, type PersonAct } from './acts.ts'
import type { Client, Pool } from './database.ts'
import { recloseIncomplete } from './flow-ends.ts'
import type { Institutions } from './institutions.ts'
import { decisive } from './notice-choice.ts'
import { nameNotices } from './notice-decisions.ts'
import { EMISSION, FLOWS, type ScheduleFilter, valuesOf } from './schedule.ts'

/** The code of a message that does not leave because a person skipped its day. */
export const SKIPPED = 'skipped'

/** What of a day is meant; null filters mean all. */
export interface SkipFilter extends ScheduleFilter {
  campaign: string | null
}

/** A day of the institution, `[from, to)`. */
export interface SkipDay {
  date: Temporal.PlainDate
  from: Temporal.Instant
  to: Temporal.Instant
  /** Of its acts, where more is meant than a day; absent: that the day was skipped. */
  verb?: string
}

/** A run of a campaign, to come. */
export interface SkippableRun {
  campaign: string
  at: Temporal.Instant
}

export interface SkippedRun extends SkippableRun {
  institution: string
  actor: string
  because: string
}

/** Messages that wait or are held, for that day. */
export interface SkipCount {
  reminders: number
  campaigns: number
}

export interface Skipped {
  messages: number
  /** Of the runs that were named, those that nobody had answered before. */
  runs: SkippableRun[]
}

export type SkippedDays = ReturnType<typeof createSkippedDays>

export function createSkippedDays(pool: Pool, institutions: Institutions) {
  return {
    async count(filter: SkipFilter, day: SkipDay): Promise<SkipCount> {
      const { rows } = await pool.query<SkipCount>(COUNT, valuesNaming(filter, day))
      return rows[0] as SkipCount
    },

    /** Runs to come that will not be made, the earliest first; null: of every institution. */
    async runs(institution: string | null, after: Temporal.Instant): Promise<SkippedRun[]> {
      const { rows } = await pool.query<SkippedRun>(RUNS, [institution, after.toString()])
      return rows
    },

    /** Cancels what is meant, and answers the runs; `onProgress` hears of how many flows. */
    async skip(
      filter: SkipFilter,
      day: SkipDay,
      runs: readonly SkippableRun[],
      act: PersonAct,
      now: Temporal.Instant,
      onProgress: (done: number, all: number) => void = () => {},
    ): Promise<Skipped> {
      const institutionId = await institutions.idOf(filter.institution)
      return decisive(pool, async (tx) => {
        const skipped: Skipped = { messages: 0, runs: [] }
        for (const run of runs) {
          if (await skipRun(tx, institutionId, run, act, now)) skipped.runs.push(run)
        }
        const { rows: flows } = await tx.query<{ id: number }>(
          `select distinct id from (${CHOSEN}) chosen order by 1`,
          valuesNaming(filter, day),
        )
        for (const [index, { id }] of flows.entries()) {
          skipped.messages += await skipOfFlow(tx, id, filter, day, act, now)
          onProgress(index + 1, flows.length)
        }
        await recloseIncomplete(tx, new Set(flows.map(({ id }) => id)), now)
        return skipped
      })
    },
  }
}

function valuesNaming(filter: SkipFilter, { from, to }: SkipDay): unknown[] {
  return [...valuesOf(filter), from.toString(), to.toString(), filter.campaign]
}

/** $5 from when, $6 until when, $7 the campaign. Each state is asked by its own index. */
const CHOSEN = `
  select f.id, m.id as message_id, m.purpose
  from flows f cross join lateral (
    select id, purpose, notice_id, send_at from messages where flow_id = f.id and state = 'waiting'
    union all
    select id, purpose, notice_id, send_at from messages where flow_id = f.id and state = 'held') m
  where ${FLOWS} and ($7::text is null or f.campaign = $7)
    and m.purpose in ('reminder', 'campaign') and m.send_at >= $5 and m.send_at < $6
    and ($4::text is null or m.notice_id in (${EMISSION}))`

const COUNT = `
  select count(*) filter (where purpose = 'reminder') as reminders,
    count(*) filter (where purpose = 'campaign') as campaigns
  from (${CHOSEN}) chosen`

const RUNS = `
  select i.name as institution, r.campaign, r.at, r.actor, r.because
  from campaign_runs r join institutions i on i.id = r.institution_id
  where ($1::text is null or i.name = $1) and r.state = 'skipped' and r.at > $2
  order by r.at, r.campaign`

/** Whether it was answered by this. */
async function skipRun(
  tx: Client,
  institutionId: number,
  { campaign, at }: SkippableRun,
  { actor, origin, note }: PersonAct,
  now: Temporal.Instant,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into campaign_runs (institution_id, campaign, at, ran_at, actor, state, because)
     values ($1, $2, $3, $4, $5, 'skipped', $6)
     on conflict (institution_id, campaign, at) do nothing`,
    [institutionId, campaign, at.toString(), now.toString(), actor, note],
  )
  if (rowCount !== 1) return false
  const act = { actor, origin, verb: 'skipped a run', subject: `campaign/${campaign}` }
  await addAct(tx, institutionId, { ...act, detail: { run: at.toString(), note } }, now)
  return true
}

/** Answers how many messages of the flow were cancelled. */
async function skipOfFlow(
  tx: Client,
  flowId: number,
  filter: SkipFilter,
  day: SkipDay,
  { note, ...act }: PersonAct,
  now: Temporal.Instant,
): Promise<number> {
  const values = [...valuesNaming(filter, day), flowId, now.toString()]
  const { rows } = await tx.query<{ noticeId: number }>(SKIP, values)
  if (rows.length === 0) return 0
  const date = day.date.toString()
  const detail = { day: date, note, messages: rows.length }
  const verb = day.verb ?? `skipped ${date}`
  const actId = await addFlowAct(tx, { ...act, flowId, verb, detail }, now)
  await nameNotices(tx, [...new Set(rows.map(({ noticeId }) => noticeId))], actId)
  return rows.length
}

/** $8 the flow, $9 now. What a sender has claimed since it was chosen leaves. */
const SKIP = `
  with chosen as (${CHOSEN} and f.id = $8)
  update messages m set state = 'cancelled', code = '${SKIPPED}', closed_at = $9 from chosen
  where m.id = chosen.message_id and m.state in ('waiting', 'held')
  returning m.notice_id as "noticeId"`
