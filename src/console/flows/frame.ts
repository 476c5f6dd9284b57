// What stands on every page of one flow: state, nature, the account as a sum, what may be done now,
// the steps of its way, and the tabs. Invariant: each term of the sum leads to the rows that make
// it, and only acts are offered that its state allows and whoever looks may do.
import { accountTerms, difference } from '../../domain/flow-account.ts'
import { whyNotReopened } from '../../domain/flow-moves.ts'
import type { LotFacts } from '../../domain/release-check.ts'
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { flowBadge, modeBadge } from '../parts/badge.ts'
import { button, postForm } from '../parts/form.ts'
import { live, progressBar } from '../parts/live.ts'
import { callout, count } from '../parts/show.ts'
import { tabs } from '../parts/way.ts'
import type { Answer, Visit } from '../visit.ts'
import { flowCrumbs, type ShownFlow, sourceOf, titleOf, wayTo } from './flow.ts'
import { type Sending, sendingBar, sendingOf } from './forecast.ts'
import { tabWords, termOfOne, termWords, words } from './frame-words.ts'
import { problemNote } from './problem.ts'
import { flowSteps } from './steps.ts'

export const flowTabs = [
  'summary',
  'checks',
  'problems',
  'records',
  'test',
  'outcomes',
  'documents',
  'history',
] as const
export type FlowTab = (typeof flowTabs)[number]

export type FlowCounts = NonNullable<
  Awaited<ReturnType<typeof countsOf>> extends Map<number, infer Counts> ? Counts : never
>

export function countsOf({ app }: Visit, ids: readonly number[]) {
  return app.store.counts.ofFlows(ids)
}

/** One of its tabs as a page; `null` content: that there is nothing. */
export async function flowPage(
  visit: Visit,
  flow: ShownFlow,
  tab: FlowTab,
  content: Piece,
  status?: number,
): Promise<Answer> {
  const { language } = visit
  const counts = (await countsOf(visit, [flow.id])).get(flow.id) as FlowCounts
  const shown = { flow, counts, ...(await standingOf(visit, flow)) }
  const isMain = tab === 'summary'
  const name = `${titleOf(flow, language)} – ${sourceOf(flow, language)}`
  const title = isMain ? name : `${tabWords[tab][language]} – ${titleOf(flow, language)}`
  return {
    kind: 'page',
    title,
    section: 'flows',
    crumbs: isMain ? flowCrumbs(visit, flow).slice(0, 1) : flowCrumbs(visit, flow),
    ...(status !== undefined && { status }),
    content: html`${await header(visit, shown, tab)}
${tabList(visit, flow, tab, counts)}
<section aria-label="${tabWords[tab][language]}">
${content}
</section>`,
  }
}

/** What the frame shows of a flow beside its row. */
export interface Standing {
  flow: ShownFlow
  counts: FlowCounts
  sending: Sending | null
  /** What was found when it was last looked at. */
  facts: LotFacts | null
}

export async function standingOf(
  visit: Visit,
  flow: ShownFlow,
): Promise<Pick<Standing, 'sending' | 'facts'>> {
  const report = await visit.app.store.flowChecks.report(flow.id)
  return { sending: await sendingOf(visit, flow), facts: report?.facts ?? null }
}

async function header(visit: Visit, shownFlow: Standing, tab: FlowTab): Promise<Html> {
  const { language } = visit
  const { flow } = shownFlow
  const standing = standingPart(visit, shownFlow)
  const moves = flow.state === 'sending' || flow.reason === 'loading'
  const shown = moves
    ? live(visit.to(`/flows/${flow.id}/progress`), 3, language, standing)
    : standing
  return html`${shown}
${tab === 'checks' ? null : problemNote(visit, flow)}
${await relatedNotes(visit, flow)}
${actButtons(visit, flow)}
${flowSteps(visit, shownFlow)}`
}

/** State, account, and how far it is: what changes while somebody looks. */
export function standingPart(visit: Visit, { flow, counts, sending, facts }: Standing): Html {
  const { language, app, place } = visit
  const service = app.config.institutions
    .find(({ id }) => id === place.id)
    ?.services.find(({ name }) => name === flow.service)
  const nature = natureOf(flow, counts, facts)
  return html`<p class="standing">${flowBadge(flow.state, flow.reason, language)} ${
    service ? modeBadge(service.mode, language) : null
  } <span>${words.service[language]} <strong>${flow.service}</strong> · ${words[nature][language]}</span></p>
${accountSum(visit, flow, counts)}
${readingBar(visit, flow)}
${sending === null || flow.state !== 'sending' ? null : sendingBar(visit, sending)}`
}

/** Something to pay, something that is due by a day, or something to know. */
function natureOf({ origin }: ShownFlow, { payments }: FlowCounts, facts: LotFacts | null) {
  if (origin === 'test') return 'natureTest'
  if (payments > 0) return 'naturePayment'
  return facts !== null && facts.due.count > 0 ? 'natureDue' : 'natureNotice'
}

/** `41.300 righe lette = 40.120 inviati + …`: every term that is not 0. */
export function accountSum(visit: Visit, flow: ShownFlow, { account }: FlowCounts): Html | null {
  const { language } = visit
  if (account.read === 0) return null
  const term = (name: 'read' | (typeof accountTerms)[number]): Html => {
    const said = (account[name] === 1 ? termOfOne : termWords)[name][language]
    const text = html`<strong>${count(visit, account[name])}</strong> ${said}`
    if (flow.origin === 'test') return text
    return html`<a href="${visit.to(`/flows/${flow.id}/records?term=${name}`)}">${text}</a>`
  }
  const terms = accountTerms.filter((name) => account[name] > 0)
  const sum = terms.map((name, index) => html`${index === 0 ? ' = ' : ' + '}${term(name)}`)
  const rest = difference(account)
  return html`<p class="account">${term('read')}${sum}</p>${
    rest === 0 ? null : callout('danger', null, fill(words.open, language, { rest }))
  }`
}

function readingBar(visit: Visit, { reason, drop }: ShownFlow): Html | null {
  if (reason !== 'loading' || drop === null) return null
  const percent = drop.bytes === 0 ? 0 : Math.floor((drop.progressBytes / drop.bytes) * 100)
  const text = fill(words.reading, visit.language, { percent })
  return progressBar(words.readingLabel[visit.language], percent, 100, text)
}

/** Flows that test, correct or replace it, and those that it is about. */
async function relatedNotes(visit: Visit, flow: ShownFlow): Promise<Html | null> {
  const { language, app } = visit
  const related = await app.store.flowRelations.of(flow.id)
  if (related.length === 0) return null
  const lines = related.map(({ id, origin, state, reason, isSubject }) => {
    const how = isSubject
      ? words.about
      : origin === 'errata'
        ? words.corrected
        : origin === 'test'
          ? words.tested
          : words.replaced
    const link = html`<a href="${visit.to(`/flows/${id}`)}">${titleOf({ id }, language)}</a>`
    return html`<li>${how[language]} ${link} ${flowBadge(state, reason, language)}</li>`
  })
  return html`<ul class="related">${lines}</ul>`
}

function tabList(visit: Visit, flow: ShownFlow, current: FlowTab, { account }: FlowCounts): Html {
  const { language } = visit
  const shown = flowTabs.filter((tab) => !(flow.origin === 'test' && hiddenOfTests.has(tab)))
  return tabs(
    words.tabs[language],
    shown.map((tab) => ({
      title: tabWords[tab][language],
      href: visit.to(tab === 'summary' ? `/flows/${flow.id}` : `/flows/${flow.id}/${tab}`),
      current: tab === current,
      count: tab === 'problems' && account.refused > 0 ? count(visit, account.refused) : null,
    })),
  )
}

const hiddenOfTests: ReadonlySet<FlowTab> = new Set(['checks', 'problems', 'records', 'test'])

/** What may be done of it now; nothing for who only looks. */
function actButtons(visit: Visit, flow: ShownFlow): Html | null {
  const { language } = visit
  const to = (act: string) => visit.to(`/flows/${flow.id}/${act}`)
  const link = (act: string, text: Words, tone = 'outline-primary') =>
    html`<a class="btn btn-${tone}" href="${to(act)}">${text[language]}</a>
`
  const isStopped = flow.stoppedAt !== null
  const isSuspended = flow.suspendedAt !== null
  const isOpen = ['active', 'sending'].includes(flow.state)
  const mayStop = visit.may('stop', flow.service)
  const mayPrepare = visit.may('prepare', flow.service) && flow.origin !== 'test'
  const isRedone =
    flow.dropId !== null &&
    flow.feed !== null &&
    flow.replacedBy === null &&
    flow.drop?.isKept === true
  const shown: Piece[] = []
  if (flow.reason === 'awaiting-approval' && visit.may('approve', flow.service)) {
    shown.push(wayTo(visit.to(`/approvals/${flow.id}`), words.approve[language], 'primary'))
  }
  if (mayStop && isSuspended) shown.push(quick(visit, to('resume'), words.resume, 'primary'))
  if (mayStop && isOpen && !isSuspended && !isStopped) {
    shown.push(quick(visit, to('suspend'), words.suspend, 'secondary'))
  }
  const isShelved = whyNotReopened(flow) === null
  if (mayPrepare && isShelved) shown.push(quick(visit, to('recheck'), words.recheck, 'primary'))
  const mayRedo = isStopped || flow.state === 'inactive' || flow.state === 'active'
  if (mayPrepare && isRedone && mayRedo && flow.reason !== 'loading') {
    shown.push(link('redo', words.redo))
  }
  const hasReached = ['sending', 'sent', 'incomplete'].includes(flow.state)
  if (mayPrepare && hasReached && flow.origin !== 'errata') shown.push(link('errata', words.errata))
  if (mayStop && !isStopped && (isOpen || isShelved)) {
    shown.push(link('stop', words.stop, 'danger'))
  }
  return shown.length === 0 ? null : html`<div class="actions">${shown}</div>`
}

/** An act that one may take back: it needs no page of its own. */
function quick(visit: Visit, action: string, text: Words, tone: 'primary' | 'secondary'): Html {
  return postForm(visit, action, button(text[visit.language], { tone }))
}
