// How much memory this process really has: its resident set, looked at ten times a second while it
// works. What lies between two looks is not seen.

export interface MemoryWatch {
  /** The largest so far, in bytes. */
  peak(): number
  stop(): void
}

const LOOK_MS = 100

/** Watches from now on, after giving back what is garbage already. */
export function watchMemory(): MemoryWatch {
  globalThis.gc?.()
  let peak = process.memoryUsage.rss()
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    peak() {
      look()
      return peak
    },
    stop: () => clearInterval(timer),
  }
}
