// Why messages do not leave as the schedule shows them, and what to do about each: what keeps those
// of these days, what waits for a person, what was cancelled, and what is left to others.
import { ioMeaning } from '../domain/codes.ts'
import { elsewhereReason } from '../domain/notified-elsewhere.ts'
import { adviceOn } from '../domain/resolution.ts'
import {
  type Moved,
  movedBecause,
  type ObstacleKind,
  type ScheduledDay,
} from '../domain/schedule.ts'
import type { App } from './command.ts'
import { formatCount, formatLocal, formatNumber, printable } from './table.ts'

type InstitutionSchedule = Awaited<ReturnType<App['schedule']['ahead']>>[number]
type Obstacle = InstitutionSchedule['obstacles'][number]

/** Flows that are named one by one; the others are counted. */
const SHOWN_OBSTACLES = 20

/** Empty where everything leaves as it is shown. `all`: the sum of the days. */
export function reasonsText(schedule: InstitutionSchedule, all: ScheduledDay): string {
  const sections = [
    sectionOf('Moved from where their rules put them:', movedLines(all)),
    runsText(schedule),
    sectionOf('Not as it is shown above:', obstacleLines(schedule)),
    sectionOf('Held until payments are known, whenever they were due:', staleLines(schedule)),
    sectionOf('Held until a person decides, whenever they were due:', heldLines(schedule)),
    sectionOf('Had been planned for these days, and leave no more:', cancelledLines(schedule)),
    sectionOf('Left to others:', otherLines(schedule)),
  ]
  return sections.join('')
}

/** Runs that are named one by one. */
const SHOWN_RUNS = 10

function runsText({ institution, zone, campaigns }: InstitutionSchedule): string {
  if (campaigns.length === 0) return ''
  const lines = campaigns
    .slice(0, SHOWN_RUNS)
    .map((run) => `  ${formatLocal(run.at, zone)}  ${run.campaign}${skippedText(run)}\n`)
  const more = campaigns.length - lines.length
  if (more > 0) lines.push(`  … and ${formatNumber(more, 'more run')}\n`)
  const [next] = campaigns
  const named = `${institution}/${next?.campaign}`
  const hint = `  Whom one would choose now: staffetta schedule --campaign ${named}\n`
  const title = 'Campaigns that run in these days, and choose their recipients then:'
  return `\n${title}\n${lines.join('')}${hint}`
}

function skippedText({ skippedBecause }: InstitutionSchedule['campaigns'][number]): string {
  return skippedBecause === null ? '' : `  skipped: ${printable(skippedBecause)}`
}

/** A count, what it is of, and below it what to do. */
interface Line {
  count: number | null
  text: string
  remedy: string | null
}

function sectionOf(title: string, lines: readonly Line[]): string {
  if (lines.length === 0) return ''
  const counts = lines.map(({ count }) => (count === null ? '' : formatCount(count)))
  const width = Math.max(...counts.map((count) => count.length)) + 2
  const texts = lines.map(({ text, remedy }, index) => {
    const head = `${(counts[index] as string).padStart(width)}  ${printable(text)}\n`
    return remedy === null ? head : `${head}${' '.repeat(width + 2)}${printable(remedy)}\n`
  })
  return `\n${title}\n${texts.join('')}`
}

const movedTexts: Record<Moved, string> = {
  closed: 'since nothing leaves then: a holiday, a closed day, or not at that hour',
  crowded: 'since the same people get another message on that day',
  postponed: 'since a person postponed their due date',
  rescheduled: 'since a person moved their day',
}

function movedLines({ moved }: ScheduledDay): Line[] {
  return movedBecause
    .filter((why) => moved[why])
    .map((why) => ({ count: moved[why] ?? 0, text: movedTexts[why], remedy: null }))
}

function obstacleLines(schedule: InstitutionSchedule): Line[] {
  const { obstacles, blocked } = schedule
  const sorted = obstacles.toSorted((one, other) => other.messages - one.messages)
  const lines = sorted.slice(0, SHOWN_OBSTACLES).map((obstacle) => ({
    count: obstacle.messages,
    ...tellings[obstacle.kind](obstacle, schedule),
  }))
  const rest = sorted.slice(SHOWN_OBSTACLES)
  if (rest.length > 0) {
    const count = rest.reduce((sum, { messages }) => sum + messages, 0)
    lines.push({ count, text: `for ${rest.length} more reasons`, remedy: '--json has them all' })
  }
  if (blocked > 0) {
    const text = 'to people who are not to be written to: cancelled when they are due'
    lines.push({ count: blocked, text, remedy: null })
  }
  return lines
}

type Telling = Pick<Line, 'text' | 'remedy'>
type Where = Pick<InstitutionSchedule, 'institution' | 'zone'>

const tellings: Record<ObstacleKind, (of: Obstacle, where: Where) => Telling> = {
  'installation-paused': ({ since, detail }, { zone }) => ({
    text: `nothing leaves: the installation is paused${sinceText(since, zone)}: ${detail}`,
    remedy: '`staffetta resume` says what to look at before it is lifted',
  }),
  'clock-wrong': ({ since, code }, { zone }) => ({
    text: `nothing leaves: the clock of this machine is wrong${sinceText(since, zone)} (${code})`,
    remedy: 'mend the clock (NTP); sending goes on by itself',
  }),
  unreleased: ({ flowId, ...of }) => ({
    text: `flow ${flowId} of ${originOf(of)} is not released`,
    remedy: `staffetta flows show ${flowId}`,
  }),
  'kept-back': ({ flowId, ...of }) => ({
    text: `flow ${flowId} of ${originOf(of)} is kept back for its amounts`,
    remedy: `staffetta flows show ${flowId}, then: staffetta flows approve ${flowId}`,
  }),
  suspended: ({ flowId, ...of }) => ({
    text: `flow ${flowId} of ${originOf(of)} is suspended`,
    remedy: `staffetta flows show ${flowId}`,
  }),
  stopped: ({ flowId, ...of }) => ({
    text: `flow ${flowId} of ${originOf(of)} was stopped: nothing more of it leaves`,
    remedy: null,
  }),
  'service-unknown': ({ service }) => ({
    text: `the configuration has no service ${service}: they are held when they are due`,
    remedy: 'put it back, and restart',
  }),
  'service-paused': ({ service, since, code }, { institution, zone }) => ({
    text: `service ${service} is paused${sinceText(since, zone)}: ${code}: ${ioMeaning(code) ?? 'IO refuses it'}`,
    remedy: `mend it; it goes on by itself, or: staffetta resume ${institution}/${service}`,
  }),
  'payments-stale': ({ since, detail, ...of }, { zone }) => ({
    text:
      `reminders of ${originOf(of)} are held today: ${detail} ` +
      (since === null ? 'has had no news of payments yet' : `has none${sinceText(since, zone)}`),
    remedy: '`staffetta feeds` says why; they go by themselves once the payments have come',
  }),
  unanswered: (of) => ({
    text: `of ${originOf(of)} wait for the answer of a system`,
    remedy: '`staffetta systems` says which, and when it is asked again',
  }),
  closed: ({ until, ...of }, { zone }) => ({
    text:
      until === null
        ? `of ${originOf(of)} are due, and its window never opens`
        : `of ${originOf(of)} are due, and leave when its hours begin: ${formatLocal(until, zone)}`,
    remedy: null,
  }),
  'closed-day': (of) => ({
    text: `of ${originOf(of)} stand on days that were closed since: they go at the next opening`,
    remedy: null,
  }),
  'dry-run': ({ service }) => ({
    text: `service ${service} is in \`dry-run\`: they are recorded, and reach nobody`,
    remedy: null,
  }),
  testers: ({ service }) => ({
    text: `service ${service} reaches its testers alone: the others are recorded`,
    remedy: null,
  }),
}

function originOf({ feed, campaign }: Pick<Obstacle, 'feed' | 'campaign'>): string {
  return campaign ?? feed ?? '–'
}

function sinceText(since: Temporal.Instant | null, zone: string): string {
  return since === null ? '' : ` since ${formatLocal(since, zone)}`
}

const goesByItself = 'HOLD_PAYMENTS_STALE'

function staleLines({ held }: InstitutionSchedule): Line[] {
  return held.filter(({ code }) => code === goesByItself).map(heldLine)
}

function heldLine({ purpose, code, messages }: InstitutionSchedule['held'][number]): Line {
  const what = purpose === 'first' ? 'first messages' : `${purpose}s`
  return { count: messages, text: `${what}: ${code ?? 'no code'}`, remedy: adviceOn('held', code) }
}

function heldLines({ held, uncertain }: InstitutionSchedule): Line[] {
  const lines = held.filter(({ code }) => code !== goesByItself).map(heldLine)
  if (uncertain > 0) {
    const remedy = '`staffetta resolve --list` shows them with what to look at'
    lines.push({ count: uncertain, text: 'uncertain: IO’s answer was lost', remedy })
  }
  return lines
}

const endings: Record<string, string> = {
  settled: 'settled: paid, or done',
  cancelled: 'cancelled with their notice',
  superseded: 'superseded: their record has changed, and was planned anew',
  missing: 'no longer named by their source',
  late: 'too late, as their mapping says',
  overtaken: 'overtaken: they were late, and another of their notice left instead',
  crowded: 'given up: there was no day left on which the same people get nothing else',
  'do-not-contact': 'to people who are not to be written to',
  postponed: 'planned anew, since a person postponed the due date',
  'given-up': 'given up by a person',
  skipped: 'skipped by a person, with their day',
  stopped: 'their flow was stopped',
}

/** What had been planned for one day, and did not leave or leaves no more. */
export function cancelledText(day: Pick<InstitutionSchedule, 'cancelled'>): string {
  return sectionOf('Had been planned for this day, and leave no more:', cancelledLines(day))
}

function cancelledLines({ cancelled }: Pick<InstitutionSchedule, 'cancelled'>): Line[] {
  return cancelled.map(({ code, messages }) => ({
    count: messages,
    text: endings[code ?? ''] ?? code ?? 'cancelled',
    remedy: null,
  }))
}

function otherLines({ leftToOthers: { services, feeds } }: InstitutionSchedule): Line[] {
  return [
    ...services.map(({ service, elsewhere }) => ({
      count: null,
      text: `service ${service}: ${elsewhereReason(elsewhere)}`,
      remedy: null,
    })),
    ...feeds.map((feed) => ({
      count: null,
      text: `feed ${feed}: the reminders of what can be paid are IO’s; none is planned here`,
      remedy: null,
    })),
  ]
}
