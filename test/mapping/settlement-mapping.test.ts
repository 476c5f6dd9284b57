// A settlement mapping: what a record names, how that ends, and what is wrong with either.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import { type CompiledSettlement, compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'

const fields = {
  chiave: { column: 'K', type: 'text' },
  stato: { column: 'S', type: 'text', optional: true },
  avviso: { column: 'A', type: 'noticeNumber', optional: true },
  cf: { column: 'F', type: 'fiscalCode', optional: true, notPersons: 'skip' },
}

function compile(changes: object = {}) {
  const record = { format: 'csv', fields }
  const base = { shape: 'settlement', series: 'tari', record, key: ['chiave'], as: 'settled' }
  const spec = MappingSpec.parse({ ...base, ...changes })
  return compileMapping('pagati', spec, { references: {} })
}

function read(cells: string[], changes: object = {}, testers = new Set<string>()) {
  const { mapping, faults } = compile(changes)
  expect(faults).toEqual([])
  const raw = { line: 2, record: 1, cells, problem: null }
  return (mapping as CompiledSettlement).read(raw, testers)
}

const byState = {
  as: {
    field: 'stato',
    settled: ['Pagato', 0],
    cancelled: ['ANNULLATA_DA_ENTE'],
    ignore: ['in attesa', ''],
  },
}

describe('how the notice of a record ends', () => {
  it.each([
    ['Pagato', 'settled'],
    ['PAGATO', 'settled'],
    ['  pagato ', 'settled'],
    ['0', 'settled'],
    ['annullata da  ente', 'cancelled'],
    ['In_Attesa', 'nothing'],
    ['', 'nothing'],
  ])('is what the value of its field means, however it is written: %j', (said, as) => {
    expect(read(['K1', said, '', ''], byState)).toEqual({ kind: 'row', key: 'K1', as })
  })

  it('is never guessed: a value that is not listed is refused with those that are', () => {
    expect(read(['K1', 'Pagata?', '', ''], byState)).toMatchObject({
      kind: 'refused',
      key: 'K1',
      refusals: [
        {
          code: 'REC_VALUE_UNKNOWN',
          field: 'stato',
          remedy: expect.stringContaining('«Pagato», «0»'),
        },
      ],
    })
  })

  it('is for any other value what the mapping says, but never for an empty field', () => {
    const other = { as: { field: 'stato', ignore: ['aperta'], otherwise: 'settled' } }
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' }), (said) => {
        fc.pre(said.trim() !== '' && said.trim().toLowerCase() !== 'aperta')
        expect(read(['K1', said, '', ''], other)).toMatchObject({ as: 'settled' })
      }),
    )
    expect(read(['K1', 'Aperta', '', ''], other)).toMatchObject({ as: 'nothing' })
    const empty = { kind: 'refused', refusals: [{ code: 'REC_FIELD_MISSING', field: 'stato' }] }
    expect(read(['K1', ' ', '', ''], other)).toMatchObject(empty)
  })
})

describe('a condition on what closes', () => {
  const paidWithFault = { ...byState, closesWhen: 'cf != nil or stato != "PAGATO"' }

  it('lets a record close nothing, though its state says that it is paid', () => {
    const { fiscalCode } = contact(1)
    expect(read(['K1', 'PAGATO', '', ''], paidWithFault)).toMatchObject({ as: 'nothing' })
    expect(read(['K1', 'PAGATO', '', fiscalCode], paidWithFault)).toMatchObject({ as: 'settled' })
    expect(read(['K1', 'Pagato', '', ''], paidWithFault)).toMatchObject({ as: 'settled' })
  })

  it('does not make good what is not understood', () => {
    const never = { ...byState, closesWhen: 'stato == "x"' }
    expect(read(['K1', 'Pagata?', '', ''], never)).toMatchObject({ kind: 'refused' })
  })
})

describe('what a record names', () => {
  const { fiscalCode } = contact(1)
  const wrong = fiscalCode.slice(0, -1) + (fiscalCode.endsWith('A') ? 'B' : 'A')
  const byPerson = {
    by: 'fiscalCode',
    key: ['cf'],
    record: { format: 'csv', fields: { ...fields, cf: { ...fields.cf, optional: false } } },
  }

  it('may be a person: a company is nobody’s, a wrong check character is refused', () => {
    expect(read(['K', '', '', fiscalCode], byPerson)).toMatchObject({ key: fiscalCode })
    expect(read(['K', '', '', '01234567897'], byPerson)).toMatchObject({ as: 'nothing' })
    const refusals = [{ code: 'REC_FISCAL_CODE_CHECK' }]
    expect(read(['K', '', '', wrong], byPerson)).toMatchObject({ kind: 'refused', refusals })
    const tester = new Set([wrong])
    expect(read(['K', '', '', wrong], byPerson, tester)).toMatchObject({ as: 'settled' })
  })

  it('is not doubted for a fiscal code that only stands beside the key', () => {
    expect(read(['K', '', '', wrong])).toEqual({ kind: 'row', key: 'K', as: 'settled' })
  })
})

describe('a settlement mapping', () => {
  it.each([
    ['names a field of the right type', { by: 'noticeNumber' }, 'key.0: chiave is of type text'],
    [
      'names one field where it is no key of ours',
      { by: 'noticeNumber', key: ['avviso', 'chiave'] },
      'key: by noticeNumber there is one field, not 2',
    ],
    ['knows its field', { as: { field: 'stat', settled: ['x'] } }, 'as.field: unknown field stat'],
    [
      'asks only for its own fields',
      { closesWhen: 'stat == "x"' },
      'closesWhen: unknown name stat',
    ],
    ['closes something', { as: { field: 'stato' } }, 'as: no value closes anything'],
    [
      'means one thing by a value',
      { as: { field: 'stato', settled: ['in corso'], ignore: ['IN_CORSO'] } },
      'as.ignore: "IN_CORSO" is in settled and in ignore',
    ],
  ])('%s', (_, changes, fault) => {
    const optional = { ...fields, avviso: { ...fields.avviso, optional: false } }
    const { mapping, faults } = compile({ record: { format: 'csv', fields: optional }, ...changes })
    expect(mapping).toBeNull()
    expect(faults.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([fault])
  })

  it('may name several series, and remembers what comes early for a year', () => {
    const { mapping } = compile({ series: ['tari', 'imu'] })
    expect(mapping?.spec).toMatchObject({ series: ['tari', 'imu'], by: 'key', rememberDays: 365 })
  })
})
