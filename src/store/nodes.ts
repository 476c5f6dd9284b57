// The daemons of this database and their configurations: who runs, who asks them to read their
// files anew, and what each did then. Of reloads, those beyond the bound are forgotten.
import { type Pool, transaction } from './database.ts'

/** A daemon, by where it runs. */
export interface NodeRow {
  /** `host/pid`. */
  name: string
  host: string
  pid: number
  /** The fingerprint of the files that it runs. */
  configuration: string
  startedAt: Temporal.Instant
  seenAt: Temporal.Instant
}

/** What a node did when it was asked to read its configuration anew. */
export interface ReloadRow {
  node: string
  /** Null: a signal asked for it. */
  requestId: number | null
  actor: string
  at: Temporal.Instant
  outcome: 'reloaded' | 'refused'
  /** The fingerprint of the files that it read. */
  configuration: string
  /** Why it refused; the first of them. */
  problems: string[]
  /** What is otherwise now; the first of it. */
  changes: string[]
  /** For how long it took no work; null where it never stopped. */
  pausedMilliseconds: number | null
}

/** What is kept of reloads. */
const MOST_ROWS = 10_000
const MOST_SHOWN = 200

const RELOAD_COLUMNS = `node, request_id as "requestId", actor, at, outcome, configuration, problems,
  changes, paused_milliseconds as "pausedMilliseconds" from reloads`

export type Nodes = ReturnType<typeof createNodes>

export function createNodes(pool: Pool) {
  return {
    /** A daemon runs, or runs another configuration now. */
    async beat(node: Omit<NodeRow, 'startedAt' | 'seenAt'>, now: Temporal.Instant): Promise<void> {
      const { name, host, pid, configuration } = node
      await pool.query(
        `insert into nodes (name, host, pid, configuration, started_at, seen_at)
         values ($1, $2, $3, $4, $5, $5)
         on conflict (name) do update set seen_at = $5, configuration = $4`,
        [name, host, pid, configuration, now.toString()],
      )
    },

    /** A daemon has ended. */
    async leave(name: string): Promise<void> {
      await pool.query('delete from nodes where name = $1', [name])
    },

    /** Those that have been seen since then, by name. */
    async seenSince(since: Temporal.Instant): Promise<NodeRow[]> {
      const { rows } = await pool.query<NodeRow>(
        `select name, host, pid, configuration, started_at as "startedAt", seen_at as "seenAt"
         from nodes where seen_at >= $1 order by name limit ${MOST_SHOWN}`,
        [since.toString()],
      )
      return rows
    },

    /** Asks every daemon to read its configuration anew; the number of the request. */
    async ask(actor: string, now: Temporal.Instant): Promise<number> {
      const { rows } = await pool.query<{ id: number }>(
        'insert into reload_requests (at, actor) values ($1, $2) returning id',
        [now.toString(), actor],
      )
      return (rows[0] as { id: number }).id
    },

    /** The last request of all; null: nobody has ever asked. */
    async lastRequest(): Promise<{ id: number; actor: string } | null> {
      const { rows } = await pool.query<{ id: number; actor: string }>(
        'select id, actor from reload_requests order by id desc limit 1',
      )
      return rows[0] ?? null
    },

    async addReload(reload: ReloadRow): Promise<void> {
      const { node, requestId, actor, at, outcome, configuration, problems, changes } = reload
      await transaction(pool, async (tx) => {
        const { rows } = await tx.query<{ id: number }>(
          `insert into reloads (node, request_id, actor, at, outcome, configuration, problems,
             changes, paused_milliseconds)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
          [
            ...[node, requestId, actor, at.toString(), outcome, configuration],
            ...[JSON.stringify(problems), JSON.stringify(changes), reload.pausedMilliseconds],
          ],
        )
        const { id } = rows[0] as { id: number }
        await tx.query('delete from reloads where id <= $1', [id - MOST_ROWS])
      })
    },

    /** What the nodes did about a request, or a later one. */
    async answers(requestId: number): Promise<ReloadRow[]> {
      const { rows } = await pool.query<ReloadRow>(
        `select ${RELOAD_COLUMNS} where request_id >= $1 order by node limit ${MOST_SHOWN}`,
        [requestId],
      )
      return rows
    },

    /** What was done last, newest first. */
    async reloads(limit: number): Promise<ReloadRow[]> {
      const { rows } = await pool.query<ReloadRow>(
        `select ${RELOAD_COLUMNS} order by id desc limit $1`,
        [limit],
      )
      return rows
    },
  }
}
