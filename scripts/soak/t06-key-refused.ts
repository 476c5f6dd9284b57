// T6: in the middle of sending IO refuses the key (401), and some time later takes it again. The
// service is paused with one mail, what was under way goes back to wait, and everything is
// delivered once without anybody's help.
import { type Ground, openGround } from './ground.ts'
import { judge } from './judge.ts'
import { type SoakRun, sized } from './run.ts'

const PATIENCE_SECONDS = 300

export const run: SoakRun = {
  name: 'T6',
  title: 'IO refuses the key at message 5,001 of 15,000, and later takes it again',
  async run(options) {
    const { share, note } = options
    const messages = sized(15_000, share, 450)
    let refusing = false
    await using ground = await openGround(options, { refusesKey: () => refusing })
    const { playground, database } = ground
    await ground.leave(messages)
    const node = ground.start()
    const third = Math.floor(messages / 3)
    ground.submissions.judge = () => {
      if (playground.sandbox.truth.acceptedCount() >= third && !isMended) refusing = true
      return 'pass'
    }
    let isMended = false
    note('until the key is refused', 0)
    const paused = () => database.query('select from service_pauses')
    await ground.until('the service is paused', PATIENCE_SECONDS, async () => {
      return (await paused()).length === 1
    })
    const affected = await settled(ground)
    note('the key is refused', 0.33)
    isMended = true
    refusing = false
    // At full size the wait for the next try is waited for, too.
    if (share < 1) await database.query('update service_pauses set try_at = now()')
    await ground.until('the service goes on by itself', PATIENCE_SECONDS, async () => {
      return (await paused()).length === 0
    })
    note('the key works again', 0.5)
    await ground.ended(PATIENCE_SECONDS)
    await ground.until('the mails have left', PATIENCE_SECONDS, async () => {
      const waiting = await database.query('select from staff_mails where sent_at is null')
      return waiting.length === 0
    })
    await node.stop()
    const result = await judge(ground, { uncertainMost: 0 })
    const { failures, counts } = result
    const mails = playground.mails.filter(({ subject }) => subject.startsWith('Servizio in pausa'))
    if (mails.length !== 1) failures.push(`${mails.length} mails told of the pause`)
    if (affected > ground.connections) failures.push(`${affected} messages met the refusal`)
    if (playground.sandbox.truth.acceptedCount() !== messages) failures.push('not all delivered')
    Object.assign(counts, { 'met-the-refusal': affected, mails: mails.length })
    return result
  },
}

/** Once nothing is on its way any more: how many messages met the refusal. All wait again. */
async function settled({ database, until }: Ground): Promise<number> {
  await until('all wait again', PATIENCE_SECONDS, async () => {
    const busy = await database.query(
      `select from messages where state in ('claimed', 'sending') limit 1`,
    )
    return busy.length === 0
  })
  const met = await database.query(
    `select distinct a.message_id from attempt_outcomes o join attempts a on a.id = o.attempt_id
     join messages m on m.id = a.message_id
     where o.outcome = 'deferred' and m.state = 'waiting'`,
  )
  return met.length
}
