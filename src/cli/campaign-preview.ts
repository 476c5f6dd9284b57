// Whom a campaign would tell if it ran now: how many and for how much, who is left out and why, and
// the first of them, masked. For a campaign of the configuration, or a file that is not in it yet.
// Nothing is saved and nothing is sent.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type LeftOutReason, leftOutReasons } from '../domain/campaign.ts'
import { dueDayOf } from '../domain/civil-date.ts'
import { maskFiscalCode } from '../domain/fiscal-code.ts'
import { formatAmount } from '../domain/money.ts'
import type { Refusal } from '../domain/refusal.ts'
import { type Campaign, nextOf, scheduleWords } from './campaign-words.ts'
import { type App, type CommandContext, UsageError, zoneOf } from './command.ts'
import { getCampaignNamed } from './find-feed.ts'
import { withProgress } from './progress.ts'
import { formatCount, formatLocal, formatNumber, formatTable } from './table.ts'

export interface PreviewChoices {
  /** The institution of a file; null: the only one, or that of the folder the file is in. */
  institution: string | null
  /** How many are shown. */
  limit: number
}

interface Shown {
  recipient: string
  dueAt: string | null
  amountCents: number | null
  subject: string
}

/** Why a notice gets no message, as operators read it. */
export const reasonWords: Record<LeftOutReason, string> = {
  'do-not-contact': 'asked not to be written to',
  'not-told': 'their first message has not left yet',
  'never-told': 'their first message never left',
  'in-campaign': 'a message of a campaign waits for them',
  prompted: 'this campaign has written to them a short while ago',
  'same-debt': 'another instalment of the same debt is due before',
  'same-recipient': 'the same person is told of what is due before',
}

/** `typed`: a campaign’s name, `INSTITUTION/NAME`, or a file. Answers the exit code. */
export async function showCampaign(
  app: App,
  typed: string,
  choices: PreviewChoices,
  context: CommandContext,
): Promise<number> {
  const campaign = await campaignOf(app, typed, choices, context)
  if (campaign === null) return 78
  const recipients: Shown[] = []
  const refusals: Refusal[] = []
  const preview = await looked(app, campaign, (told) => {
    if (told.refusals !== null) {
      if (refusals.length < choices.limit) refusals.push(...told.refusals)
      return
    }
    if (recipients.length >= choices.limit) return
    recipients.push({
      recipient: maskFiscalCode(told.data.fiscalCode),
      dueAt: told.data.dueAt,
      amountCents: told.data.payment?.amountCents ?? null,
      subject: told.message.content.subject,
    })
  })
  const { institution, id, maximumRecipients, service } = campaign
  const zone = zoneOf(app.config, institution)
  const next = await nextOf(app, campaign, Temporal.Now.instant())
  if (context.json) {
    const head = { institution, campaign: id, schedule: scheduleWords(campaign), nextRun: next }
    const shown = { ...head, service, maximumRecipients, ...preview, recipients, refusals }
    await context.out(`${JSON.stringify(shown, null, 2)}\n`)
    return 0
  }
  await context.out(`Campaign ${institution}/${id}: ${scheduleWords(campaign)}\n`)
  const said = next === null ? 'No run of it is to come' : `Next run ${formatLocal(next, zone)}`
  await context.out(`${said}. If it ran now:\n\n`)
  await context.out(countsText(preview, maximumRecipients))
  await context.out(recipientsText(recipients, preview.chosen - preview.refused))
  for (const { code, field, detail } of refusals.slice(0, SHOWN_REFUSALS)) {
    await context.out(`\nrefused  ${code} ${field ?? ''}\n    ${detail}\n`)
  }
  if (recipients.length > 0) {
    await context.out(
      `\nThey would leave at ${formatLocal(preview.leavesAt, zone)}; who has had a reminder or a ` +
        'campaign’s message that day hears on the next.\n',
    )
  }
  await context.out('\nNothing was saved, and nothing was sent.\n')
  return 0
}

/** A preview, with how far it has come at the terminal. */
export async function looked(
  app: App,
  campaign: Campaign,
  hear: (told: PreviewedNotice) => void,
): Promise<Preview> {
  let rows = 0
  return withProgress('texts written', (onProgress) =>
    app.previewCampaign(campaign, (told, allRows) => {
      rows += 1
      onProgress(rows, allRows)
      hear(told)
    }),
  )
}

const SHOWN_REFUSALS = 5

async function campaignOf(
  app: App,
  typed: string,
  { institution }: PreviewChoices,
  { note, errorsText, configDirectory }: CommandContext,
): Promise<Campaign | null> {
  if (!/\.ya?ml$/.test(typed)) return getCampaignNamed(app.config, typed)
  if (!existsSync(typed)) throw new UsageError(`there is no file ${typed}`)
  const ids = app.config.institutions.map(({ id }) => id)
  const path = resolve(typed)
  const inside = ids.find((id) => path.startsWith(`${resolve(configDirectory, id)}/`))
  const owner = institution ?? inside ?? (ids.length === 1 ? ids[0] : undefined)
  if (owner === undefined || !ids.includes(owner)) {
    throw new UsageError(`say whose campaign it is: --institution ${ids.join(' | ')}`)
  }
  const { campaign, problems } = await app.readCampaign(typed, owner)
  if (campaign === null) note(errorsText(problems))
  return campaign
}

type Preview = Awaited<ReturnType<App['previewCampaign']>>
type PreviewedNotice = Parameters<Parameters<App['previewCampaign']>[1]>[0]

/** What a run would make and leave out, with the reasons that there are. */
export function countsText(preview: Preview, maximumRecipients: number): string {
  const { chosen, refused, totalCents, leftOut } = preview
  const left = leftOutReasons.flatMap((reason) => {
    const n = leftOut[reason] ?? 0
    return n > 0 ? [['', reasonWords[reason], formatCount(n), '']] : []
  })
  const rows = [
    ['told', '', formatCount(chosen - refused), formatAmount(totalCents)],
    ...(refused > 0 ? [['refused', 'the text cannot be written', formatCount(refused), '']] : []),
    ...left.map((row, index) => (index === 0 ? ['left out', ...row.slice(1)] : row)),
  ]
  const right = { align: 'right' } as const
  const table = formatTable(
    [
      { title: '' },
      { title: 'because' },
      { title: 'notices', ...right },
      { title: 'ask for €', ...right },
    ],
    rows,
  )
  if (chosen <= maximumRecipients) return table
  const bound = formatCount(maximumRecipients)
  return (
    `${table}That is more than its bound (maximumRecipients ${bound}): it makes no flow. ` +
    'Select fewer, or raise the bound in its file.\n'
  )
}

function recipientsText(recipients: readonly Shown[], told: number): string {
  if (recipients.length === 0) return ''
  const rows = recipients.map(({ recipient, dueAt, amountCents, subject }) => [
    recipient,
    dueAt === null ? '–' : dueDayOf(dueAt).toString(),
    amountCents === null ? '–' : formatAmount(amountCents),
    subject,
  ])
  const titles = [
    { title: 'recipient' },
    { title: 'due' },
    { title: 'amount €', align: 'right' } as const,
    { title: 'subject' },
  ]
  const more = told - recipients.length
  const rest = more > 0 ? `… and ${formatNumber(more, 'more notice')} (--limit)\n` : ''
  return `\n${formatTable(titles, rows)}${rest}`
}
