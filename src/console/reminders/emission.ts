// All reminders of one emission, taken away at once: by who says why and types how many they are.
// First messages and notices stay as they are.
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { button, type Fault, faultOf, postForm, textField } from '../parts/form.ts'
import { count } from '../parts/show.ts'
import type { Answer, Visit } from '../visit.ts'
import { type AskedSchedule, askedSchedule, scheduleHref } from './asked.ts'
import { monthPage } from './month.ts'
import { words } from './words.ts'

/** Null where no emission is asked for, or whoever looks may not. */
export async function emissionForm(
  visit: Visit,
  asked: AskedSchedule,
  faults: readonly Fault[],
): Promise<Html | null> {
  const { language, app } = visit
  const { emission, service } = asked
  if (emission === null || !visit.may('prepare')) return null
  const { reminders, campaigns } = await app.desk.plannedDays.ofEmission(actable(visit, asked))
  const all = reminders + campaigns
  if (all === 0) return html`<p>${words.cancelNothing[language]}</p>`
  const title = fill(words.cancelEmission, language, { emission })
  const fault = (field: string) => {
    const text = faultOf(faults, field)
    return text === undefined ? {} : { fault: text }
  }
  const typed = fill(words.typed, language, { n: count(visit, all) })
  return html`<details class="more"${faults.length > 0 ? html` open` : null}><summary>${title}</summary>
<p class="form-text">${words.cancelHint[language]}</p>${postForm(
    visit,
    visit.to('/reminders/cancel'),
    html`<input type="hidden" name="emission" value="${emission}"><input type="hidden" name="service" value="${service ?? ''}">
${textField({
  name: 'reason',
  label: words.reason[language],
  hint: words.reasonHint[language],
  required: true,
  attributes: { maxlength: 500 },
  ...fault('reason'),
})}
${textField({
  name: 'typed',
  label: typed,
  required: true,
  attributes: { inputmode: 'numeric', autocomplete: 'off' },
  ...fault('typed'),
})}
${button(title, { tone: 'danger' })}`,
  )}</details>`
}

export async function cancelEmission(visit: Visit): Promise<Answer> {
  const { form, language, app } = visit
  const query = new URLSearchParams()
  for (const name of ['emission', 'service']) query.set(name, form.get(name) ?? '')
  const asked = askedSchedule(visit, query)
  if (asked.emission === null) return { kind: 'missing' }
  const filter = actable(visit, asked)
  const { reminders, campaigns } = await app.desk.plannedDays.ofEmission(filter)
  const all = reminders + campaigns
  const back = (field: string, text: string) =>
    monthPage(visit, { query, faults: [{ field, text }] })
  const reason = form.get('reason')?.trim().slice(0, 500) ?? ''
  if (reason === '') return back('reason', words.faultReason[language])
  if ((form.get('typed') ?? '').replace(/[.\s]/g, '') !== String(all)) {
    return back('typed', fill(words.faultTyped, language, { n: count(visit, all) }))
  }
  const act = { ...visit.asked(reason), note: reason }
  const n = await app.desk.plannedDays.cancelEmission(filter, act)
  const said = fill(words.saidCancelled, language, { n: count(visit, n) })
  return { kind: 'redirect', to: scheduleHref(visit, '/reminders', asked), said }
}

function actable(visit: Visit, asked: AskedSchedule) {
  return { ...asked, services: visit.services('prepare'), campaign: null }
}
