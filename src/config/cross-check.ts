// What one file says about another: names that must exist, and what fits with what.
// It works on the data as written, so that a slip elsewhere in a file hides nothing here.
import type { Connector } from '../connector.ts'
import type { ConfigCode } from '../domain/codes.ts'
import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import type { MappingSpec } from '../mapping/spec.ts'
import type { FeedSpec } from './feed.ts'
import type { InstallationSpec } from './installation.ts'
import type { InstitutionSpec } from './institution.ts'
import { valueAt } from './shape.ts'
import { keysAt, type SpecFile, textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

export interface FeedFile extends SpecFile<FeedSpec> {
  /** Null when there is none of that name, or it cannot be loaded. */
  readonly connector: Connector | null
}

export interface InstitutionFiles {
  readonly institution: SpecFile<InstitutionSpec>
  readonly feeds: readonly FeedFile[]
  readonly mappings: readonly SpecFile<MappingSpec>[]
  /** Names of the files in `samples/`. */
  readonly samples: readonly string[]
}

/** Everything that is wrong between the files of one institution and the installation's. */
export function crossCheck(
  files: InstitutionFiles,
  installation: SpecFile<InstallationSpec>,
): Problem[] {
  return [
    ...checkInstitution(files.institution.file, installation.file),
    ...files.feeds.flatMap((feed) => checkFeed(feed, files)),
    ...files.mappings.flatMap((mapping) => checkMapping(mapping, files)),
  ]
}

function checkInstitution(file: YamlFile, installation: YamlFile): Problem[] {
  const problems: Problem[] = []
  const accounts = keysAt(installation, 'accounts')
  for (const service of keysAt(file, 'services') ?? []) {
    problems.push(...checkName(file, ['services', service, 'account'], 'account', accounts))
  }
  const addresses = valueAt(file.data, ['notify'])
  const mailIsAbsent = installation.data !== undefined && !valueAt(installation.data, ['mail'])
  if (mailIsAbsent && Array.isArray(addresses) && addresses.length > 0) {
    const message = 'notify has addresses, and the installation has no mail server'
    const hint = 'add `mail` to staffetta.yaml, or remove the addresses'
    problems.push(problemAt(file, ['notify'], 'CFG_VALUE', 'warning', message, hint))
  }
  return problems
}

function checkFeed(feed: FeedFile, files: InstitutionFiles): Problem[] {
  const { file } = feed
  const mappings = files.mappings.map((mapping) => mapping.id)
  const feeds = files.feeds.map((one) => one.id).filter((id) => id !== feed.id)
  const services = keysAt(files.institution.file, 'services')
  const problems = [
    ...checkName(file, ['mapping'], 'mapping', mappings),
    ...checkName(file, ['service'], 'service', services),
    ...checkService(feed, files),
  ]
  const companions = valueAt(file.data, ['companions'])
  for (const index of Array.isArray(companions) ? companions.keys() : []) {
    problems.push(...checkName(file, ['companions', index, 'feed'], 'other feed', feeds))
  }
  const wantsWriteBack = valueAt(file.data, ['writeBack']) === true
  if (wantsWriteBack && feed.connector && !feed.connector.writeBack) {
    const message = `the connector "${textAt(file, 'connector')}" cannot write back to its source`
    problems.push(
      problemAt(file, ['writeBack'], 'CFG_VALUE', 'error', message, 'remove `writeBack`'),
    )
  }
  return problems
}

function checkService({ file }: FeedFile, files: InstitutionFiles): Problem[] {
  const mapping = files.mappings.find((one) => one.id === textAt(file, 'mapping'))
  const shape = mapping ? textAt(mapping.file, 'shape') : null
  const hasService = valueAt(file.data, ['service']) !== undefined
  if (shape === 'notice' && !hasService) {
    const message = '"service" is missing: the mapping makes notices, and a service sends them'
    const services = keysAt(files.institution.file, 'services') ?? []
    const hint = services.length > 0 ? `add one of: ${services.join(', ')}` : 'declare a service'
    return [problemAt(file, [], 'CFG_VALUE', 'error', message, hint)]
  }
  if ((shape === 'reference' || shape === 'settlement') && hasService) {
    const message = `a mapping of shape ${shape} sends nothing, so its feed has no service`
    const path = ['service']
    return [problemAt(file, path, 'CFG_VALUE', 'error', message, 'remove `service`', 'key')]
  }
  const isPremium = mapping && valueAt(mapping.file.data, ['notice', 'premium']) === true
  const service = textAt(file, 'service')
  const plan = ['services', service ?? '', 'plan']
  if (isPremium && valueAt(files.institution.file.data, plan) !== 'premium') {
    const message = `the mapping sends premium messages, and "${service}" has no premium plan`
    const hint = 'say `plan: premium` of a service that has the agreement, or take `premium` away'
    return [problemAt(file, ['service'], 'CFG_VALUE', 'error', message, hint)]
  }
  return []
}

function checkMapping({ id, file }: SpecFile<MappingSpec>, files: InstitutionFiles): Problem[] {
  const problems: Problem[] = []
  const ofShape = (shape: string) =>
    files.mappings.filter((mapping) => textAt(mapping.file, 'shape') === shape)
  const shape = textAt(file, 'shape')
  const references = ofShape('reference').map((reference) => reference.id)
  for (const lookup of keysAt(file, 'lookups') ?? []) {
    problems.push(...checkName(file, ['lookups', lookup, 'reference'], 'reference', references))
  }
  if (shape === 'settlement') {
    const series = ofShape('notice').map((notice) => textAt(notice.file, 'series') ?? '')
    problems.push(...checkName(file, ['series'], 'series of notices', [...series, 'manual']))
  }
  const sample = textAt(file, 'sample')
  if (sample !== null && !files.samples.includes(sample)) {
    const message = `there is no file "${sample}" in samples/`
    const near = nearest(sample, files.samples)
    const hint = near ? `did you mean "${near}"?` : 'put one there, or remove `sample`'
    problems.push(problemAt(file, ['sample'], 'CFG_FILE', 'warning', message, hint))
  }
  if (shape && !files.feeds.some((feed) => textAt(feed.file, 'mapping') === id)) {
    const message = `no feed uses this mapping${shape === 'reference' ? ': it stays empty' : ''}`
    const hint = `write a feed with \`mapping: ${id}\`, or remove the file`
    problems.push(problemAt(file, ['shape'], 'CFG_UNUSED', 'warning', message, hint, 'key'))
  }
  return problems
}

/** `candidates: null` when their file could not be read: then nothing can be said. */
export function checkName(
  file: YamlFile,
  path: Path,
  kind: string,
  candidates: readonly string[] | null,
): Problem[] {
  const name = valueAt(file.data, path)
  if (typeof name !== 'string' || !candidates || candidates.includes(name)) return []
  const near = nearest(name, candidates)
  const known = candidates.length > 0 ? `known: ${candidates.join(', ')}` : 'none is declared'
  const hint = near ? `did you mean "${near}"?` : known
  const message = `there is no ${kind} "${name}"`
  return [problemAt(file, path, 'CFG_UNKNOWN_NAME', 'error', message, hint)]
}

function problemAt(
  file: YamlFile,
  path: Path,
  code: ConfigCode,
  severity: Problem['severity'],
  message: string,
  hint: string,
  of: 'key' | 'value' = 'value',
): Problem {
  return { code, severity, file: file.name, ...file.place(path, of), message, hint }
}
