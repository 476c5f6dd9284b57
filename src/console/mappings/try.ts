// A sample file under a mapping: what was understood of it, its rows, and one of them as the app
// shows it. Nothing is sent, nothing is written but the file, for an hour, for who brought it.
// Invariants: what a row says of a person stands in no address; a file of another is not there.
import { basename } from 'node:path'
import { fillText } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { button, fileField, postForm, selectField, textArea } from '../parts/form.ts'
import { callout } from '../parts/show.ts'
import { type Answer, missing, type PageRoute, type Visit } from '../visit.ts'
import { rowDetail, rowsTable } from './tried-row.ts'
import { tryWords } from './words.ts'

type Trying = Visit['app']['desk']['trying']
export type Tried = Awaited<ReturnType<Trying['look']>>
type Target = Parameters<Trying['look']>[0] & { mapping: string }

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/mappings/:mapping/try',
    permission: 'try',
    async handle(visit) {
      return mappingOf(visit) === null ? missing : startPage(visit)
    },
  },
  {
    method: 'POST',
    path: '/mappings/:mapping/try',
    permission: 'try',
    takesFiles: true,
    handle: keep,
  },
  {
    method: 'GET',
    path: '/mappings/:mapping/try/:draft',
    permission: 'try',
    handle: show,
  },
  {
    method: 'POST',
    path: '/mappings/:mapping/try/:draft/forget',
    permission: 'try',
    async handle(visit) {
      const draft = await draftOf(visit)
      if (draft === null) return missing
      await visit.app.store.drafts.remove(draft.id)
      const to = visit.to(`/mappings/${visit.params['mapping']}/try`)
      return { kind: 'redirect', to, said: tryWords[visit.language].forgotten }
    },
  },
]

export function mappingOf({ app, place, params }: Visit) {
  const { mappings = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  return mappings.find(({ name }) => name === params['mapping']) ?? null
}

async function keep(visit: Visit): Promise<Answer> {
  const mapping = mappingOf(visit)
  if (mapping === null) return missing
  const words = tryWords[visit.language]
  const { app, place, visitor, form } = visit
  let sent: { name: string; bytes: Buffer | null } | null = null
  for await (const { name, bytes } of visit.files) {
    const whole = await app.desk.wholeFile(bytes)
    if (name !== '' && (whole === null || whole.length > 0)) sent ??= { name, bytes: whole }
  }
  const pasted = form.get('pasted') ?? ''
  if (sent === null && pasted.trim() !== '') {
    sent = { name: 'incollato.txt', bytes: Buffer.from(pasted) }
  }
  if (sent === null) return startPage(visit, words.noFile)
  const { name, bytes } = sent
  if (bytes === null) return startPage(visit, words.tooLarge)
  const target = { institution: place.id, mapping: mapping.name, personId: visitor.id }
  const id = await app.desk.trying.keep(target, { name, bytes })
  return { kind: 'redirect', to: visit.to(`/mappings/${mapping.name}/try/${id}`) }
}

function draftOf({ app, place, params, visitor, now }: Visit) {
  const id = Number(params['draft'])
  if (!Number.isSafeInteger(id)) return Promise.resolve(null)
  return app.store.drafts.find(place.id, 'sample', id, visitor.id, now)
}

function startPage(visit: Visit, fault: string | null = null): Answer {
  const words = tryWords[visit.language]
  const name = visit.params['mapping'] ?? ''
  const wrong = fault === null ? {} : { fault }
  const content = html`<p>${words.empty}</p>
<p class="form-text">${words.kept}</p>
${postForm(
  visit,
  visit.to(`/mappings/${name}/try`),
  html`${textArea({
    ...{ name: 'pasted', label: words.pasted, rows: 4, attributes: { spellcheck: 'false' } },
  })}
${fileField({ name: 'file', label: words.file, hint: words.fileHint, ...wrong })}
${button(words.look)}`,
  { files: true },
)}`
  return page(visit, content, fault !== null)
}

function page(visit: Visit, content: Html, isWrong = false): Answer {
  const name = visit.params['mapping'] ?? ''
  const book = visit.language === 'it' ? 'Modelli' : 'Mappings'
  const crumbs = [
    { title: book, href: visit.to('/mappings') },
    { title: name, href: visit.to(`/mappings/${name}`) },
  ]
  const title = fillText(tryWords[visit.language].title, { name })
  const status = isWrong ? { status: 422 } : {}
  return { kind: 'page', title, section: 'mappings', crumbs, content, ...status }
}

const PAGE_ROWS = 25
const languages = ['it', 'en', 'de'] as const
const kinds = ['good', 'warned', 'refused', 'left-out'] as const

async function show(visit: Visit): Promise<Answer> {
  const mapping = mappingOf(visit)
  const draft = mapping === null ? null : await draftOf(visit)
  if (mapping === null || draft?.file == null) return missing
  if ((draft.content as { mapping: string }).mapping !== mapping.name) return missing
  const words = tryWords[visit.language]
  const { app, place, query } = visit
  const file = { name: draft.title, bytes: draft.file }
  const target: Target = { institution: place.id, mapping: mapping.name, readAs: readAsOf(query) }
  const chosen = kinds.filter((kind) => kind === query.get('show'))
  const from = Math.max(1, Number(query.get('from')) || 1)
  const row = Number(query.get('row')) || null
  const language = languages.find((one) => one === query.get('language')) ?? 'it'
  const wish = { kinds: chosen, from, size: PAGE_ROWS, row, language }
  const tried = await app.desk.trying.look(target, file, wish)
  const at = (changes: Record<string, string | number | null>) => hrefOf(visit, changes)
  const isCase = query.get('case') === 'yes' && tried.shown !== null
  const yaml = isCase ? await app.desk.trying.anonymous(target, file, tried.shown?.row ?? 1) : null
  const start = visit.to(`/mappings/${mapping.name}/try`)
  const content = html`${understood(visit, mapping.spec, tried)}
${readingForm(visit, mapping.spec)}
${filters(visit, tried, at)}
<div class="try-panes">
${rowsTable(visit, tried, { from, size: PAGE_ROWS, isFiltered: chosen.length > 0, at })}
${rowDetail(visit, triedOf(visit, mapping), tried, { language, at, yaml, isCase })}
</div>
${postForm(visit, `${start}/${draft.id}/forget`, button(words.forget, { tone: 'secondary' }))}
<p class="form-text">${words.kept} <a href="${start}">${words.another}</a></p>`
  return page(visit, content)
}

/** The service is that of a feed which uses it; where none does, its own name stands for it. */
function triedOf(
  { app, place }: Visit,
  { name, spec, files }: NonNullable<ReturnType<typeof mappingOf>>,
) {
  const { feeds = [] } = app.config.institutions.find(({ id }) => id === place.id) ?? {}
  const service = feeds.find((feed) => feed.mapping === name)?.service ?? name
  const caseFile = `${basename(files[0] ?? name).replace(/\.yaml$/, '')}.cases.yaml`
  return { spec, service, caseFile }
}

/** The same page with other wishes; null takes one away. */
function hrefOf(visit: Visit, changes: Record<string, string | number | null>): string {
  const { mapping, draft } = visit.params
  const query = new URLSearchParams(visit.query)
  query.delete('case')
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) query.delete(name)
    else query.set(name, String(value))
  }
  const asked = query.size > 0 ? `?${query}` : ''
  return `${visit.to(`/mappings/${mapping}/try/${draft}`)}${asked}`
}

const encodings = ['utf-8', 'windows-1252', 'iso-8859-15', 'utf-16le', 'auto'] as const
const delimiters = [';', ',', 'tab', '|'] as const

function readAsOf(query: URLSearchParams): Target['readAs'] {
  const encoding = encodings.find((one) => one === query.get('encoding'))
  const delimiter = delimiters.find((one) => one === query.get('delimiter'))
  const header = query.get('header')
  return {
    ...(encoding && { encoding }),
    ...(delimiter && { delimiter }),
    ...(header === 'yes' || header === 'no' ? { header: header === 'yes' } : {}),
  }
}

type Spec = NonNullable<ReturnType<typeof mappingOf>>['spec']

/** `Ho capito: file csv, testo utf-8, separato da «;», prima riga di titoli, 1.204 righe.` */
function understood(visit: Visit, { record }: Spec, tried: Tried): Html {
  const words = tryWords[visit.language]
  const said = readAsOf(visit.query)
  const how = [fillText(words.format, { format: record.format })]
  if (tried.encoding !== null && record.format !== 'xlsx') {
    how.push(fillText(words.encoding, { encoding: tried.encoding }))
  }
  if (record.format === 'csv') {
    const delimiter = said.delimiter ?? record.delimiter
    how.push(
      fillText(words.delimiter, { delimiter: delimiter === 'tab' ? words.tab : delimiter }),
      (said.header ?? record.header) ? words.header : words.noHeader,
    )
  }
  const { rows } = tried
  const count = rows === 1 ? words.rows.one : fillText(words.rows.many, { n: rows })
  const longer = tried.isLonger
    ? callout('warning', null, fillText(words.longer, { n: rows }))
    : null
  const fault =
    tried.fault === null
      ? null
      : callout('danger', words.unreadable, `${tried.fault.detail} ${tried.fault.remedy}`)
  const sentence = fillText(words.understood, { how: how.join(', '), rows: count })
  return html`<p class="try-understood">${sentence}</p>
${longer}${fault}`
}

function readingForm(visit: Visit, { record }: Spec): Html | null {
  if (record.format !== 'csv') return null
  const words = tryWords[visit.language]
  const { query } = visit
  const same = ['', words.asMapping] as const
  const asOptions = (all: readonly string[]) => [same, ...all.map((one) => [one, one] as const)]
  const yesNo = visit.language === 'it' ? ['sì', 'no'] : ['yes', 'no']
  const isOpen = ['encoding', 'delimiter', 'header'].some((name) => query.get(name))
  const own = (name: string) => ({ name, value: query.get(name) ?? '' })
  return html`<details class="more"${isOpen ? html` open` : null}><summary>${words.change}</summary>
<form method="get" action="${hrefOf(visit, {}).split('?')[0] ?? ''}" class="filters">
${selectField({ ...own('encoding'), label: words.encodingLabel, options: asOptions(encodings) })}
${selectField({ ...own('delimiter'), label: words.delimiterLabel, options: asOptions(delimiters) })}
${selectField({
  ...{ ...own('header'), label: words.headerLabel },
  options: [same, ['yes', yesNo[0] ?? ''], ['no', yesNo[1] ?? '']],
})}
${button(words.readAgain, { tone: 'secondary' })}
<p class="form-text">${words.onlyHere}</p>
</form></details>`
}

function filters(
  visit: Visit,
  { counts, rows }: Tried,
  at: (changes: Record<string, string | null>) => string,
): Html {
  const words = tryWords[visit.language]
  const chosen = visit.query.get('show')
  const link = (kind: string | null, text: string, count: number) => {
    const current = (chosen ?? null) === kind ? html` aria-current="true"` : null
    const href = at({ show: kind, from: null, row: null })
    return html`<li><a class="chip" href="${href}"${current}>${text} (${count})</a></li>
`
  }
  return html`<nav aria-label="${words.filters}"><ul class="chips">
${link(null, words.all, rows)}${kinds.map((kind) => link(kind, words.kinds[kind], counts[kind]))}</ul></nav>`
}
