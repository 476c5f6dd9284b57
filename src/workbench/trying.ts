// One case of a mapping, run: through the same parts as the daemon's map stage, with files in place
// of database and network. It may be run by another mapping than the configured one, as one that is
// watched or changed. Nothing is ever written here, and no case sees another.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, ConfiguredCase, ConfiguredMapping } from '../config/config.ts'
import type { CompiledMapping } from '../mapping/mapping.ts'
import { type Difference, lineDifferences } from '../pipeline/map/difference.ts'
import type { PreviewedRecord, PreviewOptions } from '../pipeline/map/preview.ts'
import { CASE_NOW, runRecordCase } from '../pipeline/map/record-case.ts'
import { type CaseClock, judgeRecord } from '../pipeline/map/record-verdict.ts'
import { firstThere, previewFile, referencesOf, sampleFile, sceneOf } from './previewing.ts'

/** What became of a case. */
export interface Tried {
  /** Why it could not be run or compared at all; null when it could. */
  fault: string | null
  differences: Difference[]
  /** Each reason for which it skipped a record. */
  skipped: string[]
  /** Of a case of one record. */
  record: PreviewedRecord | null
  clock: CaseClock
  /** Of a case of a file that is not as expected: its golden file, and what should stand in it. */
  golden: { path: string; actual: string } | null
}

/** Runs cases by one mapping. */
export interface Trier {
  run(one: ConfiguredCase): Promise<Tried>
}

export interface TrierOptions {
  /** Instead of the configured one. */
  compiled?: CompiledMapping
  /** Hears of each message that is planned, by its text: 0 is the first. */
  onPlanned?: (template: number) => void
}

type Spec = ConfiguredCase['spec']

/** What `preview --json` prints of a sample may have so many bytes. */
const MAXIMUM_GOLDEN_BYTES = 50_000_000

/** Runs the cases of one mapping, as it is configured or as it would be. */
export function createTrier(
  config: Config,
  given: ConfiguredMapping,
  { compiled = given.compiled, onPlanned }: TrierOptions = {},
): Trier {
  const target = { institution: given.institution, mapping: given.name, feed: null }
  const { isReady: isNeutral } = given.home
  const { mapping: _, ...scene } = sceneOf(config, target, isNeutral)
  const references = referencesOf(config, given.institution)
  const { zone } = scene.calendar

  async function runRecord(spec: Spec): Promise<Tried> {
    const ambient = ambientOf(spec)
    const clock = { now: ambient.now, zone }
    const options = { ...scene, ...ambient, onPlanned }
    const ran = await runRecordCase(spec, compiled, references, options)
    if ('fault' in ran) return { ...untried(ran.fault), clock }
    const { record } = ran
    const differences = judgeRecord(spec.expect, record, clock)
    const skipped = 'skipped' in record ? [record.skipped] : []
    return { fault: null, differences, skipped, record, clock, golden: null }
  }

  async function runFile(spec: Spec, file: string): Promise<Tried> {
    const ambient = ambientOf(spec)
    const clock = { now: ambient.now, zone }
    const { actual, skipped } = await goldenOf(spec, file, ambient)
    if (actual === null) return { ...untried('the sample is too large for a golden'), clock }
    const name = spec.expect.golden ?? ''
    const path = goldenFile(given, name)
    // What the catalogue expects stands until the institution has a golden file of its own.
    const expected = await readGolden(firstThere(goldenFiles(given, name)))
    const golden = expected === actual ? null : { path, actual }
    const tried = { ...untried(null), skipped, clock, golden }
    if (expected !== null) return { ...tried, differences: lineDifferences(expected, actual) }
    return { ...tried, fault: `there is no ${path}: \`staffetta test --update\` writes it` }
  }

  /** Null: too much for a golden file. */
  async function goldenOf(spec: Spec, file: string, ambient: ReturnType<typeof ambientOf>) {
    const named = Object.entries(spec.references)
    const preview = {
      ...{ target, compiled, onPlanned, isNeutral },
      files: [sampleFile(given, file)],
      references: new Map(
        named.map(([name, sample]) => [name, sampleFile(given, sample)] as const),
      ),
      ...ambient,
    }
    let actual = ''
    const reasons = new Set<string>()
    for await (const record of previewFile(config, preview)) {
      if ('skipped' in record) reasons.add(record.skipped)
      actual += `${JSON.stringify(record)}\n`
      if (actual.length > MAXIMUM_GOLDEN_BYTES) return { actual: null, skipped: [] }
    }
    return { actual, skipped: [...reasons] }
  }

  return {
    async run({ spec }) {
      try {
        return await (spec.file === undefined ? runRecord(spec) : runFile(spec, spec.file))
      } catch (error) {
        // A sample that is not there, or a text that cannot be rendered: of this case alone.
        return untried((error as Error).message)
      }
    },
  }
}

/** Where the golden file of a case is written. */
function goldenFile(given: ConfiguredMapping, name: string): string {
  return goldenFiles(given, name)[0] ?? name
}

/** Where it may stand: the first that is there holds. */
function goldenFiles({ home }: ConfiguredMapping, name: string): string[] {
  return home.folders.map((folder) => join(folder, 'golden', name))
}

async function readGolden(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function untried(fault: string | null): Tried {
  const clock = { now: CASE_NOW, zone: 'Europe/Rome' }
  return { fault, differences: [], skipped: [], record: null, clock, golden: null }
}

function ambientOf({ now, language }: Spec): Pick<PreviewOptions, 'now' | 'language'> {
  return { now: now === undefined ? CASE_NOW : Temporal.Instant.from(now), language }
}
