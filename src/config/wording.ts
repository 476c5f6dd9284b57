// The words of a problem: what a value is, what it should be, and the slip that explains it.
// A value is quoted only where it cannot be a secret or a person's.
import type { z } from 'zod'
import { nearest } from '../domain/nearest.ts'
import { describeShape, type Shape, secretPattern, shapesAt, valueAt } from './shape.ts'
import type { YamlFile } from './yaml-file.ts'
import type { Path } from './yaml-place.ts'

type Issue = z.core.$ZodIssue

const confidentialName = /secret|password|passphrase|token|key|fiscalcode/i
const maximumQuoted = 60

/** One thing that a schema describes: the part of a file below `prefix`. */
export interface View {
  file: YamlFile
  prefix: Path
  data: unknown
  shape: Shape
}

/** What should stand there instead. */
export function expectation(view: View, issue: Issue): string {
  switch (issue.code) {
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'another name'
    case 'invalid_value':
      return issue.values.map((value) => `\`${String(value)}\``).join(' · ')
    case 'too_small':
      return `${measure(issue.origin, issue.minimum)} or more`
    case 'too_big':
      return `${measure(issue.origin, issue.maximum)} or less`
    case 'invalid_union':
      if (issue.discriminator && Array.isArray(valueAt(issue, ['options']))) {
        return (valueAt(issue, ['options']) as unknown[]).map((one) => `\`${one}\``).join(' · ')
      }
      break
    case 'invalid_format':
      // A message of our own says the form; zod's begin with "Invalid".
      if (!issue.message.startsWith('Invalid')) return issue.message
      break
  }
  const shapes = shapesAt(view.shape, view.data, issue.path)
  return [...new Set(shapes.map(describeShape))].join(', or ') || issue.message
}

function measure(origin: string, bound: number | bigint): string {
  const amount = bound.toLocaleString('en')
  if (origin === 'string') return `${amount} characters`
  return origin === 'array' || origin === 'set' ? `${amount} items` : amount
}

/** The nearest allowed word, or YAML's commonest slip: a code of digits that became a number. */
export function advise(view: View, issue: Issue, value: unknown): string {
  const shapes = shapesAt(view.shape, view.data, issue.path)
  const options = issue.code === 'invalid_union' ? valueAt(issue, ['options']) : null
  const words = [
    ...shapes.flatMap((shape) => shape.enum ?? (shape.const === undefined ? [] : [shape.const])),
    ...(Array.isArray(options) ? options : []),
  ].filter((word) => typeof word === 'string')
  if (typeof value === 'string') {
    const near = dayMeant(value, words) ?? nearest(value, words)
    return near ? `did you mean "${near}"?` : ''
  }
  const wantsText = shapes.some((shape) => shape.type === 'string' && shape.enum === undefined)
  const isScalar = typeof value === 'number' || typeof value === 'boolean'
  return wantsText && isScalar ? 'put it between quotes' : ''
}

const italianDays: Record<string, string> = {
  ...{ lun: 'mon', mar: 'tue', mer: 'wed', gio: 'thu', ven: 'fri', sab: 'sat', dom: 'sun' },
}

/** `lun` is nearer to `sun` than to `mon`. */
function dayMeant(value: string, words: readonly unknown[]): string | null {
  const day = italianDays[value.trim().slice(0, 3).toLowerCase()]
  return day !== undefined && words.includes(day) ? day : null
}

/** Whether a place may hold a secret by reference: what stands there is never quoted. */
export function mayHoldSecret(view: View, path: Path): boolean {
  return shapesAt(view.shape, view.data, path).some((shape) => shape.pattern === secretPattern)
}

/** What stands there, in few words. */
export function quote(view: View, path: Path): string {
  const value = valueAt(view.data, path)
  if (value === null) return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a group of keys'
  const confidential =
    mayHoldSecret(view, path) || path.some((step) => confidentialName.test(String(step)))
  if (confidential) return typeof value === 'string' ? 'another text' : `a ${typeof value}`
  const text = String(value)
  const short = text.length > maximumQuoted ? `${text.slice(0, maximumQuoted)}…` : text
  return typeof value === 'string' ? JSON.stringify(short) : short
}

/** ` in record.fields`, or nothing at the root. */
export function inside(path: Path): string {
  return path.length > 0 ? ` in ${show(path)}` : ''
}

/** `record.fields.importo`, `testers[0].name`. */
export function show(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}
