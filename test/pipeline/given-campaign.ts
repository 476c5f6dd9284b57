// A campaign over the canteen's notices, for tests of its stage: its plan and a run of it, on the
// store and the clock of a given pipeline.
import { createHash } from 'node:crypto'
import { alwaysOpen } from '../../src/domain/calendar.ts'
import type { Selection } from '../../src/domain/campaign.ts'
import { campaignMapping, compileCampaign } from '../../src/mapping/campaign-mapping.ts'
import type { NoticeMapping } from '../../src/mapping/spec.ts'
import type { MapFeed } from '../../src/pipeline/map.ts'
import {
  type CampaignPlan,
  type CampaignRan,
  runCampaign,
} from '../../src/pipeline/plan/campaign.ts'
import { comune } from '../store/given.ts'
import { feedOf, type GivenPipeline } from './given.ts'

export interface CampaignChanges extends Partial<Omit<CampaignPlan, 'select'>> {
  selection?: Partial<Selection>
  subject?: string
  markdown?: string
  feed?: MapFeed
}

const MARKDOWN = `Per il mese **{{ mese }}** risultano ancora da pagare **{{ importo | euro }}**.

Puoi pagare da questo messaggio. Se hai già pagato, non tenerne conto.`

const anything: Selection = {
  feeds: ['mensa'],
  made: { from: null, before: null },
  due: { from: null, before: null },
  amount: { from: null, to: null },
  emission: null,
  unpaid: false,
  unread: false,
}

/** A campaign of the canteen: everything that is open, unless it is said otherwise. */
export function campaignOf(changes: CampaignChanges = {}): CampaignPlan {
  const { selection, subject, markdown, feed = feedOf('mensa'), ...rest } = changes
  const spec = feed.mapping.spec as NoticeMapping
  const text = {
    message: {
      subject: { it: subject ?? 'Mensa: {{ mese }} da pagare' },
      markdown: { it: markdown ?? MARKDOWN },
    },
    premium: false,
  }
  const { campaign, faults } = compileCampaign('campaign/solleciti', spec, text, {
    references: {},
    systems: {},
  })
  if (!campaign) throw new Error(JSON.stringify(faults))
  const kept = { mapping: campaignMapping(spec, text), references: {}, systems: {} }
  const sha256 = createHash('sha256').update(JSON.stringify(kept)).digest('hex')
  return {
    ...{ institution: comune, campaign: 'solleciti', mapping: feed.version.name },
    ...{ series: spec.series, service: 'mensa', account: 'esempio', isLive: true },
    calendar: alwaysOpen('Europe/Rome'),
    ...{ perRecipient: 'all', againAfterDays: 7, maximumRecipients: 5000 },
    compiled: campaign,
    version: { name: 'campaign/solleciti', sha256, spec: kept },
    notify: ['ced@comune.example'],
    select: () => ({ ...anything, ...selection }),
    ...rest,
  }
}

/** Runs it now, as its schedule does. */
export function runNow(
  { store, clock }: Pick<GivenPipeline, 'store' | 'clock'>,
  plan: CampaignPlan,
  at: Temporal.Instant = clock.now,
): Promise<CampaignRan | null> {
  const ports = { versions: store.versions, open: store.openRun, now: () => clock.now }
  const target = { actor: 'staffetta', origin: 'daemon', at }
  return runCampaign(plan, target, ports, new AbortController().signal)
}

/** As if IO had accepted the first messages of a flow. */
export async function tell({ pool, clock }: GivenPipeline, flowId: number | null): Promise<void> {
  await pool.query(
    `update messages set state = 'sent', sent_at = $2, closed_at = $2
     where flow_id = $1 and purpose = 'first'`,
    [flowId, clock.now.toString()],
  )
}
