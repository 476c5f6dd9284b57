// Typed fields: what each type reads, the refusals with their codes, and the way through a
// reference.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FieldSpec } from '../../../src/mapping/field/field-spec.ts'
import {
  type Findings,
  fieldReader,
  findDoubt,
  findSkip,
  judge,
} from '../../../src/mapping/field/fields.ts'
import { restoredValue, storedText } from '../../../src/mapping/field/stored-value.ts'

const spec = (type: string, more: object = {}) => FieldSpec.parse({ column: 'X', type, ...more })

function read(field: FieldSpec, text: string) {
  const findings: Findings = { refusals: [], doubts: [], refused: [] }
  const value = fieldReader('campo', field)(text, findings)
  return { value, findings }
}

const date = spec('date', { formats: ['dd/MM/yyyy', 'yyyyMMdd'] })
const euro = spec('euro', { decimals: 'comma' })
const flag = spec('boolean', { true: ['sì', 'x'], false: ['no'] })

const school = spec('text', {
  values: { '01': 'nido', '02': 'primaria', 'nido d’infanzia': 'nido' },
  normalise: ['case', 'zeros', 'blanks'],
})
const inPieces = spec('fiscalCode', { blanks: 'drop' })
const derived = spec('noticeNumber', { fromIuv: { auxDigit: 3, code: '01' } })
const noDate = spec('date', {
  formats: ['yyyyMMdd', 'dd/MM/yyyy'],
  optional: true,
  empty: ['99991231', '/  /'],
})

describe('a field', () => {
  it.each<[string, FieldSpec, string, unknown]>([
    ['text', spec('text'), '  Via Roma 1 ', 'Via Roma 1'],
    ['text with its blanks', spec('text', { trim: false }), ' a ', ' a '],
    ['integer', spec('integer'), ' 0012 ', 12],
    ['negative integer', spec('integer'), '-3', -3],
    ['boolean', spec('boolean'), 's', true],
    ['boolean', spec('boolean'), 'NO', false],
    ['boolean with words of its own', flag, 'SÌ', true],
    ['euro', euro, ' 1.450,00 € ', 145000],
    ['negative euro', euro, '-5,00', -500],
    ['date', date, '31/10/2026', '2026-10-31'],
    ['date in the second format', date, '20261031', '2026-10-31'],
    ['fiscal code', spec('fiscalCode'), ' rssmra80a01h501u ', 'RSSMRA80A01H501U'],
    ['fiscal code in pieces', inPieces, 'RSS MRA 80A01 h501u', 'RSSMRA80A01H501U'],
    ['IO’s test citizen', spec('fiscalCode'), 'AAAAAA00A00A000A', 'AAAAAA00A00A000A'],
    ['notice number', spec('noticeNumber'), '3020 0000 0000 0000 01', '302000000000000001'],
    ['euro in thousandths', spec('euro', { decimals: 'thousandths' }), '24500', 2450],
    ['euro without zeros', spec('euro', { decimals: 'comma', zeros: 'dropped' }), '24', 2400],
    [
      'date of two digits',
      spec('date', { formats: ['ddMMyy'], pivot: 40 }),
      '311026',
      '2026-10-31',
    ],
    ['VAT number', spec('vatNumber'), 'IT 15376371009', '15376371009'],
    ['IUV', spec('iuv'), '01000000000012345', '01000000000012345'],
    ['notice number of an IUV', derived, '01000000000012345', '301000000000012345'],
    ['text with zeros in front', spec('text', { padLeft: 5 }), '340', '00340'],
    ['listed text', school, ' 2 ', 'primaria'],
    ['listed text in capitals', school, 'NIDO  D’INFANZIA', 'nido'],
    ['unlisted text, kept', spec('text', { values: { a: 'x' }, otherValues: 'keep' }), 'b', 'b'],
    ['a date of blanks', noDate, '/  /', null],
    ['a date of nines', noDate, '99991231', null],
    ['nothing, where optional', spec('text', { optional: true }), '  ', null],
    [
      'a declared empty',
      spec('date', { formats: ['dd/MM/yyyy'], optional: true, empty: ['00/00/0000'] }),
      '00/00/0000',
      null,
    ],
  ])('of type %s is read', (_, field, text, expected) => {
    const { value, findings } = read(field, text)
    expect(value).toBe(expected)
    expect(findings).toEqual({ refusals: [], doubts: [], refused: [] })
  })

  it.each<[FieldSpec, string, string, RegExp]>([
    [spec('text'), ' ', 'REC_FIELD_MISSING', /campo campo è vuoto/],
    [spec('text', { empty: ['-1'] }), '-1', 'REC_FIELD_MISSING', /vuoto/],
    [spec('integer'), '1,5', 'REC_VALUE_FORM', /«1,5» non è un numero intero/],
    [spec('integer'), '1e3', 'REC_VALUE_FORM', /«1e3»/],
    [spec('integer'), '٣', 'REC_VALUE_FORM', /«٣»/],
    [spec('boolean'), 'forse', 'REC_VALUE_FORM', /«forse» non è né sì né no/],
    [euro, '145000', 'REC_AMOUNT_FORM', /«145000» non ha i decimali/],
    [euro, '1.450', 'REC_AMOUNT_FORM', /«1.450» non ha i decimali/],
    [euro, 'gratis', 'REC_AMOUNT_FORM', /«gratis» non è un importo/],
    [euro, '100.000.000,00', 'REC_AMOUNT_RANGE', /oltre 99/],
    [date, '31/02/2026', 'REC_DATE_FORM', /«31\/02\/2026» non è una data/],
    [date, '2026-10-31', 'REC_DATE_FORM', /dice il modello/],
    [spec('fiscalCode'), '01234567890', 'REC_FISCAL_CODE_FORM', /11 cifre/],
    [spec('fiscalCode'), 'RSS MRA 80A01 H501U', 'REC_FISCAL_CODE_FORM', /spazi/],
    [inPieces, 'RSS MRA 80A01 H501A', 'REC_FISCAL_CODE_FORM', /spazi/],
    [spec('fiscalCode'), 'anonimo', 'REC_FISCAL_CODE_FORM', /pagatore anonimo/],
    [spec('euro', { decimals: 'thousandths' }), '24505', 'REC_AMOUNT_FORM', /frazioni/],
    [spec('vatNumber'), '1537637100', 'REC_VAT_NUMBER_FORM', /10 cifre/],
    [spec('iuv'), '301000000000012345', 'REC_IUV_FORM', /già un codice avviso/],
    [derived, '02000000000012345', 'REC_IUV_FORM', /segregazione 01/],
    [school, '3', 'REC_VALUE_UNKNOWN', /«3» non è tra i valori previsti/],
    [spec('text', { values: { A: 'x' }, normalise: [] }), 'a', 'REC_VALUE_UNKNOWN', /«a»/],
    [spec('noticeNumber'), '3,02E+17', 'REC_NOTICE_NUMBER_FORM', /foglio di calcolo/],
  ])('%# refuses %j', (field, text, code, detail) => {
    const { value, findings } = read(field, text)
    expect(value).toBeNull()
    expect(findings.refused).toEqual(['campo'])
    expect(findings.refusals).toHaveLength(1)
    const [refusal] = findings.refusals
    expect(refusal).toMatchObject({ code, field: 'campo' })
    expect(refusal!.detail).toMatch(detail)
    expect(refusal!.remedy).not.toBe('')
  })

  it('quotes long and broken values in one short line', () => {
    const { findings } = read(spec('integer'), `a\n${'b'.repeat(500)}\ud800`)
    expect(findings.refusals[0]!.detail.length).toBeLessThan(120)
    expect(findings.refusals[0]!.detail).not.toMatch(/\n/)
  })
})

describe('a wrong check character', () => {
  const wrong = 'RSSMRA80A01H501A'

  it('keeps the value and is judged by what the mapping says', () => {
    const strict = read(spec('fiscalCode'), wrong)
    expect(strict.value).toBe(wrong)
    const judged = judge(strict.findings.doubts, new Set())
    expect(judged.warnings).toEqual([])
    expect(judged.refusals[0]).toMatchObject({ code: 'REC_FISCAL_CODE_CHECK', field: 'campo' })
    expect(judged.refusals[0]!.detail).toMatch(/finire con U/)

    const lenient = read(spec('fiscalCode', { wrongCheck: 'warn' }), wrong)
    const { refusals, warnings } = judge(lenient.findings.doubts, new Set())
    expect([refusals.length, warnings.length]).toEqual([0, 1])
  })

  it('is forgiven to testers', () => {
    const { findings } = read(spec('fiscalCode'), wrong)
    expect(judge(findings.doubts, new Set([wrong]))).toEqual({ refusals: [], warnings: [] })
  })
})

describe('a wrong check digit of a VAT number', () => {
  it('keeps the value and is judged by what the mapping says', () => {
    for (const [wrongCheck, counts] of [
      ['refuse', [1, 0]],
      ['warn', [0, 1]],
    ] as const) {
      const { value, findings } = read(spec('vatNumber', { wrongCheck }), '15376371008')
      expect(value).toBe('15376371008')
      const { refusals, warnings } = judge(findings.doubts, new Set())
      expect([refusals.length, warnings.length]).toEqual(counts)
      expect([...refusals, ...warnings][0]).toMatchObject({ code: 'REC_VAT_NUMBER_CHECK' })
      expect([...refusals, ...warnings][0]!.detail).toMatch(/finire con 9/)
    }
  })
})

describe('a recipient that is no person', () => {
  const skipping = spec('fiscalCode', { notPersons: 'skip' })

  it.each(['01234567890', 'STP0123456789012', 'ANONIMO'])(
    '%s is skipped without its value',
    (text) => {
      const { findings } = read(skipping, text)
      expect(findings.refusals).toEqual([])
      expect(judge(findings.doubts, new Set())).toEqual({ refusals: [], warnings: [] })
      expect(findSkip(findings.doubts)).toMatch(/^Il campo campo è un/)
      expect(findSkip(findings.doubts)).not.toContain(text)
    },
  )

  it('is not what a mistyped code is', () => {
    const { findings } = read(skipping, 'RSSMRA80A01H501')
    expect(findings.refusals).toHaveLength(1)
    expect(findSkip(findings.doubts)).toBeNull()
  })

  it('is kept by a reference, so that who looks it up skips', () => {
    const { value } = read(skipping, '01234567890')
    const kept = restoredValue(skipping, storedText(value) ?? undefined)
    expect(kept).toBe('01234567890')
    expect(findDoubt('contatto.cf', skipping, kept ?? null)?.verdict).toBe('skip')
    expect(restoredValue(spec('fiscalCode'), '01234567890')).toBeUndefined()
  })
})

describe('a value kept in a reference', () => {
  it('is read back as it was', () => {
    const text = fc.string().filter((value) => value.trim() !== '')
    const cases: [FieldSpec, fc.Arbitrary<string | number | boolean | null>][] = [
      [spec('text', { trim: false }), text],
      [spec('integer'), fc.integer()],
      [euro, fc.integer({ min: -9_999_999_999, max: 9_999_999_999 })],
      [spec('boolean'), fc.boolean()],
      [date, fc.constant('2026-10-31')],
      [spec('fiscalCode'), fc.constant('RSSMRA80A01H501U')],
      [spec('noticeNumber'), fc.constant('002000000000000001')],
      [derived, fc.constant('301000000000012345')],
      [spec('vatNumber'), fc.constantFrom('15376371009', '15376371008')],
      [spec('iuv'), fc.constantFrom('01000000000012345', 'RF18539007547034')],
      [school, fc.constantFrom('nido', 'primaria')],
    ]
    for (const [field, values] of cases) {
      fc.assert(
        fc.property(fc.option(values), (value) => {
          expect(restoredValue(field, storedText(value) ?? undefined)).toBe(value)
        }),
        { numRuns: 50 },
      )
    }
  })

  it.each<[FieldSpec, string]>([
    [spec('integer'), 'dodici'],
    [euro, '1.450,00'],
    [spec('boolean'), 'S'],
    [date, '31/10/2026'],
    [date, '2026-02-31'],
    [spec('fiscalCode'), 'x'],
    [spec('noticeNumber'), '12'],
    [spec('vatNumber'), '12'],
    [spec('iuv'), '12'],
  ])('%# of another type is not guessed at: %j', (field, text) => {
    expect(restoredValue(field, text)).toBeUndefined()
  })
})
