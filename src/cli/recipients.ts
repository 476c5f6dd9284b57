// `staffetta recipients`: the people whom an institution does not write to, on their own wish or
// its decision. Codes come from standard input or a file, never as arguments, and are shown masked.
import { maskFiscalCode } from '../domain/fiscal-code.ts'
import { actorAs } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  type Given,
  textOption,
  UsageError,
  withApp,
  zoneOf,
} from './command.ts'
import { institutionsNamed } from './find-feed.ts'
import { readCodes } from './fiscal-codes.ts'
import { becauseOption } from './note.ts'
import { listLimit } from './number.ts'
import { formatCount, formatLocal, formatNumber, formatTable } from './table.ts'

export const command: Command = {
  usage: 'list | block -|FILE | unblock -|FILE',
  summary: 'whom an institution does not write to',
  help: `
  recipients list            whom nobody writes to, since when and why; fiscal codes are masked
    --limit N (default 50)
  recipients block -|FILE    from now on nothing leaves for these people: what waits is cancelled,
                             and what later files bring is accounted for as cancelled
  recipients unblock -|FILE  write to them again. What was cancelled meanwhile is not sent any more

FILE has a fiscal code a line; - reads them from standard input, or lets one be typed, unseen.
With a wrong line nothing is done.

  --institution NAME   whose list; may be left out where there is one institution
  --because TEXT       why, kept with the decision; no person's data

What is on its way at this moment still arrives.

Example: staffetta recipients block - --because "richiesta prot. 123/2026"`,
  options: {
    institution: { type: 'string' },
    because: { type: 'string' },
    limit: { type: 'string' },
  },
  async run(given, context) {
    return withApp(context, await workOf(given, context))
  },
}

async function workOf(
  given: Given,
  context: CommandContext,
): Promise<(app: App) => Promise<number>> {
  const [verb, source, extra] = given.positionals
  if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
  if (verb === 'list' && source === undefined) {
    const limit = listLimit(given)
    return (app) => list(app, textOption(given, 'institution'), limit, context)
  }
  if ((verb === 'block' || verb === 'unblock') && source !== undefined) {
    const note = becauseOption(given)
    const codes = await readCodes(source)
    return (app) => change(app, verb, { given, codes, note }, context)
  }
  throw new UsageError(
    'say what: `recipients list`, `recipients block -` or `recipients unblock -`',
  )
}

async function list(
  app: App,
  institution: string | null,
  limit: number,
  context: CommandContext,
): Promise<number> {
  institutionsNamed(app.config, institution)
  const { all, first } = await app.store.doNotContact.list(institution, limit)
  const shown = first.map(({ fiscalCode, ...one }) => ({
    recipient: maskFiscalCode(fiscalCode),
    ...one,
  }))
  if (context.json) {
    await context.out(`${JSON.stringify({ all, recipients: shown }, null, 2)}\n`)
    return 0
  }
  if (all === 0) {
    context.out('Nobody is on the list.\n')
    return 0
  }
  const titles = ['recipient', 'institution', 'since', 'by', 'because']
  await context.out(
    formatTable(
      titles.map((title) => ({ title })),
      shown.map((one) => [
        ...[
          one.recipient,
          one.institution,
          formatLocal(one.since, zoneOf(app.config, one.institution)),
          one.actor,
          one.because,
        ],
      ]),
    ),
  )
  if (all > shown.length) context.out(`… ${formatCount(all)} in all: --limit N shows more.\n`)
  return 0
}

interface Change {
  given: Given
  codes: string[]
  note: string
}

async function change(
  app: App,
  verb: 'block' | 'unblock',
  { given, codes, note }: Change,
  context: CommandContext,
): Promise<number> {
  const institution = institutionOf(app, textOption(given, 'institution'))
  const actor = actorAs('operator', app.config, institution)
  const act = { actor, origin: 'cli', note }
  const now = Temporal.Now.instant()
  const people = (n: number) => formatNumber(n, 'recipient')
  const { doNotContact } = app.store
  if (verb === 'block') {
    const { added, messages } = await doNotContact.block(institution, codes, act, now)
    const known = codes.length - added
    if (context.json) context.out(`${JSON.stringify({ added, known, messages })}\n`)
    else {
      const before = known > 0 ? ` ${formatCount(known)} stood on the list before.` : ''
      const silenced = messages > 0 ? ` ${formatNumber(messages, 'message')} will not leave.` : ''
      context.out(`${people(added)} of ${institution} blocked.${before}${silenced}\n`)
    }
    return 0
  }
  const removed = await doNotContact.unblock(institution, codes, act, now)
  const unknown = codes.length - removed
  if (context.json) context.out(`${JSON.stringify({ removed, unknown })}\n`)
  else {
    const rest = unknown > 0 ? ` ${formatCount(unknown)} did not stand on the list.` : ''
    context.out(`${people(removed)} of ${institution} unblocked.${rest}\n`)
  }
  return 0
}

function institutionOf(app: App, typed: string | null): string {
  const names = institutionsNamed(app.config, typed).map(({ id }) => id)
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  throw new UsageError(`say whose list: --institution ${names.join(', --institution ')}`)
}
