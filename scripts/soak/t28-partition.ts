// T28: three nodes on one database. The one that sends is cut off from it, later the one that sends
// is stopped for longer than its lease and continued: another takes over each time, never do two
// send the same, and the late one gives up what it had.
import { type DatabaseLine, openDatabaseLine } from './database-line.ts'
import { type Ground, openGround } from './ground.ts'
import { judge } from './judge.ts'
import type { Node } from './node.ts'
import { type SoakRun, sized } from './run.ts'

/** The promise. */
const TAKE_OVER_SECONDS = 15
const PATIENCE_SECONDS = 300
const NODES = 3

interface Member {
  node: Node
  line: DatabaseLine
}

export const run: SoakRun = {
  name: 'T28',
  title: 'three nodes on one database; the sender is cut off from it, the next one is stopped',
  plantable: true,
  async run(options) {
    const { share, plant, note } = options
    const messages = sized(10_000, share, 600)
    await using ground = await openGround(options, {
      ...(plant ? { whenUncertain: 'resend' } : {}),
      ...(share < 1 ? { leaseSeconds: 5 } : {}),
      poolSize: 5,
      thinkMilliseconds: 60,
    })
    const { truth } = ground.playground.sandbox
    const sent = (part: number) => () => truth.acceptedCount() >= messages * part
    const members: Member[] = []
    try {
      for (let n = 0; n < NODES; n += 1) {
        const line = await openDatabaseLine(ground.database.url)
        members.push({ line, node: ground.start(line.environment) })
      }
      await ground.leave(messages)
      await ground.until('a quarter is sent', PATIENCE_SECONDS, sent(0.25))
      note('the sender is cut off', 0.25)
      const cut = await sender(ground, members)
      const first = await takeOver(ground, members, () => cut.line.proxy.blackhole())
      await ground.until('a half is sent', PATIENCE_SECONDS, sent(0.5))
      cut.line.proxy.pass()
      note('the next sender is stopped', 0.5)
      const stopped = await sender(ground, members)
      const second = await takeOver(ground, members, () => stopped.node.signal('SIGSTOP'))
      await ground.until('three quarters are sent', PATIENCE_SECONDS, sent(0.75))
      stopped.node.signal('SIGCONT')
      await ground.ended(PATIENCE_SECONDS)
      // At full size the one that was cut off has long come back, and ends in good order too.
      const orderly = share < 1 ? members.filter((member) => member !== cut) : members
      await Promise.all(orderly.map(({ node }) => node.stop()))
      await cut.node.kill()
      const result = await judge(ground, { uncertainMost: 2 * ground.connections })
      for (const [what, seconds] of [['cut', first] as const, ['stop', second] as const]) {
        result.counts[`take-over-after-${what}-seconds`] = seconds.toFixed(1)
        if (seconds > TAKE_OVER_SECONDS)
          result.failures.push(`${what}: taken over after ${seconds} s`)
      }
      return result
    } finally {
      await Promise.all(members.map(({ node }) => node.kill()))
      await Promise.all(members.map(({ line }) => line.proxy.stop()))
    }
  },
}

/** The node that holds the account: the newest token is the account's. */
async function sender({ database, until }: Ground, members: Member[]): Promise<Member> {
  return until('somebody holds the account', PATIENCE_SECONDS, async () => {
    const [lease] = await database.query<{ pid: number }>(
      `select split_part(owner, '-', 1)::int as pid from leases
       where name like 'account/%' and expires_at > clock_timestamp()`,
    )
    return members.find(({ node }) => node.pid === lease?.pid) ?? null
  })
}

/** Seconds from the fault until another node holds the account. */
async function takeOver(ground: Ground, members: Member[], fail: () => void): Promise<number> {
  const before = await sender(ground, members)
  const start = performance.now()
  fail()
  await ground.until('another node sends', PATIENCE_SECONDS, async () => {
    const holder = await sender(ground, members)
    return holder.node.pid !== before.node.pid
  })
  return (performance.now() - start) / 1000
}
