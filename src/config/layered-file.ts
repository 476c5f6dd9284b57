// A file that is written over another: one file to whoever checks it, whose every value is reported
// where it stands - in the file above where that has the key, else in the one below.
import { mergePatch } from './merge-patch.ts'
import { valueAt } from './shape.ts'
import type { Place, YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

/** `above` is merged over `below`, but for the keys that only say what it is. */
export function layFile(above: YamlFile, below: YamlFile, without: readonly string[]): YamlFile {
  const patch = Object.fromEntries(
    Object.entries(above.data as object).filter(([key]) => !without.includes(key)),
  )
  const fileOf = (path: Path): YamlFile => {
    const [own, other] = [depthOf(above, path), depthOf(below, path)]
    return other > own ? below : above
  }
  const named = (file: YamlFile, place: Place): Place => ({ ...place, file: file.name })
  return {
    name: above.name,
    data: mergePatch(below.data, patch),
    place: (path, of) => {
      const file = fileOf(path)
      return named(file, file.place(path, of))
    },
    placeInText: (path, line, column) => {
      const file = fileOf(path)
      return named(file, file.placeInText(path, line, column))
    },
  }
}

/** How many steps of a path lead somewhere. */
function depthOf(file: YamlFile, path: Path): number {
  let depth = 0
  while (depth < path.length && valueAt(file.data, path.slice(0, depth + 1)) !== undefined) depth++
  return depth
}
