// Settlements: records that close notices by key (paid, cancelled). Closing a notice cancels, in
// the same transaction, every message of it that has not left: a citizen who has paid hears nothing
// more.
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
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
     * Closes the notices of these keys and marks the drop mapped. Answers how many records there
     * were.
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
        let records = 0
        for await (const keys of batches) {
          await client.query(CLOSE, [
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

const CLOSE = `
  with named as (
    select id, group_hash from notices
    where institution_id = $1 and series_id = $2 and key_hash = any($3)),
  ended as (
    update notices n set state = $4, ended_at = $5 from named
    where n.id = named.id and n.state in ('open', 'expired') returning n.id),
  silenced as (
    update messages m set state = 'cancelled', code = $4, closed_at = $5 from ended
    where m.notice_id = ended.id and m.state in ('waiting', 'held'))
  select count(*) from ended`
