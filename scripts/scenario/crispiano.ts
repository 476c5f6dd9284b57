// The lost comma: a real town sent its waste tax bills with every amount a hundred times too high,
// since the sheet that they were made of had no decimals and nobody looked. Here the same file is
// kept back, its harmless rest leaves, the right file reaches the others, and nobody hears twice.
import { billsOf, euros, fileOf, withComma, withoutComma } from './bills.ts'
import { mustBeTold, reachable, strangers, toldOf } from './judge-town.ts'
import type { StoryRun } from './run-story.ts'

/** One bill in so many comes from another sheet, which has its commas. */
const RIGHT_ONE_IN = 7
/** One citizen in so many is not on IO. */
const OFF_ONE_IN = 6

export const title = 'The lost comma: every amount a hundred times that of last year'
export const release = { approval: 'one' } as const

export async function play(run: StoryRun): Promise<void> {
  const { town, records } = run
  const lastYear = billsOf(records, 2025)
  town.keepOffIo(
    lastYear.map(({ fiscalCode }) => fiscalCode),
    OFF_ONE_IN,
  )
  await sendLastYear(run)
  const file = await bringWrongFile(run)
  await tryToLetItGo(run, file)
  await letTheRestGo(run, file)
  await bringRightFile(run)
  await letItAllGo(run)
}

async function sendLastYear({ town, story, records }: StoryRun): Promise<void> {
  story.chapter('1. Last year’s bills leave as they should')
  const bills = billsOf(records, 2025)
  const flow = await town.bring('tari-2025.csv', fileOf(bills, withComma))
  await town.does(
    'bruno',
    `flows approve ${flow.id} --recipients ${records} --because "letto"`,
    SHOWN,
  )
  await town.ended(flow.id)
  mustBeTold({ town, story }, 'last year everybody on IO was told once', bills)
  story.say(`${town.taken.length} citizens were told of ${records} bills; the others get a letter.`)
}

interface WrongFile {
  flow: number
  /** Lines without their comma, and the others. */
  wrong: ReturnType<typeof billsOf>
  right: ReturnType<typeof billsOf>
  totalCents: number
}

/** Of what approvers are shown, what a reader of the story wants. */
const SHOWN = /leaves|total|prepared by|FLOW_|was approved/
/** Of a flow’s record, nothing: it is read by machine. */
const NOTHING = /^$/

const isRight = (n: number) => n % RIGHT_ONE_IN === 0

async function bringWrongFile({ town, story, plant, records }: StoryRun): Promise<WrongFile> {
  story.chapter('2. This year’s sheet has lost its commas')
  const bills = billsOf(records, 2026)
  const right = bills.filter((_, n) => isRight(n))
  const wrong = bills.filter((_, n) => !isRight(n))
  const rights = new Set(right)
  const text = fileOf(bills, (bill) => (rights.has(bill) ? withComma(bill) : withoutComma(bill)))
  story.say(`${wrong.length} lines say 14500 for 145,00; ${right.length} come from another sheet.`)
  story.say('The tax program leaves out “,00”, so that no single line looks wrong.')
  const { id, state, reason } = await town.bring('tari-2026.csv', text)
  story.must('the flow is blocked', state === 'active' && reason === 'blocked', { state, reason })
  const mail = await town.mailOf(id)
  story.say(`A mail to ${mail.to.join(', ')}: “${mail.subject}”.`)
  await plant.checksOff(id)
  await town.types('anna', `flows check ${id}`, /this flow|total|median|largest|FLOW_|tenfold/)
  const sum = (some: typeof bills) => some.reduce((total, { cents }) => total + cents, 0)
  return { flow: id, wrong, right, totalCents: sum(wrong) * 100 + sum(right) }
}

async function tryToLetItGo({ town, story, records }: StoryRun, file: WrongFile): Promise<void> {
  story.chapter('3. Nobody can let it go by mistake')
  const { flow, totalCents, wrong } = file
  const yes = `--recipients ${records} --because "tutto in ordine"`
  await town.isRefused('bruno', `flows approve ${flow} ${yes}`, /blocked by the checks/)
  const because = '--because "importi confermati"'
  const other = euros(Math.round(totalCents / 100))
  const override = `flows override ${flow} --check FLOW_AMOUNTS`
  await town.isRefused('bruno', `${override} --total ${other} ${because}`, /has another total/)
  const right = `${override} --total ${euros(totalCents)} ${because}`
  await town.isRefused('anna', right, /may not do this/)
  const told = toldOf(wrong, town)
  story.must('nobody was told a wrong amount', told.length === 0, told.length)
  const saved = reachable(wrong, town)
  story.say('')
  story.say(`Stopped: FLOW_AMOUNTS, ${wrong.length} of ${records} amounts times a hundred.`)
  story.say(`Without the check ${saved} citizens would have been asked a hundred times too much.`)
  story.count('stopped', wrong.length)
  story.count('would-have-been-reached', saved)
}

async function letTheRestGo({ town, story, records }: StoryRun, file: WrongFile): Promise<void> {
  story.chapter('4. What is harmless leaves')
  const { flow, wrong, right } = file
  const because = '--because "manca la virgola: arriva il file corretto"'
  await town.does('anna', `flows leave-out ${flow} --check FLOW_AMOUNTS --yes ${because}`)
  const after = await town.flow(flow)
  const isWaiting = after.state === 'active' && after.reason === 'awaiting-approval'
  story.must('the rest awaits its approval', isWaiting, after)
  const recipients = `--recipients ${right.length}`
  await town.does(
    'bruno',
    `flows approve ${flow} ${recipients} --because "il resto va bene"`,
    SHOWN,
  )
  await town.ended(flow)
  mustBeTold({ town, story }, 'the rest was told once, rightly', right)
  story.must('of the wrong ones nobody was told', toldOf(wrong, town).length === 0)
  const fates = await town.account(flow)
  const read = Object.values(fates).reduce((sum, n) => sum + n, 0)
  story.must('every line has an end', read === records, fates)
  story.must('the wrong ones are cancelled', fates['cancelled'] === wrong.length, fates)
}

async function bringRightFile({ town, story, plant, records }: StoryRun): Promise<void> {
  story.chapter('5. The right file reaches the others, and nobody twice')
  const bills = billsOf(records, 2026)
  const flow = await town.bring('tari-2026-corretto.csv', fileOf(bills, withComma))
  const isWaiting = flow.reason === 'awaiting-approval'
  story.must('the right file is not kept back', isWaiting, flow)
  const rest = bills.filter((_, n) => !isRight(n)).length
  await town.does(
    'bruno',
    `flows approve ${flow.id} --recipients ${rest} --because "corretto"`,
    SHOWN,
  )
  await town.ended(flow.id)
  await plant.sentTwice(flow.id)
  const both = [...bills, ...billsOf(records, 2025)]
  mustBeTold({ town, story }, 'everybody was told once, rightly', both)
  const fates = await town.account(flow.id)
  story.must('what had left is a duplicate', fates['duplicate'] === records - rest, fates)
  story.count('reached', reachable(bills, town))
}

/** Another year: the office has looked, and says that such amounts are what it means. */
async function letItAllGo(run: StoryRun): Promise<void> {
  const { town, story, records } = run
  story.chapter('6. Another year, such amounts are meant: two people answer for them by name')
  const bills = billsOf(records, 2027).map((bill) => ({ ...bill, cents: bill.cents * 100 }))
  const totalCents = bills.reduce((total, { cents }) => total + cents, 0)
  const { id, reason } = await town.bring('tari-2027.csv', fileOf(bills, withComma))
  story.must('it is blocked too', reason === 'blocked', reason)
  const because = '--because "accertamenti di dieci anni, delibera 12"'
  const total = `--total ${euros(totalCents)}`
  await town.does('bruno', `flows override ${id} --check FLOW_AMOUNTS ${total} ${because}`)
  await town.does(
    'carla',
    `flows approve ${id} --recipients ${records} --because "confermo"`,
    SHOWN,
  )
  await town.ended(id)
  mustBeTold({ town, story }, 'everybody was told what the office meant', bills)
  await mustName(run, id, ['bruno', 'carla'], euros(totalCents))
  const everything = [2025, 2026].flatMap((year) => billsOf(records, year))
  story.must('IO took nothing else', strangers([...everything, ...bills], town) === 0)
}

/** Its history says who, and which total. */
async function mustName({ town, story }: StoryRun, id: number, who: string[], total: string) {
  const { out } = await town.does('anna', `flows show ${id} --json`, NOTHING)
  const history = JSON.stringify(historyOf(out))
  for (const name of who) story.must(`its history names ${name}`, history.includes(`"${name}"`))
  story.must('its history names the total', history.includes(total), history)
}

function historyOf(out: string): unknown {
  return JSON.parse(out).history
}
