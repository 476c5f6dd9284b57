// Commands in this process, on an installation as it stands open: a start takes a second, and most
// of what a command says does not depend on it. What does (standard input and terminals, the zone
// of who looks, a configuration that has changed since) runs with `run-command.ts`.
import { parseArgs } from 'node:util'
import { type CommandContext, UsageError } from '../../src/cli/command.ts'
import { loadCommand } from '../../src/cli/commands.ts'
import type { Installation } from '../installation.ts'
import type { Ran } from './run-command.ts'

/** `staffetta NAME ARGS…`; wrong usage ends with 2, as in `main.ts`. */
export async function call(
  { app, playground }: Installation,
  [name = '', ...args]: readonly string[],
): Promise<Ran> {
  const command = await loadCommand(name)
  const options = { ...command.options, json: { type: 'boolean' } } as const
  const given = parseArgs({ args, options, allowPositionals: true })
  const [out, err]: [string[], string[]] = [[], []]
  const context = {
    configDirectory: playground.configDirectory,
    json: given.values['json'] === true,
    stop: new AbortController().signal,
    out: async (text: string) => void out.push(text),
    note: (text: string) => void err.push(text),
    openApp: async () => ({ ...app, close: async () => {} }),
  } as Partial<CommandContext> as CommandContext
  let code = 2
  try {
    code = await command.run(given, context)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    err.push(error.message)
  }
  return { code, out: out.join(''), err: err.join('') }
}
