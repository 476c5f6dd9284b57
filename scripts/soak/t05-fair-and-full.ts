// T5: thirty thousand rows of two services on one account, against IO's window of 150 calls in 5 s.
// The allowed rate is used to 98 % without a single refusal, and neither service starves the other.
// In virtual time over a real database: what is measured is the pace and the claim, not a machine.
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'
import { numberOf, openTimeless, percent, timesAccepted } from './timeless.ts'

const ROWS = 30_000
const CALLS = 150
const WINDOW_SECONDS = 5
/** The first window fills up, and the last calls have nobody to share with. */
const SETTLING_MILLISECONDS = 10_000

export const run: SoakRun = {
  name: 'T5',
  title: 'two services on one account use 98 % of the rate, without a 429, each its half',
  run: measure,
}

async function measure({ seed, share, databaseUrl, note }: SoakOptions): Promise<SoakResult> {
  const rows = sized(ROWS, share, 600)
  const services = ['tributi', 'mensa']
  const account = { callsPerWindow: CALLS, windowSeconds: WINDOW_SECONDS }
  const arrivals: number[] = []
  const answer = (_: object, now: number) => {
    arrivals.push(now)
    return null
  }
  await using here = await openTimeless({ seed, databaseUrl, account, services, answer })
  const half = Math.floor(rows / 2)
  await here.addFlow({ service: 'tributi', from: 1, count: half })
  await here.addFlow({ service: 'mensa', from: half + 1, count: rows - half })
  note(`${rows} rows are due`)
  await here.sendUntil(24 * 3_600_000)

  const { truth, calls } = here.io
  const { sent = 0, ...others } = await here.states()
  const used = usedShare(arrivals)
  const least = leastShare(truth.map(({ subject }) => numberOf(subject) <= half))
  const failures = [
    ...(calls.limited === 0 ? [] : [`IO refused ${calls.limited} calls for their rate.`]),
    ...(used >= 0.98 ? [] : [`Only ${percent(used)} of the allowed rate was used.`]),
    ...(least >= 0.45 ? [] : [`One service had only ${percent(least)} of the messages.`]),
    ...(sent === rows ? [] : [`${rows - sent} rows are not sent: ${JSON.stringify(others)}.`]),
  ]
  return {
    lost: rows - sent - (others['uncertain'] ?? 0),
    duplicated: truth.length - timesAccepted(truth).size,
    uncertain: others['uncertain'] ?? 0,
    inFlightMax: here.io.inFlightMax(),
    counts: {
      rows,
      calls: calls.total,
      refused: calls.limited,
      used: percent(used),
      'least-share': percent(least),
    },
    failures,
  }
}

/** Of the calls that the window allows, once it has filled up, while there is work. */
function usedShare(arrivals: readonly number[]): number {
  const end = (arrivals.at(-1) ?? 0) - SETTLING_MILLISECONDS
  const steady = arrivals.filter((at) => at >= SETTLING_MILLISECONDS && at < end)
  const allowed = ((end - SETTLING_MILLISECONDS) / 1000) * (CALLS / WINDOW_SECONDS)
  return steady.length / allowed
}

/** The smaller share that a service had while both had messages left. */
function leastShare(ofFirst: readonly boolean[]): number {
  const together = Math.min(ofFirst.lastIndexOf(true), ofFirst.lastIndexOf(false)) + 1
  const first = ofFirst.slice(0, together).filter((one) => one).length
  return Math.min(first, together - first) / together
}
