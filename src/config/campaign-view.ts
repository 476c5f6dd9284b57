// A campaign of the configuration as its stage wants to see it, with what it selects on a day.
// Invariant: days and offsets are those of the institution’s zone.
import { daySpan, type Selection } from '../domain/campaign.ts'
import type { CampaignPlan } from '../pipeline/plan/campaign.ts'
import { calendarOf } from './calendar.ts'
import { centsOf, daysOf } from './campaign.ts'
import { type Campaign, type Config, getInstitution, getMapping, getService } from './config.ts'

/** Throws when the configuration has not what it names. */
export function campaignPlanOf(config: Config, campaign: Campaign): CampaignPlan {
  const { institution, id, mapping, service: name, perRecipient, compiled } = campaign
  const { timeZone, notify } = getInstitution(config, institution)
  const { spec } = getMapping(config, institution, mapping)
  if (spec.shape !== 'notice') throw new Error(`the mapping ${mapping} makes no notices`)
  const { account, mode } = getService(config, institution, name)
  const { againAfterDays, maximumRecipients, window } = campaign
  return {
    ...{ institution, campaign: id, mapping, series: spec.series, service: name, account },
    ...{ isLive: mode === 'live', perRecipient, againAfterDays, maximumRecipients, notify },
    ...{ compiled, version: compiled.version },
    calendar: calendarOf(config, institution, window),
    select: (day) => selectionOf(campaign, day, timeZone),
  }
}

function selectionOf(
  { select, feeds }: Campaign,
  day: Temporal.PlainDate,
  zone: string,
): Selection {
  const { ageDays, amount, due, emission = null, unpaid, unread } = select
  const ago = (days: number | undefined) => (days === undefined ? null : -days)
  return {
    feeds,
    made: daySpan(day, zone, { from: ago(ageDays.atMost), to: ago(ageDays.atLeast) }),
    due: daySpan(day, zone, { from: daysOf(due.from), to: daysOf(due.to) }),
    amount: { from: centsOf(amount.atLeast ?? ''), to: centsOf(amount.atMost ?? '') },
    ...{ emission, unpaid, unread },
  }
}
