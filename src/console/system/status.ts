// The state of the system: processes and their configuration, queue, clock, disk, database, mails;
// with a reload, which each process judges by itself, and the same as a file for whoever helps.
// Invariant: no secret and nobody's data stands here, nor in the file.
import packageFile from '../../../package.json' with { type: 'json' }
import { bytesIn } from '../../domain/byte-words.ts'
import { type Html, html } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { button, postForm } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { count, facts, time } from '../parts/show.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import { type Component, conditionBadge, type Health, healthOf } from './health.ts'
import { statusWords as words } from './status-words.ts'

export const routes: readonly PageRoute[] = [
  { method: 'GET', path: '/status', permission: 'system', handle: show },
  { method: 'POST', path: '/status/reload', permission: 'administer', handle: reload },
  { method: 'GET', path: '/status/diagnosis', permission: 'system', handle: diagnosis },
]

const SHOWN_RELOADS = 10
/** Of a fingerprint: enough to tell two apart. */
const SHOWN_DIGITS = 12

async function show(visit: Visit): Promise<Answer> {
  const { app, language, now } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const [health, queues, reloads] = await Promise.all([
    healthOf(visit),
    app.store.systemState.queues(now),
    app.store.nodes.reloads(SHOWN_RELOADS),
  ])
  const content = html`${componentsTable(visit, health.components)}
<div class="panels"><section><h2>${say('processes')}</h2>
${nodesTable(visit, health)}
${reloadForm(visit)}</section>
<section><h2>${say('queues')}</h2>
${queuesTable(visit, queues)}</section></div>
<h2>${say('reloads')}</h2>
${reloadsTable(visit, reloads)}
<h2>${say('versions')}</h2>
${facts([
  [say('version'), packageFile.version],
  [say('node_'), process.version],
  [say('schema'), health.state.lastMigration],
  [say('directory'), app.dataDirectory],
])}
<h2>${say('tables')}</h2>
${tablesTable(visit, health)}
<p>${say('diagnosisHint')}</p>
<p><a class="btn btn-outline-primary" href="${visit.to('/status/diagnosis')}">${say('diagnosis')}</a></p>`
  return { kind: 'page', title: say('title'), section: 'status', content }
}

/** As `staffetta reload` asks it; each process checks its own files and answers. */
async function reload(visit: Visit): Promise<Answer> {
  const { app, language, now } = visit
  if (visit.services('administer') !== null) return missing
  await app.store.nodes.ask(visit.visitor.login, now)
  return { kind: 'redirect', to: visit.to('/status'), said: words.asked[language] }
}

async function diagnosis(visit: Visit): Promise<Answer> {
  const { app, now } = visit
  const [{ components, state, nodes }, queues, reloads, disk] = await Promise.all([
    healthOf({ ...visit, language: 'en' }),
    app.store.systemState.queues(now),
    app.store.nodes.reloads(SHOWN_RELOADS),
    app.desk.overseeing.disk(),
  ])
  const { mailFailure, ...figures } = state
  const told = {
    at: now,
    installation: app.config.installation.name,
    versions: { staffetta: packageFile.version, node: process.version, platform: process.platform },
    components: components.map(({ name, condition, text }) => ({ name: name.en, condition, text })),
    // What a mail server says may name an address.
    database: { ...figures, isMailFailing: mailFailure !== null },
    disk,
    memoryBytes: process.memoryUsage.rss(),
    upSeconds: Math.round(process.uptime()),
    nodes,
    queues,
    reloads: reloads.map(({ actor: _, ...one }) => one),
    feeds: await toldFeeds(visit),
    services: app.desk.overseeing
      .services(visit.place.id, visit.services('system'))
      .map(({ service, hasKey, account }) => ({ ...service, hasKey, rate: account })),
  }
  const name = `staffetta-diagnosi-${now.toString().slice(0, 10)}.json`
  const text = `${JSON.stringify(told, null, 2)}\n`
  return { kind: 'file', name, type: 'application/json', bytes: once(text) }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}

/** Names of files may hold people's: they stay out, as do the words of connectors. */
async function toldFeeds(visit: Visit) {
  const { app, now, place } = visit
  const feeds = await app.desk.overseeing.feeds(place.id, visit.services('system'), now)
  return feeds.map(({ feed, state, drops, rhythm }) => ({
    feed: feed.id,
    connector: feed.connector,
    schedule: feed.schedule ?? null,
    polledAt: state?.polledAt ?? null,
    nextPollAt: state?.nextPollAt ?? null,
    failingSince: state?.failingSince ?? null,
    failureCode: state?.failureCode ?? null,
    lastDropAt: drops[0]?.receivedAt ?? null,
    rhythm,
  }))
}

function componentsTable({ language }: Visit, components: readonly Component[]): Html {
  const say = (which: keyof typeof words) => words[which][language]
  return listTable({
    caption: say('components'),
    columns: [{ title: say('component') }, { title: say('condition') }, { title: say('detail') }],
    rows: components.map(({ name, condition, text }) => ({
      href: null,
      cells: [name[language], conditionBadge(condition, language), text],
    })),
    empty: '–',
  })
}

function nodesTable(visit: Visit, { nodes }: Health): Html {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  return listTable({
    caption: say('processes'),
    columns: [{ title: say('node') }, { title: say('since') }, { title: say('configuration') }],
    rows: nodes.map(({ name, startedAt, configuration }) => ({
      href: null,
      cells: [
        ...[name, time(visit, startedAt)],
        html`<code title="${configuration}">${configuration.slice(0, SHOWN_DIGITS)}</code>`,
      ],
    })),
    empty: say('noNodes'),
  })
}

function reloadForm(visit: Visit): Html | null {
  if (visit.services('administer') !== null) return null
  const { language } = visit
  const act = button(words.reload[language], { tone: 'secondary' })
  return html`<p>${words.reloadHint[language]}</p>
${postForm(visit, visit.to('/status/reload'), act)}`
}

type Queues = Awaited<ReturnType<Visit['app']['store']['systemState']['queues']>>

function queuesTable(visit: Visit, queues: Queues): Html {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const names: Record<string, string> = {
    collect: say('collect'),
    map: say('map'),
    release: say('release'),
    send: say('send'),
    'write-back': say('writeBack'),
  }
  return listTable({
    caption: say('queues'),
    columns: [
      { title: say('queue') },
      ...(['waiting', 'later', 'working'] as const).map((which) => ({
        ...{ title: say(which), isNumber: true },
      })),
      { title: say('oldest') },
    ],
    rows: queues.map(({ name, waiting, later, working, oldestAt }) => ({
      href: null,
      cells: [
        ...[names[name] ?? name, count(visit, waiting), count(visit, later)],
        ...[count(visit, working), time(visit, oldestAt) ?? '–'],
      ],
    })),
    empty: say('noQueues'),
  })
}

type Reloads = Awaited<ReturnType<Visit['app']['store']['nodes']['reloads']>>

function reloadsTable(visit: Visit, reloads: Reloads): Html {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  const badges = {
    reloaded: badge('green', '✓', say('reloaded')),
    refused: badge('red', '✕', say('refused')),
  }
  return listTable({
    caption: say('reloads'),
    columns: (['when', 'node', 'who', 'outcome', 'detail'] as const).map((which) => ({
      title: say(which),
    })),
    rows: reloads.map(({ at, node, actor, outcome, problems, changes }) => {
      const lines = outcome === 'refused' ? problems : changes
      const said = lines.length === 0 ? [say('nothingDiffers')] : lines
      return {
        href: null,
        cells: [
          time(visit, at),
          node,
          actor,
          badges[outcome],
          said.map((line) => html`${line}<br>`),
        ],
      }
    }),
    empty: say('noReloads'),
  })
}

function tablesTable(visit: Visit, { state }: Health): Html {
  const { language } = visit
  const say = (which: keyof typeof words) => words[which][language]
  return listTable({
    caption: say('tables'),
    columns: [
      { title: say('table') },
      { title: say('bytes'), isNumber: true },
      { title: say('rows'), isNumber: true },
    ],
    rows: state.tables.map(({ name, bytes, rows }) => ({
      href: null,
      cells: [html`<code>${name}</code>`, bytesIn(language, bytes), count(visit, rows)],
    })),
    empty: '–',
  })
}
