// The plan of one flow as people read it: each reminder by its rule, when it leaves next, and what
// became of those that were due. Shared by the commands that show a flow.
import type { MessageState } from '../domain/message.ts'
import { sortRules } from '../domain/schedule.ts'
import type { UnplannedCounts, UnplannedReason } from '../domain/unplanned.ts'
import { type App, zoneOf } from './command.ts'
import { type Column, formatCount, formatLocal, formatNumber, formatTable } from './table.ts'

type PlannedTemplate = Awaited<ReturnType<App['store']['schedule']['ofFlow']>>[number]

/** In the order of a message’s life. */
const STATES: readonly MessageState[] = [
  ...(['waiting', 'claimed', 'sending', 'sent', 'recorded', 'undeliverable'] as const),
  ...(['rejected', 'held', 'uncertain', 'cancelled'] as const),
]

/**
 * A line a rule, with the states that some are in, and the next instant in the institution’s zone;
 * empty where the flow has no reminders.
 */
export function planText(
  plan: readonly PlannedTemplate[],
  { config }: Pick<App, 'config'>,
  { institution }: { institution: string },
): string {
  if (plan.length === 0) return ''
  const zone = zoneOf(config, institution)
  const states = STATES.filter((state) => plan.some((one) => one.states[state]))
  const hasMoved = plan.some(({ moved }) => moved > 0)
  const columns: Column[] = [
    { title: 'reminder' },
    ...states.map((state) => ({ title: state, align: 'right' }) as const),
    ...(hasMoved ? [{ title: 'moved', align: 'right' } as const] : []),
    { title: 'next' },
  ]
  const rows = plan.map(({ purpose, rule, nextAt, moved, states: counts }) => [
    rule ?? purpose,
    ...states.map((state) => countOf(counts[state] ?? 0)),
    ...(hasMoved ? [countOf(moved)] : []),
    formatLocal(nextAt, zone),
  ])
  return `\n${formatTable(columns, rows)}`
}

/** What did not leave when the plan said, a line a cause. */
export function offPlanText(counts: OffPlan): string {
  const days = formatNumber(counts.mostDaysLate, 'day')
  const lines: [number, string][] = [
    [counts.late, `left late, up to ${days}`],
    [counts.skippedLate, 'not sent: too late by their rule'],
    [counts.overtaken, 'not sent: late, and another of their notice left instead'],
    [counts.movedClosed, 'moved to an hour when messages leave'],
    [counts.movedCrowded, 'moved to another day: their recipient had had one'],
    [counts.skippedCrowded, 'not sent: no such day was left before the next'],
    [counts.movedPostponed, 'moved with their notice, as a person said'],
  ]
  const told = lines.filter(([count]) => count > 0)
  return told.map(([count, what]) => `  ${formatCount(count)} ${what}\n`).join('')
}

/** Reminders that its notices do not get, a line a rule: in the order of the rules. */
export function unplannedText(counts: UnplannedCounts): string {
  const rules = sortRules(Object.keys(counts))
  const lines = rules.map((rule) => {
    const reasons = Object.entries(counts[rule] ?? {}) as [UnplannedReason, number][]
    const said = reasons.map(([because, n]) => `${formatCount(n)} ${unplannedReasons[because]}`)
    return `  ${rule}  ${said.join(', ')}\n`
  })
  return lines.length === 0 ? '' : `\nNot planned when their records were read:\n${lines.join('')}`
}

const unplannedReasons: Record<UnplannedReason, string> = {
  past: 'whose time was over',
  closed: 'for a time when nothing leaves (`skip`)',
  next: 'that gave way to the next',
  io: 'left to IO',
}

type OffPlan = Awaited<ReturnType<App['store']['flows']['offPlan']>>

function countOf(count: number): string {
  return count === 0 ? '' : formatCount(count)
}
