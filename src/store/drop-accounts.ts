// Drops as people look at them: what came, how it was read, and what became of its rows where it
// made no flow. Only reads. Invariant: what quotes a drop's rows is opened for the one drop asked.
import type { Refusal } from '../domain/refusal.ts'
import type { MissingReport } from '../pipeline/map/missing.ts'
import type { DropProblem } from '../pipeline/map.ts'
import type { Pool } from './database.ts'
import { OF_DROP } from './flow-relations.ts'
import type { SettlementCounts } from './settlements.ts'
import { refusalsContext } from './table-drops.ts'
import type { Vault } from './vault.ts'

export interface DropAccount {
  id: number
  institution: string
  feed: string
  key: string
  state: 'received' | 'mapped' | 'failed'
  receivedAt: Temporal.Instant
  mappedAt: Temporal.Instant | null
  bytes: number
  encoding: string | null
  problem: DropProblem | null
  /** Null: it made none, as references and settlements do. */
  flowId: number | null
  records: number
  /** Of a drop without a flow: rows that were refused. */
  refused: number
  /** Of a settlement that has been mapped. */
  settled: SettlementCounts | null
  /** How far systems have been asked about its records; null where none is. */
  asking: { record: number; answered: number; unanswered: number } | null
  /** Of a snapshot that may close what it no longer names. */
  missing: Omit<MissingReport, 'mail'> | null
}

export interface RefusedRow {
  line: number
  refusals: Refusal[]
}

const COLUMNS = `d.id, i.name as institution, d.feed, d.key, d.state, d.bytes, d.encoding, d.problem,
  d.received_at as "receivedAt", d.mapped_at as "mappedAt", f.id as "flowId", d.records, d.refused,
  d.settled, d.missing, (select jsonb_build_object('record', k.record, 'answered', k.answered,
    'unanswered', k.unanswered) from drop_askings k where k.drop_id = d.id) as asking
  from drops d join institutions i on i.id = d.institution_id
    left join flows f on f.drop_id = d.id and ${OF_DROP}`

export function createDropAccounts(pool: Pool, vault: Vault) {
  return {
    /** Newest first. Null filters mean all. */
    async list(filter: {
      institution: string | null
      feed: string | null
      limit: number
    }): Promise<DropAccount[]> {
      const { rows } = await pool.query<DropAccount>(
        `select ${COLUMNS}
         where ($1::text is null or i.name = $1) and ($2::text is null or d.feed = $2)
         order by d.id desc limit $3`,
        [filter.institution, filter.feed, filter.limit],
      )
      return rows
    },

    async get(id: number): Promise<DropAccount> {
      const { rows } = await pool.query<DropAccount>(`select ${COLUMNS} where d.id = $1`, [id])
      const row = rows[0]
      if (!row) throw new Error(`there is no drop ${id}; \`staffetta drops list\` shows them`)
      return row
    },

    /** The first refused rows of a drop that made no flow, with their reasons. */
    async refusals(id: number): Promise<RefusedRow[]> {
      const { rows } = await pool.query<{ sealed: Buffer | null }>(
        'select refusals_sealed as sealed from drops where id = $1',
        [id],
      )
      const sealed = rows[0]?.sealed ?? null
      return sealed === null ? [] : JSON.parse(vault.open(refusalsContext(id), sealed).toString())
    },
  }
}
