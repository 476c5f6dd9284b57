// Sources: where each is, when it was read last, whether it is silent for longer than usual, what
// keeps it from being read and what to do; with a look now and a trial of its connection. Nothing
// of its settings is changed here, and no secret is shown.
import type { App } from '../../app.ts'
import { durationIn } from '../../domain/duration-words.ts'
import { sourceMeaning } from '../../domain/source-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { fileOf } from '../flows/flow.ts'
import { badge } from '../parts/badge.ts'
import { button, postForm } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, facts, time } from '../parts/show.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import { feedWords as words } from './feed-words.ts'

type SeenFeed = Awaited<ReturnType<App['desk']['overseeing']['feeds']>>[number]
type CheckLine = Awaited<ReturnType<App['desk']['overseeing']['tryFeed']>>[number]

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/feeds', permission: 'system', handle: list },
  { method: 'GET', path: '/feeds/:feed', permission: 'system', handle: (visit) => detail(visit) },
  { method: 'POST', path: '/feeds/:feed/poll', permission: 'system', handle: poll },
  { method: 'POST', path: '/feeds/:feed/check', permission: 'system', handle: check },
]

async function list(visit: Visit): Promise<Answer> {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const feeds = await feedsOf(visit)
  const columns = (
    ['name', 'state', 'connector', 'address', 'polled', 'lastFile', 'usual', 'next'] as const
  ).map((which) => ({ title: say(which) }))
  const rows = feeds.map((seen) => ({
    href: visit.to(`/feeds/${seen.feed.id}`),
    cells: [
      ...[seen.feed.id, feedBadge(visit, seen), seen.feed.connector, seen.address],
      ...[time(visit, seen.state?.polledAt ?? null) ?? '–', lastFile(visit, seen)],
      ...[usual(visit, seen), next(visit, seen)],
    ],
  }))
  const content = html`<p>${say('intro')}</p>
${listTable({ caption: say('title'), columns, rows, empty: say('empty') })}`
  return { kind: 'page', title: say('title'), section: 'feeds', content }
}

async function detail(visit: Visit, checked: readonly CheckLine[] | null = null): Promise<Answer> {
  const { app, language, params, place } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const seen = (await feedsOf(visit)).find(({ feed }) => feed.id === params['feed'])
  if (seen === undefined) return missing
  const { feed, state } = seen
  const services = visit.services('system')
  const settings = app.desk.overseeing.settings(place.id, feed.id, services) ?? []
  const hostKeys = hostKeysOf(settings.find(({ name }) => name === 'hostKeys')?.value)
  const shown = facts([
    [say('state'), feedBadge(visit, seen)],
    [say('connector'), feed.connector],
    [say('address'), seen.address],
    [say('service'), feed.service ?? null],
    [say('mapping'), html`<a href="${visit.to(`/mappings/${feed.mapping}`)}">${feed.mapping}</a>`],
    [say('schedule'), feed.schedule ?? say('onDemand')],
    [say('polled'), time(visit, state?.polledAt ?? null)],
    [say('lastFile'), lastFile(visit, seen)],
    [say('usual'), usual(visit, seen)],
    [say('next'), next(visit, seen)],
    [say('hostKeys'), hostKeys],
  ])
  const found = checked === null ? null : checkedNote(visit, checked)
  const content = html`${failureNote(visit, seen)}${found}
${shown}
<div class="actions">${actsOn(visit, feed.id)}</div>
<h2>${say('drops')}</h2>
${dropsTable(visit, seen)}
<h2>${say('settings')}</h2>
${listTable({
  caption: `feeds/${feed.id}.yaml`,
  columns: [{ title: say('setting') }, { title: say('value') }],
  rows: settings.map(({ name, value, isSecret }) => ({
    href: null,
    cells: [name, isSecret ? fill(words.secretAt, language, { place: value }) : value],
  })),
  empty: '–',
})}`
  const crumbs = [{ title: say('title'), href: visit.to('/feeds') }]
  const title = `${words.one[language]} ${feed.id}`
  return { kind: 'page', title, section: 'feeds', crumbs, content }
}

/** One below the other; as they are written where they are no list. */
function hostKeysOf(written: string | undefined): Html | null {
  if (written === undefined) return null
  const keys = written.match(/SHA256:[A-Za-z0-9+/=]+/g) ?? [written]
  return html`${keys.map((key) => html`<code class="d-block">${key}</code>`)}`
}

function actsOn(visit: Visit, feed: string): Piece[] {
  const [look, check] = [words.look[visit.language], words.check[visit.language]]
  return [
    postForm(visit, visit.to(`/feeds/${feed}/poll`), button(look)),
    postForm(visit, visit.to(`/feeds/${feed}/check`), button(check, { tone: 'secondary' })),
  ]
}

/** Whoever reads sources hears it through the queue, on whichever machine. */
async function poll(visit: Visit): Promise<Answer> {
  const { app, language, now, params, place } = visit
  const seen = (await feedsOf(visit)).find(({ feed }) => feed.id === params['feed'])
  if (seen === undefined) return missing
  await app.queue.wake('collect', `${place.id}/${seen.feed.id}`, now)
  const subject = `feed/${seen.feed.id}`
  const { actor, origin } = visit.asked(null)
  await app.store.acts.add(place.id, { actor, origin, verb: 'asked for a poll', subject }, now)
  const said = words.looked[language]
  return { kind: 'redirect', to: visit.to(`/feeds/${seen.feed.id}`), said }
}

async function check(visit: Visit): Promise<Answer> {
  const { app, params, place } = visit
  const seen = (await feedsOf(visit)).find(({ feed }) => feed.id === params['feed'])
  if (seen === undefined) return missing
  return detail(visit, await app.desk.overseeing.tryFeed(place.id, seen.feed.id))
}

function feedsOf(visit: Visit): Promise<SeenFeed[]> {
  const { app, now, place } = visit
  return app.desk.overseeing.feeds(place.id, visit.services('system'), now)
}

/** Failing, silent, never looked at, or well. */
export function feedBadge(visit: Visit, { state, rhythm, feed }: SeenFeed): Html {
  const { language } = visit
  if (state?.failingSince != null) {
    return html`${badge('red', '!', words.failing[language])} ${time(visit, state.failingSince)}`
  }
  if (rhythm.isSilent) {
    const span = durationIn(language, rhythm.silentSeconds ?? 0)
    return badge('orange', '…', fill(words.silent, language, { span }))
  }
  if (state?.polledAt == null) {
    const text = feed.schedule === undefined ? words.onDemand : words.never
    return badge('grey', '◌', text[language])
  }
  return badge('green', '✓', words.good[language])
}

function lastFile(visit: Visit, { drops }: SeenFeed): Piece {
  const [last] = drops
  return last === undefined ? words.none[visit.language] : time(visit, last.receivedAt)
}

function usual({ language }: Visit, { rhythm }: SeenFeed): string {
  if (rhythm.usualSeconds === null) return words.unknown[language]
  return fill(words.every, language, { span: durationIn(language, rhythm.usualSeconds) })
}

function next(visit: Visit, { feed, state }: SeenFeed): Piece {
  if (feed.schedule === undefined) return words.onDemand[visit.language]
  return time(visit, state?.nextPollAt ?? null) ?? words.unknown[visit.language]
}

function failureNote({ language }: Visit, { state }: SeenFeed): Html | null {
  if (state?.failure == null) return null
  const meaning = sourceMeaning(state.failureCode, language)
  const advice = meaning === null ? null : html`<p>${meaning}</p>`
  const code = state.failureCode ?? ''
  const text = html`${advice}<p><code>${code}</code> ${state.failure}</p>`
  return callout('danger', words.failure[language], text)
}

/** What a trial has found, line by line; shared with the services. */
export function checkedNote({ language }: Visit, lines: readonly CheckLine[]): Html {
  const say = (which: keyof typeof words) => words[which][language]
  const isGood = lines.every(({ ok }) => ok)
  const shown = listTable({
    caption: say('checked'),
    columns: [{ title: say('tried') }, { title: say('result') }, { title: say('remedy') }],
    rows: lines.map(({ ok, what, remedy = '' }) => ({
      href: null,
      cells: [
        what,
        ok ? badge('green', '✓', say('works')) : badge('red', '!', say('fails')),
        remedy,
      ],
    })),
    empty: '–',
  })
  const note = isGood
    ? callout('success', null, say('allGood'))
    : callout('danger', null, say('notGood'))
  return html`${note}${shown}`
}

/** Files that are listed; the others are found among the flows. */
const SHOWN_DROPS = 10

function dropsTable(visit: Visit, { drops }: SeenFeed): Html {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const states = {
    received: badge('blue', '◌', say('received_')),
    mapped: badge('green', '✓', say('mapped')),
    failed: badge('red', '!', say('failed')),
  }
  return listTable({
    caption: say('drops'),
    columns: [
      ...[{ title: say('file') }, { title: say('received') }],
      ...[{ title: say('bytes'), isNumber: true }, { title: say('state') }],
    ],
    rows: drops.slice(0, SHOWN_DROPS).map(({ key, receivedAt, bytes, state }) => ({
      href: null,
      cells: [fileOf(key), time(visit, receivedAt), count(visit, bytes), states[state]],
    })),
    empty: say('noDrops'),
  })
}
