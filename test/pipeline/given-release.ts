// The stage `release` on a given pipeline: the real store, and the rules of a feed as a test says.
import { ReleaseSpec } from '../../src/config/release.ts'
import type { ReleaseRules } from '../../src/domain/release-check.ts'
import type { OverridePorts } from '../../src/pipeline/release/override.ts'
import type { GivenPipeline } from './given.ts'

/** What a feed says that says nothing of its releases, with these changes. */
export function rulesWith(changes: Partial<ReleaseRules> = {}): ReleaseRules {
  const { brake: _, ...rules } = ReleaseSpec.parse({})
  return { ...rules, residents: null, ...changes }
}

/** Where people must approve, nobody does. */
export function releasePortsOf(
  given: GivenPipeline,
  changes: Partial<ReleaseRules> = {},
): OverridePorts {
  const { flowChecks, flows } = given.store
  return {
    checks: {
      ...flowChecks,
      facts: async ({ id }, now) => ({ ...(await flowChecks.facts(id, now)), test: null }),
    },
    flows,
    approvals: { ask: async () => false },
    rulesOf: () => rulesWith(changes),
    toldOf: () => ['ced@comune.example'],
    now: () => given.clock.now,
  }
}
