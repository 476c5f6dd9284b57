// Refused records by their causes: what is wrong, how often, what to do, and a text for the office
// that has to mend it, without anybody’s data. Every count leads to the records that it counts.
import { causeRemedy, causeText } from '../../domain/refusal-words.ts'
import { fill, type StaffLanguage } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { exportButtons } from '../parts/export.ts'
import { button, getForm, selectField, textField } from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { count, countLink } from '../parts/show.ts'
import { tabs } from '../parts/way.ts'
import type { Answer, Visit } from '../visit.ts'
import { type AskedRefusals, askedRefusals, recordsHref } from './asked.ts'
import { standings, words } from './words.ts'

type Cause = Awaited<ReturnType<Visit['app']['store']['corrections']['causes']>>[number]

export async function causesPage(visit: Visit): Promise<Answer> {
  const { language, app } = visit
  const asked = askedRefusals(visit)
  const causes = await app.store.corrections.causes(asked.filter)
  const title = words.title[language]
  const content = html`<p>${words.intro[language]}</p>
${standingTabs(visit, asked, '/refusals')}
${filters(visit, asked, '/refusals')}
${causesTable(visit, asked, causes)}
${causes.length === 0 ? null : exportButtons(visit, '/refusals/export', true)}
${causes.length === 0 ? null : officeText(causes, language)}`
  return { kind: 'page', title, section: 'refusals', content }
}

export function standingTabs(visit: Visit, { values, filter }: AskedRefusals, path: string): Html {
  const { language } = visit
  const all = Object.entries(standings).map(([key, title]) => {
    const query = new URLSearchParams(visit.query)
    query.delete('after')
    if (key === 'open') query.delete('standing')
    else query.set('standing', key)
    const href = visit.to(query.size === 0 ? path : `${path}?${query}`)
    return { title: title[language], href, current: filter.standing === key }
  })
  return tabs(`${words.standing[language]}${values['flow'] ? ` ${values['flow']}` : ''}`, all)
}

/** `path`: the page that has them; what is narrowed to a cause stays so. */
export function filters(visit: Visit, { values, filter }: AskedRefusals, path: string): Html {
  const { language, app, place } = visit
  const institution = app.config.institutions.find(({ id }) => id === place.id)
  const may = visit.services('refusals')
  const services = (institution?.services ?? [])
    .map(({ name }) => name)
    .filter((name) => may === null || may.includes(name))
  const feeds = (institution?.feeds ?? [])
    .filter(({ service }) => service !== undefined && services.includes(service))
    .map(({ id }) => id)
  const choices = (names: readonly string[]) => [
    ['', words.all[language]] as const,
    ...names.map((name) => [name, name] as const),
  ]
  const hidden = (name: string, value: string | null) =>
    value === null ? null : html`<input type="hidden" name="${name}" value="${value}">`
  const kept = [
    hidden('standing', values['standing'] ?? null),
    hidden('code', filter.code),
    hidden('field', filter.field),
  ]
  const value = (name: string) => values[name] ?? ''
  return getForm(
    visit.to(path),
    html`${kept}
${selectField({
  name: 'service',
  label: words.service[language],
  value: value('service'),
  options: choices(services),
})}
${selectField({
  name: 'feed',
  label: words.feed[language],
  value: value('feed'),
  options: choices(feeds),
})}
${textField({
  name: 'flow',
  label: words.flow[language],
  value: value('flow'),
  attributes: { inputmode: 'numeric', size: 8 },
})}
${textField({ name: 'from', label: words.from[language], value: value('from'), type: 'date' })}
${textField({ name: 'to', label: words.to[language], value: value('to'), type: 'date' })}
<div class="actions">${button(words.list[language])}
<a href="${visit.to(path)}">${words.clear[language]}</a></div>`,
  )
}

function causesTable(visit: Visit, asked: AskedRefusals, causes: readonly Cause[]): Html {
  const { language } = visit
  const isNarrowed = Object.values(asked.values).some((value) => value !== null)
  const all = causes.reduce((sum, { records }) => sum + records, 0)
  const rows = causes.map((cause) => {
    const href = recordsHref(visit, asked, cause)
    return {
      href,
      cells: [
        causeText(cause.code, language),
        cause.field ?? '–',
        countLink(visit, cause.records, href),
        count(visit, cause.flows),
        causeRemedy(cause.code, language),
      ],
    }
  })
  const everything =
    all === 0
      ? null
      : html`<p class="total">
<a href="${recordsHref(visit, asked, null)}">${words.allCauses[language]}</a>:
<strong>${count(visit, all)}</strong></p>`
  return html`${listTable({
    caption: words.causes[language],
    columns: [
      { title: words.cause[language] },
      { title: words.field[language] },
      { title: words.records[language], isNumber: true },
      { title: words.flows[language], isNumber: true },
      { title: words.todo[language] },
    ],
    rows,
    empty: isNarrowed ? words.noneFound[language] : words.empty[language],
  })}${everything}`
}

function officeText(causes: readonly Cause[], language: StaffLanguage): Html {
  const lines = causes.map(({ code, field, records }) => {
    const where = field ? ` (${field})` : ''
    return `- ${records}: ${causeText(code, language)}${where}. ${causeRemedy(code, language)}`
  })
  const text = fill(words.officeHead, language, {}) + lines.join('\n') + words.officeTail[language]
  return html`<details class="more"><summary>${words.office[language]}</summary>
<div class="field"><label for="office">${words.office[language]}</label>
<span class="form-text" id="office-hint">${words.officeHint[language]}</span>
<textarea class="form-control" id="office" rows="10" readonly aria-describedby="office-hint">
${text}</textarea></div></details>`
}
