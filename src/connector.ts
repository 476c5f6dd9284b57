// The contract between Staffetta and the connectors that reach source systems.
// Public and versioned: a connector imports this file and nothing else of Staffetta.
// The folder `connectors/NAME/` is the registry: its `index.ts` default-exports a `Connector`.
// Invariant: a `yield` of `poll` returns only when the drop is committed; code after it may
// acknowledge.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Raised when the shapes below change incompatibly. */
export const CONNECTOR_API = 1

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/**
 * A value that must never be printed. Settings hold it by reference (`env:NAME`, `file:PATH`);
 * only the connector that uses it calls `reveal()`.
 */
export class Secret {
  readonly #read: () => string
  /** Where the value comes from, safe to print: `env:NAME` or `file:PATH`. */
  readonly reference: string

  constructor(reference: string, read: () => string) {
    this.reference = reference
    this.#read = read
  }

  /** The value itself. Throws when the variable or the file is missing. */
  reveal(): string {
    return this.#read()
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]'
  }
}

/**
 * A settings field that holds a secret by reference; `parse` gives a `Secret` that is read when
 * revealed.
 */
export function secret() {
  return z
    .string()
    .regex(/^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/, 'a reference: `env:NAME` or `file:PATH`')
    .transform((reference) => new Secret(reference, () => readSecret(reference)))
}

function readSecret(reference: string): string {
  const name = reference.slice(reference.indexOf(':') + 1)
  if (reference.startsWith('file:')) return readFileSync(name, 'utf8').trimEnd()
  const value = process.env[name]
  if (!value) throw new Error(`the environment variable ${name} is not set`)
  return value
}

/**
 * A fault of the source, said in words an operator understands.
 * `retry: true`: the next scheduled poll may succeed. `retry: false`: a person must act first
 * (a changed host key, refused credentials); the feed is shown as failing with this message.
 */
export class SourceError extends Error {
  readonly code: string
  readonly retry: boolean

  constructor(code: string, message: string, options: { retry: boolean; cause?: unknown }) {
    super(message, { cause: options.cause })
    this.name = 'SourceError'
    this.code = code
    this.retry = options.retry
  }
}

/** One named part of a drop. `bytes` is read once, to its end, by the core while it saves. */
export interface SourcePart {
  /** The part's name as the source calls it; shown and recorded, never used as a path. */
  name: string
  /** IANA media type, or `application/octet-stream` when unknown. */
  mediaType: string
  bytes: AsyncIterable<Uint8Array>
}

/** What a source hands over at once. */
export interface SourceDrop {
  /**
   * Identifies the drop within its feed, for ever: the same key is never saved twice. ≤ 500
   * characters.
   */
  key: string
  parts: SourcePart[]
  /** Saved in the drop's own transaction; the next poll's `context.cursor`. */
  cursor?: Json
}

/**
 * What every call of a connector receives. `S` is the type of its settings, parsed and with
 * defaults.
 */
export interface SourceContext<S> {
  settings: S
  /** Aborted when Staffetta stops; every wait and every read must end soon after. */
  signal: AbortSignal
  log: SourceLog
  /**
   * The clock. Connectors never call `Date.now()` or `setTimeout` themselves, but to bound how long
   * the source may take to answer.
   */
  now(): Temporal.Instant
  /** Resolves after so many seconds; rejects when the signal is aborted. */
  sleep(seconds: number): Promise<void>
}

export interface PollContext<S> extends SourceContext<S> {
  /** What the last committed drop carried as `cursor`; null at first. */
  cursor: Json
  /** Drops older than this are not wanted (`from:` of the feed); null means all. */
  from: Temporal.Instant | null
  /** Which of these keys are already saved. Ask in lists of at most 1,000. */
  known(keys: string[]): Promise<Set<string>>
  /** The next value of a persistent counter, never given twice, crash or not. Starts at 1. */
  counter(name: string): Promise<bigint>
  /**
   * Saves a cursor without a drop: the ticket of an extraction that is fetched later, or how far a
   * poll came that found nothing new. Absent where nothing is kept.
   */
  remember?(cursor: Json): Promise<void>
}

/** pino's shape: values first, then a fixed past-tense phrase. Never a person's data. */
export interface SourceLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** What the source is told about one record of a drop. */
export interface Receipt {
  /** 1-based line of the record in its part. */
  line: number
  /**
   * The record's key as the mapping reads it, unchanged; null when the record was refused before it
   * had one.
   */
  key: string | null
  /** One of the terms of the account: sent, undeliverable, rejected, refused, duplicate … */
  fate: string
  /** Stable code of the reason; empty when there is nothing to add. */
  code: string
  /** One sentence for the office; no personal data beyond what the source sent. */
  detail: string
  /** IO's id of the accepted message, or null. */
  messageId: string | null
  /** When the fate was reached, or null while it is still open. */
  at: Temporal.Instant | null
}

/**
 * One report about one drop. May be asked for again after a crash: writing it twice must end as
 * once.
 */
export interface WriteBack {
  dropKey: string
  /** 0 is the report; 1, 2 … are supplements with what changed since. */
  number: number
  receipts: AsyncIterable<Receipt>
  /** The same receipts as the bytes of a result file (UTF-8 with BOM, `;`, CRLF). */
  file(): AsyncIterable<Uint8Array>
}

/** One line of `staffetta check --online`. */
export interface CheckLine {
  ok: boolean
  /** What was tried: `log in as bollette@sftp.example:22`. */
  what: string
  /** When not ok: what to do about it. */
  remedy?: string
}

export interface Connector<S = unknown> {
  /** One sentence for `--help` and the docs. */
  summary: string
  /**
   * A zod strict object; every field has `.describe()`. Secrets are `secret()` fields, given as
   * `Secret`.
   */
  settings: z.ZodType<S>
  /** Reaches the source and says what works. Called by people only; changes nothing; ≤ 30 s. */
  check(context: SourceContext<S>): Promise<CheckLine[]>
  /**
   * Called by one process at a time, on the feed's schedule. Yields each new drop once; stops when
   * there is nothing more. After a `yield` returns, the drop is safe: acknowledge it at the source.
   * If saving fails, the generator is closed (`finally` runs) and the drop must come again later.
   * Throws `SourceError`; any other error is taken as retryable and reported with its stack.
   */
  poll(context: PollContext<S>): AsyncGenerator<SourceDrop, void, void>
  /**
   * Tells the source how its records ended. Idempotent. Throws like `poll`. Never a cause of
   * sending.
   */
  writeBack?(context: SourceContext<S>, report: WriteBack): Promise<void>
  /**
   * Answers rows by key, for mappings that look up in the source itself. At most 500 keys a call.
   */
  lookup?(context: SourceContext<S>, keys: string[]): Promise<Map<string, Record<string, string>>>
}

/** Gives a connector its types: `export default defineConnector({ … })`. */
export function defineConnector<S>(connector: Connector<S>): Connector<S> {
  return connector
}
