import { describe, expect, test } from 'vitest'
import { contact } from '../../scripts/samples.ts'
import { addTexts } from '../../src/domain/lot-texts.ts'
import type { NoticeData } from '../../src/domain/notice.ts'
import { compileText } from '../../src/mapping/text/text.ts'
import { createTextTally } from '../../src/pipeline/map/text-tally.ts'

const scope = new Map([
  ['esente', { type: 'boolean' }],
  ['tipo', { type: 'text' }],
  ['rate', { type: 'integer' }],
]) as never

function branchesOf(source: string) {
  const { template, fault } = compileText(source, 'markdown', scope)
  if (template === null) throw new Error(fault.message)
  return (fields: object) => template.branch(fields as never)
}

describe('the branch that a record takes', () => {
  test('is worded as the template words it, and within another one where it is reached', () => {
    const branch = branchesOf(
      '{% if esente %}a{% if rate > 1 %}b{% else %}c{% endif %}{% elsif rate == 1 %}d{% endif %}',
    )
    expect(branch({ esente: true, rate: 3 })).toBe('esente: rate > 1')
    expect(branch({ esente: true, rate: 1 })).toBe('esente: else')
    expect(branch({ esente: false, rate: 1 })).toBe('rate == 1')
    expect(branch({ esente: false, rate: 2 })).toBe('not esente')
  })

  test('of several blocks is that of each; a text without blocks has none', () => {
    const branch = branchesOf(
      "{% case tipo %}{% when 'A', 'B' %}x{% else %}y{% endcase %}{% unless esente %}z{% endunless %}",
    )
    expect(branch({ tipo: 'B', esente: false })).toBe("when 'A', 'B', unless esente")
    expect(branch({ tipo: 'C', esente: true })).toBe('else, not unless esente')
    expect(branchesOf('Buongiorno')({})).toBe('')
  })
})

const dataOf = (n: number, fields: NoticeData['fields'] = {}): NoticeData => ({
  ...{ key: String(n), group: null, fiscalCode: contact(n).fiscalCode, dueAt: null },
  ...{ payment: null, facets: { customer: null, document: null, emission: null }, fields },
})

interface Told {
  n: number
  subject?: string
  markdown: string
  fields?: NoticeData['fields']
}

function tallyOf(...records: Told[]) {
  const hash = (text: string) => Buffer.from(text.slice(0, 40))
  const branch = ({ fields }: NoticeData) => String(fields['branch'] ?? '')
  const tally = createTextTally({ branch }, hash)
  for (const { n, subject = 'Avviso', markdown, fields } of records) {
    const data = dataOf(n, fields)
    const content = { subject, markdown }
    tally.count(n, tally.see(data, [{ it: { fiscal_code: data.fiscalCode, content } }]))
  }
  return tally.total()
}

describe('what is seen of a lot’s texts', () => {
  test('is nothing where there are none', () => {
    expect(tallyOf()).toBeNull()
  })

  test('are lengths in UTF-16 units, and the record with the longest', () => {
    expect(tallyOf({ n: 1, markdown: 'corto' }, { n: 2, markdown: 'lungo 🏠' })).toMatchObject({
      ...{ texts: 2, shortest: 5, longest: 8, longestTitle: 6, isSame: false },
      samples: [{ record: 2, because: 'longest-text' }],
    })
  })

  test('are titles that show a person’s data, also where no other title is like it', () => {
    const own = contact(7).fiscalCode
    const found = tallyOf(
      { n: 1, markdown: 'x' },
      { n: 7, subject: `Avviso per ${own}`, markdown: 'x' },
      { n: 8, subject: 'Da pagare: 45,00 €', markdown: 'x' },
      { n: 9, subject: 'Da pagare: 45,00 €', markdown: 'x' },
    )
    expect(found?.personalTitles).toBe(3)
  })

  test('is whether all say the same, title included', () => {
    const same = Array.from({ length: 9 }, (_, n) => ({ n, markdown: 'uguale' }))
    expect(tallyOf(...same)).toMatchObject({ isSame: true, sameHash: expect.any(String) })
    expect(tallyOf(...same, { n: 9, subject: 'Altro', markdown: 'uguale' })?.isSame).toBe(false)
  })

  test('are one record for each branch, and three at most with unusual characters', () => {
    const records = Array.from({ length: 60 }, (_, n) => ({
      ...{ n, markdown: 'x' },
      fields: { branch: `b${n % 50}`, nome: n < 9 ? 'Đorđe' : 'Niccolò D’Alò' },
    }))
    const samples = tallyOf(...records)?.samples ?? []
    expect(samples.filter(({ because }) => because === 'branch')).toHaveLength(40)
    expect(samples.filter(({ because }) => because === 'unusual-characters')).toHaveLength(3)
    expect(samples.length).toBeLessThanOrEqual(50)
  })

  test('are added to those of records that join, as if all had come at once', () => {
    const [one, two] = [
      { n: 1, markdown: 'uguale' },
      { n: 2, markdown: 'uguale' },
    ]
    const other = { n: 3, markdown: 'un testo più lungo' }
    const { samples: _, ...whole } = tallyOf(one, two)!
    expect(addTexts(tallyOf(one), tallyOf(two))).toMatchObject(whole)
    expect(addTexts(tallyOf(one), tallyOf(other))).toMatchObject({
      ...{ isSame: false, longest: 18, shortest: 6, texts: 2 },
      samples: [{ record: 3, because: 'longest-text' }],
    })
    expect(addTexts(null, tallyOf(one))).toEqual(tallyOf(one))
  })
})
