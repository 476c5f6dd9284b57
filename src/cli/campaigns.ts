// `staffetta campaigns`: the campaigns with their next and last runs, the runs of one, and a run
// that a person asks for. Whom one would tell is shown by `staffetta schedule --campaign`.
import { type CampaignRunState, nextRun } from '../domain/campaign.ts'
import { formatAmount } from '../domain/money.ts'
import { demandRole, systemUser } from './actor.ts'
import { countsText, reasonWords } from './campaign-preview.ts'
import { type Campaign, scheduleWords } from './campaign-words.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  textOption,
  UsageError,
} from './command.ts'
import { confirmed } from './confirm.ts'
import { getCampaignNamed } from './find-feed.ts'
import { listLimit } from './number.ts'
import { formatCount, formatInstant, formatNumber, formatTable } from './table.ts'

export const command: Command = {
  usage: 'list | show NAME | run NAME',
  summary: 'the campaigns, their runs, and running one now',
  help: `
A campaign picks open notices of a mapping, on a schedule or once, and makes a flow of messages for
them: \`campaigns/NAME.yaml\`. The daemon runs them; docs/guides/reminders.md tells how.

  list        when each runs, when it runs next, and what its last run made
    --institution NAME
  show NAME   its runs, newest first, with who was left out and why
    --limit N (default 50)
  run NAME    makes a run now, whatever its schedule: says how many it would tell and for how much,
              and asks. Its messages leave within its window; who pays meanwhile gets none
    --yes     do not ask

\`staffetta schedule --campaign NAME\` shows whom it would tell, and changes nothing.
Ends with 1 when a run made no flow.

Example: staffetta campaigns run mensa-non-pagata`,
  options: {
    institution: { type: 'string' },
    limit: { type: 'string' },
    yes: { type: 'boolean' },
  },
  async run(given, context) {
    const [verb, name, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    const isList = (verb === 'list' || verb === undefined) && name === undefined
    if (!isList && !(name !== undefined && (verb === 'show' || verb === 'run'))) {
      throw new UsageError(
        'say what: `campaigns list`, `campaigns show NAME` or `campaigns run NAME`',
      )
    }
    const app = await context.openApp()
    try {
      if (name === undefined) return await list(app, given, context)
      const campaign = getCampaignNamed(app.config, name)
      if (verb === 'show') return await show(app, campaign, given, context)
      return await run(app, campaign, given, context)
    } finally {
      await app.close()
    }
  },
}

type Run = Awaited<ReturnType<App['store']['campaigns']['runs']>>[number]

async function list(app: App, given: Given, { json, out }: CommandContext): Promise<number> {
  const institution = textOption(given, 'institution')
  const last = await app.store.campaigns.runs({
    institution,
    campaign: null,
    limit: MOST_CAMPAIGNS,
  })
  const rows = app.config.institutions
    .filter(({ id }) => institution === null || id === institution)
    .flatMap(({ campaigns, timeZone }) =>
      campaigns.map((campaign) => ({ campaign, next: nextOf(campaign, timeZone) })),
    )
    .map(({ campaign, next }) => {
      const isIts = (run: Run) =>
        run.institution === campaign.institution && run.campaign === campaign.id
      return { campaign, next, run: last.find(isIts) ?? null }
    })
  if (json) {
    const shown = rows.map(({ campaign, next, run }) => ({
      institution: campaign.institution,
      campaign: campaign.id,
      schedule: scheduleWords(campaign),
      service: campaign.service,
      nextRun: next,
      lastRun: run,
    }))
    await out(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  if (rows.length === 0) {
    await out('There are no campaigns: docs/guides/reminders.md shows how one is written.\n')
    return 0
  }
  const titles = ['campaign', 'runs', 'next run', 'last run', 'what it made']
  const cells = rows.map(({ campaign, next, run }) => [
    `${campaign.institution}/${campaign.id}`,
    scheduleWords(campaign),
    formatInstant(next),
    formatInstant(run?.at ?? null),
    run === null ? 'no run yet' : madeText(run),
  ])
  const table = formatTable(
    titles.map((title) => ({ title })),
    cells,
  )
  await out(table)
  return 0
}

const MOST_CAMPAIGNS = 10_000

function nextOf({ times }: Campaign, zone: string): Temporal.Instant | null {
  return nextRun(times, zone, Temporal.Now.instant())
}

const stateWords: Record<CampaignRunState, string> = {
  made: '',
  empty: 'nobody to tell',
  missed: 'missed: it was too late for it',
  'too-many': 'no flow: more than its bound',
}

function madeText({ state, flowId, counts }: Run): string {
  if (state !== 'made') return stateWords[state]
  const messages = formatNumber(counts.messages, 'message')
  return `flow ${flowId}: ${messages}, ${formatAmount(counts.totalCents)} €`
}

async function show(
  app: App,
  campaign: Campaign,
  given: Given,
  { json, out }: CommandContext,
): Promise<number> {
  const { institution, id } = campaign
  const filter = { institution, campaign: id, limit: listLimit(given) }
  const runs = await app.store.campaigns.runs(filter)
  const zone = app.config.institutions.find((one) => one.id === institution)?.timeZone
  const next = nextOf(campaign, zone ?? 'Europe/Rome')
  if (json) {
    const shown = {
      institution,
      campaign: id,
      schedule: scheduleWords(campaign),
      nextRun: next,
      runs,
    }
    await out(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  await out(
    `Campaign ${institution}/${id}: ${scheduleWords(campaign)}; next ${formatInstant(next)}\n`,
  )
  await out(`Notices of ${campaign.mapping}, by the service ${campaign.service}\n`)
  for (const run of runs) {
    await out(`\n${formatInstant(run.at)}  ${run.actor}: ${madeText(run)}\n${leftText(run)}`)
  }
  if (runs.length === 0) await out('\nIt has not run yet.\n')
  return 0
}

function leftText({ counts }: Run): string {
  const left = Object.entries(counts.leftOut ?? {})
  const lines = left.map(([reason, n]) => {
    return `    ${formatCount(n)} left out: ${reasonWords[reason as keyof typeof reasonWords]}\n`
  })
  if (counts.refused > 0) lines.push(`    ${formatCount(counts.refused)} refused\n`)
  return lines.join('')
}

async function run(
  app: App,
  campaign: Campaign,
  given: Given,
  context: CommandContext,
): Promise<number> {
  const actor = systemUser()
  demandRole(app.config, campaign.institution, actor, 'operator')
  if (given.values['yes'] !== true) {
    const preview = await app.previewCampaign(campaign, () => {})
    context.note(countsText(preview, campaign.maximumRecipients))
    const told = preview.chosen - preview.refused
    const isAsked = told > 0 && preview.chosen <= campaign.maximumRecipients
    const question = `Campaign ${campaign.id} would send ${formatNumber(told, 'message')}.`
    if (!isAsked || !(await confirmed(question, String(told), '--yes'))) {
      context.note('Nothing was made.\n')
      return 1
    }
  }
  const ran = await app.runCampaign(campaign, { actor, origin: 'cli' }, context.stop)
  if (ran === null) throw new Error('another run has the same instant: try again')
  if (context.json) await context.out(`${JSON.stringify(ran, null, 2)}\n`)
  else if (ran.state === 'made') {
    const { messages, totalCents } = ran.counts
    const many = `${formatNumber(messages, 'message')} for ${formatAmount(totalCents)} €`
    await context.out(`Flow ${ran.flowId}: ${many}. staffetta flows show ${ran.flowId}\n`)
  } else {
    await context.out(`No flow was made: ${stateWords[ran.state].replace(/^no flow: /, '')}.\n`)
  }
  return ran.state === 'made' ? 0 : 1
}
