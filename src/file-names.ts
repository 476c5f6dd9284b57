// Names of files: which are plain names, and how paths and reports are called.
// Part of the public surface of connectors, beside `file-drops.ts`. Names come from the source.
// Invariant: what is no plain name never becomes part of a path.

/** Whether a name is that of a file within its directory, and nothing more. */
export function isPlainName(name: string): boolean {
  return name.length <= 255 && name !== '.' && name !== '..' && /^[^\p{Cc}/\\]+$/u.test(name)
}

/** The path of a name in a directory, on systems that divide paths with `/`. */
export function pathIn(directory: string, name: string): string {
  return `${directory.replace(/\/+$/, '')}/${name}`
}

/** A name that no other file ever has: `bollette.zip.20260301T100000Z-48213`. */
export function stampedName(file: {
  name: string
  sizeBytes: number
  modified: Temporal.Instant
}): string {
  const stamp = file.modified.toString({ smallestUnit: 'second' }).replace(/[-:]/g, '')
  return `${file.name}.${stamp}-${file.sizeBytes}`
}

/** `bollette` → `bollette.esiti.csv`; its first supplement `bollette.1.esiti.csv`. */
export function resultName(stem: string, number: number, suffix: string): string {
  return number === 0 ? `${stem}${suffix}` : `${stem}.${number}${suffix}`
}

/**
 * `bollette.zip` → `bollette.resto.zip`, `lotto.csv.gz` → `lotto.resto.csv.gz`; with another stem
 * the same ending comes after that.
 */
export function restName(fileName: string, stem?: string): string {
  const ending = /(?<=.)(?:\.[^.]{1,5}\.gz|\.[^.]*)?$/iu.exec(fileName)?.[0] ?? ''
  return `${stem ?? fileName.slice(0, fileName.length - ending.length)}.resto${ending}`
}

/** Whether a file may be one that `restName` calls so: polls never take it. */
export function isRestName(fileName: string): boolean {
  return /.\.resto(?:\.[^.]{1,5}\.gz|\.[^.]*)?$/iu.test(fileName)
}
