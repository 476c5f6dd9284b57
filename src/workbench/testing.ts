// The cases of mappings, run, with what they leave untried: the branches of each mapping that none
// of them reaches. A golden file holds what `preview --json` prints, line by line.
// Only golden files and expected values are ever written, and only when that is asked for.
import {
  type Config,
  type ConfiguredCase,
  type ConfiguredMapping,
  getInstitution,
} from '../config/config.ts'
import { type FindPlace, findPlaces } from '../config/mapping-places.ts'
import { tablesOf } from '../config/mapping-version.ts'
import type { WatchedBranch } from '../mapping/watch/ledger.ts'
import { type WatchedMapping, watchMapping } from '../mapping/watch/watched.ts'
import type { Difference } from '../pipeline/map/difference.ts'
import { createTrier, type Tried } from './trying.ts'
import { updateCases } from './updating.ts'

export interface CaseResult {
  institution: string
  mapping: string
  /** The name of the case. */
  name: string
  /** Where it stands. */
  file: string
  line: number | null
  /** `updated`: what it expects has been written anew. */
  outcome: 'ok' | 'failed' | 'updated'
  /** Why it could not be run or compared at all; null when it could. */
  fault: string | null
  /** The first of them; `more` is how many are left out. */
  differences: Difference[]
  more: number
  /** Each reason for which it skipped a record. */
  skipped: string[]
  /** What has been written anew, a line each. */
  changes: string[]
}

/** The branches of one mapping, once its cases have been run. */
export interface MappingBranches {
  institution: string
  mapping: string
  /** How many cases it has. */
  cases: number
  branches: PlacedBranch[]
}

export interface PlacedBranch extends Pick<WatchedBranch, 'what' | 'wanted' | 'isReached'> {
  /** `notice.markdown.it`: where it stands in the mapping. */
  path: string
  file: string
  line: number | null
}

export interface RunOptions {
  /** Writes golden files and expected values that differ. */
  update: boolean
  /** Those of the catalogue too, which are the product's. */
  updateReady?: boolean
  /** Hears of the branches of each mapping, after its cases. */
  onBranches?: ((branches: MappingBranches) => void) | undefined
}

const MAXIMUM_DIFFERENCES = 20

/** The results of all cases of these mappings, one after the other. */
export async function* runCases(
  config: Config,
  mappings: readonly ConfiguredMapping[],
  { update, updateReady = false, onBranches }: RunOptions,
): AsyncGenerator<CaseResult> {
  for (const mapping of mappings) {
    const watched = onBranches && watch(config, mapping)
    const trier = createTrier(config, mapping, {
      ...(watched && { compiled: watched.mapping, onPlanned: watched.planned }),
    })
    if (update && (updateReady || !mapping.home.isReady))
      yield* updateCases(mapping, trier, resultOf)
    else {
      for (const one of mapping.cases) yield resultOf(mapping, one, await trier.run(one))
    }
    if (watched) onBranches(await placed(mapping, watched.branches()))
  }
}

function watch(config: Config, { institution, spec, compiled }: ConfiguredMapping): WatchedMapping {
  return watchMapping(compiled, tablesOf(spec, getInstitution(config, institution)))
}

async function placed(
  mapping: ConfiguredMapping,
  branches: readonly WatchedBranch[],
): Promise<MappingBranches> {
  const { institution, name } = mapping
  const isWhole = branches.every(({ isReached }) => isReached)
  const nowhere: FindPlace = () => ({ file: mapping.files[0] ?? '', line: null })
  // Only what is missing is shown with its line.
  const placeOf = isWhole ? nowhere : await findPlaces(mapping)
  const all = branches.map(({ path, line, column, ...branch }) => {
    const { what, wanted, isReached } = branch
    return { path: path.join('.'), ...placeOf(path, line, column), what, wanted, isReached }
  })
  return { institution, mapping: name, cases: mapping.cases.length, branches: all }
}

function resultOf(mapping: ConfiguredMapping, one: ConfiguredCase, tried: Tried): CaseResult {
  const { fault, differences, skipped } = tried
  return {
    institution: mapping.institution,
    mapping: mapping.name,
    name: one.spec.name,
    file: one.file,
    line: one.line,
    outcome: fault !== null || differences.length > 0 ? 'failed' : 'ok',
    fault,
    differences: differences.slice(0, MAXIMUM_DIFFERENCES),
    more: Math.max(0, differences.length - MAXIMUM_DIFFERENCES),
    skipped,
    changes: [],
  }
}
