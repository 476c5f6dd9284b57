// The progress of a run on standard error: a bar that moves in place on a terminal, else a line
// now and then. Standard output stays for the results.

export interface Progress {
  /** `done`: 0 to 1, of the whole run. */
  note(text: string, done?: number): void
  end(failures: string[]): void
}

const WIDTH = 24
const LINE_EVERY_MS = 5_000

export function createProgress(name: string): Progress {
  const live = process.stderr.isTTY === true
  let lastLineAt = Number.NEGATIVE_INFINITY
  let lastDone = 0

  function drawn(text: string): string {
    const filled = Math.round(lastDone * WIDTH)
    return `${name} ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${text}`
  }

  return {
    note(text, done) {
      lastDone = Math.min(1, Math.max(0, done ?? lastDone))
      if (live) {
        process.stderr.write(`\r\u001b[2K${drawn(text).slice(0, process.stderr.columns - 1)}`)
        return
      }
      // A log wants to know that it goes on, not every step.
      if (performance.now() - lastLineAt < LINE_EVERY_MS) return
      lastLineAt = performance.now()
      process.stderr.write(`${name} ${Math.round(lastDone * 100)} % ${text}\n`)
    },
    end(failures) {
      if (live) process.stderr.write('\r\u001b[2K')
      for (const failure of failures) process.stderr.write(`${name} ✗ ${failure}\n`)
    },
  }
}
