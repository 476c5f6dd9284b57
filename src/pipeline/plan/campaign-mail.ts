// The mails to staff about runs of campaigns: what leaves, and what does not and why. They hold
// names, counts and instants, never a person's data.
import type { CampaignCounts, CampaignRunState } from '../../domain/campaign.ts'
import { formatEuro } from '../../domain/money.ts'
import type { CampaignEnd, CampaignPlan, CampaignRunTarget } from './campaign.ts'

/** Who asked for a run sees what came of it; of one that runs by itself staff is told. */
export function mailOf(
  state: CampaignRunState,
  counts: CampaignCounts,
  { campaign, notify, maximumRecipients }: CampaignPlan,
  { origin }: CampaignRunTarget,
): CampaignEnd['mail'] {
  if (origin !== 'daemon' || state === 'empty') return null
  const many = `${counts.messages} messaggi per ${formatEuro(counts.totalCents)}`
  if (state === 'too-many') {
    return {
      recipients: notify,
      subject: `Campagna non partita: ${campaign}`,
      body: [
        `La campagna ${campaign} avrebbe mandato ${many}: più del suo limite di`,
        `${maximumRecipients} (\`maximumRecipients\`). Non è partito nulla.`,
        '',
        `Guardate chi sceglierebbe: staffetta schedule --campaign ${campaign}`,
        `Se va bene, alzate il limite e avviatela: staffetta campaigns run ${campaign}`,
      ].join('\n'),
    }
  }
  const left = Object.values(counts.leftOut).reduce((sum, n) => sum + n, 0)
  return {
    recipients: notify,
    subject: `Campagna in partenza: ${campaign}`,
    body: [
      `La campagna ${campaign} manda ${many}.`,
      `Lasciati fuori: ${left}. Scartati: ${counts.refused}.`,
      '',
      'Chi paga prima che il messaggio parta non lo riceve. Come sta andando: staffetta flows list',
      'Per fermare ciò che non è ancora partito (GIORNO è quello della partenza, 2026-12-01):',
      `staffetta schedule skip --day GIORNO --campaign ${campaign} --because "motivo"`,
    ].join('\n'),
  }
}

/** What staff is told of runs that were missed and are not made up for. */
export function missedMail(
  { campaign, notify }: Pick<CampaignPlan, 'campaign' | 'notify'>,
  runs: readonly string[],
) {
  return {
    recipients: notify,
    subject: `Campagna saltata: ${campaign}`,
    body: [
      `La campagna ${campaign} non è partita quando doveva: ${runs.join(', ')}.`,
      'In quel momento Staffetta era fermo. Di più partenze saltate si recupera solo l’ultima, e',
      'solo se non è troppo tardi (`late` nel file della campagna).',
      '',
      `Guardate chi sceglierebbe oggi: staffetta schedule --campaign ${campaign}`,
      `Se va bene, avviatela: staffetta campaigns run ${campaign}`,
    ].join('\n'),
  }
}
