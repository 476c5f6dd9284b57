// A mapping's version: the mapping with the references that it looks up and what the systems answer
// that it asks, as it is kept for years, and back again. Equal content is the same version,
// whatever the layout of the files.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../mapping/canonical.ts'
import { asErrata } from '../mapping/errata-mapping.ts'
import type { Tables } from '../mapping/lookups.ts'
import { type CompiledMapping, compileMapping } from '../mapping/mapping.ts'
import { MappingSpec, type NoticeMapping, ReferenceMapping } from '../mapping/spec.ts'
import { AnsweredTable } from '../mapping/system-lookup.ts'
import type { MappingVersion } from '../pipeline/map.ts'
import type { ConfiguredMapping, Institution } from './config.ts'

/** Whose a mapping is. */
type Owner = Pick<Institution, 'mappings' | 'systems'>

/** `institution` is the mapping's own. */
export function mappingVersion(mapping: ConfiguredMapping, institution: Owner): MappingVersion {
  const { spec } = mapping
  const { references, systems } = tablesOf(spec, institution)
  const hash = createHash('sha256').update(mapping.sha256)
  for (const { name, sha256 } of institution.mappings) {
    if (Object.hasOwn(references, name)) hash.update(`\0${name}\0${sha256}`)
  }
  const kept = { mapping: spec, references }
  if (Object.keys(systems).length === 0)
    return { name: mapping.name, sha256: hash.digest('hex'), spec: kept }

  hash.update(`\0${canonicalJson(systems)}`)
  return { name: mapping.name, sha256: hash.digest('hex'), spec: { ...kept, systems } }
}

/** What the lookups and questions of a mapping find their rows in. */
export function tablesOf(spec: MappingSpec, { mappings, systems }: Owner): Tables {
  const names = namesOf(spec)
  const references = mappings.flatMap(({ name, spec: other }) =>
    other.shape === 'reference' && names.references.includes(name) ? [[name, other] as const] : [],
  )
  const answered = systems.flatMap(({ id, lookup }) =>
    lookup && names.systems.includes(id) ? [[id, AnsweredTable.parse(lookup)] as const] : [],
  )
  return { references: Object.fromEntries(references), systems: Object.fromEntries(answered) }
}

/** The references and the systems that a mapping of notices names; none of another. */
export function namesOf(spec: MappingSpec): { references: string[]; systems: string[] } {
  if (spec.shape !== 'notice') return { references: [], systems: [] }
  const lookups = Object.values(spec.lookups)
  const asked = [...lookups, ...spec.beforeSending].flatMap(({ system }) => system ?? [])
  return { references: lookups.flatMap(({ reference }) => reference ?? []), systems: asked }
}

/** Compiles a version that was kept; null when this Staffetta can no longer read it. */
export function compileKept(name: string, kept: unknown): CompiledMapping | null {
  const read = KeptSpec.safeParse(kept)
  if (!read.success) return null
  const { mapping, errata, ...tables } = read.data
  const compiled = compileMapping(name, mapping, tables).mapping
  return errata && compiled?.shape === 'notice' ? asErrata(compiled, errata) : compiled
}

/** A version of a mapping of notices as it was kept; null when this Staffetta cannot read it. */
export function readKept(kept: unknown): { mapping: NoticeMapping; tables: Tables } | null {
  const read = KeptSpec.safeParse(kept)
  if (!read.success || read.data.mapping.shape !== 'notice') return null
  const { mapping, references, systems } = read.data
  return { mapping, tables: { references, systems } }
}

/** What was kept knows nothing of keys that came later: their defaults are filled in here. */
const KeptSpec = z.object({
  mapping: MappingSpec,
  references: z.record(z.string(), ReferenceMapping),
  systems: z.record(z.string(), AnsweredTable).default({}),
  /** Of what corrects a message. */
  errata: z.object({ payment: z.boolean() }).optional(),
})
