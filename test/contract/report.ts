// A report as a connector gets it, which keeps what is said of it: what was begun, given, failed.
// Invariant: the core's part is played as the core plays it, from try to try: what was given is not
// asked for again, and what was begun and did not end comes back as such.
import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type {
  GivenReceipt,
  OwedReceipt,
  Receipt,
  ReceiptNotice,
  SourceError,
  WriteBack,
} from '../../src/connector.ts'
import { sourceCodes } from '../../src/domain/codes.ts'

/** What the core keeps of what a system was told, from try to try. */
export interface Told {
  begun: Set<string>
  given: Map<string, GivenReceipt>
  failed: Map<string, { error: SourceError; mayBeGiven: boolean }>
}

export interface ReportOptions {
  /** Those that the system has still to get, unless an earlier try said how they went. */
  receipts?: readonly Receipt[]
  /** Of the tries before; absent: this is the first. */
  told?: Told
  /** The notices of records, by the id of their receipt. */
  notices?: ReadonlyMap<string, ReceiptNotice>
}

export interface RecordedReport extends WriteBack {
  told: Told
  /** What the core does when `writeBack` returns: what was read and did not fail is given. */
  settle(): void
}

/** A report about a drop, with this text as its file; it keeps what the connector says of it. */
export function reportOf(
  dropKey: string,
  text: string,
  number = 0,
  options: ReportOptions = {},
): RecordedReport {
  const { receipts = [], told = nothingTold(), notices } = options
  async function* file() {
    for (const letter of text) yield Buffer.from(letter)
  }
  const read: Receipt[] = []
  async function* owed(): AsyncGenerator<OwedReceipt> {
    for (const receipt of receipts) {
      if (!isOwed(receipt, told)) continue
      read.push(receipt)
      yield { ...receipt, isBegun: told.begun.has(receipt.id) }
    }
  }
  return {
    ...{ dropKey, number, told, file, receipts: owed() },
    settle() {
      for (const receipt of read) {
        const { id } = receipt
        if (!told.failed.has(id) && !told.given.has(id)) told.given.set(id, { receipt })
      }
    },
    rest: async () => null,
    notice: async ({ id }) => notices?.get(id) ?? null,
    async begin(begun) {
      expect(begun.length).toBeLessThanOrEqual(500)
      for (const { id } of begun) told.begun.add(id)
    },
    async given(given) {
      expect(given.length).toBeLessThanOrEqual(500)
      for (const one of given) {
        told.given.set(one.receipt.id, one)
        told.failed.delete(one.receipt.id)
      }
    },
    async failed({ id }, error, mayBeGiven = false) {
      expect(Object.keys(sourceCodes)).toContain(error.code)
      told.failed.set(id, { error, mayBeGiven })
      if (!mayBeGiven) told.begun.delete(id)
    },
  }
}

export function nothingTold(): Told {
  return { begun: new Set(), given: new Map(), failed: new Map() }
}

/** What a person must decide, or what was refused for good, is not asked for again by itself. */
function isOwed({ id }: Receipt, told: Told): boolean {
  const failure = told.failed.get(id)
  return !told.given.has(id) && (failure === undefined || mayComeAgain(failure))
}

function mayComeAgain({ error, mayBeGiven }: { error: SourceError; mayBeGiven: boolean }): boolean {
  return error.retry && !mayBeGiven
}

/** A receipt of one sent record, whose id its line and key make. */
export function receiptOf(changes: Partial<Receipt> = {}): Receipt {
  const { line = 1, key = null } = changes
  const id = createHash('sha256').update(`${line} ${key}`).digest('hex').slice(0, 32)
  const at = Temporal.Instant.from('2026-03-02T08:00:00.5Z')
  return { id, line, key, fate: 'sent', code: '', detail: '', messageId: null, at, ...changes }
}
