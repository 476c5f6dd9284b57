// Fields that nothing reads: each way in which one is read, and that the catalogue has none.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MappingSpec, type ReferenceMapping } from '../../src/mapping/spec.ts'
import { unusedFields, unusedInReference } from '../../src/mapping/unused-fields.ts'
import { readConfig } from '../../src/offline.ts'
import { edited, problemsOf } from '../config/written-config.ts'

const field = (type: string, more: object = {}) => ({ column: 'X', type, ...more })

function spec(more: object, notice: object = {}) {
  return MappingSpec.parse({
    shape: 'notice',
    series: 'prove',
    record: {
      format: 'csv',
      fields: {
        cf: field('fiscalCode'),
        numero: field('text'),
        altro: field('text', { personal: true }),
      },
    },
    key: ['numero'],
    notice: {
      fiscalCode: 'cf',
      subject: { it: 'Un titolo' },
      markdown: { it: 'Un testo che nomina altro, e non lo legge.' },
      ...notice,
    },
    ...more,
  }) as Exclude<MappingSpec, ReferenceMapping>
}

describe('a field', () => {
  it('that nothing reads is named, with whether it is a person’s', () => {
    expect(unusedFields(spec({}), [])).toEqual([{ name: 'altro', isPersonal: true }])
  })

  it.each([
    [{ key: ['numero', 'altro'] }, {}],
    [{ group: 'altro' }, {}],
    [{ facets: { customer: 'altro' } }, {}],
    [{ skip: [{ when: 'altro == "X"', because: 'sì' }] }, {}],
    [{ lookups: { via: { reference: 'vie', by: 'altro' } } }, {}],
    [{ beforeSending: [{ system: 's', by: 'altro', holdWhen: 'found', because: 'sì' }] }, {}],
    [{}, { subject: { it: 'Un {{ altro | truncate: 5 }}' } }],
    [{}, { markdown: { it: '{% if altro == nil %}a{% endif %}' } }],
    [
      {},
      { buttons: [{ text: { it: 'Vai', en: 'Go' }, when: 'altro', page: 'https://a.example' }] },
    ],
  ])('is read by %j %j', (more, notice) => {
    expect(unusedFields(spec(more, notice), [])).toEqual([])
  })

  it('is read by what a feed, a system or a campaign says', () => {
    expect(unusedFields(spec({}), [{ settings: { fields: ['altro'] } }])).toEqual([])
    expect(unusedFields(spec({}), [{ message: { it: 'Ciao {{ altro }}' } }])).toEqual([])
    expect(unusedFields(spec({}), [{ message: { it: 'Ciao {{ cf }}, altro' } }])).toHaveLength(1)
  })

  it('of a reference is judged where it is a person’s, and something looks it up', () => {
    const contacts = MappingSpec.parse({
      shape: 'reference',
      key: 'numero',
      record: {
        format: 'csv',
        fields: {
          numero: field('text'),
          cf: field('fiscalCode'),
          via: field('text', { personal: true }),
          zona: field('text'),
        },
      },
    }) as ReferenceMapping
    const looking = spec(
      { lookups: { contatto: { reference: 'contatti', by: 'altro' } } },
      { fiscalCode: 'contatto.cf' },
    )
    expect(unusedInReference('contatti', contacts, [looking], [])).toEqual([
      { name: 'via', isPersonal: true },
    ])
    expect(unusedInReference('contatti', contacts, [], [])).toEqual([])
    expect(unusedInReference('contatti', contacts, [looking], ['{{ contatto.via }}'])).toEqual([])
  })
})

describe('check', () => {
  it('warns at the field', async () => {
    const more = edited(
      'comune/mappings/tari.yaml',
      '    numero: {',
      '    nome: { column: N, type: text, personal: true }\n    numero: {',
    )
    expect(await problemsOf(more)).toEqual([
      'comune/mappings/tari.yaml:8:5 warning CFG_UNUSED nothing reads the field "nome": a person\'s ' +
        'data should not be read without a use (remove it; or use it in a text, a condition, ' +
        '`key`, `facets` or `keep`)',
    ])
  })

  it('names many in one warning, those of persons first', async () => {
    const names = ['uno', 'due', 'tre', 'quattro']
    const lines = names.map((name) => {
      return `    ${name}: { column: N, type: text, personal: ${name === 'tre'} }\n`
    })
    const more = edited(
      'comune/mappings/tari.yaml',
      '    numero: {',
      `${lines.join('')}    numero: {`,
    )
    expect(await problemsOf(more)).toEqual([
      'comune/mappings/tari.yaml:6:3 warning CFG_UNUSED nothing reads 4 fields, 1 of them with a ' +
        "person's data: tre, uno, due, quattro (remove them; or use them in a text, a condition, " +
        '`key`, `facets` or `keep`)',
    ])
  })

  it('finds none, no unreachable branch and no hard text in what we ship', async () => {
    const { config, problems } = await readConfig(join(import.meta.dirname, '../../config'))
    const codes = ['CFG_UNREACHABLE', 'CFG_READABILITY', 'CFG_UNUSED', 'CFG_PERSONAL_TITLE']
    expect(problems.filter(({ code }) => codes.includes(code))).toEqual([])
    const ready = config?.institutions.find(({ id }) => id === 'unione-di-esempio')?.mappings ?? []
    expect(ready.length).toBeGreaterThan(10)
    for (const { name, spec: one } of ready) {
      if (one.shape !== 'reference') expect([name, unusedFields(one, [])]).toEqual([name, []])
    }
  })
})
