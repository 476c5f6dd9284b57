// The mappings of an institution as people look at them: what each reads and says, who uses it,
// whether its cases hold, and what was otherwise in the versions that were used before.
import { stringify } from 'yaml'
import { type ConfiguredMapping, findInstitution } from '../config/config.ts'
import { mappingVersion } from '../config/mapping-version.ts'
import type { Parts } from '../parts.ts'
import { type CaseResult, runCases } from '../workbench/testing.ts'

export interface MappingRow {
  name: string
  shape: 'notice' | 'settlement' | 'reference'
  /** The ready-made mapping that it is, or is written over; null: it is its own. */
  catalogue: string | null
  cases: number
  /** The first twelve digits of its version. */
  version: string
  feeds: readonly string[]
  /** When anything was last made by any version of it; null: never. */
  lastUsedAt: Temporal.Instant | null
}

export interface UsedVersion {
  id: number
  version: string
  firstUsedAt: Temporal.Instant
  lastUsedAt: Temporal.Instant | null
  /** It is the one of now. */
  isCurrent: boolean
}

/** One line of a version, and of the one beside it. */
export interface DiffLine {
  kind: 'same' | 'gone' | 'new'
  text: string
}

/** Lines of a version that are compared: longer ones are shown side by side no more. */
const MOST_LINES = 3_000

export function openMappingBook({ config, store }: Parts) {
  const find = (institution: string, name: string) =>
    findInstitution(config, institution)?.mappings.find((one) => one.name === name) ?? null
  const versionOf = (mapping: ConfiguredMapping) => {
    const owner = findInstitution(config, mapping.institution)
    if (owner === undefined) throw new Error(`there is no institution ${mapping.institution}`)
    return mappingVersion(mapping, owner)
  }
  const feedsOf = (institution: string, name: string) =>
    (findInstitution(config, institution)?.feeds ?? [])
      .filter(
        ({ mapping, references }) =>
          mapping === name || references.some((one) => one.mapping === name),
      )
      .map(({ id }) => id)

  return {
    /** By name. */
    async list(institution: string): Promise<MappingRow[]> {
      const used = new Map<string, Temporal.Instant | null>()
      for (const { name, lastUsedAt } of await store.versions.used(institution, null)) {
        const before = used.get(name) ?? null
        const isLater =
          before === null ||
          (lastUsedAt !== null && Temporal.Instant.compare(lastUsedAt, before) > 0)
        if (isLater) used.set(name, lastUsedAt)
      }
      const mappings = findInstitution(config, institution)?.mappings ?? []
      return mappings
        .map((mapping) => ({
          ...{ name: mapping.name, shape: mapping.spec.shape, catalogue: mapping.home.catalogue },
          cases: mapping.cases.length,
          version: versionOf(mapping).sha256.slice(0, 12),
          feeds: feedsOf(institution, mapping.name),
          lastUsedAt: used.get(mapping.name) ?? null,
        }))
        .sort((one, other) => one.name.localeCompare(other.name))
    },

    /** Null: there is none of this name. */
    async about(institution: string, name: string) {
      const mapping = find(institution, name)
      if (mapping === null) return null
      const { sha256 } = versionOf(mapping)
      const versions = await store.versions.used(institution, name)
      const shown: UsedVersion[] = versions.map(({ name: _, sha256: used, ...one }) => ({
        ...{ ...one, version: used.slice(0, 12), isCurrent: used === sha256 },
      }))
      return {
        mapping,
        feeds: feedsOf(institution, name),
        version: sha256.slice(0, 12),
        versions: shown,
      }
    },

    /** Runs its cases, as `staffetta test` does; nothing is written. */
    async cases(institution: string, name: string): Promise<CaseResult[]> {
      const mapping = find(institution, name)
      if (mapping === null) return []
      return Array.fromAsync(runCases(config, [mapping], { update: false }))
    },

    /** What is otherwise now than in a version that was used; null: there is no such version. */
    async difference(institution: string, name: string, id: number): Promise<DiffLine[] | null> {
      const mapping = find(institution, name)
      const versions = await store.versions.used(institution, name)
      if (mapping === null || !versions.some((one) => one.id === id)) return null
      const { spec } = await store.versions.get(id)
      const lines = (text: unknown) =>
        stringify(text, { lineWidth: 0, sortMapEntries: true }).trimEnd().split('\n')
      // What was kept has its defaults in, as the configured one has; in another order maybe.
      const before = lines((spec as { mapping: object }).mapping)
      const after = lines((versionOf(mapping).spec as { mapping: object }).mapping)
      return diffOf(before.slice(0, MOST_LINES), after.slice(0, MOST_LINES))
    },
  }
}

/** The longest common lines stay; what is not of them is gone or new. */
export function diffOf(before: readonly string[], after: readonly string[]): DiffLine[] {
  const width = after.length + 1
  const longest = new Uint16Array((before.length + 1) * width)
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: DiffLine[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push({ kind: 'same', text: before[i] ?? '' })
      i++
      j++
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ kind: 'gone', text: before[i] ?? '' })
      i++
    } else {
      lines.push({ kind: 'new', text: after[j] ?? '' })
      j++
    }
  }
  return lines
}
