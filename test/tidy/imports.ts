// Who imports whom: the import declarations of a source, and the one table of what is allowed.
// Anything that makes another module run counts as an import: `import`, `export … from`,
// `import(…)` and `new URL('./x.ts', import.meta.url)`. A type-only import runs nothing.
import { posix } from 'node:path'
import { stringValue, type Token } from './tokens.ts'

export interface Import {
  /** What stands between the quotes; null for `import(…)` of a path made at run time. */
  specifier: string | null
  typeOnly: boolean
  line: number
}

/** A part of the tree, as the table names it: `domain`, `src/app.ts`, `connectors` … */
export type Zone = string

interface Row {
  values: readonly Zone[] | 'all'
  types: readonly Zone[]
}

const edges = [
  'io',
  'store',
  'queue',
  'mail',
  'config',
  'archive',
  'console',
  'cli',
  'sandbox',
] as const

const edge: Row & { values: readonly Zone[] } = {
  values: ['domain', 'mapping'],
  types: ['pipeline', 'src/connector.ts', 'src/log.ts'],
}

/**
 * The one table: what the modules of a zone may import, beside their own zone.
 * `values` may be imported as types too. A zone that is not here may import nothing of the others.
 */
export const mayImport: Record<Zone, Row> = {
  domain: { values: [], types: [] },
  mapping: { values: ['domain'], types: [] },
  pipeline: { values: ['domain', 'mapping', 'src/connector.ts'], types: ['src/log.ts'] },
  ...Object.fromEntries(edges.map((name) => [name, edge])),
  config: { values: [...edge.values, 'src/connector.ts'], types: edge.types },
  console: {
    values: [...edge.values, 'src/html.ts'],
    types: [...edge.types, 'src/app.ts', 'desk', 'releasing', 'workbench'],
  },
  cli: {
    values: [...edge.values, 'src/html.ts'],
    types: [
      ...edge.types,
      ...['src/app.ts', 'src/copying.ts', 'workbench', 'src/offline.ts'],
      ...['src/rehearsing.ts', 'releasing'],
    ],
  },
  sandbox: { values: ['domain'], types: [] },
  connectors: {
    values: [
      ...['src/connector.ts', 'src/file-drops.ts', 'src/file-names.ts'],
      ...['src/file-results.ts', 'src/file-settings.ts'],
    ],
    types: [],
  },
  'src/connector.ts': { values: [], types: [] },
  'src/file-drops.ts': {
    values: ['domain', 'src/connector.ts', 'src/file-companions.ts', 'src/file-names.ts'],
    types: ['src/file-settings.ts'],
  },
  'src/file-companions.ts': {
    values: ['domain', 'src/connector.ts'],
    types: ['src/file-drops.ts', 'src/file-settings.ts'],
  },
  'src/file-names.ts': { values: [], types: [] },
  'src/file-results.ts': {
    values: ['src/connector.ts', 'src/file-drops.ts', 'src/file-names.ts'],
    types: ['src/file-settings.ts'],
  },
  'src/file-settings.ts': { values: ['domain'], types: [] },
  'src/html.ts': { values: [], types: [] },
  'src/log.ts': { values: ['domain'], types: ['src/connector.ts'] },
  'src/app.ts': { values: 'all', types: [] },
  'src/offline.ts': { values: 'all', types: [] },
  'src/copying.ts': { values: 'all', types: [] },
  'src/deciding.ts': { values: 'all', types: [] },
  'src/journaling.ts': { values: 'all', types: [] },
  'src/opening.ts': { values: 'all', types: [] },
  'src/parts.ts': { values: 'all', types: [] },
  'src/reporting.ts': { values: 'all', types: [] },
  'src/asking.ts': { values: 'all', types: [] },
  'src/campaigning.ts': { values: 'all', types: [] },
  'src/rerendering.ts': { values: 'all', types: [] },
  'src/resting.ts': { values: 'all', types: [] },
  'src/postponing.ts': { values: 'all', types: [] },
  'src/scheduling.ts': { values: 'all', types: [] },
  'src/sending.ts': { values: 'all', types: [] },
  'src/counting.ts': { values: 'all', types: [] },
  'src/timing.ts': { values: 'all', types: [] },
  'src/io-options.ts': { values: ['config', 'io'], types: [] },
  'src/subscriptions.ts': { values: 'all', types: [] },
  desk: { values: 'all', types: [] },
  releasing: { values: 'all', types: [] },
  workbench: { values: 'all', types: [] },
  rehearsal: {
    values: ['domain', 'src/connector.ts', 'src/file-names.ts'],
    types: ['config', 'store'],
  },
  'src/rehearsal-count.ts': { values: 'all', types: [] },
  'src/rehearsing.ts': { values: 'all', types: [] },
  'src/time-lapse.ts': { values: 'all', types: [] },
  'src/clockwork.ts': { values: ['domain'], types: ['src/app.ts'] },
  'src/main.ts': {
    values: [
      ...['cli', 'config', 'domain', 'sandbox', 'src/app.ts', 'src/daemon.ts', 'src/log.ts'],
      ...['src/copying.ts', 'workbench', 'src/map-worker.ts', 'src/offline.ts'],
      ...['src/rehearsing.ts', 'src/running.ts', 'releasing'],
    ],
    types: [],
  },
  'src/duties.ts': { values: ['src/log.ts'], types: [] },
  'src/daemon.ts': {
    values: ['domain', 'config', 'src/duties.ts'],
    types: ['pipeline', 'src/app.ts', 'src/map-worker.ts'],
  },
  'src/running.ts': {
    values: [
      ...['config', 'src/app.ts', 'src/daemon.ts', 'src/duties.ts', 'src/log.ts'],
      ...['src/map-worker.ts', 'src/opening.ts', 'src/reload-check.ts', 'store'],
    ],
    types: [],
  },
  'src/reload-check.ts': { values: ['config', 'domain', 'workbench'], types: [] },
  'src/map-worker.ts': { values: ['src/map-thread.ts'], types: ['pipeline', 'src/app.ts'] },
  'src/map-thread.ts': { values: ['src/app.ts'], types: [] },
  scripts: { values: 'all', types: [] },
  test: { values: 'all', types: [] },
}

/** Modules that may load another by a path made at run time: the registries by folder. */
export const computedImportsIn = [
  'src/config/registry.ts',
  'src/cli/commands.ts',
  'scripts/soak/runs.ts',
]

/** Which zone a path belongs to; each connector is a zone of its own. Null outside the tree. */
export function zoneOf(path: string): Zone | null {
  const [top, second] = path.split('/')
  if (path.endsWith('.test.ts') || top === 'test') return 'test'
  if (top === 'scripts') return top
  if (top === 'connectors') return `connectors/${second}`
  if (top !== 'src' || second === undefined) return null
  return second.endsWith('.ts') ? path : second
}

/** The row of the table for a zone; null for a part of the tree that the table does not know. */
export function rowOf(zone: Zone): Row | null {
  return mayImport[zone.startsWith('connectors/') ? 'connectors' : zone] ?? null
}

/** Whether the table lets a module of one zone import one of another. */
export function isAllowed(from: Zone, to: Zone, typeOnly: boolean): boolean {
  if (from === to) return true
  const row = rowOf(from)
  if (row === null) return false
  if ((to === 'test' || to === 'scripts') && !['test', 'scripts'].includes(from)) return false
  if (row.values === 'all' || row.values.includes(to)) return true
  return typeOnly && row.types.includes(to)
}

/** The module that a relative specifier leads to, as a path from the root; null for a package. */
export function targetOf(path: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null
}

/** Every import of a source, in order. `tokens` as `tokensOf` gives them. */
export function importsOf(tokens: Token[]): Import[] {
  const code = tokens.filter((token) => token.kind !== 'comment')
  const found: Import[] = []
  for (const [index, token] of code.entries()) {
    if (token.kind !== 'word' || code[index - 1]?.text === '.') continue
    const next = code[index + 1]?.text
    if (token.text === 'URL' && next === '(') found.push(...moduleUrl(code, index))
    else if (token.text === 'import' && next === '(') found.push(dynamicImport(code, index))
    else if (token.text === 'import' || token.text === 'export') found.push(...from(code, index))
  }
  return found
}

/** `new URL('./x.ts', import.meta.url)`: how a worker thread or a child process is named. */
function moduleUrl(code: Token[], index: number): Import[] {
  const specifier = stringValue(code[index + 2])
  const isModule = specifier?.endsWith('.ts') && code[index + 4]?.text === 'import'
  return isModule ? [{ specifier, typeOnly: false, line: code[index]!.line }] : []
}

/** `import(…)`. In a type it stands after `typeof`, and runs nothing. */
function dynamicImport(code: Token[], index: number): Import {
  const isWhole = [')', ','].includes(code[index + 3]?.text ?? '')
  return {
    specifier: isWhole ? stringValue(code[index + 2]) : null,
    typeOnly: code[index - 1]?.text === 'typeof',
    line: code[index]!.line,
  }
}

/** `import … from 'x'`, `export … from 'x'` and `import 'x'`; nothing for an export of its own. */
function from(code: Token[], index: number): Import[] {
  const line = code[index]!.line
  let at = index + 1
  const bare = stringValue(code[at])
  if (bare !== null) return [{ specifier: bare, typeOnly: false, line }]
  // `import type from 'x'` imports a default that is called `type`.
  const typeOnly = code[at]?.text === 'type' && code[at + 1]?.text !== 'from'
  if (typeOnly) at += 1
  const clause: Token[] = []
  while (isOfClause(code[at]) && (clause.at(-1)?.text !== '}' || code[at]!.text === 'from')) {
    clause.push(code[at++]!)
  }
  const specifier = clause.at(-1)?.text === 'from' ? stringValue(code[at]) : null
  if (specifier === null) return []
  return [{ specifier, typeOnly: typeOnly || allAreTypes(clause), line }]
}

/** The names, braces, commas and stars that may stand between `import` and the quoted path. */
function isOfClause(token: Token | undefined): boolean {
  return token?.kind === 'word' || ['{', '}', ',', '*'].includes(token?.text ?? '')
}

/** Whether a clause such as `{ type A, type B as C } from` names types alone. */
function allAreTypes(clause: Token[]): boolean {
  const text = clause.map((token) => token.text).join(' ')
  const names = /^\{ (.*?) ,? ?\} from$/.exec(text)?.[1]
  // `type as x` renames a value that is called `type`.
  return names?.split(' , ').every((name) => /^type (?!as )/.test(name)) ?? false
}
