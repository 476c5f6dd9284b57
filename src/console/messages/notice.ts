// One notice: where it stands, all its messages with their plan and why something will not leave,
// the others of its debt, and what a person may decide about it. People's data are masked.
import { messageCause, purposeWords } from '../../domain/message-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { type BadgeTone, badge, messageBadge } from '../parts/badge.ts'
import { dayFrom } from '../parts/day-filter.ts'
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
import { callout, date, euro, facts, masked, time } from '../parts/show.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { numberOf } from './asked.ts'
import { history } from './message.ts'
import { endedByWords, noticeStateWords, words } from './notice-words.ts'
import { paperForm } from './paper.ts'
import { dueDay, scopeOf } from './search.ts'

type Notices = Visit['app']['store']['notices']
type Detail = Awaited<ReturnType<Notices['detail']>>

const NOTE = { least: 3, most: 500 }
const decisions = ['settle', 'cancel', 'postpone'] as const

export const noticePage = (visit: Visit) => withNotice(visit, (notice) => shown(visit, notice, []))

export const decideNotice = (visit: Visit) =>
  withNotice(visit, async (notice) => {
    const { app, form, language, now, place } = visit
    if (!visit.may('prepare', notice.service)) return missing
    const as = decisions.find((one) => one === form.get('as'))
    const note = form.get('note')?.trim().slice(0, NOTE.most) ?? ''
    const on = dayFrom(form.get('day'))
    const faults: Fault[] = []
    if (as === undefined) faults.push({ field: 'as', text: words.choose[language] })
    if (note.length < NOTE.least) faults.push({ field: 'note', text: words.noteMissing[language] })
    const today = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
    const isLater = on !== null && Temporal.PlainDate.compare(on, today) > 0
    if (as === 'postpone' && !isLater) {
      faults.push({ field: 'day', text: words.dayMissing[language] })
    }
    if (as === undefined || faults.length > 0) return shown(visit, notice, faults)
    const name = { by: 'id', id: notice.id } as const
    const filter = { name, institution: place.id, series: null }
    const act = { ...visit.asked(note), note }
    const nothing = () => shown(visit, notice, [{ field: null, text: words.notDone[language] }])
    const to = visit.to(`/notices/${notice.id}`)
    if (as === 'postpone') {
      if (on === null) return nothing()
      const moved = await app.postpone({ filter, wanted: { on }, mayPass: false, act })
      if (Object.keys(moved.unchanged).length > 0) return nothing()
      return { kind: 'redirect', to, said: words.doneMoved[language] }
    }
    const ending = as === 'settle' ? 'settled' : 'cancelled'
    const done = await app.store.noticeDecisions.close(filter, ending, act, now)
    if (done.closed === 0) return nothing()
    return { kind: 'redirect', to, said: fill(words.done, language, { n: done.messages }) }
  })

async function withNotice(visit: Visit, work: (notice: Detail) => Promise<Answer>) {
  const { app, params, place } = visit
  const id = numberOf(params['notice'])
  if (id === null || !(await app.store.messageView.hasNotice(scopeOf(visit), id))) return missing
  const name = { by: 'id', id } as const
  const { first } = await app.store.notices.list({ name, institution: place.id, series: null }, 1)
  const [row] = first
  return row === undefined ? missing : work(await app.store.notices.detail(row))
}

async function shown(visit: Visit, notice: Detail, faults: readonly Fault[]): Promise<Answer> {
  const { language, app, to } = visit
  const recipient = await app.store.messageView.recipientOf(notice.id)
  const blocked = notice.isBlocked ? callout('warning', null, words.blocked[language]) : null
  const content = html`${faultSummary(faults, language)}${blocked}
<div class="panels"><section>${about(visit, notice, recipient)}</section>
<section>${acts(visit, notice, faults)}</section></div>
<h2>${words.messages[language]}</h2>
${messages(visit, notice)}
${group(visit, notice)}
<h2>${language === 'it' ? 'Storia' : 'History'}</h2>
${history(visit, notice.acts)}`
  return {
    ...{ kind: 'page', section: 'messages', content },
    title: fill(words.title, language, { id: notice.id }),
    crumbs: [{ title: words.list[language], href: to('/messages') }],
    ...(faults.length > 0 && { status: 422 }),
  }
}

const looks: Record<Detail['state'], readonly [BadgeTone, string]> = {
  open: ['blue', '●'],
  settled: ['green', '✓'],
  cancelled: ['grey', '⊘'],
  expired: ['orange', '◷'],
}

export function stateBadge(state: Detail['state'], { language }: Visit): Html {
  const [tone, sign] = looks[state]
  return badge(tone, sign, noticeStateWords[state][language])
}

function about(visit: Visit, notice: Detail, recipient: string | null): Html {
  const { language, to } = visit
  const link = (path: string, text: Piece) => html`<a href="${to(path)}">${text}</a>`
  const by = notice.endedBy === null ? null : html` ${endedByWords[notice.endedBy][language]}`
  const due = notice.dueAt && html`${date(dueDay(visit, notice.dueAt))} ${movedFrom(visit, notice)}`
  const pays = notice.pays === 'whole' ? html` (${words.whole[language]})` : null
  const amount =
    notice.amountCents === null ? null : html`${euro(visit, notice.amountCents)}${pays}`
  return facts([
    [words.state[language], html`${stateBadge(notice.state, visit)}${by}`],
    [words.ended[language], time(visit, notice.endedAt)],
    [
      words.recipient[language],
      html`${masked(notice.fiscalCode)} ${recipient === null ? null : link(`/recipients/${recipient}`, words.everything[language])}`,
    ],
    [words.amount[language], amount],
    [words.due[language], due],
    [words.number[language], notice.noticeNumber],
    [words.service[language], notice.service],
    [words.emission[language], notice.emission],
    [words.feed[language], notice.feed],
    [words.flow[language], link(`/flows/${notice.flowId}`, notice.flowId)],
    [words.bill[language], paperForm(visit, notice)],
    [words.arrived[language], link(`/flows/${notice.flowId}/documents`, words.original[language])],
    [words.since[language], time(visit, notice.createdAt)],
  ])
}

function movedFrom(visit: Visit, { postponedFrom }: Detail): Piece {
  if (postponedFrom === null) return null
  const day = dueDay(visit, postponedFrom)
  const [before = '', after = ''] = words.postponed[visit.language].split('{day}')
  return html`${before}${date(day)}${after}`
}

function messages(visit: Visit, notice: Detail): Html {
  const { language, to } = visit
  return listTable({
    caption: words.messages[language],
    columns: words.columns[language].map((title) => ({ title })),
    rows: notice.messages.map((one) => {
      const { purpose, template, code, state, isReleased } = one
      const kind =
        purpose === 'reminder'
          ? fill(words.reminder, language, { n: template })
          : purposeWords[purpose][language]
      const waits = state === 'waiting' && !isReleased ? words.notReleased[language] : null
      const cause = code === null ? null : messageCause(code, language)
      return {
        href: to(`/messages/${one.id}`),
        cells: [
          one.id,
          kind,
          time(visit, one.sentAt ?? one.sendAt),
          messageBadge({ state, code, delivery: one.delivery as never }, language),
          [cause, waits].filter(Boolean).join('; '),
          time(visit, one.readAt),
          time(visit, one.paidAt),
        ],
      }
    }),
    empty: words.noMessages[language],
  })
}

function group(visit: Visit, notice: Detail): Html | null {
  const { language, to } = visit
  if (notice.group.length === 0) return null
  const table = listTable({
    caption: words.group[language],
    columns: words.groupColumns[language].map((title, index) => ({ title, isNumber: index === 3 })),
    rows: notice.group.map((one) => ({
      href: to(`/notices/${one.id}`),
      cells: [
        one.id,
        stateBadge(one.state, visit),
        one.dueAt && date(dueDay(visit, one.dueAt)),
        one.amountCents === null ? '' : euro(visit, one.amountCents),
      ],
    })),
    empty: '',
  })
  return html`<h2>${words.group[language]}</h2>${table}`
}

function acts(visit: Visit, notice: Detail, faults: readonly Fault[]): Html | null {
  const { language, to } = visit
  const isOpen = notice.state === 'open' || notice.state === 'expired'
  if (!isOpen || !visit.may('prepare', notice.service)) return null
  const fault = (field: string) => ({ fault: faultOf(faults, field) })
  const as = radioFields({
    ...{ name: 'as', label: words.act[language], ...fault('as') },
    options: decisions.map((one) => [one, words[one][language]] as const),
  })
  const day = textField({
    ...{ name: 'day', type: 'date', label: words.day[language], hint: words.dayHint[language] },
    ...fault('day'),
  })
  const note = textField({
    ...{ name: 'note', label: words.note[language], hint: words.noteHint[language] },
    ...{ required: true, attributes: { maxlength: NOTE.most }, ...fault('note') },
  })
  const form = html`${as}${day}${note}${button(words.act[language])}`
  return html`<h2>${words.acts[language]}</h2>
${postForm(visit, to(`/notices/${notice.id}/decide`), form)}`
}
