// The odd lot: a real town’s supplier sent bills again, also of years that were paid, over a
// week-end until somebody stopped it on Monday. Here such a lot is kept back: what has fallen due
// long ago, what is paid and what citizens know of already does not leave; the rest does, once.
import { type Bill, billOf, billsOf, fileOf, paymentsOf, today, withComma } from './bills.ts'
import { mustBeTold, reachable, strangers, toldOf } from './judge-town.ts'
import type { StoryRun } from './run-story.ts'

/** Of the odd lot, in percent; the rest is harmless. */
const PAST_DUE = 30
const PAID = 15
const TOLD = 15
const OFF_ONE_IN = 6
/** How long ago the old bills were due, in days. */
const DAYS_PAST = 400

export const title = 'The odd lot: old due dates, bills already paid, and the same notices again'
export const release = {} as const

/** Of the checks, what a reader of the story wants. */
const FOUND =
  /messages leave|FLOW_|due dates have|notices (?:have|are)|same bills|was processed|came/

interface Lots {
  /** Sent in spring: paid since, and not. */
  paid: Bill[]
  unpaid: Bill[]
  /** In the odd lot. */
  fresh: Bill[]
  pastDue: Bill[]
}

export async function play(run: StoryRun): Promise<void> {
  const lots = drawLots(run)
  await sendSpring(run, lots)
  const odd = await bringOddLot(run, lots)
  await tryToLetItGo(run, odd)
  await letTheRestGo(run, lots, odd)
  await bringItAgain(run, lots)
}

function drawLots({ town, records }: StoryRun): Lots {
  const spring = billsOf(records, 2025)
  const isPaid = (n: number) => n % 5 < 2
  const oldDue = today().subtract({ days: DAYS_PAST })
  const share = (percent: number) => Math.round((records * percent) / 100)
  const last = records - 1
  const pastDue = Array.from({ length: share(PAST_DUE) }, (_, n) => billOf(last - n, 2023))
  const freshCount = records - share(PAST_DUE) - share(PAID) - share(TOLD)
  const citizens = spring.map(({ fiscalCode }) => fiscalCode)
  town.keepOffIo(citizens, OFF_ONE_IN)
  return {
    paid: spring.filter((_, n) => isPaid(n)),
    unpaid: spring.filter((_, n) => !isPaid(n)),
    fresh: Array.from({ length: freshCount }, (_, n) => billOf(n, 2026)),
    pastDue: pastDue.map((bill) => ({ ...bill, due: oldDue })),
  }
}

async function sendSpring({ town, story }: StoryRun, { paid, unpaid }: Lots): Promise<void> {
  story.chapter('1. The bills of spring leave, and many are paid')
  const bills = [...paid, ...unpaid]
  const flow = await town.bring('tari-2025.csv', fileOf(bills, withComma))
  await town.ended(flow.id)
  mustBeTold({ town, story }, 'in spring everybody on IO was told once', bills)
  await town.pay('pagamenti-2025.csv', paymentsOf(paid))
  story.say(
    `${town.taken.length} citizens were told of ${bills.length} bills; ${paid.length} paid.`,
  )
}

interface OddLot {
  flow: number
  /** Paid or told already, under the keys that the lot gives them. */
  repeated: Bill[]
  bills: Bill[]
  pastDue: Bill[]
}

async function bringOddLot(
  { town, story, plant, records }: StoryRun,
  { paid, unpaid, fresh, pastDue }: Lots,
): Promise<OddLot> {
  story.chapter('2. A supplier’s lot that mixes everything')
  const again = (bills: Bill[], percent: number) =>
    bills.slice(0, Math.round((records * percent) / 100)).map(renamed)
  const lot = { paid: again(paid, PAID), told: again(unpaid, TOLD) }
  const bills = [...fresh, ...pastDue, ...lot.paid, ...lot.told]
  story.say(`${bills.length} lines: ${fresh.length} new bills, ${pastDue.length} due long ago,`)
  story.say(`${lot.paid.length} paid and ${lot.told.length} told in spring, under other keys.`)
  const before = town.taken.length
  const { id, state, reason } = await town.bring('tari-2026.csv', fileOf(bills, withComma))
  story.must('the lot is blocked', state === 'active' && reason === 'blocked', { state, reason })
  const mail = await town.mailOf(id)
  story.say(`A mail to ${mail.to.join(', ')}: “${mail.subject}”.`)
  await plant.checksOff(id)
  await town.types('anna', `flows check ${id}`, FOUND)
  story.must('nothing of it has left', town.taken.length === before)
  return { flow: id, repeated: [...lot.paid, ...lot.told], bills, pastDue }
}

/** The same bill under another key, as another program numbers it. */
function renamed(bill: Bill): Bill {
  return { ...bill, position: `X-${bill.position}` }
}

async function tryToLetItGo({ town, story }: StoryRun, odd: OddLot): Promise<void> {
  story.chapter('3. Nobody can let it go by mistake')
  const { flow, pastDue, repeated } = odd
  const because = '--because "tutto in ordine"'
  const yes = `flows approve ${flow} --recipients ${odd.bills.length} ${because}`
  await town.isRefused('bruno', yes, /blocked by the checks/)
  const override = `flows override ${flow} --check FLOW_PAST_DUE --total 1,00 ${because}`
  await town.isRefused('bruno', override, /has another total/)
  const stopped = [...pastDue, ...repeated]
  const saved = reachable(stopped, town)
  story.say('')
  story.say(`Stopped: FLOW_PAST_DUE, ${pastDue.length} of ${odd.bills.length} due dates passed;`)
  story.say(`${repeated.length} lines repeat bills of spring, which no clerk has to look for.`)
  story.say(`Without the checks ${saved} citizens would have been asked wrongly.`)
  story.count('stopped', stopped.length)
  story.count('would-have-been-reached', saved)
}

async function letTheRestGo(
  { town, story, plant }: StoryRun,
  { paid, unpaid, fresh }: Lots,
  { flow, bills, pastDue }: OddLot,
): Promise<void> {
  story.chapter('4. What is harmless leaves')
  const because = '--because "annualità già prescritte"'
  await town.does('anna', `flows leave-out ${flow} --check FLOW_PAST_DUE --yes ${because}`)
  await town.ended(flow)
  await plant.sentTwice(flow)
  mustBeTold({ town, story }, 'each bill was told once', [...fresh, ...paid, ...unpaid])
  story.must('nobody was told of an old one', toldOf(pastDue, town).length === 0)
  const { cancelled = 0 } = await mustClose({ town, story }, flow, bills.length)
  story.say(`${cancelled - pastDue.length} paid or told already were left out by themselves.`)
  story.count('reached', reachable(fresh, town))
}

async function bringItAgain({ town, story, records }: StoryRun, lots: Lots): Promise<void> {
  story.chapter('5. The bills of spring once more, under another name and other keys')
  const { paid, unpaid, fresh } = lots
  const spring = [...paid, ...unpaid]
  const before = town.taken.length
  const text = fileOf(spring.map(renamed).map(later), withComma)
  const { id, reason } = await town.bring('tari-supplemento.csv', text)
  story.must('it is blocked', reason === 'blocked', reason)
  await town.types('anna', `flows check ${id}`, FOUND)
  const saved = reachable(spring, town)
  story.say(`Without the check ${saved} citizens would have heard of the same bill again.`)
  const because = '--because "file già elaborato"'
  await town.does('bruno', `flows stop ${id} --messages ${2 * records} ${because}`)
  const { state } = await town.ended(id)
  story.must('it is stopped', state === 'incomplete', state)
  await mustClose({ town, story }, id, spring.length)
  story.must('nothing of it has left', town.taken.length === before)
  mustBeTold({ town, story }, 'each bill was told once', [...spring, ...fresh])
  story.must('IO took nothing else', strangers([...spring, ...fresh], town) === 0)
}

/** A key of its own again: what the lot before brought is not what this one brings. */
function later(bill: Bill): Bill {
  return { ...bill, position: `Y-${bill.position}` }
}

/** Every line has an end. */
async function mustClose({ town, story }: Pick<StoryRun, 'town' | 'story'>, id: number, n: number) {
  const fates = await town.account(id)
  const ended = ['sent', 'undeliverable', 'cancelled', 'duplicate', 'skipped', 'refused']
  const closed = ended.reduce((sum, fate) => sum + (fates[fate] ?? 0), 0)
  story.must(`the account of flow ${id} closes`, closed === n, fates)
  return fates
}
