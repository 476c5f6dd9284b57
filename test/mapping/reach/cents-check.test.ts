// Amounts in conditions are cents: what surely meant euros is said, and nothing else.
import { describe, expect, it } from 'vitest'
import { compileMapping } from '../../../src/mapping/mapping.ts'
import { MappingSpec } from '../../../src/mapping/spec.ts'

function said(more: object): string[] {
  const spec = MappingSpec.parse({
    shape: 'notice',
    series: 'prove',
    record: {
      format: 'csv',
      fields: {
        cf: { column: 'CF', type: 'fiscalCode' },
        pasti: { column: 'PASTI', type: 'integer' },
        importo: { column: 'IMPORTO', type: 'euro', decimals: 'comma' },
      },
    },
    key: ['cf', 'pasti'],
    notice: {
      fiscalCode: 'cf',
      subject: { it: 'Un titolo di prova' },
      markdown: { it: `Un testo di prova per {{ importo | euro }}. ${'Basta così. '.repeat(8)}` },
    },
    ...more,
  })
  const { mapping, faults } = compileMapping('prove', spec, { references: {} })
  expect(mapping).not.toBeNull()
  return faults.map(({ code, path, hint }) => `${code} ${path.join('.')}: ${hint}`)
}

describe('an amount in a condition', () => {
  it.each([
    ['importo < 12', '12,00 €', '1200'],
    ['pasti == 1 or importo >= 50', '50,00 €', '5000'],
    ['importo <= -5', '-5,00 €', '-500'],
  ])('that is less than a euro is told what to write: %s', (when, euros, cents) => {
    const hint = `CFG_CENTS skip.0.when: for ${euros} write ${cents}`
    expect(said({ skip: [{ when, because: 'poco' }] })).toEqual([hint])
  })

  it.each(['importo == 0', 'importo < 1200', 'importo <= 100', 'pasti < 12', 'importo'])(
    'that may be meant is left alone: %s',
    (when) => {
      const warned = said({ skip: [{ when, because: 'così' }] })
      expect(warned.filter((line) => line.startsWith('CFG_CENTS'))).toEqual([])
    },
  )
})
