// Services that are paused, and what is tried to find out that the cause is gone: a harmless
// profile call where it proves something, else one of their own messages, let through. Invariant:
// at most one try of a pause is under way, and each that does not help makes the next one later.
import { TEST_FISCAL_CODE } from '../../domain/fiscal-code.ts'
import { proofOf } from '../../domain/service-pause.ts'
import type { IoPort, SendService } from './one.ts'

interface Pause {
  institution: string
  service: string
  code: string
}

export interface ProbePorts {
  pauses: {
    /** Those whose cause may be tried now. */
    due(now: Temporal.Instant): Promise<Pause[]>
    /** Lets one message of the service through. False: one is on its way, or none is due. */
    chooseTrial(institution: string, service: string, now: Temporal.Instant): Promise<boolean>
  }
  /** Puts one message that is held for an amount back to waiting, where it is time to try. */
  limits: { startTrials(now: Temporal.Instant): Promise<number> }
  services: {
    postpone(service: SendService, code: string, detail: string): Promise<void>
    resume(service: SendService): Promise<void>
  }
  service(institution: string, service: string): SendService | null
  io: Pick<IoPort, 'profile'>
  now(): Temporal.Instant
}

/** Answers how many services were resumed. */
export async function probePaused(ports: ProbePorts): Promise<number> {
  const { pauses, limits } = ports
  await limits.startTrials(ports.now())
  let resumed = 0
  for (const pause of await pauses.due(ports.now())) {
    const service = ports.service(pause.institution, pause.service)
    if (service === null) continue
    if (proofOf(pause.code) === 'message') {
      await pauses.chooseTrial(pause.institution, pause.service, ports.now())
    } else if (await probe(service, pause.code, ports)) {
      resumed += 1
    }
  }
  return resumed
}

/** Whether the profile proved that the cause is gone. */
async function probe(service: SendService, code: string, ports: ProbePorts): Promise<boolean> {
  const citizen = findHarmless(service)
  if (citizen === null) return false
  const profile = await ports.io.profile(service, citizen)
  if (profile.allowed || profile.outcome.kind !== 'deferred') {
    await ports.services.resume(service)
    return true
  }
  const { scope, detail } = profile.outcome
  // Another cause stands behind the first; a busy or silent gateway says nothing of either.
  const found = scope === 'service' ? profile.outcome.code : code
  await ports.services.postpone(service, found, detail)
  return false
}

/** Whom a probe may name to IO: nobody, or a colleague. */
function findHarmless({ mode, testers }: SendService): string | null {
  if (mode === 'dry-run') return null
  if (mode === 'live' || testers.has(TEST_FISCAL_CODE)) return TEST_FISCAL_CODE
  return testers.values().next().value ?? null
}
