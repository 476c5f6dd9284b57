// From a file to a mapping that works: every sample of the example gives one, and what is written
// says nothing of the persons in the file. The drafts are made as the command makes them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Config } from '../../src/config/config.ts'
import { inventRecord } from '../../src/mapping/guess/invent.ts'
import { understand } from '../../src/mapping/guess/understanding.ts'
import { readConfig } from '../../src/offline.ts'
import {
  type Draft,
  type DraftRequest,
  draftMapping,
  nameOf,
} from '../../src/workbench/drafting.ts'

const root = join(import.meta.dirname, '../..')
const samples = join(root, 'config/comune-di-esempio/samples')
let config: Config
let folder: string

beforeAll(async () => {
  const loaded = await readConfig(join(root, 'config'))
  if (loaded.config === null) throw new Error('the example is wrong')
  config = loaded.config
  folder = await mkdtemp(join(tmpdir(), 'staffetta-drafting-'))
})
afterAll(() => rm(folder, { recursive: true }))

function drafted(file: string, changes: Partial<DraftRequest> = {}): Promise<Draft> {
  const request = {
    institution: 'comune-di-esempio',
    name: null,
    place: {},
    wishes: {},
    series: [],
  }
  return draftMapping(config, { ...request, file, ...changes })
}

async function draftedText(name: string, text: string | Buffer): Promise<Draft> {
  const file = join(folder, name)
  await writeFile(file, text)
  return drafted(file)
}

describe('a sample of the example', () => {
  /** A draft is handed out only when the mapping compiles and its case passes. */
  it.each([
    ['avvisi.csv', 'notice', ['id_pendenza']],
    ['bollette-2026-03.zip', 'notice', ['num_bolletta']],
    ['contatti.csv', 'reference', ['cod_cliente']],
    ['deceduti.csv', 'reference', ['codice_fiscale']],
    ['dovuti-mypay.csv', 'notice', ['iud']],
    ['dovuti-unitaria.csv', 'notice', ['iud']],
    ['fattura.xml', 'notice', ['codice_pagamento']],
    ['fattura.xml.p7m', 'notice', ['codice_pagamento']],
    ['flusso-fdr.xml', 'settlement', ['identificativo_univoco_versamento']],
    ['lampade-votive.csv', 'notice', ['contratto', 'anno']],
    ['mav.txt', 'notice', ['nome_flusso', 'progressivo']],
    ['mensa-2026-03.csv', 'notice', ['pratica', 'mese']],
    ['posizioni-gpd.json', 'notice', ['nav']],
    ['ricevuta-nodo.xml', 'settlement', ['notice_number']],
    ['ruolo-290.txt', 'notice', ['comune', 'numero_ruolo', 'codice_partita', 'riga']],
    ['scadenze.xlsx', 'notice', null],
    ['tari-2026.csv', 'notice', ['num_documento', 'rata']],
    ['verbali.ndjson', 'notice', null],
  ])('%s gives a mapping with a case: %s', async (file, shape, key) => {
    const path = join(samples, file)
    const { understanding, read, mapping, cases } = await drafted(path, { series: ['prova'] })
    expect(understanding.shape).toBe(shape)
    if (key !== null) expect(understanding.roles.key).toEqual(key)
    expect(read.good).toBeGreaterThan(0)
    for (const person of await personsIn(path)) {
      expect(mapping.text + cases.text).not.toContain(person)
    }
  })

  /** Fiscal codes that stand in the bytes of a file; none of one that is compressed. */
  async function personsIn(path: string): Promise<string[]> {
    const text = await readFile(path, 'latin1')
    return text.match(/\b[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b/gi) ?? []
  }

  it('has no fiscal code and no name of the file in what is written', async () => {
    const file = join(samples, 'tari-2026.csv')
    const { mapping, cases } = await drafted(file)
    const persons = await personsIn(file)
    expect(persons.length).toBeGreaterThan(3)
    const written = mapping.text + cases.text
    for (const person of persons) expect(written).not.toContain(person)
    expect(written).not.toMatch(/PROVA MARIO|VICOLO CIECO|0000017/)
  })
})

describe('an invented record', () => {
  it('keeps no word and no number of a column that names persons', () => {
    const letters = fc.stringMatching(/^[A-Z]{4,12}$/)
    const row = fc.record({
      name: letters,
      street: letters,
      code: fc.stringMatching(/^[G-W]{3}[1-8]{5}$/),
    })
    fc.assert(
      fc.property(
        fc.uniqueArray(row, { minLength: 2, maxLength: 8, selector: ({ code }) => code }),
        (rows) => {
          const lines = rows.map(
            ({ name, street, code }) =>
              `${code};PRVPRV80A01H501K;${name};Via ${street} 7;1,00;31/10/2027`,
          )
          const text = ['NUM_BOLLETTA;CF;COGNOME;INDIRIZZO;IMPORTO;SCADENZA', ...lines, ''].join(
            '\n',
          )
          const sample = {
            bytes: Buffer.from(text),
            isWhole: true,
            kind: 'bytes',
            said: [],
          } as const
          const record = inventRecord(understand({ ...sample, said: [] }, {}), 0)
          const { name, street, code } = rows[0]!
          const kept = Object.values(record).join(' ')
          if (name !== 'ESEMPI' && name !== 'CATERINA') expect(kept.split(' ')).not.toContain(name)
          if (!'ESEMPIO CATERINA'.includes(street)) expect(kept.split(' ')).not.toContain(street)
          expect(kept).not.toContain(code)
          expect(kept).not.toContain('PRVPRV80A01H501K')
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('an odd file', () => {
  it.each([
    ['empty.csv', '', 'empty'],
    ['blanks.csv', '\n\n \n', 'nothing but blanks'],
    ['header.csv', 'ID;CF;IMPORTO\n', 'no record'],
    ['one.txt', 'una riga', 'no columns'],
    ['bad.xml', '<a><b>1</a>', 'not good XML'],
    ['photo.jpg', Buffer.from('ffd8ffe000104a46494600010100', 'hex'), ''],
  ])('%s is refused with what to do', async (name, text, message) => {
    await expect(draftedText(name, text)).rejects.toThrow(message)
  })

  it('larger than what is looked at is understood by its beginning', async () => {
    const row = 'A{n};PRVPRV80A01H501K;1,00;31/10/2027\n'
    const rows = Array.from({ length: 250_000 }, (_, n) => row.replace('{n}', String(n)))
    const { sentence, understanding } = await draftedText(
      'large.csv',
      `ID;CF;IMPORTO;SCADENZA\n${rows.join('')}`,
    )
    expect(understanding.isWhole).toBe(false)
    expect(sentence).toContain('the first ')
  })
})

describe('a large document of one line', () => {
  it('is understood by its whole records', async () => {
    const row = (n: number) =>
      `<r><id>A${n}</id><cf>PRVPRV80A01H501K</cf><importo>1.50</importo></r>`
    const rows = Array.from({ length: 150_000 }, (_, n) => row(n))
    const { sentence } = await draftedText('large.xml', `<a>${rows.join('')}</a>`)
    expect(sentence).toContain('rows at /a/r, the first 1000 records')
  })
})

describe('the name of a mapping', () => {
  it.each([
    ['/srv/out/TARI_2026-03.csv', 'tari'],
    ['Avvisi di pagamento (2).xlsx', 'avvisi-di-pagamento'],
    ['fattura.xml.p7m', 'fattura'],
    ['20260301.csv', 'nuovo'],
    ['Città.csv', 'citta'],
  ])('of %s is %s', (file, name) => {
    expect(nameOf(file)).toBe(name)
  })
})
