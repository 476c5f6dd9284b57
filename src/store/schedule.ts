// What waits to leave, counted by day and by all that is told of it; and what had been planned for
// these days and leaves no more. Invariant: what is read is what waits until the last day, through
// the index of what is due, however much waits for later; nothing sealed is opened.
import type { MessageState, Purpose } from '../domain/message.ts'
import type { FlowStanding, Moved, ScheduledLot } from '../domain/schedule.ts'
import type { Pool } from './database.ts'
import { rulesOf } from './mapping-versions.ts'

/** Of one institution; null filters mean all. */
export interface ScheduleFilter {
  institution: string
  feed: string | null
  service: string | null
  /** Those that whoever looks may see; absent: all. */
  services?: readonly string[] | null | undefined
  emission: string | null
}

/** One instant of a day, as many messages as share what is told of them. */
export interface ScheduledInstant {
  at: Temporal.Instant
  flowId: number
  feed: string | null
  campaign: string | null
  service: string
  standing: FlowStanding
  purpose: Purpose
  rule: string | null
  moved: Moved | null
  messages: number
}

/** A template of a flow: what it plans, and what became of it. */
export interface PlannedTemplate {
  purpose: Purpose
  rule: string | null
  /** Of those that wait; null: none does. */
  nextAt: Temporal.Instant | null
  /** Of those that wait. */
  moved: number
  states: Partial<Record<MessageState, number>>
}

/** What waits for a person, and what had been planned and leaves no more. */
export interface Unsent {
  held: { purpose: Purpose; code: string | null; messages: number }[]
  uncertain: number
  /** Reminders and campaign messages of these days that were cancelled, by code. */
  cancelled: { code: string | null; messages: number }[]
  /** Of what waits until the last day: to people who are not to be written to. */
  blocked: number
}

/** How many instants of a day are listed at most. */
export const MOST_INSTANTS = 10_000

export type Schedule = ReturnType<typeof createSchedule>

export function createSchedule(pool: Pool) {
  const rules = createRules(pool)
  return {
    /** What waits, by day: `starts` are the first instants of the days, and the end of the last. */
    async lots(
      filter: ScheduleFilter,
      now: Temporal.Instant,
      starts: readonly Temporal.Instant[],
    ): Promise<ScheduledLot[]> {
      const bounds = [now, ...starts.slice(1)].map(String)
      const values = [...valuesOf(filter), bounds.at(-1), bounds]
      const { rows } = await pool.query<LotRow>(lotsSql(filter), values)
      const ruleOf = await rules(rows)
      return rows.map(({ mappingVersionId, template, day, ...lot }) => ({
        ...lot,
        day: day - 1,
        rule: ruleOf({ purpose: lot.purpose, mappingVersionId, template }),
      }))
    },

    /** The instants from `from` on and before `to`, the earliest first, at most `MOST_INSTANTS`. */
    async instants(
      filter: ScheduleFilter,
      from: Temporal.Instant,
      to: Temporal.Instant,
    ): Promise<ScheduledInstant[]> {
      const values = [...valuesOf(filter), to.toString(), from.toString(), MOST_INSTANTS]
      const { rows } = await pool.query<InstantRow>(instantsSql(filter), values)
      const ruleOf = await rules(rows)
      return rows.map(({ mappingVersionId, template, ...instant }) => ({
        ...instant,
        rule: ruleOf({ purpose: instant.purpose, mappingVersionId, template }),
      }))
    },

    async unsent(
      filter: ScheduleFilter,
      from: Temporal.Instant,
      to: Temporal.Instant,
    ): Promise<Unsent> {
      const values = valuesOf(filter)
      const until = [...values, to.toString()]
      const [open, cancelled, blocked] = await Promise.all([
        pool.query<OpenRow>(openSql(filter), values),
        pool.query<Unsent['cancelled'][number]>(cancelledSql(filter), [...until, from.toString()]),
        pool.query<{ messages: number }>(blockedSql(filter), until),
      ])
      const isHeld = ({ state }: OpenRow) => state === 'held'
      return {
        held: open.rows.filter(isHeld).map(({ state: _, ...held }) => held),
        uncertain: open.rows
          .filter((row) => !isHeld(row))
          .reduce((sum, row) => sum + row.messages, 0),
        cancelled: cancelled.rows,
        blocked: blocked.rows[0]?.messages ?? 0,
      }
    },

    /** Since when nothing leaves because our clock is wrong; null: it agrees with its witnesses. */
    async clockWrongSince(): Promise<Temporal.Instant | null> {
      const { rows } = await pool.query<{ since: Temporal.Instant | null }>(
        'select clock_wrong_since as since from installation',
      )
      return rows[0]?.since ?? null
    },

    /** The plan of one flow: its reminders and campaign messages, rule by rule. */
    async ofFlow(id: number): Promise<PlannedTemplate[]> {
      const { rows } = await pool.query<TemplateRow>(OF_FLOW, [id])
      const ruleOf = await rules(rows)
      // A rule that a newer version of the mapping has at another place is the same rule.
      const own = (row: TemplateRow) => `${row.purpose} ${ruleOf(row) ?? row.template}`
      return [...Map.groupBy(rows, own).values()].map((states) => {
        const first = states[0] as TemplateRow
        const planned: PlannedTemplate = {
          ...{ purpose: first.purpose, rule: ruleOf(first), nextAt: null, moved: 0, states: {} },
        }
        for (const { state, nextAt, moved, messages } of states) {
          planned.states[state] = (planned.states[state] ?? 0) + messages
          if (state !== 'waiting') continue
          planned.moved += moved
          const isNearer = planned.nextAt && Temporal.Instant.compare(planned.nextAt, nextAt) < 0
          if (!isNearer) planned.nextAt = nextAt
        }
        return planned
      })
    },
  }
}

interface RuleRow {
  purpose: Purpose
  mappingVersionId: number | null
  template: number
}

type LotRow = Omit<ScheduledLot, 'rule'> & RuleRow
type InstantRow = Omit<ScheduledInstant, 'rule'> & RuleRow

interface OpenRow {
  state: 'held' | 'uncertain'
  purpose: Purpose
  code: string | null
  messages: number
}

interface TemplateRow extends RuleRow {
  state: MessageState
  nextAt: Temporal.Instant
  moved: number
  messages: number
}

/** Names the rules of reminders by the version of the mapping that planned them. */
function createRules(pool: Pool) {
  return async (rows: readonly RuleRow[]): Promise<(row: RuleRow) => string | null> => {
    const ids = new Set(rows.flatMap(({ mappingVersionId }) => mappingVersionId ?? []))
    const byId = await rulesOf(pool, [...ids])
    return ({ purpose, mappingVersionId, template }) => {
      if (purpose !== 'reminder' || mappingVersionId === null) return null
      return byId.get(mappingVersionId)?.[template - 1] ?? null
    }
  }
}

/** The first four values of every statement here: $1 to $4. */
export function valuesOf(filter: ScheduleFilter): unknown[] {
  const { institution, feed, emission } = filter
  return [institution, feed, servicesOf(filter), emission]
}

/** The service that is named, where it is one of theirs; null: of all. */
function servicesOf({ service, services = null }: ScheduleFilter): readonly string[] | null {
  if (service === null) return services
  return services === null || services.includes(service) ? [service] : []
}

/** $1 to $4: the filter. The flows that it leaves, as `f`. */
export const FLOWS = `f.institution_id = (select id from institutions where name = $1)
  and f.origin <> 'test'
  and ($2::text is null or f.feed = $2) and ($3::text[] is null or f.service = any($3))`

/** The emission of a notice is asked only where one is named: it would cost a look at each. */
function ofEmission({ emission }: ScheduleFilter): string {
  return emission === null ? '$4::text is null' : `m.notice_id in (${EMISSION})`
}

/** The notices of the emission that is named. */
export const EMISSION = `select id from notices where emission = $4
  and institution_id = (select id from institutions where name = $1)`

/** Of one emission, what waits of it is found by its notices, and is looked for in its flows. */
function waitingOf({ emission }: ScheduleFilter) {
  if (emission === null) return { before: '', waiting: 'messages', flows: '$4::text is null' }
  const before = `with own as materialized (
    select m.* from notices n join messages m on m.notice_id = n.id
    where n.id in (${EMISSION}) and m.state = 'waiting')`
  return { before, waiting: 'own', flows: 'f.id in (select flow_id from own)' }
}

const STANDING = `case when f.stopped_at is not null then 'stopped'
  when f.suspended_at is not null then 'suspended'
  when f.released_at is not null then 'released'
  when f.reason = 'blocked' then 'kept-back' else 'unreleased' end`

/**
 * $5 the end of the last day, $6 now and the first instants of the days after this one. A flow at a
 * time: joined otherwise, it would be answered by reading all that waits, or all messages.
 */
const lotsSql = (filter: ScheduleFilter) => {
  const { before, waiting, flows } = waitingOf(filter)
  return `${before}
  select f.feed, f.campaign, f.service, coalesce(m.own, f.mapping_version_id) as "mappingVersionId",
    ${STANDING} as standing, case when ${STANDING} <> 'released' then f.id end as "flowId",
    m.day, m.purpose, m.template, m.moved, m.unanswered as "isUnanswered",
    sum(m.messages)::bigint as messages, min(m.first_at) as "firstAt"
  from flows f cross join lateral (
    select width_bucket(m.send_at, $6::timestamptz[]) as day, m.purpose, m.template, m.moved,
      m.mapping_version_id as own, coalesce(m.code = 'HOLD_UNANSWERED', false) as unanswered, count(*) as messages,
      min(m.send_at) as first_at
    from ${waiting} m where m.flow_id = f.id and m.state = 'waiting' and m.send_at < $5
    group by 1, 2, 3, 4, 5, 6) m
  where ${FLOWS} and ${flows}
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11`
}

/** $5 until when, $6 from when, $7 how many. */
const instantsSql = (filter: ScheduleFilter) => {
  const { before, waiting, flows } = waitingOf(filter)
  return `${before}
  select m.at, f.id as "flowId", f.feed, f.campaign, f.service,
    coalesce(m.own, f.mapping_version_id) as "mappingVersionId", ${STANDING} as standing,
    m.purpose, m.template, m.moved, m.messages
  from flows f cross join lateral (
    select m.send_at as at, m.purpose, m.template, m.moved, m.mapping_version_id as own,
      count(*) as messages
    from ${waiting} m where m.flow_id = f.id and m.state = 'waiting'
      and m.send_at >= $6 and m.send_at < $5
    group by 1, 2, 3, 4, 5) m
  where ${FLOWS} and ${flows}
  order by m.at, f.id, m.purpose, m.template, m.moved limit $7`
}

/** What is held is few, and has an index of its own. */
const openSql = (filter: ScheduleFilter) => `
  with open as materialized (
    select flow_id, notice_id, state, purpose, code from messages where state = 'held'
    union all
    select flow_id, notice_id, state, purpose, null from messages where state = 'uncertain')
  select m.state, m.purpose, m.code, count(*) as messages
  from open m join flows f on f.id = m.flow_id
  where ${FLOWS} and ${ofEmission(filter)}
  group by 1, 2, 3 order by 4 desc, 3`

/** $5 until when, $6 from when. */
const cancelledSql = (filter: ScheduleFilter) => `
  select m.code, count(*) as messages
  from messages m join flows f on f.id = m.flow_id
  where m.institution_id = (select id from institutions where name = $1)
    and m.state = 'cancelled' and m.purpose in ('reminder', 'campaign')
    and m.send_at >= $6 and m.send_at < $5 and ${FLOWS} and ${ofEmission(filter)}
  group by 1 order by 2 desc, 1`

/** The list is short, and each of its people has few notices. */
const blockedSql = (filter: ScheduleFilter) => `
  select count(*) as messages
  from do_not_contact d
    join notices n on n.institution_id = d.institution_id
      and n.fiscal_code_hash = d.fiscal_code_hash
    join messages m on m.notice_id = n.id
    join flows f on f.id = m.flow_id
  where d.institution_id = (select id from institutions where name = $1)
    and m.state = 'waiting' and m.send_at < $5 and ${FLOWS} and ${ofEmission(filter)}`

const OF_FLOW = `
  select m.purpose, m.template, m.state,
    coalesce(m.mapping_version_id, f.mapping_version_id) as "mappingVersionId",
    min(m.send_at) as "nextAt", count(m.moved) as moved, count(*) as messages
  from flows f join messages m on m.flow_id = f.id
  where f.id = $1 and m.purpose in ('reminder', 'campaign')
  group by 1, 2, 3, 4 order by 1, 2, 4`
