// Settlements: records that close notices by key (paid, cancelled). Closing a notice cancels, in
// the same transaction, every message of it that has not left: a citizen who has paid hears nothing
// more. The series is locked meanwhile, so that no drop changes a notice that is being closed.
import { type Pool, type Queryable, transaction } from './database.ts'
import { type Institutions, lockSeries } from './institutions.ts'
import { finishTable, type TableSummary } from './table-drops.ts'
import type { Vault } from './vault.ts'

export interface SettlementTarget {
  institution: string
  series: string
  dropId: number
  as: 'settled' | 'cancelled'
}

export type Settlements = ReturnType<typeof createSettlements>

export function createSettlements(pool: Pool, vault: Vault, institutions: Institutions) {
  return {
    /**
     * Closes the notices of these keys, and the instalments that a paid single instalment stands
     * for; marks the drop mapped. Answers how many records there were.
     */
    async apply(
      target: SettlementTarget,
      batches: AsyncIterable<string[]>,
      summary: () => TableSummary,
      now: Temporal.Instant,
    ): Promise<number> {
      const institutionId = await institutions.idOf(target.institution)
      const seriesId = await institutions.seriesIdOf(target.institution, target.series)
      return transaction(pool, async (client) => {
        await lockSeries(client, seriesId)
        let records = 0
        for await (const keys of batches) {
          await client.query(closeSql('key_hash = any($3)'), [
            institutionId,
            seriesId,
            keys.map((key) => vault.hash('key', key)),
            target.as,
            now.toString(),
          ])
          records += keys.length
        }
        const { dropId } = target
        await finishTable(client, vault, { dropId, rows: records, summary: summary(), now })
        return records
      })
    },
  }
}

/**
 * Settles one notice inside the caller's transaction, and what its payment stands for: IO says that
 * it is paid.
 */
export async function settleNotice(
  tx: Queryable,
  noticeId: number,
  now: Temporal.Instant,
): Promise<void> {
  const { rows } = await tx.query<{ institution_id: number; series_id: number }>(
    'select institution_id, series_id from notices where id = $1',
    [noticeId],
  )
  const notice = rows[0]
  if (!notice) return
  await lockSeries(tx, notice.series_id)
  const { institution_id, series_id } = notice
  const values = [institution_id, series_id, noticeId, 'settled', now.toString()]
  await tx.query(closeSql('id = $3'), values)
}

/**
 * Of a group of instalments the single one is told by its amount: it asks for no less than all the
 * others together, two at least. Paying it settles them; paying one of them settles that one alone,
 * since the citizen must go on hearing of the rest.
 */
const closeSql = (named: string) => `
  with named as (
    select id, group_hash, amount_cents from notices
    where institution_id = $1 and series_id = $2 and ${named}),
  whole as (
    select named.group_hash from named join notices other on other.institution_id = $1
      and other.series_id = $2 and other.group_hash = named.group_hash and other.id <> named.id
    where $4 = 'settled'
    group by named.id, named.group_hash, named.amount_cents
    having count(other.amount_cents) >= 2 and named.amount_cents >= sum(other.amount_cents)),
  closing as (
    select id from named
    union select n.id from notices n join whole on n.group_hash = whole.group_hash
      where n.institution_id = $1 and n.series_id = $2),
  ended as (
    update notices n set state = $4, ended_at = $5 from closing
    where n.id = closing.id and n.state in ('open', 'expired') returning n.id),
  silenced as (
    update messages m set state = 'cancelled', code = $4, closed_at = $5 from ended
    where m.notice_id = ended.id and m.state in ('waiting', 'held'))
  select count(*) from ended`
