// The file of an errata, checked by itself and then against each mapping whose messages it
// corrects: an unknown field is an error at the line where it stands. Invariant: what compiles here
// is kept as a version, and renders the same years later.
import { createHash } from 'node:crypto'
import type { Problem } from '../domain/problem.ts'
import type { CompiledCampaign } from '../mapping/campaign-mapping.ts'
import { canonicalJson } from '../mapping/canonical.ts'
import { compileErrata } from '../mapping/errata-mapping.ts'
import type { MappingVersion } from '../pipeline/map.ts'
import { problemOfFault } from './cross-check.ts'
import { ErrataSpec } from './errata.ts'
import { explain } from './explain.ts'
import { readKept } from './mapping-version.ts'
import { parseYaml, readYaml, type YamlFile } from './yaml-file.ts'

/** A file, or what somebody has written into a page: its name is what problems quote. */
export type ErrataSource = { path: string } | { name: string; text: string }

export interface ErrataFile {
  file: YamlFile
  spec: ErrataSpec
}

/** Two kept versions: of the message that is corrected, and of its notice as it is now. */
export interface Corrected {
  name: string
  message: unknown
  notice: unknown
  /** Of the message: 0, or the reminder’s. */
  template: number
}

export type ErrataVersion = CompiledCampaign & { version: MappingVersion }

/** Null when it has an error of its own; what is wrong is added to `problems`. */
export async function readErrata(
  source: ErrataSource,
  problems: Problem[],
): Promise<ErrataFile | null> {
  const read = 'path' in source ? await readYaml(source.path) : parseYaml(source.name, source.text)
  problems.push(...read.problems)
  const { file } = read
  if (file.data === undefined) return null
  const parsed = ErrataSpec.safeParse(file.data)
  if (parsed.success) return { file, spec: parsed.data }
  problems.push(...explain(parsed.error.issues, ErrataSpec, file))
  return null
}

/** What it says of messages of one version; null when it cannot: see `problems`. */
export function errataVersion(
  { file, spec: text }: ErrataFile,
  { name, message, notice, template }: Corrected,
  problems: Problem[],
): ErrataVersion | null {
  const base = readKept(notice)
  const said = readKept(message)?.mapping
  if (base === null || said === undefined) {
    const text = 'this Staffetta can no longer read the mapping of its notices'
    problems.push(problemOf(file, text))
    return null
  }
  const titles = template === 0 ? said.notice : (said.reminders[template - 1] ?? said.notice)
  const { errata, faults } = compileErrata(name, base.mapping, text, titles.subject, base.tables)
  problems.push(...faults.map((fault) => problemOfFault(file, fault)))
  if (errata === null) return null
  const kept = { mapping: errata.mapping.spec, ...base.tables, errata: { payment: text.payment } }
  const sha256 = createHash('sha256').update(canonicalJson(kept)).digest('hex')
  return { ...errata, version: { name, sha256, spec: kept } }
}

function problemOf(file: YamlFile, message: string): Problem {
  const place = { file: file.name, line: null, column: null }
  return { code: 'CFG_VALUE', severity: 'error', ...place, message, hint: '' }
}
