// T30: a copy is made while messages are being sent, all is sent to its end, and then the copy is
// put back, as after a disaster. The send journal knows what the copy does not: the installation
// opens paused, and once resumed sends nothing that IO has had, nor a file's that comes again.
import { join } from 'node:path'
import { openGround } from './ground.ts'
import { judge, runCommand } from './judge.ts'
import { type SoakRun, sized } from './run.ts'

const PATIENCE_SECONDS = 300

export const run: SoakRun = {
  name: 'T30',
  title: 'an older copy of the database is restored after 10,000 messages were sent',
  async run(options) {
    const { share, note } = options
    const rowsAFile = Math.ceil(sized(10_000, share, 300) / 2)
    await using ground = await openGround(options, {
      ...(share < 1 ? { leaseSeconds: 5 } : {}),
    })
    const { playground, database, submissions } = ground
    const { truth } = playground.sandbox
    const copy = join(playground.directory, 'yesterday.bak')
    await ground.leave(rowsAFile)
    const before = ground.start()
    await ground.until('some are sent', PATIENCE_SECONDS, () => {
      return truth.acceptedCount() >= rowsAFile / 4
    })
    note('a copy is made', 0.2)
    // While it is made IO gives no answer, so that it is of the middle of sending.
    const made = runCommand(ground, ['backup', copy])
    submissions.beforeAnswer = async () => void (await made)
    await made
    await ground.leave(rowsAFile)
    await ground.ended(PATIENCE_SECONDS)
    await before.stop()
    note('the copy is put back', 0.5)
    await runCommand(ground, ['restore', copy, '--replace', '--yes'])
    const [known] = await database.query<{ sent: number }>(
      `select count(*)::int as sent from messages where state = 'sent' and purpose = 'first'`,
    )
    const submitted = submissions.begun
    const after = ground.start()
    await ground.until('the second file is there again', PATIENCE_SECONDS, async () => {
      const [found] = await database.query<{ n: number }>(
        'select count(*)::int as n from source_records',
      )
      return found?.n === ground.rows()
    })
    const whilePaused = submissions.begun - submitted
    note('resumed', 0.8)
    await runCommand(ground, ['resume', 'installation'])
    await ground.ended(PATIENCE_SECONDS)
    await after.stop()
    const forgotten = ground.rows() - (known?.sent ?? 0)
    const result = await judge(ground, { uncertainMost: forgotten })
    const { failures, counts } = result
    if (whilePaused > 0) failures.push(`${whilePaused} messages left while paused`)
    if (result.uncertain !== forgotten) {
      failures.push(`the copy did not know of ${forgotten}, ${result.uncertain} are uncertain`)
    }
    if (truth.acceptedCount() !== ground.rows()) failures.push('IO accepted more than there is')
    Object.assign(counts, { 'known-to-the-copy': known?.sent ?? 0 })
    return result
  },
}
