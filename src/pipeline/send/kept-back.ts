// Flows that people suspend or stop while messages of them are claimed. Asked of all that is
// claimed at once, about every second: so that soon after nobody is asked about any more, and
// nothing closes. Invariant: whether an attempt may begin is asked again, in its own statement.
import type { AccountSession } from '../send.ts'

export interface KeptBackPorts {
  flows: {
    /** Of these, those that somebody has suspended or stopped; absent: nobody does. */
    keptBack?(flowIds: readonly number[]): Promise<number[]>
  }
  /** Milliseconds of a clock that never jumps. */
  monotonic(): number
}

export interface KeptBackWatch {
  /** To be called as a message is taken up; `claimed`: the flows of all that is. */
  look(claimed: () => readonly number[]): Promise<void>
  /** What was found is forgotten, and asked anew. */
  forget(): void
}

const LOOK_AGAIN_MILLISECONDS = 1000

/** Asks of these flows at once; what is found is known to the session. */
export async function askKeptBack(
  flowIds: readonly number[],
  session: Pick<AccountSession, 'keptBack'>,
  { flows }: Pick<KeptBackPorts, 'flows'>,
): Promise<void> {
  const found = (await flows.keptBack?.([...new Set(flowIds)])) ?? []
  for (const id of found) session.keptBack.add(id)
}

/** The claim has just said so of the first ones. */
export function watchKeptBack(
  session: Pick<AccountSession, 'keptBack'>,
  ports: KeptBackPorts,
): KeptBackWatch {
  let lookAt = ports.monotonic() + LOOK_AGAIN_MILLISECONDS
  let looking: Promise<void> = Promise.resolve()

  return {
    look(claimed) {
      if (ports.monotonic() >= lookAt) {
        lookAt = ports.monotonic() + LOOK_AGAIN_MILLISECONDS
        looking = askKeptBack(claimed(), session, ports)
      }
      return looking
    },
    forget() {
      session.keptBack.clear()
      lookAt = ports.monotonic()
    },
  }
}
