// What the configuration says of the release of a flow, by what made it. What the configuration no
// longer has is released by the strictest rule: a person approves, and another has prepared.
import type { BrakeRules } from '../domain/brake.ts'
import type { ReleaseRules } from '../domain/release-check.ts'
import type { MessageOrigin } from '../pipeline/send/one.ts'
import { type Config, findInstitution, findMaker } from './config.ts'
import { ReleaseSpec } from './release.ts'

const gone = ReleaseSpec.parse({ approval: 'four-eyes' })

/** The rules of a feed or of a campaign; of neither, and of what is gone, the strictest. */
export function releaseRulesOf(config: Config, origin: MessageOrigin): ReleaseRules {
  const { brake: _, ...rules } = releaseSpecOf(config, origin)
  return { ...rules, residents: findInstitution(config, origin.institution)?.residents ?? null }
}

/** What suspends its flows by themselves; null: nothing. Of what is gone, as by default. */
export function brakeRulesOf(config: Config, origin: MessageOrigin): BrakeRules | null {
  const { brake } = releaseSpecOf(config, origin)
  return brake === false ? null : brake
}

/** As the file says it. */
export function releaseSpecOf(config: Config, origin: MessageOrigin): ReleaseSpec {
  return findMaker(config, origin)?.release ?? gone
}
