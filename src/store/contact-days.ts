// Who has had their one campaign or reminder of a day. The primary key decides: however many
// accounts of an institution send at once, one message gets a recipient's day. The row names its
// message, so that one that comes back on the same day finds its own.
import type { DayWish } from '../pipeline/send/timing.ts'
import type { Pool } from './database.ts'
import type { Vault } from './vault.ts'

/** Rows forgotten in one statement, and statements at a time. */
const FORGOTTEN_AT_ONCE = 10_000
const MOST_STATEMENTS = 100

export function createContactDays(pool: Pool, vault: Vault) {
  return {
    async take(wishes: readonly DayWish[]): Promise<ReadonlySet<number>> {
      const { rows } = await pool.query<{ id: number }>({
        name: 'take-contact-days',
        text: TAKE,
        values: [
          wishes.map(({ institutionId }) => institutionId),
          wishes.map(({ fiscalCode }) => vault.hash('fiscal-code', fiscalCode)),
          wishes.map(({ day }) => day.toString()),
          wishes.map(({ messageId }) => messageId),
        ],
      })
      return new Set(rows.map(({ id }) => id))
    },

    async nextOf(messageIds: readonly number[]): Promise<ReadonlyMap<number, Temporal.Instant>> {
      const { rows } = await pool.query<{ id: number; at: Temporal.Instant }>(NEXT, [messageIds])
      return new Map(rows.map(({ id, at }) => [id, at]))
    },

    /** Forgets days that are over everywhere; answers how many rows. */
    async forget(before: Temporal.PlainDate): Promise<number> {
      let forgotten = 0
      for (let looks = 0; looks < MOST_STATEMENTS; looks += 1) {
        const { rowCount } = await pool.query(FORGET, [before.toString(), FORGOTTEN_AT_ONCE])
        forgotten += rowCount ?? 0
        if ((rowCount ?? 0) < FORGOTTEN_AT_ONCE) break
      }
      return forgotten
    },
  }
}

/** In the order of the key, so that two who take at once never lock each other out. */
const TAKE = `
  with asked as (
    select * from unnest($1::int[], $2::bytea[], $3::date[], $4::bigint[]) with ordinality
      as t (institution_id, fiscal_code_hash, day, message_id, place)),
  taken as (
    insert into contact_days (institution_id, fiscal_code_hash, day, message_id)
    select institution_id, fiscal_code_hash, day, message_id from (
      select distinct on (institution_id, fiscal_code_hash, day) * from asked
      order by institution_id, fiscal_code_hash, day, place) firsts
    order by institution_id, fiscal_code_hash, day
    on conflict do nothing returning message_id)
  select message_id as id from taken
  union
  select asked.message_id from asked
    join contact_days c using (institution_id, fiscal_code_hash, day, message_id)`

/**
 * Of those that are planned for later: a moved one is to leave before them, or not at all. After an
 * outage the next one may be on its way already.
 */
const NEXT = `
  select m.id, min(o.send_at) as at from unnest($1::bigint[]) as asked (id)
    join messages m on m.id = asked.id
    join messages o on o.notice_id = m.notice_id and o.purpose = 'reminder'
      and o.civil_at > m.civil_at and o.state in ('waiting', 'claimed', 'sending', 'sent')
  group by m.id`

const FORGET = `
  delete from contact_days where ctid in (select ctid from contact_days where day < $1 limit $2)`
