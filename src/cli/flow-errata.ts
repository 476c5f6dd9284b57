// `staffetta flows errata`: a flow that corrects another, to exactly those whom it has reached. It
// shows to whom and what before it asks, since neither of the two can be taken back.
import { maskFiscalCode } from '../domain/fiscal-code.ts'
import { fill, type Words } from '../domain/words.ts'
import { type App, type Given, textOption, UsageError } from './command.ts'
import { confirmed } from './confirm.ts'
import { askedBy, tellDecided, tellRefused } from './flow-decided.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { becauseOption } from './note.ts'
import { withProgress } from './progress.ts'
import { formatCount, printable } from './table.ts'

export const errata: FlowVerb = {
  name: 'errata',
  help: `  errata FLOW    prepares a flow that corrects this one: “Errata corrige: …” to exactly those whom it
                 has reached, with its checks, its test and its approval. Says whom and what, then asks
    --text FILE     its text, as YAML: \`markdown:\` by language, and \`subject:\` where the title is to
                    be another; the fields are those that the notices keep, as they are now
    --because TEXT  what was wrong, kept in the history of both; no person's data
    --preview       shows it and makes nothing    --yes   do not ask`,
  options: {
    text: { type: 'string' },
    because: { type: 'string' },
    preview: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  read(given) {
    const said = errataOf(given)
    return (app, id, context) => prepare(app, id, said, context)
  },
}

interface Said {
  path: string
  /** Null: only a preview. */
  note: string | null
  isAsked: boolean
}

/** What was typed, checked before anything is opened. Throws `UsageError`. */
function errataOf(given: Given): Said {
  const path = textOption(given, 'text')
  if (path === null) throw new UsageError('say what it tells: --text FILE')
  const isPreview = given.values['preview'] === true
  const note = isPreview ? null : becauseOption(given)
  return { path, note, isAsked: given.values['yes'] !== true }
}

async function prepare(
  app: App,
  id: number,
  { path, note, isAsked }: Said,
  context: FlowContext,
): Promise<number> {
  const asked = await askedBy('operator', app, id, note, context.language)
  const seen = await withProgress('texts written', (onProgress) =>
    app.flows.previewErrata(id, { path }, onProgress),
  )
  if (seen.kind === 'wrong-text') {
    if (context.json) context.out(`${JSON.stringify({ flow: id, ...seen }, null, 2)}\n`)
    context.note(context.problemsText(seen.problems))
    return 78
  }
  if (seen.kind === 'refused') return tellRefused(id, seen, context)
  if (note === null && context.json) {
    context.out(`${JSON.stringify({ flow: id, ...masked(seen) }, null, 2)}\n`)
    return 0
  }
  if (note === null || !context.json) {
    const show = note === null ? context.out : context.note
    if (seen.problems.length > 0) context.note(context.problemsText(seen.problems))
    await show(previewText(id, seen, context))
  }
  if (note === null) return 0
  const question = fill(words.question, context.language, figuresOf(id, seen))
  const confirm = () => confirmed(question, String(seen.messages), '--yes', context.language)
  if (seen.messages === 0 || (isAsked && !(await confirm()))) {
    context.note(`${fill(words.nothing, context.language, { flow: id })}\n`)
    return 1
  }
  const made = await withProgress('messages made', (onProgress) =>
    app.flows.errata(id, { path }, seen, asked, onProgress),
  )
  if (made.kind === 'wrong-text') {
    context.note(context.problemsText(made.problems))
    return 78
  }
  return tellDecided(
    id,
    made,
    ({ flowId, messages }) => ({ words: words.made, figures: { errata: flowId, messages } }),
    context,
  )
}

type Preview = Extract<Awaited<ReturnType<App['flows']['previewErrata']>>, { kind: 'done' }>

function masked({ samples, ...preview }: Preview) {
  const shown = samples.map(({ fiscal_code: code, ...message }) => ({
    fiscal_code: maskFiscalCode(code),
    ...message,
  }))
  return { ...preview, samples: shown }
}

function figuresOf(flow: number, seen: Preview) {
  const { messages, reached, refused, waiting, reminders, uncertain, errata: earlier } = seen
  return {
    ...{ flow, messages: formatCount(messages), reached: formatCount(reached) },
    ...{ refused: formatCount(refused), waiting: formatCount(waiting) },
    ...{ reminders: formatCount(reminders), uncertain: formatCount(uncertain.count) },
    first: uncertain.first.join(' '),
    earlier: earlier.join(', '),
    languages: seen.languages.join(', '),
    ...{ longest: formatCount(seen.longest), title: formatCount(seen.longestTitle) },
  }
}

/** To whom, what is left out and why, what else still leaves, and the first texts. */
function previewText(flow: number, seen: Preview, { language }: FlowContext): string {
  const figures = figuresOf(flow, seen)
  const say = (text: Words) => `${fill(text, language, figures)}\n`
  const lines = [
    say(words.reach),
    ...(seen.refused > 0 ? [say(words.refused)] : []),
    ...(seen.uncertain.count > 0 ? [say(words.uncertain)] : []),
    ...(seen.waiting > 0 ? [say(words.waiting)] : []),
    ...(seen.reminders > 0 ? [say(words.reminders)] : []),
    ...(seen.errata.length > 0 ? [say(words.again)] : []),
    say(words.lengths),
    ...seen.refusals.map(({ code, field, detail }) => `\n${code} ${field ?? ''}\n    ${detail}\n`),
    ...seen.samples.map(({ fiscal_code: code, content }) => {
      const title = `${maskFiscalCode(code)}  ${printable(content.subject)}`
      return `\n${title}\n${indented(content.markdown)}\n`
    }),
  ]
  return `${lines.join('')}\n`
}

function indented(text: string): string {
  const lines = text.trim().split('\n')
  return lines.map((line) => `    ${printable(line)}`).join('\n')
}

const words = {
  reach: {
    it: 'Flusso {flow}: {reached} comunicazioni arrivate a IO, {messages} messaggi di errata.',
    en: 'Flow {flow}: {reached} notices were told, {messages} messages of errata.',
  },
  refused: {
    it: 'Per {refused} il testo non si può scrivere: restano fuori.',
    en: 'For {refused} the text cannot be written: they are left out.',
  },
  uncertain: {
    it: '{uncertain} con esito incerto restano fuori finché non è deciso: messaggi {first} (`staffetta resolve`).',
    en: '{uncertain} with an unknown outcome are left out until that is decided: messages {first} (`staffetta resolve`).',
  },
  waiting: {
    it: '{waiting} messaggi del flusso possono ancora partire, e chi li riceve poi non avrà l’errata: prima `staffetta flows stop {flow}`.',
    en: '{waiting} messages of the flow may still leave, and who gets them later gets no errata: first `staffetta flows stop {flow}`.',
  },
  reminders: {
    it: '{reminders} suoi promemoria partiranno ancora, con il testo di prima: `staffetta flows stop {flow}` li ferma.',
    en: '{reminders} reminders of it still leave, with the text of before: `staffetta flows stop {flow}` stops them.',
  },
  again: {
    it: 'ATTENZIONE: ha già un’errata, il flusso {earlier}: chi l’ha ricevuta ne avrà un’altra.',
    en: 'NOTE: it has an errata already, flow {earlier}: who has had that gets another.',
  },
  lengths: {
    it: 'Lingue: {languages}. Il testo più lungo è di {longest} caratteri, il titolo di {title}.',
    en: 'Languages: {languages}. The longest text has {longest} characters, the title {title}.',
  },
  question: {
    it: 'Preparare l’errata del flusso {flow}: {messages} messaggi?',
    en: 'Prepare the errata of flow {flow}: {messages} messages?',
  },
  nothing: {
    it: 'Nessuna errata del flusso {flow} è stata preparata.',
    en: 'No errata of flow {flow} was made.',
  },
  made: {
    it: 'L’errata del flusso {flow} è il flusso {errata}: {messages} messaggi, che partono dopo i suoi controlli e la sua approvazione. `staffetta flows show {errata}`',
    en: 'The errata of flow {flow} is flow {errata}: {messages} messages, which leave after its checks and its approval. `staffetta flows show {errata}`',
  },
} satisfies Record<string, Words>
