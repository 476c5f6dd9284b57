// zod's issues → problems, in our words: what stands there, what should, and what to do.
// Where it stands comes from the file; how it is said, from `wording.ts`.
import type { z } from 'zod'
import type { ConfigCode } from '../domain/codes.ts'
import { nearest } from '../domain/nearest.ts'
import type { Problem } from '../domain/problem.ts'
import { shapeOf, shapesAt, valueAt } from './shape.ts'
import { advise, expectation, inside, mayHoldSecret, quote, show, type View } from './wording.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

type Issue = z.core.$ZodIssue

/** What to do about a secret that stands in a file. */
export const secretHint =
  'move it to the environment or to a file, write `env:NAME` or `file:PATH`, and have it changed'

/**
 * Explains why the data at `prefix` of a file is not what `schema` allows.
 * One problem an issue, except that a key which is a slip of a missing one is reported once.
 */
export function explain(
  issues: readonly Issue[],
  schema: z.ZodType,
  file: YamlFile,
  prefix: Path = [],
): Problem[] {
  const view = { file, prefix, data: valueAt(file.data, prefix), shape: shapeOf(schema) }
  const all = issues.flatMap((issue) => meantIssues(issue, [], view.data))
  const explained = all.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return []
    return issue.keys.map((key) => explainUnknownKey(view, issue.path, key))
  })
  const slips = new Set(explained.map((one) => one.meant))
  for (const issue of all) {
    if (issue.code === 'unrecognized_keys') continue
    const isMissing = valueAt(view.data, issue.path) === undefined
    if (isMissing && slips.has(show([...prefix, ...issue.path]))) continue
    explained.push({ meant: null, problem: explainValue(view, issue) })
  }
  return explained.map((one) => one.problem)
}

/**
 * Issues of a plain union are those of the branch that was meant: the one whose kind of value
 * (text, list …) is right. When none is, the union itself is the issue.
 */
function meantIssues(issue: Issue, above: Path, data: unknown): Issue[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'invalid_union' && valueAt(data, path) !== undefined) {
    const meant = issue.errors.filter((issues) => issues.every((one) => !isWrongKind(one)))
    // Where two kinds of text may stand, neither is more meant than the other.
    const [branch, another] = meant
    if (branch && !another) return branch.flatMap((one) => meantIssues(one, path, data))
  }
  return [{ ...issue, path }]
}

function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === 'invalid_type'
}

function explainUnknownKey(view: View, path: Path, key: string) {
  const known = shapesAt(view.shape, view.data, path).flatMap((shape) =>
    Object.keys(shape.properties ?? {}),
  )
  const near = nearest(key, known)
  const where = [...view.prefix, ...path]
  const problem = problemAt(
    view,
    [...path, key],
    'key',
    'CFG_UNKNOWN_KEY',
    `unknown key "${key}"${inside(where)}`,
    near ? `did you mean "${near}"?` : `known keys: ${[...new Set(known)].join(', ')}`,
  )
  return { problem, meant: near ? show([...where, near]) : null }
}

function explainValue(view: View, issue: Issue): Problem {
  const value = valueAt(view.data, issue.path)
  const where = show([...view.prefix, ...issue.path])
  const expected = expectation(view, issue)

  if (issue.code === 'invalid_key') {
    const group = inside([...view.prefix, ...issue.path.slice(0, -1)])
    const message = `"${String(issue.path.at(-1))}" cannot be a name${group}`
    return problemAt(view, issue.path, 'key', 'CFG_VALUE', message, `write ${expected}`)
  }
  if (issue.code === 'custom') {
    const isScalar = value !== undefined && typeof value !== 'object'
    const said = isScalar ? `${where} is ${quote(view, issue.path)}` : where || 'this file'
    const of = value === undefined ? 'key' : 'value'
    return problemAt(view, issue.path, of, 'CFG_VALUE', `${said}: ${issue.message}`, '')
  }
  if (value === undefined) return explainMissing(view, issue.path, expected)
  const isLiteral = ['string', 'number'].includes(typeof value)
  if (isLiteral && mayHoldSecret(view, issue.path) && issue.code !== 'invalid_union') {
    const message = `${where} is written out: a secret must be a reference`
    return problemAt(view, issue.path, 'value', 'CFG_SECRET_LITERAL', message, secretHint)
  }
  const message = `${where || 'this file'} is ${quote(view, issue.path)}; expected ${expected}`
  return problemAt(view, issue.path, 'value', 'CFG_VALUE', message, advise(view, issue, value))
}

function explainMissing(view: View, path: Path, expected: string): Problem {
  const parent = path.slice(0, -1)
  const [shape] = shapesAt(view.shape, view.data, parent)
  const fixed = Object.entries(shape?.properties ?? {}).find(([, one]) => one.const !== undefined)
  const kind = fixed ? ` (${fixed[0]}: ${fixed[1].const})` : ''
  const message = `"${String(path.at(-1))}" is missing${inside([...view.prefix, ...parent])}${kind}`
  const meaning = shapesAt(view.shape, view.data, path)[0]?.description
  const hint = `add it: ${expected}${meaning ? ` — ${meaning}` : ''}`
  return problemAt(view, parent, 'key', 'CFG_VALUE', message, hint)
}

function problemAt(
  view: View,
  path: Path,
  of: 'key' | 'value',
  code: ConfigCode,
  message: string,
  hint: string,
): Problem {
  const { file, prefix } = view
  const place = file.place([...prefix, ...path], of)
  return { code, severity: 'error', file: file.name, ...place, message, hint }
}
