// How the command line has a person decide something of a flow: who they are, and what became of
// it, the same for every verb. What was refused goes to standard error, and ends with 1.
import type { Asked, Decided, RefusedDecision } from '../domain/decision.ts'
import { refusalText } from '../domain/decision-words.ts'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import { actorAs, type Role } from './actor.ts'
import type { App, Given } from './command.ts'
import type { FlowContext, FlowVerb } from './flow-verb.ts'

/** The user of this system, who asks. Throws unless they have at least this role for the flow. */
export async function askedBy<Note extends string | null>(
  least: Role,
  app: App,
  flow: number,
  note: Note,
  language: StaffLanguage,
): Promise<Asked & { note: Note }> {
  const { institution } = await app.store.flows.get(flow)
  return { actor: actorAs(least, app.config, institution, language), origin: 'cli', note }
}

/** A verb by which an operator decides one thing, with `--because` and nothing else. */
export function plainVerb<Done extends object>(verb: {
  name: string
  help: string
  /** `reasonOption`, or `becauseOption` where it is not done without a reason. */
  note(given: Given): string | null
  decide(app: App, flow: number, asked: Asked): Promise<Decided<Done>>
  done(done: Done): Words
}): FlowVerb {
  const { name, help, decide } = verb
  return {
    name,
    help,
    options: { because: { type: 'string' } },
    read(given) {
      const note = verb.note(given)
      return async (app, id, context) => {
        const decided = await decide(
          app,
          id,
          await askedBy('operator', app, id, note, context.language),
        )
        return tellDecided(id, decided, (one) => ({ words: verb.done(one), figures: {} }), context)
      }
    },
  }
}

/** Says it, in the language of who asked, or as JSON; answers the exit code. */
export function tellDecided<Done extends object>(
  flow: number,
  decided: Decided<Done>,
  done: (done: Done) => { words: Words; figures: Record<string, string | number | null> },
  context: FlowContext,
): number {
  if (decided.kind === 'refused') return tellRefused(flow, decided, context)
  if (context.json) context.out(`${JSON.stringify({ flow, ...decided })}\n`)
  const { words, figures } = done(decided)
  if (!context.json) context.out(`${fill(words, context.language, { flow, ...figures })}\n`)
  return 0
}

/** Why not, in the language of who asked, or as JSON too; answers the exit code. */
export function tellRefused(flow: number, refused: RefusedDecision, context: FlowContext): number {
  if (context.json) context.out(`${JSON.stringify({ flow, ...refused })}\n`)
  context.note(`${refusalText(flow, refused, context.language)}\n`)
  return 1
}
