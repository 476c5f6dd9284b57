// The mappings of the example municipality: they compile, and a line of each file becomes exactly
// this.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type CompiledMapping, compileMapping, type LookedUp } from '../../src/mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../../src/mapping/spec.ts'

const folder = join(import.meta.dirname, '../../config/comune-di-esempio/mappings')

function load(name: string): MappingSpec {
  return MappingSpec.parse(parse(readFileSync(join(folder, `${name}.yaml`), 'utf8')))
}

const references = { contatti: load('contatti') as ReferenceMapping }

function compile<S extends CompiledMapping['shape']>(name: string, shape: S) {
  const { mapping, faults } = compileMapping(name, load(name), { references })
  expect(faults).toEqual([])
  if (mapping?.shape !== shape) throw new Error(`${name} is no ${shape}`)
  return mapping as Extract<CompiledMapping, { shape: S }>
}

/** Everything that the notices of a file become. */
function mapAll(name: string, text: string, encoding: BufferEncoding, rows: LookedUp = {}) {
  const mapping = compile(name, 'notice')
  const reader = mapping.reader()
  const records = [...reader.write(Buffer.from(text, encoding)), ...reader.end()]
  return records.map((raw) => mapping.finish(mapping.read(raw), rows, { testers: new Set() }))
}

describe('a water bill', () => {
  const header =
    'COD_CLIENTE;INTESTATARIO;NUM_BOLLETTA;EMISSIONE;IMPORTO;SCADENZA;COD_AVVISO;' +
    'INDIRIZZO_FORNITURA;FILE_PDF\r\n'
  const contact = { codice_cliente: 'C1', codice_fiscale: 'RSSMRA80A01H501U' }

  it('becomes a payment message with two reminders', () => {
    const line =
      'C1;"CITTÀ ""A""";2026/7;3° trim. 2026;1.450,00;31/10/2026;302000000000000001;Via *Po*, 3;\r\n'
    const [mapped] = mapAll('bollette', header + line, 'latin1', { contatto: contact })
    if (mapped?.kind !== 'notice') throw new Error(JSON.stringify(mapped))
    expect(mapped.key).toBe('2026/7')
    expect(mapped.payloads.map((payloads) => payloads.it?.content.subject)).toEqual([
      'Acqua: la tua bolletta 3° trim. 2026 è pronta',
      'Acqua: la bolletta 3° trim. 2026 scade tra una settimana',
      'Acqua: la bolletta 3° trim. 2026 scade domani',
    ])
    expect(mapped.payloads[0]).toEqual({
      it: {
        fiscal_code: 'RSSMRA80A01H501U',
        content: {
          subject: 'Acqua: la tua bolletta 3° trim. 2026 è pronta',
          markdown: [
            "La bolletta dell'acqua **2026/7** è pronta.",
            '',
            'Fornitura: Via \\*Po\\*, 3',
            '',
            '**Importo:** 1.450,00 €',
            '',
            '**Scadenza:** 31 ottobre 2026',
            '',
            "Puoi pagare direttamente dall'app, oppure con tutti i canali della piattaforma pagoPA. " +
              'Se hai già pagato, non tenere conto di questo messaggio.',
          ].join('\n'),
          due_date: '2026-10-31T22:59:59Z',
          payment_data: {
            amount: 145000,
            notice_number: '302000000000000001',
            invalid_after_due_date: false,
          },
        },
      },
    })
  })

  it('of a customer without a contact is refused', () => {
    const line = 'C9;X;2026/8;3;10,00;31/10/2026;302000000000000001;;\r\n'
    const [mapped] = mapAll('bollette', header + line, 'latin1', { contatto: null })
    expect(mapped).toMatchObject({ kind: 'refused', key: '2026/8', line: 2 })
  })
})

describe('a canteen bill', () => {
  const header = 'PRATICA,CF_GENITORE,MESE,PASTI,IMPORTO_CENT,SCADENZA,AVVISO\n'

  it('is written in Italian and English', () => {
    const line = 'P1,RSSMRA80A01H501U,settembre 2026,18,9000,2026-10-31,302000000000000001\n'
    const [mapped] = mapAll('mensa', header + line, 'utf8')
    if (mapped?.kind !== 'notice') throw new Error(JSON.stringify(mapped))
    expect(mapped.key).toBe('P1|settembre 2026')
    const [first] = mapped.payloads
    expect(first?.it?.content.markdown).toBe(
      'È disponibile il conto della mensa scolastica di **settembre 2026**: 18 pasti, **90,00 €**.\n\n' +
        "Puoi pagare dall'app. Scadenza: **31 ottobre 2026**.",
    )
    expect(first?.en?.content.markdown).toBe(
      'Your school canteen bill for **settembre 2026** is ready: 18 meals, **90,00 €**.\n\n' +
        'You can pay in the app by 31 October 2026.',
    )
    expect(first?.it?.content.payment_data?.invalid_after_due_date).toBe(true)
  })

  it('of nothing is skipped', () => {
    const line = 'P1,RSSMRA80A01H501U,agosto 2026,0,0,2026-10-31,302000000000000001\n'
    expect(mapAll('mensa', header + line, 'utf8')).toEqual([
      {
        kind: 'skipped',
        line: 2,
        record: 1,
        key: 'P1|agosto 2026',
        because: 'niente da pagare questo mese',
      },
    ])
  })
})

describe('a contact', () => {
  it('is a row by customer code, whatever the header calls it', () => {
    const mapping = compile('contatti', 'reference')
    const reader = mapping.reader()
    const text = 'cod_fiscale;codice_anagrafico;email\r\nrssmra80a01h501u;C1;\r\n'
    const [raw] = [...reader.write(Buffer.from(text)), ...reader.end()]
    expect(mapping.read(raw!)).toEqual({
      kind: 'row',
      key: 'C1',
      values: { codice_cliente: 'C1', codice_fiscale: 'RSSMRA80A01H501U' },
    })
  })
})
