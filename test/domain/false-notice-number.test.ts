import fc from 'fast-check'
import { expect, it } from 'vitest'
import { falseNoticeNumber, withFalseNumber } from '../../src/domain/false-notice-number.ts'
import { isNoticeNumber } from '../../src/domain/message-values.ts'
import type { NoticeData } from '../../src/domain/notice.ts'

const dataWith = (noticeNumber: string, fields: NoticeData['fields']): NoticeData => ({
  key: 'a',
  group: null,
  fiscalCode: 'AAAAAA00A00A000A',
  dueAt: null,
  payment: { noticeNumber, amountCents: 1, payee: null, invalidAfterDueDate: false },
  facets: { customer: null, document: null, emission: null },
  fields,
})

const numbers = fc
  .tuple(
    fc.constantFrom('001', '101', '299', '347'),
    fc.bigInt({ min: 10n ** 14n, max: 10n ** 15n - 1n }),
  )
  .map(([head, rest]) => head + rest.toString())

it('a false number has the form that IO takes, and check digits that no division leaves', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (n) => {
      const number = falseNoticeNumber(n)
      expect(isNoticeNumber(number)).toBe(true)
      expect(Number(number.slice(-2))).toBeGreaterThan(92)
    }),
  )
})

it('the real number stays nowhere: as a field, in a text, in groups, in a link, as its IUV', () => {
  fc.assert(
    fc.property(numbers, numbers, (real, other) => {
      const groups = real.replace(/(.{4})(?=.)/g, '$1 ')
      const data = dataWith(real, {
        avviso: real,
        testo: `Paghi ${groups} o ${real.replace(/(.{4})(?=.)/g, '$1-')}`,
        rata: { avviso: other, iuv: real.slice(1), corto: real.slice(3) },
        collegamento: `https://paga.example/?nav=${real}&importo=1500`,
        iuv: Number(real.slice(3)),
        importo: 1500,
      })
      const said = JSON.stringify(withFalseNumber(data, 4)).replace(/[\s-]/g, '')
      expect(said).not.toContain(real)
      expect(said).not.toContain(real.slice(1))
      expect(said).not.toContain(real.slice(3))
      expect(said).not.toContain(other)
      expect(said).toContain(`"importo":1500`)
      expect(said).toContain(`nav=${falseNoticeNumber(4)}&importo=1500`)
    }),
  )
})

it('what has no payment stays as it is', () => {
  const data = { ...dataWith('301000000000000001', { testo: 'ciao' }), payment: null }
  expect(withFalseNumber(data, 1)).toBe(data)
})
