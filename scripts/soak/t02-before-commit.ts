// T2: `kill -9` exactly between IO's 201 and the commit of what it said. A lock on the table of
// outcomes holds the commit back until every hand has its 201; then the node dies, and the waiting
// statement is ended before the lock is given up, so that it never was.
import pg from 'pg'
import { type Ground, openGround } from './ground.ts'
import { judge } from './judge.ts'
import { type SoakRun, sized } from './run.ts'
import { underWayIn } from './under-way.ts'

const PATIENCE_SECONDS = 60
const MESSAGES_A_LIFE = 40

export const run: SoakRun = {
  name: 'T2',
  title: 'kill -9 exactly between "201 received" and its commit, 20 times',
  plantable: true,
  async run(options) {
    const { share, plant, note } = options
    const kills = sized(20, share, 2)
    await using ground = await openGround(options, {
      ...(plant ? { whenUncertain: 'resend' } : {}),
    })
    await ground.leave(kills * MESSAGES_A_LIFE)
    const underWay = new Set<number>()
    for (let death = 1; death <= kills; death += 1) {
      note(`death ${death} of ${kills}`, death / (kills + 1))
      for (const id of await dieBeforeCommit(ground)) underWay.add(id)
    }
    const last = ground.start()
    await ground.ended(PATIENCE_SECONDS)
    await last.stop()
    const expected = { uncertainMost: underWay.size, mayBeUncertain: underWay }
    const result = await judge(ground, expected)
    const { truth } = ground.playground.sandbox
    if (plant === null && result.uncertain !== underWay.size) {
      result.failures.push(`${underWay.size} outcomes were never written, not all are uncertain`)
    }
    if (truth.acceptedCount() < ground.rows()) {
      result.failures.push('IO accepted less than everything, though every 201 was given')
    }
    result.counts['kills'] = kills
    return result
  },
}

/** One life, cut when as many messages as there are hands have their 201 and no written outcome. */
async function dieBeforeCommit(ground: Ground): Promise<number[]> {
  const { database, submissions, connections } = ground
  const holder = new pg.Client({ connectionString: database.url })
  holder.on('error', () => {}) // What is being asked fails with it.
  await holder.connect()
  try {
    const node = ground.start()
    const before = submissions.begun
    await ground.until('messages go out', PATIENCE_SECONDS, () => submissions.begun > before)
    await holder.query('begin')
    await holder.query('lock table attempt_outcomes in share mode')
    await ground.until('every hand has its 201', PATIENCE_SECONDS, async () => {
      const [found] = await database.query<{ sending: number; attempts: number }>(
        `select (select count(*)::int from messages where state = 'sending') as sending,
           (select count(*)::int from attempts) as attempts`,
      )
      // Every attempt has come to IO, of this life and of those before.
      const allBegun = found?.attempts === submissions.begun
      return allBegun && found?.sending === connections && submissions.underWay === 0
    })
    await node.kill()
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'staffetta%'`,
    )
    const left = await underWayIn(ground)
    await holder.query('rollback')
    await ground.expireLeases()
    return left
  } finally {
    await holder.end()
  }
}
