// A configuration file and what it says: its data as written, for checks across files, and its
// spec, which exists only when the file is right by itself.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { z } from 'zod'
import type { Problem } from '../domain/problem.ts'
import { explain } from './explain.ts'
import { findLiteralSecrets, findMissingSecrets } from './secrets.ts'
import { valueAt } from './shape.ts'
import { slug, slugForm } from './slug.ts'
import { readYaml, type YamlFile } from './yaml-file.ts'

export interface SpecFile<T> {
  /** The file's name without `.yaml`. */
  readonly id: string
  readonly file: YamlFile
  /** Null when the file has an error of its own. */
  readonly spec: T | null
}

const maximumFiles = 2_000

/** Reads one file and checks it by itself; what is wrong is added to `problems`. */
export async function readSpec<T>(
  path: string,
  schema: z.ZodType<T>,
  problems: Problem[],
): Promise<SpecFile<T>> {
  const id = basename(path, '.yaml')
  const { file, problems: faults } = await readYaml(path)
  problems.push(...faults)
  return checkSpec(id, file, schema, problems)
}

/** Checks a file that was read; what is wrong is added to `problems`. */
export function checkSpec<T>(
  id: string,
  file: YamlFile,
  schema: z.ZodType<T>,
  problems: Problem[],
): SpecFile<T> {
  if (file.data === undefined) return { id, file, spec: null }
  const parsed = schema.safeParse(file.data)
  const found = parsed.success
    ? findMissingSecrets(parsed.data, file)
    : explain(parsed.error.issues, schema, file)
  problems.push(...found, ...findLiteralSecrets(file))
  return { id, file, spec: parsed.success ? parsed.data : null }
}

/** The `.yaml` files of a folder, sorted; none when the folder is not there. */
export async function listYaml(folder: string, problems: Problem[]): Promise<string[]> {
  const report = (name: string, severity: Problem['severity'], message: string, hint: string) =>
    problems.push({ ...atFile(join(folder, name)), code: 'CFG_FILE', severity, message, hint })

  const names = (await listFolder(folder)).filter((name) => !/^\.|\.cases\.yaml$/.test(name))
  const paths: string[] = []
  for (const name of names) {
    if (name.endsWith('.yml')) {
      report(name, 'warning', 'a file that ends in `.yml` is not read', 'rename it to `.yaml`')
    }
    if (!name.endsWith('.yaml')) continue
    if (slug.test(basename(name, '.yaml'))) paths.push(join(folder, name))
    else report(name, 'error', 'the file’s name cannot be used', `give it ${slugForm}`)
  }
  if (paths.length > maximumFiles) {
    const message = `the folder has more than ${maximumFiles} files`
    report('', 'error', message, 'make several institutions of it')
  }
  return paths.slice(0, maximumFiles)
}

/** Names in a folder, sorted; none when it is not there. */
export async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** The text at a path of the data as written, or null. */
export function textAt(file: YamlFile, ...path: PropertyKey[]): string | null {
  const value = valueAt(file.data, path)
  return typeof value === 'string' ? value : null
}

/** The names of a group of keys as written; null when the file could not be read. */
export function keysAt(file: YamlFile, ...path: PropertyKey[]): string[] | null {
  if (file.data === undefined) return null
  const value = valueAt(file.data, path)
  const isGroup = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isGroup ? Object.keys(value) : []
}

function atFile(file: string): Pick<Problem, 'file' | 'line' | 'column'> {
  return { file, line: null, column: null }
}
