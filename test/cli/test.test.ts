// `staffetta test` on copies of the example whose files may be spoilt: once as people run it, else
// in this process.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callOffline } from './call-offline.ts'
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

const tested = (argv: string[], config = 'config') => callOffline(config, ['test', ...argv])

test.concurrent('all cases are run without network, database or a file to write', async () => {
  const { code, out, err } = await run(['test'], { env, nodeOptions: readOnly })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('ok       comune-di-esempio/mensa  the sample, as a whole\n')
  expect(out).toMatch(/\n\d+ cases: \d+ ok, 0 failed\.\nbranches [\d,]+\/[\d,]+ \d+ % reached\. /)
})

test.concurrent('a name that there is not is wrong usage', async () => {
  const { code, err } = await tested(['menza'])
  expect(code).toBe(2)
  expect(err).toContain('there is no institution and no mapping "menza": did you mean "mensa"?')
})

test.concurrent('a case that fails says what was expected, what is there, and where', async () => {
  const config = await spoilt({ [cases]: ['amountCents: 3600', 'amountCents: 3601'] })
  const { code, out } = await tested(['mensa'], config)
  expect(code).toBe(1)
  expect(out).toContain(
    'FAILED   comune-di-esempio/mensa  a bill is written with the meals, the amount and the day',
  )
  expect(out).toMatch(
    /mensa\.cases\.yaml:\d+\n {4}amountCents\n {6}expected {2}3601\n {6}actual {4}3600\n/,
  )
  expect(out).toMatch(/\n\d+ cases: \d+ ok, 1 failed\.\n/)
  expect(out).toContain('Read what differs: mend the mapping, or accept it with --update.\n')
})

test.concurrent('a golden file that differs says where, and --update writes it', async () => {
  const config = await spoilt({
    'comune-di-esempio/mappings/mensa.yaml': ['{{ pasti }} pasti, **', '{{ pasti }} piatti, **'],
  })
  const before = await tested(['mensa'], config)
  expect(before.code).toBe(1)
  expect(before.out).toContain('    line 1  messages[0].payload.content.markdown\n')
  expect(before.out).toMatch(/expected {2}…".*8 pasti, /)
  expect(before.out).toMatch(/actual {4}…".*8 piatti, /)
  expect(before.out).toContain('    … and 4 more differences\n')

  const updating = await tested(['mensa', '--update'], config)
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
  const { code, out } = await tested([], config)
  expect(code).toBe(1)
  expect(out).toContain('mensa-2026-03.ndjson: `staffetta test --update` writes it')
  expect(out).toContain('contatti.csv')
  expect(out).toContain('ok       comune-di-esempio/contatti  a fiscal code in small letters')
})

test.concurrent('cases that are wrong themselves are problems of the configuration', async () => {
  const config = await spoilt({ [cases]: ['pasti: "8"', 'patsi: "8"'] })
  const { code, err } = await tested(['mensa'], config)
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
  const { out } = await tested(['mensa'], config)
  expect(out).toContain(
    '\nbranches 2/3 66 %  comune-di-esempio/mensa\n' +
      '    mensa.yaml:22  skip importo > 99999999: no case that is skipped for «troppo»\n' +
      'untested  comune-di-esempio/mensa: no case is read in en\n',
  )
  expect(out).toContain('\nbranches 2/3 66 % reached. Write a case for each that is missing')
  expect((await tested(['mensa', '--strict'], config)).code).toBe(1)
  expect((await tested(['mensa', '--strict'])).code).toBe(0)

  const { out: json } = await tested(['mensa', '--json'], config)
  const said = JSON.parse(json)
  expect(Object.keys(said)).toEqual(['cases', 'branches', 'untested'])
  const [{ branches }] = said.branches
  expect(branches[0]).toMatchObject({ path: 'skip.0.when', line: 22, isReached: false })

  await rm(join(config, cases))
  const { code, out: without } = await tested(['mensa'], config)
  expect(code).toBe(0)
  expect(without).toContain('untested  comune-di-esempio/mensa: it has no case\n0 cases: 0 ok')
})

test.concurrent('a rule that no case protects is named, with the case that would', async () => {
  const { code, out } = await tested(['mensa', '--mutate'])
  expect(code).toBe(1)
  expect(out).toMatch(/^rules \d+\/\d+ {2}comune-di-esempio\/mensa/)
  expect(out).toContain(
    '    removing this rule fails no case: notice.markdown.en  {{ mese }} shows nothing  ' +
      'mensa.yaml:38\n      to protect it: a case that expects a piece of the text with {{ mese }} in it\n',
  )
  expect(out).toMatch(/\n\d+ rules: \d+ protected, \d+ that no case would miss\. Write a case/)

  const { out: json } = await tested(['mensa', '--mutate', '--json'])
  const [mensa] = JSON.parse(json).mutations
  expect(mensa.protected + mensa.unprotected.length).toBe(mensa.rules)
  expect((await tested(['mensa', '--mutate', '--update'])).code).toBe(2)
})

test.concurrent('--update writes the values of records, and says what they were', async () => {
  const config = await spoilt({
    [cases]: ['amountCents: 3600', 'amountCents: 3700 # in cents'],
    'comune-di-esempio/mappings/mensa.yaml': ['when: importo == 0', 'when: importo == 1'],
  })
  const before = await readFile(join(config, cases), 'utf8')
  const { code, out } = await tested(['mensa', '--update'], config)
  expect(code).toBe(0)
  expect(out).toContain('    amountCents: 3700 → 3600\n')
  // Nothing to pay is no longer skipped: that is said, and not only done.
  expect(out).toContain('    it was skipped, and now is refused: REC_AMOUNT_RANGE')
  const after = await readFile(join(config, cases), 'utf8')
  expect(after).toBe(
    before
      .replace('3700 # in cents', '3600 # in cents')
      .replace('{ skipped: niente da pagare questo mese }', '{ refused: [REC_AMOUNT_RANGE] }'),
  )
  expect((await tested(['mensa'], config)).code).toBe(0)
})

test.concurrent('--update leaves a case alone that cannot be run', async () => {
  const config = await spoilt({ [cases]: ['avviso: "303202603000000000"', 'avviso: "3"'] })
  await rm(join(config, golden))
  await rm(join(config, 'comune-di-esempio/samples/mensa-2026-03.csv'))
  const { code, out } = await tested(['mensa', '--update'], config)
  expect(code).toBe(1)
  expect(out).toContain('FAILED   comune-di-esempio/mensa  the sample, as a whole\n')
  expect(out).toContain('    it was sent, and now is refused: REC_NOTICE_NUMBER_FORM')
})
