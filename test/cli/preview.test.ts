import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canteenFile, child, parent } from '../installation.ts'
import { run, start } from './run-command.ts'

const NOW = '2026-03-01T08:00:00Z'
const sample = 'config/comune-di-esempio/samples/bollette-2026-03.zip'

/** What a preview must not need: a database, a data directory, the network, a file to write. */
const deprived = {
  env: {
    DATABASE_URL: 'postgresql://nowhere.invalid:1/none',
    STAFFETTA_DATA: '/dev/null/data',
    HTTPS_PROXY: 'http://nowhere.invalid:1',
  },
  nodeOptions: ['--permission', '--allow-fs-read=*'],
}

let directory: string
let canteen: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'staffetta-preview-'))
  canteen = join(directory, 'mensa-2026-03.csv')
  const rows = [
    child(0, { due: '2026-04-30' }),
    child(1, { fiscalCode: 'RSSMRA' }),
    child(2, { cents: 0 }),
  ]
  await writeFile(canteen, canteenFile(rows))
})
afterAll(() => rm(directory, { recursive: true }))

const previewed = async (argv: string[]) => {
  const ran = await run(['preview', ...argv, '--json'], deprived)
  const lines = ran.out.trimEnd().split('\n')
  return { ...ran, records: lines.map((line) => JSON.parse(line)) }
}

test.concurrent('a record is an object: its messages, refusal, or reason to skip it', async () => {
  const { code, records } = await previewed(['mensa', canteen, '--now', NOW])
  expect(code).toBe(1)
  const [notice, refused, skipped] = records
  expect(notice).toEqual({
    line: 2,
    key: 'MENSA-0|2026-03',
    messages: [
      {
        sendAt: NOW,
        purpose: 'first',
        payload: {
          fiscal_code: parent(0),
          content: {
            subject: 'Mensa scolastica: il conto di 2026-03',
            markdown: expect.stringContaining('10 pasti, **45,00'),
            due_date: '2026-04-30T21:59:59Z',
            payment_data: {
              amount: 4500,
              notice_number: '303202603000000000',
              invalid_after_due_date: true,
            },
          },
        },
        warnings: [],
      },
      expect.objectContaining({ purpose: 'reminder', sendAt: '2026-04-27T07:30:00Z' }),
    ],
  })
  const refusal = {
    code: 'REC_FISCAL_CODE_FORM',
    field: 'codice_fiscale',
    detail: expect.any(String),
    remedy: expect.any(String),
  }
  expect(refused).toEqual({
    line: 3,
    key: 'MENSA-1|2026-03',
    refused: refusal,
    refusals: [refusal],
  })
  expect(skipped).toEqual({
    line: 4,
    key: 'MENSA-2|2026-03',
    skipped: 'niente da pagare questo mese',
  })
})

test.concurrent('a message says what the citizen would not see as it is written', async () => {
  const { records } = await previewed(['mensa', canteen, '--now', '2026-06-01T08:00:00Z'])
  const [message] = records[0].messages
  expect(message.warnings.map(({ rule }: { rule: string }) => rule)).toEqual(['due-date-past'])
  const { out } = await run(
    ['preview', 'mensa', canteen, '--now', '2026-06-01T08:00:00Z'],
    deprived,
  )
  expect(out).toContain('      warning content.due_date [due-date-past]: It is past')
  expect(out).toContain('3 records: 1 notice with 1 message, 1 refused, 1 skipped; 1 warning.')
})

test.concurrent('a ZIP of bills needs no network, no database and no file to write', async () => {
  const { code, err, records } = await previewed(['bollette', sample, '--now', NOW])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(records).toHaveLength(12)
  const plans = records.map(({ messages }) =>
    messages.map(({ sendAt, purpose }: Record<string, string>) => `${purpose} ${sendAt}`),
  )
  expect(new Set(plans.map(String)).size).toBe(1)
  expect(plans[0]).toEqual([
    `first ${NOW}`,
    'reminder 2026-04-23T07:30:00Z',
    'reminder 2026-04-29T07:30:00Z',
  ])
})

test.concurrent('--now is the clock: reminders in its past are not planned', async () => {
  const { records } = await previewed(['bollette', sample, '--now', '2026-04-28T12:00:00Z'])
  expect(records[0].messages.map(({ purpose }: { purpose: string }) => purpose)).toEqual([
    'first',
    'reminder',
  ])
})

test.concurrent('--reference takes the place of the sample', async () => {
  const contacts = join(directory, 'contatti.csv')
  await writeFile(contacts, `COD_CLIENTE;COD_FISCALE;EMAIL\nC0000003;${parent(77)};a@b.example\n`)
  const argv = ['bollette', sample, '--now', NOW, '--reference', `contatti=${contacts}`]
  const { code, records } = await previewed(argv)
  expect(code).toBe(1)
  const found = records.filter(({ messages }) => messages)
  expect(found.map(({ messages }) => messages[0].payload.fiscal_code)).toEqual([parent(77)])
  const codes = records.flatMap(({ refused }) => refused?.code ?? [])
  expect(codes).toEqual(Array(11).fill('REC_LOOKUP_MISSING'))
})

test.concurrent('a mapping needs no feed, and its own sample stands in for the file', async () => {
  const rows = await previewed(['comune-di-esempio/contatti'])
  expect(rows.code).toBe(0)
  expect(rows.records[0]).toEqual({
    line: 2,
    key: 'C0000000',
    row: { codice_cliente: 'C0000000', codice_fiscale: 'BBBBBB40A01Z999L' },
  })
  const { out } = await run(['preview', 'contatti', '--limit', '1'], deprived)
  expect(out).toContain('line 2  C0000000  a row\n    codice_cliente: C0000000\n')
  expect(out).toContain(
    '… and 11 more (--limit)\n\n12 records: 12 rows, 0 refused. Nothing was sent.',
  )
})

test.concurrent('a settlement shows what each record would close', async () => {
  const config = join(directory, 'config')
  await cp('config', config, { recursive: true })
  const settlement = `
shape: settlement
series: mensa-scolastica
record:
  format: csv
  delimiter: ","
  fields: { pratica: { column: PRATICA, type: text }, mese: { column: MESE, type: text } }
key: [pratica, mese]
as: settled
`
  await writeFile(join(config, 'comune-di-esempio/mappings/pagati.yaml'), settlement)
  const paid = join(directory, 'pagati.csv')
  await writeFile(paid, 'PRATICA,MESE\nMENSA-1,2026-03\n,2026-03\n')
  const { code, records } = await previewed(['pagati', paid, '--config', config])
  expect(code).toBe(1)
  const refusal = expect.objectContaining({ code: 'REC_FIELD_MISSING', field: 'pratica' })
  expect(records).toEqual([
    { line: 2, key: 'MENSA-1|2026-03', closes: 'settled' },
    { line: 3, key: null, refused: refusal, refusals: [refusal] },
  ])
  const { out } = await run(['preview', 'pagati', paid, '--config', config], deprived)
  expect(out).toContain('line 2  MENSA-1|2026-03  closes its notice: settled\n')
  expect(out).toContain(
    '2 records: 1 settled, 0 cancelled, 0 that close nothing, 1 refused, 0 skipped.',
  )
})

test.concurrent('a key that comes twice in a file is said as the real thing would', async () => {
  const twice = join(directory, 'doppie.csv')
  const rows = [child(0), child(0), child(0, { cents: 9900 }), child(1)]
  await writeFile(twice, canteenFile(rows))
  const { code, records } = await previewed(['mensa', twice, '--now', NOW])
  expect(code).toBe(1)
  const [first, same, other, next] = records
  expect([first.messages.length > 0, next.messages.length > 0]).toEqual([true, true])
  expect(same).toEqual({ line: 3, key: 'MENSA-0|2026-03', duplicate: 'ripetuta in questo file' })
  expect(other.refusals).toMatchObject([{ code: 'REC_KEY_REPEATED', field: null }])
  const { out } = await run(['preview', 'mensa', twice, '--now', NOW], deprived)
  expect(out).toContain('line 3  MENSA-0|2026-03  duplicate: ripetuta in questo file\n')
  expect(out).toContain('4 records: 2 notices with 4 messages, 1 duplicate, 1 refused, 0 skipped')
})

test.concurrent('an unknown name is answered with the nearest feed or mapping', async () => {
  const { code, err } = await run(['preview', 'contati'], deprived)
  expect(code).toBe(2)
  expect(err).toContain('there is no feed and no mapping "contati": did you mean "contatti"?')
})

test.concurrent('--language shows what a citizen with that language would read', async () => {
  const { records } = await previewed(['mensa', canteen, '--language', 'en'])
  const [first] = records[0].messages
  expect(first.payload.content.subject).toBe('School canteen: your bill for 2026-03')
})

test.concurrent('a file that cannot be read to its end is said so, and ends with 1', async () => {
  const broken = join(directory, 'bollette-rotte.zip')
  await writeFile(broken, 'PK\u0003\u0004 this is no archive')
  const { code, err, records } = await previewed(['bollette', broken])
  expect(code).toBe(1)
  expect(records.at(-1)).toEqual({
    dropRefused: {
      code: 'DROP_ZIP_TRUNCATED',
      line: null,
      detail: expect.any(String),
      remedy: expect.any(String),
    },
  })
  expect(err).toContain('DROP_ZIP_TRUNCATED')
})

test.concurrent('a file that is not there is an error, without a stack', async () => {
  const { code, out, err } = await run(['preview', 'mensa', '/nowhere.csv'], deprived)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain('/nowhere.csv')
  expect(err).not.toContain('    at ')
})

test.concurrent('in words it says what would leave when, and that nothing was sent', async () => {
  const { code, out } = await run(['preview', 'mensa', canteen, '--now', NOW], deprived)
  expect(code).toBe(1)
  expect(out).toContain(`→ ${parent(0)}  45,00 €  303202603000000000  due 2026-04-30\n`)
  expect(out).toContain('REFUSED')
  expect(out).toContain(
    '3 records: 1 notice with 2 messages, 1 refused, 1 skipped; 0 warnings. Nothing was sent.\n' +
      'The file was read as utf-8.\n',
  )
})

test.concurrent('a sample alone is read by the mapping that names it', async () => {
  const alone = await previewed([sample, '--now', NOW])
  const named = await previewed(['bollette', sample, '--now', NOW])
  expect(alone).toEqual(named)
  const config = join(directory, 'with-a-stray-sample')
  await cp('config', config, { recursive: true })
  const stray = join(config, 'comune-di-esempio/samples/di-nessuno.csv')
  await writeFile(stray, '')
  const { code, err } = await run(['preview', stray, '--config', config], deprived)
  expect(code).toBe(2)
  expect(err).toContain('no mapping reads the sample di-nessuno.csv: say MAPPING and FILE')
})

test.concurrent('a mapping without a sample needs a file', async () => {
  const config = join(directory, 'without-sample')
  await cp('config', config, { recursive: true })
  const path = join(config, 'comune-di-esempio/mappings/mensa.yaml')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace(/^sample: .*\n/m, ''))
  const { code, err } = await run(['preview', 'mensa', '--config', config], deprived)
  expect(code).toBe(2)
  expect(err).toContain('missing argument: FILE, since the mapping has no `sample`')
})

test.concurrent('a long preview ends where it is when it is interrupted', async () => {
  const long = join(directory, 'mensa-long.csv')
  const [header = '', row = ''] = canteenFile([child(0)]).split('\n')
  await writeFile(long, `${header}\n${`${row}\n`.repeat(500_000)}`)
  const started = start(['preview', 'mensa', long, '--json'], deprived)
  await started.printed('"line":2')
  started.child.kill('SIGINT')
  const { code, out, err } = await started.ended
  expect(code).toBe(1)
  expect(err).toContain('Stopped before the end of the file.')
  expect(out).not.toContain('"line":500001')
})
