// The demo's chapter of what waits for a person: a flow that nobody has approved yet, and a message
// whose answer was lost on its way, so that nobody can know whether it arrived.
import { join } from 'node:path'
import { canteenCsv } from '../samples.ts'
import { leave, type Stage, until } from './follow.ts'

const SUMMER = 18
const SUPPLEMENT = 6

/** Plays it; false when something does not wait as it should. */
export async function playWaiting(stage: Stage): Promise<boolean> {
  const { app, playground, screen } = stage
  const { flows } = app.store
  screen.chapter('8', 'What waits for a person: an approval, and an answer that was lost')
  const due = Temporal.Now.plainDateISO('Europe/Rome').add({ days: 40 })
  const summer = due.toPlainYearMonth().add({ months: 1 }).toString()
  const folder = join(playground.directory, 'mensa-estiva')
  await leave(stage, folder, `mensa-${summer}.csv`, canteenCsv(SUMMER, summer, due))
  const waiting = await until(async () => {
    const all = { institution: null, feed: 'mensa-estiva', state: null, limit: 1 }
    const [flow] = await flows.list(all)
    return flow?.reason === 'awaiting-approval' ? flow : null
  }, 'the flow that waits for an approval')
  const { waiting: kept } = await flows.account(waiting.id)
  screen.line(`Flow ${waiting.id} waits for an approval: none of its ${kept} messages has left`)

  stage.loseAnswers(1)
  const month = due.toPlainYearMonth().add({ months: 2 }).toString()
  const name = `mensa-${month}.csv`
  await leave(stage, playground.canteen, name, canteenCsv(SUPPLEMENT, month, due))
  const lost = await until(async () => {
    const all = { institution: null, feed: 'mensa', state: null, limit: 1 }
    const [flow] = await flows.list(all)
    return flow?.dropKey?.includes(name) && flow.state === 'incomplete' ? flow : null
  }, 'the flow with the lost answer')
  const account = await flows.account(lost.id)
  screen.account(lost.id, account)
  screen.line('IO’s answer to one message was lost. It is not sent again: a person decides.')
  return kept > 0 && account.uncertain === 1
}
