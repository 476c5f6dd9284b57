// The composition of campaigns: those of the configuration with the store's runs, what is due of
// them now, and what a run would choose. A part of `app.ts`; nothing here decides anything but
// which of several missed runs is made: the newest, unless it is late.

import { readCampaign } from './config/campaign-file.ts'
import { campaignPlanOf } from './config/campaign-view.ts'
import { type Campaign, getInstitution } from './config/config.ts'
import { isAmong, runsBetween } from './domain/campaign.ts'
import { BY_ITSELF } from './domain/decision.ts'
import { daysLate } from './domain/lateness.ts'
import type { NewMessage } from './domain/new-message.ts'
import type { NoticeData } from './domain/notice.ts'
import type { Problem } from './domain/problem.ts'
import type { Refusal } from './domain/refusal.ts'
import { errorFields } from './log.ts'
import type { Parts } from './parts.ts'
import {
  type CampaignAct,
  type CampaignPlan,
  type CampaignPorts,
  type CampaignRan,
  type CampaignRunTotals,
  queryOf,
  runCampaign,
  textFor,
  timeOf,
} from './pipeline/plan/campaign.ts'
import { missedMail } from './pipeline/plan/campaign-mail.ts'

export type { CampaignRan } from './pipeline/plan/campaign.ts'

export interface Campaigning {
  /** Makes what is due of all campaigns; answers how many runs were made. */
  runCampaigns(stop: AbortSignal): Promise<number>
  /** Makes a run now, because a person asks for it. */
  runCampaign(
    campaign: Campaign,
    act: CampaignAct,
    stop: AbortSignal,
    onProgress?: (done: number, all: number) => void,
  ): Promise<CampaignRan | null>
  /** What a run would choose if it were made now; nothing is saved. `hear` is told of how many. */
  previewCampaign(
    campaign: Campaign,
    hear: (told: PreviewedNotice, chosen: number) => void,
  ): Promise<CampaignPreview>
  /** A campaign of a file that is not in the configuration; `problems` say what is wrong. */
  readCampaign(
    path: string,
    institution: string,
  ): Promise<{ campaign: Campaign | null; problems: Problem[] }>
}

export interface CampaignPreview extends CampaignRunTotals {
  refused: number
  /** When the messages of a run that is made now would leave. */
  leavesAt: Temporal.Instant
}

/** One that a run would tell, or whose text cannot be written. */
export type PreviewedNotice = { data: NoticeData } & (
  | { message: NewMessage; refusals: null }
  | { message: null; refusals: Refusal[] }
)

export function openCampaigns(parts: Parts): Campaigning {
  const { config, store } = parts
  const ports: CampaignPorts = { versions: store.versions, open: store.openRun, now: parts.now }

  return {
    async runCampaigns(stop) {
      let made = 0
      const faults: unknown[] = []
      for (const campaign of config.institutions.flatMap(({ campaigns }) => campaigns)) {
        if (stop.aborted) break
        // One that fails keeps no other from its time; it is tried again.
        const ran = await runDue(campaign, parts, ports, stop).catch((error) => {
          const { institution, id } = campaign
          parts.log.error({ institution, campaign: id, ...errorFields(error) }, 'campaign failed')
          faults.push(error)
          return null
        })
        if (ran !== null) made += 1
      }
      if (faults.length > 0) throw faults[0]
      return made
    },
    runCampaign(campaign, act, stop, onProgress) {
      const target = { ...act, at: parts.now() }
      return runCampaign(campaignPlanOf(config, campaign), target, ports, stop, onProgress)
    },
    previewCampaign: (campaign, hear) => preview(campaignPlanOf(config, campaign), parts, hear),
    async readCampaign(path, institution) {
      const problems: Problem[] = []
      const campaign = await readCampaign(path, getInstitution(config, institution), problems)
      return { campaign, problems }
    },
  }
}

/**
 * The newest run that is due and neither answered nor skipped; older ones, and one that is late,
 * are missed.
 */
async function runDue(
  campaign: Campaign,
  { config, store, now: clock, log }: Parts,
  ports: CampaignPorts,
  stop: AbortSignal,
): Promise<CampaignRan | null> {
  const now = clock()
  const plan = campaignPlanOf(config, campaign)
  const { institution, campaign: name } = plan
  const schedule = campaign.schedule ?? campaign.on ?? ''
  const { zone } = plan.calendar
  const since = await store.campaigns.openSince({ institution, campaign: name, schedule }, now)
  const runs = runsBetween(campaign.times, zone, since, now)
  if (runs.length === 0) return null
  const skipped = await store.campaigns.skippedSince({ institution, campaign: name }, since)
  const [newest, ...older] = runs.filter((at) => !isAmong(at, skipped))
  if (newest === undefined) return null
  const { policy, afterDays } = campaign.late
  const isLate = policy === 'skip' && daysLate(newest, now, plan.calendar) > afterDays
  const missed = isLate ? [newest, ...older] : older
  const target = { ...BY_ITSELF, at: newest }
  const ran = isLate ? null : await runCampaign(plan, target, ports, stop)
  if (ran !== null) {
    const { state, flowId, counts } = ran
    log.info({ institution, campaign: name, state, flowId, ...counts }, 'campaign ran')
  }
  if (missed.length > 0) {
    const mailOf = (runs: readonly Temporal.Instant[]) => missedMail(plan, runs.map(wordsIn(zone)))
    const said = await store.campaigns.miss({ institution, campaign: name }, missed, mailOf, now)
    if (said > 0) log.warn({ institution, campaign: name, runs: said }, 'campaign missed')
  }
  return ran
}

/** `07/12/2026 09:30` in the zone. */
function wordsIn(zone: string) {
  return (at: Temporal.Instant): string => {
    const { day, month, year, hour, minute } = at.toZonedDateTimeISO(zone)
    const two = (n: number) => String(n).padStart(2, '0')
    return `${two(day)}/${two(month)}/${year} ${two(hour)}:${two(minute)}`
  }
}

async function preview(
  plan: CampaignPlan,
  { store, now: clock }: Parts,
  hear: (told: PreviewedNotice, chosen: number) => void,
): Promise<CampaignPreview> {
  const now = clock()
  return store.campaigns.look(queryOf(plan, now), async ({ totals, chosen }) => {
    let refused = 0
    let { totalCents } = totals
    for await (const batch of chosen()) {
      for (const { data, because } of batch) {
        if (because !== null) continue
        const { payloads, refusals } = textFor(plan.compiled, data)
        if (payloads === null) {
          refused += 1
          totalCents -= data.payment?.amountCents ?? 0
          hear({ data, message: null, refusals }, totals.chosen)
        } else hear({ data, message: payloads.it as NewMessage, refusals: null }, totals.chosen)
      }
    }
    return { ...totals, totalCents, refused, leavesAt: timeOf(plan.calendar, now).sendAt }
  })
}
