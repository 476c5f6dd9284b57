// Asks the person at the terminal before something that cannot be taken back. Without a terminal
// nobody can answer: then the command line must say so itself.
import { createInterface } from 'node:readline/promises'
import { fill, type StaffLanguage, type Words } from '../domain/words.ts'
import { UsageError } from './command.ts'

/** True when the person types exactly the expected word. Throws `UsageError` without a terminal. */
export async function confirmed(
  question: string,
  expected: string,
  option: string,
  language: StaffLanguage = 'en',
): Promise<boolean> {
  const say = (words: Words) => `${question} ${fill(words, language, { expected, option })}`
  if (!process.stdin.isTTY) throw new UsageError(say(nobody))
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const typed = await terminal.question(say(typing))
    return typed.trim() === expected
  } finally {
    terminal.close()
  }
}

const nobody: Words = {
  it: 'Nessuno può rispondere: scrivi {option}',
  en: 'Nobody can answer: say {option}',
}

const typing: Words = {
  it: 'Scrivi {expected} per continuare: ',
  en: 'Type {expected} to go on: ',
}
