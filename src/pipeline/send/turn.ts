// Whose call to IO is next. The calls of an account wait here in two lines, those that send and
// those that follow, and leave one at a time as the pace allows. Invariant: whether a call may
// leave is asked at the moment it leaves, so that a pause or a late timer holds back all who wait.
import type { Deferred } from '../../domain/outcome.ts'
import { type CallPurpose, createSharing, type Pace, type PacedCall } from '../../domain/pace.ts'
import type { AccountSession } from '../send.ts'

export interface TurnPorts {
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

export interface Turns {
  /** The call that leaves now, counted; null when the wait was cut short. */
  take(purpose: CallPurpose): Promise<PacedCall | null>
}

/** The lines of one account while its lease is held: never longer than its workers are many. */
export function createTurns(pace: Pace, ports: TurnPorts, signal: AbortSignal): Turns {
  const sharing = createSharing()
  const lines: Record<CallPurpose, ((call: PacedCall | null) => void)[]> = { send: [], follow: [] }
  let isServing = false

  const next = () => {
    const purpose = sharing.next({ send: lines.send.length > 0, follow: lines.follow.length > 0 })
    return lines[purpose].shift()
  }

  async function serve(): Promise<void> {
    isServing = true
    while (lines.send.length + lines.follow.length > 0) {
      const now = ports.monotonic()
      const wait = signal.aborted ? 0 : pace.waitMilliseconds(now)
      if (wait > 0) await ports.sleep(wait, signal).catch(() => {})
      else next()?.(signal.aborted ? null : pace.leave(now))
    }
    isServing = false
  }

  return {
    take(purpose) {
      const { promise, resolve } = Promise.withResolvers<PacedCall | null>()
      lines[purpose].push(resolve)
      if (!isServing) void serve()
      return promise
    },
  }
}

/** Makes a call to IO when it is its turn; null when the wait for it was cut short. */
export async function inTurn<T extends { rateRemaining: number | null }>(
  session: Pick<AccountSession, 'pace' | 'turns'>,
  ports: Pick<TurnPorts, 'monotonic'>,
  call: () => Promise<T>,
  purpose: CallPurpose = 'send',
): Promise<T | null> {
  const turn = await session.turns.take(purpose)
  if (turn === null) return null
  let rateRemaining: number | null = null
  try {
    const answer = await call()
    rateRemaining = answer.rateRemaining
    return answer
  } finally {
    session.pace.answered(turn, ports.monotonic(), rateRemaining)
  }
}

/** What a refusal that concerns the whole account asks of all its calls. */
export function slowDown(
  { retryAfterSeconds, code }: Deferred,
  session: Pick<AccountSession, 'pace' | 'outage' | 'account'>,
  ports: Pick<TurnPorts, 'monotonic'>,
): void {
  const now = ports.monotonic()
  // A gateway that names no time has room again after one window at the latest.
  const usual = code === 'IO_RATE' ? session.account.windowSeconds : session.outage.failed(now)
  session.pace.pause(now, (retryAfterSeconds ?? usual) * 1000)
}
