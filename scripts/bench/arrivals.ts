// Calls as they arrive at the sandbox: how many there were in a time, and in the fullest window.
// Their share of what the limit allows is what the pace of an account is measured by.

export interface Arrivals {
  /** Counts a call at this instant, in milliseconds; instants never go back. */
  add(atMilliseconds: number): void
  /** Calls in so many seconds from the first on. */
  countWithin(seconds: number): number
  /** The most calls in any window of so many seconds. */
  mostWithin(seconds: number): number
}

export function createArrivals(): Arrivals {
  const instants: number[] = []
  return {
    add: (at) => void instants.push(at),
    countWithin(seconds) {
      const end = (instants[0] ?? 0) + seconds * 1000
      return instants.filter((at) => at < end).length
    },
    mostWithin(seconds) {
      let most = 0
      let first = 0
      for (const [index, at] of instants.entries()) {
        while ((instants[first] as number) <= at - seconds * 1000) first += 1
        most = Math.max(most, index - first + 1)
      }
      return most
    },
  }
}
