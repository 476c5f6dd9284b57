// The connection of one call, and another in its place when it is lost in the midst of a transfer.
// Invariant: tries and waits are bounded; what a person must mend is never tried again.
import { type SourceContext, SourceError } from '../../src/connector.ts'
import type { SftpSettings } from './index.ts'
import { openSession, type Session } from './session.ts'

export interface Line extends AsyncDisposable {
  /** `Session.ask` of the connection as it is now. */
  ask<T>(run: (session: Session, goOn: () => void) => Promise<T>): Promise<T>
  /**
   * Runs something that may be run again. When the connection is lost meanwhile, `onLost` is
   * called, and it runs anew on another one; the last fault is thrown when that does not help.
   */
  retry<T>(run: () => Promise<T>, onLost: () => void): Promise<T>
}

/** How long to wait before each new connection, while not one byte more has come. */
const waitsSeconds = [1, 5, 20]
/** For a server that gives a little, and cuts again. */
const maxRenewals = 50

/** Opens a line; throws as `openSession` does. */
export async function openLine(context: SourceContext<SftpSettings>): Promise<Line> {
  let session = await openSession(context)
  let renewals = 0
  const renew = async () => {
    await session[Symbol.asyncDispose]()
    session = await openSession(context)
    context.log.info({ renewals }, 'cut transfer resumed')
  }
  return {
    ask: (run) => session.ask((goOn) => run(session, goOn)),
    async retry(run, onLost) {
      let isLost = false
      for (let tries = 0; ; tries++) {
        try {
          if (isLost) await renew()
          isLost = false
          return await run()
        } catch (error) {
          const wait = waitsSeconds[tries]
          if (!mayPass(error) || wait === undefined || ++renewals > maxRenewals) throw error
          onLost()
          isLost = true
          await context.sleep(wait)
        }
      }
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}

function mayPass(error: unknown): boolean {
  const codes = ['SRC_CONNECTION_LOST', 'SRC_UNREACHABLE']
  return error instanceof SourceError && codes.includes(error.code)
}
