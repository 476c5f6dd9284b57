// A poll: every reading becomes a drop, unless it is what the same request answered before, and
// once a drop is saved the source is told (`afterCommit`).
// Invariants: how far the feed has come is saved with the last drop of a reading; what a service
// changes by being told is changed only after the commit.

import { hash } from 'node:crypto'
import { type PollContext, type SourceDrop, SourceError, stopped } from '../../src/connector.ts'
import { assertAnswered, jsonType } from './answer.ts'
import { type Caller, openCaller } from './call.ts'
import { type Entry, entriesOf, fetchDetails, joinDocuments, recordScope } from './details.ts'
import { readJob } from './job.ts'
import { isSeen, keyOf, type Memory, readMemory, toCursor, withSeen } from './memory.ts'
import type { ReadSettings, SoapSettings } from './settings.ts'
import { contentHash, type Reading, readAll } from './windows.ts'

type Poll = PollContext<ReadSettings>
type Details = NonNullable<SoapSettings['details']>

/** Memory and connection of one poll. */
interface Run {
  context: Poll
  caller: Caller
  memory: Memory
}

const chunkBytes = 256 * 1024
const mostKnown = 1000

export async function* pollService(
  whole: PollContext<SoapSettings>,
): AsyncGenerator<SourceDrop, void, void> {
  const context = { ...whole, settings: readingOf(whole.settings) }
  await using caller = await openCaller(context)
  const memory = readMemory(context.cursor)
  const run = { context, caller, memory }
  const { job, details } = context.settings
  const readings =
    job === undefined ? readAll(context, caller, memory) : readJob(context, caller, memory, job)
  for await (const reading of readings) {
    if (details?.as === 'drops') yield* dropEach(run, reading, details)
    else yield* dropWhole(run, reading, details)
    Object.assign(memory, reading.next)
  }
  // Windows without anything new have no drop that could carry how far they came.
  const cursor = toCursor(memory)
  if (JSON.stringify(cursor) !== JSON.stringify(context.cursor)) await context.remember(cursor)
}

/** Throws `SRC_SETTINGS` for a system that is only told, or only asked. */
function readingOf({ call, ...settings }: SoapSettings): ReadSettings {
  if (call !== undefined) return { ...settings, call }
  const message = 'the settings name no `call`: there is nothing to read'
  throw new SourceError('SRC_SETTINGS', message, { retry: false })
}

/** The whole answer, with its details, as one drop. */
async function* dropWhole(
  run: Run,
  reading: Reading,
  details: Details | undefined,
): AsyncGenerator<SourceDrop> {
  const { context, caller, memory } = run
  const { call, limits } = context.settings
  const { answer, label, scope } = reading
  assertAnswered(answer, call.operation)
  let { bytes, mediaType } = answer
  let content = contentHash(answer)
  if (details !== undefined) {
    const entries = entriesOf(answer, scope, details, limits)
    const answers = await fetchDetails(caller, details, entries)
    ;({ bytes, mediaType } = joinDocuments(answer, answers))
    content = hash('sha256', [content, ...answers.map(contentHash)].join(' ')).slice(0, 32)
  }
  const key = keyOf(memory, call.operation, label, content)
  if (!isSeen(memory, label, content) && !(await context.known([key])).has(key)) {
    const name = `${plain(call.operation)}-${label}.${endingOf(mediaType)}`
    const saved = { ...withSeen(memory, label, content), ...reading.next }
    yield {
      key,
      parts: [{ name, mediaType, bytes: inChunks(bytes, context.signal) }],
      cursor: toCursor(saved),
    }
  }
  if (!isSeen(memory, label, content)) Object.assign(memory, withSeen(memory, label, content))
  await tellAll(run, reading)
}

/** A drop for each record of a list; those that are saved are not asked for again. */
async function* dropEach(run: Run, reading: Reading, details: Details): AsyncGenerator<SourceDrop> {
  const { context, caller, memory } = run
  const entries = entriesOf(reading.answer, reading.scope, details, context.settings.limits)
  const known = await findKnown(
    context,
    entries.map((entry) => dropKeyOf(details, entry)),
  )
  for (const [index, entry] of entries.entries()) {
    const key = dropKeyOf(details, entry)
    if (!known.has(key)) {
      if (context.signal.aborted) throw stopped()
      const answer = await caller.call(details, entry.scope)
      if (answer.means === 'empty') continue
      assertAnswered(answer, details.operation)
      const isLast = index === entries.length - 1
      const { mediaType } = answer
      const name = `${plain(details.operation)}-${plain(entry.key)}.${endingOf(mediaType)}`
      yield {
        key,
        parts: [{ name, mediaType, bytes: inChunks(answer.bytes, context.signal) }],
        cursor: toCursor(isLast ? { ...memory, ...reading.next } : memory),
      }
    }
    await tell(run, entry.scope)
  }
}

/** Tells the source what is saved: again, when a stop came in between. */
async function tellAll(run: Run, reading: Reading): Promise<void> {
  const { afterCommit } = run.context.settings
  if (afterCommit === undefined) return
  if (afterCommit.each === 'answer') return tell(run, reading.scope)
  for (const record of reading.answer.records) {
    await tell(run, { ...reading.scope, record: recordScope(record) })
  }
}

async function tell({ context, caller }: Run, scope: Entry['scope']): Promise<void> {
  const { afterCommit } = context.settings
  if (afterCommit !== undefined) await caller.call(afterCommit, scope)
}

async function findKnown(context: Poll, keys: string[]): Promise<Set<string>> {
  const known = new Set<string>()
  for (let at = 0; at < keys.length; at += mostKnown) {
    for (const key of await context.known(keys.slice(at, at + mostKnown))) known.add(key)
  }
  return known
}

/** Keys of drops have 500 characters at most. */
function dropKeyOf({ operation }: Details, { key }: Entry): string {
  return `${operation}/${key.length <= 250 ? key : hash('sha256', key)}`
}

function plain(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 100)
}

function endingOf(mediaType: string): string {
  if (/^(application|text)\/xml$/.test(mediaType)) return 'xml'
  if (/zip/.test(mediaType)) return 'zip'
  if (mediaType === jsonType) return 'json'
  return mediaType === 'text/csv' ? 'csv' : 'bin'
}

async function* inChunks(bytes: Buffer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    if (signal.aborted) throw stopped()
    yield bytes.subarray(at, at + chunkBytes)
  }
}
