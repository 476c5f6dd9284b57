// The buttons of campaigns and errata are their own, never those of the notices that they are
// about; a refused button refuses the record; a version that was kept knows nothing of buttons.
import { expect, it } from 'vitest'
import { splitFrontMatter } from '../../src/domain/cta.ts'
import { compileCampaign } from '../../src/mapping/campaign-mapping.ts'
import { compileErrata } from '../../src/mapping/errata-mapping.ts'
import { compileMapping } from '../../src/mapping/mapping.ts'
import { NoticeMapping, TextSpec } from '../../src/mapping/spec.ts'

const words = 'Un testo lungo abbastanza da essere preso da IO, con tutto quello che serve sapere.'
const label = { it: 'Vedi', en: 'Open' }
const text = { subject: { it: 'Un avviso di prova' }, markdown: { it: words } }
const tables = { references: {}, systems: {} }

function specWith(buttons?: object[]) {
  return NoticeMapping.parse({
    shape: 'notice',
    series: 'prove',
    key: ['id'],
    record: {
      format: 'csv',
      fields: {
        id: { column: 'ID', type: 'text' },
        codice: { column: 'CF', type: 'fiscalCode' },
        link: { column: 'LINK', type: 'text', optional: true },
      },
    },
    notice: { fiscalCode: 'codice', ...text, ...(buttons ? { buttons } : {}) },
  })
}

const spec = specWith([{ text: label, page: '{{ link }}' }])

function finish(link: string) {
  const { mapping } = compileMapping('prove', spec, { references: {} })
  if (mapping?.shape !== 'notice') throw new Error('it does not compile')
  const cells = ['1', 'SMPCRN75B41Z999W', link]
  const read = mapping.read({ line: 2, record: 1, cells, problem: null })
  return { mapping, mapped: mapping.finish(read, {}, { testers: new Set() }) }
}

function noticeOf(link: string) {
  const { mapped } = finish(link)
  if (mapped.kind !== 'notice') throw new Error(`it is ${mapped.kind}`)
  return mapped
}

const actions = (markdown = '') => splitFrontMatter(markdown).yaml?.match(/action: .*/g) ?? []

it('a record whose button would open nothing is refused, also years later', () => {
  const { mapped } = finish('http://comune.example')
  expect(mapped).toMatchObject({ kind: 'refused', refusals: [{ code: 'REC_BUTTON' }] })
  const { data } = noticeOf('https://comune.example/')
  const stored = { ...data, fields: { ...data.fields, link: 'ioit://x' } }
  expect(finish('https://comune.example/').mapping.refusals(data)).toEqual([])
  expect(finish('https://comune.example/').mapping.refusals(stored)).toMatchObject([
    { code: 'REC_BUTTON', field: 'buttons' },
  ])
})

it('a campaign has its own buttons or none', () => {
  const { data } = noticeOf('https://comune.example/')
  const markdownOf = (message: unknown) => {
    const said = { message: TextSpec.parse(message), premium: false }
    const { campaign, faults } = compileCampaign('prova', spec, said, tables)
    expect(faults).toEqual([])
    return campaign?.mapping.payloads(data, 0).it?.content.markdown
  }
  expect(
    actions(noticeOf('https://comune.example/').payloads[0]?.it?.content.markdown),
  ).toHaveLength(2)
  expect(markdownOf(text)).toBe(words)
  const own = { ...text, buttons: [{ text: label, copy: '{{ id }}' }] }
  expect(actions(markdownOf(own))).toEqual(Array(2).fill('action: "iohandledlink://copy:1"'))
})

it('a campaign whose button is wrong says where in its own file', () => {
  const message = TextSpec.parse({ ...text, buttons: [{ text: label, page: 'comune.example' }] })
  const { campaign, faults } = compileCampaign('prova', spec, { message, premium: false }, tables)
  expect(campaign).toBeNull()
  expect(faults[0]?.path).toEqual(['message', 'buttons', 0, 'page'])
})

it('an errata has its own buttons or none', () => {
  const { data } = noticeOf('https://comune.example/')
  const markdownOf = (more: object) => {
    const said = { markdown: { it: words }, payment: false, ...more }
    const { errata } = compileErrata('prova', spec, said, text.subject, tables)
    return errata?.mapping.payloads(data, 0).it?.content.markdown
  }
  expect(markdownOf({})).toBe(words)
  expect(actions(markdownOf({ buttons: [{ text: label, phone: '06 000000' }] }))).toHaveLength(2)
})

it('a mapping without buttons has the texts that it always had', () => {
  const { mapping } = compileMapping('prove', specWith(), { references: {} })
  if (mapping?.shape !== 'notice') throw new Error('it does not compile')
  const { data } = noticeOf('https://comune.example/')
  expect(mapping.payloads(data, 0).it?.content.markdown).toBe(words)
  expect(Object.keys(mapping.spec.notice)).not.toContain('buttons')
})
