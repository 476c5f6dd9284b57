// Checks of what people hand to the sandbox: scenarios, faults, citizens. Each names the key at
// fault and the nearest known one, and nothing is taken until all of it holds.
import { nearest } from '../domain/nearest.ts'

/** What was handed over is malformed; the message names the key and what to write instead. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

/** Throws `ShapeError` when the value at this place does not hold. */
export type Check = (value: unknown, place: string) => void

/** An object with these keys only, all of them optional. */
export function object(fields: Readonly<Record<string, Check>>): Check {
  const names = Object.keys(fields)
  return (value, place) => {
    for (const [key, inner] of entriesOf(value, place)) {
      const inside = place === '' ? key : `${place}.${key}`
      if (!names.includes(key)) {
        const near = hint(key, names) || `: there are ${names.join(', ')}`
        throw new ShapeError(`${inside} is not a known key${near}`)
      }
      fields[key]?.(inner, inside)
    }
  }
}

/** An object with keys of any name. */
export function mapOf(check: Check): Check {
  return (value, place) => {
    for (const [key, inner] of entriesOf(value, place)) check(inner, `${place}.${key}`)
  }
}

/** A list of at most 10,000 values. */
export function listOf(check: Check): Check {
  return (value, place) => {
    if (!Array.isArray(value)) throw new ShapeError(`${place} is not a list`)
    if (value.length > 10_000) throw new ShapeError(`${place} has more than 10000 values`)
    for (const [index, inner] of value.entries()) check(inner, `${place}[${index}]`)
  }
}

/** One of these texts. */
export function oneOf(names: readonly string[]): Check {
  return (value, place) => {
    if (typeof value === 'string' && names.includes(value)) return
    const near = typeof value === 'string' ? hint(value, names) : ''
    throw new ShapeError(`${place} is ${shown(value)}, not one of ${names.join(', ')}${near}`)
  }
}

/** Any text but one that looks like a mistyped name of these; case does not count. */
export function nameLike(names: readonly string[]): Check {
  const known = new Set(names.map((name) => name.toLowerCase()))
  return (value, place) => {
    if (typeof value !== 'string') throw new ShapeError(`${place} is not a text`)
    if (!known.has(value.toLowerCase()) && nearest(value, names) !== null) {
      throw new ShapeError(`${place}: ${shown(value)} is not known${hint(value, names)}`)
    }
  }
}

/** A number from `minimum` to `maximum`, whole unless said otherwise. */
export function numberIn(minimum: number, maximum: number, isWhole = true): Check {
  return (value, place) => {
    const holds = typeof value === 'number' && value >= minimum && value <= maximum
    if (holds && (!isWhole || Number.isInteger(value))) return
    const kind = isWhole ? 'a whole number' : 'a number'
    throw new ShapeError(`${place} is ${shown(value)}, not ${kind} from ${minimum} to ${maximum}`)
  }
}

export const boolean: Check = (value, place) => {
  if (typeof value !== 'boolean') throw new ShapeError(`${place} is not true or false`)
}

export const text: Check = (value, place) => {
  if (typeof value !== 'string') throw new ShapeError(`${place} is not a text`)
}

/** An object whose keys are nobody's business here. */
export const anyObject: Check = (value, place) => void entriesOf(value, place)

export const orNull =
  (check: Check): Check =>
  (value, place) => {
    if (value !== null) check(value, place)
  }

function entriesOf(value: unknown, place: string): [string, unknown][] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value)
  }
  throw new ShapeError(`${place === '' ? 'the body' : place} is not an object`)
}

function hint(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  return near === null ? '' : `: did you mean ${near}?`
}

function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 60 ? `${json.slice(0, 60)}…` : json
}
