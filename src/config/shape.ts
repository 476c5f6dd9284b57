// What a zod schema allows, read from its own JSON Schema: the names it knows at a place, and what
// a value there should be. Problems and reference pages say it in the same words because of this.
import { z } from 'zod'
import { secret } from '../connector.ts'
import type { Path } from './yaml-place.ts'

/** The part of JSON Schema (2020-12) that zod writes for our schemas. */
export interface Shape {
  $ref?: string
  $defs?: Record<string, Shape>
  type?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  format?: string
  pattern?: string
  minimum?: number
  maximum?: number
  properties?: Record<string, Shape>
  required?: string[]
  additionalProperties?: boolean | Shape
  items?: Shape
  anyOf?: Shape[]
  oneOf?: Shape[]
}

/** The shape of what may be written, before defaults and transformations. */
export function shapeOf(schema: z.ZodType): Shape {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape
}

/** How a field that holds a secret by reference is told from others. */
export const secretPattern = shapeOf(secret()).pattern

/** The shapes that a value at this path may have; of a union, the branch that the data mean. */
export function shapesAt(shape: Shape, data: unknown, path: Path): Shape[] {
  let shapes = branchesOf(shape, data)
  let value = data
  for (const step of path) {
    value = valueAt(value, [step])
    shapes = shapes.flatMap((one) => {
      const inner = childOf(one, step)
      return inner ? branchesOf(inner, value) : []
    })
  }
  return shapes
}

/** The value at a path of plain data, or undefined. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return value
}

/** What a value should be, in a few words: `a whole number from 1 to 256`. */
export function describeShape(shape: Shape): string {
  const branches = shape.oneOf ?? shape.anyOf
  if (branches) return [...new Set(branches.map(describeShape))].join(', or ')
  if (shape.const !== undefined) return `\`${shape.const}\``
  if (shape.enum) return shape.enum.map((value) => `\`${value}\``).join(' · ')
  switch (shape.type) {
    case 'string':
      return describeText(shape)
    case 'integer':
    case 'number':
      return describeNumber(shape)
    case 'boolean':
      return 'true or false'
    case 'array':
      return shape.items ? `a list of: ${describeShape(shape.items)}` : 'a list'
    case 'object':
      return 'a group of keys'
    case 'null':
      return 'null'
    default:
      return 'any value'
  }
}

/** Branches of unions, taken apart; those whose fixed values contradict the data are left out. */
function branchesOf(shape: Shape, data: unknown): Shape[] {
  const branches = shape.oneOf ?? shape.anyOf
  if (!branches) return [shape]
  const meant = branches.filter((branch) => !contradicts(branch, data))
  return (meant.length > 0 ? meant : branches).flatMap((branch) => branchesOf(branch, data))
}

function contradicts(shape: Shape, data: unknown): boolean {
  return Object.entries(shape.properties ?? {}).some(([name, property]) => {
    return property.const !== undefined && valueAt(data, [name]) !== property.const
  })
}

function childOf(shape: Shape, step: PropertyKey): Shape | null {
  if (typeof step === 'number') return shape.items ?? null
  const { properties, additionalProperties } = shape
  if (properties && Object.hasOwn(properties, step)) return properties[String(step)] ?? null
  return typeof additionalProperties === 'object' ? additionalProperties : null
}

const textForms: Record<string, string> = {
  email: 'a mail address',
  uri: 'a URL',
  date: 'a date as YYYY-MM-DD',
}

function describeText(shape: Shape): string {
  if (shape.pattern === secretPattern) return 'a reference: `env:NAME` or `file:PATH`'
  return (shape.format && textForms[shape.format]) ?? 'text'
}

function describeNumber(shape: Shape): string {
  const bounded = (bound: number | undefined): bound is number =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER
  const words = [shape.type === 'integer' ? 'a whole number' : 'a number']
  if (bounded(shape.minimum)) words.push(`from ${shape.minimum.toLocaleString('en')}`)
  if (bounded(shape.maximum)) words.push(`to ${shape.maximum.toLocaleString('en')}`)
  return words.join(' ')
}
