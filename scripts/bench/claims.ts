// What the measurements are to prove: each claim beside its bound. Only ratios and counts are
// claims, since they hold on any machine; seconds are for who reads them.
import type { ConsoleResult } from './console-run.ts'
import type { Beside } from './console-sending.ts'
import type { PlanReport, ScheduleReport } from './schedule.ts'
import type { Lateness } from './schedule-run.ts'
import type { WorkbenchReport, WorkbenchTimes } from './workbench.ts'

export interface Claim {
  what: string
  measured: string
  bound: string
  /** Null: it cannot be measured here. */
  holds: boolean | null
}

const MOST_PLANNING = 0.5
const MOST_IDLE = 0.02
/** Times as long as a process that parses the same YAML. */
const MOST_CHECKING = 4
const MOST_TESTING = 4
/** Of the speed at which the same daemon sends first messages. */
const LEAST_SPEED = 0.5

/** What is promised of a year of reminders. */
export function scheduleClaims(report: ScheduleReport): Claim[] {
  const { plan, idle, jobs, instants, sendRate } = report
  const added = addedTo(plan)
  const speed = (what: string, late: Lateness): Claim => {
    const share = speedOf(late, 0.99, late.p99, sendRate)
    return {
      what: `${what}, by the lateness p99`,
      measured: `${share.toFixed(2)} of the speed of first messages`,
      bound: `at least ${LEAST_SPEED}`,
      holds: share >= LEAST_SPEED,
    }
  }
  return [
    {
      what: 'planning adds to mapping',
      measured: percent(added),
      bound: `at most ${percent(MOST_PLANNING)}`,
      holds: added <= MOST_PLANNING,
    },
    {
      what: 'idle with everything pending',
      measured: idle === null ? '–' : `${percent(idle, 2)} of a core`,
      bound: `below ${percent(MOST_IDLE)}`,
      holds: idle === null ? null : idle < MOST_IDLE,
    },
    {
      what: 'jobs of the queue',
      measured: String(jobs),
      bound: `at most ${instants}, the instants of the accounts`,
      holds: jobs <= instants,
    },
    speed('due at once', report.final),
    speed('one a day', report.oneADay),
  ]
}

/** What is promised to who changes a mapping. */
export function workbenchClaims({ check, test }: WorkbenchReport): Claim[] {
  const claim = (what: string, { seconds, floorSeconds }: WorkbenchTimes, most: number): Claim => ({
    what,
    measured: `${(seconds / floorSeconds).toFixed(1)} times parsing their YAML`,
    bound: `at most ${most}`,
    holds: seconds / floorSeconds <= most,
  })
  return [
    claim(`check of ${check.mappings} mappings`, check, MOST_CHECKING),
    claim(`test of ${test.cases} cases`, test, MOST_TESTING),
  ]
}

/** What planning adds to mapping, as a share of it. */
export function addedTo({ planSeconds, bareSeconds }: PlanReport): number {
  return planSeconds / bareSeconds - 1
}

/**
 * At which this share of a lot left, of the speed of first messages. What gives way is claimed and
 * judged like what leaves.
 */
export function speedOf(
  { messages, crowded }: Lateness,
  share: number,
  seconds: number,
  sendRate: number,
): number {
  return (share * (messages + crowded)) / sendRate / seconds
}

function percent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`
}

/** At most so many milliseconds, or seconds a million rows; of a shared machine too. */
const CONSOLE = { search: 30, list: 150, deeper: 1.2, statistics: 100, exported: 90, first: 1000 }
/** What an export may add to the process, however many rows it has. */
const MOST_GROWTH_BYTES = 300 * 1024 * 1024

/** By a running export, of the speed of sending. */
const MOST_SLOWED = 0.02

/** What is promised of the console. */
export function consoleClaims(result: ConsoleResult): Claim[] {
  const within = (what: string, ms: number, most: number): Claim => ({
    ...{ what, measured: `${ms.toFixed(1)} ms`, bound: `at most ${most} ms`, holds: ms <= most },
  })
  const deeper = result.deepPageP50 / result.firstPageP50
  const perMillion = (result.exportSeconds / result.exportRows) * 1_000_000
  const growth = result.growthBytes / 1024 / 1024
  return [
    within('search by fiscal code, p95', result.searchP95, CONSOLE.search),
    within('list of a flow and a state, p95', result.listP95, CONSOLE.list),
    {
      what: 'a page far behind, beside the first ones, p50',
      measured: `${deeper.toFixed(2)} times (${result.deepPageP50.toFixed(1)} ms)`,
      bound: `at most ${CONSOLE.deeper} times`,
      holds: deeper <= CONSOLE.deeper,
    },
    within('statistics of a year, their page, p95', result.statisticsP95, CONSOLE.statistics),
    {
      what: 'counts that differ from a recount of all rows',
      measured: result.countsWrong.join('; ') || 'none',
      bound: 'none',
      holds: result.countsWrong.length === 0,
    },
    {
      what: `export of ${result.exportRows} rows as a workbook, a million rows`,
      measured: `${perMillion.toFixed(1)} s`,
      bound: `at most ${CONSOLE.exported} s`,
      holds: perMillion <= CONSOLE.exported,
    },
    within('its first byte', result.firstByteMilliseconds, CONSOLE.first),
    {
      what: 'what it adds to the memory of the process',
      measured: `${growth.toFixed(0)} MB`,
      bound: `at most ${MOST_GROWTH_BYTES / 1024 / 1024} MB`,
      holds: result.growthBytes <= MOST_GROWTH_BYTES,
    },
    slowedClaim('what it takes from sending at IO’s pace', result.paced),
  ]
}

/** That lots leave hardly slower beside exports, against how much those without differ. */
function slowedClaim(what: string, beside: Beside): Claim {
  const { usual, slowed, noise } = slowedBy(beside)
  return {
    what,
    measured: `${percent(slowed, 1)} of ${usual.toFixed(1)} messages/s`,
    bound: `at most ${percent(MOST_SLOWED)}, and ± ${percent(noise, 1)} of noise`,
    holds: slowed <= MOST_SLOWED + noise,
  }
}

/** Messages a second without exports, and by which share fewer leave beside one. */
export function slowedBy({ alone, exporting }: Beside) {
  const usual = median(alone)
  const slowed = 1 - median(exporting) / usual
  return { usual, slowed, noise: (Math.max(...alone) - Math.min(...alone)) / 2 / usual }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const [low = 0, high = 0] = [(sorted.length - 1) >> 1, sorted.length >> 1].map((n) => sorted[n])
  return (low + high) / 2
}
