// The rest of a flow, from the drop to the file that a printer takes: written with the last report,
// and for a person at any time.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './cli/run-command.ts'
import { canteenFile, child, type Installation, openInstallation, parent } from './installation.ts'

let here: Installation
let flow: number
let directory: string

const feed = 'comune-di-esempio/feeds/mensa.yaml'
const rows = [
  child(0),
  child(1),
  child(2, { cents: 0 }), // skipped by the mapping
  child(3, { fiscalCode: 'X' }), // refused
  child(4),
]

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-rest-'))
  here = await openInstallation({
    configuration: {
      [feed]: { writeBack: [{ to: 'source', rest: true }] },
      'comune-di-esempio/institution.yaml': { 'services.mensa.letterCents': 110 },
    },
  })
  here.playground.sandbox.stateCitizen(parent(1), { onIo: false })
  flow = await here.drop(rows)
})
afterAll(async () => {
  await here[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const staffetta = (...argv: string[]) => run([...argv, '--config', here.playground.configDirectory])

test('a rest that is made before the end says how many records still wait', async () => {
  const file = join(directory, 'early.csv')
  const { code, out, err } = await staffetta('report', String(flow), '--rest', file)
  expect(code).toBe(0)
  expect(out).toContain('1 of 5 records')
  expect(err).toContain('3 records still wait')
  expect(await readFile(file, 'utf8')).toBe(canteenFile([rows[3]!]))
})

test('the last report has the rest: header and the rows that no message reached', async () => {
  await here.send()
  await here.pass('1 day')
  await here.send()
  await here.app.writeBack(new AbortController().signal)
  const names = (await readdir(here.playground.canteen)).filter((name) => name.includes('.resto.'))
  expect(names).toHaveLength(1)
  const written = await readFile(join(here.playground.canteen, names[0]!), 'utf8')
  expect(written).toBe(canteenFile([rows[1]!, rows[3]!]))
})

test('a person gets the same, and never over a file that exists', async () => {
  const file = join(directory, 'late.csv')
  const first = await staffetta('report', String(flow), '--rest', file, '--json')
  expect(JSON.parse(first.out)).toEqual({ files: [file], records: 5, wanted: 2, waiting: 0 })
  expect(await readFile(file, 'utf8')).toBe(canteenFile([rows[1]!, rows[3]!]))
  await writeFile(file, 'mine')
  const second = await staffetta('report', String(flow), '--rest', file)
  expect(second.code).toBe(1)
  expect(second.err).toContain(`${file} exists`)
  expect(await readFile(file, 'utf8')).toBe('mine')
})

test('the letters that were saved are told with what they would have cost', async () => {
  const saved = { letters: 2, valueCents: 220 }
  for (const argv of [
    ['report', String(flow)],
    ['flows', 'show', String(flow)],
  ]) {
    expect(JSON.parse((await staffetta(...argv, '--json')).out)).toMatchObject({
      lettersSaved: saved,
    })
    expect((await staffetta(...argv)).out).toContain('Letters saved: 2, 2,20 €')
  }
})

test('a mapping that changed since makes no rest, and says what to do', async () => {
  const path = join(here.playground.configDirectory, 'comune-di-esempio/mappings/mensa.yaml')
  const before = await readFile(path, 'utf8')
  await writeFile(path, before.replace(/^record:\n/m, 'record:\n  skipLines: 1\n  header: true\n'))
  const file = join(directory, 'changed.csv')
  const { code, err } = await staffetta('report', String(flow), '--rest', file)
  await writeFile(path, before)
  expect(code).toBe(1)
  expect(err).toContain('REST_CHANGED')
  expect(await readdir(directory)).not.toContain('changed.csv')
})
