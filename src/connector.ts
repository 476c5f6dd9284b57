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

/** What a call throws when Staffetta stops while it runs. */
export function stopped(): SourceError {
  return new SourceError('SRC_STOPPED', 'Staffetta was stopping', { retry: true })
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

/** What the calls that do something at the source receive; `check` only looks. */
export interface WorkContext<S> extends SourceContext<S> {
  /**
   * The next value of a persistent counter of the institution, which all of its feeds and systems
   * share by its name: never given twice, crash or not. Starts at 1.
   */
  counter(name: string): Promise<bigint>
}

export interface PollContext<S> extends WorkContext<S> {
  /** What the last committed drop carried as `cursor`; null at first. */
  cursor: Json
  /** Drops older than this are not wanted (`from:` of the feed); null means all. */
  from: Temporal.Instant | null
  /** Which of these keys are already saved. Ask in lists of at most 1,000. */
  known(keys: string[]): Promise<Set<string>>
  /**
   * Saves a cursor without a drop: the ticket of an extraction that is fetched later, or how far a
   * poll came that found nothing new.
   */
  remember(cursor: Json): Promise<void>
}

/** pino's shape: values first, then a fixed past-tense phrase. Never a person's data. */
export interface SourceLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** What a system is told about one record of a drop. */
export interface Receipt {
  /**
   * Identifies the record for ever, whatever is told about it: an idempotency key. 32 digits and
   * lower-case letters a–f.
   */
  id: string
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
 * once. A connector that tells the records one by one says so with `begin`, `given` and `failed`;
 * when `writeBack` returns, every receipt that was read and did not fail counts as given. When it
 * throws, what was given stays given, and the others are asked for again, later and later, until
 * the feed's horizon.
 */
export interface WriteBack {
  dropKey: string
  /** 0 is the report; 1, 2 … are supplements with what changed since. */
  number: number
  /** Those that the system has not been given yet, in the order of the drop. */
  receipts: AsyncIterable<OwedReceipt>
  /** The same receipts as the bytes of a result file (UTF-8 with BOM, `;`, CRLF). */
  file(): AsyncIterable<Uint8Array>
  /**
   * The parts of the drop in their own format with the records alone that were not reached; null
   * when the feed does not ask for them, or not with this report.
   */
  rest(): Promise<SourcePart[] | null>
  /**
   * The notice of a record, with its texts; null when the record made no message, or when a later
   * drop has changed the notice, and nobody knows any more what the message said.
   */
  notice(receipt: Receipt): Promise<ReceiptNotice | null>
  /**
   * To be awaited before a call that must not be made twice: should its end never be known, the
   * receipt comes again with `isBegun`. At most 500 at once. What it throws ends the report:
   * another has told it meanwhile, or Staffetta stops.
   */
  begin(receipts: readonly Receipt[]): Promise<void>
  /** Committed when it resolves: the system has these receipts. At most 500 at once. */
  given(receipts: readonly GivenReceipt[]): Promise<void>
  /**
   * Committed when it resolves: this one could not be told. With `retry: false` it is not tried
   * again. `mayBeGiven`: the call left and its answer is lost, a person decides.
   */
  failed(receipt: Receipt, error: SourceError, mayBeGiven?: boolean): Promise<void>
}

/** A receipt that the system has still to get. */
export interface OwedReceipt extends Receipt {
  /** A call for it was begun and its end is not known: it may have it already. */
  isBegun: boolean
}

export interface GivenReceipt {
  receipt: Receipt
  /** What the system said, shown with the record: `{ number: '0001234', date: '2026-03-02' }`. */
  answer?: Record<string, string>
}

/** What a system may be told of a message: personal data, for this call alone. */
export interface ReceiptNotice {
  fiscalCode: string
  /** The Italian texts of the first message, as they leave. */
  subject: string
  markdown: string
  dueAt: Temporal.Instant | null
  payment: { noticeNumber: string; amountCents: number; payee: string | null } | null
  /**
   * The values of the record by field, and those of its lookups that the mapping keeps, by
   * `lookup.field`: days as `2026-03-31`, amounts in cents, `true`. What is empty is not there.
   */
  values: Record<string, string>
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
   * Tells the system how records ended. Idempotent. Throws like `poll`. Never a cause of sending.
   */
  writeBack?(context: WorkContext<S>, report: WriteBack): Promise<void>
  /** `writeBack` asks for the `rest` and writes it; else no feed may want one of it. */
  writesRest?: true
  /**
   * Answers rows by key, in batches of at most 500 keys. A key without a row is absent from the
   * answer; one whose answer could not be had has its error there. Throws like `poll` when that is
   * so of all.
   */
  lookup?(
    context: WorkContext<S>,
    keys: readonly string[],
  ): Promise<Map<string, Record<string, string> | SourceError>>
}

/** Gives a connector its types: `export default defineConnector({ … })`. */
export function defineConnector<S>(connector: Connector<S>): Connector<S> {
  return connector
}
