// The test of a flow on colleagues: which records and why, to whom, how it looks, and what they
// answered. Real texts at colleagues' addresses; nothing reaches a citizen. Answers that were given
// by voice are written down by whoever heard them.
import { NOTE_LENGTH } from '../../domain/test-answer.ts'
import { MOST_SAMPLED, RANDOM_SAMPLED, reasonTexts } from '../../domain/test-sample.ts'
import { fill } from '../../domain/words.ts'
import { type Html, html, type Piece } from '../../html.ts'
import { badge } from '../parts/badge.ts'
import {
  button,
  checkField,
  type Fault,
  faultOf,
  faultSummary,
  getForm,
  postForm,
  radioFields,
  selectField,
  textArea,
  textField,
} from '../parts/form.ts'
import { listTable } from '../parts/list.ts'
import { callout, time } from '../parts/show.ts'
import type { Answer, PageRoute, Visit } from '../visit.ts'
import { missing } from '../visit.ts'
import { findFlow, numberOf, type ShownFlow, wayTo } from './flow.ts'
import { flowPage } from './frame.ts'
import { refusedText } from './refusal-words.ts'
import { words } from './test-batch-words.ts'
import { phones } from './texts.ts'

export const routes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/flows/:flow/test',
    permission: 'flows',
    async handle(visit) {
      const flow = await findFlow(visit)
      return flow === null ? missing : page(visit, flow, [])
    },
  },
  { method: 'POST', path: '/flows/:flow/test', permission: 'prepare', handle: send },
  { method: 'POST', path: '/flows/:flow/test/answers', permission: 'prepare', handle: writeDown },
]

type State = NonNullable<Awaited<ReturnType<Visit['app']['flows']['testState']>>>
type Cell = State['testers'][number]['cells'][number]

/** Characters of what draws by chance. */
const SEED_LENGTH = 60

async function page(visit: Visit, flow: ShownFlow, faults: readonly Fault[]): Promise<Answer> {
  const { language, app } = visit
  const state = await app.flows.testState(flow.id)
  const mayPrepare = visit.may('prepare', flow.service) && flow.origin !== 'test'
  const mayDo = mayPrepare && flow.state === 'active' && flow.stoppedAt === null
  const content = html`${faultSummary(faults, language)}
${state === null ? html`<p>${words.none[language]}</p>` : batch(visit, flow, state)}
${state !== null && mayDo && !state.isVoid ? voiceForm(visit, flow, state, faults) : null}
${mayDo ? await sendForm(visit, flow, state !== null, faults) : null}`
  return flowPage(visit, flow, 'test', content, faults.length > 0 ? 422 : 200)
}

/** Where the last one stands: testers by records. */
function batch(visit: Visit, flow: ShownFlow, state: State): Html {
  const { language } = visit
  const { counts, items, testers } = state
  const columns = [
    { title: words.tester[language] },
    ...items.map(({ item }) => ({ title: fill(words.record, language, { item }) })),
  ]
  const rows = testers.map(({ tester, hasLink, cells }) => ({
    href: null,
    cells: [
      html`${tester}${hasLink ? null : html` <span class="reason">${words.noLink[language]}</span>`}`,
      ...items.map(({ item }) =>
        cellOf(
          visit,
          cells.find((one) => one.item === item),
        ),
      ),
    ] as Piece[],
  }))
  const list = items.map(
    ({ item, line, reasons, template }) =>
      html`<li>${item}. ${reasonTexts(reasons, language).join(', ')}${
        template > 0 ? ` ${fill(words.reminder, language, { template })}` : ''
      }${line === null ? '' : ` · ${fill(words.line, language, { line })}`}</li>
`,
  )
  const sentBy = fill(words.sentBy, language, { actor: state.actor })
  const testFlow = wayTo(visit.to(`/flows/${state.testFlowId}`), words.testFlow[language])
  const sent = html`${sentBy} ${time(visit, state.sentAt)};
${words.until[language]} ${time(visit, state.expiresAt)}. ${testFlow}`
  return html`<h2 class="h4">${words.last[language]}</h2>
${state.isVoid ? callout('warning', null, words.isVoid[language]) : null}
<p><strong>${fill(words.confirmed, language, { ...counts })}</strong></p>
<p>${sent}</p>
${listTable({ caption: words.matrix[language], columns, rows, empty: '' })}
<ul class="plain">${list}</ul>
${notes(visit, flow, state)}`
}

function cellOf({ language }: Visit, cell: Cell | undefined): Piece {
  if (cell === undefined) return '–'
  if (cell.answer === 'ok') return badge('green', '✓', words.ok[language])
  if (cell.answer === 'problem') return badge('red', '✕', words.problem[language])
  if (cell.state === 'sent') return badge('grey', '◌', words.noAnswer[language])
  const isOnItsWay = ['waiting', 'claimed', 'sending'].includes(cell.state)
  if (isOnItsWay) return badge('blue', '▶', words.onItsWay[language])
  return badge('orange', '!', `${words.notArrived[language]} (${cell.code ?? cell.state})`)
}

/** What was reported; it may quote a citizen’s data. */
function notes(visit: Visit, flow: ShownFlow, { testers }: State): Html | null {
  const { language } = visit
  const said = testers.flatMap(({ tester, cells }) =>
    cells.flatMap(({ item, note, by }) => (note === null ? [] : [{ tester, item, note, by }])),
  )
  if (said.length === 0) return null
  if (!visit.may('reveal', flow.service)) return html`<p>${words.notesHidden[language]}</p>`
  const lines = said.map(
    ({ tester, item, note, by }) =>
      html`<li><strong>${tester}</strong>${
        by === null ? '' : ` (${fill(words.writtenBy, language, { by })})`
      }, ${fill(words.record, language, { item })}: ${note}</li>
`,
  )
  return html`<h3 class="h5">${words.notes[language]}</h3><ul>${lines}</ul>`
}

function voiceForm(visit: Visit, flow: ShownFlow, state: State, faults: readonly Fault[]): Html {
  const { language, form } = visit
  const testers = state.testers.map(({ tester }) => [tester, tester] as const)
  const items: (readonly [string, string])[] = [
    ['', words.allRecords[language]],
    ...state.items.map(
      ({ item }) => [String(item), fill(words.record, language, { item })] as const,
    ),
  ]
  const value = (name: string) => form.get(name) ?? ''
  const who = { name: 'tester', label: words.tester[language], value: value('tester') }
  const which = { name: 'item', label: words.which[language], value: value('item') }
  const fields = html`${selectField({ ...who, options: testers })}
${selectField({ ...which, options: items })}
${radioFields({
  name: 'answer',
  label: words.said[language],
  value: form.get('answer') ?? '',
  fault: faultOf(faults, 'answer'),
  options: [
    ['ok', words.ok[language]],
    ['problem', words.problem[language]],
  ],
})}
${textArea({
  ...{ name: 'note', label: words.note[language], hint: words.noteHint[language] },
  ...{ value: value('note'), rows: 2, fault: faultOf(faults, 'note') },
  attributes: { maxlength: NOTE_LENGTH },
})}
${button(words.writeDown[language], { tone: 'secondary' })}`
  const isOpen = faults.some(({ field }) => field === 'answer' || field === 'note')
  return html`<details class="more"${isOpen ? html` open` : null}><summary>${words.voice[language]}</summary>
${postForm(visit, visit.to(`/flows/${flow.id}/test/answers`), fields)}</details>`
}

/** Which records, to whom, how it looks; then it is sent. */
async function sendForm(
  visit: Visit,
  flow: ShownFlow,
  isAgain: boolean,
  faults: readonly Fault[],
): Promise<Html> {
  const { language, app, form, place, query } = visit
  const wish = wishOf(visit, flow)
  const texts = await app.desk.flowTexts.tests(flow.id, wish)
  const owner = app.config.institutions.find(({ id }) => id === place.id)
  const testers = owner?.testers ?? []
  const title = (isAgain ? words.again : words.prepare)[language]
  if (testers.length === 0) {
    return html`<h2 class="h4">${title}</h2>${callout('warning', null, words.noTesters[language])}`
  }
  const chosen = form.getAll('testers')
  const rows = testers.map(({ name, email }, index) =>
    checkField({
      name: 'testers',
      label: email === undefined ? `${name} ${words.noLink[language]}` : name,
      value: name,
      checked: chosen.length === 0 || chosen.includes(name),
      id: `testers-${index}`,
    }),
  )
  const figures = { messages: texts.length, testers: testers.length }
  const fault = faultOf(faults, 'testers')
  const wrong = fault ? html`<span class="fault" id="testers-fault">${fault}</span>` : null
  const noAnswers = checkField({
    ...{ name: 'noAnswers', label: words.noAnswers[language] },
    checked: form.get('noAnswers') === 'on',
  })
  const isMute = testers.every(({ email }) => email === undefined)
  const shown =
    visit.may('reveal', flow.service) && (query.get('phones') === 'on' || faults.length > 0)
  if (shown && texts.length > 0) {
    const act = { verb: 'revealed texts', subject: `flow/${flow.id}` }
    await app.store.acts.add(place.id, { ...visit.asked(null), ...act }, visit.now)
  }
  return html`<h2 class="h4">${title}</h2>
<h3 class="h5">1. ${words.chooseRecords[language]}</h3>
${chooseForm(visit, flow, wish, shown)}
${sampleTable(visit, texts)}
${shown ? phones(visit, flow, texts) : null}
${postForm(
  visit,
  visit.to(`/flows/${flow.id}/test`),
  html`<input type="hidden" name="random" value="${wish.random}">
<input type="hidden" name="seed" value="${wish.seed}">
<fieldset class="field" id="testers"><legend>2. ${words.chooseTesters[language]}</legend>${wrong}
${rows}</fieldset>
${isMute ? noAnswers : null}
<p>3. ${words.explains[language]}</p>
<div class="actions">${button(fill(words.send, language, figures))}</div>`,
)}`
}

type Voiced = Parameters<Visit['app']['flows']['writeTestAnswer']>[1]
/** Which records, and whether they are shown. */
function chooseForm(
  visit: Visit,
  flow: ShownFlow,
  { random, seed }: { random: number; seed: string },
  isShown: boolean,
): Html {
  const { language } = visit
  const phoneBox = checkField({
    ...{ name: 'phones', label: words.phones[language], hint: words.logged[language] },
    checked: isShown,
  })
  return getForm(
    visit.to(`/flows/${flow.id}/test`),
    html`${textField({
      ...{ name: 'random', label: words.random[language], type: 'number', value: String(random) },
      attributes: { min: 0, max: MOST_SAMPLED },
    })}
${textField({
  ...{ name: 'seed', label: words.seed[language], hint: words.seedHint[language], value: seed },
  attributes: { maxlength: SEED_LENGTH },
})}
${visit.may('reveal', flow.service) ? phoneBox : null}
<div class="actions">${button(words.show[language], { tone: 'secondary' })}</div>`,
  )
}

type Texts = Awaited<ReturnType<Visit['app']['desk']['flowTexts']['tests']>>

function sampleTable({ language }: Visit, texts: Texts): Html {
  const rows = texts.map(({ item, line, reasons, template, payloads }) => {
    const content = payloads.it?.content
    const why = reasonTexts(reasons, language)
    if (template > 0) why.push(fill(words.reminder, language, { template }))
    return {
      href: null,
      cells: [item, line ?? '–', why.join(', '), content?.markdown.length ?? 0] as Piece[],
    }
  })
  const columns = words.sampleColumns[language].map((title, index) => ({
    title,
    isNumber: index === 1 || index === 3,
  }))
  const caption = words.sample[language]
  return listTable({ caption, columns, rows, empty: words.nothingLeft[language] })
}

function wishOf({ query, form }: Visit, flow: ShownFlow): { random: number; seed: string } {
  const typed = form.get('random') ?? query.get('random') ?? ''
  const random = /^\d{1,2}$/.test(typed) ? Math.min(Number(typed), MOST_SAMPLED) : RANDOM_SAMPLED
  const seed = (form.get('seed') ?? query.get('seed') ?? '').trim().slice(0, SEED_LENGTH)
  return { random, seed: seed || String(flow.id) }
}

async function send(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'prepare')
  if (flow === null) return missing
  const { language, app, form, place } = visit
  const owner = app.config.institutions.find(({ id }) => id === place.id)
  const known = new Set(owner?.testers.map(({ name }) => name))
  const testers = form.getAll('testers').filter((name) => known.has(name))
  if (testers.length === 0 && known.size > 0) {
    return page(visit, flow, [{ field: 'testers', text: words.chooseOne[language] }])
  }
  const noAnswers = form.get('noAnswers') === 'on'
  const wish = { ...wishOf(visit, flow), testers, noAnswers }
  const decided = await app.flows.sendTest(flow.id, visit.asked(null), wish)
  if (decided.kind === 'refused') {
    const text = refusedText(flow.id, decided, language)
    return page(visit, flow, [{ field: 'testers', text }])
  }
  const figures = { messages: decided.messages, testers: decided.testers.join(', ') }
  const said = fill(words.sent, language, figures)
  return { kind: 'redirect', to: visit.to(`/flows/${flow.id}/test`), said }
}

async function writeDown(visit: Visit): Promise<Answer> {
  const flow = await findFlow(visit, 'prepare')
  if (flow === null) return missing
  const { language, app, form } = visit
  const faults: Fault[] = []
  const answer = form.get('answer')
  const note = form.get('note')?.trim().slice(0, NOTE_LENGTH) ?? ''
  if (answer !== 'ok' && answer !== 'problem') {
    faults.push({ field: 'answer', text: words.noSaid[language] })
  }
  if (note === '') faults.push({ field: 'note', text: words.noNote[language] })
  if ((answer !== 'ok' && answer !== 'problem') || faults.length > 0) {
    return page(visit, flow, faults)
  }
  const said: Voiced = {
    tester: form.get('tester') ?? '',
    answer,
    item: numberOf(form.get('item')),
    asked: visit.asked(note),
  }
  const decided = await app.flows.writeTestAnswer(flow.id, said)
  const to = visit.to(`/flows/${flow.id}/test`)
  if (decided.kind === 'refused') {
    return page(visit, flow, [{ field: null, text: refusedText(flow.id, decided, language) }])
  }
  return { kind: 'redirect', to, said: fill(words.written, language, { ...decided.counts }) }
}
