// What the checks found of a flow, as a panel: amounts and due dates beside the emission before,
// who is reached, what it costs, and each finding with its remedy. In Italian or English.
// Invariant: figures only; and what is counted of the records adds up to those that were read.
import type { EmissionAmounts } from '../domain/emission.ts'
import type { Forecast } from '../domain/forecast.ts'
import { formatAmount } from '../domain/money.ts'
import { percentOf } from '../domain/percent.ts'
import {
  type CheckFinding,
  countLeftOut,
  type LotDueDates,
  type LotFacts,
  type ReleaseReport,
} from '../domain/release-check.ts'
import { checkTitles, findingText, levelWords, remedyText } from '../domain/release-words.ts'
import {
  countIn,
  decimalIn,
  fill,
  numberIn,
  type StaffLanguage,
  type Words,
} from '../domain/words.ts'
import { formatDuration } from './forecast.ts'
import { type Column, formatLocal, formatTable, printable } from './table.ts'

/** Blocks of the longest bar. */
const BAR_WIDTH = 24

export interface CheckedPanel {
  flowId: number
  report: ReleaseReport
  /** Null: nothing is still to be sent, or the account is not configured. */
  forecast: Forecast | null
  /** Codes of what blocks and nobody has overridden. */
  blocking: ReadonlySet<string>
  /** In which its hours are told. */
  zone: string
}

/** The whole panel, from a line with its time to the last finding. */
export function checksText(panel: CheckedPanel, language: StaffLanguage): string {
  const { report, forecast } = panel
  const { facts } = report
  const say = (words: Words, figures = {}) => fill(words, language, figures)
  const at = formatLocal(report.checkedAt, panel.zone)
  return [
    `\n${say(headline, { at })}\n`,
    `${leavesText(facts, language)}\n`,
    amountsTable(facts, language),
    dueText(facts, language),
    `${textsText(facts, language)}${reachText(facts, language)}`,
    forecast === null ? '' : `${costText(forecast, language)}\n`,
    testText(facts, language),
    findingsText(panel, language),
  ].join('')
}

/** Each finding with what to do; or that there is none. */
function findingsText(
  { flowId, report, blocking }: Omit<CheckedPanel, 'forecast' | 'zone'>,
  language: StaffLanguage,
): string {
  if (report.findings.length === 0) return `\n${fill(nothingFound, language, {})}\n`
  return report.findings.map((one) => findingLines(one, flowId, blocking, language)).join('')
}

function findingLines(
  finding: CheckFinding,
  flowId: number,
  blocking: ReadonlySet<string>,
  language: StaffLanguage,
): string {
  const { code, level } = finding
  const isOverridden = level === 'blocking' && !blocking.has(code)
  const standing = isOverridden ? overridden[language] : levelWords[level][language]
  const head = `${code}  ${checkTitles[code][language]}: ${standing}`
  const remedy = isOverridden ? '' : `    ${remedyText(finding, flowId, language)}\n`
  const mark = level === 'blocking' ? '!' : '·'
  // It may quote the name of a file, which is a source's to give.
  return `\n${mark} ${head}\n    ${printable(findingText(finding, language))}\n${remedy}`
}

function leavesText(facts: LotFacts, language: StaffLanguage): string {
  const { messages, recipients, read, refused } = facts
  const n = (count: number) => countIn(language, count)
  const out = countLeftOut(facts)
  // Duplicates, what was skipped and what was cancelled: all that is not told apart here.
  const others = read - refused - out - messages
  const parts = [
    fill(leaves, language, { messages: n(messages), recipients: n(recipients) }),
    ...(read > 0 && others >= 0
      ? [
          fill(ofRead, language, {
            ...{ read: n(read), messages: n(messages), refused: n(refused) },
            ...{ out: n(out), others: n(others) },
          }),
        ]
      : []),
  ]
  return parts.join(' ')
}

function amountsTable(facts: LotFacts, language: StaffLanguage): string {
  const { amounts, before } = facts
  if (amounts === null) return ''
  const count = (value: number | undefined) =>
    value === undefined ? '–' : countIn(language, value)
  const cents = (value: number | undefined) => (value === undefined ? '–' : formatAmount(value))
  const rows = amountRows.map(({ words, of, isMoney }) => {
    const [now, then] = [of(amounts), before === null ? undefined : of(before)]
    const show = isMoney ? cents : count
    return [words[language], show(now), show(then), ratioText(now, then, language)]
  })
  const columns: Column[] = [
    { title: amountsTitle[language] },
    ...[thisFlow, theOneBefore, ratioTitle].map((words): Column => {
      return { title: words[language], align: 'right' }
    }),
  ]
  const { comparable, farFromTheirOwn } = facts
  const own = { comparable: count(comparable), far: count(farFromTheirOwn) }
  const beside = comparable === 0 ? '' : `${fill(besideOwn, language, own)}\n`
  return `\n${formatTable(columns, rows)}${beside}`
}

const amountRows: {
  words: Words
  of: (amounts: EmissionAmounts) => number | undefined
  isMoney: boolean
}[] = [
  { words: { it: 'avvisi', en: 'notices' }, of: ({ count }) => count, isMoney: false },
  { words: { it: 'totale €', en: 'total €' }, of: (one) => one.totalCents, isMoney: true },
  { words: { it: 'minimo', en: 'smallest' }, of: (one) => one.minimumCents, isMoney: true },
  { words: { it: 'mediana', en: 'median' }, of: (one) => one.medianCents, isMoney: true },
  { words: { it: '99 su 100', en: '99 of 100' }, of: (one) => one.p99Cents, isMoney: true },
  { words: { it: 'massimo', en: 'largest' }, of: (one) => one.maximumCents, isMoney: true },
  {
    words: { it: 'senza decimali', en: 'without decimals' },
    of: ({ wholeEuros }) => wholeEuros,
    isMoney: false,
  },
]

function ratioText(
  now: number | undefined,
  then: number | undefined,
  language: StaffLanguage,
): string {
  if (now === undefined || then === undefined || then === 0) return '–'
  return `× ${decimalIn(language, now / then, 2)}`
}

/** How many have passed, the range, and a bar a month beside that of the emission before. */
function dueText({ due, dueBefore }: LotFacts, language: StaffLanguage): string {
  if (due.count === 0) return ''
  const describe = ({ count, past, first, median, last }: LotDueDates) => {
    const percent = numberIn(language, percentOf(past, count))
    const figures = { past: countIn(language, past), count: countIn(language, count), percent }
    return fill(dueWords, language, { ...figures, first, median, last })
  }
  const head = `\n${dueTitle[language]}: ${describe(due)}\n`
  const beside =
    dueBefore === null || dueBefore.count === 0
      ? ''
      : `${theOneBefore[language]}: ${describe(dueBefore)}\n`
  return head + beside + monthsChart(due, dueBefore, language)
}

function monthsChart(
  { byMonth }: LotDueDates,
  before: LotDueDates | null,
  language: StaffLanguage,
): string {
  const then = before?.byMonth ?? {}
  const months = [...new Set([...Object.keys(byMonth), ...Object.keys(then)])].toSorted()
  const highest = Math.max(...Object.values(byMonth), ...Object.values(then))
  const bar = (count: number, block: string) =>
    count === 0 ? '' : block.repeat(Math.max(1, Math.round((count * BAR_WIDTH) / highest)))
  const columns: Column[] = [
    { title: monthTitle[language] },
    ...[{ title: thisFlow[language] }, { title: '', align: 'right' } as const],
    ...(before ? [{ title: theOneBefore[language] }, { title: '', align: 'right' } as const] : []),
  ]
  const cells = (count: number, block: string) => [
    bar(count, block),
    count === 0 ? '' : countIn(language, count),
  ]
  const rows = months.map((month) => [
    month === 'later' ? later[language] : month,
    ...cells(byMonth[month] ?? 0, '█'),
    ...(before ? cells(then[month] ?? 0, '▒') : []),
  ])
  return formatTable(columns, rows)
}

function textsText({ texts }: LotFacts, language: StaffLanguage): string {
  if (texts === null) return ''
  const { shortest, longest, longestTitle, personalTitles } = texts
  const n = (count: number) => countIn(language, count)
  const figures = { texts: n(texts.texts), shortest: n(shortest), longest: n(longest) }
  const titles = { longestTitle: n(longestTitle), personal: n(personalTitles) }
  const same = texts.isSame ? ` ${allSame[language]}` : ''
  return `\n${fill(textWords, language, { ...figures, ...titles })}${same}\n`
}

function reachText({ reachBefore }: LotFacts, language: StaffLanguage): string {
  const percent = reachBefore === null ? null : Math.round(reachBefore * 100)
  const words = percent === null ? reachUnknown : reachWords
  return `${fill(words, language, { percent })}\n`
}

function costText(found: Forecast, language: StaffLanguage): string {
  const calls = countIn(language, Math.round(found.remaining * found.callsPerRecord))
  const { sendingSeconds } = found
  const duration = sendingSeconds === null ? null : formatDuration(sendingSeconds)
  return fill(duration === null ? costUnlimited : costWords, language, { calls, duration })
}

function testText({ test }: LotFacts, language: StaffLanguage): string {
  return test === null ? '' : `${fill(testWords, language, { ...test })}\n`
}

const headline: Words = { it: 'Controlli, {at}', en: 'Checks, {at}' }
const leaves: Words = {
  it: 'Partono {messages} messaggi a {recipients} destinatari.',
  en: '{messages} messages leave, to {recipients} recipients.',
}
const ofRead: Words = {
  it:
    'Righe lette {read} = {messages} da inviare + {refused} scartate + {out} lasciate fuori + ' +
    '{others} altre (doppie, saltate, annullate, in attesa).',
  en:
    '{read} records read = {messages} to send + {refused} refused + {out} left out + ' +
    '{others} others (duplicate, skipped, cancelled, waiting).',
}
const amountsTitle: Words = { it: 'importi', en: 'amounts' }
const thisFlow: Words = { it: 'questo flusso', en: 'this flow' }
const theOneBefore: Words = { it: 'invio precedente', en: 'the one before' }
const ratioTitle: Words = { it: 'rapporto', en: 'ratio' }
const besideOwn: Words = {
  it: 'Cittadini di entrambi: {comparable}; lontani dieci volte dal proprio importo: {far}.',
  en: 'Citizens of both: {comparable}; tenfold away from their own amount: {far}.',
}
const dueTitle: Words = { it: 'Scadenze', en: 'Due dates' }
const dueWords: Words = {
  it: '{past} passate su {count} ({percent} %); dal {first} al {last}, mediana {median}',
  en: '{past} of {count} have passed ({percent} %); from {first} to {last}, median {median}',
}
const monthTitle: Words = { it: 'mese', en: 'month' }
const later: Words = { it: 'oltre', en: 'later' }
const textWords: Words = {
  it:
    'Testi: {texts}, da {shortest} a {longest} caratteri, titoli fino a {longestTitle}; ' +
    'titoli con un dato personale: {personal}.',
  en:
    'Texts: {texts}, of {shortest} to {longest} characters, titles of up to {longestTitle}; ' +
    'titles with a person’s data: {personal}.',
}
const allSame: Words = { it: 'Dicono tutti lo stesso.', en: 'All say the same.' }
const reachWords: Words = {
  it: 'L’ultima volta è stato raggiunto su IO il {percent} %.',
  en: 'Last time {percent} % were reached on IO.',
}
const reachUnknown: Words = {
  it: 'Quanti sono su IO non si sa ancora: nessun flusso di questo collegamento è finito.',
  en: 'How many are on IO is not known yet: no flow of this feed has ended.',
}
const costWords: Words = {
  it: 'Circa {calls} chiamate a IO, in {duration}.',
  en: 'About {calls} calls to IO, in {duration}.',
}
const costUnlimited: Words = {
  it: 'Circa {calls} chiamate a IO; l’account non ha limite.',
  en: 'About {calls} calls to IO; the account has no limit.',
}
const testWords: Words = {
  it: 'Prova: messaggi confermati {confirmed} su {messages}, segnalati {reported}.',
  en: 'Test: {confirmed} of {messages} messages confirmed, {reported} reported.',
}
const overridden: Words = { it: 'sbloccato', en: 'overridden' }
const nothingFound: Words = {
  it: 'I controlli non hanno trovato nulla.',
  en: 'The checks have found nothing.',
}
