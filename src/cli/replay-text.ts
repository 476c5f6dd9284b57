// What two mappings make of one record, as people read it at a terminal: the old line and the new
// one, with the words that differ. Control characters never get there.
import { formatEuro } from '../domain/money.ts'
import type { App } from './command.ts'
import { formatCount, formatNumber, printable } from './table.ts'

type Opened = Extract<Awaited<ReturnType<App['rerender']>>, { kind: 'open' }>
type Replayed = Opened['records'] extends AsyncGenerator<infer R> ? R : never
type Change = Replayed['change']
type Part = Replayed['parts'][number]

const words: Record<Change, string> = {
  equal: 'equal',
  changed: 'changed',
  rekeyed: 'under another key',
  notice: 'a message now',
  refused: 'REFUSED now',
  skipped: 'skipped now',
  ended: 'closes its notice now',
  waiting: 'waits now',
  gone: 'no record any more',
}

const before: Record<NonNullable<Replayed['was']>, string> = {
  notice: 'was a message',
  refused: 'was refused',
  skipped: 'was skipped',
  ended: 'closed its notice',
  waiting: 'waited',
}

/** A message appears or goes: its texts would bury what is to be seen. */
const SHOWN_OF_NEW = new Set(['reason', 'amount in cents', 'due date', 'first message title (it)'])

/** A record in a few lines, the last with its line end. */
export function describeReplayed(record: Replayed, color: boolean): string {
  const { line, key, change, was, parts, leavesAgain } = record
  const whole = change === 'changed' || change === 'rekeyed'
  const then = whole ? '' : was === null ? ', was no record' : `, ${before[was]}`
  const again = leavesAgain && whole ? '  (leaves again if the flow is redone)' : ''
  const name = key === null ? '' : `  ${printable(key)}`
  const shown = whole ? parts : parts.filter(({ part }) => SHOWN_OF_NEW.has(part))
  const lines = shown.flatMap((part) => partLines(part, color))
  return [`line ${line}${name}  ${words[change]}${then}${again}`, ...lines].join('\n').concat('\n')
}

function partLines({ part, before: old, after: now }: Part, color: boolean): string[] {
  const shown = (text: string | null) => (text === null ? null : valueText(part, text))
  return [`    ${part.replace(' in cents', '')}`, ...differingLines(shown(old), shown(now), color)]
}

function valueText(part: string, text: string): string {
  return part === 'amount in cents' ? formatEuro(Number(text)) : text
}

/** Of a text that is longer, the lines that differ alone. */
function differingLines(old: string | null, now: string | null, color: boolean): string[] {
  const [left, right] = [old, now].map((text) => (text === null ? [] : text.split('\n')))
  const [was, is] = [left ?? [], right ?? []]
  let from = 0
  while (from < Math.min(was.length, is.length) && was[from] === is[from]) from += 1
  let end = 0
  const most = Math.min(was.length, is.length) - from
  while (end < most && was[was.length - 1 - end] === is[is.length - 1 - end]) end += 1
  const [gone, come] = [was.slice(from, was.length - end), is.slice(from, is.length - end)]
  const pairs = gone.length === come.length
  const removed = gone.map((text, n) => ({ mark: '-', text, other: pairs ? come[n] : undefined }))
  const added = come.map((text, n) => ({ mark: '+', text, other: pairs ? gone[n] : undefined }))
  return [...removed, ...added]
    .filter(({ text, other }) => text !== other)
    .map(({ mark, text, other = '' }) => `      ${mark} ${wordsMarked(text, other, mark, color)}`)
}

const colours = { '-': 31, '+': 32 } as const

/** On a terminal, the words between what both begin and end with are painted. */
function wordsMarked(text: string, other: string, mark: string, color: boolean): string {
  if (!color) return printable(text)
  const [mine, theirs] = [text, other].map((one) => one.split(/(?<=\s)/))
  const [own, its] = [mine ?? [], theirs ?? []]
  let from = 0
  while (from < Math.min(own.length, its.length) && own[from] === its[from]) from += 1
  let end = 0
  const most = Math.min(own.length, its.length) - from
  while (end < most && own[own.length - 1 - end] === its[its.length - 1 - end]) end += 1
  const join = (some: string[]) => printable(some.join(''))
  const middle = join(own.slice(from, own.length - end))
  const painted = middle === '' ? '' : `\u001b[${colours[mark as '-' | '+']}m${middle}\u001b[0m`
  return `${join(own.slice(0, from))}${painted}${join(own.slice(own.length - end))}`
}

const order: Change[] = [
  ...(['equal', 'changed', 'rekeyed', 'notice'] as const),
  ...(['refused', 'skipped', 'ended', 'waiting', 'gone'] as const),
]

/** Counts records by what becomes of them. */
export function createReplayTally() {
  const counted = new Map<Change, number>()
  let [records, again] = [0, 0]
  const differing = () => records - (counted.get('equal') ?? 0)
  return {
    records: () => records,
    differing,
    add({ change, leavesAgain }: Replayed): void {
      records += 1
      counted.set(change, (counted.get(change) ?? 0) + 1)
      if (leavesAgain) again += 1
    },
    counts: () => ({
      records,
      differing: differing(),
      ...Object.fromEntries(order.map((change) => [change, counted.get(change) ?? 0])),
      leavesAgain: again,
    }),
    /** What it all comes to, and the next step. */
    text(flowId: number | null, most: number): string {
      const hidden = Math.max(0, differing() - most)
      const more = hidden > 0 ? `… and ${formatNumber(hidden, 'more record')} (--all)\n` : ''
      const terms = order.flatMap((change) => {
        const count = counted.get(change)
        return count === undefined ? [] : [`${formatCount(count)} ${words[change]}`]
      })
      const sum = `${formatNumber(records, 'record')}: ${terms.join(', ')}.`
      const gap = differing() > 0 ? '\n' : ''
      const next = nextStep(flowId, differing(), again)
      return `${more}${gap}${sum} Nothing was written or sent.\n${next}`
    },
  }
}

function nextStep(flowId: number | null, differing: number, again: number): string {
  if (differing === 0) return 'The drop would become the same: there is nothing to redo.\n'
  if (flowId === null) return 'Its flow is gone: leave the file again to have it mapped anew.\n'
  const told =
    again === 0
      ? 'no message would leave again that has left'
      : `${formatNumber(again, 'message')} would leave, also where one has left already`
  return (
    `Of flow ${flowId}, what has not left would leave as it is now; ${told}.\n` +
    `Once the daemon runs this configuration (\`staffetta reload\`): staffetta flows redo ${flowId}\n`
  )
}
