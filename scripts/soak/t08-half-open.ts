// T8: half-open connections. First the way to IO goes silent in the middle of sending, then the way
// to the database: nothing is closed, nothing answers. Each is noticed within 45 seconds, costs at
// most what was under way, and mends by itself when new connections pass again.
import { setTimeout as delay } from 'node:timers/promises'
import { openDatabaseLine } from './database-line.ts'
import { type Ground, openGround } from './ground.ts'
import { judge } from './judge.ts'
import { type SoakRun, sized } from './run.ts'

/** The promise. */
const NOTICED_SECONDS = 45
const SILENT_SECONDS = 600
const PATIENCE_SECONDS = 300

export const run: SoakRun = {
  name: 'T8',
  title: 'the way to IO, then to the database, silent for 10 minutes without closing anything',
  async run(options) {
    const { share, signal, note } = options
    const messages = sized(10_000, share, 400)
    const silentSeconds = share < 1 ? 0 : SILENT_SECONDS
    await using ground = await openGround(options, {
      ...(share < 1 ? { timeoutSeconds: 3, leaseSeconds: 5 } : {}),
      thinkMilliseconds: 40,
    })
    const line = await openDatabaseLine(ground.database.url)
    const { truth } = ground.playground.sandbox
    const sent = (part: number) => () => truth.acceptedCount() >= messages * part
    await ground.leave(messages)
    const node = ground.start(line.environment)
    try {
      await ground.until('a quarter is sent', PATIENCE_SECONDS, sent(0.25))
      note('IO is silent', 0.25)
      const io = await seconds(ground, ground.io.blackhole, () => isLost(ground))
      await delay(silentSeconds * 1000, undefined, { signal })
      ground.io.pass()
      await ground.until('a half is sent', PATIENCE_SECONDS, sent(0.5))
      note('the database is silent', 0.5)
      const database = await seconds(ground, line.proxy.blackhole, () =>
        node.faults().some(({ code }) => code === 'STORE_SILENT'),
      )
      await delay(silentSeconds * 1000, undefined, { signal })
      line.proxy.pass()
      await ground.ended(PATIENCE_SECONDS)
      await node.stop()
      // At each silence every hand may have had one submission under way.
      const result = await judge(ground, { uncertainMost: 2 * ground.connections })
      for (const [what, noticed] of Object.entries({ io, database })) {
        result.counts[`${what}-noticed-seconds`] = noticed.toFixed(1)
        if (noticed > NOTICED_SECONDS) result.failures.push(`${what}: noticed after ${noticed} s`)
      }
      return result
    } finally {
      await node.kill()
      await line.proxy.stop()
    }
  },
}

/** How long from the fault until it shows. */
async function seconds(
  ground: Ground,
  fail: () => void,
  shows: () => Promise<boolean> | boolean,
): Promise<number> {
  const start = performance.now()
  fail()
  await ground.until('the silence is noticed', 2 * NOTICED_SECONDS, shows)
  return (performance.now() - start) / 1000
}

/** Whether a submission was given up. */
async function isLost({ database }: Ground): Promise<boolean> {
  const lost = await database.query(`select from messages where state = 'uncertain' limit 1`)
  return lost.length > 0
}
