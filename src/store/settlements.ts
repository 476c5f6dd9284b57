// Settlements: records that close notices (paid, withdrawn) by key, by notice number or by
// recipient. The series are locked meanwhile, so that no drop changes what is being closed.
// Invariant: each record is counted once: closed, closed before, not found, ignored or refused.
import { type Closed, type Closing, closeNotices, type NamedBy } from './closings.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { forgetEarly, noticeNumberHash, rememberEarly } from './early-settlements.ts'
import { recloseIncomplete } from './flow-ends.ts'
import { type Institutions, lockSeries } from './institutions.ts'
import { finishTable, type TableSummary } from './table-drops.ts'
import type { Vault } from './vault.ts'

export interface SettlementTarget {
  institution: string
  series: readonly string[]
  by: 'key' | 'noticeNumber' | 'fiscalCode'
  /** How long a record that finds no notice is remembered. */
  rememberDays: number
  dropId: number
}

/** A record of a settlement: `key` is what `by` says. */
export interface SettlementRow {
  key: string
  as: 'settled' | 'cancelled' | 'nothing'
}

/** What became of the records of a settlement, but for those that were refused. */
export interface SettlementCounts {
  /** Records that closed at least one notice. */
  closed: number
  /** Records whose notices had all ended before. */
  before: number
  /** Records that name no notice. */
  unknown: number
  /** Records that close nothing by what they say. */
  ignored: number
  /** Notices that ended, instalments that went with their single payment too. */
  notices: number
}

export type Settlements = ReturnType<typeof createSettlements>

export function createSettlements(pool: Pool, vault: Vault, institutions: Institutions) {
  const namedBy: Record<SettlementTarget['by'], { by: NamedBy; hash(key: string): Buffer }> = {
    key: { by: 'key_hash', hash: (key) => vault.hash('key', key) },
    noticeNumber: { by: 'notice_number_hash', hash: (key) => noticeNumberHash(vault, key) },
    fiscalCode: { by: 'fiscal_code_hash', hash: (key) => vault.hash('fiscal-code', key) },
  }

  /** Closes what rows of one meaning name; each row has another key. */
  async function close(client: Client, rows: SettlementRow[], closing: Closer) {
    const { target, as, now } = closing
    const { by, hash } = namedBy[target.by]
    const names = rows.map(({ key }) => hash(key))
    const { institutionId, seriesIds } = closing
    const ended = { institutionId, seriesIds, by, names, as, endedBy: 'settlement' as const }
    const closed = await closeNotices(client, ended, now)
    if (target.by !== 'fiscalCode' && target.rememberDays > 0) {
      const found = new Set(closed.found.map(({ name }) => name.toString('latin1')))
      const until = now.add({ hours: 24 * target.rememberDays })
      const renewBefore = until.subtract({ hours: 2 * target.rememberDays })
      const hashes = names.filter((name) => !found.has(name.toString('latin1')))
      const early = { institutionId, seriesIds, namedBy: target.by, hashes, dropId: target.dropId }
      await rememberEarly(client, { ...early, state: as, until, renewBefore })
    }
    return closed
  }

  return {
    /** Ends the notice of a message, as a system answered that was asked before it left. */
    async closeByAnswer(
      messageId: number,
      as: 'settled' | 'cancelled',
      now: Temporal.Instant,
    ): Promise<void> {
      await transaction(pool, async (client) => {
        const { rows } = await client.query<{ id: number }>(
          'select notice_id as id from messages where id = $1',
          [messageId],
        )
        const ids = rows.map(({ id }) => id)
        await settleNotices(client, ids, now, { as, endedBy: 'answer' })
      })
    },

    /**
     * Closes the notices that the records name, and the instalments that a paid single instalment
     * stands for; marks the drop mapped. Answers how many records there were.
     */
    async apply(
      target: SettlementTarget,
      batches: AsyncIterable<SettlementRow[]>,
      summary: () => TableSummary,
      now: Temporal.Instant,
    ): Promise<number> {
      const { institution, dropId } = target
      const institutionId = await institutions.idOf(institution)
      const seriesIds: number[] = []
      for (const name of new Set(target.series)) {
        seriesIds.push(await institutions.seriesIdOf(institution, name))
      }
      return transaction(pool, async (client) => {
        // In the order of `settleNotices`, so that two at once never lock each other out.
        for (const id of seriesIds.sort((a, b) => a - b)) await lockSeries(client, id)
        const counts = { closed: 0, before: 0, unknown: 0, ignored: 0, notices: 0 }
        const silenced = new Set<number>()
        let records = 0
        for await (const rows of batches) {
          records += rows.length
          const byEnd = Map.groupBy(firstOfEach(rows), ({ as }) => as)
          for (const as of ['settled', 'cancelled'] as const) {
            const named = byEnd.get(as) ?? []
            const closer = { target, institutionId, seriesIds, as, now }
            const closed = await close(client, named, closer)
            count(counts, named.length, closed)
            for (const id of closed.flows) silenced.add(id)
          }
          counts.ignored += rows.filter(({ as }) => as === 'nothing').length
        }
        counts.before = records - counts.closed - counts.unknown - counts.ignored
        await recloseIncomplete(client, silenced, now)
        await forgetEarly(client, now)
        const end = { dropId, rows: records, summary: summary(), settled: counts, now }
        await finishTable(client, vault, end)
        return records
      })
    },
  }
}

interface Closer {
  target: SettlementTarget
  institutionId: number
  seriesIds: number[]
  as: 'settled' | 'cancelled'
  now: Temporal.Instant
}

/** The first row of each key that says how it ends: what is closed is not closed again. */
function firstOfEach(rows: SettlementRow[]): SettlementRow[] {
  const first = new Map<string, SettlementRow>()
  for (const row of rows) {
    if (row.as !== 'nothing' && !first.has(row.key)) first.set(row.key, row)
  }
  return [...first.values()]
}

function count(counts: SettlementCounts, named: number, closed: Closed<Buffer>): void {
  counts.closed += closed.found.filter((one) => one.closed).length
  counts.unknown += named - closed.found.length
  counts.notices += closed.notices
}

/**
 * Ends notices inside the caller's transaction, and what their payment stands for: IO says that
 * they are paid, unless the caller says otherwise.
 */
export async function settleNotices(
  tx: Queryable,
  noticeIds: readonly number[],
  now: Temporal.Instant,
  { as, endedBy }: Pick<Closing<number>, 'as' | 'endedBy'> = { as: 'settled', endedBy: 'payment' },
): Promise<void> {
  const { rows } = await tx.query<{ institutionId: number; seriesId: number }>(
    `select distinct institution_id as "institutionId", series_id as "seriesId"
     from notices where id = any($1) order by series_id`,
    [noticeIds],
  )
  for (const { seriesId } of rows) await lockSeries(tx, seriesId)
  const silenced = new Set<number>()
  for (const { institutionId, seriesId } of rows) {
    const names = { seriesIds: [seriesId], by: 'id', names: noticeIds } as const
    const { flows } = await closeNotices(tx, { institutionId, ...names, as, endedBy }, now)
    for (const id of flows) silenced.add(id)
  }
  await recloseIncomplete(tx, silenced, now)
}
