// The context of a feed's first poll, for connectors that are measured alone: nothing is known, and
// nothing is saved.
import type { PollContext } from '../../src/connector.ts'

export function firstPoll<S>(settings: S): PollContext<S> {
  const nothing = () => {}
  return {
    settings,
    signal: new AbortController().signal,
    log: { debug: nothing, info: nothing, warn: nothing },
    now: () => Temporal.Now.instant(),
    sleep: async () => {},
    cursor: null,
    from: null,
    known: async () => new Set(),
    counter: async () => 1n,
    remember: async () => {},
  }
}
