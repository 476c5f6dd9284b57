// Where the parts of a mapping stand in its files, for what is said of it long after it was
// compiled. The files are read again: a configuration that is in use keeps no documents.
import type { YamlPath } from '../mapping/fault.ts'
import type { ConfiguredMapping } from './config.ts'
import { valueAt } from './shape.ts'
import { readYaml } from './yaml-file.ts'

/** The place of a path, or of a place (1-based) inside the text there. */
export type FindPlace = (
  path: YamlPath,
  line?: number,
  column?: number,
) => { file: string; line: number | null }

/** Reads the files of a mapping; a path is looked for in the first that has it. */
export async function findPlaces({ files }: Pick<ConfiguredMapping, 'files'>): Promise<FindPlace> {
  const read = await Promise.all(files.map(async (name) => (await readYaml(name)).file))
  return (path, line, column) => {
    const file = read.find(({ data }) => valueAt(data, path) !== undefined) ?? read.at(-1)
    if (file === undefined) return { file: '', line: null }
    const place =
      line === undefined ? file.place(path, 'key') : file.placeInText(path, line, column ?? 1)
    return { file: file.name, line: place.line }
  }
}
