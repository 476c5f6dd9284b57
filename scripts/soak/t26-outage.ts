// T26: IO is away for a day while fifty thousand messages come due. Meanwhile it is asked now and
// then, not stormed; when it is back, what is nearest to its due date leaves first, what has passed
// it is held for a person, and the rest follows at the whole rate.
import type { Silence } from '../../src/io/exchange.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'
import { numberOf, openTimeless, percent, timesAccepted } from './timeless.ts'

const ROWS = 50_000
const OUTAGE_HOURS = 24
const LEAST_HOURS = 0.25
const CALLS = 150
const WINDOW_SECONDS = 5
/** Of every ten messages two are due during the outage, and two soon after it. */
const KINDS = 10
/** Calls that an unreachable IO may hear. */
const MOST_CALLS_PER_SECOND = 3
/** Calls between two words of progress. */
const NOTED_CALLS = 5000
/** What was claimed at once when IO came back, in whatever order. */
const CLAIMED_AT_ONCE = 200

export const run: SoakRun = {
  name: 'T26',
  title: 'IO is away for a day: near due dates leave first, passed ones are held, no storm',
  run: outlast,
}

async function outlast({ seed, share, databaseUrl, note }: SoakOptions): Promise<SoakResult> {
  const rows = sized(ROWS, share, 500)
  const hours = Math.max(LEAST_HOURS, OUTAGE_HOURS * share)
  const backAt = hours * 3_600_000
  let meanwhile = 0
  let after = 0
  const answer = (_: object, now: number): Silence | null => {
    if (now >= backAt) {
      after += 1
      if (after % NOTED_CALLS === 0) note(`${after} calls since IO is back`, 0.5)
      return null
    }
    meanwhile += 1
    if (meanwhile % NOTED_CALLS === 0) note(`hour ${Math.floor(now / 3_600_000)} of the outage`)
    return { kind: 'silence', left: false, reason: 'ECONNREFUSED' }
  }
  const account = { callsPerWindow: CALLS, windowSeconds: WINDOW_SECONDS }
  const services = ['tributi']
  await using here = await openTimeless({ seed, databaseUrl, account, services, answer })
  const dueHours = (number: number) => dueHoursOf(number, hours, rows)
  await here.addFlow({ service: 'tributi', from: 1, count: rows, dueHours })
  note(`${rows} rows are due, and IO is away for ${hours.toFixed(1)} h`)
  await here.sendUntil(backAt + 48 * 3_600_000)

  const { sent = 0, uncertain = 0, held = 0, ...others } = await here.states()
  const { truth, calls } = here.io
  const passed = Math.floor(rows / KINDS) * 2
  const wrongly = truth.filter(({ subject }) => isPassed(numberOf(subject))).length
  const near = truth.filter(({ subject }) => isNear(numberOf(subject))).length
  const lastNear = truth.findLastIndex(({ subject }) => isNear(numberOf(subject)))
  const firstAt = truth[0]?.atMilliseconds ?? 0
  const seconds = ((truth.at(-1)?.atMilliseconds ?? 0) - firstAt) / 1000
  const ideal = (calls.profile + calls.submit) / (CALLS / WINDOW_SECONDS)
  const callsPerSecond = meanwhile / (hours * 3600)
  return {
    lost: rows - sent - uncertain - held,
    duplicated: truth.length - timesAccepted(truth).size,
    uncertain,
    inFlightMax: here.io.inFlightMax(),
    counts: {
      rows,
      hours: hours.toFixed(1),
      sent,
      held,
      meanwhile,
      limited: calls.limited,
      over: percent(seconds / ideal - 1),
    },
    failures: [
      ...(held === passed && wrongly === 0
        ? []
        : [`Of ${passed} that had passed ${held} are held.`]),
      ...(lastNear < near + CLAIMED_AT_ONCE ? [] : [`A near one left as number ${lastNear}.`]),
      ...(calls.limited === 0 ? [] : [`IO refused ${calls.limited} calls for their rate.`]),
      ...(callsPerSecond <= MOST_CALLS_PER_SECOND
        ? []
        : [`IO heard ${meanwhile} calls meanwhile.`]),
      ...(seconds <= ideal * 1.05 ? [] : [`Catching up took ${Math.round(seconds)} s.`]),
      ...(sent + held === rows ? [] : [`Some are left: ${JSON.stringify(others)}.`]),
    ],
  }
}

function isPassed(number: number): boolean {
  return number % KINDS === 1 || number % KINDS === 2
}

function isNear(number: number): boolean {
  return number % KINDS === 3 || number % KINDS === 4
}

/** From now to the due date: before IO is back, soon after, or a month later. */
function dueHoursOf(number: number, outageHours: number, rows: number): number {
  const catchingUpHours = (rows * 2) / (CALLS / WINDOW_SECONDS) / 3600
  if (isPassed(number)) return outageHours * (0.2 + 0.7 * (number / rows))
  if (isNear(number)) return outageHours + catchingUpHours * 2 + number / rows
  return outageHours + 24 * 30
}
