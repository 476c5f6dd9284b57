// The expected end of a flow, for those who look at it from the command line. Asked of the store
// only where something is still to be sent; shared by the commands that show flows.
import type { FlowReason, FlowState, Suspension } from '../domain/flow.ts'
import { type Forecast, forecast } from '../domain/forecast.ts'
import { decimalIn, fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatCount, formatInstant } from './table.ts'

/** A forecast of a flow as it stands now; `endsAt` only while it is going. */
export interface FlowForecast extends Forecast {
  endsAt: Temporal.Instant | null
}

const suspensions: readonly Suspension[] = ['suspended', 'braked']

/** Null: nothing of the flow is still to be sent, or its account is not configured. */
export async function forecastOf(
  app: App,
  flow: { id: number; state: FlowState; reason: FlowReason; account: string },
): Promise<FlowForecast | null> {
  const account = app.config.installation.accounts[flow.account]
  if (!account || !['inactive', 'active', 'sending'].includes(flow.state)) return null
  const now = Temporal.Now.instant()
  const progress = await app.store.progress.ofFlow(flow.id, now)
  if (progress.remaining === 0) return null
  const { callsPerWindow, windowSeconds, subscriptionsFeed } = account
  const asksProfiles = !subscriptionsFeed
  const found = forecast(progress, { callsPerWindow, windowSeconds, asksProfiles })
  const { sendingSeconds } = found
  // Of one that stands still nobody knows when it ends.
  const isGoing = flow.state === 'sending' && !suspensions.some((one) => one === flow.reason)
  const endsAt =
    isGoing && sendingSeconds !== null ? now.add({ seconds: Math.ceil(sendingSeconds) }) : null
  return { ...found, endsAt }
}

/** `12,345 to go, 14.6 records a second …: ends about 2026-11-22 10:40:00`. */
export function forecastText(found: FlowForecast, language: StaffLanguage): string {
  const { recordsPerSecond, sendingSeconds, followingSeconds, endsAt } = found
  const tenths = (value: number | null) => (value === null ? null : decimalIn(language, value, 1))
  const figures = {
    n: formatCount(found.remaining),
    share: Math.round(found.reachableShare * 100),
    calls: tenths(found.callsPerRecord),
    speed: tenths(recordsPerSecond),
    duration: sendingSeconds === null ? null : formatDuration(sendingSeconds),
    following: followingSeconds === null ? null : formatDuration(followingSeconds),
    end: formatInstant(endsAt),
  }
  const say = (text: Words) => fill(text, language, figures)
  if (recordsPerSecond === null || sendingSeconds === null) return `${say(words.unlimited)}\n`
  const following = followingSeconds === null ? '' : ` ${say(words.following)}`
  const end = say(endsAt === null ? words.takes : words.ends)
  return `${say(words.limited)}: ${end}.${following}\n`
}

const words = {
  unlimited: {
    it: 'Ancora {n}; {calls} chiamate a riga (raggiungibili {share} %). L’account non ha limite.',
    en: '{n} to go; {calls} calls a record ({share} % reachable). The account has no limit.',
  },
  limited: {
    it: 'Ancora {n}, {speed} righe al secondo, {calls} chiamate a riga (raggiungibili {share} %)',
    en: '{n} to go, {speed} records a second, {calls} calls a record ({share} % reachable)',
  },
  takes: { it: 'l’invio dura circa {duration}', en: 'sending takes about {duration}' },
  ends: { it: 'finisce circa il {end}, fra {duration}', en: 'ends about {end}, in {duration}' },
  following: {
    it: 'Con una verifica per ciascuna: {following}.',
    en: 'With a status check for each: {following}.',
  },
} satisfies Record<string, Words>

/** Seconds as people say them: 40 s, 12 min, 4.4 h. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
