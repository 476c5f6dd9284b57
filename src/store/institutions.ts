// Institutions and their series: names of the configuration, turned into the small ids that rows
// carry.
// Ids are given on first use and remembered for the life of the process.
import type { Pool, Queryable } from './database.ts'

export interface Institutions {
  idOf(institution: string): Promise<number>
  seriesIdOf(institution: string, series: string): Promise<number>
}

export function createInstitutions(pool: Pool): Institutions {
  const institutions = new Map<string, number>()
  const series = new Map<string, number>()

  async function idOf(name: string): Promise<number> {
    const known = institutions.get(name)
    if (known !== undefined) return known
    const id = await register(
      `with made as (insert into institutions (name) values ($1)
         on conflict (name) do nothing returning id)
       select id from made union all select id from institutions where name = $1 limit 1`,
      [name],
    )
    institutions.set(name, id)
    return id
  }

  async function seriesIdOf(institution: string, name: string): Promise<number> {
    const key = `${institution}/${name}`
    const known = series.get(key)
    if (known !== undefined) return known
    const id = await register(
      `with made as (insert into series (institution_id, name) values ($1, $2)
         on conflict (institution_id, name) do nothing returning id)
       select id from made
       union all select id from series where institution_id = $1 and name = $2 limit 1`,
      [await idOf(institution), name],
    )
    series.set(key, id)
    return id
  }

  /** Two may insert at once: the second sees no row in its snapshot, but sees it in the next. */
  async function register(sql: string, values: unknown[]): Promise<number> {
    const ask = async () => (await pool.query<{ id: number }>(sql, values)).rows[0]?.id
    const id = (await ask()) ?? (await ask())
    if (id === undefined) throw new Error(`cannot register ${values.join('/')}`)
    return id
  }

  return { idOf, seriesIdOf }
}

/** First half of the advisory lock's key; the second is the series. */
const SERIES_LOCK = 7272

/**
 * Keeps the series to this transaction until it ends: who writes notices, or closes them, sees all
 * that others have written, and nobody finds a key new that another is just writing.
 */
export async function lockSeries(tx: Queryable, seriesId: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1, $2)', [SERIES_LOCK, seriesId])
}
