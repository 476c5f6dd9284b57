// A drop that became a flow, with the version of the mapping that made it: what can be rendered
// again. Only reads.
import type { Pool } from './database.ts'

export interface MappedDrop {
  id: number
  institution: string
  feed: string
  key: string
  /** That were read of it; 0 where that was not counted. */
  records: number
  receivedAt: Temporal.Instant
  mappedAt: Temporal.Instant | null
  /** The flow that holds now what it became; null: none came of it. */
  flowId: number | null
  flowState: string | null
  /** Null: no flow of it was mapped to its end. */
  version: { id: number; sha256: string } | null
  /** Its bytes are still there. */
  isKept: boolean
}

export function createMappedDrops(pool: Pool) {
  return {
    /** Null when there is no such drop. */
    async find(id: number): Promise<MappedDrop | null> {
      const { rows } = await pool.query<Omit<MappedDrop, 'version'> & Version>(FIND, [id])
      const row = rows[0]
      if (!row) return null
      const { versionId, sha256, ...drop } = row
      return { ...drop, version: versionId === null ? null : { id: versionId, sha256 } }
    },
  }
}

interface Version {
  versionId: number | null
  sha256: string
}

const FIND = `
  select d.id, i.name as institution, d.feed, d.key, d.records, d.received_at as "receivedAt",
    d.mapped_at as "mappedAt", f.id as "flowId", f.state as "flowState", v.id as "versionId",
    encode(v.sha256, 'hex') as sha256,
    not exists (select from drop_parts p where p.drop_id = d.id and p.chunks > 0)
      or exists (select from drop_chunks c where c.drop_id = d.id) as "isKept"
  from drops d join institutions i on i.id = d.institution_id
    left join lateral (
      select * from flows f where f.drop_id = d.id and f.origin in ('drop', 'replay')
      order by f.replaced_by is null desc, f.id desc limit 1) f on true
    left join mapping_versions v on v.id = f.mapping_version_id
  where d.id = $1`
