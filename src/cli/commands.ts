// The commands: each file of this folder that is not shared is one, loaded only when it is called.
// The help is made from them, so that it names exactly those that exist.
import { readdir } from 'node:fs/promises'
import type { Command } from './command.ts'

/** Files of this folder that are no commands; nor are those of `flows`, `flow-….ts`. */
const SHARED = [
  'actor',
  'branch-words',
  'campaign-preview',
  'campaign-words',
  'command',
  'commands',
  'confirm',
  'find-feed',
  'find-target',
  'fiscal-codes',
  'forecast',
  'letters',
  'mutation-words',
  'new-due',
  'new-fitted',
  'new-govio',
  'new-institution',
  'new-sample',
  'new-service',
  'note',
  'notice-text',
  'number',
  'progress',
  'readability',
  'record-text',
  'rehearsal-charts',
  'rehearsal-checks',
  'rehearsal-files',
  'rehearsal-page',
  'rehearsal-style',
  'rehearsal-words',
  'replay-text',
  'reporting',
  'rest',
  'sarif',
  'schedule-reasons',
  'schedule-skip',
  'schedule-text',
  'select-mappings',
  'stop-text',
  'table',
  'which-notices',
]

export async function commandNames(): Promise<string[]> {
  const files = await readdir(new URL('.', import.meta.url))
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !SHARED.includes(name) && !name.startsWith('flow-'))
    .sort()
}

/** Loads a command by its name. Throws when there is none. */
export async function loadCommand(name: string): Promise<Command> {
  const { href } = new URL(`./${name}.ts`, import.meta.url)
  const module = (await import(href)) as { command: Command }
  return module.command
}

/** `staffetta --help`. */
export async function generalHelp(): Promise<string> {
  const names = await commandNames()
  const lines = await Promise.all(
    names.map(async (name) => {
      const { usage, summary } = await loadCommand(name)
      const call = `  ${name} ${usage}`.trimEnd()
      // A long call has its summary on a line of its own, below those of the others.
      const gap = call.length < SUMMARY_COLUMN ? '' : '\n'
      return `${call}${gap}${' '.repeat(SUMMARY_COLUMN - (gap ? 0 : call.length))}${summary}`
    }),
  )
  return [
    'Carries the records of legacy systems to app IO.',
    '',
    'Usage: staffetta COMMAND [ARGUMENTS] [--config DIR] [--json]',
    '',
    ...lines,
    '',
    'Every command: --config DIR (default ./config), --json where it prints results, --verbose, --help.',
    'Exit codes: 0 good, 1 problems found, 2 wrong usage, 78 configuration.',
  ].join('\n')
}

/** Where the summaries of `staffetta --help` begin. */
const SUMMARY_COLUMN = 37

/** `staffetta COMMAND --help`. The lines of its help keep their indentation, the first too. */
export function helpOf(name: string, command: Command): string {
  const usage = `Usage: staffetta ${name} ${command.usage}`.trimEnd()
  return [usage, '', command.help.replace(/^\n+/, '').trimEnd()].join('\n')
}
