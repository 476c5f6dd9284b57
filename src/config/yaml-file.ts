// One YAML file → plain data, and the place of every value in it.
// Data has null prototypes; tags, merge keys, doubled keys and endless aliases are problems, so
// that nothing in a file reaches beyond its own values. At most 1 MB and 100,000 values.
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Document, Node, YAMLMap } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, Schema } from 'yaml'
import type { ConfigCode } from '../domain/codes.ts'
import type { Problem } from '../domain/problem.ts'
import { findNode, keyName, offsetInText, offsetOf, type Path } from './yaml-place.ts'

const maximumBytes = 1_000_000
const maximumValues = 100_000
const maximumAliases = 100
const maximumDepth = 50
const maximumSyntaxProblems = 20

/** `file`: where the value stands in another file than the one that was asked. */
export type Place = Pick<Problem, 'line' | 'column'> & Partial<Pick<Problem, 'file'>>

export interface YamlFile {
  /** As the user named it. */
  readonly name: string
  /** Maps without prototype, arrays, scalars; `undefined` when the file could not be read. */
  readonly data: unknown
  /** Where a value stands, or its key. What is not there has the place of what should hold it. */
  place(path: Path, of: 'key' | 'value'): Place
  /** Where a place inside a text value (1-based) stands, as far as the file keeps its lines. */
  placeInText(path: Path, line: number, column: number): Place
}

/**
 * Reads a file. Faults of the disk and of the encoding are problems too. Between two files whatever
 * else the process does has its turn; one is read at once, as waiting for it would take longer.
 */
export async function readYaml(name: string): Promise<{ file: YamlFile; problems: Problem[] }> {
  await setImmediate()
  try {
    const bytes = readSmall(name)
    if (bytes === null) return unreadable(name, 'it is larger than 1 MB', 'split it')
    return parseYaml(name, utf8.decode(bytes))
  } catch (error) {
    if (error instanceof TypeError) {
      return unreadable(name, 'it is not text in UTF-8', 'save it as UTF-8')
    }
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT') return unreadable(name, 'it is not there', createHint(name))
    return unreadable(
      name,
      `it cannot be read (${code})`,
      'let the user that runs Staffetta read it',
    )
  }
}

/** The file of the installation comes with its first institution. */
function createHint(name: string): string {
  if (basename(name) !== 'staffetta.yaml') return 'create it'
  return 'create it, as `staffetta new institution NAME` does; or say where it is with --config'
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The bytes of a file; null when they are too many. */
function readSmall(name: string): Uint8Array | null {
  const file = openSync(name, 'r')
  try {
    return fstatSync(file).size > maximumBytes ? null : readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Parses the text of a file; `data` is `undefined` when there is any problem. */
export function parseYaml(name: string, text: string): { file: YamlFile; problems: Problem[] } {
  let lines: LineCounter | null = null
  const at = (offset: number): Place => {
    lines ??= linesOf(text)
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const problems: Problem[] = []
  const report: Report = (code, offset, message, hint) =>
    problems.push({ code, severity: 'error', file: name, ...at(offset), message, hint })

  const document = parse(text, report)
  if (!document) return { file: emptyFile(name), problems }
  const data = problems.length > 0 ? undefined : toData(document, report)
  if (problems.length > 0) return { file: emptyFile(name), problems }

  return {
    file: {
      name,
      data: data ?? Object.create(null),
      place: (path, of) => at(offsetOf(findNode(document, path), of)),
      placeInText: (path, line, column) => {
        const { value } = findNode(document, path)
        const inside = isScalar(value) ? offsetInText(text, value, line, column) : null
        return at(inside ?? offsetOf({ key: null, value }, 'value'))
      },
    },
    problems,
  }
}

type Report = (code: ConfigCode, offset: number, message: string, hint: string) => void

/** Where lines begin: found when a place is asked for, since most files are right. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter()
  for (let start = 0; start >= 0; ) {
    lines.addNewLine(start)
    const end = text.indexOf('\n', start)
    start = end < 0 ? -1 : end + 1
  }
  return lines
}

/** One for all files: making it costs as much as parsing a short one. */
const core = new Schema({ schema: 'core', merge: false, resolveKnownTags: false })

function parse(text: string, report: Report): Document | null {
  try {
    const document = parseDocument(text, {
      prettyErrors: false,
      version: '1.2',
      schema: core,
      // Doubled keys are found in `toData`: there in linear time, here in quadratic.
      uniqueKeys: false,
      logLevel: 'error',
    })
    const faults = [...document.errors, ...document.warnings]
    for (const fault of faults.slice(0, maximumSyntaxProblems)) {
      report('CFG_YAML', fault.pos[0], yamlSentence(fault.code, fault.message), '')
    }
    return document
  } catch (error) {
    // Absurdly deep nesting overflows the parser's stack; the file stays a file with a problem.
    if (!(error instanceof RangeError)) throw error
    report('CFG_YAML', 0, 'the file is nested too deeply', '')
    return null
  }
}

function yamlSentence(code: string, message: string): string {
  if (code === 'TAG_RESOLVE_FAILED') return 'tags such as `!name` have no meaning here'
  if (code === 'MULTIPLE_DOCS') return 'a file holds one document: `---` must not begin another'
  // What follows a colon quotes the file, and might quote a secret.
  return `not valid YAML: ${message.replace(/:.*$/s, '')}`
}

const refusedKeys = new Map([
  ['<<', 'merge keys are not supported: write the values out'],
  ['__proto__', 'choose another name'],
  ['constructor', 'choose another name'],
  ['prototype', 'choose another name'],
])

function toData(document: Document, report: Report): unknown {
  let values = 0
  let aliases = 0
  let stopped = false

  const stop = (node: Node | null, why: string): null => {
    if (!stopped) report('CFG_YAML', node?.range?.[0] ?? 0, `the file ${why}`, 'write it plainly')
    stopped = true
    return null
  }

  const convert = (node: Node | null, depth: number): unknown => {
    if (stopped) return null
    if (depth > maximumDepth) return stop(node, 'is nested too deeply')
    if (++values > maximumValues) return stop(node, 'has too many values')
    if (isAlias(node)) {
      if (++aliases > maximumAliases) return stop(node, 'has too many aliases')
      const target = node.resolve(document)
      if (target) return convert(target, depth + 1)
      report(
        'CFG_YAML',
        node.range?.[0] ?? 0,
        `no \`&${node.source}\` stands before this alias`,
        '',
      )
      return null
    }
    if (isSeq(node)) return node.items.map((item) => convert(item as Node | null, depth + 1))
    if (isMap(node)) return convertMap(node, depth)
    return isScalar(node) ? node.value : null
  }

  const convertMap = (map: YAMLMap, depth: number): Record<string, unknown> => {
    const data: Record<string, unknown> = Object.create(null)
    for (const { key, value } of map.items) {
      const offset = (key as Node | null)?.range?.[0] ?? map.range?.[0] ?? 0
      const name = keyName(key)
      if (name === null) {
        report('CFG_YAML', offset, 'a key must be a plain name', '')
        continue
      }
      const refused = refusedKeys.get(name)
      if (refused) report('CFG_UNKNOWN_KEY', offset, `"${name}" cannot be a key`, refused)
      if (name in data) {
        report('CFG_YAML', offset, `the key "${name}" stands twice`, 'keep one of the two')
      }
      data[name] = convert(value as Node | null, depth + 1)
    }
    return data
  }

  return convert(document.contents as Node | null, 0)
}

function emptyFile(name: string): YamlFile {
  const nowhere = { line: null, column: null }
  return { name, data: undefined, place: () => nowhere, placeInText: () => nowhere }
}

function unreadable(name: string, why: string, hint: string) {
  const problem: Problem = {
    code: 'CFG_FILE',
    severity: 'error',
    file: name,
    line: null,
    column: null,
    message: `the file cannot be used: ${why}`,
    hint,
  }
  return { file: emptyFile(name), problems: [problem] }
}
