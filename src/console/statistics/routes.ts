// The pages of statistics: a year, its emissions, its months. Each shows the same figures of what
// was chosen; what is told of a year is told of one emission or month by the same page.

import { formatMonth } from '../../domain/civil-date.ts'
import { statisticsOf } from '../../domain/statistics.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { exportButtons, exportRoutes } from '../parts/export.ts'
import { button, getForm, selectField } from '../parts/form.ts'
import { tabs } from '../parts/way.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import {
  type AskedStatistics,
  askedStatistics,
  openHref,
  statisticsHref,
  type View,
  views,
} from './asked.ts'
import { figuresOf, footnotes, linked } from './figures.ts'
import { adhesionOf, emissionsOf, monthsOf, purposesOf, servicesOf } from './tables.ts'
import { title, words } from './words.ts'

export const routes: readonly PageRoute[] = [
  page('/statistics', 'year', yearOf),
  page('/statistics/emissions', 'emissions', ofEmissions),
  page('/statistics/months', 'months', ofMonths),
  ...exportsOf('year', 'service'),
  ...exportsOf('emissions', 'emission'),
  ...exportsOf('months', 'month'),
]

type Content = (visit: Visit, asked: AskedStatistics) => Promise<Html>

function page(path: string, view: View, content: Content): PageRoute {
  return {
    method: 'GET',
    path,
    permission: 'look',
    handle: async (visit) => answerOf(visit, await askedStatistics(visit, view), content),
  }
}

function exportsOf(view: View, by: 'service' | 'emission' | 'month'): readonly PageRoute[] {
  return exportRoutes(`/statistics${views[view]}/export`, 'look', async (visit) => {
    const asked = await askedStatistics(visit, view)
    if (asked === null) return null
    const { filter, service, year, month } = asked
    const days = { from: filter.from.toString(), to: filter.to.toString() }
    const words = [by, month ?? String(year), service].filter((word) => word !== null)
    return {
      ...{ kind: 'statistics', name: title, section: 'statistics' },
      services: visit.services('look'),
      filter: { by, ...days, service },
      asked: words.join(' '),
    }
  })
}

async function answerOf(
  visit: Visit,
  asked: AskedStatistics | null,
  content: Content,
): Promise<Answer> {
  if (asked === null) return missing
  const { language } = visit
  return {
    kind: 'page',
    title: `${title[language]} · ${nameOf(visit, asked)}`,
    section: 'statistics',
    content: html`${periods(visit, asked)}
${serviceFilter(visit, asked)}
${viewTabs(visit, asked)}
${await content(visit, asked)}
<div class="below">${exportButtons(visit, `/statistics${views[asked.view]}/export`)}</div>
${await openLine(visit, asked)}
${footnotes(visit)}`,
  }
}

/** What the figures are of: `2026`, `novembre 2026`, `TARI 2026 rata 1`. */
function nameOf({ language }: Visit, { view, year, month, emission }: AskedStatistics): string {
  if (month !== null) return formatMonth(month, language)
  if (emission !== null) return emission === '' ? words.noEmission[language] : emission
  if (view === 'year') return String(year)
  return `${(view === 'emissions' ? words.byEmission : words.byMonth)[language]} ${year}`
}

function periods(visit: Visit, asked: AskedStatistics): Html {
  const { language } = visit
  const label = words.period[language]
  const years = asked.years.map((year) => {
    const href = statisticsHref(visit, asked, { year, month: null, emission: null })
    const isShown = year === asked.year
    return html`<li><a href="${href}"${isShown ? html` aria-current="page"` : null}>${year}</a></li>
`
  })
  return html`<nav class="periods" aria-label="${label}"><span>${label}:</span>
<ul>${years}</ul></nav>`
}

function serviceFilter(visit: Visit, asked: AskedStatistics): Html | null {
  const { language } = visit
  const { services, service, year, month, emission, view } = asked
  if (services.length < 2) return null
  const kept = { year: String(year), month, emission }
  const hidden = Object.entries(kept).map(([name, value]) =>
    value === null ? null : html`<input type="hidden" name="${name}" value="${value}">`,
  )
  const options = [
    ['', words.all[language]] as const,
    ...services.map((one) => [one, one] as const),
  ]
  const label = words.service[language]
  const field = { name: 'service', label, value: service ?? '', options }
  const path = statisticsHref(visit, asked, { view }).replace(/\?.*/, '')
  return getForm(
    path,
    html`${hidden}${selectField(field)}
<div class="actions">${button(words.list[language])}</div>`,
  )
}

function viewTabs(visit: Visit, asked: AskedStatistics): Html {
  const { language } = visit
  const titles = { year: words.byYear, emissions: words.byEmission, months: words.byMonth }
  const all = (Object.keys(titles) as View[]).map((view) => ({
    title: titles[view][language],
    href: statisticsHref(visit, asked, { view, month: null, emission: null }),
    current: view === asked.view,
  }))
  return tabs(words.parts[language], all)
}

function nothing({ language }: Visit, period: string): Html {
  return html`<p class="empty">${fill(words.none, language, { period })}</p>`
}

async function yearOf(visit: Visit, asked: AskedStatistics): Promise<Html> {
  const { counts } = visit.app.store
  const [all, months, services, purposes] = await Promise.all([
    counts.byPeriod(asked.filter, 'all'),
    counts.byPeriod(asked.filter, 'month'),
    counts.byPeriod(asked.filter, 'service'),
    counts.byPeriod(asked.filter, 'purpose'),
  ])
  if (all.size === 0) return nothing(visit, String(asked.year))
  return html`${figuresOf(visit, asked, statisticsOf(all.get('') ?? []))}
${servicesOf(visit, asked, services)}
${purposesOf(visit, asked, purposes)}
${adhesionOf(visit, asked, months)}`
}

async function ofMonths(visit: Visit, asked: AskedStatistics): Promise<Html> {
  const { counts } = visit.app.store
  if (asked.month !== null) return oneOf(visit, asked, formatMonth(asked.month, visit.language))
  const named = await counts.byPeriod(asked.filter, 'month')
  return named.size === 0 ? nothing(visit, String(asked.year)) : monthsOf(visit, asked, named)
}

async function ofEmissions(visit: Visit, asked: AskedStatistics): Promise<Html> {
  const { counts } = visit.app.store
  if (asked.emission !== null) return oneOf(visit, asked, String(asked.year))
  const named = await counts.byPeriod(asked.filter, 'emission')
  return named.size === 0 ? nothing(visit, String(asked.year)) : emissionsOf(visit, asked, named)
}

/** Of one month, or one emission. */
async function oneOf(visit: Visit, asked: AskedStatistics, period: string): Promise<Html> {
  const { counts } = visit.app.store
  const [all, purposes] = await Promise.all([
    counts.byPeriod(asked.filter, 'all'),
    counts.byPeriod(asked.filter, 'purpose'),
  ])
  const back = statisticsHref(visit, asked, { month: null, emission: null })
  const way = html`<p><a href="${back}">${words.back[visit.language]}</a></p>`
  if (all.size === 0) return html`${way}${nothing(visit, period)}`
  return html`${way}${figuresOf(visit, asked, statisticsOf(all.get('') ?? []))}
${purposesOf(visit, asked, purposes)}`
}

const openStands = {
  waiting: ['waiting', 'sending'],
  held: ['to-decide'],
  uncertain: ['uncertain'],
} as const

/** What is in no period, since it has not ended. */
async function openLine(visit: Visit, asked: AskedStatistics): Promise<Html | null> {
  const { language, app, place } = visit
  const open = await app.store.counts.open(place.id, asked.filter.services)
  const figures = Object.entries(openStands).flatMap(([state, stands]) => {
    const n = open.reduce((sum, one) => sum + (one.state === state ? one.n : 0), 0)
    const figure = linked(visit, n, openHref(visit, asked, stands))
    const title = words[state as keyof typeof openStands][language]
    return n === 0
      ? []
      : html`<li>${title}: ${figure}</li>
`
  })
  if (figures.length === 0) return null
  return html`<h2>${words.open[language]}</h2><ul>
${figures}</ul>`
}
