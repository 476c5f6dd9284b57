// `institution.yaml` with a service of the catalogue switched on or off: the text keeps its
// comments and, nearly always, its layout: one line comes or changes. Pure.
// Invariant: what would not read back as it was meant is never written.
import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml'

/** `true`: all of its mappings; `false`: none; else those. */
export type Switch = boolean | readonly string[]

/** The text with a service so. Throws where it cannot be put in its place. */
export function withSwitch(text: string, service: string, to: Switch): string {
  const wanted = parseDocument(text).toJS() ?? {}
  wanted.catalogue = { ...wanted.catalogue, [service]: to }
  // Where one place of the text is not enough, it is written anew: comments stay, blanks may not.
  for (const write of [edited, rewritten]) {
    const written = withLineEnds(text, write(text, service, to))
    const read = parseDocument(written)
    if (read.errors.length === 0 && isDeepStrictEqual(read.toJS(), wanted)) return written
  }
  throw new Error(`write \`catalogue: { ${service}: ${wordsOf(to)} }\` into the file by hand`)
}

/** Those that the text had, where all were alike. */
function withLineEnds(text: string, written: string): string {
  const isWindows = /\r\n/.test(text) && !/(?<!\r)\n/.test(text)
  return isWindows ? written.replace(/\r?\n/g, '\r\n') : written
}

function rewritten(text: string, service: string, to: Switch): string {
  const document = parseDocument(text)
  if (document.errors.length > 0 || !isMap(document.contents)) return text
  const there = document.get('catalogue')
  const value = document.createNode(to, { flow: true })
  if (isMap(there)) there.set(service, value)
  else document.set('catalogue', document.createNode({ [service]: value }))
  return document.toString({ lineWidth: 0 })
}

function wordsOf(to: Switch): string {
  return typeof to === 'boolean' ? String(to) : `[${to.join(', ')}]`
}

function edited(text: string, service: string, to: Switch): string {
  const words = wordsOf(to)
  const { contents } = parseDocument(text)
  const pair = isMap(contents) ? pairOf(contents, 'catalogue') : undefined
  if (pair === undefined) {
    const gap = text === '' || text.endsWith('\n') ? '' : '\n'
    const why = '# Ready-made services: `staffetta new mapping --service` lists them.'
    return `${text}${gap}\n${why}\ncatalogue:\n  ${service}: ${words}\n`
  }
  const { key, value } = pair
  if (!isMap(value)) {
    const colon = text.indexOf(':', key.range?.[1] ?? 0) + 1
    const end = isNothing(value) ? colon : (value?.range?.[1] ?? colon)
    return `${text.slice(0, colon)} { ${service}: ${words} }${text.slice(Math.max(colon, end))}`
  }
  const there = pairOf(value, service)
  if (there && isNothing(there.value)) {
    const colon = text.indexOf(':', there.key.range?.[1] ?? 0) + 1
    return `${text.slice(0, colon)} ${words}${text.slice(colon)}`
  }
  if (there?.value?.range && !(isSeq(there.value) && !there.value.flow)) {
    const [start, end] = there.value.range
    return text.slice(0, start) + words + text.slice(end)
  }
  // A list of lines becomes one line.
  if (there) return text
  return value.flow
    ? inFlow(text, value, `${service}: ${words}`)
    : below(text, value, service, words)
}

/** A key with nothing behind its colon, but maybe a comment. */
function isNothing(value: Node | null): boolean {
  return value === null || (isScalar(value) && value.source === '')
}

function inFlow(text: string, map: YAMLMap, words: string): string {
  const [start, end] = map.range ?? [0, 0]
  if (map.items.length === 0) return `${text.slice(0, start)}{ ${words} }${text.slice(end)}`
  const last = map.items.at(-1) as Pair<Node, Node | null>
  const at = (last.value ?? last.key).range?.[1] ?? end
  return `${text.slice(0, at)}, ${words}${text.slice(at)}`
}

/** On a line of its own below the last one, as far in as the first. */
function below(text: string, map: YAMLMap, service: string, words: string): string {
  const start = map.range?.[0] ?? 0
  const indent = ' '.repeat(start - text.lastIndexOf('\n', start - 1) - 1)
  const last = map.items.at(-1) as Pair<Node, Node | null>
  const from = (last.value ?? last.key).range?.[1] ?? start
  const end = text.indexOf('\n', Math.max(from - 1, 0))
  const at = end < 0 ? text.length : end
  return `${text.slice(0, at)}\n${indent}${service}: ${words}${text.slice(at)}`
}

function pairOf(map: YAMLMap, name: string): Pair<Node, Node | null> | undefined {
  return map.items.find(({ key }) => isScalar(key) && key.value === name) as
    | Pair<Node, Node | null>
    | undefined
}
