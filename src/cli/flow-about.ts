// How a flow is called, in the language of who looks: its state, what it is about where that is
// another flow (it tests, corrects or replaces it, and both name the other), and why it has
// suspended itself.
import type { Braked } from '../domain/brake.ts'
import { brakedRemedy, brakedText } from '../domain/brake-words.ts'
import { type FlowOrigin, flowReasonWords, flowStateWords } from '../domain/flow.ts'
import type { MessageState } from '../domain/message.ts'
import type { CheckFinding } from '../domain/release-check.ts'
import { findingText, remedyText } from '../domain/release-words.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { formatCount, printable } from './table.ts'

type FlowRow = Awaited<ReturnType<App['store']['flows']['get']>>

type AboutAnother = Extract<FlowOrigin, 'test' | 'errata' | 'replay' | 'correction'>

const subjects: Record<AboutAnother, Words> = {
  correction: { it: 'righe corrette del flusso {flow}', en: 'corrected records of flow {flow}' },
  errata: { it: 'errata corrige del flusso {flow}', en: 'errata of flow {flow}' },
  replay: { it: 'il file del flusso {flow}, di nuovo', en: 'the file of flow {flow} again' },
  test: { it: 'prova del flusso {flow}', en: 'test of flow {flow}' },
}

const followers: Record<AboutAnother, Words> = {
  correction: {
    it: 'Righe corrette nel flusso {flow}: {state}.',
    en: 'Corrected records in flow {flow}: {state}.',
  },
  errata: { it: 'Corretto dal flusso {flow}: {state}.', en: 'Corrected by flow {flow}: {state}.' },
  replay: { it: 'Sostituito dal flusso {flow}: {state}.', en: 'Replaced by flow {flow}: {state}.' },
  test: { it: 'Provato con il flusso {flow}: {state}.', en: 'Tested by flow {flow}: {state}.' },
}

const stillToCome: Words = {
  it: 'ATTENZIONE: ha un’errata, e {reminders} suoi promemoria partono ancora: `staffetta flows stop {flow}` li ferma.',
  en: 'NOTE: it has an errata, and {reminders} reminders of it still leave: `staffetta flows stop {flow}` stops them.',
}

function isAbout(origin: FlowOrigin): origin is AboutAnother {
  return Object.hasOwn(subjects, origin)
}

/** `In invio · sospeso`, `Sending · suspended`. */
export function stateText(
  { state, reason }: Pick<FlowRow, 'state' | 'reason'>,
  language: StaffLanguage,
): string {
  const label = reason === null ? '' : ` · ${flowReasonWords[reason][language]}`
  return flowStateWords[state][language] + label
}

/** `errata of flow 7`; empty of a flow that is about no other. */
export function subjectText(
  { origin, aboutFlowId }: Pick<FlowRow, 'origin' | 'aboutFlowId'>,
  language: StaffLanguage,
): string {
  if (!isAbout(origin)) return ''
  return fill(subjects[origin], language, { flow: aboutFlowId })
}

/** What a flow came of: another flow, a file, or what its origin says. */
export function sourceText(flow: FlowRow, language: StaffLanguage): string {
  return subjectText(flow, language) || (flow.dropKey ?? flow.origin)
}

/** A line for each flow that is about this one, and what that leaves undone. */
export async function aboutText(
  { store }: App,
  flow: FlowRow,
  { waiting = 0, held = 0 }: Partial<Record<MessageState, number>>,
  language: StaffLanguage,
): Promise<string> {
  const remindersLeft = waiting + held
  const related = await store.flowRelations.of(flow.id)
  const about = related.filter(({ isSubject }) => !isSubject)
  const lines = about.flatMap(({ id, origin, state, reason }) => {
    if (!isAbout(origin)) return []
    const words = { flow: id, state: stateText({ state, reason }, language) }
    return [fill(followers[origin], language, words)]
  })
  const isCorrected = about.some(({ origin }) => origin === 'errata')
  if (isCorrected && remindersLeft > 0) {
    const figures = { flow: flow.id, reminders: formatCount(remindersLeft) }
    lines.push(fill(stillToCome, language, figures))
  }
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

interface Problem {
  code: string
  detail: string
  remedy: string
  braked?: Braked
  findings?: readonly CheckFinding[]
}

/** Why a flow does not go on, and what to do. */
export function problemText(
  flowId: number,
  { code, detail, remedy, braked, findings }: Problem,
  language: StaffLanguage,
): string {
  const [worst] = findings ?? []
  if (findings && worst) {
    const said = findings.map((finding) => findingText(finding, language)).join(' ')
    return `${code}: ${printable(said)}\n    ${remedyText(worst, flowId, language)}`
  }
  if (braked === undefined) return `${code}: ${printable(detail)}\n    ${printable(remedy)}`
  return `${code}: ${brakedText(braked, language)}\n    ${brakedRemedy(braked, flowId, language)}`
}
