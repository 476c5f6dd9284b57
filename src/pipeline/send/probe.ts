// A service that a refused key has paused resumes by itself once the key works again: a harmless
// profile call tells. The other causes are not probed, since a profile call proves nothing about
// them.
import { TEST_FISCAL_CODE } from '../../domain/fiscal-code.ts'
import type { IoPort, SendService } from './one.ts'

export interface ProbePorts {
  pauses: {
    list(): Promise<{ institution: string; service: string; code: string }[]>
    resume(institution: string, service: string): Promise<void>
  }
  service(institution: string, service: string): SendService | null
  io: Pick<IoPort, 'profile'>
}

/** Answers how many services were resumed. */
export async function probePaused(ports: ProbePorts): Promise<number> {
  let resumed = 0
  for (const { institution, service: name, code } of await ports.pauses.list()) {
    const service = ports.service(institution, name)
    if (code !== 'IO_KEY' || !service || !mayProbe(service)) continue
    const profile = await ports.io.profile(service, TEST_FISCAL_CODE)
    if (!profile.allowed && profile.outcome.kind === 'deferred') continue
    await ports.pauses.resume(institution, name)
    resumed += 1
  }
  return resumed
}

function mayProbe({ mode, testers }: SendService): boolean {
  return mode === 'live' || (mode === 'testers' && testers.has(TEST_FISCAL_CODE))
}
