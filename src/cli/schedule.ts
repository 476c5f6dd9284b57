// `staffetta schedule`: what will leave when, day by day, and why something will not. It reads
// counts alone, and nobody's data is opened; only `schedule skip` changes something.
import { isCivilDate } from '../domain/civil-date.ts'
import { showCampaign } from './campaign-preview.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Config,
  type Given,
  textOption,
  UsageError,
  withApp,
} from './command.ts'
import { expectKnown, getFeedNamed, institutionsNamed } from './find-feed.ts'
import { listLimit } from './number.ts'
import { type SkipRequest, skipDay, skipRequestOf } from './schedule-skip.ts'
import { dayText, scheduleText } from './schedule-text.ts'

export const command: Command = {
  usage: '[--days N | --day DATE | --campaign NAME] | skip --day DATE',
  summary: 'what will leave when, day by day, and why something will not',
  help: `
The next 30 days of each institution, in its own zone: first messages, reminders by their rule (-7d
is a week before the due date), campaigns, and the sum of each week. Below it stands what keeps some
of them: a pause, a flow that is not released, payments that are not fresh, what is held for a
person, a service that only records; and how many had been planned for these days and leave no more,
by cause. What is \`due\` should have left: it leaves as soon as it may, or the reason stands below.

  --days N         so many days from today on, 1 to 400 (default 30)
  --day DATE       that day instant by instant: 2026-12-01. Never people, always counts
  --campaign NAME  whom a campaign would choose now, masked, and when they would be told. The name
                   of a file that the configuration does not have yet will do. Nothing is saved
    --limit N      how many of them are shown (default 50)
  --institution NAME   --feed NAME   --service NAME   --emission NAME      of these alone
  --json           an object with \`now\`, \`days\` and \`institutions\`, each with \`due\`, \`days\`,
                   \`campaigns\`, \`obstacles\`, \`held\` and \`cancelled\`; or of \`--day\` \`instants\`

  skip --day DATE --because TEXT   takes away what is planned for that day: the reminders and the
                   messages of campaigns that wait or are held, and the runs of campaigns to come.
                   First messages stay. --feed, --service, --emission or --campaign: these alone
    --yes          do not ask
                   It holds for what is planned now: what a later file puts on that day leaves, unless
                   it is one of the \`closed\` days of \`calendar\`. It cannot be taken back

A reminder that was not planned at all, because its time had passed when its record was read, is in
no count: \`staffetta preview\` says so of a file, record by record.

Examples: staffetta schedule --days 7 --feed mensa
          staffetta schedule skip --day 2026-12-07 --campaign mensa-non-pagata --because "delibera 9"`,
  options: {
    days: { type: 'string' },
    day: { type: 'string' },
    campaign: { type: 'string' },
    limit: { type: 'string' },
    institution: { type: 'string' },
    feed: { type: 'string' },
    service: { type: 'string' },
    emission: { type: 'string' },
    because: { type: 'string' },
    yes: { type: 'boolean' },
  },
  async run(given, context) {
    const [verb, extra] = given.positionals
    const unexpected = verb === 'skip' ? extra : verb
    if (unexpected !== undefined) throw new UsageError(`unexpected argument: ${unexpected}`)
    if (verb === 'skip') {
      const request = skipOf(given)
      return withApp(context, (app) => skipDay(app, given, request, context))
    }
    const wanted = wantedOf(given)
    return withApp(context, (app) => show(app, given, wanted, context))
  },
}

async function show(app: App, given: Given, wanted: Wanted, context: CommandContext) {
  const { json, out } = context
  if ('campaign' in wanted) {
    const { campaign, limit } = wanted
    const institution = textOption(given, 'institution')
    return showCampaign(app, campaign, { institution, limit }, context)
  }
  const query = queryOf(app.config, given)
  if ('date' in wanted) {
    const { date } = wanted
    const institutions = await app.schedule.day(query, date)
    await out(json ? jsonOf({ date, institutions }) : dayText(institutions))
    return 0
  }
  const { days } = wanted
  const institutions = await app.schedule.ahead(query, days)
  const now = Temporal.Now.instant()
  await out(json ? jsonOf({ now, days, institutions }) : scheduleText(institutions))
  return 0
}

function jsonOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** As `wantedOf`, of `schedule skip`. */
function skipOf(given: Given): SkipRequest {
  if (['days', 'limit'].some((name) => given.values[name] !== undefined)) {
    throw new UsageError('--days and --limit do not go with `schedule skip`')
  }
  const day = textOption(given, 'day')
  return skipRequestOf(given, day === null ? null : dateOf(day))
}

const MOST_DAYS = 400

type Wanted = { days: number } | { date: Temporal.PlainDate } | { campaign: string; limit: number }

/** What was asked for, checked before anything is opened. Throws `UsageError`. */
function wantedOf(given: Given): Wanted {
  if (['because', 'yes'].some((name) => given.values[name] !== undefined)) {
    throw new UsageError('--because and --yes go with `schedule skip`')
  }
  const said = ['days', 'day', 'campaign'].filter((name) => given.values[name] !== undefined)
  if (said.length > 1) throw new UsageError(`say one of --${said.join(' and --')}`)
  const campaign = textOption(given, 'campaign')
  if (campaign !== null) return { campaign, limit: listLimit(given) }
  if (textOption(given, 'limit') !== null) throw new UsageError('--limit goes with --campaign')
  const day = textOption(given, 'day')
  if (day !== null) return { date: dateOf(day) }
  const typed = textOption(given, 'days')
  const days = typed === null ? 30 : Number(typed)
  if (Number.isSafeInteger(days) && days >= 1 && days <= MOST_DAYS) return { days }
  throw new UsageError(`--days is a number from 1 to ${MOST_DAYS}`)
}

function dateOf(typed: string): Temporal.PlainDate {
  if (isCivilDate(typed)) return Temporal.PlainDate.from(typed.trim())
  throw new UsageError(`--day "${typed}" is no day such as 2026-12-01`)
}

/** The filters; an institution, a feed or a service that there is not is wrong usage. */
function queryOf(config: Config, given: Given) {
  const institution = textOption(given, 'institution')
  const service = textOption(given, 'service')
  const feed = textOption(given, 'feed')
  const owners = institutionsNamed(config, institution)
  const services = owners.flatMap((owner) => owner.services.map(({ name }) => name))
  if (service !== null) expectKnown('service', service, services)
  const named = feed === null ? null : getFeedNamed({ ...config, institutions: owners }, feed)
  return {
    institution,
    feed: named && { institution: named.institution, id: named.id },
    service,
    emission: textOption(given, 'emission'),
  }
}
