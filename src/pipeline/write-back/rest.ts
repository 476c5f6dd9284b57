// a flow → the rest of its drop: the same parts in the same format, with the records alone that no
// message reached. Which records those are is decided here; how formats are cut is `mapping`'s.
// Invariant: the drop is read exactly as its messages were made, record by record, or there is no
// rest.

import type { AccountTerm } from '../../domain/flow-account.ts'
import { isRest } from '../../domain/rest.ts'
import { DropError } from '../../mapping/drop-error.ts'
import type { RecordSpec } from '../../mapping/format/record-spec.ts'
import { RestError } from '../../mapping/rest/rest-error.ts'

/** Where a record of a flow stands. */
export interface RestRecord {
  /** 1-based number in the drop. */
  record: number
  line: number
  term: AccountTerm
  /** Of a duplicate: where the first message of its notice stands. */
  earlier: AccountTerm | null
}

export interface RestPart {
  name: string
  mediaType: string
  bytes: AsyncIterable<Uint8Array>
}

export interface Rest {
  /** Records of the drop, and those of them that the rest holds. */
  records: number
  wanted: number
  parts: RestPart[]
}

export interface RestPorts {
  rests: { records(flowId: number): AsyncIterable<RestRecord> }
  /** The parts of a drop with the records alone that are wanted. Throws `RestError`. */
  cut(
    dropId: number,
    record: RecordSpec,
    isWanted: (record: number, line: number) => boolean,
  ): Promise<Rest>
}

export interface RestRequest {
  flowId: number
  dropId: number
  record: RecordSpec
  /** The terms of the account that belong to it. */
  terms: readonly AccountTerm[]
}

/** Makes a rest; its parts are read as they are asked for. Throws `RestError`. */
export async function makeRest(request: RestRequest, ports: RestPorts): Promise<Rest> {
  const wanted = new Set(request.terms)
  /** By record: its line, below zero where the rest is without it. */
  const lines: number[] = []
  for await (const { record, line, term, earlier } of ports.rests.records(request.flowId)) {
    if (record !== lines.length + 1) throw changed()
    lines.push(isRest(term, earlier, wanted) ? line : -line)
  }
  const rest = await cut(request, ports, (record, line) => {
    const known = lines[record - 1]
    if (known === undefined || Math.abs(known) !== line) throw changed()
    return known > 0
  })
  if (rest.records !== lines.length) throw changed()
  return rest
}

/** A drop that gave messages was read to its end: where it cannot be, something has changed. */
async function cut(
  { dropId, record }: RestRequest,
  ports: RestPorts,
  isWanted: (record: number, line: number) => boolean,
): Promise<Rest> {
  try {
    return await ports.cut(dropId, record, isWanted)
  } catch (error) {
    throw error instanceof DropError ? changed(error) : error
  }
}

function changed(cause?: DropError): RestError {
  const why = cause === undefined ? '' : ` (${cause.code})`
  const error = new RestError(
    'REST_CHANGED',
    `Il file non si legge più come quando ne sono nati i messaggi: il modello è cambiato${why}.`,
    'Rimetti il modello com’era per scrivere il residuo, o usa il file degli esiti.',
  )
  error.cause = cause
  return error
}
