// The expected end of a flow, for those who look at it from the command line. Asked of the store
// only where something is still to be sent; shared by the commands that show flows.
import type { FlowState } from '../domain/flow.ts'
import { type Forecast, forecast } from '../domain/forecast.ts'
import type { App } from './command.ts'
import { formatCount, formatInstant } from './table.ts'

/** A forecast of a flow as it stands now; `endsAt` only while it is being sent. */
export interface FlowForecast extends Forecast {
  endsAt: Temporal.Instant | null
}

/** Null: nothing of the flow is still to be sent, or its account is not configured. */
export async function forecastOf(
  app: App,
  flow: { id: number; state: FlowState; account: string },
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
  const isSending = flow.state === 'sending' && sendingSeconds !== null
  const endsAt = isSending ? now.add({ seconds: Math.ceil(sendingSeconds) }) : null
  return { ...found, endsAt }
}

/** `12,345 to go, 14.6 a second …: ends about 2026-11-22 10:40:00`. */
export function forecastText(found: FlowForecast): string {
  const { remaining, reachableShare, callsPerRecord, recordsPerSecond, sendingSeconds } = found
  const share = `${Math.round(reachableShare * 100)} % reachable`
  const cost = `${callsPerRecord.toFixed(1)} calls a record (${share})`
  if (recordsPerSecond === null || sendingSeconds === null) {
    return `${formatCount(remaining)} to go; ${cost}. The account has no limit.\n`
  }
  const speed = `${recordsPerSecond.toFixed(1)} records a second`
  const following =
    found.followingSeconds === null
      ? ''
      : ` With a status check for each: ${formatDuration(found.followingSeconds)}.`
  const end =
    found.endsAt === null
      ? `sending takes about ${formatDuration(sendingSeconds)}`
      : `ends about ${formatInstant(found.endsAt)}, in ${formatDuration(sendingSeconds)}`
  return `${formatCount(remaining)} to go, ${speed}, ${cost}: ${end}.${following}\n`
}

/** Seconds as people say them: 40 s, 12 min, 4.4 h. */
export function formatDuration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
