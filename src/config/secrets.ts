// Secrets stand outside the files: here what looks like one inside is found, and references that
// lead nowhere are. Neither ever prints a value.
import { accessSync, constants } from 'node:fs'
import { Secret } from '../connector.ts'
import type { Problem } from '../domain/problem.ts'
import { secretHint } from './explain.ts'
import { show } from './wording.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

const secretForms = [
  /^[0-9a-f]{32}$/i, // a service key of IO, from its gateway
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i, // a URL with a password
]

/** Problems for every text of a file that has the form of a secret. */
export function findLiteralSecrets(file: YamlFile): Problem[] {
  const problems: Problem[] = []
  visit(file.data, [], (value, path) => {
    if (typeof value !== 'string' || !secretForms.some((form) => form.test(value))) return
    const message = `${show(path)} looks like a secret that is written out`
    const place = file.place(path, 'value')
    const code = 'CFG_SECRET_LITERAL'
    problems.push({ code, severity: 'error', file: file.name, ...place, message, hint: secretHint })
  })
  return problems
}

/** Warnings for references whose variable or file is not there; values are not read. */
export function findMissingSecrets(parsed: unknown, file: YamlFile, prefix: Path = []): Problem[] {
  const problems: Problem[] = []
  visit(parsed, prefix, (value, path) => {
    if (!(value instanceof Secret)) return
    const missing = whatIsMissing(value.reference)
    if (!missing) return
    const message = `${show(path)} refers to ${missing.what}`
    const place = file.place(path, 'value')
    const code = 'CFG_SECRET_MISSING'
    problems.push({
      ...{ code, severity: 'warning', file: file.name, ...place, message },
      hint: missing.hint,
    })
  })
  return problems
}

function whatIsMissing(reference: string): { what: string; hint: string } | null {
  const name = reference.slice(reference.indexOf(':') + 1)
  if (reference.startsWith('env:')) {
    if (process.env[name]) return null
    return { what: `the variable ${name}, which is not set`, hint: `set ${name} before it is used` }
  }
  try {
    accessSync(name, constants.R_OK)
    return null
  } catch {
    return { what: `the file ${name}, which cannot be read`, hint: 'create it before it is used' }
  }
}

/** The path is that of the moment: who keeps it keeps a copy. */
function visit(value: unknown, prefix: Path, see: (value: unknown, path: Path) => void): void {
  const path = [...prefix]
  const walk = (one: unknown): void => {
    see(one, path)
    if (typeof one !== 'object' || one === null || one instanceof Secret) return
    const list = Array.isArray(one)
    for (const key of Object.keys(one)) {
      path.push(list ? Number(key) : key)
      walk((one as Record<string, unknown>)[key])
      path.pop()
    }
  }
  walk(value)
}
