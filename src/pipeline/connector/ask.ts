// keys → what a system answers about them. Asked for drops before they are mapped, and for messages
// before they leave: in bounded batches, as often as the system bears, each answer kept before the
// next batch is asked. Invariant: nothing is asked that a fresh answer is there for; a system that
// fails, or has been asked enough today, is left alone until it may be asked again.
import { type Connector, SourceError } from '../../connector.ts'
import { answerOf } from '../../mapping/answer.ts'
import type { AskedTable, Row } from '../../mapping/mapping.ts'
import { describeFailure, type SourceFailure } from './source-failure.ts'
import { type WorkPorts, workContext } from './work-context.ts'

/** What this needs to know of a system. */
export interface AskableSystem {
  institution: string
  name: string
  /** Who is told by mail that it does not answer, or was asked enough. */
  notify: readonly string[]
  connector: Connector
  settings: unknown
  /** Of the institution: its days count. */
  zone: string
  cacheHours: number
  perSecond: number
  perDay: number | null
  batch: number
  timeoutSeconds: number
}

/** Why a system is not asked (any more) now, and when it may be again. */
export interface Halt {
  why: 'cap' | 'down' | 'late' | 'gone'
  until: Temporal.Instant | null
  /** How often the system may be asked, where that is why. */
  perSecond?: number
}

export interface AskPorts extends WorkPorts {
  /** Null: the configuration no longer has it, or it answers nothing. */
  system(institution: string, name: string): Promise<AskableSystem | null>
  answers: {
    find(
      institution: string,
      asked: AskedTable,
      keys: readonly string[],
      since: Temporal.Instant,
    ): Promise<Map<string, Row>>
    keep(
      institution: string,
      asked: AskedTable,
      answers: ReadonlyMap<string, Row>,
      at: Temporal.Instant,
    ): Promise<void>
  }
  systems: {
    allow(
      system: AskableSystem,
      wanted: number,
      rate: { perSecond: number; perDay: number | null; day: string; dayEnds: Temporal.Instant },
      latest: Temporal.Instant,
      now: Temporal.Instant,
    ): Promise<
      | { keys: number; at: Temporal.Instant }
      | { keys: 0; why: 'cap' | 'down' | 'late'; until: Temporal.Instant }
    >
    answered(system: AskableSystem, now: Temporal.Instant): Promise<void>
    failed(
      system: AskableSystem,
      failure: SourceFailure & { isOfKey: boolean },
      now: Temporal.Instant,
    ): Promise<void>
  }
}

export interface Question {
  institution: string
  asked: AskedTable
  keys: readonly string[]
  /** Answers from before are not used. */
  since: Temporal.Instant
  /** Nothing is asked whose turn would come later. */
  latest: Temporal.Instant
  signal: AbortSignal
}

export interface Asked {
  /** By key, as it was asked; one without an answer is absent. */
  answers: Map<string, Row>
  /** Null: all keys were asked about. */
  halt: Halt | null
}

/** Failed calls in a row after which a system is left alone; one is enough if it is for good. */
const MOST_FAILURES = 2
/** Keys in a row without an answer, each with a fault of its own: then it is no fault of theirs. */
const MOST_SILENT = 20

/** Finds fresh answers, and asks the system about the other keys. */
export async function ask(question: Question, ports: AskPorts): Promise<Asked> {
  const { institution, asked, since } = question
  const keys = [...new Set(question.keys)]
  const answers = await ports.answers.find(institution, asked, keys, since)
  const left = keys.filter((key) => !answers.has(key))
  if (left.length === 0) return { answers, halt: null }
  const system = await ports.system(institution, asked.system)
  if (system === null) return { answers, halt: { why: 'gone', until: null } }

  const most = Math.max(1, Math.min(system.batch, Math.floor(system.perSecond)))
  let failures = 0
  let silent = 0
  while (left.length > 0) {
    question.signal.throwIfAborted()
    const turn = await waitForTurn(question, system, Math.min(most, left.length), ports)
    if ('why' in turn) return { answers, halt: turn }
    const batch = left.splice(0, turn.keys)
    const isSilent = silent + batch.length >= MOST_SILENT
    const said = await askBatch(batch, question, system, isSilent, ports)
    for (const [key, row] of said.answers) answers.set(key, row)
    failures = said.error ? failures + 1 : 0
    silent = said.answers.size > 0 ? 0 : silent + batch.length
    const isDown = said.error?.retry === false || failures === MOST_FAILURES
    if (isDown || silent >= MOST_SILENT) return { answers, halt: { why: 'down', until: null } }
  }
  return { answers, halt: null }
}

/** Takes a place in the system's rate, and waits for it. */
async function waitForTurn(
  { latest, signal }: Question,
  system: AskableSystem,
  wanted: number,
  ports: AskPorts,
): Promise<{ keys: number } | Halt> {
  const now = ports.now()
  const { perSecond, perDay } = system
  const today = now.toZonedDateTimeISO(system.zone)
  const day = today.toPlainDate().toString()
  const dayEnds = today.startOfDay().add({ days: 1 }).toInstant()
  const rate = { perSecond, perDay, day, dayEnds }
  const turn = await ports.systems.allow(system, wanted, rate, latest, now)
  if ('why' in turn) return { ...turn, perSecond }
  const seconds = now.until(turn.at).total('seconds')
  if (seconds > 0) await ports.sleep(seconds, signal)
  return { keys: turn.keys }
}

/**
 * One call; what it answers is kept when this resolves, and its faults are noted. `isSilent`: where
 * none of these keys is answered either, it is no fault of theirs.
 */
async function askBatch(
  keys: readonly string[],
  question: Question,
  system: AskableSystem,
  isSilent: boolean,
  ports: AskPorts,
): Promise<{ answers: Map<string, Row>; error: SourceFailure | null }> {
  const { institution, asked, signal } = question
  const fail = (failure: SourceFailure, isOfKey: boolean) => {
    const { code } = failure
    ports.log.warn({ institution, system: system.name, code, isOfKey }, 'system did not answer')
    return ports.systems.failed(system, { ...failure, isOfKey }, ports.now())
  }
  const at = ports.now()
  const said = await callOf(system, keys, signal, ports)
  signal.throwIfAborted()
  if ('error' in said) {
    await fail(said.error, false)
    return { answers: new Map(), error: said.error }
  }
  const { answers, failure } = readAnswers(keys, said.rows, asked, at)
  await ports.answers.keep(institution, asked, answers, at)
  if (answers.size > 0) await ports.systems.answered(system, ports.now())
  if (failure) await fail(failure, !isSilent || answers.size > 0)
  return { answers, error: null }
}

type Said = { rows: Map<string, Record<string, string> | SourceError> } | { error: SourceFailure }

/** Ends with the timeout also where the connector does not heed its signal. */
async function callOf(
  system: AskableSystem,
  keys: readonly string[],
  stop: AbortSignal,
  ports: AskPorts,
): Promise<Said> {
  const { connector, timeoutSeconds } = system
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
  const signal = AbortSignal.any([stop, timeout])
  const context = workContext(system, ports, signal)
  const late = new SourceError(
    'SRC_UNREACHABLE',
    `no answer within ${timeoutSeconds} seconds: raise \`timeoutSeconds\`, or lower \`batch\``,
    { retry: true },
  )
  try {
    if (!connector.lookup) throw new Error(`the connector of ${system.name} answers nothing`)
    return { rows: await Promise.race([connector.lookup(context, keys), abortOf(signal)]) }
  } catch (error) {
    return { error: describeFailure(timeout.aborted ? late : error) }
  }
}

/** Rejects when the signal is aborted. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** What is kept of the answers, with the day; and why some key has none. */
function readAnswers(
  keys: readonly string[],
  rows: ReadonlyMap<string, Record<string, string> | SourceError>,
  asked: AskedTable,
  at: Temporal.Instant,
): { answers: Map<string, Row>; failure: SourceFailure | null } {
  const answers = new Map<string, Row>()
  let failure: SourceFailure | null = null
  for (const key of keys) {
    const row = rows.get(key)
    if (row instanceof SourceError) {
      failure ??= describeFailure(row)
      continue
    }
    const read = answerOf(row ?? null, asked, at)
    if ('values' in read) answers.set(key, read.values)
    else failure ??= { code: 'SRC_ANSWER', message: read.problem, retry: false }
  }
  return { answers, failure }
}
