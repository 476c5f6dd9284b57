// The commands: each file of this folder that is not shared is one, loaded only when it is called.
// The help is made from them, so that it names exactly those that exist.
import { readdir } from 'node:fs/promises'
import type { Command } from './command.ts'

/** Files of this folder that are no commands. */
const SHARED = [
  'actor',
  'approve',
  'command',
  'commands',
  'confirm',
  'find-feed',
  'find-target',
  'forecast',
  'number',
  'progress',
  'record-text',
  'select-mappings',
  'table',
]

export async function commandNames(): Promise<string[]> {
  const files = await readdir(new URL('.', import.meta.url))
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !SHARED.includes(name))
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
      return `  ${`${name} ${usage}`.padEnd(34)} ${summary}`
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

/** `staffetta COMMAND --help`. */
export function helpOf(name: string, command: Command): string {
  return [`Usage: staffetta ${name} ${command.usage}`, '', command.help.trim()].join('\n')
}
