// The archive of messages: filters as offices know them, a row a message, and the way out as a
// sheet. Whatever names a person comes by a form and never stands in an address. Pages are found
// by key.
import {
  messageCause,
  messageCauses,
  purposeWords,
  standLooks,
} from '../../domain/message-words.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { messageBadge } from '../parts/badge.ts'
import { exportAnswer, exportButtons } from '../parts/export.ts'
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
import {
  button,
  checkField,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  selectField,
  textField,
} from '../parts/form.ts'
import { type ListRow, listTable, pager } from '../parts/list.ts'
import { callout, date, euro, masked, time, typedDay } from '../parts/show.ts'
import { type Answer, missing, type Shown, type Visit } from '../visit.ts'
import {
  type AskedMessages,
  askedMessages,
  keepSearch,
  LONGEST,
  NO_CAUSE,
  numberOf,
  personalNames,
  plainNames,
} from './asked.ts'
import { columnWords, filterWords, planned, words } from './words.ts'

type Store = Visit['app']['store']
type Page = Awaited<ReturnType<Store['messageList']['page']>>
type Row = NonNullable<Page['found']>[number]

/** Beyond so many the total is not counted. */
const COUNTED = 10_000

export const scopeOf = (visit: Visit) => ({
  institution: visit.place.id,
  services: visit.services('messages'),
})

export async function searchPage(visit: Visit): Promise<Answer> {
  const asked = await askedMessages(visit)
  const content = asked === null ? expired(visit) : await found(visit, asked)
  return shown(visit, content)
}

/** What the form asks for, as an address. */
export async function search(visit: Visit): Promise<Answer> {
  const kept = await keepSearch(visit)
  if ('to' in kept) return { kind: 'redirect', to: kept.to }
  const content = html`${faultSummary(kept.faults, visit.language)}
${filters(visit, visit.form, kept.faults)}`
  return { ...shown(visit, content), status: 422 }
}

export async function exportMessages(visit: Visit): Promise<Answer> {
  const asked = await askedMessages(visit)
  if (asked === null) return missing
  const { services } = scopeOf(visit)
  return exportAnswer(visit, {
    ...{ kind: 'messages', name: words.sheet, section: 'messages', services },
    filter: asked.filter,
    asked: chipsOf(visit, asked)
      .map(({ text }) => text)
      .join(' · '),
  })
}

function shown({ language }: Visit, content: Html): Shown {
  return { kind: 'page', section: 'messages', title: words.title[language], content }
}

function expired(visit: Visit): Html {
  return html`${callout('warning', null, words.over[visit.language])}
${filters(visit, new URLSearchParams(), [])}`
}

async function found(visit: Visit, asked: AskedMessages): Promise<Html> {
  const { language, query, to } = visit
  const form = new URLSearchParams(query)
  for (const name of personalNames) form.set(name, asked.personal?.[name] ?? '')
  const act = visit.may('prepare')
    ? html`<p class="actions">
<a class="btn btn-primary" href="${to('/messages/new')}">${words.newMessage[language]}</a></p>`
    : null
  const list = asked.isAsked
    ? await results(visit, asked)
    : html`<p class="empty">${words.before[language]}</p>`
  return html`${act}
${filters(visit, form, [])}
${chips(chipsOf(visit, asked), to('/messages'), language)}
${list}`
}

async function results(visit: Visit, { filter }: AskedMessages): Promise<Html> {
  const { language, query, app } = visit
  const { messageList } = app.store
  const scope = scopeOf(visit)
  const size = pageSize(query)
  const before = numberOf(query.get('before'))
  const after = before === null ? numberOf(query.get('after')) : null
  // One more than is shown says whether there are more.
  const { found } = await messageList.page(scope, filter, { before, after }, size + 1)
  if (found === null) return callout('warning', null, words.tooWide[language])
  const isMore = found.length > size
  const rows = after === null ? found.slice(0, size) : found.slice(isMore ? 1 : 0)
  const isExact = query.get('count') === 'exact'
  const most = isExact ? Number.MAX_SAFE_INTEGER : COUNTED
  const counted = await messageList.count(scope, filter, most)
  const [first, last] = [rows.at(0), rows.at(-1)]
  const isFirst = before === null && (after === null || !isMore)
  const all =
    counted.found === null
      ? null
      : total(visit, {
          rows: counted.found,
          isAbout: counted.found >= COUNTED && !isExact,
          exactly: changed(query, { count: 'exact' }),
        })
  const paging = {
    previous: isFirst || !first ? null : changed(query, { after: String(first.id) }),
    next: (after === null && !isMore) || !last ? null : changed(query, { before: String(last.id) }),
  }
  const exports = rows.length > 0 ? exportButtons(visit, '/messages/export', true) : null
  return html`${await table(visit, rows)}
<div class="below">${exports}${all}${sizeChooser(visit)}${columnChooser(visit, columnsOf(visit))}</div>
${pager(paging, language)}`
}

type Column = keyof typeof columnWords
const columnNames = Object.keys(columnWords) as Column[]
const numbers: readonly Column[] = ['amount']

function columnsOf({ language }: Visit) {
  return columnNames.map((key) => ({ key, title: columnWords[key][language] }))
}

async function table(visit: Visit, rows: readonly Row[]): Promise<Html> {
  const { language, query, to } = visit
  const shownColumns = chosenColumns(query, columnsOf(visit))
  const names = columnNames.filter((name) => shownColumns.has(name))
  const listed: ListRow[] = []
  for (const row of rows) {
    const subject = shownColumns.has('subject') ? await visit.app.desk.messages.subject(row) : null
    const cells = cellsOf(visit, row, subject)
    listed.push({ href: to(`/messages/${row.id}`), cells: names.map((name) => cells[name]) })
  }
  return listTable({
    caption: words.caption[language],
    columns: names.map((name) => ({
      title: columnWords[name][language],
      isNumber: numbers.includes(name),
      isText: name === 'subject',
    })),
    rows: listed,
    empty: words.nothing[language],
  })
}

export function cellsOf(visit: Visit, row: Row, subject: string | null): Record<Column, Piece> {
  const { language } = visit
  const { data, purpose } = row
  const kind = purpose === 'first' ? null : purposeWords[purpose][language]
  const title = subject ?? kind ?? purposeWords.first[language]
  const below =
    kind === null || subject === null ? null : html` <span class="reason">${kind}</span>`
  return {
    sent: row.sentAt === null ? plannedAt(visit, row) : time(visit, row.sentAt),
    service: row.service,
    subject: html`${title}${below}`,
    recipient: masked(data.fiscalCode),
    number: data.payment?.noticeNumber ?? data.facets.document ?? '',
    amount: row.amountCents === null ? '' : euro(visit, row.amountCents),
    due: row.dueAt === null ? '' : date(dueDay(visit, row.dueAt)),
    state: messageBadge(row, language),
    read: flagOf(visit, row, row.readAt, 'read', 'unread'),
    paid: row.amountCents === null ? '' : flagOf(visit, row, row.paidAt, 'paid', 'toPay'),
    flow: html`<a href="${visit.to(`/flows/${row.flowId}`)}">${row.flowId}</a>`,
  }
}

export function dueDay({ place }: Visit, at: Temporal.Instant): Temporal.PlainDate {
  return at.toZonedDateTimeISO(place.timeZone).toPlainDate()
}

function plannedAt(visit: Visit, { state, sendAt }: Row): Piece {
  if (state === 'uncertain') return words.maybeSent[visit.language]
  if (!['waiting', 'claimed', 'sending', 'held'].includes(state))
    return words.neverSent[visit.language]
  const [before = '', after = ''] = planned[visit.language].split('{at}')
  return html`${before}${time(visit, sendAt)}${after}`
}

function flagOf(
  { language }: Visit,
  { state, hasReadStatus }: Row,
  at: Temporal.Instant | null,
  yes: 'read' | 'paid',
  no: 'unread' | 'toPay',
): Piece {
  if (at !== null) return words[yes][language]
  if (state !== 'sent') return words.notSent[language]
  return hasReadStatus ? words[no][language] : words.notPremium[language]
}

const days = ['sentFrom', 'sentTo', 'dueFrom', 'dueTo'] as const
const checks = ['read', 'paid', 'errors', 'uncertain', 'tests'] as const

function filters(visit: Visit, form: URLSearchParams, faults: readonly Fault[]): Html {
  const { language, to } = visit
  const say = (name: keyof typeof filterWords) => filterWords[name][language]
  const value = (name: string) => form.get(name)?.slice(0, LONGEST) ?? ''
  const fault = (name: string) => ({ fault: faultOf(faults, name) })
  const any: readonly [string, string] = ['', words.any[language]]
  const plain = { maxlength: LONGEST, autocomplete: 'off', spellcheck: 'false' }
  const text = (name: keyof typeof filterWords, hint?: Words) =>
    textField({
      ...{ name, label: say(name), value: value(name), attributes: plain, ...fault(name) },
      ...(hint && { hint: hint[language] }),
    })
  const day = (name: (typeof days)[number]) =>
    textField({ name, label: say(name), type: 'date', value: value(name) })
  const chosen = (
    name: 'state' | 'cause' | 'service',
    all: readonly (readonly [string, string])[],
  ) => selectField({ name, label: say(name), value: value(name), options: [any, ...all] })
  const check = (name: (typeof checks)[number]) =>
    checkField({ name, label: say(name), checked: form.get(name) === 'on' })
  const states = Object.entries(standLooks).map(([key, { word }]) => [key, word[language]] as const)
  const services = servicesOf(visit).map((one) => [one, one] as const)
  const isMore = plainNames.slice(3).some((name) => Boolean(form.get(name))) || faults.length > 0
  const opened = isMore ? html` open` : null
  return postForm(
    visit,
    to('/messages/search'),
    html`<div class="filter-fields">${text('fiscalCode', words.personalHint)}${text('noticeNumber')}
${chosen('service', services)}${text('flow')}${chosen('state', states)}</div>
<details class="more"${opened}><summary>${words.more[language]}</summary>
<div class="filter-fields">${text('document')}${text('customer')}${text('emission')}
${chosen('cause', messageCauses(language))}
${days.map(day)}${text('amountFrom')}${text('amountTo')}</div>
<div class="filter-checks">${checks.map(check)}</div></details>
<div class="actions">${button(words.search[language])}
<a href="${to('/messages')}">${words.clear[language]}</a></div>`,
    { class: 'filters' },
  )
}

function servicesOf(visit: Visit): readonly string[] {
  const found = visit.app.config.institutions.find(({ id }) => id === visit.place.id)
  const theirs = visit.services('messages')
  const all = found?.services.map(({ name }) => name) ?? []
  return all.filter((name) => theirs === null || theirs.includes(name))
}

/** What names a person is said to be there, never what it is: it goes into the log of exports. */
function chipsOf({ query, language }: Visit, { personal }: AskedMessages): Chip[] {
  const plain = plainNames.flatMap((name) => {
    const value = query.get(name)?.trim().slice(0, LONGEST)
    if (!value) return []
    const label = filterWords[name][language]
    const said = saidOf(query, name, value, language)
    const text = value === 'on' ? label : `${label}: ${said}`
    return [{ text, without: changed(query, { [name]: null }) }]
  })
  const named = personalNames.filter((name) => personal?.[name])
  const text = named.map((name) => filterWords[name][language]).join(', ')
  const said = fill(
    { it: '{text}: come scritto', en: '{text}: as written' },
    ...([language, { text }] as const),
  )
  return named.length === 0
    ? plain
    : [{ text: said, without: changed(query, { search: null }) }, ...plain]
}

/** A figure of another page may ask for several states. */
function saidOf(
  query: URLSearchParams,
  name: (typeof plainNames)[number],
  value: string,
  language: Visit['language'],
): string {
  const wordOf = (looks: Readonly<Record<string, { word: Words }>>, key: string) =>
    Object.hasOwn(looks, key) ? looks[key]?.word[language] : null
  if (name === 'state') {
    const words = query.getAll('state').flatMap((state) => wordOf(standLooks, state) ?? [])
    return words.length === 0 ? value : words.join(', ')
  }
  if (name === 'cause') {
    return value === NO_CAUSE ? words.noCause[language] : messageCause(value, language)
  }
  if (name !== 'purpose' || !Object.hasOwn(purposeWords, value)) return typedDay(value)
  return purposeWords[value as keyof typeof purposeWords][language]
}
