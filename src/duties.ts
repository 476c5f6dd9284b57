// Work that nobody waits for: started, repeated, and stopped within a time. A fault of one is
// logged and harms no other; whatever it left undone is found again in the tables.
import { setTimeout as delay } from 'node:timers/promises'
import { errorFields, type Log } from './log.ts'

export interface Duties {
  /** Aborted when `stop` is called. */
  stopping: AbortSignal
  /** Runs the work now. Nothing starts any more once stopping. */
  start(what: string, work: () => Promise<unknown>): void
  /** Runs the work for who waits for it: its fault is logged, and theirs. */
  run<T>(what: string, work: () => Promise<T>): Promise<T>
  /** Runs the work now, and again so many seconds after each end. */
  every(seconds: number, what: string, work: () => Promise<unknown>): void
  /** Waits for what is under way, so many seconds at most. */
  stop(graceSeconds: number): Promise<void>
}

export function createDuties(log: Log): Duties {
  const stopper = new AbortController()
  const stopping = stopper.signal
  const underWay = new Set<Promise<unknown>>()

  async function run<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      log.error({ what, ...errorFields(error) }, 'work failed')
      throw error
    }
  }

  async function attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    await run(what, work).catch(() => {})
  }

  function start(what: string, work: () => Promise<unknown>): void {
    if (stopping.aborted) return
    const running = attempt(what, work).finally(() => underWay.delete(running))
    underWay.add(running)
  }

  return {
    stopping,
    run,
    start,
    every(seconds, what, work) {
      start(what, async () => {
        while (!stopping.aborted) {
          await attempt(what, work)
          await delay(seconds * 1000, undefined, { signal: stopping }).catch(() => {})
        }
      })
    },
    async stop(graceSeconds) {
      stopper.abort()
      const ended = Promise.allSettled(underWay)
      const patience = new AbortController()
      const late = delay(graceSeconds * 1000, 'late', { signal: patience.signal }).catch(() => {})
      if ((await Promise.race([ended, late])) === 'late') {
        log.warn({ underWay: underWay.size }, 'stopped before all work had ended')
      }
      patience.abort()
    },
  }
}
