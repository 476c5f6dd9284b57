// `staffetta test` as people run it, on a copy of the example whose files may be spoilt.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from './run-command.ts'

/** What running cases must not need: a database, a data directory, the network. */
const env = {
  DATABASE_URL: 'postgresql://nowhere.invalid:1/none',
  STAFFETTA_DATA: '/dev/null/data',
  HTTPS_PROXY: 'http://nowhere.invalid:1',
}
const readOnly = ['--permission', '--allow-fs-read=*']
const golden = 'comune-di-esempio/golden/mensa-2026-03.ndjson'
const cases = 'comune-di-esempio/mappings/mensa.cases.yaml'

let directory: string
let copies = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-cases-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** A copy of the example's configuration with pieces of its files replaced. */
async function spoilt(changes: Record<string, [from: string, to: string]>): Promise<string> {
  const copy = join(directory, `config-${++copies}`)
  await cp('config', copy, { recursive: true })
  for (const [file, [from, to]] of Object.entries(changes)) {
    const text = await readFile(join(copy, file), 'utf8')
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`)
    await writeFile(
      join(copy, file),
      text.replace(from, () => to),
    )
  }
  return copy
}

const tested = (argv: string[], nodeOptions = readOnly) =>
  run(['test', ...argv], { env, nodeOptions })

test.concurrent('all cases are run without network, database or a file to write', async () => {
  const { code, out, err } = await tested([])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('ok       comune-di-esempio/mensa  the sample, as a whole\n')
  expect(out).toMatch(/\n\d+ cases: \d+ ok, 0 failed\.\n$/)
})

test.concurrent('a name that there is not is wrong usage', async () => {
  const { code, err } = await tested(['menza'])
  expect(code).toBe(2)
  expect(err).toContain('there is no institution and no mapping "menza": did you mean "mensa"?')
})

test.concurrent('a case that fails says what was expected, what is there, and where', async () => {
  const config = await spoilt({ [cases]: ['amountCents: 3600', 'amountCents: 3601'] })
  const { code, out } = await tested(['mensa', '--config', config])
  expect(code).toBe(1)
  expect(out).toContain(
    'FAILED   comune-di-esempio/mensa  a bill is written with the meals, the amount and the day',
  )
  expect(out).toMatch(
    /mensa\.cases\.yaml:\d+\n {4}amountCents\n {6}expected {2}3601\n {6}actual {4}3600\n/,
  )
  expect(out).toMatch(/\n\d+ cases: \d+ ok, 1 failed\.\n$/)
})

test.concurrent('a golden file that differs says where, and --update writes it', async () => {
  const config = await spoilt({
    'comune-di-esempio/mappings/mensa.yaml': ['{{ pasti }} pasti, **', '{{ pasti }} piatti, **'],
  })
  const before = await tested(['mensa', '--config', config])
  expect(before.code).toBe(1)
  expect(before.out).toContain('    line 1  messages[0].payload.content.markdown\n')
  expect(before.out).toMatch(/expected {2}…".*8 pasti, /)
  expect(before.out).toMatch(/actual {4}…".*8 piatti, /)
  expect(before.out).toContain('    … and 4 more differences\n')

  const updating = await tested(['mensa', '--update', '--config', config], [])
  // The case of a single record expects the old words still: no golden file is asked about it.
  expect(updating.code).toBe(1)
  expect(updating.out).toContain('updated  comune-di-esempio/mensa  the sample, as a whole\n')
  expect(await readFile(join(config, golden), 'utf8')).toContain('8 piatti')
})

test.concurrent('a golden file is what preview prints of the sample, byte for byte', async () => {
  const argv = ['preview', 'mensa', '--json', '--now', '2026-04-01T08:00:00Z']
  const { out } = await run(argv, { env, nodeOptions: readOnly })
  expect(out).toBe(await readFile(join('config', golden), 'utf8'))
})

test.concurrent('a golden file or a sample that is not there fails its case alone', async () => {
  const config = await spoilt({})
  await rm(join(config, golden))
  await rm(join(config, 'comune-di-esempio/samples/contatti.csv'))
  const { code, out } = await tested(['--config', config])
  expect(code).toBe(1)
  expect(out).toContain('mensa-2026-03.ndjson: `staffetta test --update` writes it')
  expect(out).toContain('contatti.csv')
  expect(out).toContain('ok       comune-di-esempio/contatti  a fiscal code in small letters')
})

test.concurrent('cases that are wrong themselves are problems of the configuration', async () => {
  const config = await spoilt({ [cases]: ['pasti: "8"', 'patsi: "8"'] })
  const { code, err } = await tested(['mensa', '--config', config])
  expect(code).toBe(78)
  expect(err).toContain('there is no field "patsi"')
  expect(err).toContain('did you mean "pasti"?')
})

test.concurrent('what no case comes to is named', async () => {
  const mapping = 'comune-di-esempio/mappings/mensa.yaml'
  const config = await spoilt({
    [cases]: ['language: en', 'language: it'],
    [mapping]: ['skip:\n', 'skip:\n  - { when: importo > 99999999, because: troppo }\n'],
  })
  const { out } = await tested(['mensa', '--config', config])
  expect(out).toContain('\nuntested  comune-di-esempio/mensa: no case is skipped for «troppo»\n')
  expect(out).toContain('untested  comune-di-esempio/mensa: no case is read in en\n')
  expect(out.match(/untested/g)).toHaveLength(2)

  await rm(join(config, cases))
  const { code, out: without } = await tested(['mensa', '--config', config])
  expect({ code, without }).toEqual({
    code: 0,
    without: '\nuntested  comune-di-esempio/mensa: it has no case\n0 cases: 0 ok, 0 failed.\n',
  })
})
