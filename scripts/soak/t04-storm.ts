// T4: IO refuses for the rate, three times: it says how long in its own header, in the standard
// one, and not at all. Nothing leaves before the time that was given, no message pays for it with
// an attempt, and the whole takes no longer than the calls and the waits ask for.
import type { Reply } from '../../src/io/exchange.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'
import { openTimeless, percent, timesAccepted } from './timeless.ts'

const ROWS = 6_000
const CALLS = 150
const WINDOW_SECONDS = 5
const STORM_SECONDS = 20
/** A call that left just before the refusal was read may still arrive. */
const UNDER_WAY_MILLISECONDS = 61

export const run: SoakRun = {
  name: 'T4',
  title: 'three storms of 429: nothing leaves too early, and no attempt is counted',
  run: weather,
}

async function weather({ seed, share, databaseUrl, note }: SoakOptions): Promise<SoakResult> {
  const rows = sized(ROWS, share, 300)
  const storms = createStorms(rows * 2)
  const account = { callsPerWindow: CALLS, windowSeconds: WINDOW_SECONDS }
  const services = ['tributi']
  const answer = (_: object, now: number) => storms.answer(now)
  await using here = await openTimeless({ seed, databaseUrl, account, services, answer })
  await here.addFlow({ service: 'tributi', from: 1, count: rows })
  note(`${rows} rows are due`)
  await here.sendUntil(24 * 3_600_000)

  const { sent = 0, uncertain = 0, ...others } = await here.states()
  const [counted] = await here.database.query<{ n: string }>(
    'select count(*) as n from messages where attempts <> 1',
  )
  const repeated = Number(counted?.n)
  const { truth } = here.io
  const { calls, lastAt, early, refused } = storms.seen()
  const ideal = calls / (CALLS / WINDOW_SECONDS) + storms.waits() / 1000
  const over = lastAt / 1000 / ideal - 1
  return {
    lost: rows - sent - uncertain,
    duplicated: truth.length - timesAccepted(truth).size,
    uncertain,
    inFlightMax: here.io.inFlightMax(),
    counts: { rows, calls, refused, early, ideal: Math.round(ideal), over: percent(over) },
    failures: [
      ...(early === 0 ? [] : [`${early} calls left before the time that IO had given.`]),
      ...(repeated === 0 ? [] : [`${repeated} messages were charged with a refusal.`]),
      ...(over <= 0.02 ? [] : [`The whole took ${percent(over)} longer than it must.`]),
      ...(sent === rows ? [] : [`${rows - sent} rows are not sent: ${JSON.stringify(others)}.`]),
    ],
  }
}

const HEADERS: ((seconds: number) => Record<string, string>)[] = [
  (seconds) => ({ 'x-rate-limit-retry-after': String(seconds) }),
  (seconds) => ({ 'retry-after': String(seconds) }),
  () => ({}),
]

/** A storm begins when a quarter, a half and three quarters of the calls have been made. */
function createStorms(expectedCalls: number) {
  let next = 0
  let calls = 0
  let refused = 0
  let early = 0
  let lastAt = 0
  let waits = 0
  let beganAt = Number.NEGATIVE_INFINITY
  let until = Number.NEGATIVE_INFINITY
  let headersOf = HEADERS[0] as (typeof HEADERS)[number]

  return {
    answer(now: number): Reply | null {
      if (now >= until && next < HEADERS.length && calls >= (expectedCalls * (next + 1)) / 4) {
        headersOf = HEADERS[next] as (typeof HEADERS)[number]
        // Without a time given, a whole window must pass.
        const seconds = next === HEADERS.length - 1 ? WINDOW_SECONDS : STORM_SECONDS
        next += 1
        beganAt = now
        until = now + seconds * 1000
        waits += seconds * 1000
      }
      lastAt = now
      if (now >= until) {
        calls += 1
        return null
      }
      refused += 1
      if (now > beganAt + UNDER_WAY_MILLISECONDS) early += 1
      const body = '{"statusCode":429,"message":"Rate limit is exceeded."}'
      const headers = headersOf(Math.ceil((until - now) / 1000))
      return { kind: 'reply', status: 429, headers, body }
    },
    seen: () => ({ calls, refused, early, lastAt }),
    waits: () => waits,
  }
}
