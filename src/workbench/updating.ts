// `test --update`: what the cases of one mapping expect, written as it is today: golden files, and
// the values of cases of one record. A case that cannot be run is left as it is, and pieces of a
// text to whoever chose them. Invariant: a record that ends otherwise than before is said to.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { rewriteValues, type ValueEdit } from '../config/cases-rewrite.ts'
import type { ConfiguredCase, ConfiguredMapping } from '../config/config.ts'
import { type Edit, editsOf, expectAnew } from '../pipeline/map/expected-anew.ts'
import type { CaseResult } from './testing.ts'
import type { Tried, Trier } from './trying.ts'

type ResultOf = (mapping: ConfiguredMapping, one: ConfiguredCase, tried: Tried) => CaseResult

interface Updated {
  one: ConfiguredCase
  edits: Edit[]
  /** Where the record has another end now. */
  outcome: string | null
}

/** Runs the cases of a mapping, writes what differs, and says of each what was written. */
export async function* updateCases(
  mapping: ConfiguredMapping,
  trier: Trier,
  resultOf: ResultOf,
): AsyncGenerator<CaseResult> {
  const results: CaseResult[] = []
  const records: Updated[] = []
  for (const one of mapping.cases) {
    const tried = await trier.run(one)
    const result = resultOf(mapping, one, tried)
    if (tried.golden !== null) results.push(await writeGolden(result, tried.golden))
    else results.push(result)
    if (tried.fault !== null || tried.record === null || result.outcome === 'ok') continue
    const { expect, outcome } = expectAnew(one.spec.expect, tried.record, tried.clock)
    records.push({ one, edits: wholeWhere(outcome, one, expect), outcome })
  }
  const fault = await writeRecords(mapping, records)
  for (const [index, one] of mapping.cases.entries()) {
    const updated = records.find((record) => record.one === one)
    if (updated === undefined) yield results[index]!
    else if (fault !== null) yield { ...results[index]!, fault }
    else yield await again(mapping, updated, trier, resultOf)
  }
}

function wholeWhere(outcome: string | null, { spec }: ConfiguredCase, expect: object): Edit[] {
  const before = JSON.parse(JSON.stringify(spec.expect))
  return outcome === null ? editsOf(before, expect) : [{ path: [], before, after: expect }]
}

async function writeGolden(
  result: CaseResult,
  { path, actual }: NonNullable<Tried['golden']>,
): Promise<CaseResult> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, actual)
  return { ...result, outcome: 'updated', fault: null, differences: [], more: 0, changes: [path] }
}

/** Answers why their file cannot be written; null when it is. */
async function writeRecords(
  { cases }: ConfiguredMapping,
  updated: readonly Updated[],
): Promise<string | null> {
  const files = new Set(updated.filter(({ edits }) => edits.length > 0).map(({ one }) => one.file))
  for (const file of files) {
    const ofFile = cases.filter((one) => one.file === file)
    const edits: ValueEdit[] = updated.flatMap((update) =>
      update.edits.map(({ path, after }) => ({
        path: ['cases', ofFile.indexOf(update.one), 'expect', ...path],
        value: after,
      })),
    )
    try {
      await writeFile(file, rewriteValues(await readFile(file, 'utf8'), edits))
    } catch (error) {
      return `nothing is written: ${(error as Error).message}`
    }
  }
  return null
}

/** As it is with its new values: pieces of a text may differ still. */
async function again(
  mapping: ConfiguredMapping,
  { one, edits, outcome }: Updated,
  trier: Trier,
  resultOf: ResultOf,
): Promise<CaseResult> {
  const expect = structuredClone(one.spec.expect)
  const spec = { ...one.spec, expect: edits.reduce(withValue, expect) }
  const result = resultOf(mapping, one, await trier.run({ ...one, spec }))
  const ended = outcome === null ? [] : [`it was ${endOf(one)}, and now is ${outcome}`]
  const changes = [...ended, ...edits.map(wordsOf)]
  const left = 'the pieces of a text are yours to change: --update leaves them'
  if (result.outcome === 'failed') return { ...result, fault: left, changes }
  return { ...result, outcome: 'updated', changes }
}

/** How a case expects its record to end. */
function endOf({ spec: { expect } }: ConfiguredCase): string {
  const ends = ['refused', 'skipped', 'waiting', 'closes'] as const
  return ends.find((end) => expect[end] !== undefined) ?? 'sent'
}

function withValue(expect: ConfiguredCase['spec']['expect'], { path, after }: Edit) {
  const last = path.at(-1)
  if (last === undefined) return after as typeof expect
  const parent = path.slice(0, -1).reduce<unknown>((value, step) => {
    return (value as Record<string | number, unknown>)[step]
  }, expect)
  ;(parent as Record<string | number, unknown>)[last] = after
  return expect
}

function wordsOf({ path, before, after }: Edit): string {
  const place = path.length === 0 ? 'expect' : path.join('.')
  return `${place}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`
}
