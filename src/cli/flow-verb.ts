// One verb of `staffetta flows`: what it is called, what it says of itself and what it does. Each
// stands in a file of its own; `flows.ts` has the list.
import type { StaffLanguage } from '../domain/words.ts'
import type { App, Command, CommandContext, Given } from './command.ts'
import { textOption, UsageError } from './command.ts'

export interface FlowVerb {
  name: string
  /** Lines of the help, from the name on, as `list` and `show` have them. */
  help: string
  options: Command['options']
  /** What was typed, checked before anything is opened. Throws `UsageError`. */
  read(given: Given): FlowWork
}

/** The work on one flow; answers the exit code. */
export type FlowWork = (app: App, flowId: number, context: FlowContext) => Promise<number>

export interface FlowContext extends CommandContext {
  /** In which it is told of the flow: `--lang`, else as the terminal has it. */
  language: StaffLanguage
}

/** `--lang it|en`, else Italian where the terminal is. Throws `UsageError`. */
export function languageOf(given: Given): StaffLanguage {
  const typed = textOption(given, 'lang')
  if (typed === 'it' || typed === 'en') return typed
  if (typed !== null) throw new UsageError('--lang is it or en')
  const terminal = process.env['LC_ALL'] || process.env['LC_MESSAGES'] || process.env['LANG'] || ''
  return terminal.startsWith('it') ? 'it' : 'en'
}
