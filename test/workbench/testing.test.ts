// Cases of files, run in this process on a copy of the example: what they are compared with, and
// that one which cannot be run says why and leaves the others alone.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readConfig } from '../../src/offline.ts'
import { runCases } from '../../src/workbench/testing.ts'

let directory: string
let folder: string

beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'staffetta-testing-')), 'config')
  folder = join(directory, 'comune-di-esempio')
  await cp('config', directory, { recursive: true })
})
afterAll(() => rm(join(directory, '..'), { recursive: true }))

/** Runs these cases in place of those of the water bills. */
async function ran(cases: string, update = false) {
  await writeFile(join(folder, 'mappings/bollette.cases.yaml'), `cases:\n${cases}`)
  const { config, problems } = await readConfig(directory)
  if (config === null) throw new Error(JSON.stringify(problems))
  const mappings = config.institutions.flatMap((one) => one.mappings)
  const bills = mappings.filter(({ name }) => name === 'bollette')
  return Array.fromAsync(runCases(config, bills, { update }))
}

const goldenLines = async (name: string) => {
  const text = await readFile(join(folder, 'golden', name), 'utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const whole = '  - { name: intero, file: bollette-2026-03.zip, expect: { golden: nuovo.ndjson } }\n'

it('a golden file that is not there is written once, when that is asked for', async () => {
  const [before] = await ran(whole)
  expect(before).toMatchObject({ outcome: 'failed', differences: [] })
  expect(before?.fault).toContain('nuovo.ndjson')
  const outcomes = async (update: boolean) => (await ran(whole, update)).map((one) => one.outcome)
  expect(await outcomes(true)).toEqual(['updated'])
  expect(await outcomes(true)).toEqual(['ok'])
  expect(await outcomes(false)).toEqual(['ok'])
  expect(await goldenLines('nuovo.ndjson')).toHaveLength(12)
})

it('a case without a clock gives the same on every day', async () => {
  await ran(whole, true)
  const [first] = await goldenLines('nuovo.ndjson')
  expect(first.messages[0].sendAt).toBe('2026-01-01T08:00:00Z')
  expect(first.messages).toHaveLength(3)
})

it('a file may be tried with other contacts than the sample', async () => {
  const contacts = 'COD_CLIENTE;COD_FISCALE;EMAIL\nC0000003;FBBBBB43D44Z999U;\n'
  await writeFile(join(folder, 'samples/pochi.csv'), contacts)
  const few =
    '  - { name: pochi, file: bollette-2026-03.zip, references: { contatti: pochi.csv }, ' +
    'expect: { golden: pochi.ndjson } }\n'
  await ran(few, true)
  const lines = await goldenLines('pochi.ndjson')
  expect(lines.filter(({ messages }) => messages)).toHaveLength(1)
  expect(lines.filter(({ refused }) => refused?.code === 'REC_LOOKUP_MISSING')).toHaveLength(11)
})

it('a file that cannot be read to its end has a golden file that says so', async () => {
  await writeFile(join(folder, 'samples/rotto.zip'), 'PK\u0003\u0004 this is no archive')
  const broken = '  - { name: rotto, file: rotto.zip, expect: { golden: rotto.ndjson } }\n'
  await ran(broken, true)
  expect(await goldenLines('rotto.ndjson')).toEqual([
    { dropRefused: expect.objectContaining({ code: 'DROP_ZIP_TRUNCATED', line: null }) },
  ])
})

it('what differs far down a long file is said with its line, and counted', async () => {
  await ran(whole, true)
  const path = join(folder, 'golden/nuovo.ndjson')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replaceAll('"amount":', '"amountt":'))
  const [result] = await ran(whole)
  // 12 records of three messages, each with one key too few and one too many.
  expect(result).toMatchObject({ outcome: 'failed', more: 12 * 3 * 2 - 20 })
  expect(result?.differences[0]).toEqual({
    line: 1,
    path: 'messages[0].payload.content.payment_data.amountt',
    expected: 1500,
    actual: undefined,
  })
})

it('a case that cannot be run leaves the others alone', async () => {
  const lost = '  - { name: perso, file: perso.zip, expect: { golden: perso.ndjson } }\n'
  const results = await ran(lost + whole, true)
  expect(results.map(({ outcome }) => outcome)).toEqual(['failed', 'updated'])
  expect(results[0]?.fault).toContain('perso.zip')
})

it('what the catalogue expects is written anew for who names it, and for nobody else', async () => {
  const { config } = await readConfig('config')
  const all = config?.institutions.flatMap(({ mappings }) => mappings) ?? []
  const ready = all.find(({ name, home }) => name === 'tari-rimborso' && home.isReady)
  const one = ready?.cases.find(({ spec }) => spec.record !== undefined)
  if (!config || !ready || !one) throw new Error('the example has no such mapping')
  const before = await readFile(one.file, 'utf8')
  const expectation = { ...one.spec.expect, subject: 'Un altro titolo' }
  const odd = { ...ready, cases: [{ ...one, spec: { ...one.spec, expect: expectation } }] }
  const results = await Array.fromAsync(runCases(config, [odd], { update: true }))
  expect(results).toMatchObject([{ outcome: 'failed', changes: [] }])
  expect(await readFile(one.file, 'utf8')).toBe(before)
})
