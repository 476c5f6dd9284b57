// A file that is handed over in place of its source: which feed it is for, how far it has been
// read, and what came of it. From there on it goes the way of every file. Invariant: of a file that
// is refused nothing is kept, and the page says why and what to do.
import { fill, type Words } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import {
  button,
  checkField,
  type Fault,
  faultOf,
  faultSummary,
  fileField,
  postForm,
  selectField,
} from '../parts/form.ts'
import { live, progressBar } from '../parts/live.ts'
import { callout, count, facts, time } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { fileOf, flowsCrumb, numberOf, scopeOf, wayTo } from './flow.ts'
import { formatWords, words } from './upload-words.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/upload',
    permission: 'prepare',
    async handle(visit) {
      return page(visit, { feed: visit.query.get('feed') ?? '', faults: [], known: null })
    },
  },
  {
    method: 'POST',
    path: '/flows/upload',
    permission: 'prepare',
    takesFiles: true,
    handle: upload,
  },
  {
    method: 'GET',
    path: '/drops/:drop',
    permission: 'prepare',
    async handle(visit) {
      const drop = await findDrop(visit)
      if (drop === null) return missing
      if (drop.flowId !== null) {
        return { kind: 'redirect', to: visit.to(`/flows/${drop.flowId}`) }
      }
      return {
        kind: 'page',
        title: fill(words.received, visit.language, { file: fileOf(drop.key) }),
        section: 'flows',
        crumbs: [flowsCrumb(visit), uploadCrumb(visit)],
        content: dropPart(visit, drop, true),
      }
    },
  },
  {
    method: 'GET',
    path: '/drops/:drop/progress',
    permission: 'prepare',
    async handle(visit) {
      const drop = await findDrop(visit)
      return drop === null ? missing : { kind: 'fragment', html: dropPart(visit, drop, false) }
    },
  },
]

type Drop = NonNullable<Awaited<ReturnType<Visit['app']['store']['flowList']['findDrop']>>>
type Result = Awaited<ReturnType<Visit['app']['desk']['uploads']['add']>>
type Known = Extract<Result, { kind: 'known' }>

interface Shown {
  feed: string
  faults: readonly Fault[]
  /** The same bytes have come before. */
  known: Known | null
}

function uploadCrumb(visit: Visit) {
  return { title: words.title[visit.language], href: visit.to('/flows/upload') }
}

function page(visit: Visit, { feed, faults, known }: Shown): Answer {
  const { language, app, place } = visit
  const feeds = app.desk.uploads.feeds(place.id, visit.services('prepare'))
  const { maximumDropBytes } = app.config.installation.limits
  const asked = fields(visit, { feed, faults, known }, feeds, maximumDropBytes)
  const content =
    feeds.length === 0
      ? callout('info', null, words.noFeeds[language])
      : html`<p>${words.explains[language]}</p>
${postForm(visit, visit.to('/flows/upload'), asked, { files: true })}`
  return {
    kind: 'page',
    title: words.title[language],
    section: 'flows',
    crumbs: [flowsCrumb(visit)],
    status: faults.length > 0 ? 422 : 200,
    content: html`${faultSummary(faults, language)}
${content}`,
  }
}

type Feeds = ReturnType<Visit['app']['desk']['uploads']['feeds']>

function fields(
  visit: Visit,
  { feed, faults, known }: Shown,
  feeds: Feeds,
  mostBytes: number,
): Html {
  const { language } = visit
  const options = feeds.map((one): readonly [string, string] => {
    const what = one.service ?? words.noFlow[language]
    return [one.feed, `${one.feed} · ${what} · ${formatText(one.format, language)}`]
  })
  const again =
    known === null
      ? null
      : html`${callout('warning', null, knownText(visit, known))}
${checkField({ name: 'again', label: words.again[language] })}`
  return html`${selectField({
    ...{ name: 'feed', label: words.feed[language], value: feed, options },
    fault: faultOf(faults, 'feed'),
  })}
${again}
${fileField({
  name: 'file',
  label: words.file[language],
  hint: fill(words.fileHint, language, { most: sizeText(mostBytes, visit) }),
  fault: faultOf(faults, 'file'),
  required: true,
})}
<div class="actions">${button(words.send[language])}
${wayTo(visit.to('/flows'), words.back[language])}</div>`
}

function knownText(visit: Visit, { id, receivedAt, flowId }: Known): Html {
  const { language } = visit
  const at = html`${words.knownAt[language]} ${time(visit, receivedAt)}`
  if (flowId === null) return html`${at} (${fill(words.knownDrop, language, { drop: id })}).`
  const text = fill(words.knownFlow, language, { flow: flowId })
  const link = wayTo(visit.to(`/flows/${flowId}`), text)
  return html`${at} (${link}).`
}

function formatText(format: string, language: Visit['language']): string {
  return formatWords[format]?.[language] ?? format.toUpperCase()
}

/** `2 GB`, `512 MB`. */
function sizeText(bytes: number, visit: Visit): string {
  const units = [
    ['GB', 1024 ** 3],
    ['MB', 1024 ** 2],
    ['kB', 1024],
  ] as const
  const [name, size] = units.find(([, one]) => bytes >= one) ?? ['byte', 1]
  return `${count(visit, Math.floor(bytes / size))} ${name}`
}

async function upload(visit: Visit): Promise<Answer> {
  const { language, app, place, form } = visit
  const feeds = app.desk.uploads.feeds(place.id, visit.services('prepare'))
  const feed = form.get('feed') ?? ''
  const isTheirs = feeds.some((one) => one.feed === feed)
  for await (const file of visit.files) {
    if (file.name === '') break
    if (!isTheirs)
      return page(visit, { feed, faults: [fault('feed', words.noFeed, visit)], known: null })
    const asked = { ...visit.asked(null), again: form.get('again') === 'on' }
    const result = await app.desk.uploads.add(place.id, feed, file, asked)
    if (result.kind === 'saved') {
      const said = fill(words.saved, language, {
        file: file.name,
        bytes: count(visit, result.bytes),
      })
      return { kind: 'redirect', to: visit.to(`/drops/${result.drop}`), said }
    }
    const known = result.kind === 'known' ? result : null
    return page(visit, { feed, faults: [faultOfResult(result, visit)], known })
  }
  return page(visit, { feed, faults: [fault('file', words.noFile, visit)], known: null })
}

function fault(field: string, text: Words, { language }: Visit): Fault {
  return { field, text: text[language] }
}

/** What is wrong with a file, and what to do. */
function faultOfResult(result: Exclude<Result, { kind: 'saved' }>, visit: Visit): Fault {
  const { language } = visit
  switch (result.kind) {
    case 'too-large':
      return {
        field: 'file',
        text: fill(words.tooLarge, language, { most: sizeText(result.mostBytes, visit) }),
      }
    case 'wrong-kind':
      return {
        field: 'file',
        text: fill(result.format === 'xlsx' ? words.noWorkbook : words.wrongKind, language, {
          format: formatText(result.format, language),
        }),
      }
    case 'known':
      return fault('file', words.known, visit)
    case 'no-feed':
      return fault('feed', words.noFeed, visit)
    default:
      return fault('file', words[result.kind], visit)
  }
}

async function findDrop(visit: Visit): Promise<Drop | null> {
  const id = numberOf(visit.params['drop'])
  const { app, place } = visit
  const feeds = app.desk.uploads.feeds(place.id, visit.services('prepare'))
  const names = feeds.map(({ feed }) => feed)
  return id === null ? null : app.store.flowList.findDrop(scopeOf(visit, 'prepare'), names, id)
}

/** How far it has been read; once there is a flow, the way to it. */
function dropPart(visit: Visit, drop: Drop, isWhole: boolean): Html {
  const { language } = visit
  const path = visit.to(`/drops/${drop.id}/progress`)
  const content = html`${standing(visit, drop)}
${facts([
  [words.file[language], fileOf(drop.key)],
  [words.feed[language], drop.feed],
  [words.size[language], `${count(visit, drop.bytes)} byte`],
  [words.arrived[language], time(visit, drop.receivedAt)],
])}`
  const isGoing = drop.state === 'received'
  return isWhole && isGoing ? live(path, 2, language, content) : content
}

function standing(visit: Visit, drop: Drop): Piece {
  const { language, app, place } = visit
  if (drop.flowId !== null) {
    const href = visit.to(`/flows/${drop.flowId}`)
    return callout(
      'success',
      null,
      html`<a href="${href}">${fill(words.toFlow, language, { flow: drop.flowId })}</a>`,
    )
  }
  if (drop.state === 'failed' && drop.problem !== null) {
    const { detail, remedy, code } = drop.problem
    return callout(
      'danger',
      words.unread[language],
      html`${detail}<br>${remedy} <span class="reason">${code}</span>`,
    )
  }
  if (drop.state === 'mapped') {
    return callout('success', null, fill(words.loaded, language, { n: count(visit, drop.records) }))
  }
  const feeds = app.desk.uploads.feeds(place.id, null)
  const makesFlow = feeds.find(({ feed }) => feed === drop.feed)?.service !== null
  const read = drop.bytes === 0 ? 0 : Math.floor((drop.progressBytes / drop.bytes) * 100)
  const text = fill(read === 0 ? words.waits : words.reading, language, { percent: read })
  const again = html`<a href="${visit.to(`/drops/${drop.id}`)}">${words.refresh[language]}</a>`
  return html`${progressBar(words.progress[language], read, 100, text)}
<p>${(makesFlow ? words.thenFlow : words.thenNoFlow)[language]} ${again}</p>`
}
