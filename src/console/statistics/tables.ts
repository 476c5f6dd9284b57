// Figures side by side: by month, emission, service and purpose, each row with the same columns and
// the way to its own page, and charts above the tables that say the same.
import { formatMonth } from '../../domain/civil-date.ts'
import {
  errorsOfIo,
  noStatistics,
  notOnIo,
  onIoShare,
  readShare,
  type Statistics,
  statisticsOf,
} from '../../domain/statistics.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { barChart } from '../parts/chart.ts'
import { type ListColumn, type ListRow, listTable } from '../parts/list.ts'
import { share } from '../parts/show.ts'
import type { Visit } from '../visit.ts'
import { type AskedStatistics, messagesHref, statisticsHref } from './asked.ts'
import { linked } from './figures.ts'
import * as links from './links.ts'
import { purposeWords, words } from './words.ts'

type Counts = Visit['app']['store']['counts']
export type Named = Awaited<ReturnType<Counts['byPeriod']>>

/** One line of such a table. */
interface Line {
  title: Piece
  /** Its own page; null: it has none. */
  href: string | null
  all: Statistics
  /** What narrows the list of messages to it. */
  said: Partial<Pick<AskedStatistics, 'service' | 'emission' | 'filter'>>
  purpose?: string
}

function tableOf(
  visit: Visit,
  asked: AskedStatistics,
  { caption, what, lines }: { caption: string; what: string; lines: readonly Line[] },
): Html {
  const { language } = visit
  const columns: ListColumn[] = [
    { title: what },
    ...[words.messages, words.inbox, words.notOnIo, words.errors, words.read].map((title) => ({
      title: title[language],
      isNumber: true,
    })),
    { title: `${words.read[language]} %`, isNumber: true },
    { title: words.onIo[language], isNumber: true },
  ]
  const rows = lines.map((line): ListRow => {
    const { title, href, all, said, purpose } = line
    const { messages, byEnding, read } = all
    const to = (asks: links.MessagesOf) =>
      messagesHref(visit, { ...asked, ...said }, purpose ? { ...asks, purpose } : asks)
    const [readPart, onIo] = [readShare(all), onIoShare(all)]
    return {
      href,
      cells: [
        title,
        linked(visit, messages, to(links.endedLink)),
        linked(visit, byEnding.available, to(links.endingLink('available'))),
        linked(visit, notOnIo(all), to(links.notOnIoLink)),
        linked(visit, errorsOfIo(all), to(links.errorsLink)),
        linked(visit, read, to(links.readLink)),
        share(visit, readPart.part, readPart.whole),
        share(visit, onIo.part, onIo.whole),
      ],
    }
  })
  return listTable({ caption, columns, rows, empty: null })
}

/** Every month of the year so far, those without anything too, so that gaps are seen. */
function monthLines(visit: Visit, asked: AskedStatistics, named: Named): Line[] {
  const { year, filter } = asked
  const known = [...named.keys()].sort()
  const last = Number((known.at(-1) ?? `${year}-01`).slice(5))
  return Array.from({ length: last }, (_, index) => {
    const month = `${year}-${String(index + 1).padStart(2, '0')}`
    const from = Temporal.PlainDate.from(`${month}-01`)
    const to = from.add({ months: 1 }).subtract({ days: 1 })
    return {
      title: formatMonth(month, visit.language).replace(/ \d+$/, ''),
      href: statisticsHref(visit, asked, { view: 'months', month }),
      all: statisticsOf(named.get(month) ?? []),
      said: { filter: { ...filter, from, to } },
    }
  })
}

export function monthsOf(visit: Visit, asked: AskedStatistics, named: Named): Html {
  const { language } = visit
  const lines = monthLines(visit, asked, named)
  const chart = barChart({
    caption: words.months[language],
    what: words.month[language],
    series: [words.inbox[language], words.notOnIo[language], words.errors[language]],
    bars: lines.map(({ title, all }) => ({
      label: String(title),
      values: [all.byEnding.available, notOnIo(all), errorsOfIo(all)],
    })),
    hasTable: false,
    language,
  })
  const title = words.months[language]
  return html`${chart}
${tableOf(visit, asked, { caption: title, what: words.month[language], lines })}`
}

/** How many of a hundred recipients are on IO, month by month. */
export function adhesionOf(visit: Visit, asked: AskedStatistics, named: Named): Html | null {
  const { language } = visit
  const lines = monthLines(visit, asked, named).filter(({ all }) => all.messages > 0)
  return barChart({
    caption: words.adhesion[language],
    what: words.month[language],
    series: [words.onIo[language]],
    bars: lines.map(({ title, all }) => {
      const { part, whole } = onIoShare(all)
      return { label: String(title), values: [Math.round((part * 100) / whole)] }
    }),
    language,
  })
}

export function emissionsOf(visit: Visit, asked: AskedStatistics, named: Named): Html {
  const { language } = visit
  const lines = [...named]
    .map(([emission, counts]): Line => {
      const title = emission === '' ? words.noEmission[language] : emission
      const href = statisticsHref(visit, asked, { view: 'emissions', emission })
      const all = statisticsOf(counts.filter(({ kind }) => kind !== 'record'))
      return { title, href, all, said: { emission } }
    })
    .filter(({ all }) => all.messages > 0)
  return tableOf(visit, asked, {
    caption: words.emissions[language],
    what: words.emission[language],
    lines,
  })
}

export function servicesOf(visit: Visit, asked: AskedStatistics, named: Named): Html | null {
  const { language } = visit
  if (named.size < 2) return null
  const lines = [...named].map(([service, counts]): Line => {
    const href = statisticsHref(visit, asked, { service })
    const filter = { ...asked.filter, services: [service] }
    return { title: service, href, all: statisticsOf(counts), said: { service, filter } }
  })
  const title = words.services[language]
  return html`<h2>${title}</h2>
${tableOf(visit, asked, { caption: title, what: words.service[language], lines })}`
}

export function purposesOf(visit: Visit, asked: AskedStatistics, named: Named): Html | null {
  const { language } = visit
  const lines = Object.entries(purposeWords).flatMap(([purpose, title]): Line[] => {
    const counts = named.get(purpose)
    const all = counts === undefined ? noStatistics() : statisticsOf(counts)
    if (all.messages === 0) return []
    return [{ title: title[language], href: null, all, said: {}, purpose }]
  })
  if (lines.length === 0) return null
  const title = words.purposes[language]
  return html`<h2>${title}</h2>
${tableOf(visit, asked, { caption: title, what: words.purpose[language], lines })}`
}
