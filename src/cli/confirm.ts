// Asks the person at the terminal before something that cannot be taken back. Without a terminal
// nobody can answer: then the command line must say so itself.
import { createInterface } from 'node:readline/promises'
import { UsageError } from './command.ts'

/** True when the person types exactly the expected word. Throws `UsageError` without a terminal. */
export async function confirmed(
  question: string,
  expected: string,
  option: string,
): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError(`${question} Nobody can answer: say ${option}`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const typed = await terminal.question(`${question} Type ${expected} to go on: `)
    return typed.trim() === expected
  } finally {
    terminal.close()
  }
}
