// From an empty folder to a tested mapping, by the commands that people type: the way through, each
// in a process of its own, where every step ends with 0 and says the next; and what lies beside it.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { callOffline } from '../cli/call-offline.ts'
import { run } from '../cli/run-command.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'staffetta-scaffolding-'))
})
afterEach(() => rm(folder, { recursive: true }))

const place = (...names: string[]) => join(folder, 'prova', ...names)
const staffetta = (...argv: string[]) => callOffline(place(), argv)
const text = (...names: string[]) => readFile(place(...names), 'utf8')
const institution = () => staffetta('new', 'institution', 'comune-prova')
const tari = (...more: string[]) =>
  staffetta('new', 'mapping', '--service', 'tari', '--institution', 'comune-prova', ...more)

it('walks from an empty folder to a tested mapping', async () => {
  const steps = [
    [['new', 'institution', 'comune-prova'], /Next: .*\n.*staffetta new mapping --service/],
    [
      ['new', 'mapping', '--service'],
      /tari-avviso[\s\S]*Next: staffetta new mapping --service \w+/,
    ],
    [
      ['new', 'mapping', '--service', 'tari', '--institution', 'comune-prova'],
      /tari is on[\s\S]*CODICE_FISCALE[\s\S]*Next:\n {2}staffetta check --config/,
    ],
    [['check'], /Next: staffetta test/],
    [['test'], /0 failed.[\s\S]*100 % reached[\s\S]*--mutate/],
    [
      ['preview', 'tari-avviso'],
      /Nothing was sent[\s\S]*Next: a file of your own, staffetta preview/,
    ],
  ] as const
  for (const [argv, said] of steps) {
    const ran = await run([...argv, '--config', place()])
    expect({ argv, ...ran }).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toMatch(said)
  }
})

describe('new institution', () => {
  it('takes a name and a fiscal code, and leaves nothing to guess', async () => {
    const ran = await staffetta(
      ...['new', 'institution', 'x', '--title', 'Comune di Prova'],
      ...['--fiscal-code', '00000000018', '--json'],
    )
    expect(JSON.parse(ran.out)).toMatchObject({ institution: 'x', toDo: [expect.any(String)] })
    expect(await text('x', 'institution.yaml')).toContain('name: "Comune di Prova"')
  })

  it('overwrites nothing, and adds a second one to the first', async () => {
    await institution()
    const before = await text('comune-prova', 'institution.yaml')
    expect(await institution()).toMatchObject({ code: 2 })
    expect(await text('comune-prova', 'institution.yaml')).toBe(before)
    expect(await staffetta('new', 'institution', 'altro')).toMatchObject({ code: 0 })
    expect(await staffetta('check')).toMatchObject({ code: 0 })
  })

  it.each([['Comune'], ['schema'], ['../../altro']])('refuses the name %s', async (name) => {
    expect(await staffetta('new', 'institution', name)).toMatchObject({ code: 2 })
  })

  it('refuses a fiscal code whose last digit does not fit', async () => {
    const ran = await staffetta('new', 'institution', 'x', '--fiscal-code', '00000000019')
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('does not fit') })
  })
})

describe('new mapping --service', () => {
  beforeEach(institution)

  it('switches on and off, and says when it was so already', async () => {
    expect((await tari()).out).toContain('tari is on.')
    expect((await tari()).out).toContain('tari was on already.')
    expect((await tari('--off')).out).toContain('tari is off.')
    expect(await text('comune-prova', 'institution.yaml')).toContain('\n  tari: false\n')
  })

  it('lists the catalogue for a name that is not there', async () => {
    const ran = await staffetta('new', 'mapping', '--service', 'tarri')
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "tari"?') })
    expect(ran.out).toContain('multe-verbale')
  })

  it('writes its texts to be edited, with cases that pass', async () => {
    await tari('--only', 'tari-rimborso', '--texts')
    const path = ['comune-prova', 'mappings', 'tari-rimborso.yaml']
    const own = await text(...path)
    expect(own).toMatch(/^catalogue: tari-rimborso$/m)
    expect(await staffetta('test', 'tari-rimborso')).toMatchObject({ code: 0 })
    await writeFile(
      place(...path),
      own.replace('hai diritto a un rimborso', 'ti spetta un rimborso'),
    )
    expect(await staffetta('test', 'tari-rimborso')).toMatchObject({ code: 1 })
    const again = await tari('--only', 'tari-rimborso', '--texts')
    expect(again.out).toContain('Has texts of its own already, and left:')
    expect(await text(...path)).toContain('ti spetta un rimborso')
  })

  it('runs the cases that it has copied, and names none as written that was there', async () => {
    await tari('--only', 'tari-rimborso', '--texts')
    await rm(place('comune-prova', 'mappings', 'tari-rimborso.yaml'))
    const again = await tari('--only', 'tari-rimborso', '--texts', '--json')
    const said = JSON.parse(again.out)
    expect(said).toMatchObject({ failed: [], extended: [], left: [] })
    expect(said.files).toEqual([place('comune-prova', 'mappings', 'tari-rimborso.yaml')])
    const cases = place('comune-prova', 'mappings', 'tari-rimborso.cases.yaml')
    await rm(place('comune-prova', 'mappings', 'tari-rimborso.yaml'))
    await writeFile(cases, 'cases: [{ name: other, record: {}, expect: { messages: 1 } }]\n')
    expect(await tari('--only', 'tari-rimborso', '--texts')).toMatchObject({
      code: 1,
      out: expect.stringContaining('Cases that do not hold here: 1.'),
    })
  })

  it('switches off one mapping alone, and says what cannot be meant together', async () => {
    await tari()
    expect((await tari('--off', '--only', 'tari-rimborso')).out).toContain('tari-rimborso is off.')
    const written = await text('comune-prova', 'institution.yaml')
    expect(written).toContain('\n  tari: [tari-avviso]\n')
    await tari('--off', '--only', 'tari-avviso')
    expect(await text('comune-prova', 'institution.yaml')).toContain('\n  tari: false\n')
    for (const mixed of [
      ['--off', '--texts'],
      ['--texts', '--from', 'x.csv'],
      ['--field', 'a=b'],
    ]) {
      expect(await tari(...mixed)).toMatchObject({ code: 2 })
    }
  })

  it('does not switch off what a feed uses', async () => {
    await tari()
    await mkdir(place('comune-prova', 'feeds'))
    await writeFile(
      place('comune-prova', 'feeds', 'tari.yaml'),
      'connector: folder\nsettings: { directory: /nowhere, pattern: "*.csv" }\nfrom: all\nmapping: tari-avviso\nservice: esempio\n',
    )
    const ran = await tari('--off')
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('feeds/tari.yaml') })
  })
})

describe('new mapping --service --from FILE', () => {
  const rows = [
    'NumDoc;AnnoRif;CF Contribuente;Via;NumRata;Importo Euro;DataScadenza;CodiceAvviso',
    'A-1;2027;PRVPRV80A01H501K;Via X 1;0;246.00;2027-06-16;301000000000270100',
    'A-1;2027;PRVPRV80A01H501K;Via X 1;1;123.00;2027-06-16;301000000000270101',
    'A-2;2027;FNTCBB61R58Z999L;;0;80.50;2027-06-16;301000000000270200',
  ]
  const file = async (lines: readonly string[]) => {
    const path = join(folder, 'ESPORTAZIONE.csv')
    await writeFile(path, `${lines.join('\n')}\n`)
    return path
  }
  beforeEach(institution)

  it('reads the columns of the file by the fields of the mapping', async () => {
    const sample = await file(rows)
    const ran = await tari('--only', 'tari-avviso', '--field', 'indirizzo=Via', '--from', sample)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain('Of 3 records 3 can be used.')
    const own = await text('comune-prova', 'mappings', 'tari-avviso.yaml')
    expect(own).toContain('    rata: { column: NumRata }')
    expect(own).toContain('    indirizzo: { column: Via }')
    const cases = await text('comune-prova', 'mappings', 'tari-avviso.cases.yaml')
    for (const real of ['PRVPRV80A01H501K', 'Via X 1']) expect(cases).not.toContain(real)
    expect(ran.out).toContain('one of your file, 8 of the catalogue.')
    expect(cases).toContain('importo: "82.00"\n      scadenza: "2027-09-16"')
    expect(await staffetta('test', 'tari-avviso')).toMatchObject({ code: 0 })
    expect(await staffetta('preview', 'tari-avviso', sample)).toMatchObject({ code: 0 })
    expect(await staffetta('check')).toMatchObject({ code: 0 })
  })

  it('says what it does not find, and takes it as it is said', async () => {
    const odd = await file(rows.map((row, at) => (at === 0 ? row.replace('NumRata', 'Q') : row)))
    const ran = await tari('--only', 'tari-avviso', '--from', odd)
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining('no column is found for rata'),
    })
    expect(await tari('--only', 'tari-avviso', '--from', odd, '--field', 'rata=Q')).toMatchObject({
      code: 0,
    })
  })

  it('says that a directory is no file', async () => {
    const ran = await tari('--only', 'tari-avviso', '--from', folder)
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining('is a directory') })
  })

  it('leaves to people what a value becomes that is not listed', async () => {
    const head = 'PRATICA;ANNO;CODICE_FISCALE;IMPORTO;MODO'
    const sample = await file([
      head,
      'R-1;2026;PRVPRV80A01H501K;12,50;BON',
      'R-2;2026;FNTCBB61R58Z999L;9,00;BON',
    ])
    const ran = await tari('--only', 'tari-rimborso', '--from', sample)
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toContain('To do: modo does not list BON of MODO')
    expect(ran.out).toMatch(/Of 2 records 0 can be used.*\n[\s\S]*Next: edit .*"To do"/)
    const own = await text('comune-prova', 'mappings', 'tari-rimborso.yaml')
    expect(own).toContain('values: { "BON": "…" }')
    expect(await staffetta('test', 'tari-rimborso')).toMatchObject({ code: 0 })
    expect(await staffetta('preview', 'tari-rimborso', sample)).toMatchObject({ code: 1 })
    const done = own.replace('{ column: MODO }', '{ column: MODO, values: { BON: bonifico } }')
    await writeFile(place('comune-prova', 'mappings', 'tari-rimborso.yaml'), done)
    expect(await staffetta('preview', 'tari-rimborso', sample)).toMatchObject({ code: 0 })
  })

  it('adds texts to a file that has columns, and its cases go on passing', async () => {
    const sample = await file(rows)
    await tari('--only', 'tari-avviso', '--from', sample)
    const ran = await tari('--only', 'tari-avviso', '--texts')
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('Texts added at the end:') })
    const own = await text('comune-prova', 'mappings', 'tari-avviso.yaml')
    expect(own).toMatch(/\n {4}rata: \{ column: NumRata \}\n[\s\S]*\nnotice:\n {2}subject:/)
    expect(await staffetta('test', 'tari-avviso')).toMatchObject({ code: 0 })
    const again = await tari('--only', 'tari-avviso', '--from', sample)
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('then --texts') })
  })

  it('reads a file without a header, where nothing can be absent by its name', async () => {
    const sample = await file([
      'T-1;2027;PRVPRV80A01H501K;0;24600;16/06/2027;301000000000270100',
      'T-2;2027;FNTCBB61R58Z999L;0;3850;16/06/2027;301000000000270200',
    ])
    const said = ['documento=1', 'anno=2', 'rata=4', 'importo=5'].flatMap((one) => ['--field', one])
    const from = ['--only', 'tari-avviso', '--from', sample, ...said]
    expect(await tari(...from)).toMatchObject({
      code: 1,
      err: expect.stringContaining('--decimals cents'),
    })
    expect(await tari(...from, '--decimals', 'cents')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Of 2 records 2 can be used.'),
    })
    expect(await staffetta('test', 'tari-avviso')).toMatchObject({ code: 0 })
  })

  it('asks whose columns they are where a service has several mappings', async () => {
    const ran = await tari('--from', await file(rows))
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('--only') })
  })

  it('writes nothing with --dry-run', async () => {
    const ran = await tari('--only', 'tari-avviso', '--dry-run', '--from', await file(rows))
    expect(ran.out).toContain('catalogue: tari-avviso')
    await expect(text('comune-prova', 'mappings', 'tari-avviso.yaml')).rejects.toThrow('ENOENT')
  })
})
