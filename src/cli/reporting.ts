// How the reporting of a flow stands, as `flows` and `receipts` show it. Stands between the store's
// answers and the terminal. Invariant: what fails says why, when it is tried next, and the way out.
import type { App } from './command.ts'
import { formatCount, formatInstant, formatTable, printable } from './table.ts'

type Standing = Awaited<ReturnType<App['standingsOf']>>[number]
type Failing = NonNullable<Standing['failing']>

/** A table of the targets, then what fails. */
export function standingsText(flowId: number, standings: readonly Standing[]): string {
  const states = ['given', 'begun', 'failed', 'uncertain', 'given-up'] as const
  const counted = states.filter((state) => standings.some(({ counts }) => counts[state]))
  const titles = ['still to tell', ...counted]
  const table = formatTable(
    [
      { title: 'told' },
      ...titles.map((title) => ({ title, align: 'right' }) as const),
      { title: 'last report' },
    ],
    standings.map(({ target, owed, counts, reports }) => [
      target,
      formatCount(owed + (counts.owed ?? 0)),
      ...counted.map((state) => formatCount(counts[state] ?? 0)),
      formatInstant(reports.at(-1)?.writtenAt ?? null),
    ]),
  )
  const failing = standings.flatMap(({ failing, isNamed }) =>
    failing ? `\n${failingText(failing, isNamed)}` : [],
  )
  const strangers = standings.flatMap((standing) => strangerText(flowId, standing) ?? [])
  return [table, ...strangers, ...failing].join('')
}

/** Who is not told, though one might think so; null: nothing is amiss. */
function strangerText(flowId: number, standing: Standing): string | null {
  const { target, isNamed, isTold, failing, counts, reports } = standing
  if (isNamed && !isTold) {
    return (
      `\n${target} joined its feed after this flow, and is told nothing of it. Where it was told ` +
      `under no other\nname: staffetta receipts retry ${flowId} --target ${target}\n`
    )
  }
  const isOver = reports.some(({ final }) => final)
  const { given: _, ...left } = counts
  if (isNamed || failing || (isOver && Object.keys(left).length === 0)) return null
  return `\n${target} is told nothing more: ${unnamed}\n`
}

/** Why a target that was told is not told any more, and the way back. */
export const unnamed = 'its feed does not name it any more, under `writeBack`'

/** Since when, why, and what follows. */
export function failingText(failing: Failing, isNamed: boolean): string {
  const { flowId, target, since, code, problem, tries, nextTryAt } = failing
  const times = tries === 1 ? 'once' : `${formatCount(tries)} times`
  const next = !isNamed
    ? `Not tried any more: ${unnamed}`
    : nextTryAt === null
      ? `Given up after it was tried ${times}: staffetta receipts retry ${flowId} --target ${target}`
      : `Tried ${times}, next at ${formatInstant(nextTryAt)}`
  return (
    `flow ${flowId} → ${target}  fails since ${formatInstant(since)}\n` +
    `    ${code}: ${printable(problem)}\n    ${next}; ${code} in docs/operations.md says what to do\n`
  )
}
