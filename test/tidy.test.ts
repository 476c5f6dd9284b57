// The house rules, as tests that name every offence and the remedy; CONTRIBUTING.md lists them.
// Each rule is first shown to fail on a small sample, since a rule that cannot fail keeps nothing.
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportedFunctions, functionsOf } from './tidy/functions.ts'
import { importsOf, isAllowed, rowOf, zoneOf } from './tidy/imports.ts'
import { type Offence, type Rule, rules, sourceFile } from './tidy/rules.ts'
import { stringValue, tokensOf } from './tidy/tokens.ts'
import { badNames, deadModules, incompleteConnectors, pathsIn, sourceFilesIn } from './tidy/tree.ts'

const root = join(import.meta.dirname, '..')
const paths = pathsIn(root)
const files = sourceFilesIn(root, paths)

/** What a failure shows: each offence with its place, then what to do. Empty when all is well. */
function report(offences: Offence[], remedy: string): string {
  if (offences.length === 0) return ''
  const lines = offences.map(({ path, line, what }) => `${path}:${line}  ${what}`)
  return [...lines, `Remedy: ${remedy}`].join('\n')
}

function offencesOf(rule: Rule, path: string, source: string): string[] {
  return rule.applies(path) ? rule.find(sourceFile(path, source)).map(({ what }) => what) : []
}

describe('the tree', () => {
  it.each(rules)('$name', (rule) => {
    const offences = files
      .filter(({ path }) => rule.applies(path))
      .flatMap((file) => rule.find(file).map((offence) => ({ path: file.path, ...offence })))
    expect(report(offences, rule.remedy)).toBe('')
  })

  it('has names in kebab-case, each for one noun or verb', () => {
    const remedy = 'Name the file for what is inside; never utils, helpers, common, types, manager.'
    expect(report(badNames(paths), remedy)).toBe('')
  })

  it('has four files in every connector folder', () => {
    const remedy = 'Add the file; docs and contract tests find connectors by their folders.'
    expect(report(incompleteConnectors(paths), remedy)).toBe('')
  })

  it('has no dead module', () => {
    const remedy = 'Remove the file, or import it from what needs it.'
    expect(report(deadModules(files), remedy)).toBe('')
  })
})

/** For each rule: sources that break it and sources that keep it. The first word is the path. */
const samples: Record<string, { path: string; bad: string[]; good: string[] }> = {
  'a module imports only what the table allows its zone': {
    path: 'src/store/notices.ts',
    bad: [
      `import { send } from '../io/client.ts'`,
      `import type { Client } from '../io/client.ts'`,
      `import { map } from '../pipeline/map.ts'`,
      `import { type Port, map } from '../pipeline/map.ts'`,
      `export { map } from '../pipeline/map.ts'`,
      `export * from '../pipeline/map.ts'`,
      `import '../pipeline/map.ts'`,
      `const part = await import('../pipeline/map.ts')`,
      `new Worker(new URL('../pipeline/map.ts', import.meta.url))`,
      `import { run } from '../../scripts/bench.ts'`,
      `import { rig } from '../../test/rig.ts'`,
      `import {\n  start,\n  stop,\n} from '../app.ts'`,
    ],
    good: [
      `import { isClosed } from '../domain/message.ts'`,
      `import type { Port } from '../pipeline/map.ts'`,
      `import { type Port, type Other as Name } from '../pipeline/map.ts'`,
      `type Port = typeof import('../pipeline/map.ts')`,
      `import { Pool } from 'pg'`,
      `// import { send } from '../io/client.ts'`,
      "const text = `import { send } from '../io/client.ts'`",
    ],
  },
  'only a registry loads a module by a path made at run time': {
    path: 'src/app.ts',
    bad: ['await import(name)', `await import(\`./cli/\${name}.ts\`)`, `import('./a' + name)`],
    good: [`await import('./cli/run.ts')`, 'import.meta.url', 'registry.import(name)'],
  },
  'domain and mapping are pure': {
    path: 'src/domain/money.ts',
    bad: [
      'async function load() {}',
      'const value = await load()',
      `import { join } from 'node:path'`,
      'Date.now()',
      'new Date()',
      'Temporal.Now.instant()',
      'Math.random()',
      'process.env',
      'setTimeout(go, 1)',
      'crypto.randomUUID()',
    ],
    good: [
      '// async, Date.now() and process.env',
      'const options = { async: false }',
      `const text = 'await process.env'`,
      'new Date(at)',
      'Temporal.Instant.from(text)',
    ],
  },
  'a file is short enough to be read at once': {
    path: 'src/app.ts',
    bad: ['x\n'.repeat(401)],
    good: ['x\n'.repeat(400)],
  },
  'a function is short enough to be seen at once': {
    path: 'src/app.ts',
    bad: [
      `function long(): void {${'\n'.repeat(70)}}`,
      `export async function long(a: { b: string }): Promise<{ c: string }> {${'\n'.repeat(70)}}`,
      `const long = async () => {${'\n'.repeat(70)}}`,
      `const long = () => ({${'\n'.repeat(70)}})`,
      `const x = { long(a) {${'\n'.repeat(70)}} }`,
      `class X { get long(): string {${'\n'.repeat(70)}} }`,
      `function long() {\nlist.map((x) => {${'\n'.repeat(68)}})\n}`,
    ],
    good: [
      `function short() {${'\n'.repeat(69)}}`,
      `function short() { return '{' }${'\n'.repeat(70)}`,
      `function make() {\n  return {\n    get() {${'\n'.repeat(69)}},\n  }\n}`,
      `if (ready()) {${'\n'.repeat(70)}}`,
      `const table = {${'\n'.repeat(70)}}`,
      `function a(x: string): { y: string }${'\n'.repeat(70)}function b() {}`,
    ],
  },
  'a line fits the page': {
    path: 'test/app.test.ts',
    bad: [`// ${'long '.repeat(20)}`, `const a = [${'x, '.repeat(40)}]`],
    good: [
      `// https://example.org/${'x'.repeat(90)}`,
      `const text = '${'long '.repeat(20)}'`,
      `import { ${'name, '.repeat(20)} } from './names.ts'`,
    ],
  },
  'a module begins with its header': {
    path: 'scripts/bench.ts',
    bad: ['', `import a from 'a'`, '// One line.\nconst a = 1', '// a\n'.repeat(7)],
    good: ['// What it is.\n// What it keeps.\nconst a = 1', '#!/usr/bin/env node\n// a\n// b\n'],
  },
  'nothing is left to do in a comment': {
    path: 'src/app.ts',
    bad: ['// TODO later', '/* FIXME: wrong */'],
    good: [`const word = 'TODO'`, '// Not a to-do.'],
  },
  'every test runs': {
    path: 'test/app.test.ts',
    bad: [
      `it.only('a', f)`,
      `describe.skip('a', f)`,
      `it.each.skip(x)`,
      `xit('a', f)`,
      `test.todo('a')`,
    ],
    good: [
      `it('skips', f)`,
      `it.skipIf(!found)('a', f)`,
      `if (!a) return test.skip('a reason')`,
      `list.skip(1)`,
      '// it.only',
    ],
  },
  'only commands print': {
    path: 'src/io/client.ts',
    bad: [`console.log('a')`, `console.error('a')`],
    good: [`log.info({}, 'sent')`, 'console.start()', '// console.log'],
  },
  'no type is waved through': {
    path: 'src/app.ts',
    bad: ['const a = b as any', '// @ts-ignore'],
    good: ['const a = b as unknown', `const a = 'as any'`],
  },
  'a public function says what it does': {
    path: 'src/domain/money.ts',
    bad: [
      'export function f() {}',
      '// not enough\nexport function f() {}',
      'export const f = (a: string) => a',
      'export const f: F = (a): string => a',
    ],
    good: [
      '/** Does. */\nexport function f() {}',
      '/** Does. */\nexport const f = (a: string) => a',
      'export const table = { a: 1 }',
      'export const total = (1 + 2) * 3',
      'function f() {}',
    ],
  },
}

describe('each rule', () => {
  it.each(rules)('has a sample: $name', ({ name }) => {
    expect(Object.keys(samples)).toContain(name)
  })

  it.each(rules)('finds what breaks it: $name', (rule) => {
    const { path, bad } = samples[rule.name]!
    for (const source of bad) expect(offencesOf(rule, path, source), source).toHaveLength(1)
  })

  it.each(rules)('lets pass what keeps it: $name', (rule) => {
    const { path, good } = samples[rule.name]!
    for (const source of good) expect(offencesOf(rule, path, source), source).toEqual([])
  })

  it('reports the place, the offence and the remedy', () => {
    const offences = [{ path: 'src/a.ts', line: 3, what: 'no header' }]
    expect(report(offences, 'Write one.')).toBe('src/a.ts:3  no header\nRemedy: Write one.')
  })
})

describe('the rules of the tree', () => {
  it('find names that are not kebab-case, name nothing, or make a barrel', () => {
    const bad = ['src/io/Client.ts', 'src/utils/a.ts', 'src/io/http-helpers.ts', 'src/io/index.ts']
    expect(badNames(bad).map(({ path }) => path)).toEqual(bad)
    expect(
      badNames(['connectors/sftp/index.ts', 'src/io/wire.ts', 'test/io/wire.test.ts']),
    ).toEqual([])
  })

  it('find a connector folder without its README', () => {
    const folder = ['index.ts', 'index.test.ts', 'example.yaml'].map((n) => `connectors/new/${n}`)
    expect(incompleteConnectors(folder).map(({ path }) => path)).toEqual([
      'connectors/new/README.md',
    ])
  })

  it('find a module that nothing imports, through imports of every kind', () => {
    const tree = [
      sourceFile('src/app.ts', `import './a.ts'\nimport type { B } from './b.ts'`),
      sourceFile('src/a.ts', `await import('./c.ts')\nnew URL('./d.ts', import.meta.url)`),
      ...['b', 'c', 'd'].map((name) => sourceFile(`src/${name}.ts`, '')),
      sourceFile('src/cli/run.ts', `export { e } from '../e.ts'`),
      sourceFile('src/e.ts', ''),
      sourceFile('src/dead.ts', `import './dead-too.ts'`),
      sourceFile('src/dead-too.ts', ''),
    ]
    expect(deadModules(tree).map(({ path }) => path)).toEqual(['src/dead.ts', 'src/dead-too.ts'])
  })
})

describe('the table of imports', () => {
  it.each([
    ['src/domain/money.ts', 'src/mapping/spec.ts', false],
    ['src/mapping/spec.ts', 'src/domain/money.ts', true],
    ['src/pipeline/map.ts', 'src/store/drops.ts', false],
    ['src/console/server.ts', 'src/mapping/spec.ts', true],
    ['src/sandbox/server.ts', 'src/mapping/spec.ts', false],
    ['connectors/sftp/index.ts', 'src/file-drops.ts', true],
    ['connectors/sftp/index.ts', 'src/domain/money.ts', false],
    ['connectors/sftp/index.ts', 'connectors/folder/index.ts', false],
    ['connectors/sftp/index.test.ts', 'test/contract/connector.ts', true],
    ['src/app.ts', 'src/store/drops.ts', true],
    ['src/app.ts', 'scripts/bench.ts', false],
    ['src/main.ts', 'src/store/drops.ts', false],
    ['src/map-thread.ts', 'src/app.ts', true],
    ['src/daemon.ts', 'src/store/store.ts', false],
    ['scripts/bench.ts', 'src/app.ts', true],
  ])('%s importing %s is allowed: %s', (from, to, allowed) => {
    expect(isAllowed(zoneOf(from)!, zoneOf(to)!, false)).toBe(allowed)
  })

  it('has a row for every zone of the tree', () => {
    const strays = files.map(({ path }) => path).filter((path) => rowOf(zoneOf(path)!) === null)
    expect(strays).toEqual([])
  })
})

describe('the tokeniser', () => {
  const kindsOf = (source: string) => tokensOf(source).map(({ kind, text }) => `${kind} ${text}`)

  it('tells strings, templates, comments and regular expressions apart', () => {
    expect(kindsOf("a = '//' + \"it's\" // b")).toEqual([
      'word a',
      'mark =',
      "string '//'",
      'mark +',
      'string "it\'s"',
      'comment // b',
    ])
    expect(kindsOf(`\`a\${ {b: \`\${c}\`} }d\``)).toEqual([
      'template `a${',
      'mark {',
      'word b',
      'mark :',
      'template `${',
      'word c',
      'template }`',
      'mark }',
      'template }d`',
    ])
    expect(kindsOf('x = /[/"]\\//g')).toEqual(['word x', 'mark =', 'regex /[/"]\\//g'])
    expect(kindsOf('x = a / b / c').filter((token) => token.startsWith('regex'))).toEqual([])
  })

  it('loses no character, whatever the text', () => {
    const piece = fc.constantFrom(
      'a',
      "'",
      '"',
      '`',
      '${',
      '}',
      '{',
      '/',
      '*',
      '\\',
      '\n',
      ' ',
      '1.',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const source = pieces.join('')
        let rebuilt = ''
        for (const { start, text, line } of tokensOf(source)) {
          expect(line).toBe(source.slice(0, start).split('\n').length)
          expect(source.slice(rebuilt.length, start).trim()).toBe('')
          rebuilt = source.slice(0, start) + text
        }
        expect(source.slice(rebuilt.length).trim()).toBe('')
      }),
    )
  })

  it('gives the value of a plain string or template alone', () => {
    const valueIn = (source: string) => stringValue(tokensOf(source)[0])
    expect([valueIn(`'a'`), valueIn('`a`'), valueIn(`\`\${a}\``), valueIn('a')]).toEqual([
      'a',
      'a',
      null,
      null,
    ])
  })
})

describe('the readings of a source', () => {
  it('find the name and the lines of a function', () => {
    const source = 'export function a(x: string): void {\n}\nconst b = async (y) => {\n}'
    expect(functionsOf(tokensOf(source))).toEqual([
      { name: 'a', isNamed: true, line: 1, endLine: 2 },
      { name: 'b', isNamed: true, line: 3, endLine: 4 },
    ])
  })

  it.each([
    ['const b: F = (x: { y: string }): void => {}', 'b', true],
    ['const b = { get: async (x: string) => {} }', 'get', true],
    ['const b = { async get<T>(x: T): Promise<T> {} }', 'get', true],
    ['class A { get size() {} }', 'size', true],
    ['list.map((x: string) => {})', 'map', false],
    ['list.map(f(1), async (x) => {})', 'map', false],
    ["it('is', function () {})", 'it', false],
  ])('find who a function is: %s', (source, name, isNamed) => {
    expect(functionsOf(tokensOf(source))).toEqual([{ name, isNamed, line: 1, endLine: 1 }])
  })

  it('let the comment of the first overload speak for the others', () => {
    const source = '/** Does. */\nexport function f(): void\nexport function f(a?: string) {}'
    expect(exportedFunctions(tokensOf(source))).toEqual([{ name: 'f', line: 2, documented: true }])
  })

  it('do not take an export of its own for an import', () => {
    const source = `export { a }\nimport type { B } from './b.ts'\nexport const from = './c.ts'`
    expect(importsOf(tokensOf(source))).toEqual([{ specifier: './b.ts', typeOnly: true, line: 2 }])
  })
})
