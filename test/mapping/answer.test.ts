// What is kept of the answers of systems, and what a mapping makes of them or of their absence.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerOf, askedTable } from '../../src/mapping/answer.ts'
import { isThere } from '../../src/mapping/lookups.ts'
import { type CompiledNotice, compileMapping } from '../../src/mapping/mapping.ts'
import { MappingSpec } from '../../src/mapping/spec.ts'
import { AnsweredTable } from '../../src/mapping/system-lookup.ts'

const table = AnsweredTable.parse({
  fields: {
    in_vita: { column: ['inVita', 'IN_VITA'], type: 'boolean' },
    dal: { column: 'dal', type: 'date', formats: ['dd/MM/yyyy'], optional: true },
  },
  normalise: ['case', 'blanks'],
})
const asked = askedTable('anpr', table)
const at = Temporal.Instant.from('2026-03-01T23:30:00Z')

describe('an answer', () => {
  it('is kept as typed values, with the day in Italy', () => {
    const read = answerOf({ INVITA: 's', dal: '01/02/2026', segreto: 'x' }, asked, at)
    expect(read).toEqual({ values: { in_vita: 'true', dal: '2026-02-01', asked_at: '2026-03-02' } })
  })

  it('that there is nothing is one too', () => {
    const read = answerOf(null, asked, at)
    expect(read).toEqual({ values: { found: 'false', asked_at: '2026-03-02' } })
    expect('values' in read && isThere(read.values)).toBe(false)
  })

  it('keeps nothing but what is declared, and says of what it cannot read no value', () => {
    const text = fc.string({ minLength: 8, maxLength: 20 }).filter((one) => /[^\s]/.test(one))
    const row = fc.dictionary(fc.constantFrom('inVita', 'dal', 'altro', 'cognome'), text)
    fc.assert(
      fc.property(row, (said) => {
        const read = answerOf(said, asked, at)
        if ('values' in read) {
          const kept = Object.keys(read.values)
          expect(['in_vita', 'dal', 'asked_at']).toEqual(expect.arrayContaining(kept))
          return
        }
        for (const value of Object.values(said)) expect(read.problem).not.toContain(value)
      }),
    )
  })
})

const spec = {
  shape: 'notice',
  series: 'prova',
  record: {
    format: 'csv',
    fields: {
      numero: { column: 'N', type: 'text' },
      cf: { column: 'F', type: 'fiscalCode', notPersons: 'skip' },
      importo: { column: 'I', type: 'euro', decimals: 'cents' },
    },
  },
  lookups: { vita: { system: 'anpr', by: 'cf' } },
  skip: [
    { when: 'importo == 0', because: 'niente da pagare' },
    { when: 'vita.in_vita == false', because: 'deceduto' },
  ],
  key: ['numero'],
  notice: {
    fiscalCode: 'cf',
    subject: { it: 'La bolletta numero {{ numero }}' },
    markdown: {
      it: 'La bolletta numero **{{ numero }}** si può pagare in banca, alla posta o direttamente da qui.',
    },
  },
}

function compiled(changes: object = {}, answered: AnsweredTable = table): CompiledNotice {
  const parsed = MappingSpec.parse({ ...spec, ...changes })
  const systems = { anpr: answered }
  const { mapping, faults } = compileMapping('prova', parsed, { references: {}, systems })
  if (mapping === null) throw new Error(JSON.stringify(faults))
  return mapping as CompiledNotice
}

const PERSON = 'CBBBBB41B42Z999Z'
const prepare = (mapping: CompiledNotice, cells = ['1', PERSON, '100']) => {
  const prepared = mapping.read({ line: 2, record: 1, cells, problem: null })
  return { ...prepared, lookups: { vita: mapping.lookupKey('vita', prepared, {}) } }
}
const context = { testers: new Set<string>() }

describe('a mapping that asks', () => {
  it.each([
    [['1', PERSON, '100'], true],
    [['1', PERSON, '0'], false],
    [['', PERSON, '100'], false],
    [['1', '01234567890', '100'], false],
    [['1', PERSON, 'molto'], false],
  ])('may ask about %j: %s', (cells, may) => {
    const mapping = compiled()
    expect(mapping.mayAsk(prepare(mapping, cells), {}, context)).toBe(may)
  })

  it('keeps the day of an answer, which is no part of what makes a record another', () => {
    const mapping = compiled()
    const dataOn = (day: string) => {
      const rows = { vita: { in_vita: 'true', asked_at: day } }
      const mapped = mapping.finish(prepare(mapping), rows, context)
      if (mapped.kind !== 'notice') throw new Error(mapped.kind)
      return mapped.data
    }
    const [one, other] = [dataOn('2026-03-01'), dataOn('2026-03-02')]
    expect(one.fields['vita']).toEqual({ in_vita: true, asked_at: '2026-03-01' })
    expect(mapping.canonical(one)).toBe(mapping.canonical(other))
  })

  it.each([
    ['refuse', null, 'refused REC_LOOKUP_MISSING'],
    ['empty', null, 'notice'],
    ['empty', undefined, 'waiting'],
    ['refuse', undefined, 'waiting'],
  ])('with onMissing %s and the answer %s makes %s', (onMissing, row, expected) => {
    const mapping = compiled({ lookups: { vita: { system: 'anpr', by: 'cf', onMissing } } })
    const answer = row === null ? { found: 'false', asked_at: '2026-03-01' } : null
    const mapped = mapping.finish(prepare(mapping), { vita: answer }, context)
    const codes = mapped.kind === 'refused' ? mapped.refusals.map(({ code }) => code) : []
    expect([mapped.kind, ...codes].join(' ')).toBe(expected)
  })

  it.each([
    ['skip', 'skipped'],
    ['refuse', 'refused'],
    ['hold', 'waiting'],
  ] as const)('does what its system says where it does not answer: %s', (onFailure, kind) => {
    const mapping = compiled({}, { ...table, onFailure })
    const mapped = mapping.finish(prepare(mapping), { vita: null }, context)
    expect(mapped.kind).toBe(kind)
  })

  it('refuses what it has held for too long', () => {
    const mapping = compiled()
    const over = { ...context, isOver: (hours: number) => hours <= 72 }
    const mapped = mapping.finish(prepare(mapping), { vita: null }, over)
    expect(mapped).toMatchObject({ refusals: [{ code: 'REC_LOOKUP_UNANSWERED', field: 'cf' }] })
  })

  it('looks up what is here before it asks', () => {
    const reference = {
      shape: 'reference' as const,
      key: 'cf',
      record: { format: 'csv', fields: { cf: { column: 'F', type: 'fiscalCode' } } },
    }
    const lookups = {
      vita: { system: 'anpr', by: 'cf' },
      escluso: { reference: 'esclusi', by: 'cf', onMissing: 'empty' },
    }
    const parsed = MappingSpec.parse({ ...spec, lookups })
    const references = { esclusi: MappingSpec.parse(reference) as never }
    const { mapping } = compileMapping('prova', parsed, { references, systems: { anpr: table } })
    const names = (mapping as CompiledNotice).lookups.map(({ name }) => name)
    expect(names).toEqual(['escluso', 'vita'])
  })
})

describe('a question before sending', () => {
  const question = {
    ...{ system: 'anpr', by: 'cf', because: 'x' },
    ...{ skipWhen: 'found == false', holdWhen: 'in_vita == false' },
  }
  const [only] = compiled({ beforeSending: [question] }).questions

  it('is asked about the key as the system keeps it', () => {
    const data = { fields: { cf: ' abc  def ' } } as never
    expect(only?.keyOf(data)).toBe('ABC DEF')
    expect(only?.keyOf({ fields: {} } as never)).toBeNull()
  })

  it.each([
    [{ in_vita: 'true' }, 'go'],
    [{ in_vita: 'false' }, 'hold'],
    [{ found: 'false' }, 'skip'],
  ] as const)('means of %j: %s', (row, means) => {
    expect(only?.judge({ ...row, asked_at: '2026-03-01' })).toBe(means)
  })
})
