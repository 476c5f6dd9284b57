// A drop's records → the answers of systems that their mapping looks up, before they are mapped and
// outside of the lot: what is asked slowly must hold no lock. In passes of a few seconds, so that
// other drops are not kept waiting; each answer is kept at once, so that a pass that was cut goes
// on where it was. Invariant: only records are asked about that nothing else refuses or skips.
import type { AskedTable, CompiledNotice, FinishContext } from '../../mapping/mapping.ts'
import { type AskPorts, ask, type Halt } from '../connector/ask.ts'
import { type Lookup, type MayAsk, prepareBatches, type RecordBatch } from './records.ts'

export interface AskingPorts extends AskPorts {
  askings: {
    /** Begins a pass, or goes on; `attempts` is how many in a row have not come any further. */
    begin(
      dropId: number,
      now: Temporal.Instant,
    ): Promise<AskingState & { since: Temporal.Instant; attempts: number }>
    note(dropId: number, state: AskingState): Promise<void>
  }
}

export interface AskingState {
  /** The last record whose questions were all tried. */
  record: number
  answered: number
  unanswered: number
}

export interface Asking {
  /** Finds references, and what systems have answered; what they have not is absent. */
  lookup: Lookup
  /** Passes in a row that have come no further. */
  attempts: number
  /** No record of the drop has been asked about. */
  isNew: boolean
  /** When a system that was left alone may be asked again, as far as that is known. */
  again(): Temporal.Instant | null
  /**
   * Asks for so many seconds about these records; answers when to go on, or null once all were
   * tried. `isWhole`: they are all of the drop, and what was tried before is passed over.
   */
  pass(
    batches: AsyncIterable<RecordBatch>,
    context: FinishContext,
    isWhole: boolean,
  ): Promise<Temporal.Instant | null>
}

/** How long one pass asks. */
const PASS = { seconds: 10 }

/** Whether a mapping looks anything up in systems. */
export function asksSystems({ lookups }: CompiledNotice): boolean {
  return lookups.some(({ asked }) => asked !== null)
}

/** Opens the asking for a drop. */
export async function openAsking(
  drop: { id: number; institution: string },
  mapping: CompiledNotice,
  references: Lookup,
  ports: AskingPorts,
): Promise<Asking> {
  const { attempts, since, ...state } = await ports.askings.begin(drop.id, ports.now())
  const halts = new Map<string, Halt>()

  async function sinceOf(system: string): Promise<Temporal.Instant> {
    const found = await ports.system(drop.institution, system)
    return since.subtract({ hours: found?.cacheHours ?? 0 })
  }

  /** Of this drop alone: answers that were kept. */
  const kept = async (institution: string, keys: string[], asked: AskedTable) =>
    ports.answers.find(institution, asked, keys, await sinceOf(asked.system))

  const lookup: Lookup = (institution, table, keys, asked = null) =>
    asked === null ? references(institution, table, keys) : kept(institution, keys, asked)

  return {
    lookup,
    attempts,
    isNew: state.record === 0,
    again: () => firstOf([...halts.values()].flatMap(({ until }) => until ?? [])),
    async pass(batches, context, isWhole) {
      const begun = isWhole ? state.record : 0
      const latest = ports.now().add(PASS)
      const asking: Lookup = async (institution, table, keys, asked = null) => {
        if (asked === null) return references(institution, table, keys)
        if (halts.has(asked.system)) return kept(institution, keys, asked)
        const since = await sinceOf(asked.system)
        const { answers, halt } = await ask(
          { institution, asked, keys, since, latest, signal: NEVER },
          ports,
        )
        if (halt) halts.set(asked.system, halt)
        state.answered += answers.size
        state.unanswered += keys.length - answers.size
        return answers
      }
      const left = piecesAfter(begun, batches)
      const mayAsk: MayAsk = (prepared, rows) => mapping.mayAsk(prepared, rows, context)
      const tried = { ...state }
      for await (const batch of prepareBatches(left, mapping, drop.institution, asking, mayAsk)) {
        const late = [...halts.values()].find(({ why }) => why === 'late')
        if (!late) Object.assign(tried, state, { record: batch.prepared.at(-1)!.record })
        if (isWhole) await ports.askings.note(drop.id, tried)
        if (late) return late.until
      }
      return null
    },
  }
}

/** Nothing is cut in the middle: every call has its own timeout. */
const NEVER = new AbortController().signal
/** Records that are asked about together: how far a pass has come is noted after each piece. */
const PIECE_RECORDS = 100

/** Small pieces of the records after this one. */
async function* piecesAfter(
  record: number,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<RecordBatch> {
  for await (const { records, bytesRead } of batches) {
    const left = records.filter((one) => one.record > record)
    for (let from = 0; from < left.length; from += PIECE_RECORDS) {
      yield { records: left.slice(from, from + PIECE_RECORDS), bytesRead }
    }
  }
}

function firstOf(instants: Temporal.Instant[]): Temporal.Instant | null {
  return instants.sort(Temporal.Instant.compare)[0] ?? null
}
