// The mail about messages that wait for a person: what is held after an outage, a pause or a late
// approval goes by nobody's hand but theirs. Invariant: one mail an institution when the first have
// been held for a while, and at most one a day while there are more.
import { type Pool, transaction } from './database.ts'
import { type HeldCode, type HeldLot, heldMail, heldTexts } from './held-mails.ts'
import { addStaffMail } from './staff-mails.ts'

/** By then most of those that one outage has made late have been looked at. */
const TOLD_AFTER = `interval '10 minutes'`
const TOLD_AGAIN_AFTER = `interval '1 day'`

export function createToldHolds(pool: Pool) {
  return {
    /** Tells who is to know of what is held by now; answers how many mails. */
    async tell(
      readersOf: (institution: string) => readonly string[],
      now: Temporal.Instant,
    ): Promise<number> {
      return transaction(pool, async (client) => {
        const values = [Object.keys(heldTexts), now.toString()]
        const { rows } = await client.query<ToldRow>(TELL, values)
        const lots = Map.groupBy(rows, ({ institutionId }) => institutionId)
        for (const [institutionId, own] of lots) {
          const [{ institution }] = own as [ToldRow]
          const mail = heldMail(institution, own, readersOf(institution))
          await addStaffMail(client, institutionId, mail, now)
        }
        return lots.size
      })
    },
  }
}

interface ToldRow extends HeldLot {
  institutionId: number
  institution: string
  code: HeldCode
}

/** $1 codes, $2 now. What waits for a person is few, and has indexes of its own. */
const TELL = `
  with held as materialized (
    select institution_id, code, count(*) as messages from (
      select institution_id, code from messages where state = 'held' and purpose <> 'test'
      union all
      select institution_id, 'uncertain' from messages
      where state = 'uncertain' and purpose <> 'test') every
    where code = any($1) group by 1, 2),
  over as (
    delete from told_holds t where not exists (select from held
      where held.institution_id = t.institution_id and held.code = t.code)),
  begun as (
    insert into told_holds (institution_id, code, since)
    select institution_id, code, $2 from held on conflict do nothing)
  update told_holds t set told_at = $2, messages = held.messages
  from held join institutions i on i.id = held.institution_id
  where t.institution_id = held.institution_id and t.code = held.code
    and case when t.told_at is null then t.since <= $2::timestamptz - ${TOLD_AFTER}
      else held.messages > t.messages and t.told_at <= $2::timestamptz - ${TOLD_AGAIN_AFTER} end
  returning t.institution_id as "institutionId", i.name as institution, t.code, t.messages`
