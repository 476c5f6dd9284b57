// Commands that need neither database nor network, in this process, on any configuration folder: a
// start takes longer than most of what they do. One way through each of them runs as people do,
// with `run-command.ts`.
import { parseArgs } from 'node:util'
import { type Command, type CommandContext, UsageError } from '../../src/cli/command.ts'
import { loadCommand } from '../../src/cli/commands.ts'
import { formatProblems } from '../../src/config/format.ts'
import type { Problem } from '../../src/domain/problem.ts'
import { readConfig } from '../../src/offline.ts'
import { draftMapping, writeDraft } from '../../src/workbench/drafting.ts'
import { fitMapping } from '../../src/workbench/fitting.ts'
import { importGovio } from '../../src/workbench/importing.ts'
import { mutateMappings } from '../../src/workbench/mutating.ts'
import { previewFile } from '../../src/workbench/previewing.ts'
import * as scaffolding from '../../src/workbench/scaffolding.ts'
import { runCases } from '../../src/workbench/testing.ts'
import type { Ran } from './run-command.ts'

const offline = {
  ...{ previewFile, runCases, mutateMappings, draftMapping, importGovio, fitMapping, writeDraft },
  scaffolding: async () => scaffolding,
}

/** `staffetta NAME ARGS… --config FOLDER`; wrong usage ends with 2, as in `main.ts`. */
export async function callOffline(
  configDirectory: string,
  [name = '', ...args]: readonly string[],
): Promise<Ran> {
  const command = await loadCommand(name)
  const [out, err]: [string[], string[]] = [[], []]
  const context = {
    configDirectory,
    color: false,
    stop: new AbortController().signal,
    out: async (text: string) => void out.push(text),
    note: (text: string) => void err.push(text),
    readConfig: () => readConfig(configDirectory),
    offline,
    problemsText: (problems: readonly Problem[]) => formatProblems(problems, { color: false }),
    errorsText: (problems: readonly Problem[]) => errorsText(problems),
  } as Partial<CommandContext> as CommandContext
  const code = await ended(command, args, context).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error
    err.push(error.message)
    return 2
  })
  return { code, out: out.join(''), err: err.join('') }
}

async function ended(command: Command, args: string[], context: CommandContext): Promise<number> {
  const flag = { type: 'boolean' } as const
  const options = { json: flag, verbose: flag, ...command.options }
  const given = parseArgs({ args, options, allowPositionals: true })
  return await command.run(given, { ...context, json: given.values['json'] === true })
}

function errorsText(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error')
  return formatProblems(errors, { color: false })
}
