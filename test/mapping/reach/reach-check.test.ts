// Branches and rules that no record reaches, and conditions that always hold: what is said of them,
// where, and that nothing is said of those that some record may take.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileMapping } from '../../../src/mapping/mapping.ts'
import { testOf } from '../../../src/mapping/reach/clauses.ts'
import { any, assume, judge, type Known, oneOf } from '../../../src/mapping/reach/known.ts'
import { MappingSpec, type ReferenceMapping } from '../../../src/mapping/spec.ts'

const field = (type: string, more: object = {}) => ({ column: 'X', type, ...more })
const fields = {
  cf: field('fiscalCode'),
  numero: field('text'),
  rata: field('text', { values: { U: 'unica', P: 'prima' } }),
  zona: field('text', { values: { N: 'nord' }, otherValues: 'keep' }),
  nota: field('text', { optional: true }),
  esente: field('boolean'),
  sospeso: field('boolean', { optional: true }),
  importo: field('euro', { decimals: 'comma' }),
  giorni: field('integer', { optional: true }),
  scadenza: field('date', { formats: ['dd/MM/yyyy'] }),
}
const contacts = MappingSpec.parse({
  shape: 'reference',
  key: 'numero',
  record: { format: 'csv', fields: { numero: field('text'), via: field('text') } },
}) as ReferenceMapping

const padding =
  ' Questo testo è lungo abbastanza per IO, che ne vuole almeno ottanta caratteri, e qui sono cento. '

function said(markdown: string, more: object = {}): string[] {
  const spec = MappingSpec.parse({
    shape: 'notice',
    series: 'prove',
    record: { format: 'csv', fields },
    key: ['numero'],
    notice: {
      fiscalCode: 'cf',
      subject: { it: 'Un titolo di prova' },
      markdown: { it: padding + markdown },
    },
    ...more,
  })
  const { faults } = compileMapping('prove', spec, { references: { contatti: contacts } })
  return faults.map(({ code, message }) => {
    expect(code).toBe('CFG_UNREACHABLE')
    return message
  })
}

describe('a branch of a text', () => {
  it.each([
    // A value that `values` never gives.
    ['{% if rata == "terza" %}a{% endif %}', 'is only ever "unica" or "prima"'],
    ['{% case rata %}{% when "unica", "U" %}a{% endcase %}', '`rata == "U"` is never reached'],
    [
      '{% if rata == "unica" %}a{% elsif rata == "prima" %}b{% else %}c{% endif %}',
      '`else` is never',
    ],
    [
      '{% case rata %}{% when "unica" %}{% when "prima" %}{% else %}c{% endcase %}',
      '`else` is never',
    ],
    // A branch that another took before.
    ['{% if zona == "a" %}a{% elsif zona == "a" %}b{% endif %}', '`elsif zona == "a"` is never'],
    ['{% case zona %}{% when "a" %}1{% when "b", "a" %}2{% endcase %}', '`zona == "a"` is never'],
    ['{% if giorni < 5 %}a{% elsif giorni < 3 %}b{% endif %}', '`elsif giorni < 3` is never'],
    ['{% if nota %}a{% elsif nota != nil %}b{% endif %}', '`elsif nota != nil` is never'],
    ['{% if nota == numero %}a{% elsif nota == numero %}b{% endif %}', 'is never reached'],
    // What stands around it says the contrary, or the same.
    [
      '{% if zona == "a" %}{% if zona == "b" %}x{% endif %}{% endif %}',
      '`if zona == "b"` is never',
    ],
    ['{% if nota %}{% if nota %}x{% endif %}{% endif %}', '`if nota` always holds'],
    ['{% unless esente %}{% if esente %}x{% endif %}{% endunless %}', '`if esente` is never'],
    // A field that is never empty.
    ['{% if scadenza %}a{% endif %}', '`if scadenza` always holds: scadenza is never empty here'],
    ['{% if importo != nil %}a{% else %}b{% endif %}', '`if importo != nil` always holds'],
    ['{% unless numero %}a{% endunless %}', '`unless numero` is never reached'],
    ['{% if esente == nil %}a{% endif %}', 'esente is only ever true or false'],
  ])('is never reached, or always: %s', (text, message) => {
    const all = said(text)
    expect(all).toHaveLength(1)
    expect(all[0]).toContain(message)
  })

  it.each([
    '{% if rata == "unica" %}a{% else %}b{% endif %}',
    '{% case rata %}{% when "unica" %}a{% when "prima" %}b{% endcase %}',
    '{% if zona == "terza" %}a{% elsif zona == "b" %}b{% else %}c{% endif %}',
    '{% if nota %}a{% else %}b{% endif %}',
    '{% if esente %}a{% else %}b{% endif %}',
    '{% if sospeso %}a{% elsif sospeso == nil %}b{% else %}c{% endif %}',
    '{% if giorni < 3 %}a{% elsif giorni < 5 %}b{% elsif giorni >= 5 %}c{% else %}d{% endif %}',
    '{% if giorni > 3 and nota %}a{% elsif giorni > 3 %}b{% elsif nota %}c{% else %}d{% endif %}',
    '{% if giorni == 1 or giorni == 2 %}{% if giorni == 1 %}a{% else %}b{% endif %}{% endif %}',
    '{% if nota contains "a" %}a{% elsif nota contains "b" %}b{% elsif nota %}c{% endif %}',
    '{% if scadenza < "2027-01-01" %}a{% else %}b{% endif %}',
    '{% if importo > 10000 %}a{% elsif importo > 5000 %}b{% endif %}',
    '{% if nota == numero %}a{% elsif numero == nota %}b{% endif %}',
  ])('is not doubted where some record may take it: %s', (text) => {
    expect(said(text)).toEqual([])
  })

  it('is named at its line, in titles and reminders too', () => {
    const never = '{% if rata == "x" %}a{% endif %} {{ numero }} e altro'
    const spec = MappingSpec.parse({
      shape: 'notice',
      series: 'prove',
      record: { format: 'csv', fields },
      key: ['numero'],
      notice: {
        fiscalCode: 'cf',
        dueDate: 'scadenza',
        subject: { it: never },
        markdown: { it: `${padding}\n\n${never}` },
      },
      reminders: [{ at: '-1d 09:30', subject: { it: never }, markdown: { it: padding } }],
    })
    const { mapping, faults } = compileMapping('prove', spec, { references: {} })
    expect(mapping).not.toBeNull()
    expect(faults.map(({ path, line }) => [path.join('.'), line])).toEqual([
      ['notice.subject.it', 1],
      ['notice.markdown.it', 3],
      ['reminders.0.subject.it', 1],
    ])
  })
})

describe('a rule', () => {
  const skip = (...rules: string[]) => ({
    skip: rules.map((when) => ({ when, because: 'perché sì' })),
  })

  it('is shadowed by the rules before it', () => {
    expect(said('', skip('zona == "a"', 'zona == "a" and nota'))).toEqual([
      '`zona == "a" and nota` is never reached: the rules before it skip all such records',
    ])
    expect(said('', skip('zona == "a"', 'zona == "b"', 'nota'))).toEqual([])
  })

  it('never holds, or always', () => {
    expect(said('', skip('rata == "terza"'))[0]).toContain('is never reached')
    expect(said('', skip('numero != nil'))[0]).toContain('always holds')
    expect(said('', { group: 'numero', single: 'rata == "U"' })[0]).toContain('is never reached')
  })

  it('asks for a row that may be missing, and a text for one that is there', () => {
    const lookups = { contatto: { reference: 'contatti', by: 'numero' } }
    const rules = skip('contatto.found == false')
    expect(said('{{ contatto.via }}', { lookups, ...rules })).toEqual([])
    expect(said('{% if contatto.found %}a{% endif %}', { lookups })[0]).toContain('always holds')
    const empty = { contatto: { ...lookups.contatto, onMissing: 'empty' } }
    expect(
      said('{% if contatto.found %}{{ contatto.via }}{% endif %}', { lookups: empty }),
    ).toEqual([])
  })

  it('of a settlement too', () => {
    const spec = MappingSpec.parse({
      shape: 'settlement',
      series: 'prove',
      record: { format: 'csv', fields },
      key: ['numero'],
      as: 'settled',
      closesWhen: 'rata == "terza"',
    })
    const { mapping, faults } = compileMapping('incassi', spec, { references: {} })
    expect(mapping).not.toBeNull()
    expect(faults.map(({ code, path }) => [code, ...path])).toEqual([
      ['CFG_UNREACHABLE', 'closesWhen'],
    ])
  })
})

describe('a verdict', () => {
  const values = ['a', 'b', 'c', null]
  const numbers = [1, 2, 3, 4, null]
  const clause = fc.oneof(
    fc.constantFrom('x', 'x == "a"', 'x != "b"', 'x == nil', 'x != nil', 'x == "c"'),
    fc
      .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), fc.constantFrom('1', '2', '3', '4'))
      .map(([operator, value]) => `n ${operator} ${value}`),
  )
  const condition = fc
    .tuple(fc.array(clause, { minLength: 1, maxLength: 3 }), fc.constantFrom(' and ', ' or '))
    .map(([clauses, logical]) => clauses.join(logical))
  type Point = { x: (typeof values)[number]; n: (typeof numbers)[number] }

  /** What Liquid would say, by itself. */
  function holds(source: string, point: Point): boolean {
    const parts = source.split(/ (?:and|or) /).map((part) => {
      const [path = '', operator, right = ''] = part.split(' ')
      const left = point[path as 'x' | 'n']
      if (operator === undefined) return left !== null
      const value = right === 'nil' ? null : JSON.parse(right)
      if (operator === '==') return left === value
      if (operator === '!=') return left !== value
      if (left === null) return false
      if (operator === '<') return left < value
      if (operator === '<=') return left <= value
      return operator === '>' ? left > value : left >= value
    })
    return source.includes(' or ') ? parts.some(Boolean) : parts.every(Boolean)
  }

  it('is never contradicted by a record that comes so far', () => {
    const before = fc.array(fc.tuple(condition, fc.boolean()), { maxLength: 3 })
    fc.assert(
      fc.property(before, condition, fc.boolean(), (steps, last, isClosed) => {
        const start: Known = {
          paths: new Map([
            ['x', isClosed ? oneOf(values) : any(true)],
            ['n', isClosed ? oneOf(numbers) : any(true)],
          ]),
          facts: new Map(),
        }
        const known = steps.reduce((all, [one, is]) => assume(testOf(one), is, all), start)
        const verdict = judge(testOf(last), known)
        for (const x of values) {
          for (const n of numbers) {
            const point = { x, n }
            if (!steps.every(([one, is]) => holds(one, point) === is)) continue
            if (verdict === 'always') expect(holds(last, point)).toBe(true)
            if (verdict === 'never') expect(holds(last, point)).toBe(false)
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
