// What a connector is given when it is to do something at its system: polling, answering, telling.
// Invariant: every wait of a connector ends with the signal of its call.
import type { SourceLog, WorkContext } from '../../connector.ts'

export interface WorkPorts {
  nextCount(institution: string, counter: string): Promise<bigint>
  now(): Temporal.Instant
  sleep(seconds: number, signal: AbortSignal): Promise<void>
  log: SourceLog
}

/** The context of one call, until `signal` is aborted. */
export function workContext(
  { institution, settings }: { institution: string; settings: unknown },
  { nextCount, now, sleep, log }: WorkPorts,
  signal: AbortSignal,
): WorkContext<unknown> {
  return {
    ...{ settings, signal, log, now },
    sleep: (seconds) => sleep(seconds, signal),
    counter: (name) => nextCount(institution, name),
  }
}
