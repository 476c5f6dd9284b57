// `staffetta flows redo`: the drop of a flow is mapped again with the mapping of now, as a flow of
// its own. What of the old one has not left never leaves; what was sent is not sent again.
import type { Words } from '../domain/words.ts'
import { fill } from '../domain/words.ts'
import type { App } from './command.ts'
import { askedBy, tellDecided, tellRefused } from './flow-decided.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { becauseOption } from './note.ts'
import { formatCount } from './table.ts'

export const redo: FlowVerb = {
  name: 'redo',
  help: `  redo FLOW      its drop mapped again with the mapping as it is now, as a new flow, with checks and
                 approval of its own. One that is leaving is stopped first. What was sent is a
                 duplicate there, unless it says something else now that matters
    --because TEXT  why, kept in the history of both; no person's data`,
  options: { because: { type: 'string' } },
  read(given) {
    const note = becauseOption(given)
    return async (app, id, context) => {
      const asked = await askedBy('operator', app, id, note, context.language)
      context.note(`${fill(reading, context.language, { flow: id })}\n`)
      const decided = await app.flows.redo(id, asked)
      if (decided.kind === 'refused') return tellRefused(id, decided, context)
      return tellRedone(app, id, decided, context)
    }
  },
}

type Redone = Extract<Awaited<ReturnType<App['flows']['redo']>>, { kind: 'done' }>

/** The new flow is looked at at once, so that who asked sees what became of it. */
async function tellRedone(
  app: App,
  id: number,
  decided: Redone,
  context: FlowContext,
): Promise<number> {
  const { flowId, mapped } = decided
  if (mapped.kind === 'mapped') await app.release(flowId)
  const figures = {
    ...{ new: flowId, cancelled: formatCount(decided.cancelled) },
    records: formatCount(mapped.kind === 'mapped' ? mapped.records : 0),
    problem: mapped.kind === 'failed' ? `${mapped.problem.code}: ${mapped.problem.detail}` : null,
  }
  const words = outcomes[mapped.kind]
  tellDecided(id, decided, () => ({ words, figures }), context)
  return mapped.kind === 'failed' ? 1 : 0
}

const reading = {
  it: 'Rilettura del file del flusso {flow} …',
  en: 'Reading the drop of flow {flow} again …',
}

const outcomes: Record<Redone['mapped']['kind'], Words> = {
  mapped: {
    it:
      'Il flusso {flow} è sostituito dal flusso {new}: {records} righe lette, {cancelled} ' +
      'messaggi del vecchio annullati. `staffetta flows show {new}` lo mostra.',
    en:
      'Flow {flow} is replaced by flow {new}: {records} records read, {cancelled} messages of ' +
      'the old one cancelled. `staffetta flows show {new}` shows it.',
  },
  waiting: {
    it: 'Il flusso {flow} è sostituito dal flusso {new}, che aspetta altri file o risposte.',
    en: 'Flow {flow} is replaced by flow {new}, which waits for other drops or for answers.',
  },
  failed: {
    it: 'Il flusso {flow} è sostituito dal flusso {new}, ma il file non si legge: {problem}',
    en: 'Flow {flow} is replaced by flow {new}, but its drop cannot be read: {problem}',
  },
  'done-already': {
    it: 'Il flusso {flow} è sostituito dal flusso {new}.',
    en: 'Flow {flow} is replaced by flow {new}.',
  },
}
