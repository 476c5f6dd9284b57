// What can be made to go wrong with one call to the sandbox: late, other, cut or lost answers.
// A fault before processing leaves no trace; one after it leaves an accepted message behind.
import type { ServerResponse } from 'node:http'

/** The parts may be combined. */
export interface SandboxFault {
  delayMilliseconds?: number
  /** Nothing happens before this has resolved. */
  waitsFor?: Promise<unknown>
  /** Said instead of IO's answer; nothing is processed, unless `isCommitted`. */
  answer?: { status: number; headers?: Record<string, string>; body?: string | Buffer }
  /** The call is processed before `answer` is said. */
  isCommitted?: boolean
  /** `…-after` loses the answer of a call that was processed; `drop` ends without a reset. */
  connection?: 'reset-before' | 'reset-after' | 'hang-before' | 'hang-after' | 'drop-after'
}

/** Lets the call end as the fault says; `handle` does what was asked and gives what answers. */
export function applyFault(
  response: ServerResponse,
  fault: SandboxFault,
  handle: () => () => void,
): void {
  if (fault.delayMilliseconds) {
    const { delayMilliseconds, ...rest } = fault
    // The server keeps the process alive; a late answer alone must not.
    setTimeout(() => applyFault(response, rest, handle), delayMilliseconds).unref()
  } else if (fault.waitsFor) {
    const { waitsFor, ...rest } = fault
    void waitsFor.then(() => applyFault(response, rest, handle))
  } else if (fault.connection === 'reset-before') {
    response.socket?.resetAndDestroy()
  } else if (fault.connection !== 'hang-before') {
    const answer = answerOf(response, fault, handle)
    if (fault.connection === 'reset-after') response.socket?.resetAndDestroy()
    else if (fault.connection === 'drop-after') response.socket?.end()
    else if (fault.connection !== 'hang-after') answer()
  }
}

function answerOf(response: ServerResponse, fault: SandboxFault, handle: () => () => void) {
  const { answer } = fault
  if (answer === undefined) return handle()
  if (fault.isCommitted) handle()
  return () => response.writeHead(answer.status, answer.headers).end(answer.body ?? '')
}
