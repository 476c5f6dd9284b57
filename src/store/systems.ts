// Systems as the database knows them: how much each has been asked today and when it may be asked
// next, by all nodes together, and how it has answered. Invariant: what is asked was taken from the
// day's and the second's allowance before, in one statement, so that no node exceeds either.
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'

/** How often a system may be asked. */
export interface AskingRate {
  perSecond: number
  /** Null: as often as one likes. */
  perDay: number | null
  /** Today, in the institution's zone, as `2026-03-01`; and when it ends. */
  day: string
  dayEnds: Temporal.Instant
}

/** How many keys may be asked about at which instant; none: why not, and when again. */
export type Allowance =
  | { keys: number; at: Temporal.Instant }
  | { keys: 0; why: 'cap' | 'down' | 'late'; until: Temporal.Instant }

export interface SystemRow {
  institution: string
  name: string
  day: string
  asked: number
  resumesAt: Temporal.Instant | null
  answeredAt: Temporal.Instant | null
  /** Failed calls since it last answered. */
  failures: number
  failedAt: Temporal.Instant | null
  failureCode: string | null
  failure: string | null
  /** Records that wait for its answer. */
  waiting: number
}

export interface SystemFailure {
  code: string
  message: string
  retry: boolean
  isOfKey: boolean
}

export type Systems = ReturnType<typeof createSystems>

/** How long nobody asks after so many failures in a row; the last for all that follow. */
const PAUSE_SECONDS = [0, 60, 120, 300, 900]
const LONGEST_FAILURE = 500

export function createSystems(pool: Pool, institutions: Institutions) {
  return {
    /** Takes up to so many keys from the allowance, unless their turn would come after `latest`. */
    async allow(
      institution: string,
      system: string,
      wanted: number,
      rate: AskingRate,
      latest: Temporal.Instant,
      now: Temporal.Instant,
    ): Promise<Allowance> {
      const id = await institutions.idOf(institution)
      await pool.query(
        `insert into systems (institution_id, name, day, next_at) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [id, system, rate.day, now.toString()],
      )
      const { rows } = await pool.query<AllowedRow>(ALLOW, [
        ...[id, system, wanted, rate.perSecond, rate.perDay, rate.day],
        ...[latest.toString(), now.toString()],
      ])
      const { keys, at, resumesAt, isEnough } = rows[0] as AllowedRow
      if (keys > 0) return { keys, at }
      if (resumesAt !== null && Temporal.Instant.compare(resumesAt, now) > 0)
        return { keys: 0, why: 'down', until: resumesAt }
      if (isEnough) return { keys: 0, why: 'cap', until: rate.dayEnds }
      return { keys: 0, why: 'late', until: at }
    },

    async answered(institution: string, system: string, now: Temporal.Instant): Promise<void> {
      await pool.query(
        `update systems set answered_at = $3, failures = 0, resumes_at = null
         where institution_id = $1 and name = $2`,
        [await institutions.idOf(institution), system, now.toString()],
      )
    },

    /**
     * Notes a failed call, and lets the system rest, at once for long where a person must act
     * first (`retry: false`). Of one key alone, `isOfKey`, it is only noted.
     */
    async failed(
      institution: string,
      system: string,
      { code, message, retry, isOfKey }: SystemFailure,
      now: Temporal.Instant,
    ): Promise<void> {
      await pool.query(
        `update systems set failed_at = $3, failure_code = $4, failure = $5,
           failures = failures + case when $6 then 0 else 1 end,
           resumes_at = case when $6 then resumes_at else $3::timestamptz + interval '1 second'
             * ($7::int[])[case when $8 then least(failures + 1, cardinality($7::int[]))
               else cardinality($7::int[]) end] end
         where institution_id = $1 and name = $2`,
        [
          ...[await institutions.idOf(institution), system, now.toString(), code],
          ...[message.slice(0, LONGEST_FAILURE), isOfKey, PAUSE_SECONDS, retry],
        ],
      )
    },

    async list(): Promise<SystemRow[]> {
      const { rows } = await pool.query<SystemRow>(
        `select i.name as institution, s.name, s.day::text as day, s.asked,
           s.resumes_at as "resumesAt", s.answered_at as "answeredAt", s.failures,
           s.failed_at as "failedAt", s.failure_code as "failureCode", s.failure,
           (select count(distinct (w.flow_id, w.record)) from record_waits w
             where w.institution_id = s.institution_id and w.reference = s.name
               and w.ask_at is not null) as waiting
         from systems s join institutions i on i.id = s.institution_id order by 1, 2`,
      )
      return rows
    },
  }
}

interface AllowedRow {
  keys: number
  at: Temporal.Instant
  resumesAt: Temporal.Instant | null
  /** Null: there is no cap. */
  isEnough: boolean | null
}

/** $1 institution, $2 system, $3 wanted, $4 a second, $5 a day, $6 today, $7 latest, $8 now. */
const ALLOW = `
  with seen as (
    select *, case when day = $6::date then asked else 0 end as today,
      greatest(next_at, $8::timestamptz) as at
    from systems where institution_id = $1 and name = $2 for update),
  given as (
    select seen.*, case when resumes_at > $8::timestamptz or seen.at > $7::timestamptz then 0
      else least($3::int, greatest(0, coalesce($5::int - today, $3::int))) end as keys
    from seen),
  taken as (
    update systems s set day = $6::date, asked = today + given.keys,
      next_at = case when given.keys = 0 then s.next_at
        else given.at + interval '1 second' * (given.keys / $4::float8) end
    from given where s.institution_id = $1 and s.name = $2)
  select keys, at, resumes_at as "resumesAt", today >= $5::int as "isEnough" from given`
