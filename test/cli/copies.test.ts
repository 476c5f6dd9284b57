import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { children, type Installation, openInstallation, parent } from '../installation.ts'
import { run } from './run-command.ts'

let here: Installation
let file: string

beforeAll(async () => {
  here = await openInstallation()
  await here.drop(children(4))
  await here.send()
  file = join(here.playground.directory, 'copy.bak')
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])

test('backup writes a file that its owner alone can read, and says its hash', async () => {
  const { code, out } = await staffetta('backup', file, '--json')
  expect(code).toBe(0)
  const summary = JSON.parse(out)
  const bytes = await readFile(file)
  expect(summary.bytes).toBe(bytes.length)
  expect(summary.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
  expect((await stat(file)).mode & 0o077).toBe(0)
  expect(bytes.toString('latin1')).not.toContain(parent(0))
  const [act] = await here.query(`select actor, verb from acts where subject = 'installation'`)
  expect(act).toMatchObject({ verb: 'backed up' })
})

test('backup never overwrites a file, and leaves none when it fails', async () => {
  const before = await readFile(file)
  const again = await staffetta('backup', file)
  expect(again.code).toBe(1)
  expect(again.err).toContain('exists already')
  expect(await readFile(file)).toEqual(before)
  expect((await staffetta('backup', '/no/such/directory/copy.bak')).code).toBe(1)
  const left = (await readdir(here.playground.directory)).filter((name) => name.includes('.part'))
  expect(left).toEqual([])
})

test('backup - | restore - --check reads the whole copy and changes nothing', async () => {
  const main = join(import.meta.dirname, '../../src/main.ts')
  const { configDirectory } = here.playground
  const command = (rest: string) =>
    `"${process.execPath}" "${main}" ${rest} --config "${configDirectory}"`
  const child = spawn('sh', ['-c', `${command('backup -')} | ${command('restore - --check')}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode ?? once(child, 'close'),
  ])
  expect(out).toMatch(/^whole: the copy of .+ rows of \d+ tables\n$/)
  expect(err).toContain('SHA-256')
})

test('restore wants Staffetta stopped, and a word before it throws anything away', async () => {
  const used = await staffetta('restore', file)
  expect(used.code).toBe(1)
  expect(used.err).toContain('STORE_NOT_EMPTY: Staffetta is using the database')
  const asked = await staffetta('restore', file, '--replace')
  expect(asked.code).toBe(2)
  expect(asked.err).toContain('--yes')
})

test('restore puts a copy back, paused, with what was sent since uncertain', async () => {
  await here.drop(children(6).slice(4), 'mensa-altri.csv')
  await here.send()
  await here.close()
  const refused = await staffetta('restore', file)
  expect(refused.err).toContain('STORE_NOT_EMPTY: the database is not empty')
  const { code, out } = await staffetta('restore', file, '--replace', '--yes')
  expect(code).toBe(0)
  expect(out).toContain('names 2 attempts that the copy does not know')
  expect(out).toContain('staffetta resume installation')
  await here.reopen()
  const paused = await staffetta('resume')
  expect(paused.out).toContain('restored from the copy of')
  expect(paused.out).toContain('2 messages were sent that this database never had')
  expect(await here.query(`select from messages where purpose = 'first'`)).toHaveLength(4)
  expect(await here.query(`select from acts where verb = 'restored'`)).toHaveLength(1)
})

test('restore of a cut copy, or without its key, changes nothing and says why', async () => {
  const cut = join(here.playground.directory, 'cut.bak')
  await writeFile(cut, await readFile(file))
  await truncate(cut, (await stat(cut)).size - 1)
  const before = await here.query('select * from acts order by id')
  await here.close()
  const damaged = await staffetta('restore', cut, '--replace', '--yes')
  expect(damaged.code).toBe(1)
  expect(damaged.err).toContain('STORE_COPY_DAMAGED')
  await rm(join(here.playground.directory, 'data/keys/data-1.key'))
  const keyless = await staffetta('restore', file, '--replace', '--yes')
  expect(keyless.code).toBe(1)
  expect(keyless.err).toContain('STORE_COPY_KEY')
  expect(await readdir(join(here.playground.directory, 'data/keys'))).toEqual([])
  await here.reopen()
  expect(await here.query('select * from acts order by id')).toEqual(before)
})
