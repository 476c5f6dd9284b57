// The cases of mappings, run: each through the same parts as the daemon's map stage, with files in
// place of database and network. A golden file holds what `preview --json` prints, line by line.
// Only golden files are ever written, and only when that is asked for.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config, ConfiguredCase, ConfiguredMapping } from './config/config.ts'
import type { CompiledMapping, CompiledReference } from './mapping/mapping.ts'
import { type Difference, lineDifferences } from './pipeline/map/difference.ts'
import type { PreviewOptions } from './pipeline/map/preview.ts'
import { judgeRecord, runRecordCase } from './pipeline/map/record-case.ts'
import { previewFile, sampleFile, sceneOf } from './previewing.ts'

export interface CaseResult {
  institution: string
  mapping: string
  /** The name of the case. */
  name: string
  /** Where it stands. */
  file: string
  line: number | null
  /** `updated`: its golden file has been written anew. */
  outcome: 'ok' | 'failed' | 'updated'
  /** Why it could not be run or compared at all; null when it could. */
  fault: string | null
  /** The first of them; `more` is how many are left out. */
  differences: Difference[]
  more: number
  /** Each reason for which it skipped a record. */
  skipped: string[]
}

/** The clock of a case that gives none. */
const DEFAULT_NOW = '2026-01-01T08:00:00Z'
/** What `preview --json` prints of a sample may have so many bytes. */
const MAXIMUM_GOLDEN_BYTES = 50_000_000
const MAXIMUM_DIFFERENCES = 20

/** The results of all cases of these mappings, one after the other. */
export async function* runCases(
  config: Config,
  mappings: readonly ConfiguredMapping[],
  { update }: { update: boolean },
): AsyncGenerator<CaseResult> {
  for (const mapping of mappings) {
    for (const one of mapping.cases) {
      const { institution, name } = mapping
      const { file, line, spec } = one
      const result = await runCase(config, mapping, one, update)
      yield { institution, mapping: name, name: spec.name, file, line, ...result }
    }
  }
}

type Result = Pick<CaseResult, 'outcome' | 'fault' | 'differences' | 'more' | 'skipped'>

async function runCase(
  config: Config,
  mapping: ConfiguredMapping,
  { spec }: ConfiguredCase,
  update: boolean,
): Promise<Result> {
  try {
    if (spec.file === undefined) return await runRecord(config, mapping, spec)
    return await runFile(config, mapping, { ...spec, file: spec.file }, update)
  } catch (error) {
    // A sample that is not there, or a text that cannot be rendered: of this case alone.
    return failed((error as Error).message)
  }
}

type Spec = ConfiguredCase['spec']

async function runRecord(config: Config, given: ConfiguredMapping, spec: Spec): Promise<Result> {
  const target = { institution: given.institution, mapping: given.name, feed: null }
  const { mapping, ...scene } = sceneOf(config, target)
  const references = referencesOf(config, given)
  const ran = await runRecordCase(spec, mapping, references, { ...scene, ...ambientOf(spec) })
  if ('fault' in ran) return failed(ran.fault)
  const { record } = ran
  return judged(judgeRecord(spec.expect, record), 'skipped' in record ? [record.skipped] : [])
}

async function runFile(
  config: Config,
  { institution, name: mapping }: ConfiguredMapping,
  spec: Spec & { file: string },
  update: boolean,
): Promise<Result> {
  const given = Object.entries(spec.references)
  const preview = {
    target: { institution, mapping, feed: null },
    files: [sampleFile(config, institution, spec.file)],
    references: new Map(
      given.map(([name, file]) => [name, sampleFile(config, institution, file)] as const),
    ),
    ...ambientOf(spec),
  }
  let actual = ''
  const reasons = new Set<string>()
  for await (const record of previewFile(config, preview)) {
    if ('skipped' in record) reasons.add(record.skipped)
    actual += `${JSON.stringify(record)}\n`
    if (actual.length > MAXIMUM_GOLDEN_BYTES) return failed('the sample is too large for a golden')
  }
  const golden = join(config.directory, institution, 'golden', spec.expect.golden ?? '')
  const expected = await readGolden(golden)
  const skipped = [...reasons]
  if (expected === actual) return judged([], skipped)
  if (update) {
    await mkdir(dirname(golden), { recursive: true })
    await writeFile(golden, actual)
    return { ...judged([], skipped), outcome: 'updated' }
  }
  if (expected !== null) return judged(lineDifferences(expected, actual), skipped)
  return failed(`there is no ${golden}: \`staffetta test --update\` writes it`)
}

async function readGolden(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function ambientOf({
  now = DEFAULT_NOW,
  language,
}: Spec): Pick<PreviewOptions, 'now' | 'language'> {
  return { now: Temporal.Instant.from(now), language }
}

function referencesOf(
  config: Config,
  { institution }: ConfiguredMapping,
): ReadonlyMap<string, CompiledReference> {
  const owner = config.institutions.find(({ id }) => id === institution)
  const isReference = (one: CompiledMapping) => one.shape === 'reference'
  const compiled = (owner?.mappings ?? []).map((mapping) => mapping.compiled).filter(isReference)
  return new Map(compiled.map((reference) => [reference.name, reference as CompiledReference]))
}

function judged(differences: Difference[], skipped: string[]): Result {
  return {
    outcome: differences.length > 0 ? 'failed' : 'ok',
    fault: null,
    differences: differences.slice(0, MAXIMUM_DIFFERENCES),
    more: Math.max(0, differences.length - MAXIMUM_DIFFERENCES),
    skipped,
  }
}

function failed(fault: string): Result {
  return { outcome: 'failed', fault, differences: [], more: 0, skipped: [] }
}
