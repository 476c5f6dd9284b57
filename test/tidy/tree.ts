// The house rules that concern the tree as a whole: names, dead modules, connector folders.
// Reads the source files of the project as they lie on disk, committed or not.
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { importsOf, targetOf, zoneOf } from './imports.ts'
import { type Offence, type SourceFile, sourceFile } from './rules.ts'

const folders = ['src', 'connectors', 'scripts', 'test']
const connectorFiles = ['index.ts', 'index.test.ts', 'example.yaml', 'README.md']
const bannedNames = /^(?:.*-)?(?:utils?|helpers?|manager)$|^(?:common|types|misc|shared)$/
const kebabCase = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

/** The paths of all files in the source folders, relative to the root, sorted. */
export function pathsIn(root: string): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
        .map((entry) => posix.relative(root, `${entry.parentPath}/${entry.name}`)),
    )
    .sort()
}

/** The TypeScript files among those paths. */
export function sourceFilesIn(root: string, paths: string[]): SourceFile[] {
  return paths
    .filter((path) => path.endsWith('.ts'))
    .map((path) => sourceFile(path, readFileSync(`${root}/${path}`, 'utf8')))
}

/** Names of folders and modules that are not kebab-case, or that name nothing. */
export function badNames(paths: string[]): Offence[] {
  return paths
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const names = path.replace(/(?:\.test)?\.ts$/, '').split('/')
      const bad = names.find((name) => !kebabCase.test(name) || bannedNames.test(name))
      const isBarrel = names.at(-1) === 'index' && names[0] !== 'connectors'
      if (bad === undefined && !isBarrel) return []
      return [{ path, line: 1, what: isBarrel ? 'index.ts outside connectors' : `the name ${bad}` }]
    })
}

/** Connector folders that lack one of the four files. */
export function incompleteConnectors(paths: string[]): Offence[] {
  const connectors = paths.filter((path) => /^connectors\/[^/]+\//.test(path))
  const named = new Set(connectors.map((path) => path.split('/').slice(0, 2).join('/')))
  return [...named].flatMap((folder) =>
    connectorFiles
      .map((file) => `${folder}/${file}`)
      .filter((path) => !connectors.includes(path))
      .map((path) => ({ path, line: 1, what: 'missing' })),
  )
}

/** Modules of `src` that no entry reaches: main, app, a command or a connector. */
export function deadModules(files: SourceFile[]): Offence[] {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set<string>()
  const open = files.map(({ path }) => path).filter(isEntry)
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const file = byPath.get(path)
    if (file === undefined || reached.has(path)) continue
    reached.add(path)
    for (const { specifier } of importsOf(file.tokens)) {
      const target = specifier === null ? null : targetOf(path, specifier)
      if (target !== null) open.push(target)
    }
  }
  return files
    .filter(({ path }) => path.startsWith('src/') && !reached.has(path))
    .map(({ path }) => ({ path, line: 1, what: 'nothing that runs imports it' }))
}

function isEntry(path: string): boolean {
  const zone = zoneOf(path) ?? ''
  const isRoot = path === 'src/main.ts' || path === 'src/app.ts'
  return isRoot || zone === 'cli' || zone.startsWith('connectors/')
}
