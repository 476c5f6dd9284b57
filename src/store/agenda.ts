// What the tables say is to be done next, and when: for who moves the clock from one instant to the
// next instead of waiting. Invariant: each answer is one row of an index, however much waits.
import type { Pool } from './database.ts'
import { TRACKED, TRACKED_FIRST } from './tracked.ts'

export interface Agenda {
  /** The next instant at which a message may leave, a wait ends or a paused service is tried. */
  work: Temporal.Instant | null
  /** Since when, or from when on, IO is to be asked about a message that it accepted. */
  question: Temporal.Instant | null
  /** A service is paused, or its limits are known: whether that still holds may be tried. */
  isPaused: boolean
}

export function createAgenda(pool: Pool) {
  return {
    /** What comes after this instant; questions also from before it. Null: nothing. */
    async next(after: Temporal.Instant): Promise<Agenda> {
      const { rows } = await pool.query<Agenda>(NEXT, [after.toString()])
      return rows[0] as Agenda
    },
  }
}

/** A wake whose messages have all ended since stays as it is, until what comes next is due. */
const NEXT = `
  with recursive ${TRACKED}
  select least(
    (select at from flow_wakes where at > $1 order by at limit 1),
    (select min(later.send_at) from (select distinct flow_id from flow_wakes where at <= $1) woken
      cross join lateral (select send_at from messages where flow_id = woken.flow_id
        and state = 'waiting' and send_at > $1 order by send_at limit 1) later),
    (select until from record_waits where until > $1 order by until limit 1),
    (select ask_at from record_waits where ask_at > $1 order by ask_at limit 1),
    (select min(try_at) from service_pauses where try_at > $1),
    (select min(try_at) from service_limits where try_at > $1)) as work,
  (select min(${TRACKED_FIRST}) from tracked t) as question,
  exists (select from service_pauses) or exists (select from service_limits) as "isPaused"`
