// What the demo writes on the terminal: chapters, progress bars and accounts. On a terminal bars
// move in place; elsewhere (a log, a pipe) each is written once, when it ends.
import { accountTerms, difference, type FlowAccount } from '../../src/domain/flow-account.ts'

export interface Bar {
  show(done: number, total: number, what: string): void
  end(done: number, total: number, what: string): void
}

export interface Screen {
  title(text: string): void
  chapter(number: string, text: string): void
  line(text: string): void
  bar(name: string): Bar
  account(flowId: number, account: FlowAccount): void
}

const WIDTH = 30

export function createScreen(): Screen {
  const live = process.stdout.isTTY === true
  const color = live && !process.env['NO_COLOR']
  const paint = (style: number, text: string) => (color ? `\u001b[${style}m${text}\u001b[0m` : text)
  const line = (text: string) => void process.stdout.write(`${text}\n`)

  function drawn(name: string, done: number, total: number, what: string): string {
    const filled = total === 0 ? 0 : Math.round((done / total) * WIDTH)
    const bar = paint(32, '█'.repeat(filled)) + paint(2, '░'.repeat(WIDTH - filled))
    return `${name.padEnd(14)}${bar} ${String(done).padStart(4)}/${String(total).padEnd(4)} ${what}`
  }

  return {
    line,
    title: (text) => line(paint(1, text)),
    chapter: (number, text) => line(`\n${paint(36, number)}  ${paint(1, text)}`),
    bar(name) {
      return {
        show(done, total, what) {
          if (live) process.stdout.write(`\r\u001b[2K${drawn(name, done, total, what)}`)
        },
        end(done, total, what) {
          process.stdout.write(`${live ? '\r\u001b[2K' : ''}${drawn(name, done, total, what)}\n`)
        },
      }
    },
    account(flowId, account) {
      line(`Flow ${flowId}: ${account.read} records read`)
      for (const term of accountTerms) {
        if (account[term] > 0) line(`  = ${term.padEnd(14)}${String(account[term]).padStart(6)}`)
      }
      line(difference(account) === 0 ? '  The account closes.' : '  THE ACCOUNT DOES NOT CLOSE.')
    },
  }
}
