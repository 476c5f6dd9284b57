// `staffetta flows leave-out`: what a finding concerns does not leave, and the harmless rest may.
// Its records count as cancelled; corrected by their source, they come again as new messages.
import { findingText } from '../domain/release-words.ts'
import { fill, type Words } from '../domain/words.ts'
import type { App } from './command.ts'
import { confirmed } from './confirm.ts'
import { ledWords } from './flow-check.ts'
import { askedBy, tellDecided } from './flow-decided.ts'
import { checkOption } from './flow-override.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { becauseOption } from './note.ts'
import { withProgress } from './progress.ts'
import { formatCount } from './table.ts'

export const leaveOut: FlowVerb = {
  name: 'leave-out',
  help: `  leave-out FLOW  cancels the messages that a finding concerns, and looks at the rest: the harmless
                 ones may go. Says how many, and asks. Who does it is one of its preparers
    --check CODE    which: FLOW_PAST_DUE, as \`flows check\` shows it
    --because TEXT  why, kept in its history; no person's data
    --yes           do not ask`,
  options: {
    check: { type: 'string' },
    because: { type: 'string' },
    yes: { type: 'boolean' },
  },
  read(given) {
    const said = { code: checkOption(given), note: becauseOption(given) }
    const isAgreed = given.values['yes'] === true
    return async (app, id, context) => {
      const asked = await askedBy('operator', app, id, said.note, context.language)
      if (!isAgreed && !(await agrees(app, id, said.code, context))) {
        context.note(`${fill(nothing, context.language, { flow: id })}\n`)
        return 1
      }
      const decided = await withProgress('left out', (onProgress) =>
        app.flows.leaveOut(id, { ...said, ...asked, onProgress }),
      )
      return tellDecided(id, decided, tell, context)
    }
  },
}

/** Shows what the finding says now; true also where there is none, which the refusal tells. */
async function agrees(
  app: App,
  id: number,
  code: string,
  { language, note }: FlowContext,
): Promise<boolean> {
  const checked = await app.flows.check(id)
  if (checked.kind === 'refused') return true
  const finding = checked.report.findings.find((one) => one.code === code)
  if (finding === undefined || finding.level !== 'blocking' || finding.messages === null)
    return true
  note(`${findingText(finding, language)}\n`)
  const { messages } = finding
  const asked = fill(question, language, { flow: id, messages: formatCount(messages) })
  return confirmed(asked, String(messages), '--yes', language)
}

type Done = Omit<Extract<Awaited<ReturnType<App['flows']['leaveOut']>>, { kind: 'done' }>, 'kind'>

function tell({ leftOut, led, report }: Done) {
  const { messages } = report.facts
  const follows = messages === 0 ? ledWords.empty : ledWords[led]
  const words: Words = { it: `${left.it} ${follows.it}`, en: `${left.en} ${follows.en}` }
  return { words, figures: { messages: formatCount(leftOut), rest: formatCount(messages) } }
}

const question: Words = {
  it: 'Flusso {flow}: {messages} messaggi non partiranno.',
  en: 'Flow {flow}: {messages} messages will not leave.',
}
const nothing: Words = { it: 'Il flusso {flow} è come prima.', en: 'Flow {flow} is as it was.' }
const left: Words = {
  it: 'Lasciati fuori {messages} messaggi; ne restano {rest}.',
  en: '{messages} messages are left out; {rest} remain.',
}
