// Judges a story of the town by what IO took, message by message: who was reached, of what, how
// often, and with which amount. Invariant: nothing here asks Staffetta what is right.
import type { Bill } from './bills.ts'
import type { StoryRun } from './run-story.ts'
import type { Taken, Town } from './town.ts'

/** Titles that begin so are tests and corrections; they say nothing of a bill a second time. */
const OTHER = /^(?:\[PROVA\] |Errata corrige: )/
const WRONG_TOLD = 3

/** By this rule each of these citizens was told of their bill: once, as the bill says. */
export function mustBeTold(
  { town, story }: Pick<StoryRun, 'town' | 'story'>,
  rule: string,
  bills: readonly Bill[],
): void {
  const wrong = misfits(bills, town)
  story.must(rule, wrong.length === 0, wrong.slice(0, WRONG_TOLD))
}

/** What is wrong with what these citizens were told of these bills. */
function misfits(bills: readonly Bill[], town: Town): string[] {
  const firsts = town.taken.filter(({ subject }) => !OTHER.test(subject))
  const told = Map.groupBy(firsts, ({ fiscalCode, notice }) => `${fiscalCode} ${notice}`)
  return bills.flatMap((bill) => {
    const name = `bill ${bill.position}`
    const messages = told.get(`${bill.fiscalCode} ${bill.notice}`) ?? []
    if (!town.isOnIo(bill.fiscalCode)) {
      return messages.length === 0 ? [] : [`${name}: told somebody who is not on IO`]
    }
    if (messages.length !== 1) return [`${name}: told ${messages.length} times, should be once`]
    const [{ cents }] = messages as [Taken]
    return cents === bill.cents ? [] : [`${name}: asks ${cents} cents, should be ${bill.cents}`]
  })
}

/** Which of these bills somebody was told of. */
export function toldOf(bills: readonly Bill[], town: Town): Bill[] {
  const told = new Set(town.taken.map(({ notice }) => notice))
  return bills.filter(({ notice }) => told.has(notice))
}

/** Citizens on IO among those of these bills: whom IO would have reached. */
export function reachable(bills: readonly Bill[], town: Town): number {
  const citizens = new Set(bills.map(({ fiscalCode }) => fiscalCode))
  return [...citizens].filter(town.isOnIo).length
}

/** Messages that IO took of nobody’s bill among these; tests are somebody else’s. */
export function strangers(bills: readonly Bill[], town: Town): number {
  const known = new Set(bills.map(({ fiscalCode, notice }) => `${fiscalCode} ${notice}`))
  const own = town.taken.filter(({ subject }) => !OTHER.test(subject))
  return own.filter(({ fiscalCode, notice }) => !known.has(`${fiscalCode} ${notice}`)).length
}
