// A sample file → the mapping that reads it, with a case, each tried before anything is written:
// the sample through the mapping's own reader, and the case as `staffetta test` would run it.
// Invariant: what does not pass is not written, and nothing that stands is ever overwritten.

import { access, mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { openSample, type SamplePlace } from '../archive/open-sample.ts'
import { type Config, getInstitution } from '../config/config.ts'
import { CaseSpec } from '../mapping/case-spec.ts'
import type { RawRecord } from '../mapping/format/raw-record.ts'
import { casesText } from '../mapping/guess/case-text.ts'
import type { Sample } from '../mapping/guess/guess-record.ts'
import { INVENTED_FISCAL_CODE, inventRecord } from '../mapping/guess/invent.ts'
import { mappingText } from '../mapping/guess/mapping-text.ts'
import { sentenceOf } from '../mapping/guess/sentence.ts'
import { GuessError } from '../mapping/guess/table.ts'
import {
  type KnownReference,
  type Understanding,
  understand,
} from '../mapping/guess/understanding.ts'
import type { Wishes } from '../mapping/guess/wishes.ts'
import { type CompiledMapping, type CompiledReference, compileMapping } from '../mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../mapping/spec.ts'
import { expectedOf } from '../pipeline/map/expected-anew.ts'
import type { PreviewedRecord } from '../pipeline/map/preview.ts'
import { runAnywhere } from '../pipeline/map/record-case.ts'
import { judgeRecord } from '../pipeline/map/record-verdict.ts'
import { openFile, referencesOf } from './previewing.ts'

export interface DraftRequest {
  institution: string
  /** Null: made of the file's name. */
  name: string | null
  /** The sample. */
  file: string
  place: SamplePlace
  wishes: Wishes
  /** Whose notices a settlement closes; empty: those of the institution, if there is one series. */
  series: readonly string[]
}

export interface Draft {
  name: string
  understanding: Understanding
  sentence: string
  mapping: { path: string; text: string }
  cases: { path: string; text: string }
  /** How the records of the sample are read by the new mapping. */
  read: { records: number; good: number; refusals: Record<string, number> }
}

/** Makes the two files, and writes nothing. Throws `GuessError`, `DropError` and file errors. */
export async function draftMapping(config: Config, request: DraftRequest): Promise<Draft> {
  const { institution, wishes } = request
  const references = referencesOf(config, institution)
  await using file = await openFile(request.file)
  const sample = await openSample(file.source, request.place)
  if (sample.bytes.length === 0) {
    throw new GuessError('the file is empty: take one that has records')
  }
  const known = [...references.values()].map(knownReference).filter((one) => one !== null)
  const understanding = understand({ ...sample, said: saidOf(request.place) }, wishes, known)
  const name = request.name ?? nameOf(request.file)
  const names = { name, series: seriesFor(config, request, understanding, name) }
  const text = mappingText(understanding, names)
  const compiled = compile(name, text, references)
  const folder = join(config.directory, institution, 'mappings')
  const read = readSample(compiled, sample.bytes, sample.isWhole)
  const cases = await firstCase(compiled, understanding, references, institution)
  return {
    name,
    understanding,
    sentence: sentenceOf(understanding),
    mapping: { path: join(folder, `${name}.yaml`), text },
    cases: { path: join(folder, `${name}.cases.yaml`), text: cases },
    read,
  }
}

/** Writes the files of a draft. Answers the path that stands already, and writes nothing then. */
export async function writeDraft({
  mapping,
  cases,
}: Pick<Draft, 'mapping' | 'cases'>): Promise<string | null> {
  for (const { path } of [mapping, cases]) if (await isThere(path)) return path
  await mkdir(join(mapping.path, '..'), { recursive: true })
  for (const { path, text } of [mapping, cases]) await writeFile(path, text, { flag: 'wx' })
  return null
}

/** A file's name without its end and the dates in it: `TARI_2026-03.csv` → `tari`. */
export function nameOf(file: string): string {
  const slug = basename(file)
    .replace(/(\.(csv|txt|tsv|dat|xlsx|xlsm|xml|json|ndjson|jsonl|zip|p7m|eml|gz))+$/i, '')
    .replace(/ ?\(\d+\)$/, '')
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/(-?\d{1,14})+$/, '')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
  return slug === '' ? 'nuovo' : slug
}

/** What a person said about where the records are is said by the mapping too. */
export function saidOf({ member, sheet }: SamplePlace): Sample['said'] {
  const keys = Object.entries({ member, sheet }).filter(([, value]) => value !== undefined)
  return keys.map(([name, value]) => ({ name, value }))
}

/** Whether there is a file or a folder that this user can see. */
export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

type References = ReturnType<typeof referencesOf>

/** A reference that gives fiscal codes by a key, as a sample without them may need. */
function knownReference({ name, spec }: CompiledReference): KnownReference | null {
  const fields = Object.entries(spec.record.fields)
  const fiscalCode = fields.find(([, { type }]) => type === 'fiscalCode')?.[0]
  const key = spec.record.fields[spec.key]
  if (fiscalCode === undefined || fiscalCode === spec.key || key?.type !== 'text') return null
  const labels = [key.column].flat().filter((label) => typeof label === 'string')
  return { name, labels: [spec.key, ...labels], fiscalCode }
}

/** The series of a new mapping: its own for notices, those that it closes for a settlement. */
function seriesFor(
  config: Config,
  { institution, series }: DraftRequest,
  { shape }: Understanding,
  name: string,
): readonly string[] {
  if (series.length > 0) return series
  if (shape !== 'settlement') return [name]
  const { mappings } = getInstitution(config, institution)
  const there = mappings.flatMap(({ spec }) => (spec.shape === 'notice' ? [spec.series] : []))
  const different = [...new Set(there)]
  if (different.length === 1) return different
  const known = different.length === 0 ? 'there is none yet' : `there are ${different.join(', ')}`
  throw new GuessError(
    `it looks like a list of payments: say with --series whose notices it closes (${known}), ` +
      'or with --shape that it is something else',
  )
}

/** Compiles the text as the configuration would. Throws where it does not: a fault of ours. */
function compile(name: string, text: string, references: References): CompiledMapping {
  const specs: Record<string, ReferenceMapping> = {}
  for (const [id, { spec }] of references) specs[id] = spec
  const spec = MappingSpec.parse(parse(text))
  const { mapping, faults } = compileMapping(name, spec, { references: specs })
  if (mapping !== null && faults.length === 0) return mapping
  const said = faults.map(({ code, path, message }) => `${code} at ${path.join('.')}: ${message}`)
  throw new Error(`the mapping that was made does not compile: ${said.join('; ')}`)
}

/** Reads the sample as the mapping would. Throws `DropError` where it cannot be read to its end. */
export function readSample(
  mapping: CompiledMapping,
  bytes: Uint8Array,
  isWhole: boolean,
): Draft['read'] {
  const refusals: Record<string, number> = {}
  let records = 0
  let good = 0
  const reader = mapping.reader()
  const take = (raws: readonly RawRecord[]) => {
    for (const raw of raws) {
      records++
      const codes = refusalsOf(mapping, raw)
      if (codes.length === 0) good++
      for (const code of codes) refusals[code] = (refusals[code] ?? 0) + 1
    }
    return raws.length
  }
  take(reader.write(bytes))
  while (isWhole && take(reader.end()) > 0);
  return { records, good, refusals }
}

function refusalsOf(mapping: CompiledMapping, raw: RawRecord): string[] {
  if (mapping.shape !== 'notice') {
    const read = mapping.read(raw, NOBODY)
    return read.kind === 'refused' ? read.refusals.map(({ code }) => code) : []
  }
  const prepared = mapping.read(raw)
  const refused = prepared.refusals.map(({ code }) => code)
  // What it looks up is not at hand.
  if (refused.length > 0 || mapping.lookups.length > 0) return refused
  const finished = mapping.finish(prepared, {}, { testers: NOBODY })
  return finished.kind === 'refused' ? finished.refusals.map(({ code }) => code) : []
}

const NOBODY: ReadonlySet<string> = new Set()

/** Records that are tried before it is said that none is good. */
const MOST_TRIED = 200

/** The case of the first record that is good when it is invented, run as `staffetta test` would. */
export async function firstCase(
  mapping: CompiledMapping,
  understanding: Understanding,
  references: References,
  institution: string,
): Promise<string> {
  const { lookup, records } = understanding
  const row =
    lookup === null ? {} : { [lookup.name]: { [lookup.fiscalCode]: INVENTED_FISCAL_CODE } }
  let refused = ''
  for (let index = 0; index < Math.min(records, MOST_TRIED); index++) {
    const record = inventRecord(understanding, index)
    const one = CaseSpec.parse({ name: 'x', record, lookups: row, expect: { messages: 0 } })
    const ran = await runAnywhere(one, mapping, references, institution)
    const expected = 'fault' in ran ? null : expectedOf(ran.record)
    if (expected !== null && 'record' in ran) {
      const [difference] = judgeRecord(expected, ran.record, ran.clock)
      if (difference === undefined) return casesText(record, row, expected)
    }
    refused ||= 'fault' in ran ? ran.fault : JSON.stringify(refusedBy(ran.record))
  }
  throw new GuessError(`no record of the sample makes a good one: the first is refused, ${refused}`)
}

/** The codes and fields of a refusal, without the values. */
function refusedBy(record: PreviewedRecord): string[] {
  return 'refused' in record
    ? record.refusals.map(({ code, field }) => `${code} ${field ?? ''}`)
    : []
}
