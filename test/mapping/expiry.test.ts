// Whether a notice can still be paid after its due date: for all of a mapping, or record by record.
import { expect, it } from 'vitest'
import { compileMapping } from '../../src/mapping/mapping.ts'
import { NoticeMapping } from '../../src/mapping/spec.ts'

function compiled(invalidAfterDueDate: unknown) {
  const spec = NoticeMapping.parse({
    shape: 'notice',
    series: 'prove',
    key: ['avviso'],
    record: {
      format: 'csv',
      fields: {
        codice: { column: 'CF', type: 'fiscalCode' },
        avviso: { column: 'AVVISO', type: 'noticeNumber' },
        importo: { column: 'IMPORTO', type: 'euro', decimals: 'cents' },
        decade: { column: 'DECADE', type: 'boolean', optional: true },
      },
    },
    notice: {
      fiscalCode: 'codice',
      subject: { it: 'Un avviso di prova' },
      markdown: {
        it: 'Un testo lungo abbastanza da essere preso da IO, con tutto quello che serve sapere.',
      },
      payment: { noticeNumber: 'avviso', amount: 'importo', invalidAfterDueDate },
    },
  })
  return compileMapping('prove', spec, { references: {} })
}

function expires(rule: unknown, decade: string): boolean | undefined {
  const { mapping } = compiled(rule)
  if (mapping?.shape !== 'notice') throw new Error('it does not compile')
  const cells = ['SMPCRN75B41Z999W', '302000000000000121', '999', decade]
  const read = mapping.read({ line: 2, record: 1, cells, problem: null })
  const mapped = mapping.finish(read, {}, { testers: new Set() })
  if (mapped.kind !== 'notice') throw new Error(`it is ${mapped.kind}`)
  return mapped.payloads[0]?.it?.content.payment_data?.invalid_after_due_date
}

it.each([
  [true, '', true],
  [false, 'S', false],
  ['decade', 'S', true],
  ['decade', 'N', false],
  ['decade', '', false],
])('a rule of %s makes of “%s” %s', (rule, decade, expected) => {
  expect(expires(rule, decade)).toBe(expected)
})

it('a rule names a boolean field that is there', () => {
  const faults = (rule: string) =>
    compiled(rule).faults.map(({ path, message }) => `${path.join('.')}: ${message}`)
  const at = 'notice.payment.invalidAfterDueDate'
  expect(faults('importo')).toEqual([`${at}: importo is of type euro`])
  expect(faults('decada')).toEqual([`${at}: unknown field decada`])
})
