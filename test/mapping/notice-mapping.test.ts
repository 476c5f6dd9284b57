// A notice mapping at work: keys, lookups, skips, payments, warnings, and what is said of bad
// records.
import { describe, expect, it } from 'vitest'
import type { NoticeData } from '../../src/domain/notice.ts'
import { FieldSpec } from '../../src/mapping/field/field-spec.ts'
import type { RawRecord } from '../../src/mapping/format/raw-record.ts'
import {
  type CompiledNotice,
  compileMapping,
  type LookedUp,
  type Mapped,
  type MappedNotice,
} from '../../src/mapping/mapping.ts'
import { MappingSpec, type ReferenceMapping } from '../../src/mapping/spec.ts'

const long =
  'Questo testo è lungo abbastanza per IO, che ne vuole almeno ottanta caratteri. Qui ce ne sono: '
const text = (it: string) => ({ it })
const column = (name: string, type: string, more: object = {}) => ({ column: name, type, ...more })
const fields = {
  cliente: column('C', 'text', { optional: true }),
  numero: column('N', 'text'),
  rata: column('R', 'text'),
  importo: column('I', 'euro', { decimals: 'comma', optional: true }),
  scadenza: column('S', 'date', { formats: ['dd/MM/yyyy'], optional: true }),
  avviso: column('A', 'noticeNumber', { optional: true }),
  ente: column('E', 'text', { optional: true }),
}
const row = ['C1', '7', '1', '145,00', '31/10/2026', '302000000000000001', '']
const contact = { cliente: 'C1', cf: 'RSSMRA80A01H501U', soglia: '500', dal: '2020-01-01' }

const contacts = MappingSpec.parse({
  shape: 'reference',
  key: 'cliente',
  record: {
    format: 'csv',
    fields: {
      cliente: column('C', 'text'),
      cf: column('F', 'fiscalCode', { wrongCheck: 'warn' }),
      soglia: column('T', 'euro', { decimals: 'comma', optional: true }),
      dal: column('D', 'date', { formats: ['dd/MM/yyyy'], optional: true }),
      email: column('M', 'text', { optional: true }),
    },
  },
}) as ReferenceMapping

function compile(
  changes: object = {},
  notice: object = {},
  reference: ReferenceMapping = contacts,
): CompiledNotice {
  const spec = MappingSpec.parse({
    shape: 'notice',
    series: 'prove',
    record: { format: 'csv', fields },
    lookups: { contatto: { reference: 'contatti', by: 'cliente' } },
    key: ['numero', 'rata'],
    group: 'numero',
    facets: { customer: 'cliente', document: 'numero' },
    notice: {
      fiscalCode: 'contatto.cf',
      subject: text('Bolletta numero {{ numero }}'),
      markdown: text(`${long}{{ importo }} {{ contatto.soglia }} {{ contatto.dal }}`),
      dueDate: 'scadenza',
      payment: { noticeNumber: 'avviso', amount: 'importo', payee: 'ente' },
      ...notice,
    },
    reminders: [
      { at: '-7d 09:30', subject: text('Scade {{ numero }} presto'), markdown: text(long) },
    ],
    ...changes,
  })
  const { mapping, faults } = compileMapping('prove', spec, { references: { contatti: reference } })
  expect(faults).toEqual([])
  return mapping as CompiledNotice
}

const rawOf = (cells: string[]): RawRecord => ({ line: 3, record: 2, cells, problem: null })

function map(
  mapping: CompiledNotice,
  changes: Record<number, string> = {},
  rows: LookedUp = { contatto: contact },
  testers: string[] = [],
): Mapped {
  const cells = row.map((cell, index) => changes[index] ?? cell)
  return mapping.finish(mapping.read(rawOf(cells)), rows, { testers: new Set(testers) })
}

function codes(mapped: Mapped): string[] {
  if (mapped.kind !== 'refused') throw new Error(`not refused: ${JSON.stringify(mapped)}`)
  return mapped.refusals.map(({ code, field }) => `${code} ${field}`)
}

const mapping = compile()
const good = map(mapping) as MappedNotice

describe('a good record', () => {
  it('is a notice with its data', () => {
    expect(good.data).toEqual({
      key: '7|1',
      group: '7',
      fiscalCode: 'RSSMRA80A01H501U',
      dueAt: '2026-10-31T22:59:59Z',
      payment: {
        noticeNumber: '302000000000000001',
        amountCents: 14500,
        payee: null,
        invalidAfterDueDate: false,
      },
      facets: { customer: 'C1', document: '7', emission: null },
      fields: {
        cliente: 'C1',
        numero: '7',
        rata: '1',
        importo: 14500,
        scadenza: '2026-10-31',
        avviso: '302000000000000001',
        ente: null,
        contatto: { cf: 'RSSMRA80A01H501U', soglia: 500, dal: '2020-01-01' },
      },
    })
    expect([good.line, good.record, good.key, good.warnings]).toEqual([3, 2, '7|1', []])
  })

  it('has a message for the notice and one for each reminder', () => {
    expect(good.payloads.map((payloads) => payloads.it!.content.subject)).toEqual([
      'Bolletta numero 7',
      'Scade 7 presto',
    ])
    expect(good.payloads[0]!.it).toEqual({
      fiscal_code: 'RSSMRA80A01H501U',
      content: {
        subject: 'Bolletta numero 7',
        markdown: `${long}145,00 € 5,00 € 1 gennaio 2020`,
        due_date: '2026-10-31T22:59:59Z',
        payment_data: {
          amount: 14500,
          notice_number: '302000000000000001',
          invalid_after_due_date: false,
        },
      },
    })
  })

  it('renders from stored data byte for byte as it was checked', () => {
    const stored = JSON.parse(JSON.stringify(good.data)) as NoticeData
    const again = compile()
    for (const [template, payloads] of good.payloads.entries()) {
      expect(JSON.stringify(again.payloads(stored, template))).toBe(JSON.stringify(payloads))
    }
    expect(() => again.payloads(stored, 2)).toThrow(RangeError)
  })

  it('says what it needs to look up before it is finished', () => {
    expect(mapping.read(rawOf(row)).lookups).toEqual({ contatto: 'C1' })
    expect(mapping.read(rawOf(['', ...row.slice(1)])).lookups).toEqual({ contatto: null })
  })

  it('copies of a lookup only what the mapping uses', () => {
    const rows = { contatto: { ...contact, email: 'a@esempio.it' } }
    expect((map(mapping, {}, rows) as MappedNotice).data).toEqual(good.data)
  })
})

describe('the key', () => {
  it('is one field as it is, or several that never run together', () => {
    const one = compile({ key: ['numero'] })
    expect(map(one, { 1: 'A|1\\' }).key).toBe('A|1\\')
    const keys = [
      map(mapping, { 1: 'A|1', 2: '2' }).key,
      map(mapping, { 1: 'A', 2: '1|2' }).key,
      map(mapping, { 1: 'A\\', 2: '|2' }).key,
    ]
    expect(keys).toEqual(['A\\|1|2', 'A|1\\|2', 'A\\\\|\\|2'])
    expect(new Set(keys).size).toBe(3)
  })

  it('is said of a refused record too, where it can be read', () => {
    expect(map(mapping, { 3: 'x' }).key).toBe('7|1')
    expect(map(mapping, { 1: '' }).key).toBeNull()
  })

  it('has a bound', () => {
    expect(codes(map(mapping, { 1: 'x'.repeat(500) }))).toEqual(['REC_FIELD_TOO_LONG numero'])
  })
})

describe('a bad record', () => {
  it('is refused for everything that is wrong with it at once', () => {
    expect(codes(map(mapping, { 1: '', 3: '145', 4: '31/02/2026', 5: '12' }))).toEqual([
      'REC_FIELD_MISSING numero',
      'REC_AMOUNT_FORM importo',
      'REC_DATE_FORM scadenza',
      'REC_NOTICE_NUMBER_FORM avviso',
    ])
  })

  it('that could not be told apart into fields is refused for that alone', () => {
    const problem = { code: 'REC_COLUMNS', field: null, detail: 'x', remedy: 'y' }
    const prepared = mapping.read({ line: 3, record: 2, cells: [], problem })
    expect(prepared.lookups).toEqual({ contatto: null })
    const mapped = mapping.finish(prepared, {}, { testers: new Set() })
    expect(mapped).toEqual({ kind: 'refused', line: 3, record: 2, key: null, refusals: [problem] })
  })

  it.each([
    ['0,00', /0,00 € non si può pagare/],
    ['-5,00', /-5,00 € non si può pagare/],
  ])('with an amount of %s cannot be paid', (amount, detail) => {
    const mapped = map(mapping, { 3: amount })
    expect(codes(mapped)).toEqual(['REC_AMOUNT_RANGE importo'])
    expect(mapped.kind === 'refused' && mapped.refusals[0]!.detail).toMatch(detail)
  })

  it('with half a payment is refused; with none it has none', () => {
    expect(codes(map(mapping, { 3: '' }))).toEqual(['REC_FIELD_MISSING importo'])
    expect(codes(map(mapping, { 5: '' }))).toEqual(['REC_FIELD_MISSING avviso'])
    const mapped = map(mapping, { 3: '', 5: '' }) as MappedNotice
    expect(mapped.data.payment).toBeNull()
    expect(mapped.payloads[0]!.it!.content).not.toHaveProperty('payment_data')
  })

  it('with a payee that is no institution is refused', () => {
    expect(codes(map(mapping, { 6: '123' }))).toEqual(['REC_VALUE_FORM ente'])
    const mapped = map(mapping, { 6: '01234567890' }) as MappedNotice
    expect(mapped.payloads[0]!.it!.content.payment_data?.payee).toEqual({
      fiscal_code: '01234567890',
    })
  })

  it('without a due date has none', () => {
    const mapped = map(mapping, { 4: '' }) as MappedNotice
    expect(mapped.data.dueAt).toBeNull()
    expect(mapped.payloads[0]!.it!.content).not.toHaveProperty('due_date')
  })
})

describe('a lookup', () => {
  it('without a row refuses the record, saying the key', () => {
    const mapped = map(mapping, {}, { contatto: null })
    expect(codes(mapped)).toEqual(['REC_LOOKUP_MISSING cliente'])
    expect(mapped.kind === 'refused' && mapped.refusals[0]!.detail).toMatch(/«C1».*contatti/)
    expect(codes(map(mapping, {}, {}))).toEqual(['REC_LOOKUP_MISSING cliente'])
    expect(codes(map(mapping, { 0: '' }, {}))).toEqual(['REC_FIELD_MISSING cliente'])
  })

  it('may be empty, and then its fields are', () => {
    const lookups = { contatto: { reference: 'contatti', by: 'cliente', onMissing: 'empty' } }
    const lenient = compile({ lookups })
    expect(codes(map(lenient, {}, { contatto: null }))).toEqual(['REC_FIELD_MISSING contatto.cf'])
  })

  it('of a row kept with other types asks for the reference to be loaded again', () => {
    const rows = { contatto: { ...contact, soglia: '5,00' } }
    expect(codes(map(mapping, {}, rows))).toEqual(['REC_VALUE_FORM contatto.soglia'])
  })

  it('of a fiscal code that was kept with a doubt warns, except for testers', () => {
    const rows = { contatto: { ...contact, cf: 'RSSMRA80A01H501A' } }
    const mapped = map(mapping, {}, rows) as MappedNotice
    expect(mapped.warnings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      'REC_FISCAL_CODE_CHECK contatto.cf',
    ])
    const forTester = map(mapping, {}, rows, ['RSSMRA80A01H501A']) as MappedNotice
    expect(forTester.warnings).toEqual([])
  })
})

describe('a skip', () => {
  const skip = [
    { when: 'importo <= 0', because: 'niente da pagare' },
    { when: 'contatto.soglia > importo', because: 'sotto soglia' },
  ]
  const skipping = compile({ skip })

  it('says why, even of a record that would be refused for something else', () => {
    const skipped = { kind: 'skipped', line: 3, record: 2, key: '7|1', because: 'niente da pagare' }
    expect(map(skipping, { 3: '-5,00' })).toEqual(skipped)
    expect(map(skipping, { 3: '0', 5: 'x' }, { contatto: null })).toEqual(skipped)
  })

  it('may ask what was looked up', () => {
    expect(map(skipping, { 3: '4,99' })).toMatchObject({ because: 'sotto soglia' })
    expect(map(skipping).kind).toBe('notice')
  })

  it('is not judged on what could not be read', () => {
    expect(codes(map(skipping, { 3: 'x' }))).toEqual(['REC_AMOUNT_FORM importo'])
    expect(codes(map(skipping, { 3: '4,99' }, {}))).toEqual(['REC_LOOKUP_MISSING cliente'])
  })
})

describe('a recipient that is no person', () => {
  const skippingContacts = {
    ...contacts,
    record: {
      ...contacts.record,
      fields: {
        ...contacts.record.fields,
        cf: FieldSpec.parse(column('F', 'fiscalCode', { notPersons: 'skip' })),
      },
    },
  } as ReferenceMapping

  it('skips its record where the mapping says so, whatever else is wrong with it', () => {
    const own = compile(
      {
        record: {
          format: 'csv',
          fields: { ...fields, cliente: column('C', 'fiscalCode', { notPersons: 'skip' }) },
        },
        lookups: {},
      },
      { fiscalCode: 'cliente', markdown: text(long) },
    )
    const mapped = map(own, { 0: '01234567890', 3: 'x' }, {})
    expect(mapped).toMatchObject({ kind: 'skipped', key: '7|1' })
    expect(JSON.stringify(mapped)).toMatch(/Il campo cliente è un codice di 11 cifre/)
    expect(JSON.stringify(mapped)).not.toContain('01234567890')
    expect(map(own, { 0: 'RSSMRA80A01H501U' }, {}).kind).toBe('notice')
    expect(codes(map(own, { 0: 'RSSMRA80A01H501' }, {}))).toEqual(['REC_FISCAL_CODE_FORM cliente'])
  })

  it('skips the records that look it up, where the reference says so', () => {
    const skipping = compile({}, {}, skippingContacts)
    const mapped = map(skipping, {}, { contatto: { ...contact, cf: '01234567890' } })
    expect(mapped).toMatchObject({
      kind: 'skipped',
      because: expect.stringMatching(/contatto\.cf/),
    })
    const strict = map(mapping, {}, { contatto: { ...contact, cf: '01234567890' } })
    expect(codes(strict)).toEqual(['REC_VALUE_FORM contatto.cf'])
  })
})

describe('a text', () => {
  it.each([
    ['1234567890', 'notice'],
    ['123456789', 'refused'],
    ['x'.repeat(120), 'notice'],
    ['x'.repeat(121), 'refused'],
    // Ten and one hundred and twenty UTF-16 units, as IO counts.
    ['😀'.repeat(5), 'notice'],
    ['😀'.repeat(60), 'notice'],
    [`${'😀'.repeat(60)}x`, 'refused'],
  ])('is never shorter or longer than IO accepts: %j is %s', (numero, kind) => {
    const titled = compile({ key: ['rata'], reminders: [] }, { subject: text('{{ numero }}') })
    const mapped = map(titled, { 1: numero })
    expect(mapped.kind).toBe(kind)
    if (mapped.kind === 'refused') {
      expect(codes(mapped)).toEqual(['REC_TEXT_LENGTH subject'])
      expect(mapped.refusals[0]!.detail).toMatch(`${numero.length} caratteri`)
    }
  })

  it('that is too long in a reminder is said of the reminder, once', () => {
    const reminders = [
      { at: '-7d 09:30', subject: text('Scade la {{ numero }}'), markdown: text(long) },
    ]
    const mapped = map(compile({ reminders, key: ['rata'] }), { 1: 'x'.repeat(115) })
    expect(mapped.kind === 'refused' && mapped.refusals.map(({ detail }) => detail)).toEqual([
      'Il titolo del messaggio (it) è di 131 caratteri: IO ne accetta da 10 a 120.',
      'Il titolo del promemoria 1 (it) è di 124 caratteri: IO ne accetta da 10 a 120.',
    ])
  })
})

describe('what matters', () => {
  it('is what the mapping lists, in one order', () => {
    expect(mapping.matters(good.data)).toEqual([
      14500,
      '2026-10-31T22:59:59Z',
      '302000000000000001',
      null,
    ])
    const other = compile({ changesMatter: ['text', 'fiscalCode'] })
    const [fiscalCode, words] = other.matters(good.data)
    expect(fiscalCode).toBe('RSSMRA80A01H501U')
    expect(words).toEqual([
      ['Bolletta numero 7', `${long}145,00 € 5,00 € 1 gennaio 2020`],
      ['Scade 7 presto', long.trimEnd()],
    ])
  })

  it('is found in canonical data, whatever order the data is in', () => {
    const reversed = Object.fromEntries(
      Object.entries(good.data).reverse(),
    ) as unknown as NoticeData
    reversed.fields = Object.fromEntries(Object.entries(good.data.fields).reverse())
    expect(mapping.canonical(reversed)).toBe(mapping.canonical(good.data))
    expect(JSON.parse(mapping.canonical(good.data))).toEqual(good.data)
    expect(mapping.canonical({ ...good.data, group: null })).not.toBe(mapping.canonical(good.data))
  })
})
