// The accounts of a period: each flow in a row that closes, and their sums by service and feed.
// Each number leads to the records that it counts; what the source was told stands beside it.
import { accountWords } from '../../domain/account-words.ts'
import {
  type AccountTerm,
  accountTerms,
  difference,
  emptyAccount,
  type FlowAccount,
} from '../../domain/flow-account.ts'
import { SOURCE } from '../../domain/receipt.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { sourceOf } from '../flows/flow.ts'
import { flowBadge } from '../parts/badge.ts'
import { exportButtons } from '../parts/export.ts'
import { changed, pageSize, sizeChooser, total } from '../parts/filter.ts'
import { button, getForm, selectField, textField } from '../parts/form.ts'
import { listTable, pager } from '../parts/list.ts'
import { callout, count, countLink, euro, time } from '../parts/show.ts'
import type { Answer, Visit } from '../visit.ts'
import { type AskedAccounts, askedAccounts, type ListedFlow, MOST_FLOWS } from './asked.ts'
import { words } from './words.ts'

type Amounts = Awaited<ReturnType<Visit['app']['store']['flowAmounts']['of']>>

/** What is known of each flow of the period. */
interface Known {
  flows: readonly ListedFlow[]
  accounts: ReadonlyMap<number, FlowAccount>
  amounts: Amounts
  replaced: ReadonlyMap<number, number>
}

export async function accountsPage(visit: Visit): Promise<Answer> {
  const { language, app, query } = visit
  const asked = askedAccounts(visit)
  const found = await app.store.flowList.page(asked.scope, asked.filter, NEWEST, MOST_FLOWS + 1)
  const known = await knownOf(visit, found.slice(0, MOST_FLOWS))
  const size = pageSize(query)
  const after = Number(query.get('after') ?? 0) || null
  const rest = known.flows.filter(({ id }) => after === null || id < after)
  const shown = rest.slice(0, size)
  const last = rest.length > size ? shown.at(-1) : undefined
  const paging = {
    previous: after === null ? null : changed(query, {}),
    next: last === undefined ? null : changed(query, { after: String(last.id) }),
  }
  const tooMany =
    found.length > MOST_FLOWS
      ? callout('warning', null, fill(words.tooMany, language, { n: count(visit, MOST_FLOWS) }))
      : null
  const content = html`<p>${words.intro[language]}</p>
${await filters(visit, asked)}
${tooMany}${known.flows.length === 0 ? null : closing(visit, known)}
${totalsTable(visit, known)}
${await flowsTable(visit, known, shown)}
${known.flows.length === 0 ? null : html`<div class="below">${exportButtons(visit, '/accounts/export')}${total(visit, { rows: known.flows.length, isAbout: found.length > MOST_FLOWS })}</div>`}
${pager(paging, language)}${known.flows.length === 0 ? null : sizeChooser(visit)}`
  return { kind: 'page', title: words.title[language], section: 'accounts', content }
}

const NEWEST = { before: null, after: null }

async function knownOf({ app }: Visit, flows: readonly ListedFlow[]): Promise<Known> {
  const ids = flows.map(({ id }) => id)
  const [counts, amounts, replaced] = await Promise.all([
    app.store.counts.ofFlows(ids),
    app.store.flowAmounts.of(ids),
    app.store.flowAmounts.replaced(ids),
  ])
  const accounts = new Map([...counts].map(([id, { account }]) => [id, account]))
  return { flows, accounts, amounts, replaced }
}

async function filters(visit: Visit, { scope, filter, from, to }: AskedAccounts): Promise<Html> {
  const { language, app } = visit
  const { services, feeds } = await app.store.flowList.names(scope)
  const choices = (names: readonly string[]) => [
    ['', words.all[language]] as const,
    ...names.map((name) => [name, name] as const),
  ]
  return getForm(
    visit.to('/accounts'),
    html`${textField({ name: 'from', label: words.from[language], value: from.toString(), type: 'date' })}
${textField({ name: 'to', label: words.to[language], value: to.toString(), type: 'date' })}
${selectField({
  name: 'service',
  label: words.service[language],
  value: filter.service ?? '',
  options: choices(services),
})}
${selectField({
  name: 'feed',
  label: words.feed[language],
  value: filter.feed ?? '',
  options: choices(feeds),
})}
<div class="actions">${button(words.list[language])}
<a href="${visit.to('/accounts')}">${words.clear[language]}</a></div>`,
  )
}

function closing({ language }: Visit, { accounts }: Known): Html {
  const isBroken = [...accounts.values()].some((account) => difference(account) !== 0)
  return isBroken
    ? callout('danger', null, words.broken[language])
    : callout('success', null, words.closed[language])
}

/** Terms in which some record of the period is, in the order of the account. */
function termsOf({ accounts }: Known): readonly AccountTerm[] {
  const all = [...accounts.values()]
  return accountTerms.filter((term) => all.some((account) => account[term] > 0))
}

/** `read` before the terms, sum and difference after. */
const titlesOf = ({ language }: Visit, terms: readonly AccountTerm[]) =>
  [
    ...(['read', ...terms] as const).map((term) => capital(accountWords[term][language])),
    words.sum[language],
    words.difference[language],
  ].map((title) => ({ title, isNumber: true }))

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `href` of a term; null: it leads nowhere. */
function accountCells(
  visit: Visit,
  account: FlowAccount,
  terms: readonly AccountTerm[],
  href: (term: 'read' | keyof FlowAccount) => string | null,
): Piece[] {
  const linked = (term: keyof FlowAccount): Piece => {
    const to = href(term)
    return to === null ? count(visit, account[term]) : countLink(visit, account[term], to)
  }
  const rest = difference(account)
  const shown = rest === 0 ? '0' : html`<strong class="fault">${count(visit, rest)}</strong>`
  return [linked('read'), ...terms.map(linked), count(visit, account.read - rest), shown]
}

interface Sum {
  service: string
  feed: string | null
  flows: number
  account: FlowAccount
  again: number
  totalCents: number
}

/** A flow that was replaced is not summed: its drop is, as the flow that replaces it. */
function sumsOf({ flows, accounts, amounts, replaced }: Known): Sum[] {
  const sums = new Map<string, Sum>()
  for (const { id, service, feed, origin } of flows) {
    const account = accounts.get(id)
    if (account === undefined || replaced.has(id)) continue
    const name = JSON.stringify([service, feed])
    const sum = sums.get(name) ?? {
      ...{ service, feed, flows: 0, account: emptyAccount(), again: 0, totalCents: 0 },
    }
    sums.set(name, sum)
    addAccount(sum.account, account)
    sum.flows += 1
    const isAgain = origin === 'correction' || origin === 'errata'
    if (isAgain) sum.again += account.read
    if (origin !== 'errata') sum.totalCents += amounts.get(id)?.totalCents ?? 0
  }
  return [...sums.values()].sort((a, b) =>
    `${a.service} ${a.feed ?? ''}`.localeCompare(`${b.service} ${b.feed ?? ''}`),
  )
}

function addAccount(sum: FlowAccount, account: FlowAccount): void {
  for (const term of ['read', ...accountTerms] as const) sum[term] += account[term]
}

function totalsTable(visit: Visit, known: Known): Html | null {
  const { language } = visit
  const sums = sumsOf(known)
  const terms = termsOf(known)
  if (sums.length === 0) return null
  const whole: Sum = {
    ...{ service: words.whole[language], feed: '', flows: 0, account: emptyAccount() },
    ...{ again: 0, totalCents: 0 },
  }
  for (const sum of sums) {
    addAccount(whole.account, sum.account)
    whole.flows += sum.flows
    whole.again += sum.again
    whole.totalCents += sum.totalCents
  }
  const rows = [...sums, ...(sums.length > 1 ? [whole] : [])]
  const table = listTable({
    caption: words.totals[language],
    columns: [
      { title: words.service[language] },
      { title: words.feed[language] },
      { title: words.count[language], isNumber: true },
      ...titlesOf(visit, terms),
      { title: words.again[language], isNumber: true },
      { title: words.amount[language], isNumber: true },
    ],
    rows: rows.map((sum) => ({
      href: null,
      cells: [
        sum.service,
        sum.feed ?? '–',
        sum === whole || sum.feed === null
          ? count(visit, sum.flows)
          : countLink(visit, sum.flows, ofSum(visit, sum)),
        ...accountCells(visit, sum.account, terms, () => null),
        count(visit, sum.again),
        euro(visit, sum.totalCents),
      ],
    })),
    empty: '',
  })
  const isAgain = whole.again > 0 || known.replaced.size > 0
  return html`${table}${isAgain ? html`<p class="form-text">${words.againNote[language]}</p>` : null}`
}

/** The same page, of one service and feed: its flows are those that the sum is of. */
function ofSum({ query }: Visit, { service, feed }: Sum): string {
  return changed(query, { service, feed })
}

async function flowsTable(visit: Visit, known: Known, shown: readonly ListedFlow[]): Promise<Html> {
  const { language } = visit
  const { accounts, amounts, replaced } = known
  const terms = termsOf(known)
  const standings = await Promise.all(shown.map((flow) => visit.app.standingsOf(flow)))
  const rows = shown.map((flow, index) => {
    const account = accounts.get(flow.id) ?? emptyAccount()
    const href = visit.to(`/flows/${flow.id}`)
    const amount = amounts.get(flow.id)
    return {
      href,
      cells: [
        flow.id,
        html`${flow.service}<span class="reason d-block">${flow.feed ?? flow.campaign}</span>`,
        fileCell(visit, flow, replaced.get(flow.id)),
        flowBadge(flow.state, flow.reason, language),
        ...accountCells(visit, account, terms, (term) => `${href}/records?term=${term}`),
        amount === undefined ? '–' : euro(visit, amount.totalCents),
        controlText(visit, flow),
        told(visit, standings[index] ?? []),
      ],
    }
  })
  const heads = ['flow', 'service', 'file'] as const
  return listTable({
    caption: words.flows[language],
    columns: [
      ...heads.map((title) => ({ title: words[title][language] })),
      { title: language === 'it' ? 'Stato' : 'State' },
      ...titlesOf(visit, terms),
      { title: words.amount[language], isNumber: true },
      { title: words.control[language] },
      { title: words.told[language], isText: true },
    ],
    rows,
    empty: words.empty[language],
  })
}

/** The file, what replaces it, and when it came. */
function fileCell(visit: Visit, flow: ListedFlow, by: number | undefined): Html {
  const { language } = visit
  const replaced = by === undefined ? null : fill(words.replaced, language, { flow: by })
  return html`${sourceOf(flow, language)} <span class="reason">${replaced}</span>
<span class="reason d-block">${time(visit, flow.createdAt)}</span>`
}

/** A drop whose closing line does not agree with its records never becomes a flow that goes. */
function controlText({ language, app, place }: Visit, { feed, dropId }: ListedFlow): string {
  const institution = app.config.institutions.find(({ id }) => id === place.id)
  const mapping = institution?.feeds.find(({ id }) => id === feed)?.mapping
  const spec = institution?.mappings.find(({ name }) => name === mapping)?.spec
  if (dropId === null || spec === undefined) return '–'
  const declares = 'footer' in spec.record && spec.record.footer !== undefined
  return words[declares ? 'controlled' : 'uncontrolled'][language]
}

type Standing = Awaited<ReturnType<Visit['app']['standingsOf']>>[number]

function told(visit: Visit, standings: readonly Standing[]): Piece {
  const { language } = visit
  const own = standings.filter(({ isTold }) => isTold)
  if (own.length === 0) return words.toldNot[language]
  return html`${own.map((one) => html`<span class="d-block">${toldText(visit, one)}</span>`)}`
}

function toldText(
  visit: Visit,
  { target: name, counts, reports, failing, owed, isNamed }: Standing,
) {
  const { language } = visit
  const target = name === SOURCE ? words.target[language] : name
  if (!isNamed) return fill(words.toldOff, language, { target })
  if (failing !== null) {
    const said = failing.nextTryAt === null ? words.toldGivenUp : words.toldFailing
    return fill(said, language, { target, code: failing.code })
  }
  const open = (counts.uncertain ?? 0) + (counts['given-up'] ?? 0)
  if (open > 0) return fill(words.toldOpen, language, { target, n: count(visit, open) })
  const done = reports.filter(({ final }) => final).at(-1)
  if (owed === 0 && done !== undefined) {
    return html`${fill(words.toldDone, language, { target })} ${time(visit, done.writtenAt)}`
  }
  if (reports.length === 0) return fill(words.toldNone, language, { target })
  return fill(words.toldPart, language, { target, n: count(visit, owed) })
}
