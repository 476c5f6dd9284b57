// A file of `mappings/`: a mapping of the institution's own, or, where it says `catalogue: NAME`,
// own columns and texts over a mapping of the catalogue, as a JSON Merge Patch over it.
import { basename } from 'node:path'
import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import { MappingSpec } from '../mapping/spec.ts'
import { type CatalogueService, readService } from './catalogue.ts'
import { catalogueIndex, serviceOf } from './catalogue-index.ts'
import { problemAt } from './cross-check.ts'
import { layFile } from './layered-file.ts'
import { valueAt } from './shape.ts'
import { checkSpec, type SpecFile } from './spec-file.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

/** The key that makes a file one over the catalogue. */
export const overlayKey = 'catalogue'

export interface MappingSource {
  readonly id: string
  /** The file by itself. */
  readonly file: YamlFile
  /** What it is written over; null: nothing. */
  readonly base: { service: string; mapping: string } | null
}

/** Reads a file without checking it. A mapping that the catalogue has not is a problem. */
export async function readSource(
  path: string,
  problems: Problem[],
): Promise<MappingSource & { isWrong: boolean }> {
  const id = basename(path, '.yaml')
  const { file, problems: faults } = await readYaml(path)
  problems.push(...faults)
  const mapping = valueAt(file.data, [overlayKey])
  if (mapping === undefined) return { id, file, base: null, isWrong: file.data === undefined }
  const service = typeof mapping === 'string' ? serviceOf(mapping) : null
  if (service !== null) {
    return { id, file, base: { service, mapping: String(mapping) }, isWrong: false }
  }
  const known = [...catalogueIndex().values()].flat()
  const near = nearest(String(mapping), known)
  const hint = near ? `did you mean "${near}"?` : '`staffetta new mapping --service` lists them'
  const message = `the catalogue has no mapping "${String(mapping)}"`
  problems.push(problemAt(file, [overlayKey], 'CFG_UNKNOWN_NAME', 'error', message, hint))
  return { id, file, base: null, isWrong: true }
}

/** Checks it as it stands, or over its base; what is wrong is added to `problems`. */
export async function readOver(
  { id, file, base }: MappingSource,
  problems: Problem[],
): Promise<{ read: SpecFile<MappingSpec>; service: CatalogueService | null }> {
  if (base === null) return { read: checkSpec(id, file, MappingSpec, problems), service: null }
  const service = await readService(base.service)
  const below = service.mappings.find((one) => one.id === base.mapping)
  if (below?.file.data === undefined) return { read: { id, file, spec: null }, service }
  const layered = layFile(file, below.file, [overlayKey])
  return { read: checkSpec(id, layered, MappingSpec, problems), service }
}

/** A file of a mapping by its path alone, whether its service is switched on or not. */
export async function readMapping(
  path: string,
  problems: Problem[],
): Promise<SpecFile<MappingSpec>> {
  const source = await readSource(path, problems)
  if (source.isWrong) return { id: source.id, file: source.file, spec: null }
  return (await readOver(source, problems)).read
}
