// A drop's own parts → rows of references: bills and their contacts often come in one ZIP. They are
// loaded before the bills are mapped, as a drop of the reference would be. Safe to call again after
// a crash: the same rows replace themselves.
import { DropError } from '../../mapping/drop-error.ts'
import type { RecordSpec } from '../../mapping/format/record-spec.ts'
import type { CompiledReference } from '../../mapping/mapping.ts'
import type { RecordBatch } from './records.ts'
import { referenceRows } from './tables.ts'

/** Which file of a drop holds the rows of which reference. */
export interface PartReference {
  mapping: CompiledReference
  member: string
}

export interface PartReferencePorts {
  /** The rows of the file. Throws `DropError`, also while they are read. */
  open(record: RecordSpec, mapping: CompiledReference): Promise<AsyncIterable<RecordBatch>>
  load(
    reference: string,
    rows: AsyncIterable<{ key: string; values: Record<string, string> | null }[]>,
  ): Promise<void>
}

/**
 * Loads the references that a drop brings along, in the order in which its feed lists them. Throws
 * `DropError`, with the name of the reference in it: without its contacts no bill is mapped.
 */
export async function loadPartReferences(
  references: readonly PartReference[],
  testers: ReadonlySet<string>,
  ports: PartReferencePorts,
): Promise<void> {
  for (const { mapping, member } of references) {
    try {
      const batches = await ports.open(partRecord(mapping, member), mapping)
      await ports.load(mapping.name, referenceRows(batches, mapping, testers).batches)
    } catch (error) {
      throw error instanceof DropError ? ofReference(error, mapping.name, member) : error
    }
  }
}

/** How a reference is written in the file that a feed names, whatever file it names itself. */
export function partRecord({ spec }: CompiledReference, member: string): RecordSpec {
  return { ...spec.record, member }
}

function ofReference(error: DropError, name: string, member: string): DropError {
  const detail = `Anagrafica ${name} («${member}»): ${error.detail}`
  const named = new DropError(error.code, detail, error.line, error.remedy)
  named.cause = error
  return named
}
