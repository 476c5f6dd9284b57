// Templates of arguments, as they stand in the settings → elements to be written. Order is kept:
// maps are elements in their order, lists are repeated elements, `@name` is an attribute, null is
// `xsi:nil`. Texts are Liquid; `$xmlText`, `$cdata`, `$base64`, `$gzipBase64` encode what is in
// them, `$each` repeats an element for each of a list, `$include` refers to an attachment.
// Invariant: a name that the scope does not have fails; it never becomes an empty value.
import { gzipSync } from 'node:zlib'
import { Liquid } from 'liquidjs'
import { z } from 'zod'
import { type Json, SourceError } from '../../src/connector.ts'
import { type Part, writePart } from './envelope.ts'

/** What `{{ … }}` may name: texts, lists, or maps of them such as `secrets` and `record`. */
export interface Scope {
  [name: string]: string | readonly string[] | Scope
}

export type Template = { [name: string]: Json }

const elementName = /^(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*$/
const encodings = ['$text', '$cdata', '$xmlText', '$base64', '$gzipBase64'] as const
/** What else a map may say beside elements and attributes. */
const directives = [...encodings, '$prolog', '$each', '$include'] as const
const mostNesting = 50
const xop = 'http://www.w3.org/2004/08/xop/include'

const liquid = createLiquid()
/** For paths of addresses: each value is one piece of a path, whatever stands in it. */
const liquidOfPaths = createLiquid({ outputEscape: encodePiece })

function createLiquid(more: { outputEscape?: (value: unknown) => string } = {}): Liquid {
  const engine = new Liquid({
    strictVariables: true,
    lenientIf: true, // What may be missing says so: `{{ values.civico | default: "" }}`.
    strictFilters: true,
    ownPropertyOnly: true,
    templates: {}, // Nothing is included from files.
    memoryLimit: 64 * 1024 * 1024,
    ...more,
  })
  engine.registerFilter('format', formatTime)
  engine.registerFilter('padLeft', (value: unknown, length: number, fill: unknown = '0') =>
    String(value).padStart(Math.min(Number(length), 100), String(fill)),
  )
  return engine
}

function encodePiece(value: unknown): string {
  const text = String(value)
  if (text === '') throw new Error('a value in a path is empty')
  return encodeURIComponent(text)
}

/** A map of arguments whose names and texts are checked when the settings are read. */
export function argumentTemplate() {
  return z.record(z.string(), z.json()).superRefine((template, issues) => {
    for (const message of problemsOf(template as Template)) issues.addIssue(message)
  })
}

/** Names with texts, numbers or lists of them, as a query or a form has; checked likewise. */
export function pairsTemplate() {
  const value = z.union([z.string().max(100_000), z.number(), z.boolean()])
  return z
    .record(z.string().min(1).max(200), z.union([value, z.array(value).max(100)]))
    .superRefine((template, issues) => {
      for (const [name, one] of Object.entries(template)) {
        for (const text of [one].flat()) {
          const problem = problemOfText(String(text))
          if (problem !== null) issues.addIssue(`${name}: ${problem}`)
        }
      }
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
  return render(liquid, text, scope)
}

/**
 * The path of an address, its values percent-encoded. Throws `SRC_TEMPLATE`, also where a value is
 * empty or leads upwards: another address than the meant one would be asked.
 */
export function fillPath(text: string, scope: Scope): string {
  const path = render(liquidOfPaths, text, scope)
  if (!path.split('/').some((piece) => piece === '.' || piece === '..')) return path
  const message = 'a path that is to be asked leads upwards: a value in it is `.` or `..`'
  throw new SourceError('SRC_TEMPLATE', message, { retry: false })
}

function render(engine: Liquid, text: string, scope: Scope): string {
  if (!text.includes('{')) return text
  try {
    return String(engine.parseAndRenderSync(text, scope))
  } catch (cause) {
    // The library's message quotes the template, never the values.
    const reason = (cause as Error).message.split('\n')[0]
    const message = `a template of the feed cannot be filled: ${reason}`
    throw new SourceError('SRC_TEMPLATE', message, { retry: false, cause })
  }
}

/** Names and values of a query, a form, or headers; a list is a name that stands several times. */
export function fillPairs(
  template: Template,
  scope: Scope,
  omitEmpty: boolean,
): [name: string, value: string][] {
  return Object.entries(template)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => [name, one]))
    .map(([name, one]): [string, string] => [String(name), fillText(String(one), scope)])
    .filter(([, value]) => !(omitEmpty && value === ''))
}

/** Headers of HTTP by their names in lower case. Throws `SRC_TEMPLATE` for line ends in a value. */
export function fillHeaders(
  template: Template,
  scope: Scope,
  omitEmpty = false,
): Record<string, string> {
  const filled = fillPairs(template, scope, omitEmpty)
  const wrong = filled.find(([, value]) => !/^[\t\x20-\x7E\x80-\xFF]*$/.test(value))
  if (wrong === undefined) {
    return Object.fromEntries(filled.map(([name, value]) => [name.toLowerCase(), value]))
  }
  const message = `the value of the header ${wrong[0]} holds a character that no header can hold`
  throw new SourceError('SRC_TEMPLATE', message, { retry: false })
}

/** The elements, in order. With `omitEmpty`, those without text and attributes are left out. */
export function fillTemplate(template: Template, scope: Scope, omitEmpty = false): Part[] {
  return Object.entries(template)
    .filter(([name]) => !name.startsWith('@') && !name.startsWith('$'))
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).flatMap((one) =>
        scopesOf(one, scope).map((inner) => fillOne(name, one, inner, omitEmpty)),
      ),
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

/** The attachments that `$include` names anywhere in the template. */
export function includedIn(template: Template): string[] {
  const found = JSON.stringify(template).matchAll(/"\$include":"([^"]*)"/g)
  return [...found].map(([, id]) => id ?? '')
}

/** Whether any text of the template names this variable. */
export function mentions(template: unknown, variable: string): boolean {
  return new RegExp(`\\{[{%][^}]*\\b${variable}\\b`).test(JSON.stringify(template))
}

/** With `$each: keys` the element stands once for each, which is `{{ key }}` in it. */
export function scopesOf(value: Json, scope: Scope): Scope[] {
  if (value === null || typeof value !== 'object' || !('$each' in value)) return [scope]
  const list = scope[String(value['$each'])]
  if (Array.isArray(list)) return list.map((key) => ({ ...scope, key }))
  const message = `\`$each: ${value['$each']}\` names no list: only look-ups of many have \`keys\``
  throw new SourceError('SRC_TEMPLATE', message, { retry: false })
}

function fillOne(name: string, value: Json, scope: Scope, omitEmpty: boolean): Part {
  if (value === null) return { name, attributes: {}, content: null }
  if (typeof value !== 'object') {
    return { name, attributes: {}, content: fillText(String(value), scope) }
  }
  const map = value as Template
  const attributes = fillAttributes(map, scope)
  if (map['$include'] !== undefined) {
    const reference = { 'xmlns:xop': xop, href: `cid:${map['$include']}` }
    const include = { name: 'xop:Include', attributes: reference, content: '' }
    return { name, attributes, content: [include], isLiteral: true }
  }
  const text = fillEncoded(map, scope, omitEmpty)
  if (text === null) return { name, attributes, content: fillTemplate(map, scope, omitEmpty) }
  return { name, attributes, content: text, cdata: '$cdata' in map }
}

/** The text of a map with `$text`, `$base64` and such; null for a map of elements. */
export function fillEncoded(map: Template, scope: Scope, omitEmpty: boolean): string | null {
  const encoding = encodings.find((one) => one in map)
  if (encoding === undefined) return null
  const inner = map[encoding] ?? ''
  const text =
    typeof inner === 'object'
      ? writeDocument(inner as Template, scope, omitEmpty)
      : fillText(String(inner), scope)
  return encode(encoding, text)
}

/** A document in a value; `$prolog` is what stands before its root, such as a declaration. */
export function writeDocument(template: Template, scope: Scope, omitEmpty = false): string {
  const prolog = fillText(String(template['$prolog'] ?? ''), scope)
  return prolog + fillTemplate(template, scope, omitEmpty).map(writePart).join('')
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
 * argument, `Europe/Rome`), or a date; nothing of nothing. yyyy yy MM dd HH mm ss SSS XXX (the
 * offset).
 */
function formatTime(value: unknown, pattern: unknown, zone: unknown = 'Europe/Rome'): string {
  const text = String(value)
  if (text === '') return ''
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
    const isDirective = (directives as readonly string[]).includes(name)
    if (!isDirective && !elementName.test(name.replace(/^@/, ''))) {
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

export function problemOfText(text: string): string | null {
  try {
    liquid.parse(text)
    return null
  } catch (cause) {
    return (cause as Error).message.split('\n')[0] ?? 'it is no template'
  }
}
