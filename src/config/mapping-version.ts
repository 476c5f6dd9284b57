// A mapping's version: the mapping with the references that it looks up, as it is kept for years,
// and back again. Equal content is the same version, whatever the layout of the files.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type CompiledMapping, compileMapping } from '../mapping/mapping.ts'
import { MappingSpec, ReferenceMapping } from '../mapping/spec.ts'
import type { MappingVersion } from '../pipeline/map.ts'
import type { ConfiguredMapping } from './config.ts'

interface KeptSpec {
  mapping: MappingSpec
  references: Record<string, ReferenceMapping>
}

/** `all` are the mappings of the same institution. */
export function mappingVersion(
  mapping: ConfiguredMapping,
  all: readonly ConfiguredMapping[],
): MappingVersion {
  const { spec } = mapping
  const names = spec.shape === 'notice' ? Object.values(spec.lookups).map((l) => l.reference) : []
  const used = all.filter((one) => names.includes(one.name))
  const hash = createHash('sha256').update(mapping.sha256)
  for (const reference of used) hash.update(`\0${reference.name}\0${reference.sha256}`)
  const references = Object.fromEntries(used.map((one) => [one.name, one.spec]))
  return { name: mapping.name, sha256: hash.digest('hex'), spec: { mapping: spec, references } }
}

/** Compiles a version that was kept; null when this Staffetta can no longer read it. */
export function compileKept(name: string, kept: unknown): CompiledMapping | null {
  const spec = MappingSpec.safeParse((kept as KeptSpec).mapping)
  const references = KeptReferences.safeParse((kept as KeptSpec).references)
  if (!spec.success || !references.success) return null
  return compileMapping(name, spec.data, { references: references.data }).mapping
}

/** What was kept knows nothing of keys that came later: their defaults are filled in here. */
const KeptReferences = z.record(z.string(), ReferenceMapping)
