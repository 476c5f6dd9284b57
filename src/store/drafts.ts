// What is being composed at a desk, and sample files that somebody looks at: sealed, one row each,
// gone when their time is over. Invariant: what is over is not found, also before it is deleted.
import type { Pool } from './database.ts'
import type { Institutions } from './institutions.ts'
import type { Vault } from './vault.ts'

export type DraftKind = 'lot' | 'sample'

export interface NewDraft {
  institution: string
  kind: DraftKind
  personId: number
  /** Null: of none yet, or of no one service. */
  service: string | null
  /** No person’s data: lists show it. */
  title: string
  /** Anything, as JSON. */
  content: object
  /** At most 20 MB; null: there is none. */
  file: Uint8Array | null
  expiresAt: Temporal.Instant
}

export interface DraftRow {
  id: number
  personId: number
  service: string | null
  title: string
  changedAt: Temporal.Instant
  expiresAt: Temporal.Instant
}

export interface Draft extends DraftRow {
  content: unknown
  file: Buffer | null
}

export type Drafts = ReturnType<typeof createDrafts>

const ROW = `d.id, d.person_id as "personId", d.service, d.title, d.changed_at as "changedAt",
  d.expires_at as "expiresAt"`
/** Drafts that a list shows. */
const MOST_LISTED = 100

export function createDrafts(pool: Pool, vault: Vault, institutions: Institutions) {
  const contextOf = (id: number, part: 'content' | 'file') => `draft/${id}/${part}`
  const seal = (id: number, content: object, file: Uint8Array | null) => [
    vault.seal(contextOf(id, 'content'), JSON.stringify(content)),
    file && vault.seal(contextOf(id, 'file'), Buffer.from(file)),
  ]

  return {
    /** Answers its id. */
    async add(draft: NewDraft, now: Temporal.Instant): Promise<number> {
      const { kind, personId, service, title, content, file, expiresAt } = draft
      const { rows } = await pool.query<{ id: number }>(
        `select nextval(pg_get_serial_sequence('drafts', 'id'))::int as id`,
      )
      const { id } = rows[0] as { id: number }
      await pool.query(
        `insert into drafts (id, institution_id, kind, person_id, service, title, sealed,
           file_sealed, created_at, changed_at, expires_at)
         overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)`,
        [
          ...[id, await institutions.idOf(draft.institution), kind, personId, service, title],
          ...[...seal(id, content, file), now.toString(), expiresAt.toString()],
        ],
      )
      return id
    },

    /** Writes it anew; `file` absent: as it was. */
    async change(
      id: number,
      draft: Pick<NewDraft, 'service' | 'title' | 'content' | 'expiresAt'> & {
        file?: Uint8Array
      },
      now: Temporal.Instant,
    ): Promise<void> {
      const { service, title, content, expiresAt, file = null } = draft
      const [sealed, fileSealed] = seal(id, content, file)
      await pool.query(
        `update drafts set service = $2, title = $3, sealed = $4,
           file_sealed = coalesce($5, file_sealed), changed_at = $6, expires_at = $7
         where id = $1`,
        [id, service, title, sealed, fileSealed, now.toString(), expiresAt.toString()],
      )
    },

    /** Null: there is none, it is over, or it is not theirs. */
    async find(
      institution: string,
      kind: DraftKind,
      id: number,
      personId: number,
      now: Temporal.Instant,
    ): Promise<Draft | null> {
      const { rows } = await pool.query<DraftRow & { sealed: Buffer; fileSealed: Buffer | null }>(
        `select ${ROW}, d.sealed, d.file_sealed as "fileSealed"
         from drafts d join institutions i on i.id = d.institution_id
         where i.name = $1 and d.kind = $2 and d.id = $3 and d.person_id = $4
           and d.expires_at > $5`,
        [institution, kind, id, personId, now.toString()],
      )
      const [row] = rows
      if (!row) return null
      const { sealed, fileSealed, ...draft } = row
      const content = JSON.parse(vault.open(contextOf(id, 'content'), sealed).toString())
      const file = fileSealed && vault.open(contextOf(id, 'file'), fileSealed)
      return { ...draft, content, file }
    },

    /** Theirs, the newest first. */
    async list(
      institution: string,
      kind: DraftKind,
      personId: number,
      now: Temporal.Instant,
    ): Promise<DraftRow[]> {
      const { rows } = await pool.query<DraftRow>(
        `select ${ROW} from drafts d join institutions i on i.id = d.institution_id
         where i.name = $1 and d.kind = $2 and d.person_id = $3 and d.expires_at > $4
         order by d.id desc limit ${MOST_LISTED}`,
        [institution, kind, personId, now.toString()],
      )
      return rows
    },

    async remove(id: number): Promise<void> {
      await pool.query('delete from drafts where id = $1', [id])
    },

    /** Deletes what is over; answers how many. */
    async forget(now: Temporal.Instant): Promise<number> {
      const { rowCount } = await pool.query('delete from drafts where expires_at <= $1', [
        now.toString(),
      ])
      return rowCount ?? 0
    },
  }
}
