// Versions of mappings, kept as they were used: what was approved is what leaves, and years later a
// text can be made again from the version and a record kept elsewhere.
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'

export type MappingVersions = ReturnType<typeof createMappingVersions>

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
