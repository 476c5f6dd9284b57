// Messages that wait for a person, as a list: those whose outcome nobody knows, and those that are
// held. Counted by cause, found page by page; what is decided of them is `resolutions.ts`'s.
// Invariant: each query says of which services; only rows that wait are read.
import type { Purpose } from '../domain/message.ts'
import type { Pool } from './database.ts'
import { openNotice } from './messages.ts'
import type { Vault } from './vault.ts'

/** Of one institution; null means all. */
export interface QuestionFilter {
  institution: string
  /** Those that whoever looks may see. */
  services: readonly string[] | null
  state: 'uncertain' | 'held'
  /** Empty: of those of which it is not known. */
  code: string | null
  service: string | null
  flowId: number | null
}

export interface QuestionRow {
  id: number
  flowId: number
  feed: string | null
  campaign: string | null
  service: string
  purpose: Purpose
  code: string | null
  /** What IO, or a system, said; free of people’s data. */
  detail: string | null
  /** When it was tried last; null: nothing of it has left. */
  triedAt: Temporal.Instant | null
  sendAt: Temporal.Instant
  hasPayment: boolean
  fiscalCode: string
}

export interface QuestionCount {
  state: 'uncertain' | 'held'
  code: string | null
  messages: number
}

export function createOpenQuestions(pool: Pool, vault: Vault) {
  return {
    /** How many wait, by cause; of both states. */
    async counts(filter: Omit<QuestionFilter, 'state' | 'code'>): Promise<QuestionCount[]> {
      const { rows } = await pool.query<QuestionCount>(
        `select m.state, m.code, count(*) as messages from ${open("('uncertain', 'held')")}
         group by 1, 2 order by 1, 3 desc, 2`,
        valuesOf({ ...filter, code: null }),
      )
      return rows
    },

    /** In the order in which they were made, from after this one on. */
    async list(filter: QuestionFilter, after: number, limit: number): Promise<QuestionRow[]> {
      const { rows } = await pool.query<SealedRow>(
        `select ${ROW} from ${open(statesOf(filter))} and m.id > $6 order by m.id limit $7`,
        [...valuesOf(filter), after, limit],
      )
      return rows.map(({ sealed, noticeId, institutionId, ...row }) => ({
        ...row,
        fiscalCode: openNotice(vault, { institutionId, noticeId }, sealed).fiscalCode,
      }))
    },

    /** Their ids, at most so many, in the same order. */
    async ids(filter: QuestionFilter, limit: number): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(
        `select m.id from ${open(statesOf(filter))} order by m.id limit $6`,
        [...valuesOf(filter), limit],
      )
      return rows.map(({ id }) => id)
    },

    /** Those of them that still wait, and that are theirs to decide about. */
    async among(
      { institution, services }: Pick<QuestionFilter, 'institution' | 'services'>,
      ids: readonly number[],
    ): Promise<number[]> {
      const { rows } = await pool.query<{ id: number }>(
        `select m.id from messages m join flows f on f.id = m.flow_id
           join institutions i on i.id = f.institution_id
         where m.id = any($3) and m.state in ('uncertain', 'held') and i.name = $1
           and ($2::text[] is null or f.service = any($2)) and m.purpose <> 'test' order by m.id`,
        [institution, services, ids],
      )
      return rows.map(({ id }) => id)
    },
  }
}

type SealedRow = Omit<QuestionRow, 'fiscalCode'> & {
  sealed: Buffer
  noticeId: number
  institutionId: number
}

function statesOf({ state }: QuestionFilter): string {
  return state === 'held' ? "('held')" : "('uncertain')"
}

function valuesOf({
  institution,
  services,
  service,
  flowId,
  code,
}: Omit<QuestionFilter, 'state'>): unknown[] {
  return [institution, services, service, flowId, code]
}

/** SQL: messages `m` of flows `f` in these states; $1 to $5, a filter. */
const open = (states: string) => `
  flows f join messages m on m.flow_id = f.id and m.state in ${states} and m.purpose <> 'test'
    join notices n on n.id = m.notice_id
  where f.institution_id = (select id from institutions where name = $1)
    and ($2::text[] is null or f.service = any($2)) and ($3::text is null or f.service = $3)
    and ($4::bigint is null or f.id = $4) and ($5::text is null or coalesce(m.code, '') = $5)`

const ROW = `m.id, m.flow_id as "flowId", f.feed, f.campaign, f.service, m.purpose, m.code, m.detail,
  m.send_at as "sendAt", n.amount_cents is not null as "hasPayment", m.notice_id as "noticeId",
  m.institution_id as "institutionId", n.sealed,
  (select max(a.started_at) from attempts a where a.message_id = m.id) as "triedAt"`
