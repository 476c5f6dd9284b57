// The cases of an institution's mappings: `NAME.cases.yaml` beside `NAME.yaml`, each checked by
// itself. They are read with the configuration, so that `check` sees them, and run only by `test`.
import { basename, join } from 'node:path'
import type { Problem } from '../domain/problem.ts'
import { CasesSpec } from '../mapping/case-spec.ts'
import type { ConfiguredCase } from './config.ts'
import { listFolder, readSpec, type SpecFile } from './spec-file.ts'

const suffix = '.cases.yaml'

/** A file of cases; `id` is the name of its mapping. */
export type CasesFile = SpecFile<CasesSpec>

/** Reads the files of cases of a folder of mappings; what is wrong is added to `problems`. */
export async function loadCases(folder: string, problems: Problem[]): Promise<CasesFile[]> {
  const names = (await listFolder(folder)).filter((name) => /^[^.].*\.cases\.yaml$/.test(name))
  const files: CasesFile[] = []
  for (const name of names) {
    const read = await readSpec(join(folder, name), CasesSpec, problems)
    files.push({ ...read, id: basename(name, suffix) })
  }
  return files
}

/** The cases of one mapping, in their order; none when it has no file of cases. */
export function casesOf(mapping: string, files: readonly CasesFile[]): ConfiguredCase[] {
  const found = files.find(({ id }) => id === mapping)
  return (found?.spec?.cases ?? []).map((spec, index) => ({
    spec,
    file: found?.file.name ?? '',
    line: found?.file.place(['cases', index, 'name'], 'value').line ?? null,
  }))
}
