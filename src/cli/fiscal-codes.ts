// Fiscal codes as a person gives them: typed at the terminal without being shown, or from a pipe or
// a file, one a line. Never an argument: those stay in the history of the shell and stand in the
// list of processes. What is wrong is named by its line, never quoted.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { readFiscalCode } from '../domain/fiscal-code.ts'
import { UsageError } from './command.ts'
import { formatCount } from './table.ts'

/** Codes that one command takes. */
const MOST_CODES = 100_000
/** Bytes of a file or of what is piped, so that a wrong one does not fill the memory. */
const MOST_BYTES = 10_000_000
/** Wrong lines that are named. */
const SHOWN_LINES = 10

/** One code: typed at the terminal, or the only line of standard input. Throws `UsageError`. */
export async function readOneCode(): Promise<string> {
  const codes = process.stdin.isTTY ? codesOf(await askHidden()) : await readCodes('-')
  const [only] = codes
  if (only === undefined || codes.length > 1) throw new UsageError('give one fiscal code')
  return only
}

/**
 * The codes of a file, of standard input (`-`), or one that is typed where that is a terminal.
 * Blank lines do not count. Throws `UsageError` that names every wrong line, and takes none then.
 */
export async function readCodes(source: string): Promise<string[]> {
  if (source === '-' && process.stdin.isTTY) return codesOf(await askHidden())
  const pieces: Buffer[] = []
  let bytes = 0
  try {
    const stream: AsyncIterable<Buffer> = source === '-' ? process.stdin : createReadStream(source)
    for await (const piece of stream) {
      bytes += piece.length
      if (bytes > MOST_BYTES) throw new UsageError(`more than ${formatCount(MOST_BYTES)} bytes`)
      pieces.push(piece)
    }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`the codes cannot be read: ${(error as Error).message}`)
  }
  return codesOf(Buffer.concat(pieces).toString('utf8'))
}

function codesOf(text: string): string[] {
  const codes = new Set<string>()
  const wrong: string[] = []
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const reading = readFiscalCode(line)
    if (reading.kind === 'good') codes.add(reading.code)
    else wrong.push(`line ${index + 1}: ${whyWrong(reading)}`)
  }
  if (wrong.length > 0) throw new UsageError(wrongText(wrong))
  if (codes.size === 0) throw new UsageError('no fiscal code was given')
  if (codes.size > MOST_CODES) {
    throw new UsageError(`more than ${formatCount(MOST_CODES)} codes: give them in several files`)
  }
  return [...codes]
}

function wrongText(wrong: string[]): string {
  const more = wrong.length - SHOWN_LINES
  const rest = more > 0 ? [`… and ${formatCount(more)} more`] : []
  return ['nothing was done:', ...wrong.slice(0, SHOWN_LINES), ...rest].join('\n  ')
}

function whyWrong(reading: Exclude<ReturnType<typeof readFiscalCode>, { kind: 'good' }>): string {
  return reading.kind === 'bad'
    ? reading.why
    : 'the check character is wrong: look for a typing error'
}

/** Nothing of what is typed is shown. */
async function askHidden(): Promise<string> {
  const nowhere = new Writable({ write: (_piece, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write('Fiscal code (not shown): ')
  try {
    return await Promise.race([
      terminal.question(''),
      new Promise<never>((_resolve, reject) => {
        terminal.once('close', () => reject(new UsageError('no fiscal code was typed')))
      }),
    ])
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
