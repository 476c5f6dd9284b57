// Campaigns: since when each is known, and what became of its runs. What a run makes is written in
// `campaign-lots.ts`. Invariant: a run that was missed is said once, to staff and in its list.
import type { CampaignCounts, CampaignRunState } from '../domain/campaign.ts'
import type { StaffMail } from '../domain/staff-mail.ts'
import type { CampaignQuery, CampaignRunTotals, ChosenNotice } from '../pipeline/plan/campaign.ts'
import { countSelection, readSelection } from './campaign-selection.ts'
import { type Pool, transaction } from './database.ts'
import type { Institutions } from './institutions.ts'
import { addStaffMail } from './staff-mails.ts'
import type { Vault } from './vault.ts'

export interface CampaignRunRow {
  institution: string
  campaign: string
  at: Temporal.Instant
  ranAt: Temporal.Instant
  actor: string
  state: CampaignRunState
  flowId: number | null
  /** Why a person skipped it; null: nobody did. */
  because: string | null
  counts: CampaignCounts
}

export type Campaigns = ReturnType<typeof createCampaigns>

export function createCampaigns(pool: Pool, vault: Vault, institutions: Institutions) {
  return {
    /**
     * Since when its schedule is known, and nothing of it has been answered: runs before that are
     * none of ours. A campaign that is new, or has another schedule, is known from now on.
     */
    async openSince(
      {
        institution,
        campaign,
        schedule,
      }: { institution: string; campaign: string; schedule: string },
      now: Temporal.Instant,
    ): Promise<Temporal.Instant> {
      const values = [await institutions.idOf(institution), campaign, schedule]
      const { rows } = await pool.query<{ since: Temporal.Instant }>(SINCE, values)
      if (rows[0]) return rows[0].since
      await pool.query(KNOW, [...values, now.toString()])
      return now
    },

    /** Runs since then that a person has skipped. */
    async skippedSince(
      { institution, campaign }: { institution: string; campaign: string },
      since: Temporal.Instant,
    ): Promise<Temporal.Instant[]> {
      const values = [await institutions.idOf(institution), campaign, since.toString()]
      const { rows } = await pool.query<{ at: Temporal.Instant }>(SKIPPED_SINCE, values)
      return rows.map(({ at }) => at)
    },

    /** Remembers runs that are not made up for; staff is told of those that nobody remembered. */
    async miss(
      { institution, campaign }: { institution: string; campaign: string },
      runs: readonly Temporal.Instant[],
      mailOf: (missed: readonly Temporal.Instant[]) => StaffMail,
      now: Temporal.Instant,
    ): Promise<number> {
      const institutionId = await institutions.idOf(institution)
      return transaction(pool, async (client) => {
        const { rows } = await client.query<{ at: Temporal.Instant }>(MISS, [
          ...[institutionId, campaign, runs.map((at) => at.toString()), now.toString()],
        ])
        if (rows.length === 0) return 0
        await addStaffMail(client, institutionId, mailOf(rows.map(({ at }) => at)), now)
        return rows.length
      })
    },

    /** The last runs, newest first; of one campaign, or the last of each that was not skipped. */
    async runs(filter: {
      institution: string | null
      campaign: string | null
      limit: number
    }): Promise<CampaignRunRow[]> {
      const { institution, campaign, limit } = filter
      const { rows } = await pool.query<CampaignRunRow>(campaign === null ? LAST : RUNS, [
        ...[institution, campaign, limit],
      ])
      return rows
    },

    /** What a run would choose, without making it. */
    async look<T>(query: CampaignQuery, work: (look: CampaignLook) => Promise<T>): Promise<T> {
      const institutionId = await institutions.idOf(query.institution)
      return transaction(pool, async (client) => {
        await client.query('set transaction isolation level repeatable read, read only')
        return work({
          totals: await countSelection(client, institutionId, query),
          chosen: () => readSelection(client, vault, institutionId, query),
        })
      })
    },
  }
}

export interface CampaignLook {
  totals: CampaignRunTotals
  chosen(): AsyncGenerator<ChosenNotice[]>
}

/** One that is skipped answers no other: of those before it some may have been missed. */
const SINCE = `
  select greatest(known_since, (select max(at) from campaign_runs r
    where r.institution_id = c.institution_id and r.campaign = c.name
      and r.state <> 'skipped')) as since
  from campaigns c where institution_id = $1 and name = $2 and schedule = $3`

const SKIPPED_SINCE = `
  select at from campaign_runs
  where institution_id = $1 and campaign = $2 and state = 'skipped' and at > $3`

const KNOW = `
  insert into campaigns (institution_id, name, schedule, known_since) values ($1, $2, $3, $4)
  on conflict (institution_id, name) do update set schedule = excluded.schedule,
    known_since = excluded.known_since`

const MISS = `
  insert into campaign_runs (institution_id, campaign, at, ran_at, actor, state)
  select $1, $2, at, $4, 'staffetta', 'missed' from unnest($3::timestamptz[]) as missed (at)
  on conflict (institution_id, campaign, at) do nothing returning at`

const RUN_COLUMNS = `i.name as institution, r.campaign, r.at, r.ran_at as "ranAt", r.actor, r.state,
  r.flow_id as "flowId", r.because, r.counts
  from campaign_runs r join institutions i on i.id = r.institution_id`

const RUNS = `select ${RUN_COLUMNS}
  where ($1::text is null or i.name = $1) and r.campaign = $2 order by r.at desc limit $3`

const LAST = `select * from (select distinct on (r.institution_id, r.campaign) ${RUN_COLUMNS}
  where ($1::text is null or i.name = $1) and $2::text is null and r.state <> 'skipped'
  order by r.institution_id, r.campaign, r.at desc) last order by institution, campaign limit $3`
