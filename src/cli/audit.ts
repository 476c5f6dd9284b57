// `staffetta audit`: whether what was done stands as it was written down. `verify` walks the
// chain over all acts and compares it with heads that were noted down elsewhere; `export` gives
// all of it.
import { breakText, canonicalJson, readHead, verdictText } from '../domain/act-chain.ts'
import { demandAdministrator, systemUser } from './actor.ts'
import {
  type App,
  type Command,
  type CommandContext,
  listOption,
  UsageError,
  withApp,
} from './command.ts'

export const command: Command = {
  usage: 'verify | export',
  summary: 'prove that nothing was changed in the acts, or take them away',
  help: `
Every act of a person or of the daemon is a row that nobody changes: the database refuses it, and a
chain of hashes shows it where somebody could all the same.

  verify    walks the chain: what was altered, removed, moved or put in past it. It compares the heads
            that are noted down in the database and in audit-heads.log of this data directory
  export    every act with its number and hash, oldest first, as JSON lines

  --head NUMBER:HASH   for verify: a head that was kept elsewhere, as the daily mail has it; may be
                       repeated
  --json               one JSON object

Example: staffetta audit verify --head 12408:3fa4…
Exit code 1 where the chain is broken.`,
  options: { head: { type: 'string', multiple: true } },
  async run(given, context) {
    const [verb, extra] = given.positionals
    if (extra !== undefined) throw new UsageError(`unexpected argument: ${extra}`)
    if (verb !== 'verify' && verb !== 'export') {
      throw new UsageError('audit wants `verify` or `export`')
    }
    const heads = listOption(given, 'head').map((text) => {
      const head = readHead(text)
      if (head === null) throw new UsageError(`--head wants NUMBER:HASH, not "${text}"`)
      return { ...head, at: null }
    })
    return withApp(context, (app) => {
      demandAdministrator(app.config, systemUser())
      return verb === 'verify' ? verify(app, heads, context) : exportAll(app, context)
    })
  },
}

type Heads = Parameters<App['desk']['auditing']['verify']>[0]

async function verify(app: App, heads: Heads, context: CommandContext): Promise<number> {
  const verdict = await app.desk.auditing.verify(heads)
  const code = verdict.broken === 0 ? 0 : 1
  if (context.json) {
    await context.out(`${JSON.stringify(verdict, null, 2)}\n`)
    return code
  }
  const { head, breaks, broken, waiting } = verdict
  const lines = [
    verdictText(verdict, 'en'),
    ...breaks.map((one) => `  ${breakText(one, 'en')}`),
    ...(broken > breaks.length ? [`  and ${broken - breaks.length} more`] : []),
    ...(waiting > 0 ? [`${waiting} acts of this moment are not in it yet`] : []),
    ...(head === null ? [] : [`Head: ${head.number}:${head.hash}`]),
    `Compared with ${verdict.heads} heads that were noted down`,
  ]
  await context.out(`${lines.join('\n')}\n`)
  return code
}

async function exportAll(app: App, context: CommandContext): Promise<number> {
  for await (const { hash, ...act } of app.desk.auditing.exported()) {
    if (context.stop.aborted) return 1
    const at = act.at === null ? null : String(act.at)
    await context.out(`${canonicalJson({ ...act, at, hash })}\n`)
  }
  return 0
}
