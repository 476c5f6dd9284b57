// What a test can make go wrong with one call to the sandbox: late, other, cut or lost answers.
// A fault before processing leaves no trace; one after it leaves an accepted message behind.
import type { ServerResponse } from 'node:http'

/** The parts may be combined. */
export interface SandboxFault {
  delayMilliseconds?: number
  /** Said instead of IO's answer; nothing is processed. */
  answer?: { status: number; headers?: Record<string, string>; body?: string }
  /** `reset-after` and `hang-after` lose the answer of a call that was processed. */
  connection?: 'reset-before' | 'reset-after' | 'hang-before' | 'hang-after'
}

/** Lets the call end as the fault says; `handle` does what was asked and gives what answers. */
export function applyFault(
  response: ServerResponse,
  fault: SandboxFault,
  handle: () => () => void,
): void {
  if (fault.delayMilliseconds) {
    const { delayMilliseconds, ...rest } = fault
    setTimeout(() => applyFault(response, rest, handle), delayMilliseconds)
  } else if (fault.connection === 'reset-before') {
    response.socket?.resetAndDestroy()
  } else if (fault.connection !== 'hang-before') {
    const answer = fault.answer ? () => say(response, fault.answer) : handle()
    if (fault.connection === 'reset-after') response.socket?.resetAndDestroy()
    else if (fault.connection !== 'hang-after') answer()
  }
}

function say(response: ServerResponse, answer: SandboxFault['answer']): void {
  response.writeHead(answer?.status ?? 500, answer?.headers).end(answer?.body ?? '')
}
