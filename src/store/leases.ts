// Leases: one holder at a time, with a fencing token that grows with every change of holder.
// They speak the database's own clock, so that nodes with different clocks agree on who holds what.
import type { Pool, Queryable } from './database.ts'

export interface Lease {
  name: string
  token: number
  /** Aborted when the lease could not be renewed in time: the holder must stop writing. */
  lost: AbortSignal
  /**
   * Whether it certainly is ours at this instant: for what cannot be fenced, just before it is
   * done. Timers do not run in a process that stands still; this asks the clocks themselves.
   */
  isHeld(): boolean
}

export interface Leases {
  /**
   * Takes the lease, keeps it renewed while `work` runs, gives it up after. Null when another holds
   * it.
   */
  hold<T>(name: string, work: (lease: Lease) => Promise<T>): Promise<T | null>
}

/** The clocks of this process, in milliseconds. */
export interface Clocks {
  /** Never jumps; stands still while the machine is suspended. */
  monotonic(): number
  /** Jumps, and goes on while the machine is suspended. */
  wall(): number
}

const RENEWALS_PER_LEASE = 4
const ownClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() }

/**
 * `owner` names this process uniquely; `leaseSeconds` is how long a dead holder keeps others
 * waiting.
 */
export function createLeases(
  pool: Pool,
  owner: string,
  leaseSeconds: number,
  clocks: Clocks = ownClocks,
): Leases {
  return {
    async hold(name, work) {
      // From before the question, since the lease begins before its answer is here.
      let elapsed = startWatch(clocks)
      const token = await take(pool, name, owner, leaseSeconds)
      if (token === null) return null
      const lost = new AbortController()
      const isHeld = () => !lost.signal.aborted && elapsed() < leaseSeconds * 1000
      const timer = setInterval(
        async () => {
          const sinceAsked = startWatch(clocks)
          // Asked of the clock, not of the answer: a database that hangs gives none.
          if (!isHeld()) lost.abort(leaseLost(name))
          const renewed = await renew(pool, name, owner, token, leaseSeconds).catch(() => null)
          if (renewed === false) lost.abort(leaseLost(name))
          else if (renewed && sinceAsked() < elapsed()) elapsed = sinceAsked
        },
        (leaseSeconds * 1000) / RENEWALS_PER_LEASE,
      )
      try {
        return await work({ name, token, lost: lost.signal, isHeld })
      } finally {
        clearInterval(timer)
        await release(pool, name, token).catch(() => {})
      }
    },
  }
}

/** Milliseconds that have gone by since now, by the clock that says more. */
function startWatch(clocks: Clocks): () => number {
  const monotonic = clocks.monotonic()
  const wall = clocks.wall()
  return () => Math.max(clocks.monotonic() - monotonic, clocks.wall() - wall)
}

function leaseLost(name: string): Error {
  return new Error(`the lease ${name} was lost: another holds it, or it was not renewed in time`)
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
