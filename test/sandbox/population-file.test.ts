// Citizens from files: what each column says, and what is said of a wrong one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  citizensOfCsv,
  citizensOfYaml,
  readPopulationFile,
} from '../../src/sandbox/population-file.ts'

const code = 'AAAAAA00A00A000A'
const plain = {
  onIo: true,
  mode: 'AUTO',
  preference: null,
  languages: [],
  paysAfterMinutes: null,
}
const all = {
  onIo: true,
  mode: 'MANUAL',
  preference: true,
  languages: ['en_GB', 'it_IT'],
  paysAfterMinutes: 1.5,
}

describe('a CSV', () => {
  test('needs the fiscal code only', () => {
    expect(citizensOfCsv(`fiscal_code\n${code}\n\n`)).toEqual([
      { fiscalCode: code, citizen: plain },
    ])
  })

  test.each([',', ';'])('has its columns in any order, %j between them', (separator) => {
    const rows = [
      ['languages', 'fiscal_code', 'on_io', 'preference', 'mode', 'pays_after_minutes'],
      ['en_GB it_IT', code, 'yes', 'TRUE', 'manual', '1.5'],
      ['', code, 'no', '', '', ''],
    ]
    const source = `\ufeff${rows.map((row) => row.join(separator)).join('\r\n')}`
    expect(citizensOfCsv(source)).toEqual([
      { fiscalCode: code, citizen: all },
      { fiscalCode: code, citizen: { ...plain, onIo: false } },
    ])
  })

  test.each([
    ['fiscal_cod\n', 'line 1: fiscal_cod is not known: did you mean fiscal_code?'],
    ['taxpayer\n', /^line 1: taxpayer is not known: there are fiscal_code, on_io, /],
    ['fiscal_code,on_io,on_io\n', 'line 1: the column on_io stands there twice'],
    [`fiscal_code,on_io\n${code}\n`, 'line 2: 1 values for 2 columns'],
    ['fiscal_code\nabc\n', 'line 2: fiscal_code is not a fiscal code that IO takes'],
    [`on_io\ntrue\n`, 'line 2: fiscal_code is not a fiscal code that IO takes'],
    [
      `fiscal_code,mode\n${code},MANAUL\n`,
      'line 2: mode is not one of AUTO, MANUAL, LEGACY: did you mean MANUAL?',
    ],
    [`fiscal_code,on_io\n${code},maybe\n`, /^line 2: on_io is not one of /],
    [`fiscal_code,languages\n${code},it_IT en_GC\n`, /^line 2: languages .*did you mean en_GB\?$/],
    [
      `fiscal_code,pays_after_minutes\n${code},-1\n`,
      'line 2: pays_after_minutes is not a number from 0 to 525600',
    ],
  ])('%j is refused', (source, message) => {
    expect(() => citizensOfCsv(source)).toThrow(message)
  })
})

describe('a YAML', () => {
  const entry = `- fiscal_code: ${code}
  on_io: true
  mode: MANUAL
  preference: true
  languages: [en_GB, it_IT]
  pays_after_minutes: 1.5
`
  test('is a list, or one under the key citizens', () => {
    const wanted = [{ fiscalCode: code, citizen: all }]
    expect(citizensOfYaml(entry)).toEqual(wanted)
    expect(citizensOfYaml(`citizens:\n${entry}`)).toEqual(wanted)
  })

  test.each([
    ['citizen: []', 'citizen is not a known key: did you mean citizens?'],
    ['- fiscalcode: x', 'citizen 1: fiscalcode is not known: did you mean fiscal_code?'],
    ['- x', 'citizen 1 is not a mapping of keys to values'],
    ['text', 'it is not a list of citizens'],
    ['- {', /^not YAML: /],
  ])('%j is refused', (source, message) => {
    expect(() => citizensOfYaml(source)).toThrow(message)
  })
})

test('CSV and YAML of the same citizens are the same', () => {
  const citizens = fc.array(
    fc.record({
      fiscal_code: fc.constant(code),
      on_io: fc.boolean(),
      mode: fc.constantFrom('AUTO', 'MANUAL', 'LEGACY'),
      preference: fc.constantFrom(true, false, ''),
      languages: fc.constantFrom('', 'it_IT', 'de_DE fr_FR'),
      pays_after_minutes: fc.nat(1_000),
    }),
  )
  fc.assert(
    fc.property(citizens, (rows) => {
      const header = 'fiscal_code,on_io,mode,preference,languages,pays_after_minutes'
      const csv = [header, ...rows.map((row) => Object.values(row).join(','))].join('\n')
      expect(citizensOfCsv(csv)).toEqual(citizensOfYaml(JSON.stringify(rows)))
    }),
  )
})

test('a file is read by its ending, and named in what is wrong with it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'population-'))
  try {
    const csv = join(directory, 'people.csv')
    const yaml = join(directory, 'people.yml')
    await writeFile(csv, `fiscal_code\n${code}\n`)
    await writeFile(yaml, `- fiscal_cod: ${code}\n`)
    expect(await readPopulationFile(csv)).toHaveLength(1)
    await expect(readPopulationFile(yaml)).rejects.toThrow(`${yaml}: citizen 1: fiscal_cod `)
    expect(await readPopulationFile(null)).toEqual([])
  } finally {
    await rm(directory, { recursive: true })
  }
})
