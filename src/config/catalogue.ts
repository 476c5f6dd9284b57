// A service of the catalogue, read: ready-made mappings with their texts, cases and samples, which
// are data of the product and have the form of an institution's folder. Each is read once a
// process, and only when somebody wants it.
import { join } from 'node:path'
import type { Problem } from '../domain/problem.ts'
import { MappingSpec } from '../mapping/spec.ts'
import { type CasesFile, loadCases } from './cases-file.ts'
import { serviceFolder } from './catalogue-index.ts'
import { CatalogueServiceSpec } from './catalogue-spec.ts'
import { listFolder, listYaml, readSpec, type SpecFile } from './spec-file.ts'

export interface CatalogueService {
  readonly name: string
  readonly folder: string
  readonly about: SpecFile<CatalogueServiceSpec>
  readonly mappings: readonly SpecFile<MappingSpec>[]
  readonly cases: readonly CasesFile[]
  /** Names of the files in `samples/`. */
  readonly samples: readonly string[]
  /** Names of the files in `golden/`. */
  readonly goldens: readonly string[]
  /** What is wrong with its files. */
  readonly problems: readonly Problem[]
}

const services = new Map<string, Promise<CatalogueService>>()

/** Reads one of the services that `catalogueIndex` names. Throws when the disk fails. */
export function readService(name: string): Promise<CatalogueService> {
  const known = services.get(name)
  if (known) return known
  const reading = read(name)
  services.set(name, reading)
  reading.catch(() => services.delete(name))
  return reading
}

async function read(name: string): Promise<CatalogueService> {
  const folder = serviceFolder(name)
  const problems: Problem[] = []
  const about = await readSpec(join(folder, 'service.yaml'), CatalogueServiceSpec, problems)
  const mappings: SpecFile<MappingSpec>[] = []
  for (const path of await listYaml(join(folder, 'mappings'), problems)) {
    mappings.push(await readSpec(path, MappingSpec, problems))
  }
  const cases = await loadCases(join(folder, 'mappings'), problems)
  const samples = await listFolder(join(folder, 'samples'))
  const goldens = await listFolder(join(folder, 'golden'))
  return { name, folder, about, mappings, cases, samples, goldens, problems }
}
