// A GovIO template → a mapping with cases, each tried before anything is written: the mapping
// compiled, the cases run as `staffetta test` would. Invariant: what does not compile is not
// written, nothing that stands is overwritten, and what could not be turned is always said.
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Config } from '../config/config.ts'
import { CaseSpec, type ExpectSpec } from '../mapping/case-spec.ts'
import { casesText, type InventedCase, inventCases } from '../mapping/govio/cases.ts'
import { saidOf, type TurnedTemplate, turnTemplate } from '../mapping/govio/mapping-text.ts'
import { GovioError, type GovioTemplate, readTemplate } from '../mapping/govio/template.ts'
import type { NotTurned } from '../mapping/govio/text.ts'
import { type CompiledMapping, compileMapping, type MappingFault } from '../mapping/mapping.ts'
import { MappingSpec } from '../mapping/spec.ts'
import { expectedOf } from '../pipeline/map/expected-anew.ts'
import type { PreviewedRecord } from '../pipeline/map/preview.ts'
import { runAnywhere } from '../pipeline/map/record-case.ts'
import { judgeRecord } from '../pipeline/map/record-verdict.ts'
import { nameOf } from './drafting.ts'

export interface ImportRequest {
  institution: string
  /** Null: made of the template's name, or of the file's. */
  name: string | null
  /** The template. */
  file: string
  /** Its placeholders, where they are a file of their own. */
  placeholders: string | null
}

export interface Imported {
  name: string
  template: string
  /** By position: what each column of the files is. */
  columns: { position: number; name: string; field: string | null }[]
  notTurned: (NotTurned & { said: string })[]
  differs: string[]
  /** What keeps the mapping from compiling; none: the files may be written. */
  faults: MappingFault[]
  /** What is worth a look in its texts. */
  advice: MappingFault[]
  /** Cases whose invented record is refused, although none is to be. */
  refused: { name: string; codes: string[] }[]
  /** How many cases it has. */
  count: number
  mapping: { path: string; text: string }
  cases: { path: string; text: string }
}

/** Bytes of a file with a template or with placeholders. */
const MAXIMUM_BYTES = 5_000_000

/** Makes the two files, and writes nothing. Throws `GovioError` and file errors. */
export async function importGovio(config: Config, request: ImportRequest): Promise<Imported> {
  const { institution, file, placeholders } = request
  const beside = placeholders === null ? undefined : await readJson(placeholders)
  const template = readTemplate(await readJson(file), beside)
  const name = request.name ?? nameFor(template, file)
  const turned = turnTemplate(template, name)
  checkLeft(turned)
  const spec = MappingSpec.parse(parse(turned.text))
  const { mapping, faults } = compileMapping(name, spec, { references: {} })
  const tried = mapping === null ? [] : await tryCases(mapping, turned, institution)
  const folder = join(config.directory, institution, 'mappings')
  return {
    name,
    template: template.name,
    columns: turned.columns.map((column) => ({
      ...{ position: column.position, name: column.name },
      field: turned.read.includes(column) ? column.field : null,
    })),
    notTurned: turned.notTurned.map((one) => ({ ...one, said: saidOf(one) })),
    differs: turned.differs,
    faults: mapping === null ? faults : [],
    advice: mapping === null ? [] : faults,
    refused: tried.filter(({ isOdd }) => isOdd).map(refusedCase),
    count: tried.length,
    mapping: { path: join(folder, `${name}.yaml`), text: turned.text },
    cases: { path: join(folder, `${name}.cases.yaml`), text: casesText(name, tried) },
  }
}

/** A text of which nothing is left is no text. */
function checkLeft({ subject, body }: TurnedTemplate): void {
  for (const { liquid, notTurned } of [subject, body]) {
    const [first] = notTurned
    if (liquid === '' && first) throw new GovioError(`nothing is left of a text: ${saidOf(first)}`)
  }
}

async function readJson(path: string): Promise<unknown> {
  if ((await stat(path)).size > MAXIMUM_BYTES) {
    throw new GovioError(`${path} has more than ${MAXIMUM_BYTES / 1_000_000} MB`)
  }
  try {
    return JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new GovioError(`${path} is no JSON: ${error.message}`, { cause: error })
  }
}

/** What files of the institution are called is told by the template's name, where it has one. */
function nameFor({ name }: GovioTemplate, file: string): string {
  return nameOf(name === '' ? file : name)
}

interface TriedCase extends InventedCase {
  expected: ExpectSpec
  /** Refused or good against what it was meant to be. */
  isOdd: boolean
}

function refusedCase({ name, expected }: TriedCase) {
  return { name, codes: expected.refused ?? [] }
}

/** Each case with what it comes to; it expects that from then on. */
async function tryCases(
  mapping: CompiledMapping,
  turned: TurnedTemplate,
  institution: string,
): Promise<TriedCase[]> {
  const tried: TriedCase[] = []
  for (const invented of inventCases(turned)) {
    const { record, contains, isRefused } = invented
    const one = CaseSpec.parse({ name: 'x', record, expect: { messages: 0 } })
    const ran = await runAnywhere(one, mapping, new Map(), institution)
    if ('fault' in ran) throw new Error(ran.fault)
    const expected = expectedWith(ran.record, contains)
    const [difference] = judgeRecord(expected, ran.record, ran.clock)
    if (difference !== undefined) throw new Error(`a case that fails: ${difference.path}`)
    tried.push({ ...invented, expected, isOdd: !isRefused && expected.refused !== undefined })
  }
  return tried
}

function expectedWith(record: PreviewedRecord, contains: readonly string[]): ExpectSpec {
  if ('refused' in record) return { refused: record.refusals.map(({ code }) => code) }
  const [first] = 'messages' in record ? (record.messages ?? []) : []
  const expected = expectedOf(record)
  if (first === undefined || expected === null) throw new Error('a record became no message')
  const { key, fiscalCode, ...values } = expected
  const { subject, markdown } = first.payload.content
  const shown = contains.filter((piece) => markdown.includes(piece))
  return {
    ...{ key, fiscalCode, subject },
    ...(shown.length > 0 && { markdownContains: shown }),
    ...values,
    messages: 1,
  }
}
