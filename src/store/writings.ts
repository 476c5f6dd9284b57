// What offices write themselves, without any source: the row that a drop of theirs is made by, and
// the flow of it. Invariant: one key is one writing; said again with other words it is refused, and
// whoever wrote is among the preparers of the flow from its first moment.
import type { NewFlow } from '../pipeline/map.ts'
import { addAct, addFlowAct } from './acts.ts'
import { type Pool, transaction } from './database.ts'
import { noticeNumberHash } from './early-settlements.ts'
import type { Institutions } from './institutions.ts'
import type { Vault } from './vault.ts'

export type WritingKind = 'message' | 'lot'

export interface NewWriting {
  institution: string
  kind: WritingKind
  key: string
  /** All that was asked for, as one text: it is kept as a keyed hash. */
  content: string
  service: string
  mappingVersionId: number
  /** Empty for a message. */
  title: string
  actor: string
  /** `console`, `api` or `cli`. */
  origin: string
  leavesAt: Temporal.Instant | null
}

export interface Writing extends Omit<NewWriting, 'content'> {
  id: number
}

/** What came of a writing; null: its drop has not been read yet. */
export interface WrittenFlow {
  flowId: number
  /** Of a single message; null while there is none, and for a lot. */
  messageId: number | null
}

export type Writings = ReturnType<typeof createWritings>

const COLUMNS = `w.id, i.name as institution, w.kind, w.key, w.service,
  w.mapping_version_id as "mappingVersionId", w.title, w.actor, w.origin,
  w.leaves_at as "leavesAt"
  from writings w join institutions i on i.id = w.institution_id`

export function createWritings(pool: Pool, vault: Vault, institutions: Institutions) {
  return {
    /** `same`: it was asked for before, in these words; `differs`: in others. */
    async add(writing: NewWriting, now: Temporal.Instant): Promise<'new' | 'same' | 'differs'> {
      const { institution, kind, key, service, mappingVersionId, title, actor, origin } = writing
      const hash = vault.hash('content', writing.content)
      const institutionId = await institutions.idOf(institution)
      const { rowCount } = await pool.query(
        `insert into writings (institution_id, kind, key, content_hash, service,
           mapping_version_id, title, actor, origin, leaves_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (institution_id, kind, key) do nothing`,
        [
          ...[institutionId, kind, key, hash, service, mappingVersionId, title, actor, origin],
          ...[writing.leavesAt?.toString() ?? null, now.toString()],
        ],
      )
      if (rowCount === 1) return 'new'
      const { rows } = await pool.query<{ isSame: boolean }>(
        `select content_hash = $4 as "isSame" from writings
         where institution_id = $1 and kind = $2 and key = $3`,
        [institutionId, kind, key, hash],
      )
      return rows[0]?.isSame ? 'same' : 'differs'
    },

    /** The writing that a drop was made by; throws where there is none. */
    async get(institution: string, kind: WritingKind, key: string): Promise<Writing> {
      const { rows } = await pool.query<Writing>(
        `select ${COLUMNS} where i.name = $1 and w.kind = $2 and w.key = $3`,
        [institution, kind, key],
      )
      const row = rows[0]
      if (!row) throw new Error(`nobody has written ${kind} ${key}`)
      return row
    },

    /** The drop of a writing, read or not; null: it was not saved. */
    async dropOf(institution: string, feed: string, key: string): Promise<number | null> {
      const { rows } = await pool.query<{ id: number }>(
        'select id from drops where institution_id = $1 and feed = $2 and key = $3',
        [await institutions.idOf(institution), feed, key],
      )
      return rows[0]?.id ?? null
    },

    /** What came of its drop. */
    async flowOf(dropId: number): Promise<WrittenFlow | null> {
      const { rows } = await pool.query<WrittenFlow>(
        `select f.id as "flowId", (select m.id from messages m
           where m.flow_id = f.id and m.purpose = 'first' and f.origin = 'operator' limit 1)
           as "messageId"
         from flows f where f.drop_id = $1 and f.origin in ('operator', 'upload')
         order by f.id limit 1`,
        [dropId],
      )
      return rows[0] ?? null
    },

    /** Opens the flow of its drop: made now, or by a reading that was interrupted. */
    opener: (writing: Writing) => (flow: NewFlow, now: Temporal.Instant) =>
      transaction(pool, async (tx) => {
        // Nobody else maps this drop: that is under a lease.
        const { rows: made } = await tx.query<{ id: number }>(
          `select id from flows where drop_id = $1 and origin in ('operator', 'upload')`,
          [flow.dropId],
        )
        if (made[0]) return made[0].id
        const isMessage = writing.kind === 'message'
        const { rows } = await tx.query<{ id: number }>(
          `insert into flows (institution_id, drop_id, origin, service, account, state, reason,
             zone, calendar_version, created_at, prepared_by)
           values ($1, $2, $3, $4, $5, 'inactive', 'loading', $6, $7, $8, $9) returning id`,
          [
            ...[await institutions.idOf(flow.institution), flow.dropId],
            ...[isMessage ? 'operator' : 'upload', flow.service, flow.account],
            ...[flow.zone, flow.calendarVersion, now.toString(), [writing.actor]],
          ],
        )
        const { id } = rows[0] as { id: number }
        const { actor, origin } = writing
        const verb = isMessage ? 'wrote the message' : 'composed the lot'
        await addFlowAct(tx, { flowId: id, actor, origin, verb }, now)
        return id
      }),

    /** Writes down that somebody asked IO about a citizen: not about whom. */
    async verified(
      institution: string,
      service: string,
      who: { actor: string; origin: string },
      now: Temporal.Instant,
    ): Promise<void> {
      const act = { ...who, verb: 'asked IO about a recipient', subject: `service/${service}` }
      await addAct(pool, await institutions.idOf(institution), act, now)
    },

    /** First messages since then to this citizen, and those with this notice among them. */
    async today(
      asked: {
        institution: string
        service: string
        fiscalCode: string
        noticeNumber: string | null
      },
      since: Temporal.Instant,
    ): Promise<{ recipient: number; noticeNumber: number }> {
      const number = asked.noticeNumber
      const { rows } = await pool.query<{ recipient: number; noticeNumber: number }>(
        // By the recipient, then from one to the next: also where nothing has been counted.
        `select count(*)::int as recipient,
           count(*) filter (where n.notice_number_hash = $4)::int as "noticeNumber"
         from (
           select id, notice_number_hash from notices
           where institution_id = $1 and fiscal_code_hash = $3 offset 0) n
         cross join lateral (
           select flow_id from messages
           where notice_id = n.id and purpose = 'first' and state <> 'cancelled' offset 0) m
         cross join lateral (
           select from flows
           where id = m.flow_id and service = $2 and created_at >= $5 offset 0) f`,
        [
          ...[await institutions.idOf(asked.institution), asked.service],
          vault.hash('fiscal-code', asked.fiscalCode),
          number === null ? null : noticeNumberHash(vault, number),
          since.toString(),
        ],
      )
      return rows[0] as { recipient: number; noticeNumber: number }
    },
  }
}
