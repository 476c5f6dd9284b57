// What one file says about another: names that must exist, and what fits with what.
// It works on the data as written, so that a slip elsewhere in a file hides nothing here.
import type { Connector } from '../connector.ts'
import type { ConfigCode } from '../domain/codes.ts'
import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import { isWarning, type MappingFault } from '../mapping/fault.ts'
import type { MappingSpec } from '../mapping/spec.ts'
import { checkCalendar, checkTiming } from './calendar-check.ts'
import type { CasesFile } from './cases-file.ts'
import { serviceOf, switchFor } from './catalogue-index.ts'
import type { FeedSpec } from './feed.ts'
import type { InstallationSpec } from './installation.ts'
import type { InstitutionSpec } from './institution.ts'
import { checkPayments } from './payments-check.ts'
import { checkReminders } from './reminders-check.ts'
import { valueAt } from './shape.ts'
import { keysAt, type SpecFile, textAt } from './spec-file.ts'
import type { SystemSpec } from './system.ts'
import { checkWriteBack } from './write-back-check.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

/** A file that names a connector. */
interface OfConnector {
  /** Null when there is none of that name, or it cannot be loaded. */
  readonly connector: Connector | null
}

export interface FeedFile extends SpecFile<FeedSpec>, OfConnector {}

export interface SystemFile extends SpecFile<SystemSpec>, OfConnector {}

/** The file of a mapping. */
export interface MappingFile extends SpecFile<MappingSpec> {
  /** What the catalogue has for it; null: all of it is the institution's own. */
  readonly ready: ReadyMade | null
}

export interface ReadyMade {
  /** Of its service. */
  readonly folder: string
  /** The name of the catalogue's mapping. */
  readonly mapping: string
  /** Nothing of it is the institution's own. */
  readonly isWhole: boolean
  readonly samples: readonly string[]
  readonly goldens: readonly string[]
  readonly cases: readonly CasesFile[]
}

export interface InstitutionFiles {
  readonly institution: SpecFile<InstitutionSpec>
  readonly feeds: readonly FeedFile[]
  readonly systems: readonly SystemFile[]
  readonly mappings: readonly MappingFile[]
  /** By the name of a file over the catalogue that is not used: the service that is off. */
  readonly unused: ReadonlyMap<string, string>
  /** The institution's own. */
  readonly cases: readonly CasesFile[]
  /** Names of the files in `samples/`. */
  readonly samples: readonly string[]
  readonly goldenFolder: string
  /** Names of the files in it. */
  readonly goldens: readonly string[]
}

/** Everything that is wrong between the files of one institution and the installation's. */
export function crossCheck(
  files: InstitutionFiles,
  installation: SpecFile<InstallationSpec>,
): Problem[] {
  return [
    ...checkInstitution(files.institution.file, installation.file),
    ...checkCalendar(files.institution.file),
    ...files.feeds.flatMap((feed) => checkFeed(feed, files)),
    ...files.mappings.flatMap((mapping) => checkMapping(mapping, files)),
    ...files.mappings.flatMap(({ file }) => checkReminders(file)),
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
    ...(switchedOff(feed, files) ?? checkName(file, ['mapping'], 'mapping', mappings)),
    ...checkName(file, ['service'], 'service', services),
    ...checkService(feed, files),
    ...checkWriteBack(feed, files.systems),
    ...checkPayments(feed, files),
    ...checkTiming(feed, files),
  ]
  for (const index of listAt(file, 'companions').keys()) {
    problems.push(...checkName(file, ['companions', index, 'feed'], 'other feed', feeds))
  }
  const references = files.mappings
    .filter((mapping) => textAt(mapping.file, 'shape') === 'reference')
    .map((mapping) => mapping.id)
  for (const index of listAt(file, 'references').keys()) {
    problems.push(...checkName(file, ['references', index, 'mapping'], 'reference', references))
  }
  return problems
}

/** A mapping of the catalogue whose service nobody has switched on; null of any other. */
function switchedOff({ file }: FeedFile, files: InstitutionFiles): Problem[] | null {
  const name = textAt(file, 'mapping') ?? ''
  const service = files.unused.get(name) ?? serviceOf(name)
  if (service === null || files.mappings.some(({ id }) => id === name)) return null
  // What is wrong is said of institution.yaml, and all would be off.
  if (files.institution.file.data === undefined) return []
  const message = `the catalogue's mapping "${name}" is switched off`
  const hint = `write \`${switchFor(service)}\` into institution.yaml`
  return [problemAt(file, ['mapping'], 'CFG_UNKNOWN_NAME', 'error', message, hint)]
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

function checkMapping({ id, file, ready }: MappingFile, files: InstitutionFiles): Problem[] {
  // It is there to be used, and is right by itself.
  if (ready?.isWhole) return []
  const samples = [...files.samples, ...(ready?.samples ?? [])]
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
    const known = [...series, 'manual']
    const closed = valueAt(file.data, ['series'])
    const paths: Path[] = Array.isArray(closed)
      ? closed.map((_, index) => ['series', index])
      : [['series']]
    for (const path of paths) problems.push(...checkName(file, path, 'series of notices', known))
  }
  const sample = textAt(file, 'sample')
  if (sample !== null && !samples.includes(sample)) {
    const message = `there is no file "${sample}" in samples/`
    const near = nearest(sample, samples)
    const hint = near ? `did you mean "${near}"?` : 'put one there, or remove `sample`'
    problems.push(problemAt(file, ['sample'], 'CFG_FILE', 'warning', message, hint))
  }
  // With a sample it is a model of its own, that `preview` and `test` read.
  const isModel = samples.includes(sample ?? '') && !isLookedUp(id, files)
  if (shape && !isFed(id, files) && !isModel) {
    const message = `no feed uses this mapping${shape === 'reference' ? ': it stays empty' : ''}`
    const hint = `write a feed with \`mapping: ${id}\`, or remove the file`
    // Of one over the catalogue, in the file that is the institution's own.
    const path = [ready === null ? 'shape' : 'catalogue']
    problems.push(problemAt(file, path, 'CFG_UNUSED', 'warning', message, hint, 'key'))
  }
  return problems
}

function isFed(mapping: string, { feeds }: InstitutionFiles): boolean {
  return feeds.some(({ file }) => {
    const brought = [...listAt(file, 'references').keys()]
    const names = brought.map((index) => textAt(file, 'references', index, 'mapping'))
    return [textAt(file, 'mapping'), ...names].includes(mapping)
  })
}

export function listAt({ data }: YamlFile, key: string): readonly unknown[] {
  const list = valueAt(data, [key])
  return Array.isArray(list) ? list : []
}

/** Whether a mapping that has a feed looks this one up. */
function isLookedUp(reference: string, files: InstitutionFiles): boolean {
  return files.mappings.some(({ id, file }) => {
    const lookups = keysAt(file, 'lookups') ?? []
    const isUsed = lookups.some((name) => textAt(file, 'lookups', name, 'reference') === reference)
    return isUsed && isFed(id, files)
  })
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

/** A problem at a path of a file; the path may lead to what is missing. */
export function problemAt(
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

/** A fault of a mapping or of a text over one, at the line of its file where it stands. */
export function problemOfFault(file: YamlFile, fault: MappingFault): Problem {
  const { code, path, message, hint, line, column } = fault
  const isInText = line !== undefined
  const place = isInText ? file.placeInText(path, line, column ?? 1) : file.place(path, 'value')
  const severity = isWarning(fault) ? 'warning' : 'error'
  return { code, severity, file: file.name, ...place, message, hint }
}
