// `staffetta flows approve`: lets a flow go that was kept back for its amounts. The person names
// the total as they have read it at the source, never as Staffetta shows it, and says why.
import { flowReasonLabels, flowStateLabels } from '../domain/flow.ts'
import { readEuro } from '../domain/money.ts'
import { actorAs } from './actor.ts'
import { type App, type CommandContext, type Given, textOption, UsageError } from './command.ts'
import { becauseOption } from './note.ts'

export const approveHelp = `
  approve FLOW   lets a flow go that was kept back because its amounts are far from those of the
                 emission before. Both are asked for, and kept in its history:
    --total EUROS   the sum of its payments, as the office that issued them says: 14.500,00
    --because TEXT  why the amounts are right; no person's data`

export const approveOptions = {
  total: { type: 'string' },
  because: { type: 'string' },
} as const

/** What was typed, checked before anything is opened. Throws `UsageError`. */
export function approvalOf(given: Given): { totalCents: number; note: string } {
  const total = textOption(given, 'total')
  if (total === null) throw new UsageError('say the total that the office knows: --total 14.500,00')
  const read = readEuro(total, 'comma')
  if (read.kind === 'bad') {
    throw new UsageError(`--total "${total}" is no amount with its cents, such as 14.500,00`)
  }
  return { totalCents: read.cents, note: becauseOption(given) }
}

/** Lets the flow go, or says why not. */
export async function approve(
  app: App,
  id: number,
  said: { totalCents: number; note: string },
  context: CommandContext,
): Promise<number> {
  const { institution } = await app.store.flows.get(id)
  const actor = actorAs('approver', app.config, institution)
  const confirmed = await app.confirm(id, { ...said, actor, origin: 'cli' })
  if (context.json) context.out(`${JSON.stringify({ flow: id, ...confirmed })}\n`)
  if (confirmed.kind === 'approved') {
    if (!context.json) context.out(`Flow ${id} may go; its history says who let it, and why.\n`)
    return 0
  }
  context.note(whyNot(id, confirmed))
  return 1
}

function whyNot(
  id: number,
  confirmed: Exclude<Awaited<ReturnType<App['confirm']>>, { kind: 'approved' }>,
): string {
  if (confirmed.kind === 'other-total') {
    return `Flow ${id} has another total: nothing was approved. Compare the file with its office.\n`
  }
  const { state, reason } = confirmed
  const label = reason === null ? '' : ` · ${flowReasonLabels[reason]}`
  return `Flow ${id} waits for no confirmation: it is ${flowStateLabels[state]}${label}.\n`
}
