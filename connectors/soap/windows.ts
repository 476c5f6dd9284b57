// How one asks for all there is: once, page by page, or in windows of numbers or days. Each answer
// comes with how far the feed has come once it is saved.
// Invariants: a window that was truncated is never handed over, it is asked for again in smaller
// ones; the number of calls is bounded, and reaching the bound is said.

import { createHash } from 'node:crypto'
import { type PollContext, SourceError } from '../../src/connector.ts'
import { type Answer, valueAt } from './answer.ts'
import type { Caller } from './call.ts'
import type { Memory } from './memory.ts'
import type { ReadSettings } from './settings.ts'
import type { Scope } from './template.ts'
import { addToHash } from './xml.ts'

export interface Reading {
  /** Names the request within the feed: what it answered last is compared. */
  label: string
  scope: Scope
  answer: Answer
  /** What is known once this is saved. */
  next: Partial<Memory>
}

type Poll = PollContext<ReadSettings>
type Paging = NonNullable<ReadSettings['paging']>
type Pages = Extract<Paging, { by: 'page' | 'offset' }>
type Continuation = Extract<Paging, { by: 'continuation' }>
type Numbers = Extract<Paging, { by: 'numbers' }>
type Dates = Extract<Paging, { by: 'dates' }>

const zone = 'Europe/Rome'

/** Every answer that holds something, in order. */
export async function* readAll(
  context: Poll,
  caller: Caller,
  memory: Memory,
): AsyncGenerator<Reading> {
  const { paging } = context.settings
  if (paging === undefined) yield* readOnce(context, caller, memory)
  else if (paging.by === 'dates') yield* readDates(context, caller, memory, paging)
  else if (paging.by === 'numbers') yield* readNumbers(context, caller, memory, paging)
  else if (paging.by === 'continuation') yield* readContinued(context, caller, paging)
  else yield* readPages(context, caller, paging)
}

/** What stands in the records, or in the whole answer where no records are told apart. */
export function contentHash({ records, bytes }: Answer): string {
  const hash = createHash('sha256')
  if (records.length === 0) hash.update(bytes)
  for (const record of records) addToHash(hash, record)
  return hash.digest('hex').slice(0, 32)
}

async function* readOnce(
  { settings }: Poll,
  caller: Caller,
  memory: Memory,
): AsyncGenerator<Reading> {
  const { watermark } = settings
  const scope: Scope = watermark ? { watermark: memory.watermark ?? watermark.start } : {}
  const answer = await caller.call(settings.call, scope)
  if (answer.means === 'empty') return
  const reached = watermark === undefined ? null : valueAt(answer.root, watermark.path)
  yield { label: 'all', scope, answer, next: reached ? { watermark: reached } : {} }
}

async function* readPages(
  { settings }: Poll,
  caller: Caller,
  { by, first, size, pages }: Pages,
): AsyncGenerator<Reading> {
  const { maximumPages } = settings.limits
  let before = ''
  for (let index = 0; index < maximumPages; index++) {
    const offset = first + index * size
    const page = by === 'page' ? first + index : offset
    const scope = { page: String(page), offset: String(offset), size: String(size) }
    const answer = await caller.call(settings.call, scope)
    if (answer.means === 'ok') {
      const content = contentHash(answer)
      if (content === before) {
        throw endless(`gives the same records for ${by} ${page} as for the one before`)
      }
      before = content
      yield { label: `${by}-${page}`, scope, answer, next: {} }
    }
    const isLast = pages === undefined ? isShort(answer, size) : index + 1 >= countAt(answer, pages)
    if (isLast) return
  }
  throw tooMany(maximumPages)
}

function isShort({ means, records }: Answer, size: number): boolean {
  return means === 'empty' || records.length < size
}

/** How many pages there are: a server may give fewer records at once than it is asked for. */
function countAt({ means, root }: Answer, path: string): number {
  const count = Number(valueAt(root, path) ?? (means === 'empty' ? 0 : Number.NaN))
  if (Number.isSafeInteger(count)) return count
  const message = `an answer has no number at ${path}: correct \`paging.pages\``
  throw new SourceError('SRC_ANSWER', message, { retry: true })
}

/** Until an answer gives no token for another one. */
async function* readContinued(
  { settings }: Poll,
  caller: Caller,
  { path, header = '' }: Continuation,
): AsyncGenerator<Reading> {
  const { maximumPages } = settings.limits
  const given = new Set<string>()
  let token = ''
  for (let index = 1; index <= maximumPages; index++) {
    const scope = { continuation: token }
    const answer = await caller.call(settings.call, scope)
    const next =
      path === undefined ? answer.headers[header.toLowerCase()] : valueAt(answer.root, path)
    if (answer.means === 'ok') yield { label: `part-${index}`, scope, answer, next: {} }
    token = String(next ?? '')
    if (token === '') return
    if (given.has(token)) throw endless('gives a token for the next part that it gave before')
    given.add(token)
  }
  throw tooMany(maximumPages)
}

/** Numbers begin anew each year: the years before are finished first. */
async function* readNumbers(
  context: Poll,
  caller: Caller,
  memory: Memory,
  paging: Numbers,
): AsyncGenerator<Reading> {
  const { settings } = context
  const thisYear = todayOf(context).year
  const firstYear = context.from?.toZonedDateTimeISO(zone).year ?? thisYear
  let year = Math.max(memory.year ?? firstYear, thisYear - 50)
  const last = memory.year === year ? (memory.number ?? 0) : 0
  let from = Math.max(paging.start, last + 1 - paging.overlap)
  for (let calls = 0; calls < settings.limits.maximumPages; calls++) {
    const to = from + paging.size - 1
    const scope = { year: String(year), from: String(from), to: String(to) }
    const answer = await caller.call(settings.call, scope)
    const highest = highestNumber(answer, paging.number, from, to)
    if (highest === null) {
      if (year >= thisYear) return
      year += 1
      from = paging.start
      continue
    }
    const reached = memory.year === year ? Math.max(highest, last) : highest
    yield { label: `${year}-${from}`, scope, answer, next: { year, number: reached } }
    from = highest + 1
  }
  throw tooMany(settings.limits.maximumPages)
}

function highestNumber(answer: Answer, path: string, from: number, to: number): number | null {
  const numbers = answer.records.map((record) => Number(valueAt(record, path) ?? Number.NaN))
  if (numbers.some((number) => !Number.isSafeInteger(number))) {
    const message = `a record has no number at ${path}: correct \`paging.number\``
    throw new SourceError('SRC_ANSWER', message, { retry: true })
  }
  const within = numbers.filter((number) => number >= from && number <= to)
  if (numbers.length > 0 && within.length === 0) {
    throw endless(`answers the window ${from}–${to} with other numbers`)
  }
  return within.length === 0 ? null : Math.max(...within)
}

async function* readDates(
  context: Poll,
  caller: Caller,
  memory: Memory,
  paging: Dates,
): AsyncGenerator<Reading> {
  const { settings } = context
  const today = todayOf(context)
  const rescan = paging.rescanDays > 0 && memory.rescannedOn !== today.toString()
  let from = firstDay(context, memory, paging, rescan)
  let days = paging.maximumDays
  for (let calls = 0; calls < settings.limits.maximumPages; calls++) {
    if (Temporal.PlainDate.compare(from, today) > 0) return
    const wanted = from.add({ days: days - 1 })
    const to = Temporal.PlainDate.compare(wanted, today) > 0 ? today : wanted
    const scope = { from: from.toString(), to: to.toString() }
    const answer = await caller.call(settings.call, scope, paging.tooManyWhen)
    if (answer.means === 'aside' || isTruncated(answer, paging)) {
      if (from.equals(to)) throw tooManyInOneDay(from)
      days = Math.ceil((from.until(to).days + 1) / 2)
      continue
    }
    const isLast = to.equals(today)
    const reached = isLast ? today : to.add({ days: 1 })
    const next = {
      from: laterOf(reached.toString(), memory.from),
      ...(rescan && isLast && { rescannedOn: today.toString() }),
    }
    if (answer.means === 'ok') yield { label: from.toString(), scope, answer, next }
    else Object.assign(memory, next)
    if (isLast) return
    from = reached
    days = Math.min(paging.maximumDays, days * 2)
  }
  throw tooMany(settings.limits.maximumPages)
}

function firstDay(
  context: Poll,
  memory: Memory,
  paging: Dates,
  rescan: boolean,
): Temporal.PlainDate {
  const wanted = context.from?.toZonedDateTimeISO(zone).toPlainDate().toString()
  const start = laterOf(paging.start, wanted)
  if (memory.from === undefined) return Temporal.PlainDate.from(start)
  const overlapped = Temporal.PlainDate.from(memory.from).subtract({ days: paging.overlapDays })
  const back = todayOf(context).subtract({ days: paging.rescanDays })
  const first = rescan && Temporal.PlainDate.compare(back, overlapped) < 0 ? back : overlapped
  return Temporal.PlainDate.from(laterOf(start, first.toString()))
}

function isTruncated(answer: Answer, { extracted, total }: Dates): boolean {
  if (total === undefined) return false
  const all = Number(valueAt(answer.root, total) ?? Number.NaN)
  const here =
    extracted === undefined ? answer.records.length : Number(valueAt(answer.root, extracted))
  return here < all
}

/** ISO dates compare as texts. */
function laterOf(date: string, other: string | undefined): string {
  return other !== undefined && other > date ? other : date
}

function todayOf(context: Poll): Temporal.PlainDate {
  return context.now().toZonedDateTimeISO(zone).toPlainDate()
}

function tooManyInOneDay(day: Temporal.PlainDate): SourceError {
  const message =
    `the source has more on ${day} than it answers at once, and a day is the smallest window: ` +
    'narrow the call by another argument, or read by `numbers`'
  return new SourceError('SRC_WINDOW', message, { retry: true })
}

function endless(what: string): SourceError {
  const message = `the source ${what}: look at \`paging\` and at the arguments that use it`
  return new SourceError('SRC_WINDOW', message, { retry: false })
}

function tooMany(maximumPages: number): SourceError {
  const message =
    `the source has more than ${maximumPages} calls give (\`limits.maximumPages\`): what was ` +
    'read is saved, the next poll goes on where it can'
  return new SourceError('SRC_WINDOW', message, { retry: true })
}
