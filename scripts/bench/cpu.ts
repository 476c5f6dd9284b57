// How much processor a node and its database use together: the times that Linux keeps of the node's
// process and of the whole tree of PostgreSQL's. What a process used that has ended meanwhile is
// counted by its parent, so nothing of the time between two readings is missed.
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'

/** Ticks a second of `/proc`, on every Linux that Node runs on. */
const TICKS = 100

export interface CpuWatch {
  /** Seconds of processor used so far. */
  used(): Promise<number>
}

/** Null where there is no `/proc`, or where the database's processes are on another machine. */
export async function watchCpu(node: number, database: pg.Pool): Promise<CpuWatch | null> {
  const { rows } = await database.query<{ pid: number }>('select pg_backend_pid() as pid')
  const backend = await findProcess(Number(rows[0]?.pid))
  if (backend === null) return null
  return {
    async used() {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
      const all = (await Promise.all(pids.map(findProcess))).filter((one) => one !== null)
      const server = all.find(({ pid }) => pid === backend.parent)
      const ticks = all
        .filter(({ pid, parent }) => [pid, parent].includes(backend.parent) || pid === node)
        .reduce((sum, one) => sum + one.ticks, server?.endedTicks ?? 0)
      return ticks / TICKS
    },
  }
}

interface Process {
  pid: number
  parent: number
  ticks: number
  /** Of its children that have ended. */
  endedTicks: number
}

/** Fields as in proc(5): after the name come state (3), parent (4) and, from 14 on, the times. */
async function findProcess(pid: number): Promise<Process | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    pid,
    parent: field(4),
    ticks: field(14) + field(15),
    endedTicks: field(16) + field(17),
  }
}
