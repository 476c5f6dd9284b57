import { describe, expect, it } from 'vitest'
import { edited, loadWritten, problemsOf } from './written-config.ts'

const file = 'comune/mappings/tari.cases.yaml'

const good = `
cases:
  - name: una rata
    record: { numero: "1", importo: "10,00", cf: CBBBBB41B42Z999Z }
    expect: { amountCents: 1000 }
  - name: il file intero
    file: tari.csv
    expect: { golden: tari.ndjson }
`

const present = {
  'comune/samples/tari.csv': 'CF;NUMERO;IMPORTO\n',
  'comune/golden/tari.ndjson': '',
}

/** The problems of the good cases with one piece replaced. */
function problemsWith(from: string, to: string, more: Record<string, string> = {}) {
  expect(good).toContain(from)
  return problemsOf({ ...present, [file]: good.replace(from, () => to), ...more })
}

describe('cases', () => {
  it('are read with their mapping and their places', async () => {
    const { config, problems } = await loadWritten({ ...present, [file]: good })
    expect(problems).toEqual([])
    const [mapping] = config?.institutions[0]?.mappings ?? []
    expect(mapping?.cases.map(({ spec, line }) => [spec.name, line])).toEqual([
      ['una rata', 3],
      ['il file intero', 6],
    ])
  })

  it('do not change the version of their mapping', async () => {
    const [without, withCases] = await Promise.all([
      loadWritten({}),
      loadWritten({ ...present, [file]: good }),
    ])
    const hash = (loaded: typeof without) => loaded.config?.institutions[0]?.mappings[0]?.sha256
    expect(hash(withCases)).toBe(hash(without))
  })

  it('of no mapping are a problem with the nearest name', async () => {
    const misnamed = { ...present, 'comune/mappings/tarii.cases.yaml': good }
    expect(await problemsOf(misnamed)).toEqual([
      'comune/mappings/tarii.cases.yaml:2:1 CFG_UNKNOWN_NAME there is no mapping "tarii" ' +
        'beside these cases (did you mean tari.cases.yaml?)',
    ])
  })

  it('name fields that the mapping has', async () => {
    expect(await problemsWith('importo: "10,00"', 'inporto: "10,00"')).toEqual([
      `${file}:4:28 CFG_UNKNOWN_NAME there is no field "inporto" (did you mean "importo"?)`,
    ])
    expect(
      await problemsWith('expect: { amount', 'lookups: { chi: {} }\n    expect: { amount'),
    ).toEqual([`${file}:5:16 CFG_UNKNOWN_NAME there is no lookup "chi" (none is declared)`])
  })

  it('name fields of the reference in the rows of a lookup', async () => {
    const contacts = `
shape: reference
record:
  format: csv
  fields: { cliente: { column: C, type: text }, mail: { column: M, type: text } }
key: cliente
`
    const looking = edited(
      'comune/mappings/tari.yaml',
      'key: [numero]',
      'key: [numero]\nlookups: { chi: { reference: chi, by: numero } }',
    )
    const lookups = '    lookups: { chi: { maill: x } }\n    expect: { amount'
    const feed = `
connector: box
settings: { directory: /srv/chi }
from: all
mapping: chi
`
    const others = {
      ...looking,
      'comune/mappings/chi.yaml': contacts,
      'comune/feeds/chi.yaml': feed,
    }
    expect(await problemsWith('    expect: { amount', lookups, others)).toEqual([
      `${file}:5:23 CFG_UNKNOWN_NAME there is no field of chi "maill" (did you mean "mail"?)`,
    ])
  })

  it('have texts, as the source wrote them', async () => {
    expect(await problemsWith('numero: "1"', 'numero: 1')).toEqual([
      `${file}:4:23 CFG_VALUE cases[0].record.numero is 1; expected text (put it between quotes)`,
    ])
  })

  it('expect what a mapping of this shape can give', async () => {
    expect(await problemsWith('amountCents: 1000', 'closes: settled, row: { numero: x }')).toEqual([
      expect.stringContaining(`${file}:5:32 CFG_VALUE a record of a notice has no "row"`),
    ])
    expect(await problemsWith('amountCents', 'amountCent')).toEqual([
      `${file}:5:15 CFG_UNKNOWN_KEY unknown key "amountCent" in cases[0].expect (did you mean "amountCents"?)`,
    ])
    expect(await problemsWith('{ amountCents: 1000 }', '{}')).toEqual([
      expect.stringContaining(`${file}:5:13 CFG_VALUE nothing is expected (expect one of: golden`),
    ])
  })

  it('have either a record or a file', async () => {
    expect(await problemsWith('    record:', '    file: tari.csv\n    record:')).toEqual([
      `${file}:3:5 CFG_VALUE cases[0]: a case has either \`file\` or \`record\``,
    ])
    expect(await problemsWith('golden: tari.ndjson', 'amountCents: 1')).toEqual([
      `${file}:8:13 CFG_VALUE cases[1].expect: a \`file\` is compared with a \`golden\``,
    ])
  })

  it('whose files are not there are warned of: an installation may have no samples', async () => {
    expect(await problemsWith('tari.csv', 'tarri.csv')).toEqual([
      `${file}:7:11 warning CFG_FILE there is no file "tarri.csv" in samples/ (did you mean "tari.csv"?)`,
    ])
    expect(await problemsWith('tari.ndjson', 'nuovo.ndjson')).toEqual([
      'comune/golden/tari.ndjson:-:- warning CFG_UNUSED no case expects this golden file ' +
        '(name it in a case, or remove it)',
      `${file}:8:23 warning CFG_FILE there is no file "nuovo.ndjson" in golden/ ` +
        '(let `staffetta test --update` write it, and read it)',
    ])
  })

  it('never name a file outside of their folders', async () => {
    expect(await problemsWith('file: tari.csv', 'file: ../tari.csv')).toEqual([
      expect.stringContaining(`${file}:7:11 CFG_VALUE cases[1].file is "../tari.csv"; expected`),
    ])
  })

  it('that say the same name or golden file twice are told apart', async () => {
    expect(await problemsWith('name: il file intero', 'name: una rata')).toEqual([
      `${file}:6:11 CFG_VALUE another case has the same name (say what this one shows)`,
    ])
    const twice = `${good}  - { name: ancora, file: tari.csv, expect: { golden: tari.ndjson } }\n`
    expect(await problemsOf({ ...present, [file]: twice })).toEqual([
      `${file}:9:55 CFG_VALUE another case has the golden file "tari.ndjson" (give each case its own)`,
    ])
  })

  it('have a clock that exists', async () => {
    expect(await problemsWith('    file:', '    now: 2026-02-30T08:00:00Z\n    file:')).toEqual([
      `${file}:7:10 CFG_VALUE cases[1].now is "2026-02-30T08:00:00Z"; expected an instant: \`2026-03-01T08:00:00Z\``,
    ])
  })
})

describe('a mapping that no feed uses', () => {
  const sample = 'series: tari\nsample: tari.csv'
  const fedNoMore = { 'comune/feeds/tari.yaml': null, ...present }

  it('is warned of, unless it has a sample of its own', async () => {
    expect(await problemsOf({ 'comune/feeds/tari.yaml': null })).toEqual([
      expect.stringContaining('CFG_UNUSED no feed uses this mapping'),
    ])
    const changed = edited('comune/mappings/tari.yaml', 'series: tari', sample)
    expect(await problemsOf({ ...fedNoMore, ...changed, [file]: good })).toEqual([])
  })
})
