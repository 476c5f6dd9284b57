// Institutions and their series: names of the configuration, turned into the small ids that rows
// carry.
// Ids are given on first use and remembered for the life of the process.
import type { Pool } from './database.ts'

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
    const { rows } = await pool.query<{ id: number }>(
      `with made as (insert into institutions (name) values ($1)
         on conflict (name) do nothing returning id)
       select id from made union all select id from institutions where name = $1 limit 1`,
      [name],
    )
    return remember(institutions, name, rows)
  }

  async function seriesIdOf(institution: string, name: string): Promise<number> {
    const key = `${institution}/${name}`
    const known = series.get(key)
    if (known !== undefined) return known
    const { rows } = await pool.query<{ id: number }>(
      `with made as (insert into series (institution_id, name) values ($1, $2)
         on conflict (institution_id, name) do nothing returning id)
       select id from made
       union all select id from series where institution_id = $1 and name = $2 limit 1`,
      [await idOf(institution), name],
    )
    return remember(series, key, rows)
  }

  return { idOf, seriesIdOf }
}

/**
 * Two processes may insert at once: then neither sees a row in its snapshot, and the caller tries
 * again.
 */
function remember(names: Map<string, number>, name: string, rows: { id: number }[]): number {
  const id = rows[0]?.id
  if (id === undefined)
    throw new Error(`"${name}" is being registered by another process: try again`)
  names.set(name, id)
  return id
}
