// One refused record: why, and for who may see people's data the record itself, field by field, to
// be corrected. What it says is shown only on being asked for, and that is written down.
import { causeRemedy, causeText } from '../../domain/refusal-words.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html } from '../../html.ts'
import { fileOf } from '../flows/flow.ts'
import { button, type Fault, faultSummary, postForm, textField } from '../parts/form.ts'
import { callout, count, facts, time } from '../parts/show.ts'
import { type Answer, missing, type Visit } from '../visit.ts'
import { carryOut } from './deciding.ts'
import { decidedBadge } from './records.ts'
import { unreadable, words } from './words.ts'

type Store = Visit['app']['store']
type Place = NonNullable<Awaited<ReturnType<Store['corrections']['find']>>>
type Read = Awaited<ReturnType<Visit['app']['desk']['correcting']['reveal']>>
type Refusals = Read['refusals']

export const recordPage = (visit: Visit) => withPlace(visit, (place) => shown(visit, place))

/** The page with what the record says. */
export const revealRecord = (visit: Visit) =>
  withPlace(
    visit,
    async (place) => {
      const read = await visit.app.desk.correcting.reveal(place, visit.asked(null))
      return shown(visit, place, { read })
    },
    'reveal',
  )

export const correctRecord = (visit: Visit) =>
  withPlace(
    visit,
    async (place) => {
      const { app, form, language } = visit
      if (!visit.may('reveal', place.service)) return missing
      const said: Record<string, string> = {}
      for (const [name, value] of form) if (name.startsWith('f.')) said[name.slice(2)] = value
      const note = form.get('note')?.trim() || null
      const edition = editionOf(form)
      const { correcting } = app.desk
      const answer = await correcting.correct(place, edition, said, visit.asked(note))
      if (answer.kind === 'done') {
        return { kind: 'redirect', to: hrefOf(visit, place), said: words.saidCorrected[language] }
      }
      if (answer.kind === 'unreadable') return shown(visit, place, { because: answer.because })
      const read = await correcting.reveal(place, visit.asked(null))
      const faults = faultsOf(visit, answer.kind === 'wrong' ? answer.refusals : null, answer.kind)
      return shown(visit, place, { read, said, faults })
    },
    'prepare',
  )

export const ignoreRecord = (visit: Visit) =>
  withPlace(
    visit,
    async (place) => {
      const reason = visit.form.get('reason')?.trim() ?? ''
      const fault = (text: string) => shown(visit, place, { faults: [{ field: 'reason', text }] })
      if (reason === '') return fault(words.noReason[visit.language])
      const done = await carryOut(visit, 'ignore', [place], reason)
      if ('fault' in done) return fault(done.fault)
      return { kind: 'redirect', to: hrefOf(visit, place), said: done.said }
    },
    'prepare',
  )

/** This record, or with it all that were corrected in its flow. */
export const reworkRecord = (visit: Visit) =>
  withPlace(
    visit,
    async (place) => {
      const { app, form } = visit
      const edition = editionOf(form)
      let marks = [{ flowId: place.flowId, record: place.record, edition }]
      if (form.get('which') === 'corrected') {
        const services = visit.services('prepare')
        const all = await app.store.corrections.corrected(visit.place.id, services, place.flowId)
        marks = all.map((one) => ({ flowId: place.flowId, ...one }))
        const seen = Number(form.get('count') ?? 0)
        if (marks.length !== seen) {
          return shown(visit, place, {
            faults: [{ field: null, text: words.changed[visit.language] }],
          })
        }
      }
      const done = await carryOut(visit, 'rework', marks, null)
      if ('fault' in done) {
        return shown(visit, place, { faults: [{ field: null, text: done.fault }] })
      }
      return { kind: 'redirect', to: hrefOf(visit, place), said: done.said }
    },
    'prepare',
  )

/** That they were shown; what is no number is none that there is. */
function editionOf(form: URLSearchParams): number {
  const typed = form.get('edition') ?? '0'
  return /^\d{1,6}$/.test(typed) ? Number(typed) : -1
}

async function withPlace(
  visit: Visit,
  work: (place: Place) => Promise<Answer>,
  permission: 'refusals' | 'reveal' | 'prepare' = 'refusals',
): Promise<Answer> {
  const { app, place, params } = visit
  const [flowId, record] = [Number(params['flow']), Number(params['record'])]
  const isRecord = Number.isInteger(record) && record > 0 && record < 2 ** 31
  if (!Number.isSafeInteger(flowId) || !isRecord) return missing
  const services = visit.services('refusals')
  const found = await app.store.corrections.find(place.id, services, { flowId, record })
  return found === null || !visit.may(permission, found.service) ? missing : work(found)
}

interface Shown {
  read?: Read
  /** As it was typed. */
  said?: Readonly<Record<string, string>>
  faults?: readonly Fault[]
  because?: keyof typeof unreadable
}

async function shown(
  visit: Visit,
  place: Place,
  { read, said, faults = [], because }: Shown = {},
): Promise<Answer> {
  const { language, app } = visit
  const title = fill(words.record, language, { line: place.line, flow: place.flowId })
  const isOpen = place.decided === null || place.decided === 'corrected'
  const mayAct = isOpen && visit.may('prepare', place.service)
  const services = visit.services('prepare')
  const corrected = mayAct
    ? await app.store.corrections.corrected(visit.place.id, services, place.flowId)
    : []
  const whyNot = because ?? read?.because ?? null
  const content = html`${faultSummary(faults, language)}
${factsOf(visit, place)}
${whyNot === null ? null : callout('warning', null, unreadable[whyNot][language])}
${read === undefined ? revealForm(visit, place) : readPart(visit, place, read, said, mayAct, faults)}
${mayAct ? acts(visit, place, corrected.length) : null}`
  const crumbs = [
    { title: words.title[language], href: visit.to('/refusals') },
    {
      title: `${words.flow[language]} ${place.flowId}`,
      href: visit.to(`/refusals/records?flow=${place.flowId}`),
    },
  ]
  const status = faults.length > 0 ? { status: 422 } : {}
  return { kind: 'page', title, section: 'refusals', crumbs, content, ...status }
}

function hrefOf(visit: Visit, { flowId, record }: Place): string {
  return visit.to(`/refusals/${flowId}/${record}`)
}

function faultsOf(visit: Visit, refusals: Refusals | null, kind: string): Fault[] {
  const { language } = visit
  if (refusals === null) {
    const text = kind === 'nothing' ? words.nothing[language] : words.changed[language]
    return [{ field: null, text }]
  }
  return refusals.map(({ field, detail, remedy }) => ({
    field: field === null ? null : `f.${field}`,
    text: `${detail} ${remedy}`,
  }))
}

function factsOf(visit: Visit, place: Place): Html {
  const { language } = visit
  const { code, field, dropKey, flowId, line, service, feed, at, actor, decidedAt, note } = place
  const flow = html`<a href="${visit.to(`/flows/${flowId}`)}">${flowId}</a>`
  const by = actor === null ? null : html`${actor}, ${time(visit, decidedAt)}`
  return facts([
    [words.cause[language], `${causeText(code, language)}${field ? ` (${field})` : ''}`],
    [words.todo[language], causeRemedy(code, language)],
    [words.standing[language], decidedBadge(visit, place)],
    [words.decidedBy[language], by],
    [words.note[language], note],
    [words.flow[language], flow],
    [words.file[language], fileOf(dropKey)],
    [words.line[language], count(visit, line)],
    [words.service[language], service],
    [words.feed[language], feed],
    [words.arrived[language], time(visit, at)],
  ])
}

function revealForm(visit: Visit, place: Place): Html {
  const { language } = visit
  if (!visit.may('reveal', place.service)) return html`<p>${words.mayNot[language]}</p>`
  return postForm(
    visit,
    `${hrefOf(visit, place)}/reveal`,
    html`<p class="form-text">${words.revealHint[language]}</p>${button(words.reveal[language])}`,
  )
}

function readPart(
  visit: Visit,
  place: Place,
  { refusals, fields, text, correction }: Read,
  said: Readonly<Record<string, string>> | undefined,
  mayAct: boolean,
  faults: readonly Fault[],
): Html {
  const { language } = visit
  const why = refusals.map(
    ({ field, detail, remedy, code }) =>
      html`<li>${field === null ? null : html`<strong>${field}</strong>: `}${detail} ${remedy} <span class="reason">${code}</span></li>
`,
  )
  const wrong = (fields ?? [])
    .filter((one) => one.isWrong && one.text !== '')
    .map((one) => one.text)
  const line =
    text === null
      ? null
      : html`<h2>${words.rawLine[language]}</h2><pre class="raw" tabindex="0">${marked(text, wrong)}</pre>`
  const head = html`<h2>${words.rule[language]}</h2><ul>${why}</ul>${line}`
  if (fields === null) return head
  if (!mayAct) return html`${head}<h2>${words.fields[language]}</h2>${fieldFacts(visit, fields)}`
  const input = ({ name, column, text: value, isWrong }: (typeof fields)[number]) => {
    const fault = faults.find(({ field }) => field === `f.${name}`)?.text
    const hints = [column, isWrong ? words.wrongMark[language] : null].filter((one) => one !== null)
    return textField({
      name: `f.${name}`,
      label: name,
      value: said?.[name] ?? correction?.[name] ?? value,
      ...(hints.length > 0 && { hint: hints.join(' · ') }),
      ...(fault !== undefined && { fault }),
      attributes: { autocomplete: 'off', spellcheck: 'false' },
    })
  }
  const wrongOnes = fields.filter(({ isWrong }) => isWrong)
  const others = fields.filter(({ isWrong }) => !isWrong)
  const isFaulty = others.some(({ name }) => faults.some(({ field }) => field === `f.${name}`))
  const isOpen = wrongOnes.length === 0 || isFaulty ? html` open` : null
  const folded = fill(words.otherFields, language, { n: others.length })
  const inputs = html`${wrongOnes.map(input)}${
    others.length === 0
      ? null
      : html`<details class="more"${isOpen}><summary>${folded}</summary>${others.map(input)}</details>`
  }`
  return html`${head}${postForm(
    visit,
    `${hrefOf(visit, place)}/correct`,
    html`<h2>${words.correct[language]}</h2>
<p class="form-text">${words.correctHint[language]}</p>
<input type="hidden" name="edition" value="${place.edition}">
${inputs}
${textField({
  name: 'note',
  label: words.note[language],
  hint: words.noteHint[language],
  attributes: { maxlength: 500 },
})}
${button(words.save[language])}`,
  )}`
}

function fieldFacts({ language }: Visit, fields: NonNullable<Read['fields']>): Html {
  return facts(
    fields.map(({ name, text, isWrong }) => [
      name,
      isWrong ? html`<mark>${text || '–'}</mark> (${words.wrongMark[language]})` : text || '–',
    ]),
  )
}

/** Where a wrong value stands in the line; each once, from the left. */
function marked(line: string, wrong: readonly string[]): Html {
  const at = wrong.map((text) => [placeOf(line, text), text] as const).filter(([from]) => from >= 0)
  const pieces: (Html | string)[] = []
  let done = 0
  for (const [from, text] of at.sort(([a], [b]) => a - b)) {
    if (from < done) continue
    pieces.push(line.slice(done, from), html`<mark>${text}</mark>`)
    done = from + text.length
  }
  return html`${[...pieces, line.slice(done)]}`
}

/** Where a value is a cell of its own, or else the one place that has it; −1: not known. */
function placeOf(line: string, text: string): number {
  const ends = ',;|\t"\'<> '
  const places: number[] = []
  for (let at = line.indexOf(text); at >= 0 && text !== ''; at = line.indexOf(text, at + 1)) {
    places.push(at)
  }
  const isCell = (at: number) => {
    const [before, after] = [line[at - 1], line[at + text.length]]
    return [before, after].every((one) => one === undefined || ends.includes(one))
  }
  return places.find(isCell) ?? (places.length === 1 ? (places[0] ?? -1) : -1)
}

function acts(visit: Visit, place: Place, corrected: number): Html {
  const { language } = visit
  const href = hrefOf(visit, place)
  const edition = html`<input type="hidden" name="edition" value="${place.edition}">`
  const all = fill(words.reworkCorrected, language, { n: count(visit, corrected) })
  const one = html`${edition}${button(words.reworkThis[language])}`
  const together =
    corrected < 2
      ? null
      : postForm(
          visit,
          `${href}/rework`,
          html`<input type="hidden" name="which" value="corrected"><input type="hidden" name="count" value="${corrected}">
${button(all, { tone: 'secondary' })}`,
        )
  return html`<h2>${words.reworkThis[language]}</h2>
<p class="form-text">${words.reworkHint[language]}</p>
<div class="actions">${postForm(visit, `${href}/rework`, one)}${together}</div>
${postForm(
  visit,
  `${href}/ignore`,
  html`<h2>${words.ignoreOne[language]}</h2>
${textField({
  name: 'reason',
  label: words.reason[language],
  hint: words.reasonHint[language],
  required: true,
  attributes: { maxlength: 500 },
})}
${button(words.ignoreOne[language], { tone: 'secondary' })}`,
)}`
}
