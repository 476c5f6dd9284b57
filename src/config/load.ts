// The configuration directory → a checked configuration, or all that is wrong with it at once.
// Nothing is applied here: a configuration with any error gives none, so what runs goes on running.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Problem } from '../domain/problem.ts'
import { checkCampaign, readCampaigns } from './campaign-file.ts'
import { checkCases } from './cases-check.ts'
import type { Config, Institution } from './config.ts'
import { type ConnectedFile, loadConnected } from './connected-file.ts'
import { checkConsole, checkPages, warnPlain } from './console-check.ts'
import { crossCheck, type InstitutionFiles } from './cross-check.ts'
import { FeedSpec } from './feed.ts'
import { InstallationSpec } from './installation.ts'
import { InstitutionSpec } from './institution.ts'
import { loadMappings } from './mapping-file.ts'
import type { ConnectorRegistry } from './registry.ts'
import { slug, slugForm } from './slug.ts'
import { listFolder, listYaml, readSpec, type SpecFile } from './spec-file.ts'
import { SystemSpec } from './system.ts'
import { checkSystems } from './system-check.ts'
import { checkUnused } from './unused-check.ts'

const maximumInstitutions = 500

export interface LoadedConfig {
  /** Null when any problem is an error. */
  readonly config: Config | null
  /** By file, line and column. Warnings stand among the errors. */
  readonly problems: Problem[]
}

/** Loads `staffetta.yaml` and the folder of every institution. Throws only when the disk fails. */
export async function loadConfig(
  directory: string,
  registry: ConnectorRegistry,
): Promise<LoadedConfig> {
  const problems: Problem[] = []
  const path = join(directory, 'staffetta.yaml')
  const installation = await readSpec(path, InstallationSpec, problems)
  const institutions: Institution[] = []
  const services = new Map<string, string[] | null>()
  for (const id of await findInstitutions(directory, problems)) {
    const loaded = await loadInstitution(join(directory, id), id, installation, registry, problems)
    services.set(id, loaded?.services.map(({ name }) => name) ?? null)
    if (loaded) institutions.push(loaded)
  }
  problems.push(
    ...checkConsole(installation.file, services),
    ...checkPages(installation.file, services.keys()),
    ...warnPlain(installation.file),
  )
  const ordered = withoutRepeats(problems).sort(byPlace)
  const isRight = ordered.every((problem) => problem.severity === 'warning')
  if (!isRight || !installation.spec) return { config: null, problems: ordered }
  const config = { directory, installation: placed(installation.spec), institutions }
  return { config, problems: ordered }
}

/** The folders that are institutions: those with an `institution.yaml`, feeds or mappings. */
async function findInstitutions(directory: string, problems: Problem[]): Promise<string[]> {
  const found: string[] = []
  for (const name of await listFolder(directory)) {
    if (name.startsWith('.') || name === 'schema') continue
    const folder = join(directory, name)
    // A link that leads nowhere is no folder.
    const entry = await stat(folder).catch(() => null)
    if (!entry?.isDirectory()) continue
    const inside = await listFolder(folder)
    if (!inside.some((one) => ['institution.yaml', 'feeds', 'mappings'].includes(one))) continue
    if (slug.test(name) && found.length < maximumInstitutions) {
      found.push(name)
      continue
    }
    const tooMany = found.length >= maximumInstitutions
    problems.push({
      ...{ code: 'CFG_FILE', severity: 'error', file: folder, line: null, column: null },
      message: tooMany ? 'there are too many institutions' : 'the folder’s name cannot be used',
      hint: tooMany ? `at most ${maximumInstitutions} share one` : `give it ${slugForm}`,
    })
  }
  return found
}

async function loadInstitution(
  folder: string,
  id: string,
  installation: SpecFile<InstallationSpec>,
  registry: ConnectorRegistry,
  problems: Problem[],
): Promise<Institution | null> {
  const institution = await readSpec(join(folder, 'institution.yaml'), InstitutionSpec, problems)
  const inFolder = <T>(name: string, schema: z.ZodType<T>) =>
    loadFolder(join(folder, name), schema, registry, problems)
  const feeds = await inFolder('feeds', FeedSpec)
  const systems = await inFolder('systems', SystemSpec)
  const loaded = await loadMappings(
    join(folder, 'mappings'),
    id,
    systems,
    problems,
    institution.file,
  )
  const goldenFolder = join(folder, 'golden')
  const files: InstitutionFiles = {
    institution,
    feeds,
    systems,
    mappings: loaded.files,
    unused: loaded.unused,
    cases: loaded.cases,
    samples: await listFolder(join(folder, 'samples')),
    goldenFolder,
    goldens: await listFolder(goldenFolder),
  }
  problems.push(...crossCheck(files, installation), ...checkCases(files), ...checkSystems(files))
  const campaigns = await readCampaigns(join(folder, 'campaigns'), problems)
  problems.push(...checkUnused(files, campaigns))

  if (!institution.spec) return null
  const { services, ...spec } = institution.spec
  const owner = {
    ...spec,
    id,
    services: Object.entries(services).map(([name, service]) => ({
      ...service,
      institution: id,
      name,
    })),
    feeds: feeds.flatMap(({ id: feed, spec: ofFeed, settings }) =>
      ofFeed && settings ? [{ ...ofFeed, settings, institution: id, id: feed }] : [],
    ),
    systems: systems.flatMap(({ id: system, file, spec: ofSystem, settings }) =>
      ofSystem && settings
        ? [{ ...ofSystem, settings, institution: id, id: system, file: file.name }]
        : [],
    ),
    mappings: loaded.compiled,
  }
  const names = { mappings: loaded.files.map(idOf), feeds: feeds.map(idOf) }
  const read = campaigns.map((file) => checkCampaign(file, { institution: owner, names }, problems))
  return { ...owner, campaigns: read.filter((campaign) => campaign !== null) }
}

const idOf = ({ id }: { id: string }) => id

async function loadFolder<T>(
  folder: string,
  schema: z.ZodType<T>,
  registry: ConnectorRegistry,
  problems: Problem[],
): Promise<ConnectedFile<T>[]> {
  const files: ConnectedFile<T>[] = []
  for (const path of await listYaml(folder, problems)) {
    files.push(await loadConnected(path, schema, registry, problems))
  }
  return files
}

/** The environment says where data lives when it wants to, as packages and containers do. */
function placed(installation: InstallationSpec): InstallationSpec {
  const dataDirectory = process.env['STAFFETTA_DATA'] || installation.dataDirectory
  return { ...installation, dataDirectory }
}

/** A secret may be refused by its field and by its looks: one code is said once a place. */
function withoutRepeats(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ code, file, line, column, message }) => {
    const isSecret = code === 'CFG_SECRET_LITERAL'
    const name = JSON.stringify([code, file, line, column, isSecret ? '' : message])
    return !seen.has(name) && seen.add(name)
  })
}

function byPlace(a: Problem, b: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}
