// T7: PostgreSQL is killed again and again while files are taken in and sent, and comes back after
// each time. No half flow is ever seen, nothing is lost or doubled, and the daemon goes on alone.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openEmbedded } from '../../src/store/embedded.ts'
import { findPostmaster } from '../../src/store/postmaster.ts'
import { freshDatabase } from './database.ts'
import { createRandom, type Ground, openGround } from './ground.ts'
import { judge } from './judge.ts'
import { type SoakOptions, type SoakResult, type SoakRun, sized } from './run.ts'

const PATIENCE_SECONDS = 120

export const run: SoakRun = {
  name: 'T7',
  title: 'PostgreSQL killed and restarted 10 times during intake and sending of 10,000 messages',
  async run(options) {
    const directory = await mkdtemp(join(tmpdir(), 'staffetta-soak-'))
    await chmod(directory, 0o711)
    try {
      // A server of its own, with durable writes: a killed one must not lose what it confirmed.
      const server = await openEmbedded({ dataDirectory: directory })
      try {
        return await onServer(options, server.url, join(directory, 'postgres', 'cluster'))
      } finally {
        await server.stop()
      }
    } finally {
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    }
  },
}

async function onServer(
  options: SoakOptions,
  serverUrl: string,
  cluster: string,
): Promise<SoakResult> {
  const { seed, share, note, signal } = options
  const kills = sized(10, share, 2)
  const rowsAFile = Math.ceil(sized(10_000, share, 400) / (kills + 1))
  const random = createRandom(seed + 3)
  const database = await freshDatabase(serverUrl)
  await using ground = await openGround(options, {
    database,
    ...(share < 1 ? { leaseSeconds: 5 } : {}),
  })
  const { truth } = ground.playground.sandbox
  const halves: string[] = []
  const node = ground.start()
  // One that cannot even start ends, and whoever runs it starts it again: that is not tried here.
  const hasStarted = () => node.said('daemon started').length > 0
  await ground.until('the node has started', PATIENCE_SECONDS, hasStarted)
  for (let death = 1; death <= kills; death += 1) {
    note(`death ${death} of ${kills}, ${truth.acceptedCount()} accepted`, death / (kills + 1))
    await ground.leave(rowsAFile)
    // Odd deaths fall while the file is taken in, even ones while its messages are sent.
    const target = ground.rows() - rowsAFile + random() * rowsAFile * 0.8
    const sends = () => truth.acceptedCount() >= target
    if (death % 2 === 0) await ground.until('messages go out', PATIENCE_SECONDS, sends)
    else await delay(500 + random() * 1500, undefined, { signal })
    const pid = findPostmaster(cluster)?.pid
    if (pid === undefined) throw new Error('the server is not there to be killed')
    process.kill(pid, 'SIGKILL')
    await ground.until('PostgreSQL is back', PATIENCE_SECONDS, () => isBack(ground, cluster, pid))
    halves.push(...(await halfFlows(ground, rowsAFile)))
  }
  await ground.leave(rowsAFile)
  note('the last file', kills / (kills + 1))
  await ground.ended(PATIENCE_SECONDS)
  if (!node.isAlive()) halves.push('the daemon did not live through it')
  await node.stop()
  const result = await judge(ground, { uncertainMost: kills * ground.connections })
  result.failures.push(...halves)
  result.counts['kills'] = kills
  return result
}

async function isBack({ database }: Ground, cluster: string, killed: number): Promise<boolean> {
  if (findPostmaster(cluster)?.pid === killed) return false
  return (await database.query('select 1')).length === 1
}

/** Flows that stand with some of their records; a flow is written in one transaction. */
async function halfFlows({ database }: Ground, rowsAFile: number): Promise<string[]> {
  const flows = await database
    .query<{ id: number; records: number }>(
      `select f.id::int, count(*)::int as records from flows f
       join source_records r on r.flow_id = f.id group by f.id having count(*) <> $1`,
      [rowsAFile],
    )
    // Before the first migration there is nothing to see.
    .catch(() => [])
  return flows.map(({ id, records }) => `flow ${id} stood with ${records} of its records`)
}
