// The flows that are being sent now, for whoever looks: of one institution and the services that
// they may see. How far each has come, `progress` counts.
import type { FlowReason } from '../domain/flow.ts'
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'

export interface FlowUnderWay {
  id: number
  feed: string | null
  campaign: string | null
  service: string
  account: string
  /** The name of its file; null: it came of none. */
  key: string | null
  reason: FlowReason
  /** Messages that IO has been asked to take just now. */
  inFlight: number
}

/** Flows that are shown at most: the latest. */
const MOST_FLOWS = 20

export function createUnderWay(pool: Pool, institutions: Institutions) {
  return {
    /** Services null: of all. */
    async of(institution: string, services: readonly string[] | null): Promise<FlowUnderWay[]> {
      const { rows } = await pool.query<FlowUnderWay>(UNDER_WAY, [
        ...[await institutions.idOf(institution), services, MOST_FLOWS],
      ])
      return rows
    },

    /** Messages of the whole installation that may be on their way to IO just now. */
    async inFlight(): Promise<number> {
      const { rows } = await pool.query<{ n: number }>(
        `select count(*) as n from flows f join messages m on m.flow_id = f.id
           and m.state in ('claimed', 'sending')
         where f.released_at is not null and f.state in ('active', 'sending')`,
      )
      return rows[0]?.n ?? 0
    },
  }
}

const UNDER_WAY = `
  select f.id, f.feed, f.campaign, f.service, f.account, d.key,
    case when f.suspended_at is null then f.reason else f.suspended_because end as reason,
    (select count(*) from messages m where m.flow_id = f.id and m.state in ('claimed', 'sending'))
      as "inFlight"
  from flows f left join drops d on d.id = f.drop_id
  where f.institution_id = $1 and f.state = 'sending' and ($2::text[] is null or f.service = any($2))
  order by f.id desc limit $3`
