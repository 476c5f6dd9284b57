// The archive of flows: filters as offices know them, *Elenca*, and a row a flow whose figures lead
// to what they count. Pages are found by the flow’s number, newest first.
import { type FlowState, flowStateWords } from '../../domain/flow.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { flowBadge } from '../parts/badge.ts'
import { type Exported, exportButtons, exportRoutes } from '../parts/export.ts'
import {
  type Chip,
  changed,
  chips,
  chosenColumns,
  columnChooser,
  pageSize,
  sizeChooser,
  total,
} from '../parts/filter.ts'
import { button, checkField, getForm, postForm, selectField, textField } from '../parts/form.ts'
import { type ListColumn, type ListRow, listTable, pager } from '../parts/list.ts'
import { count, countLink, share, time, typedDay } from '../parts/show.ts'
import type { PageRoute, Visit } from '../visit.ts'
import { approversText, type ListedFlow, numberOf, scopeOf, sourceOf, wayTo } from './flow.ts'
import { countsOf, type FlowCounts } from './frame.ts'
import { filterWords, words } from './list-words.ts'
import { ownMessages } from './outcomes.ts'

type Filter = Parameters<Visit['app']['store']['flowList']['page']>[1]

const states = Object.keys(flowStateWords) as FlowState[]
/** Beyond so many the total is not counted. */
const COUNTED = 10_000
/** Characters of a filter. */
const LONGEST = 100

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows',
    permission: 'flows',
    async handle(visit) {
      const { language } = visit
      return {
        kind: 'page',
        title: words.title[language],
        section: 'flows',
        content: await listContent(visit),
      }
    },
  },
  ...exportRoutes('/flows/export', 'flows', async (visit) => exported(visit)),
]

/** What the address says; what it does not understand it leaves out. */
export function filterOf({ query, place }: Pick<Visit, 'query' | 'place'>): Filter {
  const text = (name: string) => query.get(name)?.trim().slice(0, LONGEST) || null
  const day = (name: string, later: number) => dayOf(query.get(name), place.timeZone, later)
  const state = query.get('state')
  return {
    state: states.find((one) => one === state) ?? null,
    service: text('service'),
    feed: text('feed'),
    emission: text('emission'),
    arrivedFrom: day('arrivedFrom', 0),
    arrivedTo: day('arrivedTo', 1),
    sentFrom: day('sentFrom', 0),
    sentTo: day('sentTo', 1),
    text: text('text'),
    preparedBy: text('preparedBy'),
    withErrors: query.get('errors') === 'on',
    withUncertain: query.get('uncertain') === 'on',
    tests: query.get('tests') === 'on',
  }
}

/** The start of a day, or of one after it. */
function dayOf(typed: string | null, zone: string, later: number): Temporal.Instant | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(typed ?? '')) return null
  try {
    const day = Temporal.PlainDate.from(typed as string, { overflow: 'reject' })
    return day.add({ days: later }).toZonedDateTime(zone).toInstant()
  } catch {
    return null
  }
}

async function listContent(visit: Visit): Promise<Html> {
  const { language, query, app } = visit
  const { flowList } = app.store
  const scope = scopeOf(visit, 'flows')
  const filter = filterOf(visit)
  const size = pageSize(query)
  const before = numberOf(query.get('before'))
  const after = before === null ? numberOf(query.get('after')) : null
  const names = await flowList.names(scope)
  // One more than is shown says whether there are more.
  const found = await flowList.page(scope, filter, { before, after }, size + 1)
  const isMore = found.length > size
  const rows = after === null ? found.slice(0, size) : found.slice(isMore ? 1 : 0)
  const most = query.get('count') === 'exact' ? Number.MAX_SAFE_INTEGER : COUNTED
  const all = await flowList.count(scope, filter, most)
  const hasFilter = chipsOf(visit).length > 0
  const upload = visit.may('prepare')
    ? html`<p class="actions">${wayTo(visit.to('/flows/upload'), words.upload[language], 'primary')}</p>`
    : null
  return html`${upload}
${filters(visit, names)}
${chips(chipsOf(visit), visit.to('/flows'), language)}
${await table(visit, rows, emptyText(visit, hasFilter))}
<div class="below">${rows.length === 0 ? null : exportButtons(visit, '/flows/export')}${total(
    visit,
    {
      rows: all,
      isAbout: all >= COUNTED && most === COUNTED,
      exactly: changed(query, { count: 'exact' }),
    },
  )}${sizeChooser(visit)}</div>
${pager(pagingOf(query, rows, { isMore, before, after }), language)}`
}

function pagingOf(
  query: URLSearchParams,
  rows: readonly ListedFlow[],
  { isMore, before, after }: { isMore: boolean; before: number | null; after: number | null },
) {
  const [first, last] = [rows.at(0), rows.at(-1)]
  const isFirst = before === null && (after === null || !isMore)
  const isLast = after === null ? !isMore : false
  return {
    previous: isFirst || !first ? null : changed(query, { after: String(first.id) }),
    next: isLast || !last ? null : changed(query, { before: String(last.id) }),
  }
}

function filters({ language, query, to }: Visit, names: { services: string[]; feeds: string[] }) {
  const say = (name: keyof typeof filterWords) => filterWords[name][language]
  const value = (name: string) => query.get(name)?.slice(0, LONGEST) ?? ''
  const any: readonly [string, string] = ['', words.any[language]]
  const listed = (all: readonly string[]) => [any, ...all.map((one) => [one, one] as const)]
  const choice = (
    name: 'state' | 'service' | 'feed',
    options: readonly (readonly [string, string])[],
  ) => selectField({ name, label: say(name), value: value(name), options })
  const day = (name: 'arrivedFrom' | 'arrivedTo' | 'sentFrom' | 'sentTo') =>
    textField({ name, label: say(name), type: 'date', value: value(name) })
  const text = (name: 'emission' | 'text' | 'preparedBy') =>
    textField({ name, label: say(name), value: value(name), attributes: { maxlength: LONGEST } })
  const check = (name: 'errors' | 'uncertain' | 'tests') =>
    checkField({ name, label: say(name), checked: query.get(name) === 'on' })
  const chosen = states.map((state) => [state, flowStateWords[state][language]] as const)
  return getForm(
    to('/flows'),
    html`${choice('state', [any, ...chosen])}
${choice('service', listed(names.services))}
${choice('feed', listed(names.feeds))}
${text('text')}${text('emission')}${text('preparedBy')}
${day('arrivedFrom')}${day('arrivedTo')}${day('sentFrom')}${day('sentTo')}
${check('errors')}${check('uncertain')}${check('tests')}
<div class="actions">${button(words.list[language])}
${wayTo(to('/flows'), words.clear[language])}</div>`,
  )
}

function chipsOf({ query, language }: Visit): Chip[] {
  const names = Object.keys(filterWords) as (keyof typeof filterWords)[]
  return names.flatMap((name) => {
    const value = query.get(name)?.trim().slice(0, LONGEST)
    if (!value) return []
    const label = filterWords[name][language]
    const text = value === 'on' ? label : `${label}: ${shownValue(name, value, language)}`
    return { text, without: changed(query, { [name]: null }) }
  })
}

function shownValue(name: string, value: string, language: Visit['language']): string {
  const isState = name === 'state' && Object.hasOwn(flowStateWords, value)
  return isState ? flowStateWords[value as FlowState][language] : typedDay(value)
}

function emptyText({ language, to, may }: Visit, hasFilter: boolean): Piece {
  if (hasFilter) return words.nothing[language]
  if (!may('prepare')) return words.empty[language]
  return html`${words.empty[language]} <a href="${to('/flows/upload')}">${words.upload[language]}</a>`
}

/** What the export is asked for: the same filters, instants as text. */
function exported(visit: Visit): Exported {
  const filter = filterOf(visit)
  const plain = Object.entries(filter).map(([name, value]) => [
    name,
    value instanceof Temporal.Instant ? value.toString() : value,
  ])
  return {
    ...{ kind: 'flows', name: words.file, section: 'flows' },
    services: visit.services('flows'),
    filter: Object.fromEntries(plain),
    asked: chipsOf(visit)
      .map(({ text }) => text)
      .join('; '),
  }
}

/** The number of the flow leads to it, and is always there. */
function columnsOf(language: Visit['language']) {
  return words.columns[language].map((title, index) => ({ key: String(index), title }))
}

async function table(visit: Visit, flows: readonly ListedFlow[], empty: Piece): Promise<Html> {
  const ids = flows.map(({ id }) => id)
  const [counts, emissions] = await Promise.all([
    countsOf(visit, ids),
    visit.app.store.flowList.emissions(ids),
  ])
  const all = columnsOf(visit.language)
  const chosen = chosenColumns(visit.query, all.slice(1))
  const isShown = (index: number) => index === 0 || chosen.has(String(index))
  const columns = all.flatMap(({ title }, index): ListColumn[] => {
    const isNumber = index >= FIRST_NUMBER && index <= LAST_NUMBER
    return isShown(index) ? [{ title, isNumber }] : []
  })
  const rows = flows.map((flow): ListRow => {
    const counted = counts.get(flow.id) as FlowCounts
    const row = rowOf(visit, flow, counted, emissions.get(flow.id) ?? null)
    return { ...row, cells: row.cells.filter((_, index) => isShown(index)) }
  })
  const caption = words.caption[visit.language]
  const chooser = flows.length === 0 ? null : columnChooser(visit, all.slice(1))
  return html`${listTable({ caption, columns, rows, empty })}${chooser}`
}

const FIRST_NUMBER = 6
const LAST_NUMBER = 13

function rowOf(
  visit: Visit,
  flow: ListedFlow,
  { account, deliveries }: FlowCounts,
  emission: string | null,
): ListRow {
  const { language } = visit
  const at = (path: string) => visit.to(`/flows/${flow.id}${path}`)
  const records = (term: string, value: number) =>
    flow.origin === 'test'
      ? count(visit, value)
      : countLink(visit, value, at(`/records?term=${term}`))
  const source = sourceOf(flow, language)
  const who = flow.isUploaded
    ? ` (${fill(words.uploadedBy, language, { by: flow.preparedBy[0] ?? '' })})`
    : ''
  const isNamed = flow.feed !== null && flow.feed !== source
  const gone = account.read - account.waiting - account.held
  return {
    href: at(''),
    cells: [
      flow.id,
      emission ?? flow.campaign ?? '',
      flow.service,
      html`${isNamed ? html`${flow.feed}<br>` : null}${source}${who}`,
      time(visit, flow.createdAt),
      flowBadge(flow.state, flow.reason, language),
      records('read', account.read),
      records('sent', account.sent),
      ownMessages(visit, flow, deliveries.deliveries.processed ?? 0, { state: 'available' }),
      records('undeliverable', account.undeliverable),
      countLink(visit, account.refused, at('/problems')),
      records('rejected', account.rejected),
      records('uncertain', account.uncertain),
      share(visit, gone, account.read),
      approversText(flow.approvedBy, language),
      menu(visit, flow),
    ],
  }
}

/** What may be done of it without opening it. */
function menu(visit: Visit, flow: ListedFlow): Html {
  const { language } = visit
  const at = (path: string) => visit.to(`/flows/${flow.id}${path}`)
  const isSuspended = flow.reason === 'suspended' || flow.reason === 'braked'
  const mayMove = visit.may('stop', flow.service) && ['active', 'sending'].includes(flow.state)
  const act = isSuspended ? 'resume' : 'suspend'
  const move = mayMove
    ? postForm(visit, at(`/${act}`), button(words[act][language], { tone: 'secondary' }))
    : null
  return html`<details class="row-menu"><summary>${words.menu[language]}<span class="visually-hidden"> ${flow.id}</span></summary>
${wayTo(at(''), words.open[language])} ${wayTo(at('/documents'), words.documents[language])}
${move}</details>`
}
