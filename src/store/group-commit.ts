// Group commit: callers add one item each and wait for its result; while one flush is under way the
// next items gather, and leave together. So durability costs a few milliseconds for many, not for
// each.

/**
 * `flush` receives at most `largest` items and answers one result an item, in the same order.
 * When it throws, every caller of that flush gets the error.
 */
export function createGroupCommit<T, R>(
  flush: (items: T[]) => Promise<R[]>,
  largest: number,
): (item: T) => Promise<R> {
  let queue: { item: T; resolve: (result: R) => void; reject: (error: unknown) => void }[] = []
  let flushing = false

  async function drain(): Promise<void> {
    flushing = true
    while (queue.length > 0) {
      const batch = queue.slice(0, largest)
      queue = queue.slice(largest)
      try {
        const results = await flush(batch.map((entry) => entry.item))
        batch.forEach((entry, index) => {
          entry.resolve(results[index] as R)
        })
      } catch (error) {
        for (const entry of batch) entry.reject(error)
      }
    }
    flushing = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      // A microtask later, so that all who add in the same turn leave together.
      if (!flushing) {
        flushing = true
        queueMicrotask(() => void drain())
      }
    })
}
