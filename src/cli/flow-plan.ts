// The plan of one flow as people read it: each reminder by its rule, when it leaves next, and what
// became of those that were due. Shared by the commands that show a flow.
import { accountWords } from '../domain/account-words.ts'
import type { MessageState } from '../domain/message.ts'
import { sortRules } from '../domain/schedule.ts'
import type { UnplannedCounts, UnplannedReason } from '../domain/unplanned.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
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
  language: StaffLanguage,
): string {
  if (plan.length === 0) return ''
  const zone = zoneOf(config, institution)
  const states = STATES.filter((state) => plan.some((one) => one.states[state]))
  const hasMoved = plan.some(({ moved }) => moved > 0)
  const columns: Column[] = [
    { title: words.reminder[language] },
    ...states.map((state) => ({ title: accountWords[state][language], align: 'right' }) as const),
    ...(hasMoved ? [{ title: words.moved[language], align: 'right' } as const] : []),
    { title: words.next[language] },
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
export function offPlanText(counts: OffPlan, language: StaffLanguage): string {
  const { mostDaysLate } = counts
  const figures = { days: formatNumber(mostDaysLate, 'day'), n: mostDaysLate }
  const causes = Object.keys(offPlanWords) as (keyof typeof offPlanWords)[]
  return causes
    .filter((cause) => counts[cause] > 0)
    .map((cause) => {
      const what = fill(offPlanWords[cause], language, figures)
      return `  ${formatCount(counts[cause])} ${what}\n`
    })
    .join('')
}

const offPlanWords = {
  late: { it: 'partiti in ritardo, al massimo di giorni {n}', en: 'left late, up to {days}' },
  skippedLate: {
    it: 'non inviati: troppo tardi per la loro regola',
    en: 'not sent: too late by their rule',
  },
  overtaken: {
    it: 'non inviati: in ritardo, e ne è partito un altro dello stesso avviso',
    en: 'not sent: late, and another of their notice left instead',
  },
  movedClosed: {
    it: 'spostati a un’ora in cui si invia',
    en: 'moved to an hour when messages leave',
  },
  movedCrowded: {
    it: 'spostati a un altro giorno: il destinatario ne aveva già avuto uno',
    en: 'moved to another day: their recipient had had one',
  },
  skippedCrowded: {
    it: 'non inviati: non restava un giorno libero prima del successivo',
    en: 'not sent: no such day was left before the next',
  },
  movedPostponed: {
    it: 'spostati con il loro avviso, come ha detto una persona',
    en: 'moved with their notice, as a person said',
  },
} satisfies Partial<Record<keyof OffPlan, Words>>

/** Reminders that its notices do not get, a line a rule: in the order of the rules. */
export function unplannedText(counts: UnplannedCounts, language: StaffLanguage): string {
  const rules = sortRules(Object.keys(counts))
  const lines = rules.map((rule) => {
    const reasons = Object.entries(counts[rule] ?? {}) as [UnplannedReason, number][]
    const said = reasons.map(([because, n]) => {
      return `${formatCount(n)} ${unplannedReasons[because][language]}`
    })
    return `  ${rule}  ${said.join(', ')}\n`
  })
  return lines.length === 0 ? '' : `\n${words.unplanned[language]}\n${lines.join('')}`
}

const unplannedReasons: Record<UnplannedReason, Words> = {
  past: { it: 'il cui tempo era passato', en: 'whose time was over' },
  closed: {
    it: 'per un’ora in cui non si invia (`skip`)',
    en: 'for a time when nothing leaves (`skip`)',
  },
  next: { it: 'che lasciano il posto al successivo', en: 'that gave way to the next' },
  io: { it: 'lasciati a IO', en: 'left to IO' },
}

const words = {
  reminder: { it: 'promemoria', en: 'reminder' },
  moved: { it: 'spostati', en: 'moved' },
  next: { it: 'il prossimo', en: 'next' },
  unplanned: {
    it: 'Non previsti quando le righe sono state lette:',
    en: 'Not planned when their records were read:',
  },
} satisfies Record<string, Words>

type OffPlan = Awaited<ReturnType<App['store']['flows']['offPlan']>>

function countOf(count: number): string {
  return count === 0 ? '' : formatCount(count)
}
