// What the checks found of a flow, for its tab and for whoever approves it: what leaves, amounts
// and due dates beside the emission before, and each finding with what may be done about it.
// Figures alone; nobody’s data.
import type { EmissionAmounts } from '../../domain/emission.ts'
import { percentOf } from '../../domain/percent.ts'
import {
  type CheckCode,
  type CheckFinding,
  countLeftOut,
  isConcerning,
  type LotDueDates,
  type ReleaseReport,
} from '../../domain/release-check.ts'
import { checkTitles, findingText, levelWords } from '../../domain/release-words.ts'
import { decimalIn, fill, numberIn } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { barChart } from '../parts/chart.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, euro, facts, time } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import { adviceWords, amountWords, words } from './checks-words.ts'
import { type ShownFlow, wayTo } from './flow.ts'

export interface Panel {
  flow: Pick<ShownFlow, 'id' | 'service' | 'feed' | 'campaign'>
  report: ReleaseReport
  /** What blocks and nobody has overridden. */
  blocking: ReadonlySet<CheckCode>
  /** As text; null: nothing is to be sent, or the account has no limit. */
  duration: string | null
  /** Whether it may still be decided about. */
  isOpen: boolean
}

export function checksPanel(visit: Visit, panel: Panel): Html {
  const { language } = visit
  const { report } = panel
  const at = html`${words.checkedAt[language]} ${time(visit, report.checkedAt)}`
  return html`<p class="soft">${at}</p>
${findingList(visit, panel)}
<div class="panels">
<section><h2 class="h4">${words.leaves[language]}</h2>${leavingFacts(visit, panel)}</section>
<section><h2 class="h4">${words.amounts[language]}</h2>${amountsTable(visit, report)}</section>
</div>
<section><h2 class="h4">${words.due[language]}</h2>${dueDates(visit, report)}</section>`
}

function findingList(visit: Visit, panel: Panel): Html {
  const { findings } = panel.report
  if (findings.length === 0) return callout('success', null, words.nothing[visit.language])
  return html`<ul class="findings">
${findings.map((finding) => html`<li>${findingItem(visit, panel, finding)}</li>`)}</ul>`
}

function findingItem(visit: Visit, panel: Panel, finding: CheckFinding): Html {
  const { language } = visit
  const { code, level } = finding
  const isBlocking = panel.blocking.has(code)
  const isOverridden = level === 'blocking' && !isBlocking
  const tone = isBlocking ? 'danger' : level === 'warning' ? 'warning' : 'info'
  const standing = isOverridden
    ? badge('green', '✓', words.overridden[language])
    : badge(isBlocking ? 'red' : 'orange', isBlocking ? '✕' : '!', levelWords[level][language])
  const advice = level === 'left-out' ? words.leftOut : adviceWords[code]
  const text = html`${standing} <span class="reason">${code}</span>
<p>${findingText(finding, language)}</p>
${isOverridden ? null : html`<p>${advice[language]}</p>`}
${isBlocking && panel.isOpen ? waysOn(visit, panel, code) : null}`
  return callout(tone, checkTitles[code][language], text)
}

/** Leaving out what it concerns, or letting it be. */
function waysOn(visit: Visit, { flow }: Panel, code: CheckCode): Html | null {
  const { language } = visit
  const to = (act: string) => visit.to(`/flows/${flow.id}/${act}?check=${code}`)
  const ways: Piece[] = []
  if (isConcerning(code) && visit.may('prepare', flow.service)) {
    ways.push(wayTo(to('leave-out'), words.leaveOut[language], 'small'))
  }
  if (visit.may('override', flow.service)) {
    ways.push(wayTo(to('override'), words.override[language], 'small'))
  }
  return ways.length === 0 ? null : html`<p class="actions">${ways}</p>`
}

function leavingFacts(visit: Visit, { report, duration }: Panel): Html {
  const { language } = visit
  const { facts: lot } = report
  const { texts, test, reachBefore } = lot
  const n = (value: number) => count(visit, value)
  const others = lot.read - lot.refused - countLeftOut(lot) - lot.messages
  const rows: [string, Piece][] = [
    [words.messages[language], n(lot.messages)],
    [words.recipients[language], n(lot.recipients)],
    [words.read[language], n(lot.read)],
    [words.refused[language], n(lot.refused)],
    [words.out[language], n(countLeftOut(lot))],
    [words.others[language], others >= 0 ? n(others) : null],
    [words.toldAlready[language], n(lot.toldAlready)],
    [words.paidAlready[language], n(lot.paidAlready)],
    [words.lengths[language], texts && fill(words.lengthsText, language, lengthsOf(texts, visit))],
    [words.titles[language], texts && n(texts.personalTitles)],
    [words.reach[language], reachBefore === null ? null : `${Math.round(reachBefore * 100)}%`],
    [words.duration[language], duration],
    [words.test[language], test && fill(words.testText, language, { ...test })],
  ]
  return facts(rows)
}

function lengthsOf(
  texts: { shortest: number; longest: number; longestTitle: number },
  visit: Visit,
) {
  const { shortest, longest, longestTitle } = texts
  return {
    shortest: count(visit, shortest),
    longest: count(visit, longest),
    title: count(visit, longestTitle),
  }
}

function amountsTable(visit: Visit, { facts: lot }: ReleaseReport): Html {
  const { language } = visit
  const { amounts, before } = lot
  if (amounts === null) return html`<p>${words.noAmounts[language]}</p>`
  const rows = amountRows.map(({ name, of, isMoney }): Piece[] => {
    const now = of(amounts) ?? 0
    const then = before === null ? null : (of(before) ?? 0)
    const show = (value: number | null) =>
      value === null ? '–' : isMoney ? euro(visit, value) : count(visit, value)
    return [amountWords[name][language], show(now), show(then), ratioText(visit, now, then)]
  })
  const columns = [
    { title: words.amounts[language] },
    { title: words.thisFlow[language], isNumber: true },
    { title: words.before[language], isNumber: true },
    { title: words.change[language], isNumber: true },
  ]
  const own = { comparable: count(visit, lot.comparable), far: count(visit, lot.farFromTheirOwn) }
  return html`${listTable({
    caption: words.amountsCaption[language],
    columns,
    rows: rows.map((cells) => ({ href: null, cells })),
    empty: '',
  })}${lot.comparable === 0 ? null : html`<p>${fill(words.own, language, own)}</p>`}`
}

const amountRows: {
  name: keyof typeof amountWords
  of: (amounts: EmissionAmounts) => number | undefined
  isMoney: boolean
}[] = [
  { name: 'count', of: ({ count: notices }) => notices, isMoney: false },
  { name: 'total', of: (one) => one.totalCents, isMoney: true },
  { name: 'minimum', of: (one) => one.minimumCents, isMoney: true },
  { name: 'median', of: (one) => one.medianCents, isMoney: true },
  { name: 'p99', of: (one) => one.p99Cents, isMoney: true },
  { name: 'maximum', of: (one) => one.maximumCents, isMoney: true },
  { name: 'whole', of: ({ wholeEuros }) => wholeEuros, isMoney: false },
]

/** `+2,1%`, or `× 100` where percent would hide it. */
function ratioText({ language }: Visit, now: number, then: number | null): string {
  if (then === null || then === 0) return '–'
  if (now === then) return '='
  const ratio = now / then
  if (ratio >= 3 || ratio < 1 / 3) return `× ${decimalIn(language, ratio, 2)}`
  const percent = (ratio - 1) * 100
  return `${percent < 0 ? '−' : '+'}${decimalIn(language, Math.abs(percent), 1)}%`
}

/** How many have passed, the range, and a bar a month beside that of the emission before. */
function dueDates(visit: Visit, { facts: lot }: ReleaseReport): Html {
  const { language } = visit
  const { due, dueBefore } = lot
  if (due.count === 0) return html`<p>${words.noDue[language]}</p>`
  const then = dueBefore?.count ? dueBefore : null
  const months = [
    ...new Set([...Object.keys(due.byMonth), ...Object.keys(then?.byMonth ?? {})]),
  ].toSorted()
  const bars = months.map((month) => ({
    label: month === 'later' ? words.later[language] : monthText(month),
    values: [due.byMonth[month] ?? 0, ...(then ? [then.byMonth[month] ?? 0] : [])],
  }))
  const series = [words.thisFlow[language], ...(then ? [words.before[language]] : [])]
  const caption = words.dueCaption[language]
  return html`<p>${dueText(visit, due)}</p>${
    then === null ? null : html`<p>${words.before[language]}: ${dueText(visit, then)}</p>`
  }
${barChart({ caption, what: words.month[language], series, bars, language })}`
}

function dueText(visit: Visit, { count: all, past, first, median, last }: LotDueDates): string {
  const { language } = visit
  const percent = numberIn(language, percentOf(past, all))
  const figures = { past: count(visit, past), count: count(visit, all), percent }
  const days = { first: dayText(first), median: dayText(median), last: dayText(last) }
  return fill(words.dueText, language, { ...figures, ...days })
}

/** `2026-12-31` → `31/12/2026`. */
function dayText(day: string | null): string | null {
  return day?.split('-').toReversed().join('/') ?? null
}

/** `2026-12` → `12/2026`. */
const monthText = (month: string) => month.split('-').toReversed().join('/')
