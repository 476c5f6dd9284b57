// The way of a lot that people can trust: checks, a test batch to two colleagues, a mistake that
// one of them sees, the corrected text, the approval of two people, a suspension in mid-flow; and
// then an errata to exactly those whom the lot has reached.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bill, billsOf, fileOf, withComma } from './bills.ts'
import { mustBeTold, strangers } from './judge-town.ts'
import type { StoryRun } from './run-story.ts'
import { answerAll, linkOf, look } from './testers-page.ts'
import { billText, isTester, testers, writeMapping } from './town-configuration.ts'

const OFF_ONE_IN = 6
const YEAR = 2026
/** Last year’s template, with its year in it. */
const oldText = billText.replace('{{ anno }}', '2025')
/** One citizen in so many is told before IO keeps its answers back, so that people can suspend. */
const ANSWERED_ONE_IN = 20
/** As many as may be in flight at once: `connections` of the account. */
const IN_FLIGHT = 8
const TITLE_LENGTH = 120
/** Of what the commands show, what a reader of the story wants. */
const ANSWERS = /Test of|Elena|Fausto/
const SHOWN = /leaves|total|test |prepared by|approved/

export const title = 'The way of a lot: test batch, correction, two approvals, suspension, errata'
export const release = { approval: 'four-eyes' } as const

export async function play(run: StoryRun): Promise<void> {
  const { town, records } = run
  const bills = billsOf(records, YEAR)
  town.keepOffIo(
    bills.map(({ fiscalCode }) => fiscalCode),
    OFF_ONE_IN,
  )
  await writeMapping(town.configDirectory, oldText)
  await town.restart()
  const first = await bringLot(run, bills)
  await testAndReport(run, first)
  const second = await correct(run, first)
  await approve(run, second)
  await suspendAndResume(run, second, bills)
  await correctByErrata(run, second)
  const { story } = run
  story.must('IO took nothing else', strangers(bills, town) === 0)
}

async function bringLot({ town, story }: StoryRun, bills: readonly Bill[]): Promise<number> {
  story.chapter('1. The tax program leaves its file, and the checks look at it')
  const { id, state, reason } = await town.bring('tari-2026.csv', fileOf(bills, withComma))
  const isWaiting = state === 'active' && reason === 'awaiting-approval'
  story.must('the lot awaits its approval', isWaiting, { state, reason })
  await town.does('anna', `flows check ${id}`, /messages leave|total|found/)
  return id
}

async function testAndReport(run: StoryRun, flow: number): Promise<void> {
  const { town, story, records } = run
  story.chapter('2. Two colleagues try it; one sees a mistake')
  const [elena, fausto] = await sendTest(run, flow)
  await hears(run, elena, null)
  const yes = `flows approve ${flow} --recipients ${records}`
  await town.does('bruno', `${yes} --because "importi riscontrati"`, SHOWN)
  const after = await town.flow(flow)
  story.must('one of two approvals is not enough', !after.released, after)
  await hears(run, fausto, 'Il messaggio dice TARI 2025, ma è il 2026')
  await town.does('anna', `flows test ${flow}`, ANSWERS)
  await town.isRefused('carla', `${yes} --because "confermo"`, /blocked by the checks/)
  await run.plant.approvalOff(flow)
  const told = town.citizensTold()
  story.must('no citizen was told yet', told === 0, told)
}

/** Sends the batch; the links of the two testers. */
async function sendTest({ town, story }: StoryRun, flow: number): Promise<[string, string]> {
  const [mailsBefore, takenBefore] = [town.mails.length, town.taken.length]
  await town.does('anna', `flows test ${flow} --send`)
  const links = await town.until('both testers have their mail', () => {
    const found = testers.map(({ email }) => {
      const mails = town.mails.slice(mailsBefore).filter(({ to }) => to.includes(email))
      return mails.map(linkOf).find((link) => link !== null)
    })
    return found.every((link) => link !== undefined) ? (found as [string, string]) : null
  })
  const batch = await town.until('both testers have their messages', () => {
    const own = town.taken.slice(takenBefore)
    return (
      testers.every(({ fiscalCode }) => own.some((one) => one.fiscalCode === fiscalCode)) && own
    )
  })
  story.must('each has a link of their own', links[0] !== links[1])
  story.must(
    'only testers were written to',
    batch.every(({ fiscalCode }) => isTester(fiscalCode)),
  )
  const isMarked = (subject: string) =>
    subject.startsWith('[PROVA] ') && subject.length <= TITLE_LENGTH
  story.must(
    'every title says that it is a test',
    batch.every(({ subject }) => isMarked(subject)),
  )
  const real = new Set(billsOf(100_000, YEAR).map(({ notice }) => notice))
  const paid = batch.filter(({ notice }) => notice !== null && real.has(notice))
  story.must('no tester could pay a citizen’s bill', paid.length === 0, paid.length)
  return links
}

/** A tester opens the link and answers; a mail scanner that opened it before changed nothing. */
async function hears({ story }: StoryRun, link: string, problem: string | null): Promise<void> {
  const { status } = await look(link)
  story.must('the link of the mail opens', status === 200, status)
  const answered = await answerAll(link, problem)
  story.must('the answer is taken', answered.status === 200, answered.status)
  story.say(
    problem === null ? 'A tester answers: Tutto corretto.' : `A tester reports: ${problem}.`,
  )
}

async function correct(run: StoryRun, flow: number): Promise<number> {
  const { town, story, records } = run
  story.chapter('3. The corrected text voids the approval that was given')
  await writeMapping(town.configDirectory, billText)
  await town.restart()
  await town.does('bruno', `flows redo ${flow} --because "anno sbagliato nel testo"`)
  const second = await town.until('the file has been read again', async () => {
    const [row] = await town.query<{ id: number }>(
      `select id::int from flows where about_flow_id = $1 and origin = 'replay'
         and checks is not null and state <> 'inactive'`,
      [flow],
    )
    return row?.id ?? null
  })
  const { state, reason } = await town.flow(flow)
  story.must('the old flow is replaced', state === 'inactive' && reason === 'replaced', reason)
  const yes = `--recipients ${records} --because "confermo"`
  await town.isRefused('carla', `flows approve ${flow} ${yes}`, /replaced by another/)
  const links = await sendTest(run, second)
  for (const link of links) await hears(run, link, null)
  await town.does('anna', `flows test ${second}`, ANSWERS)
  return second
}

async function approve({ town, story, records }: StoryRun, flow: number): Promise<void> {
  story.chapter('4. Who has prepared it does not approve it; another person does')
  const yes = `flows approve ${flow} --recipients ${records}`
  await town.isRefused('bruno', `${yes} --because "l’ho corretto io"`, /does not approve it/)
  await town.isRefused('anna', `${yes} --because "mi sembra giusto"`, /may not do this/)
  town.answerOnly(Math.ceil(records / ANSWERED_ONE_IN))
  await town.does('carla', `${yes} --because "riletto con i colleghi"`, SHOWN)
  await town.isTooLate('carla', `${yes} --because "di nuovo"`, /already begun to leave/)
}

async function suspendAndResume(
  { town, story, plant, records }: StoryRun,
  flow: number,
  bills: readonly Bill[],
): Promise<void> {
  story.chapter('5. Suspended in mid-flow, and resumed')
  const some = Math.ceil(records / ANSWERED_ONE_IN)
  await town.until('some have left', () => town.citizensTold() >= some)
  await town.does('anna', `flows suspend ${flow} --because "telefonate allo sportello"`)
  const atOnce = town.citizensTold()
  town.answer()
  await plant.suspensionOff(flow)
  await town.until('what was in flight has its answer', () => town.isQuiet(flow))
  await town.does('anna', 'flows list', /·|state/)
  await town.does('anna', `flows show ${flow}`, /^Flow| = |closes/)
  const later = town.citizensTold()
  story.must('but for what was in flight nothing left', later <= atOnce + IN_FLIGHT, later - atOnce)
  story.must('it was suspended before its end', later < records / 2, later)
  story.say(`${later} citizens had been told; ${later - atOnce} were in flight.`)
  await town.does('anna', `flows resume ${flow} --because "chiarito"`)
  await town.ended(flow)
  await plant.sentTwice(flow)
  mustBeTold({ town, story }, 'everybody was told once, rightly', bills)
  const old = town.taken.filter(
    ({ fiscalCode, markdown }) => !isTester(fiscalCode) && markdown.includes('TARI 2025'),
  )
  story.must('nobody but testers saw the mistake', old.length === 0, old.length)
  story.count('reached', town.citizensTold())
}

const errataText = `markdown:
  it: |
    Nell’avviso della TARI {{ anno }} che ti abbiamo inviato mancava l’orario dello sportello:
    siamo aperti dal lunedì al venerdì, dalle 9 alle 13. L’importo e la scadenza restano quelli.
`

async function correctByErrata({ town, story }: StoryRun, flow: number): Promise<void> {
  story.chapter('6. An errata, to exactly those who were reached')
  const reached = new Set(
    town.taken.map(({ fiscalCode }) => fiscalCode).filter((code) => !isTester(code)),
  )
  const before = town.taken.length
  const file = join(town.configDirectory, '..', 'errata.yaml')
  await writeFile(file, errataText)
  const because = '--because "mancava l’orario dello sportello"'
  await town.does('anna', `flows errata ${flow} --text ${file} --yes ${because}`)
  const id = await town.until('the errata waits', async () => {
    const [row] = await town.query<{ id: number }>(
      `select id::int from flows where about_flow_id = $1 and origin = 'errata'
         and reason = 'awaiting-approval'`,
      [flow],
    )
    return row?.id ?? null
  })
  const yes = `--recipients ${reached.size} --because "testo riletto"`
  await town.does('bruno', `flows approve ${id} ${yes}`, SHOWN)
  await town.ended(id)
  const errata = town.taken.slice(before)
  const isMarked = ({ subject }: { subject: string }) =>
    subject.startsWith('Errata corrige: ') && subject.length <= TITLE_LENGTH
  story.must('every title says what it is', errata.every(isMarked))
  story.must('each is told once', errata.length === reached.size, errata.length)
  const missed = [...reached].filter((code) => !errata.some((one) => one.fiscalCode === code))
  story.must('exactly those reached are told', missed.length === 0, missed.length)
  story.say(`${errata.length} citizens read the errata: exactly those reached.`)
  story.count('errata', errata.length)
}
