// Systems as the database knows them: how much each has been asked today and when it may be asked
// next, by all nodes together, and how it has answered. Invariant: what is asked was taken from the
// day's and the second's allowance before, in one statement, so that no node exceeds either.
import { type FailureAlarm, findFailureAlarm } from '../domain/failure-alarm.ts'
import { addAct } from './acts.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'
import { type AskedSystem, answersMail, enoughMail, failedMail } from './system-mails.ts'
import type { Enqueue } from './wake.ts'

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
  /** Records that wait for its answer before they are mapped. */
  waiting: number
  /** Messages that wait for it before they leave. */
  messages: number
}

export interface SystemFailure {
  code: string
  message: string
  retry: boolean
  isOfKey: boolean
}

/** Who has a system asked at once, and why. */
export interface SystemRetry {
  institution: string
  name: string
  actor: string
  /** `cli` or `console`. */
  origin: string
  note: string | null
}

export type Systems = ReturnType<typeof createSystems>

/** How long nobody asks after so many failures in a row; the last for all that follow. */
const PAUSE_SECONDS = [0, 60, 120, 300, 900]
const LONGEST_FAILURE = 500

export function createSystems(pool: Pool, institutions: Institutions, enqueue: Enqueue) {
  return {
    /**
     * Takes up to so many keys from the allowance, unless their turn would come after `latest`.
     * Staff hears of a day whose allowance is used up while more is wanted, once.
     */
    async allow(
      system: AskedSystem,
      wanted: number,
      rate: AskingRate,
      latest: Temporal.Instant,
      now: Temporal.Instant,
    ): Promise<Allowance> {
      const id = await institutions.idOf(system.institution)
      await pool.query(
        `insert into systems (institution_id, name, day, next_at) values ($1, $2, $3, $4)
         on conflict do nothing`,
        [id, system.name, rate.day, now.toString()],
      )
      const { rows } = await pool.query<AllowedRow>(ALLOW, [
        ...[id, system.name, wanted, rate.perSecond, rate.perDay, rate.day],
        ...[latest.toString(), now.toString()],
      ])
      const { keys, at, resumesAt, isEnough } = rows[0] as AllowedRow
      if (keys > 0) return { keys, at }
      if (resumesAt !== null && Temporal.Instant.compare(resumesAt, now) > 0)
        return { keys: 0, why: 'down', until: resumesAt }
      if (isEnough) {
        await transaction(pool, async (client) => {
          const { rowCount } = await client.query(CAP_TOLD, [id, system.name, rate.day])
          const mail = enoughMail(system, rate.perDay)
          if (rowCount === 1) await addStaffMail(client, id, mail, now)
        })
        return { keys: 0, why: 'cap', until: rate.dayEnds }
      }
      return { keys: 0, why: 'late', until: at }
    },

    /** It has answered. Staff that heard of its trouble hears that it is over. */
    async answered(system: AskedSystem, now: Temporal.Instant): Promise<void> {
      const id = await institutions.idOf(system.institution)
      await transaction(pool, async (client) => {
        const place = [id, system.name, now.toString()]
        const { rows } = await client.query<{ told: FailureAlarm | null }>(ANSWERED, place)
        if (rows[0]?.told) await addStaffMail(client, id, answersMail(system), now)
      })
    },

    /**
     * Notes a failed call, and lets the system rest, at once for long where a person must act
     * first (`retry: false`). Staff is told once it lasts, or at once where a person is needed. Of
     * one key alone, `isOfKey`, it is only noted.
     */
    async failed(
      system: AskedSystem,
      { code, message, retry, isOfKey }: SystemFailure,
      now: Temporal.Instant,
    ): Promise<void> {
      const id = await institutions.idOf(system.institution)
      const failure = { code, message: message.slice(0, LONGEST_FAILURE), retry }
      await transaction(pool, async (client) => {
        const { rows } = await client.query<FailedRow>(FAILED, [
          ...[id, system.name, now.toString(), code],
          ...[failure.message, isOfKey, PAUSE_SECONDS, retry],
        ])
        const [row] = rows
        if (isOfKey || !row) return
        const alarm = findFailureAlarm(failure, row.told, row.since, now)
        if (alarm === null) return
        await addStaffMail(client, id, failedMail(system, failure, alarm), now)
        await client.query(
          'update systems set failure_told = $3 where institution_id = $1 and name = $2',
          [id, system.name, alarm],
        )
      })
    },

    /** Ends the rest of a system, and asks it at once about all that waits for it; how much. */
    async retry(
      { institution, name, actor, origin, note }: SystemRetry,
      now: Temporal.Instant,
    ): Promise<{ records: number; messages: number }> {
      const institutionId = await institutions.idOf(institution)
      const place = [institutionId, name]
      const at = now.toString()
      return await transaction(pool, async (client) => {
        await client.query(
          'update systems set resumes_at = null where institution_id = $1 and name = $2',
          place,
        )
        const waits = await client.query<{ dropId: number; waiter: string }>(RETRY_WAITS, [
          ...place,
          at,
        ])
        const sends = await client.query<{ account: string }>(RETRY_MESSAGES, [...place, at])
        for (const drop of new Set(waits.rows.map(({ dropId }) => dropId)))
          await enqueue(client, 'map', String(drop), now)
        for (const account of new Set(sends.rows.map((row) => row.account)))
          await enqueue(client, 'send', account, now)
        const records = new Set(waits.rows.map(({ waiter }) => waiter)).size
        const messages = sends.rows.length
        const detail = { records, messages, ...(note !== null && { note }) }
        const act = { actor, origin, verb: 'asks again', subject: `system/${name}`, detail }
        await addAct(client, institutionId, act, now)
        return { records, messages }
      })
    },

    async list(): Promise<SystemRow[]> {
      const { rows } = await pool.query<SystemRow>(
        `select i.name as institution, s.name, s.day::text as day, s.asked,
           s.resumes_at as "resumesAt", s.answered_at as "answeredAt", s.failures,
           s.failed_at as "failedAt", s.failure_code as "failureCode", s.failure,
           (select count(distinct (w.flow_id, w.record)) from record_waits w
             where w.institution_id = s.institution_id and w.reference = s.name
               and w.ask_at is not null) as waiting,
           (select count(*) from messages m where m.institution_id = s.institution_id
             and ${waitsFor('s.name')}) as messages
         from systems s join institutions i on i.id = s.institution_id order by 1, 2`,
      )
      return rows
    },
  }
}

interface FailedRow {
  since: Temporal.Instant
  told: FailureAlarm | null
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

const CAP_TOLD = `
  update systems set cap_told = $3::date
  where institution_id = $1 and name = $2 and cap_told is distinct from $3::date`

/** Forgets the trouble, and answers what staff knew of it. */
const ANSWERED = `
  update systems s set answered_at = $3, failures = 0, resumes_at = null, failing_since = null,
    failure_told = null
  from (select failure_told from systems
    where institution_id = $1 and name = $2 for update) was
  where s.institution_id = $1 and s.name = $2
  returning was.failure_told as told`

/** $5 what was said, $6 of one key alone, $7 the rests, $8 may pass by itself. */
const FAILED = `
  update systems set failed_at = $3, failure_code = $4, failure = $5,
    failures = failures + case when $6 then 0 else 1 end,
    failing_since = case when $6 then failing_since
      else coalesce(failing_since, $3::timestamptz) end,
    resumes_at = case when $6 then resumes_at else $3::timestamptz + interval '1 second'
      * ($7::int[])[case when $8 then least(failures + 1, cardinality($7::int[]))
        else cardinality($7::int[]) end] end
  where institution_id = $1 and name = $2
  returning failing_since as since, failure_told as told`

/** SQL, of a message `m`: whether it waits for this system, with which its detail begins. */
function waitsFor(system: string): string {
  return `m.state = 'waiting' and m.code = 'HOLD_UNANSWERED'
    and split_part(m.detail, ':', 1) = ${system}`
}

const RETRY_WAITS = `
  update record_waits set ask_at = $3
  where institution_id = $1 and reference = $2 and ask_at is not null
  returning drop_id as "dropId", flow_id || '/' || record as waiter`

const RETRY_MESSAGES = `
  update messages m set send_at = least(m.send_at, $3) from flows f
  where f.id = m.flow_id and m.institution_id = $1 and ${waitsFor('$2')}
  returning f.account`
