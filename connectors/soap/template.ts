// Templates of arguments, as they stand in the settings → elements to be written. Order is kept:
// maps are elements in their order, lists are repeated elements, `@name` is an attribute, null is
// `xsi:nil`. Texts are Liquid; `$xmlText`, `$cdata`, `$base64`, `$gzipBase64` encode what is in
// them.
// Invariant: a name that the scope does not have fails; it never becomes an empty value.
import { gzipSync } from 'node:zlib'
import { Liquid } from 'liquidjs'
import { z } from 'zod'
import { type Json, SourceError } from '../../src/connector.ts'
import { type Part, writePart } from './envelope.ts'

/** What `{{ … }}` may name: texts, or maps of them such as `secrets` and `record`. */
export interface Scope {
  [name: string]: string | Scope
}

export type Template = { [name: string]: Json }

const elementName = /^(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*$/
const encodings = ['$text', '$cdata', '$xmlText', '$base64', '$gzipBase64'] as const
const mostNesting = 50

const liquid = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  templates: {}, // Nothing is included from files.
  memoryLimit: 64 * 1024 * 1024,
})
liquid.registerFilter('format', formatTime)
liquid.registerFilter('padLeft', (value: unknown, length: number, fill: unknown = '0') =>
  String(value).padStart(Math.min(Number(length), 100), String(fill)),
)

/** A map of arguments whose names and texts are checked when the settings are read. */
export function argumentTemplate() {
  return z.record(z.string(), z.json()).superRefine((template, issues) => {
    for (const message of problemsOf(template as Template)) issues.addIssue(message)
  })
}

/** A text with `{{ … }}`, checked when the settings are read. */
export function textTemplate(maximum = 2000) {
  return z
    .string()
    .max(maximum)
    .superRefine((text, issues) => {
      const problem = problemOfText(text)
      if (problem !== null) issues.addIssue(problem)
    })
}

/** The text with its values. Throws `SRC_TEMPLATE`. */
export function fillText(text: string, scope: Scope): string {
  if (!text.includes('{')) return text
  try {
    return String(liquid.parseAndRenderSync(text, scope))
  } catch (cause) {
    // The library's message quotes the template, never the values.
    const reason = (cause as Error).message.split('\n')[0]
    const message = `a template of the feed cannot be filled: ${reason}`
    throw new SourceError('SRC_TEMPLATE', message, { retry: false, cause })
  }
}

/** The elements, in order. With `omitEmpty`, those without text and attributes are left out. */
export function fillTemplate(template: Template, scope: Scope, omitEmpty = false): Part[] {
  return Object.entries(template)
    .filter(([name]) => !name.startsWith('@') && !name.startsWith('$'))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => fillOne(name, one, scope, omitEmpty)),
    )
    .filter((part) => !(omitEmpty && isEmpty(part)))
}

/** The attributes `@name` of a map. */
export function fillAttributes(template: Template, scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(template)
      .filter(([name]) => name.startsWith('@'))
      .map(([name, value]) => [name.slice(1), fillText(String(value), scope)]),
  )
}

/** Whether any text of the template names this variable. */
export function mentions(template: Json, variable: string): boolean {
  return new RegExp(`\\{[{%][^}]*\\b${variable}\\b`).test(JSON.stringify(template))
}

function fillOne(name: string, value: Json, scope: Scope, omitEmpty: boolean): Part {
  if (value === null) return { name, attributes: {}, content: null }
  if (typeof value !== 'object') {
    return { name, attributes: {}, content: fillText(String(value), scope) }
  }
  const map = value as Template
  const attributes = fillAttributes(map, scope)
  const encoding = encodings.find((one) => one in map)
  if (encoding === undefined) {
    return { name, attributes, content: fillTemplate(map, scope, omitEmpty) }
  }
  const inner = map[encoding] ?? ''
  const text =
    typeof inner === 'object'
      ? fillTemplate(inner as Template, scope, omitEmpty)
          .map(writePart)
          .join('')
      : fillText(String(inner), scope)
  return { name, attributes, content: encode(encoding, text), cdata: encoding === '$cdata' }
}

function encode(encoding: (typeof encodings)[number], text: string): string {
  if (encoding === '$base64') return Buffer.from(text).toString('base64')
  if (encoding === '$gzipBase64') return gzipSync(Buffer.from(text)).toString('base64')
  return text
}

function isEmpty({ attributes, content }: Part): boolean {
  return content !== null && content.length === 0 && Object.keys(attributes).length === 0
}

/**
 * `{{ now | format: "dd/MM/yyyy HH:mm" }}`: an instant in the institution's zone (the second
 * argument, `Europe/Rome`), or a date. yyyy yy MM dd HH mm ss SSS XXX (the offset).
 */
function formatTime(value: unknown, pattern: unknown, zone: unknown = 'Europe/Rome'): string {
  const text = String(value)
  const time =
    text.length === 10
      ? Temporal.PlainDate.from(text).toZonedDateTime(String(zone))
      : Temporal.Instant.from(text).toZonedDateTimeISO(String(zone))
  const two = (number: number) => String(number).padStart(2, '0')
  const pieces: Record<string, string> = {
    yyyy: String(time.year).padStart(4, '0'),
    yy: two(time.year % 100),
    MM: two(time.month),
    dd: two(time.day),
    HH: two(time.hour),
    mm: two(time.minute),
    ss: two(time.second),
    SSS: String(time.millisecond).padStart(3, '0'),
    XXX: time.offset,
  }
  return String(pattern).replace(/yyyy|yy|MM|dd|HH|mm|SSS|ss|XXX/g, (piece) => pieces[piece] ?? '')
}

function problemsOf(template: Template, depth = 0): string[] {
  if (depth > mostNesting) return [`elements are nested more than ${mostNesting} times`]
  return Object.entries(template).flatMap(([name, value]): string[] => {
    const isEncoding = (encodings as readonly string[]).includes(name)
    if (!isEncoding && !elementName.test(name.replace(/^@/, ''))) {
      return [`${name} is no name of an element; \`@name\` is an attribute`]
    }
    return (Array.isArray(value) ? value : [value]).flatMap((one): string[] => {
      if (Array.isArray(one)) return [`${name}: a list in a list is no XML`]
      if (one !== null && typeof one === 'object') return problemsOf(one as Template, depth + 1)
      const problem = problemOfText(String(one))
      return problem === null ? [] : [`${name}: ${problem}`]
    })
  })
}

function problemOfText(text: string): string | null {
  try {
    liquid.parse(text)
    return null
  } catch (cause) {
    return (cause as Error).message.split('\n')[0] ?? 'it is no template'
  }
}
