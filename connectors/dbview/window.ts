// Which rows a poll hands over, and what the next one must remember: what is new by a watermark, or
// the whole view when anything in it is another than last time.
// Invariant: what is handed over is fixed before, so the same drop has the same key until it is
// saved, and rows that come meanwhile belong to the next.
import { type Json, type PollContext, SourceError, stopped } from '../../src/connector.ts'
import type { Column, Family } from './dialect.ts'
import { createDigest, markOf, noDay, readLines } from './rows.ts'
import type { Session } from './session.ts'
import type { DbviewSettings } from './settings.ts'
import type { Spool } from './spool.ts'
import { type Condition, type RememberedColumns, select, type View } from './view.ts'

/** The connector's cursor: how far the last drop went. */
export type Mark = {
  schema: RememberedColumns
  /** Counts the drops, so that rows which become again what they were are a drop of their own. */
  number: number
  /** The last value of the watermark; null for the whole view. */
  value: string | null
  /** Of the rows that are looked at again: of all, or of those at the end of the watermark. */
  digest: string | null
  /** Each of these rows; null when they are too many to remember. */
  rows: string[] | null
}

export interface Window {
  key: string
  bytes: AsyncIterable<Uint8Array>
  mark: Omit<Mark, 'schema'>
}

/** Beyond it, rows that are looked at again are handed over again when anything there is new. */
const rememberedRows = 20_000

type Poll = PollContext<DbviewSettings>

/** The cursor as this connector wrote it. */
export function readMark(cursor: Json): Mark | null {
  return cursor as unknown as Mark | null
}

/** What there is to hand over; null when nothing is new. `spool` keeps it where it must. */
export async function findWindow(
  context: Poll,
  session: Session,
  view: View,
  last: Mark | null,
  spool: Spool,
): Promise<Window | null> {
  const since = startOf(context, session, view)
  return context.settings.watermark
    ? findNewest(context, session, view, since, last)
    : findChange(context, session, view, since, last, spool)
}

/** The condition that `from` of the feed makes. Throws `SRC_VIEW_START` where none can be made. */
export function startOf({ settings, from }: Poll, session: Session, view: View): Condition[] {
  if (from === null) return []
  const name = settings.dateColumn ?? settings.watermark?.column
  const column = name === undefined ? null : view.column(name)
  if (column === null || !isTime(column.family)) {
    const message =
      'the feed has a `from`, and no column says how old a row is: name one in `dateColumn`, or ' +
      'write `from: all` and let the mapping skip what is old (`startsAt`)'
    throw new SourceError('SRC_VIEW_START', message, { retry: false })
  }
  return [{ column, is: '>=', value: timeValue(session, column.family, from, settings.timeZone) }]
}

/** The whole view, when it is another than last time: only its last row tells. */
async function findChange(
  { settings, signal }: Poll,
  session: Session,
  view: View,
  since: Condition[],
  last: Mark | null,
  spool: Spool,
): Promise<Window | null> {
  const digest = createDigest()
  let isEmpty = true
  for await (const lines of readLines(session, settings, view, since)) {
    isEmpty = false
    lines.forEach(digest.add)
    await spool.add(bytesOf(lines))
  }
  await session.commit() // The source has nothing to keep for us while the drop is saved.
  const value = digest.value()
  if (value === last?.digest || (isEmpty && last === null)) return null
  const number = (last?.number ?? 0) + 1
  return {
    key: `${number}/all/${value}`,
    bytes: untilStopped(spool.read(), signal),
    mark: { number, value: null, digest: value, rows: null },
  }
}

/** The rows after the last value of the watermark, and late ones that stand before it. */
async function findNewest(
  context: Poll,
  session: Session,
  view: View,
  since: Condition[],
  last: Mark | null,
): Promise<Window | null> {
  const { settings } = context
  const { column: name, overlap, inclusive } = settings.watermark!
  const column = view.column(name)
  const at = (is: Condition['is'], value: string): Condition => ({ column, is, value })
  // What is dated ahead waits for its day: else nothing would ever be newer than it.
  const now = timeValue(session, column.family, context.now(), settings.timeZone)
  const notAhead = isTime(column.family) ? [at('<=', now)] : []
  const known = last?.value ?? null
  const newer = known === null ? [] : [at('>', known)]
  const moved = await findLatest(session, settings, column, [...since, ...notAhead, ...newer])
  const upper = moved ?? known
  if (upper === null) return null
  const upTo = [...since, at('<=', upper)]
  const seen = (bound: string) => at('>=', earlier(session, column, bound, overlap))
  const tail = inclusive
    ? await lookAgain(session, settings, view, [...upTo, seen(upper)])
    : { digest: null, rows: null }
  if (moved === null && !hasNews(tail, last)) return null
  const number = (last?.number ?? 0) + 1
  const lower = known === null ? [] : [inclusive ? seen(known) : at('>', known)]
  return {
    key: `${number}/${upper}/${tail.digest ?? ''}`,
    bytes: readFresh(session, settings, view, [...upTo, ...lower], new Set(last?.rows)),
    mark: { number, value: upper, ...tail },
  }
}

/** The rows that were not handed over before. */
async function* readFresh(
  session: Session,
  settings: DbviewSettings,
  view: View,
  conditions: readonly Condition[],
  known: ReadonlySet<string>,
): AsyncGenerator<Uint8Array> {
  for await (const lines of readLines(session, settings, view, conditions)) {
    const fresh = known.size === 0 ? lines : lines.filter((line) => !known.has(markOf(line)))
    if (fresh.length > 0) yield bytesOf(fresh)
  }
}

function bytesOf(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\n')}\n`)
}

async function* untilStopped(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    if (signal.aborted) throw stopped()
    yield piece
  }
  if (signal.aborted) throw stopped()
}

/** The greatest value of the watermark under these conditions; null when there is none. */
export async function findLatest(
  session: Session,
  settings: DbviewSettings,
  column: Column,
  conditions: Condition[],
): Promise<string | null> {
  const { dialect } = session
  const greatest = dialect.select(column, `max(v.${dialect.quote(column.name)})`)
  const { sql, values } = select(session, settings, greatest, conditions)
  let value: string | null = null
  for await (const [row] of session.read(sql, values)) value = row?.[0] ?? null
  if (value !== null && /^-?(?:infinity|nan)$/i.test(value)) {
    const message = `the greatest value of \`${column.name}\` is ${value}, and nothing follows it`
    throw new SourceError('SRC_VIEW_COLUMN', message, { retry: false })
  }
  return value
}

async function lookAgain(
  session: Session,
  settings: DbviewSettings,
  view: View,
  conditions: Condition[],
): Promise<Pick<Mark, 'digest' | 'rows'>> {
  const digest = createDigest()
  let rows: string[] | null = []
  for await (const lines of readLines(session, settings, view, conditions)) {
    lines.forEach(digest.add)
    if (rows !== null && rows.length + lines.length <= rememberedRows)
      rows.push(...lines.map(markOf))
    else rows = null
  }
  return { digest: digest.value(), rows }
}

/** Whether a row is there that was not handed over; rows that are gone are no news. */
function hasNews(tail: Pick<Mark, 'digest' | 'rows'>, last: Mark | null): boolean {
  if (tail.digest === null || tail.digest === last?.digest) return false
  if (tail.rows === null || !last?.rows) return true
  const known = new Set(last.rows)
  return tail.rows.some((row) => !known.has(row))
}

function isTime(family: Family): boolean {
  return family === 'date' || family === 'timestamp' || family === 'instant'
}

/** An instant as a value to compare a column with. */
function timeValue(
  { dialect }: Session,
  family: Family,
  instant: Temporal.Instant,
  zone: string,
): string {
  const second = instant.round({ smallestUnit: 'second', roundingMode: 'floor' })
  if (family === 'instant') return dialect.instant(second)
  const local = second.toZonedDateTimeISO(zone)
  return (family === 'date' ? local.toPlainDate() : local.toPlainDateTime()).toString()
}

/** The value so much before: seconds of a time, whole days of a date, units of a number. */
function earlier(session: Session, column: Column, value: string, overlap: number): string {
  if (overlap === 0 || noDay.test(value)) return value
  try {
    switch (column.family) {
      case 'date':
        return Temporal.PlainDate.from(value)
          .subtract({ days: Math.ceil(overlap / 86_400) })
          .toString()
      case 'timestamp':
        return Temporal.PlainDateTime.from(value).subtract({ seconds: overlap }).toString()
      case 'instant': {
        const withZone = /(?:Z|[+-]\d\d(?::?\d\d)?)$/.test(value.slice(10)) ? value : `${value}Z`
        return session.dialect.instant(
          Temporal.Instant.from(withZone.replace(' ', 'T')).subtract({ seconds: overlap }),
        )
      }
      case 'number': // One more where there are decimals, so that nothing is cut off.
        return String(BigInt(value.replace(/\..*$/, '')) - BigInt(overlap) - 1n)
    }
  } catch (cause) {
    throw noOverlap(column, cause)
  }
  throw noOverlap(column)
}

function noOverlap({ name }: Column, cause?: unknown): SourceError {
  const message = `\`watermark.overlap\` needs times, days or numbers, and \`${name}\` holds others`
  return new SourceError('SRC_VIEW_COLUMN', message, { retry: false, cause })
}
