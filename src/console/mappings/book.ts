// The mappings of an institution: the list, and one of them with what it reads, what it says, its
// cases and the versions that were used. Looking changes nothing; running cases writes nothing.
import { basename } from 'node:path'
import type { Language } from '../../domain/language.ts'
import { fillText } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import { listTable } from '../parts/list.ts'
import { callout, count, facts, time } from '../parts/show.ts'
import { missing, type PageRoute, type Visit } from '../visit.ts'
import { mappingWords } from './words.ts'

type Book = Visit['app']['desk']['mappings']
type About = NonNullable<Awaited<ReturnType<Book['about']>>>
type Spec = About['mapping']['spec']

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/mappings',
    permission: 'look',
    async handle(visit) {
      const words = mappingWords[visit.language]
      const { app, place } = visit
      const rows = await app.desk.mappings.list(place.id)
      const columns = [
        ...[words.name, words.shape, words.whose].map((title) => ({ title })),
        { title: words.cases, isNumber: true },
        ...[words.feeds, words.lastUsed, words.version].map((title) => ({ title })),
      ]
      const content = html`<p>${words.intro}</p>
${listTable({
  ...{ caption: words.title, columns, empty: words.empty },
  rows: rows.map((row) => ({
    href: visit.to(`/mappings/${row.name}`),
    cells: [
      ...[row.name, words.shapes[row.shape], whoseText(row.catalogue, words)],
      ...[count(visit, row.cases), row.feeds.join(', ') || words.none],
      time(visit, row.lastUsedAt) ?? words.never,
      html`<code>${row.version}</code>`,
    ],
  })),
})}`
      return { kind: 'page', title: words.title, section: 'mappings', content }
    },
  },
  {
    method: 'GET',
    path: '/mappings/:mapping',
    permission: 'look',
    async handle(visit) {
      const words = mappingWords[visit.language]
      const { app, place, params, query } = visit
      const name = params['mapping'] ?? ''
      const about = await app.desk.mappings.about(place.id, name)
      if (about === null) return missing
      const compared = Number(query.get('version'))
      const difference = Number.isSafeInteger(compared)
        ? await app.desk.mappings.difference(place.id, name, compared)
        : null
      const crumbs = [{ title: words.title, href: visit.to('/mappings') }]
      const content = html`${tryLink(visit, name)}
${aboutOf(visit, about)}
${casesOf(visit, about, await ranCases(visit, about))}
${fieldsOf(visit, about.mapping.spec)}
${textsOf(visit, about.mapping.spec)}
${versionsOf(visit, about)}
${difference === null ? null : differenceOf(visit, about, compared, difference)}`
      const title = `${words.name} ${name}`
      return { kind: 'page', title, section: 'mappings', crumbs, content }
    },
  },
]

type Words = (typeof mappingWords)['it' | 'en']

function whoseText(catalogue: string | null, words: Words): string {
  return catalogue === null ? words.own : fillText(words.catalogue, { name: catalogue })
}

function tryLink(visit: Visit, name: string): Html | null {
  if (!visit.may('try')) return null
  const text = mappingWords[visit.language].try
  return html`<p><a class="btn btn-primary" href="${visit.to(`/mappings/${name}/try`)}">${text}</a></p>`
}

function aboutOf(visit: Visit, { mapping, feeds, version }: About): Html {
  const words = mappingWords[visit.language]
  const { spec, files, home } = mapping
  const notice = spec.shape === 'notice' ? spec.notice : null
  const reminders = spec.shape === 'notice' ? spec.reminders.map(({ at }) => at) : []
  const series = 'series' in spec ? [spec.series].flat().join(', ') : null
  return html`<section><h2 id="about">${words.about}</h2>
${facts([
  [words.shape, words.shapes[spec.shape]],
  [words.whose, whoseText(home.catalogue, words)],
  [words.file, files.map((file) => basename(file)).join(', ')],
  [words.format, spec.record.format],
  [words.series, series],
  [words.key, [spec.key].flat().join(' | ')],
  [words.recipient, notice?.fiscalCode ?? null],
  [words.dueDate, notice?.dueDate ?? null],
  [
    words.payment,
    notice?.payment ? `${notice.payment.noticeNumber}, ${notice.payment.amount}` : null,
  ],
  [words.reminders, reminders.join(' · ')],
  [words.feeds, feedLinks(visit, feeds)],
  [words.version, html`<code>${version}</code>`],
])}</section>
`
}

function feedLinks(visit: Visit, feeds: readonly string[]): Piece {
  if (!visit.may('system')) return feeds.join(', ')
  return feeds.map(
    (feed, index) =>
      html`${index > 0 ? ', ' : null}<a href="${visit.to(`/feeds/${feed}`)}">${feed}</a>`,
  )
}

type Ran = Awaited<ReturnType<Book['cases']>> | null

/** Null: nobody has asked for it. */
async function ranCases({ app, place, query }: Visit, { mapping }: About): Promise<Ran> {
  return query.get('run') === 'cases' ? app.desk.mappings.cases(place.id, mapping.name) : null
}

function casesOf(visit: Visit, { mapping }: About, ran: Ran): Html {
  const words = mappingWords[visit.language]
  const { cases, name } = mapping
  const run = html`<a class="btn btn-outline-primary" href="${visit.to(`/mappings/${name}?run=cases#cases`)}">${words.runCases} (${count(visit, cases.length)})</a>`
  const good = ran?.filter(({ outcome }) => outcome === 'ok').length ?? 0
  const said =
    ran === null
      ? null
      : callout(
          good === ran.length ? 'success' : 'danger',
          null,
          fillText(words.casesSaid, { good, all: ran.length }),
        )
  const rows = cases.map((one) => {
    const result = ran?.find(({ name }) => name === one.spec.name)
    return { href: null, cells: [one.spec.name, outcomeOf(result, words)] }
  })
  const columns = [{ title: words.caseName }, { title: words.outcome }]
  return html`<section><h2 id="cases">${words.cases}</h2>
${said}${cases.length === 0 ? null : html`<p>${run}</p>`}
${listTable({ caption: words.cases, columns, rows, empty: words.casesNone })}</section>
`
}

function outcomeOf(result: NonNullable<Ran>[number] | undefined, words: Words): Piece {
  if (result === undefined) return '–'
  if (result.outcome === 'ok') return badge('green', '✓', words.good)
  const why = result.fault ?? result.differences.map(({ path }) => path).join(', ')
  return html`${badge('red', '✕', words.failed)} ${why}`
}

function fieldsOf(visit: Visit, { record }: Spec): Html {
  const words = mappingWords[visit.language]
  const yes = (is: boolean | undefined) => (is ? words.yes : words.no)
  const titles = [words.field, words.column, words.type, words.optional, words.personal]
  const rows = Object.entries(record.fields).map(([name, field]) => ({
    href: null,
    cells: [
      ...[html`<code>${name}</code>`, columnText(field.column), field.type],
      yes(field.optional),
      yes(field.type === 'fiscalCode' || (field.type === 'text' && field.personal)),
    ],
  }))
  const columns = titles.map((title) => ({ title }))
  return html`<section><h2 id="fields">${words.fields}</h2>
${listTable({ caption: words.fields, columns, rows, empty: words.none })}</section>
`
}

/** Where a value stands: a name, several, a position, or a stretch of a line. */
export function columnText(column: unknown): string {
  if (Array.isArray(column)) return column.map(columnText).join(' / ')
  return typeof column === 'object' ? JSON.stringify(column) : String(column)
}

function textsOf(visit: Visit, spec: Spec): Html | null {
  if (spec.shape !== 'notice') return null
  const words = mappingWords[visit.language]
  const messages = [
    { title: words.first, ...spec.notice },
    ...spec.reminders.map((one, index) => ({
      title: fillText(words.reminder, { n: index + 1, at: one.at }),
      ...one,
    })),
  ]
  return html`<section><h2 id="texts">${words.texts}</h2>
${messages.map((message) => messageOf(message, words))}</section>
`
}

type Shown = { title: string } & Pick<
  Extract<Spec, { shape: 'notice' }>['notice'],
  'subject' | 'markdown' | 'buttons'
>

function messageOf({ title, subject, markdown, buttons }: Shown, words: Words): Html {
  const shown = Object.entries(subject).map(([language, text = '']) => {
    const body = markdown[language as Language] ?? ''
    return html`<details class="more"><summary>${words.languages[language as Language]}: ${text}</summary>
<div lang="${language}"><h4>${words.subject}</h4><p>${text}</p>
<h4>${words.markdown}</h4><pre class="text">${body}</pre></div></details>
`
  })
  const under = buttons?.map(({ text }) => text.it).join(' · ')
  return html`<h3>${title}</h3>
${shown}${under ? html`<p>${words.buttons}: ${under}</p>` : null}
`
}

function versionsOf(visit: Visit, { mapping, versions }: About): Html {
  const words = mappingWords[visit.language]
  const compareLink = (href: string, version: string) =>
    html`<a href="${href}">${words.compare} <span class="visually-hidden">${version}</span></a>`
  const titles = [words.version, words.firstUsed, words.lastUsed, words.compare]
  const rows = versions.map(({ id, version, firstUsedAt, lastUsedAt, isCurrent }) => ({
    href: null,
    cells: [
      html`<code>${version}</code>`,
      time(visit, firstUsedAt),
      time(visit, lastUsedAt) ?? words.never,
      isCurrent
        ? words.current
        : compareLink(visit.to(`/mappings/${mapping.name}?version=${id}#difference`), version),
    ],
  }))
  const columns = titles.map((title) => ({ title }))
  return html`<section><h2 id="versions">${words.versions}</h2>
${listTable({ caption: words.versions, columns, rows, empty: words.versionsNone })}</section>
`
}

type Difference = NonNullable<Awaited<ReturnType<Book['difference']>>>

/** Lines around what has changed. */
const AROUND = 3

function differenceOf(visit: Visit, { versions }: About, id: number, lines: Difference): Html {
  const words = mappingWords[visit.language]
  const version = versions.find((one) => one.id === id)?.version ?? ''
  const title = fillText(words.difference, { version })
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same')
  const signs = { same: ' ', gone: '−', new: '+' }
  const shown = lines.flatMap(({ kind, text }, index) => {
    if (!isNear(index)) return []
    const said =
      kind === 'same' ? null : html`<span class="visually-hidden">${words[kind]}: </span>`
    const look = kind === 'same' ? null : html` class="diff-${kind}"`
    return [
      html`<li${look}><span aria-hidden="true">${signs[kind]}</span> ${said}<code>${text}</code></li>
`,
    ]
  })
  const list =
    shown.length === 0 ? html`<p>${words.same}</p>` : html`<ul class="diff">${shown}</ul>`
  return html`<section><h2 id="difference">${title}</h2>
${list}</section>
`
}
