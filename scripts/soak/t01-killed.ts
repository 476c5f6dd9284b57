// T1: `kill -9` at random instants while a file is taken in and sent. Whatever was under way at the
// moment of death is uncertain, nothing else, and the next life goes on within seconds.
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom, type Ground, openGround } from './ground.ts'
import { judge } from './judge.ts'
import type { Node } from './node.ts'
import { type SoakOptions, type SoakRun, sized } from './run.ts'
import { underWayIn } from './under-way.ts'

/** The promise: from the start of a process to its first submission. */
const RESTART_SECONDS = 10
const PATIENCE_SECONDS = 120

export const run: SoakRun = {
  name: 'T1',
  title: 'kill -9 at a random instant, 20 times during 10,000 messages',
  plantable: true,
  async run(options) {
    const { share, plant } = options
    const messages = sized(10_000, share, 300)
    const kills = sized(20, share, 3)
    await using ground = await openGround(options, {
      ...(plant ? { whenUncertain: 'resend' } : {}),
    })
    await ground.leave(messages)
    const lives = await live(ground, options, kills)
    const { underWay, restarts, overBound } = lives
    const uncertainMost = underWay.size
    const result = await judge(ground, { uncertainMost, mayBeUncertain: underWay })
    const slowest = Math.max(...restarts)
    if (slowest > RESTART_SECONDS) {
      result.failures.push(`a restart came to its first send after ${slowest.toFixed(1)} seconds`)
    }
    for (const count of overBound) {
      result.failures.push(`${count} were under way at a kill, with ${ground.connections} hands`)
    }
    Object.assign(result.counts, { kills, 'slowest-restart-seconds': slowest.toFixed(1) })
    return result
  },
}

interface Lives {
  /** Ids of the messages that were under way at one of the deaths. */
  underWay: Set<number>
  /** Seconds from each start to the first submission. */
  restarts: number[]
  overBound: number[]
}

/** So many lives and violent deaths, spread over the messages, and a last life to the end. */
async function live(ground: Ground, options: SoakOptions, kills: number): Promise<Lives> {
  const { seed, share, note } = options
  const random = createRandom(seed + 1)
  const { truth } = ground.playground.sandbox
  const lives: Lives = { underWay: new Set(), restarts: [], overBound: [] }
  for (let death = 1; death <= kills; death += 1) {
    note(`life ${death} of ${kills + 1}, ${truth.acceptedCount()} accepted`, death / (kills + 1))
    const node = ground.start()
    if (death === 1) await dieWhileTakingIn(ground, node, random)
    else {
      lives.restarts.push(await firstSend(ground, node))
      const target = (ground.rows() * (death - 1 + random())) / (kills + 1)
      await ground.until('messages go out', PATIENCE_SECONDS, () => truth.acceptedCount() >= target)
      await delay(random() * 20)
    }
    await node.kill()
    const left = await underWayIn(ground)
    if (left.length > ground.connections) lives.overBound.push(left.length)
    for (const id of left) lives.underWay.add(id)
    if (share < 1) await ground.expireLeases()
  }
  const node = ground.start()
  lives.restarts.push(await firstSend(ground, node))
  note('the last life', kills / (kills + 1))
  await ground.ended(PATIENCE_SECONDS)
  await node.stop()
  return lives
}

/** The first death falls anywhere between the start and the first messages. */
async function dieWhileTakingIn(ground: Ground, node: Node, random: () => number): Promise<void> {
  const hasStarted = () => node.said('daemon started').length > 0
  await ground.until('the node speaks', PATIENCE_SECONDS, hasStarted)
  await delay(random() * 1500)
}

async function firstSend(ground: Ground, node: Node): Promise<number> {
  const before = ground.submissions.begun
  await ground.until(
    'the first message leaves',
    PATIENCE_SECONDS,
    () => ground.submissions.begun > before,
  )
  return (performance.now() - node.startedAt) / 1000
}
