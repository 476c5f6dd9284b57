// `staffetta campaigns`: the campaigns with their next and last runs, the runs of one, and a run
// that a person asks for. Whom one would tell is shown by `staffetta schedule --campaign`.
import type { CampaignRunState } from '../domain/campaign.ts'
import { formatAmount } from '../domain/money.ts'
import { actorAs } from './actor.ts'
import { countsText, looked, reasonWords } from './campaign-preview.ts'
import { type Campaign, nextOf, scheduleWords } from './campaign-words.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  textOption,
  UsageError,
  withApp,
  zoneOf,
} from './command.ts'
import { confirmed } from './confirm.ts'
import { getCampaignNamed, institutionsNamed } from './find-feed.ts'
import { listLimit } from './number.ts'
import { withProgress } from './progress.ts'
import { formatCount, formatLocal, formatNumber, formatTable, printable } from './table.ts'

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
\`staffetta schedule skip --day DATE --campaign NAME\` takes away a run to come, or what has not left
of one that was made. One that would tell more than \`maximumRecipients\` makes nothing: select fewer,
or raise it in the file.
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
    return withApp(context, async (app) => {
      if (name === undefined) return list(app, given, context)
      const campaign = getCampaignNamed(app.config, name)
      if (verb === 'show') return show(app, campaign, given, context)
      return run(app, campaign, given, context)
    })
  },
}

type Run = Awaited<ReturnType<App['store']['campaigns']['runs']>>[number]

async function list(app: App, given: Given, { json, out }: CommandContext): Promise<number> {
  const institution = textOption(given, 'institution')
  const campaigns = institutionsNamed(app.config, institution).flatMap((owner) => owner.campaigns)
  const now = Temporal.Now.instant()
  const last = await app.store.campaigns.runs({
    institution,
    campaign: null,
    limit: MOST_CAMPAIGNS,
  })
  const rows = []
  for (const campaign of campaigns) {
    const isIts = (run: Run) =>
      run.institution === campaign.institution && run.campaign === campaign.id
    const run = last.find(isIts) ?? null
    const zone = zoneOf(app.config, campaign.institution)
    rows.push({ campaign, zone, next: await nextOf(app, campaign, now), run })
  }
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
  const cells = rows.map(({ campaign, zone, next, run }) => [
    `${campaign.institution}/${campaign.id}`,
    scheduleWords(campaign),
    formatLocal(next, zone),
    formatLocal(run?.at ?? null, zone),
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

const stateWords: Record<CampaignRunState, string> = {
  made: '',
  empty: 'nobody to tell',
  missed: 'missed: it was too late for it',
  'too-many': 'no flow: more than its bound',
  skipped: 'skipped by a person',
}

function madeText({ state, flowId, because, counts }: Run): string {
  if (because !== null) return `${stateWords[state]}: ${printable(because)}`
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
  const zone = zoneOf(app.config, institution)
  const next = await nextOf(app, campaign, Temporal.Now.instant())
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
    `Campaign ${institution}/${id}: ${scheduleWords(campaign)}; next ${formatLocal(next, zone)}\n`,
  )
  await out(`Notices of ${campaign.mapping}, by the service ${campaign.service}\n`)
  for (const run of runs) {
    await out(`\n${formatLocal(run.at, zone)}  ${run.actor}: ${madeText(run)}\n${leftText(run)}`)
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
  const actor = actorAs('operator', app.config, campaign.institution)
  if (given.values['yes'] !== true) {
    const preview = await looked(app, campaign, () => {})
    context.note(countsText(preview, campaign.maximumRecipients))
    const told = preview.chosen - preview.refused
    const isAsked = told > 0 && preview.chosen <= campaign.maximumRecipients
    const question = `Campaign ${campaign.id} would send ${formatNumber(told, 'message')}.`
    if (!isAsked || !(await confirmed(question, String(told), '--yes'))) {
      context.note('Nothing was made.\n')
      return 1
    }
  }
  const ran = await withProgress('messages made', (onProgress) =>
    app.runCampaign(campaign, { actor, origin: 'cli' }, context.stop, onProgress),
  )
  if (ran === null) throw new Error('another run has the same instant: try again')
  if (context.json) await context.out(`${JSON.stringify(ran, null, 2)}\n`)
  else if (ran.state === 'made') {
    const { messages, totalCents } = ran.counts
    const many = `${formatNumber(messages, 'message')} for ${formatAmount(totalCents)} €`
    await context.out(`Flow ${ran.flowId}: ${many}. staffetta flows show ${ran.flowId}\n`)
  } else {
    await context.out(noFlowText(ran.state, campaign))
  }
  return ran.state === 'made' ? 0 : 1
}

function noFlowText(state: CampaignRunState, { maximumRecipients }: Campaign): string {
  if (state !== 'too-many') return `No flow was made: ${stateWords[state]}.\n`
  const bound = formatCount(maximumRecipients)
  return (
    `No flow was made: it would tell more than its bound (maximumRecipients ${bound}). ` +
    'Select fewer, or raise the bound in its file.\n'
  )
}
