// What the console's part of the installation says of institutions: groups of the provider give
// roles in institutions, and for services, that are declared.
import { accessSync, constants } from 'node:fs'
import type { Problem } from '../domain/problem.ts'
import { checkName, problemAt } from './cross-check.ts'
import { valueAt } from './shape.ts'
import { textAt } from './spec-file.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

const GRANTS = ['console', 'oidc', 'groups', 'grants'] as const

/** `institutions`: names of their services; null: of one that has errors: nothing is said of it. */
export function checkConsole(
  file: YamlFile,
  institutions: ReadonlyMap<string, readonly string[] | null>,
): Problem[] {
  return [...listOf(file, GRANTS).keys()].flatMap((index) => {
    const path = [...GRANTS, index]
    const at = [...path, 'institution']
    const problems = checkName(file, at, 'institution', [...institutions.keys()])
    const services = institutions.get(textAt(file, ...at) ?? '') ?? null
    if (services === null) return problems
    const named = [...listOf(file, [...path, 'services']).keys()].map((n) => [
      ...path,
      'services',
      n,
    ])
    return [...problems, ...named.flatMap((one) => checkName(file, one, 'service', services))]
  })
}

/** Paths of the console itself, below which no institution has its pages. */
const TAKEN = [
  ...['account', 'api', 'assets', 'first-run', 'invitation', 'prova', 'prove', 'sign-in'],
  'sign-out',
]

/** An institution whose pages would be others; a list of stolen passwords that is not there. */
export function checkPages(file: YamlFile, institutions: Iterable<string>): Problem[] {
  if (valueAt(file.data, ['console']) === undefined) return []
  const problems = [...institutions]
    .filter((id) => TAKEN.includes(id))
    .map((id) => {
      const message = `the console has pages of its own at "/${id}": those of the institution are hidden`
      return problemAt(file, ['console'], 'CFG_VALUE', 'error', message, `rename the folder ${id}`)
    })
  const path = ['console', 'breachedPasswords']
  const list = textAt(file, ...path)?.replace(/^file:/, '')
  if (list === undefined || isReadable(list)) return problems
  const message = `the file ${list} cannot be read: nobody could choose a password`
  const hint = 'name a list that the daemon’s user may read, or remove the key'
  return [...problems, problemAt(file, path, 'CFG_FILE', 'error', message, hint)]
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

/** Passwords that others on the way could read. */
export function warnPlain(file: YamlFile): Problem[] {
  const url = textAt(file, 'console', 'url')
  if (url === null || !URL.canParse(url)) return []
  const { protocol, hostname } = new URL(url)
  const isHere = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  if (protocol === 'https:' || isHere) return []
  const message = `passwords and codes would travel to ${hostname} without TLS`
  const hint = 'put a proxy with TLS before the console, and write its https address'
  return [problemAt(file, ['console', 'url'], 'CFG_VALUE', 'warning', message, hint)]
}

function listOf({ data }: YamlFile, path: Path): readonly unknown[] {
  const list = valueAt(data, path)
  return Array.isArray(list) ? list : []
}
