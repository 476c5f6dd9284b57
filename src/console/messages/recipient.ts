// One recipient: everything that the institution has said to them, whether they may be contacted,
// and all of it as a file for who asks what is known of them. The address names them by a keyed
// hash; what shows their data is asked for by a form, and written down.
import { purposeWords, standText } from '../../domain/message-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { exportAnswer } from '../parts/export.ts'
import { button, type Fault, faultOf, faultSummary, postForm, textField } from '../parts/form.ts'
import { listTable, pager } from '../parts/list.ts'
import { callout, masked } from '../parts/show.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { type MessageFilter, noMessageFilter, numberOf } from './asked.ts'
import { localText } from './message.ts'
import { words } from './notice-words.ts'
import { cellsOf, scopeOf } from './search.ts'
import { columnWords, words as listWords } from './words.ts'

type Listed = NonNullable<
  Awaited<ReturnType<Visit['app']['store']['messageList']['page']>>['found']
>[number]

/** As a keyed hash of 16 bytes is written. */
const RECIPIENT = /^[A-Za-z0-9_-]{22}$/
const PAGE = 50
const NOTE = { least: 3, most: 500 }
/** Messages of one access request; nobody has had as many. */
const MOST_ACCESSED = 10_000

export const recipientPage = (visit: Visit) =>
  withRecipient(visit, (known) => shown(visit, known, []))

export const blockRecipient = (visit: Visit) =>
  withRecipient(
    visit,
    async (known) => {
      const { app, form, place, now, language, to, params } = visit
      const note = form.get('note')?.trim().slice(0, NOTE.most) ?? ''
      if (note.length < NOTE.least) {
        return shown(visit, known, [{ field: 'note', text: words.noteMissing[language] }])
      }
      const { doNotContact } = app.store
      const act = { ...visit.asked(note), note }
      const back = to(`/recipients/${params['recipient']}`)
      if (form.get('act') === 'unblock') {
        await doNotContact.unblock(place.id, [known.fiscalCode], act, now)
        return { kind: 'redirect', to: back, said: words.unblockDone[language] }
      }
      const { messages } = await doNotContact.block(place.id, [known.fiscalCode], act, now)
      return { kind: 'redirect', to: back, said: fill(words.blockDone, language, { n: messages }) }
    },
    'prepare',
  )

/** All of it, for an access request: as a sheet, or as JSON with the texts. */
export const accessRecipient = (visit: Visit) =>
  withRecipient(
    visit,
    async (known) => {
      const { app, form, place, now, query, params } = visit
      const purpose = form.get('purpose')?.trim().slice(0, NOTE.most) ?? ''
      if (query.get('format') !== 'json') {
        const services = visit.services('reveal')
        return exportAnswer(visit, {
          ...{ kind: 'messages', name: listWords.sheet, section: 'messages', services },
          ...{ filter: known.filter, asked: words.person[visit.language] },
        })
      }
      if (purpose.length < NOTE.least) {
        const text = words.noteMissing[visit.language]
        return shown(visit, known, [{ field: 'purpose', text }])
      }
      const act = { verb: 'revealed a recipient', subject: `recipient/${params['recipient']}` }
      await app.store.acts.add(
        place.id,
        { ...visit.asked(purpose), ...act, detail: { note: purpose } },
        now,
      )
      return {
        ...{ kind: 'file', type: 'application/json; charset=utf-8', name: 'destinatario.json' },
        bytes: accessFile(visit, known),
      }
    },
    'reveal',
  )

interface Known {
  fiscalCode: string
  filter: MessageFilter
}

/** Who has had something of a service for which they may do that. */
async function withRecipient(
  visit: Visit,
  work: (known: Known) => Promise<Answer>,
  permission: 'messages' | 'prepare' | 'reveal' = 'messages',
) {
  const recipient = visit.params['recipient'] ?? ''
  if (!RECIPIENT.test(recipient)) return missing
  const filter = { ...noMessageFilter(visit), recipient }
  const from = { before: null, after: null }
  const scope = { institution: visit.place.id, services: visit.services(permission) }
  const { found } = await visit.app.store.messageList.page(scope, filter, from, 1)
  const [one] = found ?? []
  return one === undefined ? missing : work({ fiscalCode: one.data.fiscalCode, filter })
}

async function shown(visit: Visit, known: Known, faults: readonly Fault[]): Promise<Answer> {
  const { language, app, to, query, params, place } = visit
  const here = `/recipients/${params['recipient']}`
  const before = numberOf(query.get('before'))
  const { messageList, doNotContact } = app.store
  const page = await messageList.page(
    scopeOf(visit),
    known.filter,
    { before, after: null },
    PAGE + 1,
  )
  const rows = (page.found ?? []).slice(0, PAGE)
  const blocked = await doNotContact.find(place.id, known.fiscalCode)
  const last = (page.found ?? []).length > PAGE ? rows.at(-1) : undefined
  const paging = {
    previous: before === null ? null : to(here),
    next: last === undefined ? null : to(`${here}?before=${last.id}`),
  }
  const note = blocked && callout('warning', null, notContacted(visit, blocked))
  const content = html`${faultSummary(faults, language)}<p>${words.personHint[language]}</p>${note}
${await table(visit, rows)}
${pager(paging, language)}
${contactForm(visit, here, blocked !== null, faults)}
${accessForm(visit, here, faults)}`
  return {
    ...{ kind: 'page', section: 'messages', content },
    title: `${words.person[language]} ${masked(known.fiscalCode)}`,
    crumbs: [{ title: words.list[language], href: to('/messages') }],
    ...(faults.length > 0 && { status: 422 }),
  }
}

function notContacted(
  visit: Visit,
  { since, because }: { since: Temporal.Instant; because: string },
) {
  return fill(words.notContacted, visit.language, { day: localText(visit, since), because })
}

const shownColumns = ['sent', 'service', 'subject', 'number', 'amount', 'due'] as const
const moreColumns = ['state', 'read', 'paid', 'flow'] as const

async function table(visit: Visit, rows: readonly Listed[]): Promise<Html> {
  const { language, to } = visit
  const names = [...shownColumns, ...moreColumns]
  const listed = []
  for (const row of rows) {
    const cells = cellsOf(visit, row, await visit.app.desk.messages.subject(row))
    listed.push({ href: to(`/messages/${row.id}`), cells: names.map((name) => cells[name]) })
  }
  return listTable({
    caption: words.personHint[language],
    columns: names.map((name) => ({
      title: columnWords[name][language],
      isNumber: name === 'amount',
      isText: name === 'subject',
    })),
    rows: listed,
    empty: listWords.nothing[language],
  })
}

function contactForm(visit: Visit, here: string, isBlocked: boolean, faults: readonly Fault[]) {
  const { language, to } = visit
  if (!visit.may('prepare')) return null
  const title = isBlocked ? words.unblock[language] : words.block[language]
  const note = textField({
    ...{ name: 'note', label: words.note[language], hint: words.noteHint[language] },
    ...{ required: true, attributes: { maxlength: NOTE.most }, fault: faultOf(faults, 'note') },
  })
  const act = button(title, {
    tone: 'secondary',
    name: 'act',
    value: isBlocked ? 'unblock' : 'block',
  })
  const hint = isBlocked ? null : html`<p>${words.blockHint[language]}</p>`
  return html`<details class="more"><summary>${title}</summary>${hint}
${postForm(visit, to(`${here}/contact`), html`${note}${act}`)}</details>`
}

function accessForm(visit: Visit, here: string, faults: readonly Fault[]) {
  const { language, to } = visit
  if (!visit.may('reveal')) return null
  const field = (format: string, label: string) => {
    const note = textField({
      ...{ name: 'purpose', label: words.note[language], hint: words.noteHint[language] },
      ...{ required: true, attributes: { maxlength: 200, minlength: 5 } },
      fault: faultOf(faults, 'purpose'),
    })
    const said = html`<input type="hidden" name="purpose" value="${words.access[language]}">`
    const fields = html`${format === 'json' ? note : said}${button(label, { tone: 'secondary' })}`
    return postForm(visit, to(`${here}/access?format=${format}`), fields)
  }
  return html`<details class="more"><summary>${words.access[language]}</summary>
<p>${words.accessHint[language]}</p>
${field('json', words.json[language])}
${field('xlsx', language === 'it' ? 'Esporta Excel' : 'Export Excel')}</details>`
}

async function* accessFile(visit: Visit, { fiscalCode, filter }: Known): AsyncGenerator<string> {
  const { app, place, language } = visit
  const scope = { institution: place.id, services: visit.services('reveal') }
  const head = { institution: place.name, fiscalCode, at: visit.now.toString() }
  yield `${JSON.stringify(head).slice(0, -1)},"messages":[`
  let before: number | null = null
  let isWhole = false
  for (let n = 0; n < MOST_ACCESSED && !isWhole; ) {
    const { found } = await app.store.messageList.page(scope, filter, { before, after: null }, PAGE)
    for (const one of found ?? []) {
      const found = await app.store.messageView.find(scope, one.id)
      const text = found && (await app.desk.messages.text(found, null))
      const shown = {
        ...{ id: one.id, service: one.service, purpose: purposeWords[one.purpose][language] },
        ...{ state: standText(one, language), planned: one.sendAt, sent: one.sentAt },
        ...{ read: one.readAt, paid: one.paidAt, ioId: found?.ioId ?? null, data: one.data },
        content: text?.payload.content ?? null,
      }
      yield `${n === 0 ? '\n' : ',\n'}${JSON.stringify(shown)}`
      n += 1
      before = one.id
    }
    isWhole = found !== null && found.length < PAGE
    // A search that takes too long is none that found nothing.
    if (found === null) break
  }
  yield `\n],"isWhole":${isWhole}}\n`
}
