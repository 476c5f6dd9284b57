// Templates of JSON bodies, as they stand in the settings → JSON text. Numbers, booleans and null
// are what they are; texts are Liquid and stay texts, but for `$number` and `$boolean`; `$each`
// makes a list of what stands beside it, `$base64` and the others encode as in arguments of SOAP.
// Invariant: a number is written with the digits that it has, never by way of a float.
import { z } from 'zod'
import { type Json, SourceError } from '../../src/connector.ts'
import {
  fillEncoded,
  fillText,
  problemOfText,
  type Scope,
  scopesOf,
  type Template,
} from './template.ts'

const encodings = ['$text', '$xmlText', '$base64', '$gzipBase64']
const typed = ['$number', '$boolean']
const mostNesting = 50
const numberForm = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** A body whose directives and texts are checked when the settings are read. */
export function jsonTemplate() {
  return z.json().superRefine((template, issues) => {
    for (const message of problemsOf(template)) issues.addIssue(message)
  })
}

/** With `omitEmpty`, members without text are left out. Throws `SRC_TEMPLATE`. */
export function fillJson(template: Json, scope: Scope, omitEmpty: boolean): string {
  return JSON.stringify(fill(template, scope, omitEmpty))
}

function fill(template: Json, scope: Scope, omitEmpty: boolean): unknown {
  if (typeof template === 'string') return fillText(template, scope)
  if (template === null || typeof template !== 'object') return template
  if (Array.isArray(template)) return template.map((one) => fill(one, scope, omitEmpty))
  if (!('$each' in template)) return fillMap(template, scope, omitEmpty)
  const { $each: _list, ...entry } = template
  return scopesOf(template, scope).map((inner) => fillMap(entry, inner, omitEmpty))
}

function fillMap(map: Template, scope: Scope, omitEmpty: boolean): unknown {
  const directive = typed.find((one) => one in map)
  if (directive !== undefined) return typedValue(directive, fillText(String(map[directive]), scope))
  const encoded = fillEncoded(map, scope, omitEmpty)
  if (encoded !== null) return encoded
  const members = Object.entries(map).map(([name, value]) => {
    return [name, value, fill(value, scope, omitEmpty)] as const
  })
  return Object.fromEntries(
    members
      .filter(([, value, filled]) => !omitEmpty || value === null || !isEmpty(filled))
      .map(([name, , filled]) => [name, filled]),
  )
}

function isEmpty(filled: unknown): boolean {
  return filled === '' || filled === null
}

/** Null where there is no text. */
function typedValue(directive: string, text: string): unknown {
  const trimmed = text.trim()
  if (trimmed === '') return null
  if (directive === '$number' && numberForm.test(trimmed)) return exactNumber(trimmed)
  if (directive === '$boolean' && /^(true|false)$/.test(trimmed)) return trimmed === 'true'
  const message = `what stands at \`${directive}\` is none: a number is as \`40.05\`, a boolean \`true\``
  throw new SourceError('SRC_TEMPLATE', message, { retry: false })
}

/** `JSON.rawJSON` is of ECMAScript 2025, which the types do not know yet. */
function exactNumber(digits: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits)
}

function problemsOf(template: Json, depth = 0): string[] {
  if (depth > mostNesting) return [`values are nested more than ${mostNesting} times`]
  if (typeof template === 'string') return [problemOfText(template) ?? []].flat()
  if (template === null || typeof template !== 'object') return []
  if (Array.isArray(template)) return template.flatMap((one) => problemsOf(one, depth + 1))
  const known = [...encodings, ...typed, '$each', '$prolog']
  const directives = Object.keys(template).filter((name) => name.startsWith('$'))
  const unknown = directives.find((name) => !known.includes(name))
  if (unknown !== undefined) return [`${unknown} is none of ${known.join(', ')}`]
  const alone = directives.find((name) => encodings.includes(name) || typed.includes(name))
  const beside = Object.keys(template).find((name) => name !== alone && name !== '$each')
  if (alone !== undefined && beside !== undefined) return [`${beside} stands beside ${alone}`]
  return Object.values(template).flatMap((one) => problemsOf(one, depth + 1))
}
