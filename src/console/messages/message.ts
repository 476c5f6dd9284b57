// One message: where it stands in words, what has happened to it, and for who may see people's data
// what it says and the record that it came of. Whoever opens that is written down. What waits for a
// person is decided here too.
import { actWords } from '../../domain/act-words.ts'
import { messageCause, purposeWords, standSentence, standText } from '../../domain/message-words.ts'
import { type Resolution, resolutions } from '../../domain/resolution.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { fileOf } from '../flows/flow.ts'
import { termOfOne } from '../flows/frame-words.ts'
import { messageBadge } from '../parts/badge.ts'
import {
  button,
  type Fault,
  faultOf,
  faultSummary,
  postForm,
  radioFields,
  textField,
} from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { phoneOfPayload } from '../parts/phone.ts'
import { callout, date, euro, facts, masked, time } from '../parts/show.ts'
import { type Happening, timeline } from '../parts/way.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { numberOf } from './asked.ts'
import { outcomeWords, words } from './message-words.ts'
import { dueDay, scopeOf } from './search.ts'

type View = Visit['app']['store']['messageView']
export type Viewed = NonNullable<Awaited<ReturnType<View['find']>>>
type Attempt = Awaited<ReturnType<View['attempts']>>[number]
type SourceRecord = Awaited<ReturnType<View['record']>>
type Rendered = Awaited<ReturnType<Visit['app']['desk']['messages']['text']>>

/** Characters of a reason, and of an id of IO. */
const NOTE = { least: 3, most: 500 }
const LONGEST_ID = 100

export const messagePage = (visit: Visit) => withMessage(visit, (found) => shown(visit, found))

/** The page with what it says. */
export const revealMessage = (visit: Visit) =>
  withMessage(visit, async (found) => {
    if (!visit.may('reveal', found.service)) return missing
    const { app, place, form, now } = visit
    const act = { verb: `revealed message ${found.id}`, subject: `message/${found.id}` }
    await app.store.acts.add(place.id, { ...visit.asked(null), ...act }, now)
    const text = await app.desk.messages.text(found, form.get('language'))
    return shown(visit, found, { text, isRevealed: true })
  })

export const decideMessage = (visit: Visit) =>
  withMessage(visit, async (found) => {
    const { app, form, language } = visit
    if (!visit.may('uncertain', found.service)) return missing
    const as = resolutions.find((one) => one === form.get('as'))
    const note = form.get('note')?.trim().slice(0, NOTE.most) ?? ''
    const ioId = form.get('ioId')?.trim().slice(0, LONGEST_ID) || null
    const faults: Fault[] = []
    if (as === undefined) faults.push({ field: 'as', text: words.choose[language] })
    if (note.length < NOTE.least) faults.push({ field: 'note', text: words.noteMissing[language] })
    if (as === undefined || faults.length > 0) return shown(visit, found, { faults })
    const decision = { as, ioId: as === 'sent' ? ioId : null, ...visit.asked(note), note }
    const [decided] = await app.decide([found.id], decision)
    if (!decided || decided.because !== null || decided.state === null) {
      const text = words.changed[language]
      return shown(visit, found, { faults: [{ field: null, text }] })
    }
    const { state, code } = decided
    const said = standText({ state, code, delivery: null }, language)
    return {
      ...{ kind: 'redirect', to: visit.to(`/messages/${found.id}`) },
      said: fill(words.decided, language, { state: said }),
    }
  })

export async function withMessage(
  visit: Visit,
  work: (found: Viewed) => Promise<Answer>,
): Promise<Answer> {
  const id = numberOf(visit.params['message'])
  if (id === null) return missing
  const found = await visit.app.store.messageView.find(scopeOf(visit), id)
  return found === null ? missing : work(found)
}

interface Shown {
  text?: Rendered
  isRevealed?: boolean
  faults?: readonly Fault[]
}

async function shown(
  visit: Visit,
  found: Viewed,
  { text = null, isRevealed = false, faults = [] }: Shown = {},
): Promise<Answer> {
  const { language, app, to } = visit
  const { messageView } = app.store
  const [attempts, record, acts] = await Promise.all([
    messageView.attempts(found.id),
    messageView.record(found),
    messageView.acts(found),
  ])
  const left = isRevealed ? revealed(visit, found, text) : veiled(visit, found)
  const content = html`${faultSummary(faults, language)}
<div class="panels">
<section><h2>${words.preview[language]}</h2>${left}</section>
<section>${standing(visit, found)}
${decisions(visit, found, faults)}
<h2>${words.timeline[language]}</h2>
${timeline(words.timeline[language], happenings(visit, found, attempts, record))}
<h2>${words.facts[language]}</h2>
${about(visit, found, record, isRevealed)}</section></div>
<h2>${words.answers[language]}</h2>
${answers(visit, attempts)}
<h2>${words.history[language]}</h2>
${history(visit, acts)}`
  return {
    ...{ kind: 'page', section: 'messages', content },
    title: fill(words.title, language, { id: found.id }),
    crumbs: [{ title: words.list[language], href: to('/messages') }],
    ...(faults.length > 0 && { status: 422 }),
  }
}

/** When what its state says has happened, or will. */
function whenOf({ state, sendAt, sentAt, closedAt }: Viewed): Temporal.Instant {
  if (state === 'sent') return sentAt ?? sendAt
  return state === 'waiting' ? sendAt : (closedAt ?? sendAt)
}

function standing(visit: Visit, found: Viewed): Html {
  const { language } = visit
  const at = localText(visit, whenOf(found))
  const cause =
    found.code === null
      ? null
      : html`<p>${words.because[language]}: ${messageCause(found.code, language)} <span class="reason">${found.code}</span></p>`
  const blocked = found.isBlocked ? callout('warning', null, words.blocked[language]) : null
  return html`<h2>${words.standing[language]}</h2>
<p>${messageBadge(found, language)}</p>
<p>${standSentence(found, at, language)}</p>${cause}${blocked}`
}

export function localText({ place }: Visit, at: Temporal.Instant): string {
  const local = at.toZonedDateTimeISO(place.timeZone)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${two(local.day)}/${two(local.month)}/${local.year}`
  return `${day} ${two(local.hour)}:${two(local.minute)}`
}

function happenings(
  visit: Visit,
  found: Viewed,
  attempts: readonly Attempt[],
  record: SourceRecord,
): Happening[] {
  const { language } = visit
  const file = fileOf(found.fileName) ?? `${words.flow[language]} ${found.flowId}`
  const all: Happening[] = [
    {
      at: time(visit, found.receivedAt ?? found.noticeSince),
      text:
        record === null
          ? words.receivedOnly[language]
          : fill(words.received, language, { line: record.line, file }),
    },
    {
      at: time(visit, found.sendAt),
      text: words.planned[language],
      tone: found.state === 'waiting' ? 'to-come' : 'good',
    },
  ]
  const tries = [...new Set(attempts.map(({ id }) => id))]
  for (const { id, startedAt, outcome, code } of attempts) {
    const said = outcome === null ? words.noAnswer[language] : outcomeWords[outcome][language]
    const why = code === null ? '' : `, ${messageCause(code, language)}`
    all.push({
      at: time(visit, startedAt),
      text: `${fill(words.tried, language, { n: tries.indexOf(id) + 1 })}: ${said}${why}`,
      tone: outcome === 'accepted' ? 'good' : 'wrong',
    })
  }
  const add = (at: Temporal.Instant | null, text: string, tone: Happening['tone'] = 'good') => {
    if (at !== null) all.push({ at: time(visit, at), text, tone })
  }
  add(found.sentAt, words.sent[language])
  add(found.processedAt, words.processed[language])
  add(found.readAt, words.read[language])
  add(found.paidAt, words.paid[language])
  if (found.state !== 'sent') {
    const text = fill(words.ended, language, { state: standText(found, language) })
    add(found.closedAt, text, 'wrong')
  }
  const fate = record?.reported ?? null
  if (fate !== null) {
    const known = Object.hasOwn(termOfOne, fate)
    const said = known ? termOfOne[fate as keyof typeof termOfOne][language] : fate
    all.push({ at: null, text: fill(words.told, language, { fate: said }) })
  }
  return all
}

function about(visit: Visit, found: Viewed, record: SourceRecord, isRevealed: boolean): Html {
  const { language, to } = visit
  const { data } = found
  const { payment } = data
  const link = (path: string, text: Piece) => html`<a href="${to(path)}">${text}</a>`
  const code = isRevealed ? data.fiscalCode : masked(data.fiscalCode)
  const due = data.dueAt === null ? null : date(dueDay(visit, Temporal.Instant.from(data.dueAt)))
  const version = { name: found.mapping, version: found.mappingVersionId }
  return facts([
    [
      words.recipient[language],
      html`${code} ${link(`/recipients/${found.recipient}`, words.everything[language])}`,
    ],
    [words.service[language], found.service],
    [words.kind[language], purposeWords[found.purpose][language]],
    [words.flow[language], link(`/flows/${found.flowId}`, found.flowId)],
    [words.notice[language], link(`/notices/${found.noticeId}`, found.noticeId)],
    [words.emission[language], found.emission],
    [words.file[language], fileOf(found.fileName)],
    [words.line[language], record?.line ?? null],
    [words.amount[language], payment === null ? null : euro(visit, payment.amountCents)],
    [words.due[language], due],
    [words.number[language], payment?.noticeNumber ?? null],
    [words.ioId[language], found.ioId === null ? null : copied(visit, found.ioId)],
    [words.model[language], fill(words.modelVersion, language, version)],
  ])
}

/** The button is there for who has scripts; others take it from the page. */
function copied({ language }: Visit, id: string): Html {
  const [label, done] = language === 'it' ? ['Copia', 'Copiato'] : ['Copy', 'Copied']
  return html`<code>${id}</code> <button type="button" class="btn btn-sm btn-outline-primary" data-copy="${id}" data-done="${done}">${label}</button>`
}

function veiled(visit: Visit, { id, service }: Viewed): Html {
  const { language, to } = visit
  if (!visit.may('reveal', service)) return html`<p>${words.notYours[language]}</p>`
  const show = button(words.reveal[language], { tone: 'secondary' })
  return html`<p>${words.hidden[language]}</p>
${postForm(visit, to(`/messages/${id}/reveal`), show)}`
}

function revealed(visit: Visit, found: Viewed, text: Rendered): Html {
  const { language, place, to } = visit
  if (text === null) return callout('warning', null, words.noText[language])
  const names = {
    ...{ institution: place.name, service: found.service },
    language: text.language,
  }
  const others = text.languages.filter((one) => one !== text.language)
  const rest = others.map(
    (one) =>
      html`${button(one.toUpperCase(), { tone: 'secondary', name: 'language', value: one })} `,
  )
  const change =
    others.length === 0
      ? null
      : postForm(
          visit,
          to(`/messages/${found.id}/reveal`),
          html`<p>${words.otherLanguage[language]} ${rest}</p>`,
        )
  const note = text.isSame
    ? html`<p>${words.same[language]}</p>`
    : callout('warning', null, words.other[language])
  const rows = Object.entries(found.data.fields).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([inner, one]) => [`${name}.${inner}`, one] as const)
      : [[name, value] as const],
  )
  return html`${phoneOfPayload(visit, names, text.payload)}${change}${note}
<details class="more"><summary>${words.fields[language]}</summary>
${listTable({
  caption: words.fields[language],
  columns: words.fieldColumns[language].map((title) => ({ title })),
  rows: rows.map(([name, value]) => ({
    href: null,
    cells: [name, value === null ? '–' : String(value)],
  })),
  empty: '–',
})}</details>
<details class="more"><summary>${words.request[language]}</summary>
<pre tabindex="0"><code>${JSON.stringify(text.payload, null, 2)}</code></pre></details>`
}

function decisions(visit: Visit, found: Viewed, faults: readonly Fault[]): Html | null {
  const { language, to } = visit
  const isOpen = found.state === 'held' || found.state === 'uncertain'
  const acts: Html[] = []
  if (isOpen && visit.may('uncertain', found.service)) {
    const isHeld = found.state === 'held'
    const choices: [Resolution, string][] = [
      ...(isHeld ? [] : [['sent', words.asSent[language]] as [Resolution, string]]),
      ['resend', (isHeld ? words.letGo : words.asResend)[language]],
      ['cancelled', words.asCancelled[language]],
    ]
    const fault = (field: string) => ({ fault: faultOf(faults, field) })
    const id = isHeld
      ? null
      : textField({
          name: 'ioId',
          label: words.ioId[language],
          hint: words.ioIdHint[language],
          attributes: { maxlength: LONGEST_ID, autocomplete: 'off' },
        })
    const note = textField({
      ...{ name: 'note', label: words.note[language], hint: words.noteHint[language] },
      ...{ required: true, attributes: { maxlength: NOTE.most }, ...fault('note') },
    })
    const label = words.decide[language]
    const form = html`${radioFields({ name: 'as', label, options: choices, ...fault('as') })}
${id}${note}${button(words.decide[language])}`
    acts.push(postForm(visit, to(`/messages/${found.id}/decide`), form))
  }
  if (found.state === 'sent' && found.purpose !== 'test' && visit.may('prepare', found.service)) {
    acts.push(
      html`<p><a href="${to(`/flows/${found.flowId}/errata`)}">${words.errata[language]}</a></p>`,
    )
  }
  if (found.state === 'sent' && visit.may('reveal', found.service)) {
    const make = button(words.certificate[language], { tone: 'secondary' })
    acts.push(postForm(visit, to(`/messages/${found.id}/certificate`), make))
  }
  return acts.length === 0 ? null : html`<h2>${words.acts[language]}</h2>${acts}`
}

function answers(visit: Visit, attempts: readonly Attempt[]): Html {
  const { language } = visit
  const tries = [...new Set(attempts.map(({ id }) => id))]
  return listTable({
    caption: words.answers[language],
    columns: words.answerColumns[language].map((title) => ({ title })),
    rows: attempts.map(({ id, startedAt, at, outcome, code, httpStatus }) => ({
      href: null,
      cells: [
        tries.indexOf(id) + 1,
        time(visit, startedAt),
        time(visit, at),
        outcome === null ? words.noAnswer[language] : outcomeWords[outcome][language],
        httpStatus,
        code === null
          ? ''
          : html`${messageCause(code, language)} <span class="reason">${code}</span>`,
      ],
    })),
    empty: words.answersNone[language],
  })
}

type Act = Awaited<ReturnType<View['acts']>>[number]

export function history(visit: Visit, acts: readonly Act[]): Html {
  const { language } = visit
  return listTable({
    caption: words.history[language],
    columns: words.historyColumns[language].map((title) => ({ title })),
    rows: acts.map(({ at, actor, verb, note }) => ({
      href: null,
      cells: [time(visit, at), actor, actWords(verb, language), note],
    })),
    empty: words.historyNone[language],
  })
}
