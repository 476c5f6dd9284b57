// What the measurements are to prove: each claim beside its bound. Only ratios and counts are
// claims, since they hold on any machine; seconds are for who reads them.
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
