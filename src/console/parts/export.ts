// The way out of a list: *Esporta Excel* and CSV below it on the left, as offices know it; with
// people's data only for who may see it, and says why. The filters of the list go along.
import type { App } from '../../app.ts'
import type { Words } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import type { Answer, PageRoute, Section, Visit } from '../visit.ts'
import { button, faultSummary, postForm, textField } from './form.ts'

type Wish = Parameters<App['desk']['exports']['open']>[0]

export interface Exported {
  kind: Wish['kind']
  /** Of the file, without its ending, and of its sheet: `messaggi`. */
  name: Words
  /** The entry of the menu that its list belongs to. */
  section: Section
  services: readonly string[] | null
  /** As JSON: instants as text. */
  filter: unknown
  /** The filters in words, for the activity log: nobody’s data. */
  asked: string
}

const words = {
  excel: { it: 'Esporta Excel', en: 'Export Excel' },
  csv: { it: 'Esporta CSV', en: 'Export CSV' },
  personal: { it: 'Esporta con i dati personali', en: 'Export with personal data' },
  purpose: { it: 'A che cosa serve?', en: 'What is it for?' },
  hint: {
    it: 'Resta nel registro attività. Non scrivere dati di cittadini.',
    en: 'It stays in the activity log. Write no citizen’s data.',
  },
  make: { it: 'Esporta Excel', en: 'Export Excel' },
  missing: {
    it: 'Scrivi a che cosa serve: almeno 5 caratteri.',
    en: 'Write what it is for: at least 5 characters.',
  },
  busy: {
    it: 'Altre esportazioni sono in corso: riprova tra un minuto.',
    en: 'Other exports are under way: try again in a minute.',
  },
  quota: {
    it: 'Nelle ultime 24 ore hai già fatto tutte le esportazioni con dati personali che puoi fare: riprova domani.',
    en: 'In the last 24 hours you have made as many exports with personal data as you may: try again tomorrow.',
  },
  title: { it: 'Esportazione non eseguita', en: 'Export not made' },
} satisfies Record<string, Words>

/** Characters of a reason. */
const PURPOSE = { least: 5, most: 200 }

/**
 * `path` as `Visit.to` takes it: `/flows/export`; the list’s own filters follow it. `hasPersonal`:
 * it has columns of people’s data.
 */
export function exportButtons(visit: Visit, path: string, hasPersonal = false): Html {
  const { language, query } = visit
  const to = (format: string) => {
    const asked = new URLSearchParams(query)
    for (const name of ['before', 'after', 'size', 'columns', 'format']) asked.delete(name)
    asked.set('format', format)
    return `${visit.to(path)}?${asked}`
  }
  const link = (format: string, text: string) =>
    html`<a class="btn btn-sm btn-outline-primary" href="${to(format)}" download>${text}</a> `
  const personal = hasPersonal && visit.may('reveal') ? purposeForm(visit, to('xlsx')) : null
  const links = [link('xlsx', words.excel[language]), link('csv', words.csv[language])]
  return html`<div class="exports">${links}${personal}</div>`
}

function purposeForm(visit: Visit, action: string): Html {
  const { language } = visit
  const field = textField({
    ...{ name: 'purpose', label: words.purpose[language], hint: words.hint[language] },
    ...{ required: true, attributes: { maxlength: PURPOSE.most, minlength: PURPOSE.least } },
  })
  const make = button(words.make[language], { tone: 'secondary' })
  return html`<details class="more"><summary>${words.personal[language]}</summary>
${postForm(visit, action, html`${field}${make}`)}</details>`
}

/**
 * Both ways to one export: without people’s data by its address; with it, where it has such
 * columns, by a form. `exported` answers null where it is not there for them.
 */
export function exportRoutes(
  path: string,
  permission: PageRoute['permission'],
  exported: (visit: Visit) => Promise<Exported | null>,
  hasPersonal = false,
): readonly PageRoute[] {
  const handle = async (visit: Visit): Promise<Answer> => {
    const wish = await exported(visit)
    return wish === null ? { kind: 'missing' } : exportAnswer(visit, wish)
  }
  const plain: PageRoute = { method: 'GET', path, permission, handle }
  return hasPersonal ? [plain, { method: 'POST', path, permission: 'reveal', handle }] : [plain]
}

/** A file that is made as it is read; a page where it cannot be made now. */
export async function exportAnswer(visit: Visit, exported: Exported): Promise<Answer> {
  const { app, language, place, visitor, query, form, now } = visit
  const { kind, filter, asked } = exported
  const name = exported.name[language]
  const given = form.get('purpose')
  const purpose = given === null ? null : given.trim().slice(0, PURPOSE.most)
  if (purpose !== null && purpose.length < PURPOSE.least) return refusal(visit, exported, 'missing')
  // Who sees the lists of some services, and people's data of others, takes away what is in both.
  const services =
    purpose === null ? exported.services : inBoth(exported.services, visit.services('reveal'))
  const format = query.get('format') === 'csv' ? 'csv' : 'xlsx'
  const opened = await app.desk.exports.open({
    ...{ kind, format, language, name, purpose, services, filter, asked },
    ...{ institution: place.id, timeZone: place.timeZone, actor: visitor.login },
  })
  if ('refused' in opened) return refusal(visit, exported, opened.refused)
  const day = now.toZonedDateTimeISO(place.timeZone).toPlainDate()
  return {
    kind: 'file',
    name: `${name}-${day}.${format}`,
    type: types[format],
    bytes: opened.bytes,
  }
}

/** Null: all. */
function inBoth(
  one: readonly string[] | null,
  other: readonly string[] | null,
): readonly string[] | null {
  if (one === null || other === null) return one ?? other
  return one.filter((name) => other.includes(name))
}

function refusal(
  { language }: Visit,
  { section }: Exported,
  why: 'missing' | 'busy' | 'quota',
): Answer {
  return {
    ...{ kind: 'page', title: words.title[language], section, status: 422 },
    content: html`${faultSummary([{ field: null, text: words[why][language] }], language)}`,
  }
}

const types = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
