// `staffetta schedule skip`: a person takes away what is planned for one day of an institution, all
// of it or that of a feed, a service, an emission or a campaign. First messages are left alone.
import { isAmong } from '../domain/campaign.ts'
import { dayIn, runsOfDay } from '../domain/skippable-runs.ts'
import { actorAs } from './actor.ts'
import {
  type App,
  type CommandContext,
  type Config,
  type Given,
  textOption,
  UsageError,
  zoneOf,
} from './command.ts'
import { confirmed } from './confirm.ts'
import { expectKnown, getCampaignNamed, getFeedNamed, institutionsNamed } from './find-feed.ts'
import { becauseOption } from './note.ts'
import { withProgress } from './progress.ts'
import { formatLocal, formatNumber } from './table.ts'

type SkippedDays = App['store']['skippedDays']
type SkipFilter = Parameters<SkippedDays['skip']>[0]
type SkippableRun = Parameters<SkippedDays['skip']>[2][number]
type SkipCount = Awaited<ReturnType<SkippedDays['count']>>

/** What was asked for, checked before anything is opened. */
export interface SkipRequest {
  date: Temporal.PlainDate
  note: string
  asks: boolean
}

/** Throws `UsageError` where the reason or the day is missing. */
export function skipRequestOf(given: Given, date: Temporal.PlainDate | null): SkipRequest {
  if (date === null) throw new UsageError('say which day: --day 2026-12-01')
  return { date, note: becauseOption(given), asks: given.values['yes'] !== true }
}

/** Answers the exit code. */
export async function skipDay(
  app: App,
  given: Given,
  { date, note, asks }: SkipRequest,
  context: CommandContext,
): Promise<number> {
  const filter = filterOf(app.config, given)
  const { institution } = filter
  const actor = actorAs('operator', app.config, institution)
  const day = dayIn(date, zoneOf(app.config, institution))
  const now = Temporal.Now.instant()
  const { skippedDays } = app.store
  const count = await skippedDays.count(filter, day)
  const known = await skippedDays.runs(institution, now)
  const isKnown = (run: SkippableRun) =>
    known.some(({ campaign, at }) => campaign === run.campaign && isAmong(at, [run.at]))
  const { campaigns = [] } = app.config.institutions.find(({ id }) => id === institution) ?? {}
  const runs = runsOfDay(campaigns, filter, day, now).filter((run) => !isKnown(run))
  const what = meantText(count, runs)
  if (what === null) {
    context.note(`Nothing that could be skipped is planned for ${date}.\n`)
    return 1
  }
  const question = `To be skipped of ${date}, ${institution}: ${what}.`
  if (asks && !(await confirmed(question, 'skip', '--yes'))) {
    context.note('Nothing was skipped.\n')
    return 1
  }
  const act = { actor, origin: 'cli', note }
  const skipped = await withProgress('flows looked at', (onProgress) =>
    skippedDays.skip(filter, day, runs, act, now, onProgress),
  )
  if (context.json) {
    await context.out(`${JSON.stringify({ institution, day: date, ...skipped })}\n`)
    return 0
  }
  const { zone } = day
  const lines = [
    ...(skipped.messages === 0 && skipped.runs.length > 0
      ? []
      : [`${formatNumber(skipped.messages, 'message')} of ${date} will not leave.`]),
    ...skipped.runs.map(
      ({ campaign, at }) => `The run of ${campaign} at ${formatLocal(at, zone)} is not made.`,
    ),
  ]
  await context.out(`${lines.join('\n')}\n`)
  return 0
}

/** The institution is that of what is named, the one that is said, or the only one there is. */
function filterOf(config: Config, given: Given): SkipFilter {
  const [feed, campaign] = [textOption(given, 'feed'), textOption(given, 'campaign')]
  if (feed !== null && campaign !== null) throw new UsageError('say one of --feed and --campaign')
  const owners = institutionsNamed(config, textOption(given, 'institution'))
  const within = { ...config, institutions: owners }
  const named =
    (feed !== null && getFeedNamed(within, feed)) ||
    (campaign !== null && getCampaignNamed(within, campaign)) ||
    null
  const institution = named?.institution ?? (owners.length === 1 ? owners[0]?.id : undefined)
  if (institution === undefined) {
    const ids = owners.map(({ id }) => id)
    throw new UsageError(`say whose day it is: --institution ${ids.join(' | ')}`)
  }
  const service = textOption(given, 'service')
  const services = owners.flatMap((owner) => owner.services.map(({ name }) => name))
  if (service !== null) expectKnown('service', service, services)
  return {
    ...{ institution, service, emission: textOption(given, 'emission') },
    feed: feed === null ? null : (named?.id ?? null),
    campaign: campaign === null ? null : (named?.id ?? null),
  }
}

/** Null: nothing. */
function meantText({ reminders, campaigns }: SkipCount, runs: SkippableRun[]): string | null {
  const named = runs.map(({ campaign }) => `the run of ${campaign}`)
  const words = [
    reminders > 0 && formatNumber(reminders, 'reminder'),
    campaigns > 0 && formatNumber(campaigns, 'campaign message'),
    ...named,
  ].filter((word) => word !== false)
  return words.length === 0 ? null : words.join(', ')
}
