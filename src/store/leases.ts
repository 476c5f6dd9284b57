// Leases: one holder at a time, with a fencing token that grows with every change of holder.
// They speak the database's own clock, so that nodes with different clocks agree on who holds what.
import type { Pool, Queryable } from './database.ts'

export interface Lease {
  name: string
  token: number
  /** Aborted when the lease could not be renewed in time: the holder must stop writing. */
  lost: AbortSignal
}

export interface Leases {
  /**
   * Takes the lease, keeps it renewed while `work` runs, gives it up after. Null when another holds
   * it.
   */
  hold<T>(name: string, work: (lease: Lease) => Promise<T>): Promise<T | null>
}

const RENEWALS_PER_LEASE = 4

/**
 * `owner` names this process uniquely; `leaseSeconds` is how long a dead holder keeps others
 * waiting.
 */
export function createLeases(pool: Pool, owner: string, leaseSeconds: number): Leases {
  return {
    async hold(name, work) {
      // From before the question, since the lease begins before its answer is here.
      let renewedAt = performance.now()
      const token = await take(pool, name, owner, leaseSeconds)
      if (token === null) return null
      const lost = new AbortController()
      const timer = setInterval(
        async () => {
          const askedAt = performance.now()
          // Asked of the clock, not of the answer: a database that hangs gives none.
          if (askedAt - renewedAt > leaseSeconds * 1000) lost.abort(leaseLost(name))
          const renewed = await renew(pool, name, owner, token, leaseSeconds).catch(() => false)
          if (renewed) renewedAt = Math.max(renewedAt, askedAt)
        },
        (leaseSeconds * 1000) / RENEWALS_PER_LEASE,
      )
      try {
        return await work({ name, token, lost: lost.signal })
      } finally {
        clearInterval(timer)
        await release(pool, name, token).catch(() => {})
      }
    },
  }
}

function leaseLost(name: string): Error {
  return new Error(`the lease ${name} was lost: the database did not answer in time`)
}

async function take(
  pool: Queryable,
  name: string,
  owner: string,
  seconds: number,
): Promise<number | null> {
  const { rows } = await pool.query<{ token: number }>(
    `insert into leases as l (name, owner, token, expires_at)
     values ($1, $2, 1, clock_timestamp() + $3 * interval '1 second')
     on conflict (name) do update
       set owner = excluded.owner, token = l.token + 1, expires_at = excluded.expires_at
       where l.expires_at < clock_timestamp()
     returning token`,
    [name, owner, seconds],
  )
  return rows[0]?.token ?? null
}

async function renew(
  pool: Queryable,
  name: string,
  owner: string,
  token: number,
  seconds: number,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update leases set expires_at = clock_timestamp() + $4 * interval '1 second'
     where name = $1 and owner = $2 and token = $3`,
    [name, owner, token, seconds],
  )
  return rowCount === 1
}

/** The row stays, expired: its token must keep growing for ever. */
async function release(pool: Queryable, name: string, token: number): Promise<void> {
  await pool.query(`update leases set expires_at = '-infinity' where name = $1 and token = $2`, [
    name,
    token,
  ])
}
