// `staffetta flows stop`: nothing of the flow ever leaves again. It cannot be undone, so who stops
// it names how many messages that concerns, and says why.
import { fill } from '../domain/words.ts'
import type { App, Given } from './command.ts'
import { textOption, UsageError } from './command.ts'
import { confirmed } from './confirm.ts'
import { askedBy, tellDecided } from './flow-decided.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'
import { becauseOption } from './note.ts'
import { numberOf } from './number.ts'
import { formatCount } from './table.ts'

export const stop: FlowVerb = {
  name: 'stop',
  help: `  stop FLOW      nothing of it ever leaves again, its reminders neither: this cannot be undone. What is in
                 flight may still leave; what has left stays. It asks for the number of messages
    --because TEXT  why, kept in its history; no person's data
    --yes --messages N   do not ask: at most N messages are concerned, else nothing is done`,
  options: {
    because: { type: 'string' },
    messages: { type: 'string' },
    yes: { type: 'boolean' },
  },
  read(given) {
    const note = becauseOption(given)
    const typed = typedNumber(given)
    return async (app, id, context) => {
      const asked = await askedBy('approver', app, id, note, context.language)
      const atMost = typed ?? (await askNumber(app, id, context))
      if (atMost === null) {
        context.note(`${fill(nothing, context.language, { flow: id })}\n`)
        return 1
      }
      const decided = await app.flows.stop(id, { ...asked, atMost })
      return tellDecided(
        id,
        decided,
        ({ cancelled, inFlight }) => ({
          words: stopped,
          figures: { cancelled: formatCount(cancelled), inFlight: formatCount(inFlight) },
        }),
        context,
      )
    }
  },
}

function typedNumber(given: Given): number | null {
  const typed = textOption(given, 'messages')
  if (typed !== null) return typed === '0' ? 0 : numberOf(typed, 'a number for --messages')
  if (given.values['yes'] === true) {
    throw new UsageError('--yes goes with --messages N: how many messages never leave')
  }
  return null
}

/** The number that the person types; null: another, or none. */
async function askNumber(app: App, id: number, context: FlowContext): Promise<number | null> {
  const messages = await app.flows.left(id)
  // Nothing to lose: whether it can be stopped at all, it will say.
  if (messages === 0) return 0
  const asked = fill(question, context.language, { flow: id, messages })
  return (await confirmed(asked, String(messages), '--yes --messages N', context.language))
    ? messages
    : null
}

const question = {
  it: 'Flusso {flow}: {messages} messaggi non partiranno mai più, e non si torna indietro.',
  en: 'Flow {flow}: {messages} messages will never leave, and this cannot be undone.',
}

const nothing = {
  it: 'Il flusso {flow} è come prima.',
  en: 'Flow {flow} is as it was.',
}

const stopped = {
  it: 'Il flusso {flow} è interrotto: {cancelled} messaggi annullati, {inFlight} già in volo.',
  en: 'Flow {flow} is stopped: {cancelled} messages cancelled, {inFlight} in flight.',
}
