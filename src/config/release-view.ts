// What the configuration says of the release of a flow, by what made it. What the configuration no
// longer has is released by the strictest rule: a person approves, and another has prepared.
import type { BrakeRules } from '../domain/brake.ts'
import type { ReleaseRules } from '../domain/release-check.ts'
import type { MessageOrigin } from '../pipeline/send/one.ts'
import { type Config, findInstitution, findMaker } from './config.ts'
import { ReleaseSpec } from './release.ts'

const gone = ReleaseSpec.parse({ approval: 'four-eyes' })

/** What made a flow; `service` and `origin` say what no feed and no campaign does. */
export type ReleaseOrigin = MessageOrigin & { service?: string; origin?: string }

/**
 * The rules of a feed or of a campaign; of neither what the service says of what is written by
 * hand; of what is gone, the strictest.
 */
export function releaseRulesOf(config: Config, origin: ReleaseOrigin): ReleaseRules {
  const { brake: _, ...rules } = releaseSpecOf(config, origin)
  return { ...rules, residents: findInstitution(config, origin.institution)?.residents ?? null }
}

/** What suspends its flows by themselves; null: nothing. Of what is gone, as by default. */
export function brakeRulesOf(config: Config, origin: MessageOrigin): BrakeRules | null {
  const { brake } = releaseSpecOf(config, origin)
  return brake === false ? null : brake
}

/** As the file says it. */
export function releaseSpecOf(config: Config, of: ReleaseOrigin): ReleaseSpec {
  return findMaker(config, of)?.release ?? findWritten(config, of) ?? gone
}

/** Of a flow that somebody wrote, and of what corrects one. */
function findWritten(config: Config, of: ReleaseOrigin): ReleaseSpec | undefined {
  const { institution, feed, campaign, service, origin } = of
  if (feed !== null || campaign !== null) return undefined
  const services = findInstitution(config, institution)?.services ?? []
  const written = services.find(({ name }) => name === service)?.written
  return origin === 'operator' ? written?.messages : written?.lots
}
