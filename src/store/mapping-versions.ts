// Versions of mappings, kept as they were used: what was approved is what leaves, and years later a
// text can be made again from the version and a record kept elsewhere.
import { followRules } from '../domain/reminder-plan.ts'
import type { Client, Pool, Queryable } from './database.ts'
import type { Institutions } from './institutions.ts'

export type MappingVersions = ReturnType<typeof createMappingVersions>

export interface UsedVersion {
  id: number
  name: string
  /** Hexadecimal. */
  sha256: string
  firstUsedAt: Temporal.Instant
  lastUsedAt: Temporal.Instant | null
}

/** Versions that a list tells. */
const MOST_VERSIONS = 200

export function createMappingVersions(pool: Pool, institutions: Institutions) {
  return {
    /**
     * The id of this version, stored on first use. `spec` is the mapping with the references it
     * uses.
     */
    async idOf(
      institution: string,
      mapping: { name: string; sha256: string; spec: object },
      now: Temporal.Instant,
    ): Promise<number> {
      const { rows } = await pool.query<{ id: number }>(
        `insert into mapping_versions as v (institution_id, name, sha256, spec, first_used_at)
         values ($1, $2, $3, $4, $5)
         on conflict (institution_id, name, sha256) do update set name = v.name returning id`,
        [
          await institutions.idOf(institution),
          mapping.name,
          Buffer.from(mapping.sha256, 'hex'),
          JSON.stringify(mapping.spec),
          now.toString(),
        ],
      )
      return (rows[0] as { id: number }).id
    },

    /** Those of an institution, or of one mapping of it: the last that was used first. */
    async used(institution: string, name: string | null): Promise<UsedVersion[]> {
      const { rows } = await pool.query<UsedVersion>(
        `select v.id, v.name, encode(v.sha256, 'hex') as sha256,
           v.first_used_at as "firstUsedAt",
           greatest(v.first_used_at, max(f.created_at)) as "lastUsedAt"
         from mapping_versions v left join flows f
           on f.institution_id = v.institution_id and f.mapping_version_id = v.id
         where v.institution_id = $1 and ($2::text is null or v.name = $2)
         group by v.id order by 5 desc, v.id desc limit ${MOST_VERSIONS}`,
        [await institutions.idOf(institution), name],
      )
      return rows
    },

    async get(id: number): Promise<{ name: string; spec: unknown }> {
      const { rows } = await pool.query<{ name: string; spec: unknown }>(
        'select name, spec from mapping_versions where id = $1',
        [id],
      )
      const row = rows[0]
      if (!row) throw new Error(`there is no mapping version ${id}`)
      return row
    },
  }
}

/** The offsets of its reminders, by version. */
export async function rulesOf(
  pool: Queryable,
  versionIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const { rows } = await pool.query<{ id: number; rules: string[] }>(
    `select id, jsonb_path_query_array(spec, '$.mapping.reminders[*].at') as rules
     from mapping_versions where id = any($1)`,
    [versionIds],
  )
  return new Map(rows.map(({ id, rules }) => [id, rules]))
}

/**
 * Of the notices whose mapping was another version, and had other reminders: the texts of before in
 * this one, by their place. Null: it no longer has it.
 */
export async function followVersions(
  client: Client,
  noticeIds: readonly number[],
  versionId: number,
): Promise<ReadonlyMap<number, readonly (number | null)[]>> {
  if (noticeIds.length === 0) return new Map()
  const { rows } = await client.query<{ id: number; version: number }>(
    `select id, mapping_version_id as version from notices
     where id = any($1) and mapping_version_id <> $2`,
    [noticeIds, versionId],
  )
  if (rows.length === 0) return new Map()
  const rules = await rulesOf(client, [versionId, ...new Set(rows.map(({ version }) => version))])
  const now = rules.get(versionId) ?? []
  const moves = new Map([...rules].map(([id, before]) => [id, templatesIn(before, now)]))
  return new Map(
    rows.flatMap(({ id, version }) => {
      const moved = moves.get(version) ?? null
      return moved === null ? [] : [[id, moved] as const]
    }),
  )
}

/** Null: they are the same. The first message is the first in both. */
function templatesIn(before: readonly string[], now: readonly string[]) {
  if (before.length === now.length && before.every((at, n) => at === now[n])) return null
  const rules = followRules(before, now)
  return [0, ...rules.map((rule) => (rule === null ? null : rule + 1))]
}
