// A mapping of any shape: compiled from its checked spec, or everything that is wrong with it.
// Pure: the same spec and references give a mapping that answers the same, today and in ten years.
import { createFaults, type MappingFault } from './fault.ts'
import type { Tables } from './lookups.ts'
import { type CompiledNotice, compileNotice } from './notice-mapping.ts'
import { type CompiledSettlement, compileSettlement } from './settlement-mapping.ts'
import type { MappingSpec } from './spec.ts'
import { type CompiledReference, compileReference } from './table-mapping.ts'

export type { SendingQuestion } from './before-sending.ts'
export type { MappingFault } from './fault.ts'
export type { AskedTable, Row, Wait } from './lookups.ts'
export type {
  CompiledNotice,
  FinishContext,
  LookedUp,
  Mapped,
  MappedNotice,
  Prepared,
} from './notice-mapping.ts'
export type { Payloads } from './payload.ts'
export type { CompiledSettlement, SettlementRow } from './settlement-mapping.ts'
export type { CompiledReference } from './table-mapping.ts'

/** Told apart by `shape`. */
export type CompiledMapping = CompiledNotice | CompiledReference | CompiledSettlement

/**
 * Compiles a mapping. `references` are the reference mappings that its lookups may name, `systems`
 * what the systems answer that it may ask.
 * `mapping` is null when any fault is more than a warning.
 */
export function compileMapping(
  name: string,
  spec: MappingSpec,
  context: Pick<Tables, 'references'> & Partial<Tables>,
): { mapping: CompiledMapping | null; faults: MappingFault[] } {
  const faults = createFaults()
  const mapping = compileShape(name, spec, { systems: {}, ...context }, faults)
  return { mapping, faults: faults.list }
}

function compileShape(
  name: string,
  spec: MappingSpec,
  tables: Tables,
  faults: ReturnType<typeof createFaults>,
): CompiledMapping | null {
  switch (spec.shape) {
    case 'notice':
      return compileNotice(name, spec, tables, faults)
    case 'reference':
      return compileReference(name, spec, faults)
    case 'settlement':
      return compileSettlement(name, spec, faults)
  }
}
