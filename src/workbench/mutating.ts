// `test --mutate`: each rule of a mapping taken away in turn, and its cases run until one fails.
// A rule that none of them misses can be lost without anybody noticing. Everything happens in
// memory: golden files are compared and never written.
import { type Config, type ConfiguredMapping, getInstitution } from '../config/config.ts'
import { type FindPlace, findPlaces } from '../config/mapping-places.ts'
import { tablesOf } from '../config/mapping-version.ts'
import { compileMapping } from '../mapping/mapping.ts'
import type { Mutant } from '../mapping/mutants/mutant.ts'
import { mutantsOf } from '../mapping/mutants/mutants.ts'
import { createTrier } from './trying.ts'

/** A rule that no case misses. */
export interface Unprotected {
  /** `skip.0`: where it stands in the mapping. */
  path: string
  file: string
  line: number | null
  what: string
  /** Completes "to protect it: a case …". */
  protect: string
}

export interface MutatedMapping {
  institution: string
  mapping: string
  /** Why nothing can be said of it: a case that fails, or none at all; null when all were tried. */
  fault: string | null
  /** Rules that some case misses, and all that were taken away. */
  protected: number
  rules: number
  unprotected: Unprotected[]
  /** Rules without which the mapping would not pass `check`: they need no case. */
  checked: number
}

export interface MutateOptions {
  /** Aborted: it ends after the mappings that were tried to their end. */
  stop: AbortSignal
  onProgress?: ((done: number, all: number) => void) | undefined
}

/** Tries the rules of these mappings, one mapping after the other. */
export async function* mutateMappings(
  config: Config,
  mappings: readonly ConfiguredMapping[],
  { stop, onProgress }: MutateOptions,
): AsyncGenerator<MutatedMapping> {
  for (const given of mappings) {
    const mutated = await mutate(config, given, stop, onProgress)
    if (mutated === null) return
    yield mutated
  }
}

/** Null: it was stopped. */
async function mutate(
  config: Config,
  given: ConfiguredMapping,
  stop: AbortSignal,
  onProgress: MutateOptions['onProgress'],
): Promise<MutatedMapping | null> {
  const { institution, name: mapping, spec } = given
  const tables = tablesOf(spec, getInstitution(config, institution))
  const mutants = mutantsOf(spec, tables)
  const said = { institution, mapping, protected: 0, rules: 0, checked: 0, unprotected: [] }
  const fault = await faultOf(config, given)
  if (fault !== null) return { ...said, fault, rules: mutants.length }

  const survivors: Mutant[] = []
  let order = given.cases
  let [rules, checked] = [0, 0]
  for (const [index, mutant] of mutants.entries()) {
    if (stop.aborted) return null
    onProgress?.(index, mutants.length)
    const { mapping: compiled } = compileMapping(mapping, mutant.spec, tables)
    if (compiled === null) {
      checked += 1
      continue
    }
    rules += 1
    const noticing = await firstFailing(config, given, compiled, order)
    if (noticing === null) survivors.push(mutant)
    // What has noticed one rule often notices the next.
    else order = [noticing, ...order.filter((one) => one !== noticing)]
  }
  const placeOf = survivors.length === 0 ? null : await findPlaces(given)
  const unprotected = survivors.map((mutant) => placed(mutant, placeOf!))
  return { ...said, fault, rules, checked, protected: rules - unprotected.length, unprotected }
}

/** What is wrong before any rule is taken away. */
async function faultOf(config: Config, given: ConfiguredMapping): Promise<string | null> {
  if (given.cases.length === 0) return 'it has no case'
  const failing = await firstFailing(config, given, given.compiled, given.cases)
  return failing && `its case «${failing.spec.name}» fails: mend that first`
}

type Cases = ConfiguredMapping['cases']

async function firstFailing(
  config: Config,
  given: ConfiguredMapping,
  compiled: ConfiguredMapping['compiled'],
  cases: Cases,
): Promise<Cases[number] | null> {
  const trier = createTrier(config, given, { compiled })
  for (const one of cases) {
    const { fault, differences } = await trier.run(one)
    if (fault !== null || differences.length > 0) return one
  }
  return null
}

function placed({ path, line, column, what, protect }: Mutant, placeOf: FindPlace): Unprotected {
  return { path: path.join('.'), ...placeOf(path, line, column), what, protect }
}
