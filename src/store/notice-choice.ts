// Which notices a person speaks of, as SQL over keyed hashes: nothing that names a person stands in
// a statement. Between the commands and everything that is decided about notices.
// Invariant: what is decided is chosen anew while its series are locked, so that nothing that came
// meanwhile is left out.
import type { NoticeState } from '../domain/notice.ts'
import { type Client, type Pool, type Queryable, transaction } from './database.ts'
import { noticeNumberHash } from './early-settlements.ts'
import { lockSeries } from './institutions.ts'
import type { Vault } from './vault.ts'

/** How notices are named; exactly one way. */
export type NoticeName =
  | { by: 'id'; id: number }
  | { by: 'noticeNumber'; noticeNumber: string }
  | { by: 'key'; key: string }
  | { by: 'emission'; emission: string }
  | { by: 'recipient'; fiscalCode: string }

export interface NoticeFilter {
  name: NoticeName
  /** Null: of all. */
  institution: string | null
  series: string | null
  /** Only of these, as somebody was shown them; what another one has got since stays out. */
  among?: readonly SeriesName[]
}

export interface SeriesName {
  institution: string
  series: string
}

/** How many of an institution's series are chosen, by their state. */
export interface ChosenCount extends SeriesName {
  state: NoticeState
  n: number
}

/** A condition on notices `n`, with its values from `$1` on. */
interface Condition {
  where: string
  values: unknown[]
}

const columns: Record<NoticeName['by'], string> = {
  id: 'n.id',
  noticeNumber: 'n.notice_number_hash',
  key: 'n.key_hash',
  emission: 'n.emission',
  recipient: 'n.fiscal_code_hash',
}

/** The ids are read first, so that each way of naming has its index. */
export async function conditionOf(
  db: Queryable,
  vault: Vault,
  { name, institution, series, among }: NoticeFilter,
): Promise<Condition> {
  const found = await db.query<SeriesName & { institutionId: number; seriesId: number }>(
    `select s.institution_id as "institutionId", s.id as "seriesId",
       i.name as institution, s.name as series
     from series s join institutions i on i.id = s.institution_id
     where ($1::text is null or i.name = $1) and ($2::text is null or s.name = $2)`,
    [institution, series],
  )
  const isAmong = (row: SeriesName) =>
    among?.some((one) => one.institution === row.institution && one.series === row.series) ?? true
  const rows = found.rows.filter(isAmong)
  const institutionIds = [...new Set(rows.map(({ institutionId }) => institutionId))]
  const seriesIds = rows.map(({ seriesId }) => seriesId)
  return {
    where: `n.institution_id = any($1) and n.series_id = any($2) and ${columns[name.by]} = $3`,
    values: [institutionIds, seriesIds, valueNaming(vault, name)],
  }
}

function valueNaming(vault: Vault, name: NoticeName): number | string | Buffer {
  switch (name.by) {
    case 'id':
      return name.id
    case 'noticeNumber':
      return noticeNumberHash(vault, name.noticeNumber)
    case 'key':
      return vault.hash('key', name.key)
    case 'emission':
      return name.emission
    case 'recipient':
      return vault.hash('fiscal-code', name.fiscalCode)
  }
}

/** How many there are, by institution, series and state. */
export async function countChosen(
  db: Queryable,
  vault: Vault,
  filter: NoticeFilter,
): Promise<ChosenCount[]> {
  const { where, values } = await conditionOf(db, vault, filter)
  const { rows } = await db.query<ChosenCount>(
    `select i.name as institution, s.name as series, n.state, count(*) as n
     from notices n join institutions i on i.id = n.institution_id
       join series s on s.id = n.series_id
     where ${where} group by i.name, s.name, n.state order by i.name, s.name, n.state`,
    values,
  )
  return rows
}

export interface Chosen {
  id: number
  institutionId: number
  seriesId: number
  state: NoticeState
}

/** The chosen notices, oldest first, with their series locked until the transaction ends. */
export async function lockChosen(
  tx: Client,
  vault: Vault,
  filter: NoticeFilter,
): Promise<Chosen[]> {
  const { where, values } = await conditionOf(tx, vault, filter)
  const { rows: series } = await tx.query<{ id: number }>(
    `select distinct n.series_id as id from notices n where ${where} order by 1`,
    values,
  )
  for (const { id } of series) await lockSeries(tx, id)
  const { rows } = await tx.query<Chosen>(
    `select n.id, n.institution_id as "institutionId", n.series_id as "seriesId", n.state
     from notices n where ${where} and n.series_id = any($4) order by n.id`,
    [...values, series.map(({ id }) => id)],
  )
  return rows
}

/** One transaction of a decision gives way to the sender so often before it is given up. */
const MOST_TRIES = 3

/**
 * One transaction. The sender locks messages in an order of its own: where the two wait for each
 * other PostgreSQL ends one of them, and nothing of it stands.
 */
export async function decisive<T>(pool: Pool, work: (tx: Client) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction(pool, work)
    } catch (error) {
      const isDeadlock = (error as { code?: string }).code === '40P01'
      if (!isDeadlock || tries >= MOST_TRIES) throw error
    }
  }
}
