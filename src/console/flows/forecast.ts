// How far the sending of a flow has come and when it will end, as its page shows it while it is
// sent and before. Counted anew each time; null where nothing of it is still to be sent.
import { type Forecast, forecast } from '../../domain/forecast.ts'
import { decimalIn, fill, type StaffLanguage, type Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { progressBar } from '../parts/live.ts'
import { count, time } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import type { ListedFlow } from './flow.ts'

export interface Sending extends Forecast {
  /** Tried already. */
  ended: number
  /** Null: it stands still, or nobody knows. */
  endsAt: Temporal.Instant | null
}

export async function sendingOf(
  { app, now }: Visit,
  flow: Pick<ListedFlow, 'id' | 'state' | 'reason' | 'account'>,
): Promise<Sending | null> {
  const account = app.config.installation.accounts[flow.account]
  if (!account || !['inactive', 'active', 'sending'].includes(flow.state)) return null
  const progress = await app.store.progress.ofFlow(flow.id, now)
  if (progress.remaining === 0) return null
  const { callsPerWindow, windowSeconds, subscriptionsFeed } = account
  const rate = { callsPerWindow, windowSeconds, asksProfiles: !subscriptionsFeed }
  const found = forecast(progress, rate)
  const { sendingSeconds } = found
  const isGoing =
    flow.state === 'sending' && flow.reason !== 'suspended' && flow.reason !== 'braked'
  const endsAt =
    isGoing && sendingSeconds !== null ? now.add({ seconds: Math.ceil(sendingSeconds) }) : null
  return { ...found, ended: progress.ended, endsAt }
}

/** A bar with what was sent, the speed and the end; the same content for the live part. */
export function sendingBar(visit: Visit, sending: Sending): Html {
  const { language } = visit
  const { ended, remaining, recordsPerSecond, endsAt } = sending
  const whole = ended + remaining
  const figures = { ended: count(visit, ended), whole: count(visit, whole) }
  const speed =
    recordsPerSecond === null
      ? ''
      : fill(words.speed, language, { speed: decimalIn(language, recordsPerSecond, 1) })
  const text = html`${fill(words.sent, language, figures)}${speed}${
    endsAt === null ? null : html` · ${words.ends[language]} ${time(visit, endsAt)}`
  }`
  return progressBar(words.label[language], ended, whole, text)
}

/** `circa 12 min`; null where the account has no limit. */
export function durationText(
  { sendingSeconds }: Pick<Forecast, 'sendingSeconds'>,
  language: StaffLanguage,
): string | null {
  if (sendingSeconds === null) return null
  const about = language === 'it' ? 'circa' : 'about'
  if (sendingSeconds < 90) return `${about} ${Math.max(1, Math.ceil(sendingSeconds))} s`
  if (sendingSeconds < 90 * 60) return `${about} ${Math.round(sendingSeconds / 60)} min`
  return `${about} ${decimalIn(language, sendingSeconds / 3600, 1)} h`
}

const words = {
  label: { it: 'Avanzamento dell’invio', en: 'How far sending has come' },
  sent: { it: '{ended} di {whole}', en: '{ended} of {whole}' },
  speed: { it: ' · {speed} al secondo', en: ' · {speed} a second' },
  ends: { it: 'fine stimata', en: 'ends about' },
} satisfies Record<string, Words>
