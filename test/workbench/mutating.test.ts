// Rules taken away from a mapping whose cases protect all of them; then each time one expectation
// less, and the rule that it protected is named.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readConfig } from '../../src/offline.ts'
import { mutateMappings } from '../../src/workbench/mutating.ts'

const long = 'Un testo che basta, perché IO non accetta messaggi più corti di ottanta caratteri.'

const mapping = {
  shape: 'notice',
  series: 'prova',
  record: {
    format: 'csv',
    fields: {
      numero: { column: 'N', type: 'text' },
      anno: { column: 'Y', type: 'text' },
      cf: { column: 'F', type: 'fiscalCode', notPersons: 'skip' },
      nota: { column: 'O', type: 'text', optional: true, empty: ['-'] },
      tipo: { column: 'T', type: 'text', values: { '01': 'asilo', '02': 'scuola' } },
      importo: { column: 'I', type: 'euro', decimals: 'comma' },
      avviso: { column: 'A', type: 'noticeNumber' },
      giorno: { column: 'G', type: 'date', formats: ['yyyy-MM-dd', 'dd/MM/yyyy'] },
    },
  },
  lookups: { casa: { reference: 'contatti', by: 'numero', onMissing: 'empty' } },
  skip: [{ when: 'importo == 0', because: 'niente' }],
  key: ['numero', 'anno'],
  group: 'anno',
  facets: { document: 'numero' },
  firstWhen: "tipo == 'asilo' or importo > 100000",
  notice: {
    fiscalCode: 'cf',
    subject: { it: 'Un avviso da pagare entro il {{ giorno | date_it }}' },
    markdown: {
      it:
        `${long} {% if nota %}Nota.{% endif %}` +
        "{% case tipo %}{% when 'asilo' %}Asilo.{% when 'scuola' %}Scuola.{% endcase %}" +
        '{% unless casa.found %}Nessuno.{% endunless %}',
    },
    dueDate: 'giorno',
    payment: { noticeNumber: 'avviso', amount: 'importo', invalidAfterDueDate: true },
    buttons: [{ text: { it: 'Chiama', en: 'Call' }, phone: '+39 06 00000000' }],
  },
  reminders: [
    { at: '-7d 09:30', subject: { it: 'Fra una settimana scade' }, markdown: { it: long } },
  ],
}

const record = {
  ...{ numero: '1', anno: '2026', cf: 'CBBBBB41B42Z999Z', nota: 'ciao', tipo: '01' },
  ...{ importo: '12,00', avviso: '302000000000000121', giorno: '2026-05-01' },
}

const front =
  '---\nit:\n  cta_1:\n    text: "Chiama"\n    action: "iohandledlink://tel:+390600000000"\n' +
  'en:\n  cta_1:\n    text: "Call"\n    action: "iohandledlink://tel:+390600000000"\n---\n'

interface Case {
  name: string
  record: object
  expect: Record<string, unknown>
  lookups?: object
}

/** With all of them every rule is protected. */
const cases: Case[] = [
  {
    name: 'intero',
    record,
    expect: {
      key: '1|2026',
      subject: 'Un avviso da pagare entro il 1 maggio 2026',
      planned: ['now', '2026-04-24T09:30'],
      group: '2026',
      facets: { document: '1' },
      payload: {
        content: {
          markdown: `${front}${long} Nota.Asilo.Nessuno.`,
          payment_data: { invalid_after_due_date: true },
        },
      },
    },
  },
  {
    name: 'altro',
    record: { ...record, nota: '-', tipo: '02', importo: '12,00', giorno: '01/05/2026' },
    lookups: { casa: { codice_fiscale: 'CBBBBB41B42Z999Z' } },
    expect: { planned: ['2026-04-24T09:30'] },
  },
  {
    name: 'altro, con il testo',
    record: { ...record, nota: '-', tipo: '02', importo: '1.001,00' },
    lookups: { casa: { codice_fiscale: 'CBBBBB41B42Z999Z' } },
    expect: { payload: { content: { markdown: `${front}${long} Scuola.` } } },
  },
  { name: 'niente', record: { ...record, importo: '0,00' }, expect: { skipped: 'niente' } },
  {
    name: 'ditta',
    record: { ...record, cf: '01234567897' },
    expect: { messages: 0 },
  },
  {
    name: 'vuoto',
    record: { numero: '1', anno: '2026', cf: record.cf },
    expect: {
      refused: [
        ...['REC_FIELD_MISSING', 'REC_FIELD_MISSING', 'REC_FIELD_MISSING', 'REC_FIELD_MISSING'],
      ],
    },
  },
]

let directory: string
let folder: string

beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'staffetta-mutating-')), 'config')
  folder = join(directory, 'comune-di-esempio/mappings')
  await cp('config', directory, { recursive: true })
  await writeFile(join(folder, 'prova.yaml'), stringify(mapping))
})
afterAll(() => rm(join(directory, '..'), { recursive: true }))

const { signal } = new AbortController()

async function mutated(given: readonly Case[]) {
  await writeFile(join(folder, 'prova.cases.yaml'), stringify({ cases: given }))
  const { config, problems } = await readConfig(directory)
  if (config === null) throw new Error(JSON.stringify(problems))
  const mappings = config.institutions.flatMap((one) => one.mappings)
  const chosen = mappings.filter(({ name }) => name === 'prova')
  const [only] = await Array.fromAsync(mutateMappings(config, chosen, { stop: signal }))
  return only!
}

/** What is unprotected when a case lacks one of the things that it expects. */
async function without(name: string, key: string, instead: object = {}): Promise<string[]> {
  const given = structuredClone(cases)
  const one = given.find((each) => each.name === name)!
  delete one.expect[key]
  Object.assign(one.expect, instead)
  return (await mutated(given)).unprotected.map(({ what }) => what)
}

const withoutCase = async (...names: string[]) =>
  (await mutated(cases.filter(({ name }) => !names.includes(name)))).unprotected.map(
    ({ what }) => what,
  )

it('are all missed by some case of a mapping that is tested whole', async () => {
  const whole = await mutated(cases)
  expect(whole).toMatchObject({ fault: null, unprotected: [] })
  expect(whole.protected).toBe(whole.rules)
  // A reminder needs a day, and who has no first message needs a reminder: `check` says so.
  expect(whole.checked).toBe(2)
})

it('are named one by one where an expectation is not there', async () => {
  expect(await without('intero', 'key')).toEqual([
    'numero is part of the key',
    'anno is part of the key',
  ])
  expect(await without('intero', 'facets')).toEqual(['operators find it by document: numero'])
  expect(await without('intero', 'group')).toEqual(['instalments share anno'])
  expect(await without('intero', 'subject')).toEqual(['{{ giorno | date_it }} shows nothing'])
  const payload = { payload: { content: { markdown: `${front}${long} Nota.Asilo.Nessuno.` } } }
  expect(await without('intero', 'payload', payload)).toEqual([
    ...['it has a payment', 'it cannot be paid once it was due'],
  ])
})

it('are named where no case goes their way', async () => {
  expect(await withoutCase('niente')).toEqual(['skip importo == 0'])
  expect(await withoutCase('ditta')).toEqual(['cf.notPersons: "skip"'])
  expect(await withoutCase('vuoto')).toEqual([
    ...['tipo must have a value', 'importo must have a value'],
    ...['avviso must have a value', 'giorno must have a value'],
  ])
  expect(await withoutCase('altro, con il testo')).toEqual([
    ...[
      '"-" means nothing in nota',
      'if nota always holds',
      "when 'scuola' is not there",
      'unless casa.found never holds',
    ],
  ])
})

it('of every kind are named where one case alone says almost nothing', async () => {
  const { unprotected } = await mutated(cases.filter(({ name }) => name === 'ditta'))
  expect(unprotected.map(({ what }) => what)).toEqual([
    ...['nota may be empty', '"-" means nothing in nota'],
    ...['tipo must have a value', 'tipo "01" is listed', 'tipo "02" is listed'],
    ...['importo must have a value', 'avviso must have a value', 'giorno must have a value'],
    ...['giorno may be written yyyy-MM-dd', 'giorno may be written dd/MM/yyyy'],
    ...['skip importo == 0', 'casa without a row: empty'],
    ...['numero is part of the key', 'anno is part of the key', 'instalments share anno'],
    'operators find it by document: numero',
    "firstWhen tipo == 'asilo' or importo > 100000 always holds",
    "firstWhen tipo == 'asilo' or importo > 100000 never holds",
    ...['it has a payment', 'it cannot be paid once it was due', 'the button «Chiama»'],
    'the reminder of -7d 09:30 leaves a day later',
    ...['{{ giorno | date_it }} shows nothing', 'if nota always holds', 'if nota never holds'],
    ...["when 'asilo' is not there", "when 'scuola' is not there"],
    ...['unless casa.found always holds', 'unless casa.found never holds'],
  ])
})

it('say where they stand and which case would miss them', async () => {
  const given = cases.filter(({ name }) => name !== 'niente')
  const [only] = (await mutated(given)).unprotected
  expect(only).toMatchObject({
    path: 'skip.0',
    file: join(folder, 'prova.yaml'),
    what: 'skip importo == 0',
    protect: 'with `skipped: niente`',
  })
  expect(only?.line).toBeGreaterThan(1)
})

it('are not tried while a case fails, or where there is none', async () => {
  const wrong = structuredClone(cases)
  wrong[0]!.expect['subject'] = 'Un altro titolo'
  expect((await mutated(wrong)).fault).toBe('its case «intero» fails: mend that first')
  expect(await mutated([])).toMatchObject({ fault: 'it has no case', protected: 0 })
})
