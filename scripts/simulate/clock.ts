// Virtual time: a queue of events, run one after the other. After each one every promise that it
// settled is followed to its end, and only then does the next begin; so a life of a week takes
// milliseconds, and the same events always interleave in the same way.
// No real timer is used. `setImmediate` runs when the microtasks have run out, which is all that is
// asked of it; work that really happens elsewhere stops the clock while it lasts.

export interface VirtualClock {
  /** Milliseconds since the beginning; never goes back. */
  now(): number
  /** Runs `action` after so many milliseconds; equal instants keep the order of asking. */
  after(milliseconds: number, action: () => void): void
  /** Real work, such as a question to a database: takes no virtual time. */
  outside<T>(work: Promise<T>): Promise<T>
  /** Runs events until this instant, or until `mostEvents` have been run in all. */
  run(untilMilliseconds: number): Promise<void>
  /** `mostEvents` have been run: a life that finds no rest. */
  isExhausted(): boolean
}

interface Event {
  at: number
  order: number
  action: () => void
}

export function createVirtualClock(mostEvents: number): VirtualClock {
  const events: Event[] = []
  let now = 0
  let asked = 0
  let ran = 0
  let underWay = 0
  let wake: (() => void) | null = null

  async function settle(): Promise<void> {
    await new Promise(setImmediate)
    while (underWay > 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      await new Promise(setImmediate)
    }
  }

  return {
    now: () => now,
    after(milliseconds, action) {
      asked += 1
      push(events, { at: now + Math.max(0, milliseconds), order: asked, action })
    },
    async outside(work) {
      underWay += 1
      try {
        return await work
      } finally {
        underWay -= 1
        wake?.()
      }
    },
    async run(until) {
      await settle()
      while (ran < mostEvents) {
        const next = events[0]
        if (next === undefined || next.at > until) {
          now = Math.max(now, until)
          return
        }
        pop(events)
        now = next.at
        ran += 1
        next.action()
        await settle()
      }
    },
    isExhausted: () => ran >= mostEvents,
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}

/** A binary heap, the earliest first. */
function push(heap: Event[], event: Event): void {
  let at = heap.length
  heap.push(event)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(event, heap[parent] as Event)) break
    heap[at] = heap[parent] as Event
    at = parent
  }
  heap[at] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop() as Event
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) {
      child += 1
    }
    if (!isBefore(heap[child] as Event, last)) break
    heap[at] = heap[child] as Event
    at = child
  }
  heap[at] = last
}
